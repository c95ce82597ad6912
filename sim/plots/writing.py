"""Figures as files: SVG for print, PNG for slides, and the table each draws."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from sim.files import write_atomically
from sim.plots.cost import cost_against_loss
from sim.plots.data import policies
from sim.plots.forest import forest, forest_of_responses
from sim.plots.incidents import incidents_against_troops, timeline_of_incidents
from sim.plots.losses import losses_over_time
from sim.plots.openings import gate_spells, gates_opened
from sim.plots.page import Plot
from sim.plots.response_times import response_times, with_response_times
from sim.plots.sweep import coverage_against_troops, coverage_by_sector
from sim.plots.timeline import timeline
from sim.response_list import OF_THE_RUN

if TYPE_CHECKING:
    from sim.experiment import Comparison, Results


@dataclass(frozen=True, slots=True)
class Drawing:
    """A figure that suits some results: the name of its files, what kind it is, of which policy, and how it is made.

    The policy is None if the figure is of a comparison.
    """

    name: str
    kind: str
    policy: str | None
    make: Callable[[], Plot]


_NAMES: dict[Callable[..., Plot], str] = {
    coverage_against_troops: "coverage-against-troops",
    coverage_by_sector: "coverage-by-sector",
    incidents_against_troops: "incidents-against-troops",
    response_times: "response-times",
    timeline: "timeline",
    timeline_of_incidents: "timeline-of-incidents",
}


def write_figures(results: Results, out_dir: str | Path) -> list[Path]:
    """Write every figure that suits the results, as NAME.svg and NAME.png, and the table it draws as NAME.csv.

    Figures of a study with several policies end with the policy's key. Equal results make equal bytes.

    Parameters
    ----------
    results : Results
        Of any experiment.
    out_dir : str or Path
        Folder, made if need be.

    Returns
    -------
    list of Path
        The files written, in order; none if there are no results.

    Raises
    ------
    OSError
        If a file cannot be written.
    """
    return _write_all(drawings(results), Path(out_dir))


def write_figures_of_comparison(comparison: Comparison, out_dir: str | Path) -> list[Path]:
    """Write every figure that suits a comparison, as comparison-NAME.svg and .png, and the table it draws as .csv.

    There is none of cost where all used as much, of losses over time where the response has no daily values, of gates
    where no policy has any.

    Parameters
    ----------
    comparison : Comparison
        Made by `sim.compare`.
    out_dir : str or Path
        Folder, made if need be.

    Returns
    -------
    list of Path
        The files written, in order.

    Raises
    ------
    OSError
        If a file cannot be written.
    """
    return _write_all(drawings_of_comparison(comparison), Path(out_dir))


def drawings(results: Results) -> list[Drawing]:
    """Every figure that suits the results, in the order in which they are written; none is drawn yet."""
    drawn: list[Callable[..., Plot]] = [coverage_against_troops]
    if len(results.scenario.theatre.sectors) > 1:
        drawn.append(coverage_by_sector)
    over_time: list[Callable[..., Plot]] = [timeline]
    if results.scenario.incidents is not None:
        drawn.append(incidents_against_troops)
        over_time.append(timeline_of_incidents)
    kinds = [(draw, policy) for policy in policies(results, is_sweep=True) for draw in drawn]
    kinds += [(draw, policy) for policy in policies(results, is_sweep=False) for draw in over_time]
    kinds += [(response_times, policy) for policy in with_response_times(results)]
    is_one_policy = len({policy for _, policy in kinds}) == 1
    return [
        Drawing(
            _named(_NAMES[draw], policy, is_one_policy), _NAMES[draw], policy, partial(draw, results, policy=policy)
        )
        for draw, policy in kinds
    ]


def drawings_of_comparison(comparison: Comparison) -> list[Drawing]:
    """Every figure that suits a comparison, as :func:`write_figures_of_comparison` says; none is drawn yet."""
    there = comparison.differences().dropna(subset=["difference"])["response"].unique()
    kinds: list[tuple[str, Callable[[Comparison], Plot]]] = []
    if comparison.response in there:
        kinds.append(("decision", forest))
        if comparison.effort()["soldier_days"].nunique() > 1:
            kinds.append(("cost", cost_against_loss))
        if comparison.response not in OF_THE_RUN:
            kinds.append(("losses", losses_over_time))
    if set(there) - {comparison.response}:
        kinds.append(("responses", forest_of_responses))
    if not gate_spells(comparison).empty:
        kinds.append(("gates", gates_opened))
    return [Drawing(f"comparison-{name}", name, None, partial(draw, comparison)) for name, draw in kinds]


def _write_all(figures: Iterable[Drawing], folder: Path) -> list[Path]:
    written = []
    for drawing in figures:
        plot = drawing.make()
        folder.mkdir(parents=True, exist_ok=True)
        table = plot.table.to_csv(index=False, lineterminator="\n").encode()
        for suffix, content in (("svg", plot.image("svg")), ("png", plot.image("png")), ("csv", table)):
            path = folder / f"{drawing.name}.{suffix}"
            write_atomically(path, content)
            written.append(path)
    return written


def _named(name: str, policy: str, is_one_policy: bool) -> str:
    return name if is_one_policy else f"{name}-{policy}"
