"""What a search for the minimum force leaves in its folder: the question and the answer, the same bytes every time."""

from __future__ import annotations

from pathlib import Path

import pytest

from sim.experiment import Interrupted, minimum_force
from sim.experiment.minimum_answer import FILE, question_in, read_answer
from sim.experiment.state import state_of
from sim.store import StoreError
from tests.scenarios import shipped

LESSON = shipped("lesson", vehicles__runs="none", experiment__sweep_days=2)


class Stop:
    """Stops a search after some replications, as Ctrl-C does."""

    def __init__(self, n_left: int) -> None:
        self.n_left = n_left

    def __call__(self, n_done: int, n_jobs: int) -> None:
        self.n_left -= 1
        if self.n_left == 0:
            raise KeyboardInterrupt


def test_the_folder_gives_back_what_was_asked_and_found(tmp_path: Path) -> None:
    found = minimum_force(LESSON, response="revisit_age_h", at_most=9, resolution=100, n_max=20, seed=5, out=tmp_path)
    answer = read_answer(tmp_path)
    assert answer is not None
    assert list(answer.minima) == found
    asked = answer.question
    assert (asked.response, asked.unit, asked.at_least, asked.at_most) == ("revisit_age_h", "h", None, 9)
    assert (asked.seed, asked.between, asked.resolution, asked.n_max) == (5, (0, 600), 100, 20)
    assert answer.levels == {look.level for look in found[0].found.looks}
    assert state_of(tmp_path).manifest["seed"] == 5


def test_a_search_that_was_stopped_or_ran_on_leaves_the_same_bytes(tmp_path: Path) -> None:
    choices = {"at_least": 0.9, "resolution": 100, "n_max": 20}
    minimum_force(LESSON, out=tmp_path / "whole", **choices)  # type: ignore[arg-type]
    with pytest.raises(Interrupted):
        minimum_force(LESSON, out=tmp_path / "stopped", progress=Stop(13), **choices)  # type: ignore[arg-type]
    assert read_answer(tmp_path / "stopped") is None
    minimum_force(LESSON, out=tmp_path / "stopped", **choices)  # type: ignore[arg-type]
    whole = (tmp_path / "whole" / FILE).read_bytes()
    assert (tmp_path / "stopped" / FILE).read_bytes() == whole
    # More replications than the question takes do not change its answer.
    minimum_force(LESSON, out=tmp_path / "whole", n_min=20, **choices)  # type: ignore[arg-type]
    assert (tmp_path / "whole" / FILE).read_bytes() != whole
    minimum_force(LESSON, out=tmp_path / "whole", **choices)  # type: ignore[arg-type]
    assert (tmp_path / "whole" / FILE).read_bytes() == whole


def test_what_is_no_answer_is_refused(tmp_path: Path) -> None:
    assert read_answer(tmp_path) is None
    assert question_in(tmp_path) is None
    for text in ("", "[]", "{}", '{"question": 3}', '{"question": {"response": "coverage"}, "minima": []}'):
        (tmp_path / FILE).write_text(text, encoding="utf-8")
        assert question_in(tmp_path) in (None, {"response": "coverage"})
        with pytest.raises(StoreError, match="not the answer of a search"):
            read_answer(tmp_path)


def test_where_it_cannot_be_written_it_says_so(tmp_path: Path) -> None:
    (tmp_path / FILE).mkdir()
    with pytest.raises(StoreError, match=f"cannot write .*{FILE}"):
        minimum_force(LESSON, at_least=0.01, between=(400, 450), resolution=50, n_min=2, n_max=2, out=tmp_path)
