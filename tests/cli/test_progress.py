"""Progress on a terminal and off it, by a clock that the test winds."""

import io

import pytest
from rich.console import Console

from sim.cli.progress import Lines, shown_bar
from sim.experiment.running import NamedProgress, begin


def test_a_line_at_most_every_ten_seconds_and_one_at_the_end(capsys: pytest.CaptureFixture[str]) -> None:
    now_s = 0.0
    lines = Lines(lambda: now_s)
    lines(0, 130)
    for n_done in range(1, 131):
        now_s += 1.1
        lines(n_done, 130)
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
    lines(1, 1001)
    assert capsys.readouterr().err == "1 of 1,001 replications, 1:01:40 elapsed, about 1027:46:40 left\n"


def test_a_run_that_never_began_has_no_sum(capsys: pytest.CaptureFixture[str]) -> None:
    Lines().sum_up()
    assert capsys.readouterr().err == ""


def test_lines_name_the_round_and_the_last_sums_all_rounds_up(capsys: pytest.CaptureFixture[str]) -> None:
    now_s = 0.0
    lines = Lines(lambda: now_s)
    for title, n_jobs in (("riots, round 1", 3), ("riots, round 2", 40), ("calm, round 2", 0)):
        begin(lines, title)
        lines(0, n_jobs)
        for n_done in range(1, n_jobs + 1):
            now_s += 2.0
            lines(n_done, n_jobs)
    lines.sum_up()
    said = capsys.readouterr().err.splitlines()
    assert said[0] == "riots, round 2: 2 of 40 replications, 0:10 elapsed, about 1:16 left"
    assert said[1] == "riots, round 2: 7 of 40 replications, 0:20 elapsed, about 1:06 left"
    assert said[-1] == "43 of 43 replications run in 86.0 s"
    assert len(said) == 1 + 8


def test_rounds_that_have_all_of_it_run_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    lines = Lines()
    for _ in range(3):
        lines(0, 0)
    lines.sum_up()
    assert capsys.readouterr().err == "Nothing to run: the folder has all of it.\n"


def test_the_bar_names_the_round_and_begins_anew() -> None:
    screen = io.StringIO()
    with shown_bar(Console(file=screen, force_terminal=True, width=80, color_system=None)) as bar:
        begin(bar, "5,300 troops")
        for n_done in range(11):
            bar(n_done, 10)
        begin(bar, "[2,700] troops")
        bar(0, 20)
        bar(7, 20)
    last = [line for line in screen.getvalue().splitlines() if "elapsed" in line][-1]
    assert "[2,700] troops" in last
    assert "7/20" in last
    assert "5,300" not in last


def test_a_plain_callable_is_told_no_titles() -> None:
    calls: list[object] = []
    begin(calls.append, "a round")  # type: ignore[arg-type]
    begin(None, "a round")
    assert calls == []
    assert isinstance(Lines(), NamedProgress)
