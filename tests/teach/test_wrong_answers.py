"""Notebooks with wrong answers in their gaps: the check says so, and no cell goes on with what cannot be used."""

from __future__ import annotations

import ast
import sys
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pytest

import sim.teach
from notebooks import build
from sim.teach import CHECKS, Answer, State, Student, Verdict

LATER = [source for source in build.sources() if source.name[0] in "4567"]
ME = Student("blue tractor")


def renamed(id: str, old: str, new: str) -> str:
    return str(CHECKS[id].kind.right(ME.given(id))).replace(old, new)


WRONG: dict[str, object] = {
    "a number": 5,
    "none": None,
    "too short": [1, 2, 3],
    "another shape": np.zeros((3, 2)),
    "as many, and no intervals": np.zeros((200, 2)),
    "letters": "AF",
    "no TOML": "this = is = none",
    "no policy": 'extends = "lesson.toml"\nschema_version = 1\n',
    "a policy of another name": renamed("7g", ".mine", ".other"),
    "a gate of another name": renamed("6g", "three-gates", "four-gates"),
}


def cells_with_answers(source: str) -> list[str]:
    """Code cells of the student's notebook that have to do with answers, and those that they need names of."""
    cells = [build.for_student(one.text) for one in build.read_cells(source) if one.kind == "code"]
    nodes = [[one for one in ast.walk(ast.parse(cell)) if isinstance(one, ast.Name | ast.alias)] for cell in cells]
    stored = [
        {
            one.id if isinstance(one, ast.Name) else (one.asname or one.name).partition(".")[0]
            for one in some
            if _is_bound(one)
        }
        | {one.name for one in ast.parse(cell).body if isinstance(one, ast.FunctionDef)}
        for cell, some in zip(cells, nodes, strict=True)
    ]
    wanted = {
        k for k, some in enumerate(nodes) if any(isinstance(one, ast.Name) and one.id == "answer" for one in some)
    }
    todo = [*wanted]
    while todo:
        k = todo.pop()
        for name in {one.id for one in nodes[k] if isinstance(one, ast.Name)} - stored[k]:
            before = [i for i in range(k) if name in stored[i]]
            if before and before[-1] not in wanted:
                wanted.add(before[-1])
                todo.append(before[-1])
    return [cells[k] for k in sorted(wanted)]


def _is_bound(node: ast.Name | ast.alias) -> bool:
    return isinstance(node, ast.alias) or isinstance(node.ctx, ast.Store)


def verdicts(source: str, monkeypatch: pytest.MonkeyPatch) -> list[Verdict]:
    """What checks say of the wrong answers, each put into every gap."""
    said: list[Verdict] = []
    check = Student.check

    def heard(self: Student, id: str, answer: object) -> Verdict:
        said.append(check(self, id, answer))
        return said[-1]

    monkeypatch.setattr(Student, "check", heard)
    monkeypatch.setattr(plt, "show", lambda: None)
    namespace: dict[str, Any] = {"__name__": "__main__"}
    cells = cells_with_answers(source)
    for cell in cells:
        if "answer" not in cell:
            exec(cell, namespace)  # noqa: S102
    for namespace["wrong"] in WRONG.values():
        for cell in cells:
            if "answer" in cell:
                exec(cell.replace("answer = ...", "answer = wrong"), namespace)  # noqa: S102
    plt.close("all")
    return said


@pytest.mark.parametrize("source", LATER, ids=lambda path: path.stem)
def test_a_wrong_answer_is_told_so_and_nothing_else_is_done_with_it(
    source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = verdicts(source.read_text(encoding="utf-8"), monkeypatch)
    assert {one.id for one in said} == {id for id in CHECKS if id[0] == source.name[0]}
    assert {one.state for one in said} <= {State.WRONG, State.UNREADABLE}, said


def test_what_is_drawn_of_an_answer_before_it_is_checked_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    source = (
        '# %%\nfrom sim.teach import Student\nme = Student("7")\n\n# %%\n# BEGIN SOLUTION\nanswer = 1\n# END SOLUTION\n'
    )
    with pytest.raises(TypeError):
        verdicts(f'{source}len(answer)\nme.check("5b", answer)\n', monkeypatch)


def test_without_sliders_the_cell_for_them_shows_an_answer(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (source,) = (one for one in LATER if one.name[0] == "6")
    (cell,) = (one.text for one in build.read_cells(source.read_text(encoding="utf-8")) if "what_if(" in one.text)
    monkeypatch.setitem(sys.modules, "ipywidgets", None)
    namespace: dict[str, Any] = {"sim": sim}
    exec(cell, namespace)  # noqa: S102
    shown = namespace["shown"]
    assert isinstance(shown, Answer)
    assert shown.headline.startswith("10,200 soldiers")
    assert "needs ipywidgets" in capsys.readouterr().out
