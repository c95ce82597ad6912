"""Notebooks: made from their sources as they are now, and run from top to bottom, with answers and without."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from notebooks import build
from sim.teach import LESSONS, State
from tests.house.files import ROOT

NOTEBOOKS = ROOT / "notebooks"
SOURCES = build.sources()
MADE = {
    folder / f"{source.stem}.ipynb": source for source in SOURCES for folder in (NOTEBOOKS, NOTEBOOKS / "solutions")
}
TIMEOUT_S = 300  # of a cell

_STATES = "|".join(sorted(State, key=len, reverse=True))

SOURCE = """\
# %% [markdown]
# # A title
#
# Text.

# %%
import sim

# %% [markdown] tags=["solution"]
# What to look for.

# %% tags=["remember"]
# BEGIN SOLUTION
days = 12
a, b = days, 2
# END SOLUTION
me.check("1a", a)
"""


def test_a_source_becomes_cells() -> None:
    cells = build.read_cells(SOURCE)
    assert [one.kind for one in cells] == ["markdown", "code", "markdown", "code"]
    assert cells[0].text == "# A title\n\nText."
    assert [one.tags for one in cells] == [(), (), ("solution",), ("remember",)]


@pytest.mark.parametrize(
    ("block", "gap"),
    [
        ("answer = 6 * 7", "answer = ...  # your answer"),
        ("n = 7\nanswer: int = 6 * n", "answer = ...  # your answer"),
        ("a, (b, *rest) = 1, (2, 3)", "a = ...  # your answer\nb = ...  # your answer\nrest = ...  # your answer"),
        ("one = two = 2", "one = ...  # your answer\ntwo = ...  # your answer"),
        ("answer = 0\nfor x in (1, 2):\n    answer += x", "answer = ...  # your answer"),
        ("# GAP: answer = wait(...)\nanswer = wait(2)", "answer = wait(...)"),
        (
            "# GAP:\n# def f(x):\n#     return ...\ndef f(x):\n    # twice\n    return 2 * x",
            "def f(x):\n    return ...",
        ),
        ("x = 1\n# GAP: x = ...\n# y = ...\ny = 2\n# a comment", "x = ...\ny = ..."),
    ],
)
def test_a_gap_is_in_the_place_of_a_block(block: str, gap: str) -> None:
    code = f"before = 1\n# BEGIN SOLUTION\n{block}\n# END SOLUTION\nafter = 2"
    assert build.for_student(code) == f"before = 1\n{gap}\nafter = 2"


def test_a_block_may_be_indented_and_there_may_be_two() -> None:
    code = "def f():\n    # BEGIN SOLUTION\n    x = 1\n\n    # END SOLUTION\n# BEGIN SOLUTION\ny = 2\n# END SOLUTION"
    assert build.for_student(code) == "def f():\n    x = ...  # your answer\ny = ...  # your answer"
    assert build.for_instructor(code) == "def f():\n    x = 1\n\ny = 2"


def test_an_instructor_has_the_answer_without_marks() -> None:
    code = "# BEGIN SOLUTION\n# Why: by hand.\n# GAP: x = ...\n# y = ...\nx = 1\ny = 2\n# END SOLUTION\nx"
    assert build.for_instructor(code) == "# Why: by hand.\nx = 1\ny = 2\nx"


@pytest.mark.parametrize(
    "code",
    [
        "# BEGIN SOLUTION\nx = 1",
        "x = 1\n# END SOLUTION",
        "# BEGIN SOLUTION\n# BEGIN SOLUTION\nx = 1\n# END SOLUTION",
        "# BEGIN SOLUTION\nprint(1)\n# END SOLUTION",
    ],
)
def test_a_block_without_end_or_gap_is_refused(code: str, tmp_path: Path) -> None:
    source = tmp_path / "source" / "9-broken.py"
    source.parent.mkdir()
    source.write_text(f"# %%\n{code}\n")
    with pytest.raises(build.SourceError, match=r"^9-broken\.py: "):
        build.build(source)


@pytest.mark.parametrize("block", ["answer = 42\nlaw = 41", "answer = 42\n_, axes = plt.subplots()"])
def test_a_gap_for_another_name_than_is_checked_is_refused(block: str) -> None:
    source = f"# %%\nanswer = 41\n\n# %%\n# BEGIN SOLUTION\n{block}\n# END SOLUTION\nme.check('1a', answer)\n"
    build.make_notebook(source, is_student=False)
    with pytest.raises(build.SourceError, match="checks answer, which its cell does not assign"):
        build.make_notebook(source, is_student=True)


@pytest.mark.parametrize("code", ["%matplotlib inline", "me.check()", "me.check('1a', answer=old)"])
def test_a_cell_of_which_no_check_can_be_read_is_refused(code: str) -> None:
    with pytest.raises(build.SourceError, match="no Python|checks no exercise|checks old"):
        build.make_notebook(f"# %%\n{code}\n", is_student=True)


def test_tagged_cells_are_the_instructors_and_ids_are_the_same_in_both() -> None:
    student, instructor = (json.loads(build.make_notebook(SOURCE, is_student=one)) for one in (True, False))
    ids = {cell["id"]: cell["cell_type"] for cell in instructor["cells"]}
    assert list(ids) == ["cell-01", "cell-02", "cell-03", "cell-04"]
    assert [cell["id"] for cell in student["cells"]] == ["cell-01", "cell-02", "cell-04"]
    assert "What to look for" in str(instructor) and "What to look for" not in str(student)
    assert "days = 12" in str(instructor) and "days" not in str(student)
    assert student["cells"][-1]["metadata"] == {"tags": ["remember"]}


def test_a_notebook_has_no_outputs_the_kernel_python3_and_the_same_bytes_again() -> None:
    nbformat = pytest.importorskip("nbformat")
    for is_student in (True, False):
        text = build.make_notebook(SOURCE, is_student=is_student)
        assert text == build.make_notebook(SOURCE, is_student=is_student)
        notebook = nbformat.reads(text, as_version=4)
        nbformat.validate(notebook)
        assert notebook.metadata.kernelspec.name == "python3"
        assert nbformat.writes(notebook) + "\n" == text  # as an editor would save it
        assert all(
            one.outputs == [] and one.execution_count is None for one in notebook.cells if one.cell_type == "code"
        )


def test_every_lesson_has_its_notebooks_and_no_other_is_there() -> None:
    assert [source.name.split("-")[0] for source in SOURCES] == [str(number) for number in range(1, len(LESSONS) + 1)]
    assert set(MADE) == {*NOTEBOOKS.glob("*.ipynb"), *NOTEBOOKS.glob("solutions/*.ipynb")}


@pytest.mark.parametrize("path", MADE, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_notebooks_are_made_from_their_sources(path: Path) -> None:
    assert path.read_text(encoding="utf-8") == build.build(MADE[path])[path], "run notebooks/build.py"


@pytest.mark.parametrize("path", MADE, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_a_notebook_runs_from_top_to_bottom(path: Path) -> None:
    """With every check right in the instructor's, every one unanswered in the student's, and no warning."""
    said = executed(build.build(MADE[path])[path], path.parent)
    wanted = State.RIGHT if path.parent.name == "solutions" else State.UNANSWERED
    ids = [one.id for one in LESSONS[int(path.name[0]) - 1].CHECKS]
    assert said == {(id, str(wanted)): 1 for id in ids}


def executed(text: str, folder: Path) -> Counter[tuple[str, str]]:
    """Run a notebook in a kernel of its own, and count what its checks say: id and state."""
    from nbclient import NotebookClient

    nbformat: Any = pytest.importorskip("nbformat")
    notebook = nbformat.reads(text, as_version=4)
    place = {"metadata": {"path": str(folder)}}
    NotebookClient(notebook, timeout=TIMEOUT_S, kernel_name="python3", resources=place).execute()
    said: Counter[tuple[str, str]] = Counter()
    for cell in notebook.cells:
        for output in cell.get("outputs", ()):
            assert output.get("name") != "stderr", output.text
            words = output.get("text") or output.get("data", {}).get("text/plain", "")
            said.update(re.findall(rf"^[✓✗…?] (\w+): ({_STATES})", words, re.MULTILINE))
    return said
