"""Progress off a terminal, by a clock that the test winds."""

import pytest

from sim.cli.progress import Lines


def test_a_line_at_most_every_ten_seconds_and_one_at_the_end(capsys: pytest.CaptureFixture[str]) -> None:
    now_s = 0.0
    lines = Lines(lambda: now_s)
    lines.advance(0, 130)
    for n_done in range(1, 131):
        now_s += 1.1
        lines.advance(n_done, 130)
    lines.sum_up()
    said = capsys.readouterr().err.splitlines()
    assert said[0] == "10 of 130 replications, 0:11 elapsed, about 2:12 left"
    assert said[1] == "20 of 130 replications, 0:22 elapsed, about 2:01 left"
    assert said[-2].startswith("120 of 130")
    assert said[-1] == "130 of 130 replications run in 143.0 s"
    assert len(said) == 13


def test_hours_are_told(capsys: pytest.CaptureFixture[str]) -> None:
    now_s = 0.0
    lines = Lines(lambda: now_s)
    now_s = 3700.0
    lines.advance(1, 1001)
    assert capsys.readouterr().err == "1 of 1,001 replications, 1:01:40 elapsed, about 1027:46:40 left\n"


def test_a_run_that_never_began_has_no_sum(capsys: pytest.CaptureFixture[str]) -> None:
    Lines().sum_up()
    assert capsys.readouterr().err == ""
