"""The command line, in this process: what is printed, what is written, exit codes."""

import csv
import io
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from sim import __version__, model
from sim.cli import main
from sim.experiment import Results
from sim.scenario import Scenario, load
from sim.trace import Trace

LESSON = str(Path(__file__).parents[2] / "scenarios" / "lesson.toml")
CHEAP = ("-j", "1", "--set", "experiment.sweep_days=3", "--set", "horizon.warm_up_h=24")


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def call(*arguments: str) -> Result:
    result = CliRunner().invoke(main, list(arguments))
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def test_version() -> None:
    assert call("--version").output == f"peacesim, version {__version__}\n"


def test_every_command_explains_itself_with_an_example() -> None:
    for command in ("run", "validate", "sources", "trace"):
        text = call(command, "--help").output
        assert "Example" in text
        assert f"peacesim {command} scenarios/" in text


def test_run_prints_the_headline_and_writes_to_results() -> None:
    result = call("run", LESSON, *CHEAP, "--troops", "100:300:3", "-n", "2", "--no-figures")
    assert result.exit_code == 0
    rows = [line.split() for line in result.stdout.splitlines() if line.strip().startswith("two-stages")]
    assert [row[1:3] for row in rows] == [["100", "2"], ["200", "2"], ["300", "2"]]
    results = Results.read("results/lesson")
    values = results.responses.query("sector == 'all' and response == 'coverage' and troops == 300")["value"]
    assert rows[-1][3].startswith(f"{values.mean():.3f}±")
    assert max(map(len, result.stdout.splitlines())) <= 100
    assert "95% confidence interval, each row and column by itself" in result.stdout
    assert "6 of 6 replications run" in result.stderr
    assert "Results: results/lesson" in result.stdout
    assert not Path("results/lesson/figures").exists()


def test_run_draws_figures_and_names_them() -> None:
    result = call("run", LESSON, *CHEAP, "--troops", "100,300", "-n", "2", "--out", "out")
    assert result.exit_code == 0
    drawn = [Path(line.removeprefix("Figure: ")) for line in result.stdout.splitlines() if line.startswith("Figure: ")]
    assert drawn
    assert all(path.exists() and path.is_relative_to("out/figures") for path in drawn)


def test_settings_are_recorded() -> None:
    call("run", LESSON, *CHEAP, "--troops", "60", "-n", "1", "--seed", "5", "--no-figures", "--out", "out")
    kept = Results.read("out")
    sources = {origin.key: origin.source for origin in kept.scenario.provenance}
    assert kept.scenario.experiment.seed == 5
    assert {sources[f"experiment.{key}"] for key in ("seed", "troops", "sweep_days")} == {"set on the command line"}
    manifest = Path("out/manifest.json").read_text()
    assert '"experiment.sweep_days=3"' in manifest
    assert '"experiment.seed=5"' in manifest


def test_more_replications_are_added_and_other_inputs_refused() -> None:
    call("run", LESSON, *CHEAP, "--troops", "60", "-n", "1", "--no-figures")
    more = call("run", LESSON, *CHEAP, "--troops", "60", "-n", "3", "--no-figures")
    assert "2 of 2 replications run" in more.stderr
    before = {path.name: path.read_bytes() for path in Path("results/lesson").iterdir()}
    other = call("run", LESSON, *CHEAP, "--troops", "60", "--set", "force.section_size=8", "--no-figures")
    assert other.exit_code == 2
    assert "force.section_size (9.0 there, 8.0 here)" in other.stderr
    assert "--out" in other.stderr
    assert {path.name: path.read_bytes() for path in Path("results/lesson").iterdir()} == before


def test_failed_replications_are_told_and_end_with_1(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = model.replicate

    def broken(scenario: Scenario, policy: str, *, troops: int | None, replication: int, **others: Any) -> Trace:
        if replication == 1:
            raise RuntimeError("section lost")
        return whole(scenario, policy, troops=troops, replication=replication, **others)

    monkeypatch.setattr(model, "replicate", broken)
    result = call("run", LESSON, *CHEAP, "--troops", "60", "-n", "3", "--no-figures")
    assert result.exit_code == 1
    assert "two-stages, 60 troops, replication 1: simulate: RuntimeError: section lost" in result.stderr
    assert [row.split()[2] for row in result.stdout.splitlines() if row.strip().startswith("two-stages")] == ["2"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--troops", "many"), "A:B:N"),
        (("--troops", "5:3:2"), "A below B"),
        (("--troops", "-5"), "A:B:N"),
        (("--troops", "99999999"), "experiment.troops"),
        (("--set", "force.section_size"), "KEY=VALUE"),
        (("--set", "force.sectoin_size=3"), "did you mean 'force.section_size'"),
        (("--set", "force.shift_h=-3", "--set", "force.section_size=0"), "force.section_size"),
        (("--policies", "two-stage"), "two-stages"),
        (("--policies", ","), "names nothing"),
        (("--replications", "0"), "--replications"),
        (("--seed", "-1"), "--seed"),
        (("--workers", "0"), "--workers"),
        (("--engine", "thread"), "'serial'"),
        (("--repliactions", "3"), "Did you mean"),
        (("--set", "experiment.timeline=false", "--set", "experiment.troops=[]"), "nothing to run"),
    ],
)
def test_bad_input_ends_with_2_and_writes_nothing(arguments: tuple[str, ...], said: str, tmp_path: Path) -> None:
    result = call("run", LESSON, *arguments)
    assert result.exit_code == 2
    assert said in result.stderr
    assert "Traceback" not in result.output
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_written_is_a_sentence(tmp_path: Path) -> None:
    Path("file").touch()
    result = call("run", LESSON, "--out", "file/below")
    assert result.exit_code == 2
    assert result.stderr == "cannot write to file/below: Not a directory\n"
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_figures_that_cannot_be_written_are_a_sentence_and_the_results_are_kept() -> None:
    Path("out").mkdir()
    Path("out/figures").touch()
    result = call("run", LESSON, *CHEAP, "--troops", "60", "-n", "2", "--out", "out")
    assert result.exit_code == 2
    assert result.stderr.splitlines()[-1] == (
        "cannot write figures to out/figures: File exists; the results in out are kept"
    )
    assert Results.read("out").n_replications == 2


