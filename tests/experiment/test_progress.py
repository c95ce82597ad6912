"""Progress for a notebook: one line that overwrites itself, by a clock that the test winds."""

import itertools

import pytest

from sim.experiment import run
from sim.experiment.progress import NotebookProgress, notebook_progress
from sim.experiment.running import NamedProgress, begin
from tests.scenarios import shipped


def test_a_line_overwrites_the_one_before_and_the_last_is_ended(capsys: pytest.CaptureFixture[str]) -> None:
    now_s = 0.0
    progress = NotebookProgress(lambda: now_s)
    progress(0, 40)
    for n_done in range(1, 41):
        now_s += 30.0
        progress(n_done, 40)
    said = capsys.readouterr().out
    assert said.endswith("\n") and said.count("\n") == 1
    first, *lines = said.removesuffix("\n").split("\r")
    assert first == ""
    assert [lines[0].rstrip(), lines[1].rstrip()] == [
        "0 of 40 replications",
        "1 of 40 replications, 0:30 elapsed, about 19:30 left",
    ]
    assert lines[-1].rstrip() == "40 of 40 replications, 20:00 elapsed"
    assert len(lines) == 41
    # Nothing of a longer line before is left to be seen.
    assert all(len(later) >= len(line.rstrip()) for line, later in itertools.pairwise(lines))


def test_a_fast_run_says_little(capsys: pytest.CaptureFixture[str]) -> None:
    now_s = 0.0
    progress = NotebookProgress(lambda: now_s)
    progress(0, 1000)
    for n_done in range(1, 1001):
        now_s += 0.001
        progress(n_done, 1000)
    lines = capsys.readouterr().out.split("\r")[1:]
    assert len(lines) == 2 + 4 and lines[-1].startswith("1,000 of 1,000")


def test_rounds_have_a_line_each_with_their_title(capsys: pytest.CaptureFixture[str]) -> None:
    progress = NotebookProgress(lambda: 0.0)
    assert isinstance(progress, NamedProgress)
    for title, n_jobs in (("calm", 2), ("riots", 0)):
        begin(progress, title)
        for n_done in range(n_jobs + 1):
            progress(n_done, n_jobs)
    shown = [line.split("\r")[-1].rstrip() for line in capsys.readouterr().out.removesuffix("\n").split("\n")]
    assert shown == ["calm: 2 of 2 replications, 0:00 elapsed", "riots: 0 of 0 replications"]


def test_a_run_shows_it(capsys: pytest.CaptureFixture[str]) -> None:
    run(shipped("lesson", experiment__sweep_days=1), troops=[300], replications=3, progress=notebook_progress())
    said = capsys.readouterr()
    assert said.err == "" and said.out.split("\r")[-1].startswith("3 of 3 replications, 0:0")
