"""Make the notebooks from their sources: a student's version with gaps, and an instructor's with the answers.

    .venv/bin/python notebooks/build.py

A *source* is a script of cells, `source/NAME.py`: `# %%` begins a cell of code, `# %% [markdown]` one of text. Of each
come `NAME.ipynb` and `solutions/NAME.ipynb`, without outputs, and with the same bytes whenever the source is the same.

A *block* is what an instructor answers:

    # BEGIN SOLUTION
    troops = 12 * 9
    # END SOLUTION

A *gap* is what a student finds in its place: a line `troops = ...  # your answer` for each name that the last
assignment of the block gives, or the lines of a comment in the block that begins with `# GAP:`. Cells that are tagged
`solution` (`# %% [markdown] tags=["solution"]`) are the instructor's alone.
"""

from __future__ import annotations

import ast
import builtins
import json
import sys
import textwrap
from collections.abc import Callable, Sequence, Set
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
BEGIN, END, GAP = "# BEGIN SOLUTION", "# END SOLUTION", "# GAP:"
SOLUTION = "solution"
ANSWER = "...  # your answer"


class SourceError(ValueError):
    """A source of which no notebook can be made; says where and why."""


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of a source.

    Attributes
    ----------
    kind
        `code` or `markdown`.
    text
        Without the line that begins the cell.
    tags
        What it is marked as.
    """

    kind: str
    text: str
    tags: tuple[str, ...] = ()


def read_cells(source: str) -> list[Cell]:
    """Take a source apart.

    Parameters
    ----------
    source : str
        The text of a percent script.

    Returns
    -------
    list of Cell
        In order.
    """
    import jupytext

    notebook = jupytext.reads(source, fmt="py:percent")
    return [Cell(str(one.cell_type), str(one.source), tuple(one.metadata.get("tags", ()))) for one in notebook.cells]


def for_student(code: str) -> str:
    r"""Put the gap in the place of each block.

    Parameters
    ----------
    code : str
        A cell's code.

    Raises
    ------
    SourceError
        If a block does not end, or does not say what its gap is.

    Examples
    --------
    >>> print(for_student("# BEGIN SOLUTION\nanswer = 42\n# END SOLUTION\nanswer"))
    answer = ...  # your answer
    answer
    """
    return _with_blocks(code, _gap)


def for_instructor(code: str) -> str:
    r"""Take away what marks the blocks and says their gaps.

    Raises
    ------
    SourceError
        As :func:`for_student`.

    Examples
    --------
    >>> print(for_instructor("# BEGIN SOLUTION\nanswer = 42\n# END SOLUTION\nanswer"))
    answer = 42
    answer
    """
    return _with_blocks(code, lambda block: _without_gap(block)[0])


def make_notebook(source: str, *, is_student: bool) -> str:
    """Make the text of a notebook file.

    Parameters
    ----------
    source : str
        The text of a percent script.
    is_student : bool
        Whether it has gaps, or answers.

    Returns
    -------
    str
        JSON of the notebook format 4.5, without outputs. A cell has the same id in both versions.

    Raises
    ------
    SourceError
        As :func:`for_student`.
    """
    cells = []
    checked: set[str] = set()
    for number, cell in enumerate(read_cells(source), 1):
        if is_student and SOLUTION in cell.tags:
            continue
        made: dict[str, object] = {"cell_type": cell.kind, "id": f"cell-{number:02}"}
        made["metadata"] = {"tags": list(cell.tags)} if cell.tags else {}
        text = cell.text
        if cell.kind == "code":
            text = for_student(text) if is_student else for_instructor(text)
            checked |= _ensure_own_answers(text, checked)
            made |= {"execution_count": None, "outputs": []}
        cells.append(made | {"source": text.splitlines(keepends=True)})
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    notebook = {
        "cells": cells,
        "metadata": {"kernelspec": kernel, "language_info": {"name": "python"}},
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    return json.dumps(notebook, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def build(source: Path) -> dict[Path, str]:
    """Make both notebooks of a source, without writing them.

    Returns
    -------
    dict
        Text by path: the student's, then the instructor's.

    Raises
    ------
    SourceError
        As :func:`for_student`, with the name of the file.
    """
    text = source.read_text(encoding="utf-8")
    folder, name = source.parents[1], f"{source.stem}.ipynb"
    try:
        return {
            folder / name: make_notebook(text, is_student=True),
            folder / "solutions" / name: make_notebook(text, is_student=False),
        }
    except SourceError as error:
        raise SourceError(f"{source.name}: {error}") from error


def sources() -> list[Path]:
    """Every source, in order."""
    return sorted((HERE / "source").glob("*.py"))


def main() -> None:
    """Make all notebooks."""
    for source in sources():
        for path, text in build(source).items():
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8", newline="\n")
            print(path.relative_to(HERE.parent))


def _with_blocks(code: str, replaced: Callable[[Sequence[str]], list[str]]) -> str:
    """Put something else in the place of each block, at the block's indentation."""
    kept: list[str] = []
    block: list[str] | None = None
    for line in code.splitlines():
        mark = line.strip()
        if mark == BEGIN and block is None:
            block = []
        elif mark == END and block is not None:
            indent = line[: len(line) - len(line.lstrip())]
            lines = textwrap.dedent("\n".join(block)).split("\n")
            kept += [indent + one if one else one for one in replaced(lines)]
            block = None
        elif mark in (BEGIN, END):
            raise SourceError(f"{mark!r} where none may be, in the cell that begins {code.splitlines()[0]!r}")
        elif block is not None:
            block.append(line)
        else:
            kept.append(line)
    if block is not None:
        raise SourceError(f"no {END!r} in the cell that begins {code.splitlines()[0]!r}")
    return "\n".join(kept)


