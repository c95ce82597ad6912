"""The page itself: what a report is of, put into its templates."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.report.fitting import readable, smaller
from sim.report.subject import Subject, subject_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from jinja2 import Template

    from sim.experiment import Comparison, Results
    from sim.report.charts import Chart

MOST_BYTES = 2_000_000
"""A page is at most so large."""
FILE = "report.html"
_SPARE_BYTES = 10_000
_FOR_FIGURES_BYTES = 300_000
"""If all else leaves less, some of it makes room."""
HOW_TO_BE_INTERACTIVE = (
    "Pictures only. For charts that tell values, and can be zoomed: pip install 'peacesim[report]', or `sh go report`."
)


def render(
    what: Results | Comparison | str | Path,
    *,
    interactive: bool = True,
    progress: Callable[[str], None] | None = None,
) -> str:
    """Make the report of results, or of a folder that holds some.

    Parameters
    ----------
    what : Results, Comparison, str or Path
        Results, or the folder that `peacesim run`, `compare` or `minimum-force` has left, finished or not.
    interactive : bool
        Whether figures are interactive too, if what that takes is installed (:func:`can_be_interactive`).
    progress : callable, optional
        Told in words what is done next.

    Returns
    -------
    str
        A page in HTML that needs nothing beside itself, of at most `MOST_BYTES`. The same results make the same page.

    Raises
    ------
    StoreError
        If the folder holds no results, they cannot be read, or no page of them is small enough.

    Examples
    --------
    >>> import sim.report
    >>> page = sim.report.render("results/lesson")  # doctest: +SKIP
    """
    from sim.html import environment
    from sim.report.exhibits import exhibits
    from sim.store import StoreError

    say = progress or (lambda _: None)
    say("Reading results")
    subject = subject_of(what)
    bundle = _bundle() if interactive and can_be_interactive() else None
    content = readable(_content(subject, bundle, interactive=interactive))
    template = environment("sim.report").get_template("report.html.j2")
    most = MOST_BYTES - _SPARE_BYTES - _FOR_FIGURES_BYTES
    size = _size(template, content)
    for less in smaller(content):
        if size <= most:
            break
        content, size = less, _size(template, less)
    # Figures get the room that all else leaves.
    room = MOST_BYTES - size - _SPARE_BYTES
    shown, left_out = exhibits(subject, room=room, is_interactive=content["bundle"] is not None, progress=say)
    say("Writing the page")
    while True:
        page = template.render({**content, "exhibits": shown, "left_out": left_out}) + "\n"
        if len(page.encode()) <= MOST_BYTES:
            return page
        if not shown:
            raise StoreError(f"no report of these results has at most {MOST_BYTES:,} bytes: their texts are too long")
        left_out = [shown.pop().heading, *left_out]


def can_be_interactive() -> bool:
    """Whether what interactive charts take is installed: Altair and vl-convert."""
    try:
        import altair  # noqa: F401
        import vl_convert  # noqa: F401
    except ImportError:
        return False
    return True


def write(
    directory: str | Path,
    out: str | Path | None = None,
    *,
    interactive: bool = True,
    progress: Callable[[str], None] | None = None,
) -> Path:
    """Write the report of a folder of results, and return its path.

    Parameters
    ----------
    directory : str or Path
        The folder.
    out : str or Path, optional
        The file; `report.html` in the folder if left out.
    interactive, progress
        As for :func:`render`.

    Raises
    ------
    StoreError
        As for :func:`render`, or if the file cannot be written.
    """
    from sim.files import write_atomically
    from sim.store import StoreError

    page = render(directory, interactive=interactive, progress=progress)
    path = Path(directory) / FILE if out is None else Path(out)
    try:
        write_atomically(path, page.encode())
    except OSError as error:
        raise StoreError(f"cannot write {path}: {error.strerror or error}") from error
    return path


def _size(template: Template, content: dict[str, Any]) -> int:
    return len(template.render(content).encode())


def _content(subject: Subject, bundle: str | None, *, interactive: bool) -> dict[str, Any]:
    """All of the page but its figures."""
    from sim.report import again, answer, reading, sources, stress
    from sim.report.log import trace_log
    from sim.report.tables import tables

    folders = [part.folder for part in subject.parts if part.folder is not None]
    parts = []
    for part in subject.parts:
        rows = sources.rows_of(part.scenario)
        parts.append(
            {
                "scenario": part.scenario,
                "rows": rows,
                "n_rows": len(rows),
                "n_assumed": sum(row.kind == "assumed" for row in rows),
                "n_set": sum(row.kind == "set" for row in rows),
                "references": sources.references(part.scenario),
                "items": stress.items(part.scenario, part.manifest, part.minimum),
                "facts": again.facts(part),
            }
        )
    return {
        "title": subject.title,
        "descriptions": list(dict.fromkeys(part.scenario.description for part in subject.parts)),
        "questions": answer.question(subject),
        "answers": answer.answers(subject),
        "parts_of_coverage": reading.parts_of_coverage(subject),
        "basis": answer.basis(subject),
        "limits": reading.limits(subject),
        "lacks": answer.lacks(subject),
        "failures": answer.failures(subject),
        "glosses": answer.glosses(subject),
        "cuts": [],
        "exhibits": [],
        "left_out": [],
        "how_to_draw": again.how_to_draw(subject),
        "data_of": _data_of,
        "bundle": bundle,
        "how_to_be_interactive": HOW_TO_BE_INTERACTIVE if interactive and bundle is None else "",
        "tables": tables(subject),
        "log": next((log for folder in folders if (log := trace_log(folder)) is not None), None),
        "parts": parts,
        "set_words": sources.SET,
        "commands": again.commands(subject),
        "version": subject.parts[0].manifest["versions"]["peacesim"],
    }


@functools.cache
def _bundle() -> str:
    """Vega-Embed, with Vega and Vega-Lite, as one script: the same whatever the page."""
    import vl_convert

    script: str = vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed;")
    return f"(() => {{{script}\n}})();"


def _data_of(chart: Chart) -> dict[str, Any]:
    """What the page's script needs to know of a chart beside its rows."""
    choices = [
        {"signal": one.signal, "label": one.label, "options": one.options, "many": one.is_many} for one in chart.choices
    ]
    return {"spec": chart.spec, "choices": choices, "key": chart.key, "note": chart.note}
