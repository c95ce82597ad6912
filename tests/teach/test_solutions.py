"""The instructor's own answers, worked out as a lesson's text says, are right for other students, too."""

from __future__ import annotations

import contextlib
import io
from pathlib import Path

import matplotlib.pyplot as plt
import pytest

from notebooks import build
from sim.teach import LESSONS, State, Student, Verdict

CODE_WORDS = ("green door", "ÅNGSTRÖM", "7", "the quick brown fox", "Prishtinë", "sixth")


class Recorded(Student):
    """A student whose verdicts are kept."""

    def __init__(self, code_word: str) -> None:
        super().__init__(code_word)
        self.verdicts: list[Verdict] = []

    def check(self, id: str, answer: object) -> Verdict:
        self.verdicts.append(super().check(id, answer))
        return self.verdicts[-1]


@pytest.mark.parametrize("source", build.sources(), ids=lambda path: path.stem)
def test_what_a_solution_works_out_is_right_for_any_code_word(source: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The notebook is run once; then each of its exercises again, for each code word.

    These cells know nothing of how a check works its answer out: they are a second opinion on it.
    """
    monkeypatch.chdir(source.parents[1])
    monkeypatch.setattr(plt, "show", lambda: None)
    cells = [build.for_instructor(one.text) for one in build.read_cells(source.read_text()) if one.kind == "code"]
    ids = [one.id for one in LESSONS[int(source.name[0]) - 1].CHECKS]
    namespace: dict[str, object] = {"__name__": "__main__"}
    with contextlib.redirect_stdout(io.StringIO()):
        for cell in cells:
            exec(cell, namespace)  # noqa: S102
            plt.close("all")
        for word in CODE_WORDS:
            me = namespace["me"] = Recorded(word)
            for cell in cells:
                if "me.given(" in cell or "me.check(" in cell:
                    exec(cell, namespace)  # noqa: S102
                    plt.close("all")
            assert list(dict.fromkeys(one.id for one in me.verdicts)) == ids  # one may be checked again
            assert {one.state for one in me.verdicts} == {State.RIGHT}, (word, me.verdicts)