def _gap(block: Sequence[str]) -> list[str]:
    rest, said = _without_gap(block)
    return said or [f"{name} = {ANSWER}" for name in _names("\n".join(rest))]


def _ensure_own_answers(code: str, checked: Set[str]) -> set[str]:
    """Refuse a first check of a name that its cell does not assign: it would judge what another exercise has left.

    Returns the exercises that the cell checks, in Python's words for them.
    """
    try:
        tree = ast.parse(code)
    except SyntaxError as error:
        raise SourceError(f"no Python in the cell that begins {code.splitlines()[0]!r}: {error.msg}") from error
    own = {one.id for one in ast.walk(tree) if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store)}
    own |= set(dir(builtins))
    own |= {one.name for one in tree.body if isinstance(one, ast.FunctionDef)}
    found = set()
    for call in ast.walk(tree):
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr == "check":
            if not call.args:
                raise SourceError(f"{ast.unparse(call)} checks no exercise")
            exercise, *answers = [*call.args, *(one.value for one in call.keywords)]
            names = {one.id for answer in answers for one in ast.walk(answer) if isinstance(one, ast.Name)}
            if names - own and ast.unparse(exercise) not in checked:
                others = ", ".join(sorted(names - own))
                raise SourceError(f"{ast.unparse(call)} checks {others}, which its cell does not assign")
            found.add(ast.unparse(exercise))
    return found


def _without_gap(block: Sequence[str]) -> tuple[list[str], list[str]]:
    """Part a block from the gap that a comment in it says: the comment's lines, up to the first that is none."""
    rest: list[str] = []
    said: list[str] = []
    is_gap = False
    for line in block:
        if line.startswith(GAP):
            is_gap = True
            said += [first] if (first := line.removeprefix(GAP).removeprefix(" ")) else []
        elif is_gap and line.startswith("#"):
            said.append(line.removeprefix("#").removeprefix(" "))
        else:
            is_gap = False
            rest.append(line)
    return rest, said


def _names(code: str) -> list[str]:
    """Names that the last assignment of a block gives."""
    for statement in reversed(ast.parse(code).body):
        if isinstance(statement, ast.Assign | ast.AnnAssign):
            targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
            stored = (one for target in targets for one in ast.walk(target) if isinstance(one, ast.Name))
            return [one.id for one in stored if isinstance(one.ctx, ast.Store)]
    raise SourceError(f"a block assigns nothing and has no {GAP!r}: {code.strip()!r}")


if __name__ == "__main__":
    try:
        main()
    except SourceError as error:
        sys.exit(f"build: {error}")
