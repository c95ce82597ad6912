"""Every figure says in its files of which run it is: title, program, code, inputs, seed, settings, what was run."""

from __future__ import annotations

import io
import json
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

import sim
from sim import plots
from sim.experiment import Comparison, Results, compare, run
from sim.fingerprint import program
from sim.model import replicate
from sim.plots import Plot
from sim.plots.map_files import with_palette
from sim.plots.page import make_page
from sim.plots.provenance import Run
from sim.plots.what_if import coverage_at_a_level
from sim.responses.snapshot import ending_after, take_snapshot
from sim.scenario import load
from sim.scenario.schema import Scenario
from sim.store import inputs_of
from tests.plots.looking import texts
from tests.scenarios import FOLDER, shipped

DC = "{http://purl.org/dc/elements/1.1/}"
LESSON = {"force__section_size": 8, "experiment__sweep_days": 3, "horizon__warm_up_h": 24}
AS_SET = ["force.section_size=8", "experiment.sweep_days=3", "horizon.warm_up_h=24"]


def of_svg(content: bytes) -> dict[str, str]:
    root = ElementTree.fromstring(content)
    names = ("title", "description", "identifier", "source")
    said = {name: root.findtext(f".//{DC}{name}") or "" for name in names}
    return said | {"program": root.findtext(f".//{DC}creator//{DC}title") or ""}


def of_png(content: bytes) -> dict[str, str]:
    with Image.open(io.BytesIO(content)) as image:
        said = {name.lower(): image.info[name] for name in ("Title", "Description", "Identifier", "Source")}
        return said | {"program": image.info["Software"]}


def source_of(plot: Plot) -> dict[str, Any]:
    """The source that the files of a figure name, all of them the same."""
    svg, png = plot.image("svg"), plot.image("png")
    found = of_svg(svg)
    assert found == of_png(png) == of_png(with_palette(png))
    assert (found["title"], found["description"]) == (plot.title, plot.alt_text)
    assert found["program"] == f"peacesim {sim.__version__}"
    source: dict[str, Any] = json.loads(found["source"])
    assert source["peacesim"] == sim.__version__
    for one in source["runs"]:
        words = (
            one["scenario"],
            one["scenario_sha256"],
            f"seed {one['seed']}",
            *one["settings"],
            one["code_sha256"],
        )
        assert all(word in found["identifier"] for word in words)
    return source


def said_of(scenario: Scenario, settings: list[str], ran: list[dict[str, object]]) -> dict[str, object]:
    return {"scenario": scenario.name, "title": scenario.title, **inputs_of(scenario), "settings": settings, "ran": ran}


def point(policy: str, troops: int | None, n: int) -> dict[str, object]:
    return {"policy": policy, "troops": troops, "n_replications": n}


@pytest.fixture(scope="module")
def eights() -> Results:
    """Sections of eight."""
    scenario = shipped("lesson", **LESSON)
    chosen = scenario.experiment.model_copy(update={"troops": [150, 300]})
    return run(scenario.model_copy(update={"experiment": chosen}), replications=2)


OWN, LEVELS = [point("two-stages", None, 2)], [point("two-stages", 150, 2), point("two-stages", 300, 2)]
OF_A_RUN = {plots.coverage_against_troops: LEVELS, plots.coverage_by_sector: LEVELS, plots.timeline: OWN}
OF_INCIDENTS: dict[Callable[[Results], Plot], list[int | None]] = {
    plots.incidents_against_troops: [1500, 4000, 17500],
    plots.response_times: [None, 1500, 4000, 17500],
    plots.timeline_of_incidents: [None],
}
OF_A_COMPARISON = [
    plots.forest,
    plots.forest_of_responses,
    plots.losses_over_time,
    plots.cost_against_loss,
    plots.gates_opened,
]


def test_every_figure_function_is_looked_at() -> None:
    functions = {getattr(plots, name) for name in plots.__all__ if name != "Plot" and not name.startswith("write_")}
    assert functions == {*OF_A_RUN, *OF_INCIDENTS, *OF_A_COMPARISON, plots.theatre_map}


@pytest.mark.parametrize(("draw", "ran"), OF_A_RUN.items())
def test_figures_of_a_run(eights: Results, draw: Callable[[Results], Plot], ran: list[dict[str, object]]) -> None:
    assert source_of(draw(eights))["runs"] == [said_of(eights.scenario, AS_SET, ran)]


@pytest.mark.parametrize(("draw", "levels"), OF_INCIDENTS.items())
def test_figures_of_incidents(riots: Results, draw: Callable[[Results], Plot], levels: list[int | None]) -> None:
    (said,) = source_of(draw(riots))["runs"]
    policy = next(iter(riots.scenario.policy))
    assert sorted(said["ran"], key=str) == sorted((point(policy, troops, 3) for troops in levels), key=str)
    assert said["scenario_sha256"] == riots.scenario.inputs_sha256


def test_the_figure_of_what_if(eights: Results) -> None:
    one = eights.only([key for key in eights.finished() if key[1] == 300])
    expected = one.expected[one.expected["sector"] == "all"]
    assert source_of(coverage_at_a_level(one, expected))["runs"] == [said_of(one.scenario, AS_SET, LEVELS[1:])]


@pytest.fixture(scope="module")
def study() -> Comparison:
    file = FOLDER / "studies" / "drawdown-policies.toml"
    return compare(load(file), policies=["hold-at-gate-one", "conditions"], replications=2)