def test_a_missing_scenario_is_a_sentence(tmp_path: Path) -> None:
    result = call("run", "nosuch.toml")
    assert result.exit_code == 2
    assert result.stderr.startswith("nosuch.toml: no such file")
    assert list(tmp_path.iterdir()) == []


def test_validate_goes_through_all_files() -> None:
    Path("broken.toml").write_text("schema_version = 1\ntitel = 3\n")
    result = call("validate", "broken.toml", LESSON, "nosuch.toml")
    assert result.exit_code == 2
    assert f"{LESSON}: OK: Lesson valley" in result.stdout
    assert "(1 sector, 12 patrol areas, 2 contingents, 1 policy, 60 days, 450 troops)" in result.stdout
    assert "broken.toml:2: titel:" in result.stderr
    assert "nosuch.toml: no such file" in result.stderr
    assert "2 of 3 files cannot be used" in result.stderr
    assert call("validate", LESSON).exit_code == 0


def test_sources_lists_every_figure() -> None:
    result = call("sources", LESSON, "--csv")
    assert result.exit_code == 0
    rows = list(csv.DictReader(io.StringIO(result.stdout)))
    origins = load(LESSON).provenance
    assert [row["key"] for row in rows] == [origin.key for origin in origins]
    row = next(row for row in rows if row["key"] == "horizon.start")
    line = Path(LESSON).read_text().splitlines().index("start = 2001-01-01") + 1
    assert (row["value"], row["where"]) == ("2001-01-01", f"{LESSON}:{line}")


def test_sources_cites_the_catalogue_and_can_list_assumptions_alone(tmp_path: Path) -> None:
    lesson = Path(LESSON)
    (tmp_path / "theatres").mkdir()
    (tmp_path / "theatres" / "lesson.toml").write_text((lesson.parent / "theatres" / "lesson.toml").read_text())
    text = lesson.read_text().replace('police = "assumption: made up for teaching"', 'police = "report"')
    (tmp_path / "cited.toml").write_text(text)
    (tmp_path / "sources.toml").write_text('[report]\ntitle = "Report"\nreference = "A. Author (2001). A report."\n')
    table = call("sources", "cited.toml").stdout
    assert "police.capacity_sites" in table
    assert "A. Author (2001). A report." in table
    rows = list(csv.DictReader(io.StringIO(call("sources", "cited.toml", "--csv").stdout)))
    cited = [row for row in rows if row["source"] == "report"]
    assert {row["key"] for row in cited} == {"police.protection_level", "police.capacity_sites"}
    assert {row["reference"] for row in cited} == {"A. Author (2001). A report."}
    assumed = list(csv.DictReader(io.StringIO(call("sources", "cited.toml", "--csv", "--assumptions").stdout)))
    assert [row for row in rows if row["source"] != "report"] == assumed


def test_validate_accepts_the_catalogue_and_shows_the_balance() -> None:
    catalogue = call("validate", str(Path(LESSON).with_name("sources.toml")))
    assert catalogue.exit_code == 0
    assert "a catalogue of" in catalogue.stdout
    balance = call("validate", LESSON, "--balance").stdout
    valley, theatre = (line.split() for line in balance.splitlines() if line.strip().startswith(("valley", "all")))
    assert valley[1:] == theatre[1:]
    assert float(valley[2]) == pytest.approx(450 * 0.75 / 9 / 3 * 0.9 * 0.95, abs=0.5)
    assert float(valley[4]) == pytest.approx(float(valley[2]) / float(valley[3]), abs=0.02)


def test_a_theatre_that_cannot_be_laid_out_is_bad_input(tmp_path: Path) -> None:
    lesson = Path(LESSON)
    theatre = (
        (lesson.parent / "theatres" / "lesson.toml").read_text().replace("n_patrol_areas = 12", "n_patrol_areas = 1")
    )
    second = theatre.split("[sectors.valley]")[1].split("[municipalities")[0].replace("Valley", "Other")
    theatre = theatre.replace("[municipalities.upper", f"[sectors.other]{second}[municipalities.upper")
    theatre = theatre.replace('sector = "valley"\nlat = 45.060', 'sector = "other"\nlat = 45.060')
    theatre = theatre.replace("n_patrol_areas = 1 ", "n_patrol_areas = 2 ").replace(
        "area_km2 = 120", "area_km2 = 0.001"
    )
    (tmp_path / "theatres").mkdir()
    (tmp_path / "theatres" / "lesson.toml").write_text(theatre)
    file = tmp_path / "lesson.toml"
    file.write_text(lesson.read_text())
    for command in (["validate"], ["run", "--out", str(tmp_path / "out")]):
        result = call(*command, str(file))
        assert result.exit_code == 2, result.output
        assert "cannot be laid out" in result.stderr
    assert not (tmp_path / "out").exists()
