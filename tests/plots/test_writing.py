"""Files of figures: what suits, with their tables, twice the same."""

import dataclasses
import io
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pandas as pd
from PIL import Image

import sim
from sim.experiment import Results
from sim.plots import coverage_against_troops, write_figures
from tests.plots.test_sweep import titled

SVG = "{http://www.w3.org/2000/svg}"


def test_every_figure_that_suits_is_written_with_its_table(lesson: Results, tmp_path: Path) -> None:
    paths = write_figures(lesson, tmp_path / "new" / "figures")
    stems = ["coverage-against-troops"] * 3 + ["timeline"] * 3  # one sector: no panels by sector
    assert [path.name for path in paths] == [
        f"{stem}.{kind}" for stem, kind in zip(stems, ["svg", "png", "csv"] * 2, strict=True)
    ]
    assert sorted(paths) == sorted((tmp_path / "new" / "figures").iterdir())
    table = coverage_against_troops(lesson).table
    written = pd.read_csv(tmp_path / "new" / "figures" / "coverage-against-troops.csv")
    assert list(written.columns) == list(table.columns)
    pd.testing.assert_frame_equal(written, table, check_dtype=False)


def test_sectors_have_their_figure(gates: Results, tmp_path: Path) -> None:
    stems = {path.stem for path in write_figures(gates, tmp_path)}
    assert stems == {"coverage-against-troops", "coverage-by-sector"}


def test_equal_results_make_equal_bytes(lesson: Results, tmp_path: Path) -> None:
    one, other = (write_figures(lesson, tmp_path / name) for name in ("one", "other"))
    assert [path.read_bytes() for path in one] == [path.read_bytes() for path in other]


def test_policies_have_figures_of_their_own(lesson: Results, tmp_path: Path) -> None:
    policy = lesson.scenario.policy["two-stages"]
    scenario = titled(lesson.scenario, "Two policies").model_copy(
        update={"policy": {"two-stages": policy, "twin": policy.model_copy(update={"title": "The same again"})}}
    )
    tables = {
        name: pd.concat([getattr(lesson, name), getattr(lesson, name).assign(policy="twin")], ignore_index=True)
        for name in ("responses", "series", "expected")
    }
    both = dataclasses.replace(lesson, scenario=scenario, **tables)
    assert {path.stem for path in write_figures(both, tmp_path)} == {
        f"{figure}-{policy}" for figure in ("coverage-against-troops", "timeline") for policy in ("two-stages", "twin")
    }
    assert set(pd.read_csv(tmp_path / "timeline-twin.csv")["policy"]) == {"twin"}


def test_files_say_what_they_are_of(lesson: Results) -> None:
    title = "Costs $5 & <b>$6</b>"
    scenario = titled(lesson.scenario, title)
    plot = coverage_against_troops(dataclasses.replace(lesson, scenario=scenario))
    svg = ElementTree.fromstring(plot.image("svg"))
    assert svg.findtext(f"{SVG}title") == title
    whole = ElementTree.tostring(svg, encoding="unicode")
    assert scenario.inputs_sha256 in whole and str(scenario.experiment.seed) in whole and "Date" not in whole
    with Image.open(io.BytesIO(plot.image("png"))) as image:
        assert image.info["Title"] == title
        assert image.info["Software"] == f"peacesim {sim.__version__}"
        assert scenario.inputs_sha256 in image.info["Source"]
        assert "Coverage: " in image.info["Description"]
        assert round(image.info["dpi"][0]) == 200


def test_nothing_is_written_of_nothing(lesson: Results, tmp_path: Path) -> None:
    assert write_figures(lesson.only([]), tmp_path / "figures") == []
    assert not (tmp_path / "figures").exists()
