"""Settings at and beyond the edges: a run ends well or says what is wrong, and never fails inside."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from sim.cli import main
from sim.scenario.schema import Departures, Routing

LESSON = Path(__file__).parents[2] / "scenarios" / "lesson.toml"
DAY = "experiment.sweep_days=1 horizon.warm_up_h=0".split()
RUN = "--no-figures -j 1 -n 1 --troops 0,9,450 --engine serial".split()
WEIGHTLESS = " ".join(f"coverage.weight_{task}=0" for task in ("patrols", "sites", "checkpoints", "crossing_points"))
CASES = [
    "theatre.n_patrol_areas=1",
    "theatre.n_patrol_areas=400",
    "tasks.sites.n=0",
    "tasks.sites.crew=0.01",
    "tasks.sites.crew=1000",
    "tasks.checkpoints.n=0",
    "tasks.checkpoints.n=10000",
    "tasks.reserve.n_sections.valley=0",
    "tasks.reserve.n_sections.valley=1000",
    "tasks.patrols.per_day=0",
    "tasks.patrols.per_day=0.001",
    "tasks.patrols.per_day=5000",
    "tasks.patrols.departure_window_h=0.0001",
    "tasks.patrols.departure_window_h=8",
    "tasks.patrols.departure_window_h=9",
    "tasks.patrols.turn_round_min=0",
    "tasks.patrols.turn_round_min=100000",
    "tasks.patrols.kinds.foot.n_stops=64",
    "tasks.patrols.kinds.foot.n_stops=64 theatre.n_patrol_areas=1",
    "tasks.patrols.kinds.foot.within_km_of_boundary=0.001",
    "tasks.patrols.kinds.foot.dwell_min.mean=0.001",
    "tasks.patrols.kinds.foot.dwell_min.mean=100000",
    "tasks.patrols.kinds.foot.dwell_min.cv=10",
    "tasks.patrols.kinds.foot.speed_km_h=0.001",
    "tasks.patrols.sector_weights.valley=0",
    "force.shift_h=1",
    "force.shift_h=1 tasks.patrols.departure_window_h=1",
    "force.shift_h=24",
    "force.shift_h=48",
    "force.shift_h=0.001",
    "force.shift_h=7.3",
    "force.n_shift_groups=1",
    "force.n_shift_groups=12",
    "force.leave_days=0",
    "force.leave_days=179.999",
    "force.leave_days=180",
    "force.leave_days=181",
    "force.absence_share=0",
    "force.absence_share=1",
    "force.section_size=0.5",
    "force.section_size=1000",
    "force.share_on_security_tasks=0",
    "force.share_in_theatre=0",
    "coverage.window_h=0.0001",
    "coverage.window_h=100000",
    WEIGHTLESS,
    "police.capacity_sites=0",
    "police.protection_level=1 police.capacity_sites=1000",
    "contingents.first.strength=0",
    "contingents.first.strength=0 contingents.second.strength=0",
    "horizon.warm_up_h=1",
    "horizon.warm_up_h=0.5",
    "horizon.warm_up_h=100000",
    "horizon.end=2001-01-01",
    "experiment.seed=9223372036854775807",
    "experiment.confidence=0.999999",
    *(f"policy.two-stages.routing={routing}" for routing in Routing),
    *(f"policy.two-stages.routing={routing} theatre.n_patrol_areas=1" for routing in Routing),
    *(f"tasks.patrols.departures={departures}" for departures in Departures),
    *(f"tasks.patrols.departures={departures} tasks.patrols.per_day=5000" for departures in Departures),
]
REFUSED = {
    "tasks.sites.n=0": "policy.two-stages.unfixing",
    "tasks.checkpoints.n=10000": "tasks.checkpoints.n",
    "tasks.patrols.departure_window_h=9": "tasks.patrols.departure_window_h",
    "tasks.patrols.departures=poisson": "tasks.patrols.departure_window_h",
    "tasks.patrols.departures=poisson tasks.patrols.per_day=5000": "tasks.patrols.departure_window_h",
    "tasks.patrols.sector_weights.valley=0": "tasks.patrols.sector_weights",
    "force.shift_h=1": "tasks.patrols.departure_window_h",
    "force.shift_h=0.001": "force.shift_h",
    "force.shift_h=7.3": "force.shift_h",
    "force.leave_days=180": "force.leave_days",
    "force.leave_days=181": "force.leave_days",
    "contingents.first.strength=0 contingents.second.strength=0": "contingents",
    "horizon.end=2001-01-01": "horizon.end",
    "horizon.warm_up_h=0.5": "horizon.warm_up_h",
    "horizon.warm_up_h=100000": "horizon.warm_up_h",
    WEIGHTLESS: "coverage",
}
"""What is refused, and the key that the message names."""


@pytest.mark.parametrize("case", CASES)
def test_a_run_ends_well_or_names_the_key_at_fault(case: str, tmp_path: Path) -> None:
    settings = [word for setting in [*DAY, *case.split()] for word in ("--set", setting)]
    result = call("run", str(LESSON), *RUN, *settings, "--out", str(tmp_path / "out"))
    assert result.exit_code == (2 if case in REFUSED else 0), result.output
    assert REFUSED.get(case, "") in result.stderr
    assert (tmp_path / "out").exists() == (case not in REFUSED)


@pytest.mark.parametrize("case", CASES)
def test_the_balance_is_shown_or_the_key_at_fault_named(case: str, tmp_path: Path) -> None:
    file = tmp_path / "extreme.toml"
    pairs = [setting.split("=", 1) for setting in case.split()]
    lines = [f"{key} = {value if value[0].isdigit() else repr(value)}" for key, value in pairs]
    sources = [f'"{key}" = "assumption: extreme"' for key, _ in pairs]
    file.write_text("\n".join([f"extends = {str(LESSON)!r}", *lines, "[sources]", *sources]))
    result = call("validate", str(file), "--balance")
    assert result.exit_code == (2 if case in REFUSED else 0), result.output
    assert REFUSED.get(case, "") in result.stderr
    assert ("Troops to task" in result.stdout) == (result.exit_code == 0)


def test_an_empty_task_list_is_run(tmp_path: Path) -> None:
    text = LESSON.read_text().split("[policy.two-stages.unfixing]")
    rest = text[1].split("[marks.company]")[1]
    text[0] = text[0].replace('"theatres/lesson.toml"', repr(str(LESSON.parent / "theatres" / "lesson.toml")))
    file = tmp_path / "lesson.toml"
    file.write_text(f"{text[0]}[marks.company]{rest}")
    empty = ("tasks.sites.n=0", "tasks.checkpoints.n=0", "tasks.patrols.per_day=0", "tasks.reserve.n_sections.valley=0")
    settings = [word for setting in (*DAY, *empty) for word in ("--set", setting)]
    result = call("run", str(file), *RUN, *settings, "--out", str(tmp_path / "out"))
    assert result.exit_code == 0, result.output
    assert call("validate", str(file), "--balance").exit_code == 0


def call(*arguments: str) -> Result:
    result = CliRunner().invoke(main, list(arguments))
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result