@pytest.mark.parametrize("draw", OF_A_COMPARISON)
def test_figures_of_a_comparison(study: Comparison, draw: Callable[[Comparison], Plot]) -> None:
    ran = [point("hold-at-gate-one", None, 2), point("conditions", None, 2)]
    (said,) = source_of(draw(study))["runs"]
    assert sorted(said.pop("ran"), key=str) == sorted(ran, key=str)
    assert said == {key: value for key, value in said_of(study.results[0].scenario, [], []).items() if key != "ran"}


def test_each_scenario_that_is_compared_is_named() -> None:
    ours, other = (shipped("lesson", **LESSON), shipped("lesson", **LESSON, force__leave_days=30))
    other._name = "nine"
    both = compare([ours, other], replications=2, troops=300, delta=0.1)
    plot = plots.forest(both)
    said = source_of(plot)["runs"]
    assert [one["scenario"] for one in said] == ["lesson", "nine"]
    assert [one["scenario_sha256"] for one in said] == [ours.inputs_sha256, other.inputs_sha256]
    assert [one["settings"] for one in said] == [AS_SET, [*AS_SET, "force.leave_days=30"]]
    assert [one["ran"] for one in said] == [[point("two-stages", 300, 2)]] * 2


def test_the_map_says_which_replication_and_when() -> None:
    scenario = shipped("lesson", **LESSON)
    trace = replicate(ending_after(scenario, 36_000), "two-stages", troops=300, seed=5, replication=4)
    plot = plots.theatre_map(scenario, take_snapshot(scenario, trace, 36_000))
    (said,) = source_of(plot)["runs"]
    assert said["ran"] == [{"policy": "two-stages", "troops": 300, "replication": 4, "time": "2001-01-01 10:00"}]
    assert (said["seed"], [one for one in said["settings"] if "seed" not in one]) == (5, AS_SET)


def test_the_program_s_own_savefig_says_it_too(eights: Results, tmp_path: Path) -> None:
    plot = plots.coverage_against_troops(eights)
    for name, read in (("a.svg", of_svg), ("a.png", of_png)):
        plot.savefig(tmp_path / name, metadata={"Title": "Mine"})
        said = read((tmp_path / name).read_bytes())
        assert (said["title"], said["source"], said["identifier"]) == ("Mine", plot.source, plot.identity)
    plot.savefig(tmp_path / "a.pdf")
    assert (tmp_path / "a.pdf").read_bytes().startswith(b"%PDF")
    file = io.BytesIO()
    plot.savefig(file)
    assert of_png(file.getvalue())["source"] == plot.source


def test_words_that_are_not_latin_survive(eights: Results) -> None:
    title = "Гњилане → \N{SNOWMAN} <b>&"
    plot = make_page(
        Run(eights.scenario.model_copy(update={"title": title}), ()), 1.0, subtitle="", key=(), notes=()
    ).figure
    plot.alt_text = title
    (said,) = source_of(plot)["runs"]
    assert (said["title"], said["ran"]) == (title, [])


def foot_of(plot: Plot) -> list[str]:
    """The lines at the bottom."""
    lines = texts(plot)
    return lines[next(i for i, line in enumerate(lines) if line.startswith("lesson · ")) :]


def test_the_footer_names_what_was_set(eights: Results) -> None:
    foot = " ".join(foot_of(plots.coverage_against_troops(eights)))
    assert f"lesson · set: {', '.join(AS_SET)} · n = 2 at each level · seed" in foot
    many = shipped("lesson", **LESSON, coverage__window_h=9, experiment__seed=7, force__n_shift_groups=4)
    foot = " ".join(foot_of(make_page(Run(many, ()), 1.0, subtitle="", key=(), notes=()).figure))
    n_more = len(many.settings) - 1 - 3
    assert f"set: {AS_SET[0]}, " in foot and f", {n_more} more · seed 7 · " in foot and n_more == 2


def test_the_footer_names_the_code_where_that_takes_no_line_more() -> None:
    scenario, found = shipped("lesson"), set()
    for n_letters in range(0, 90, 3):
        foot = foot_of(make_page(Run(scenario, ()), 1.0, subtitle="", key=(), notes=["x" * n_letters]).figure)
        assert " ".join(foot).count(f"code {program()['code_sha256'][:10]}") == ("code" in " ".join(foot))
        found.add((len(foot), "code" in " ".join(foot)))
    assert found == {(1, True), (1, False), (2, True)}


def test_a_folder_of_another_code_says_which_code_made_it(eights: Results, tmp_path: Path) -> None:
    """And all that was set, words too."""
    scenario = shipped("lesson", **LESSON, vehicles__runs="all")
    run(scenario, replications=1, troops=[150], out=tmp_path, settings=["x"])
    manifest = json.loads((tmp_path / "manifest.json").read_text())
    (tmp_path / "manifest.json").write_text(json.dumps(manifest | {"code_sha256": "5" * 64, "numpy": "1.0"}))
    plot = plots.coverage_against_troops(Results.read(tmp_path))
    (said,) = source_of(plot)["runs"]
    assert (said["code_sha256"], said["numpy"]) == ("5" * 64, "1.0")
    assert said["settings"] == [*AS_SET, 'vehicles.runs="all"']
    assert "code 5555555555" in " ".join(foot_of(plot)) or "code" not in " ".join(foot_of(plot))
