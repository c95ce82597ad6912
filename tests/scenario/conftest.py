"""A small valid scenario of one sector in three files: scenario, theatre, catalogue."""

from __future__ import annotations

from pathlib import Path

import pytest

SCENARIO = """\
# A scenario for tests.
schema_version = 1
title = "One sector"
theatre = "theatres/valley.toml"

[horizon]
start = 2001-01-01
end = 2001-04-01
warm_up_h = 24

[force]
section_size = 9
share_in_theatre = 0.9
share_on_security_tasks = 0.5
shift_h = 8.0
n_shift_groups = 3
leave_days = 14
leave_cycle_days = 90
absence_share = 0.05

[contingents.alpha]
nation = "Alpha"
sector = "east"
strength = 900

[tasks.patrols]
per_day = 30
sector_weights = { east = 1 }
departures = "uniform"
departure_window_h = 7.5
turn_round_min = 30
kinds.foot = { share = 0.25, n_stops = 2, dwell_min.distribution = "constant", dwell_min.mean = 40, \
speed_km_h = 4, approach_speed_km_h = 20 }

[tasks.patrols.kinds.vehicle]
share = 0.75
n_stops = 6
dwell_min = { distribution = "gamma", mean = 15.0, cv = 0.5 }
speed_km_h = 30
approach_speed_km_h = 30

[tasks.sites]
n = 10
crew = 2
[tasks.sites.crew_of]
mill = 4

[tasks.checkpoints]
n = 4
crew = 4

[tasks.crossing_points]
crew = 6

[tasks.reserve]
n_sections.east = 2

[coverage]
window_h = 6
weight_patrols = 1
weight_sites = 1
weight_checkpoints = 1
weight_crossing_points = 1

[police]
protection_level = 0.6
capacity_sites = 5

[policy.stay]
title = "Stay"
priority = ["crossing_points", "reserve", "sites", "checkpoints", "patrols"]
floor = { crossing_points = 1.0, reserve = 1.0, sites = 0.5 }
weight = { sites = 1, checkpoints = 1, patrols = 2 }

[policy.leave]
title = "Leave"
routing = "by_risk"
priority = ["patrols", "reserve", "sites", "checkpoints", "crossing_points"]
floor = {}
weight = { patrols = 1 }
unfixing = { mill = 2001-02-15 }
[policy.leave.stages.one]
name = "Half"
strength = 450
decided_on = 2001-01-20
effective_on = 2001-02-01
[policy.leave.stages.two]
name = "None"
strength = 0
decided_on = 2001-02-20
effective_on = 2001-03-01

[experiment]
replications = 5
seed = 1
sweep_days = 60
confidence = 0.95
troops = [
    0,
    500,
    1000,
]
policies = ["stay"]

[sources]
horizon = "assumption: a quarter"
force = "assumption: round numbers"
"force.section_size" = "field-manual"
contingents = "assumption: round numbers"
tasks = "assumption: round numbers"
"tasks.sites.n" = "outside:list"
coverage = "assumption: a shift"
police = "assumption: round numbers"
policy = "assumption: for tests"
experiment = "assumption: quick"
"""

THEATRE = """\
schema_version = 1
title = "A valley"
area_km2 = 459.0
n_patrol_areas = 16
n_sites = 12
n_checkpoints = 5
share_of_people_at_seat = 0.4
detour_factor = 1.3
outline = [[20.0, 42.0], [20.25, 42.0],
           [20.25, 42.2], [20.0, 42.2]]

[sectors.east]
name = "Sector East"
lead_nation = "Alpha"
base = "Camp"
lat = 42.1
lon = 20.1

[municipalities.town]
name_sq = "Qytet"
name_sr = "Grad"
sector = "east"
lat = 42.12
lon = 20.12
area_km2 = 250
population = 40000
risk = 1.0

[municipalities.village]
name_sq = "Fshat"
name_sr = "Selo"
sector = "east"
lat = 42.05
lon = 20.05
area_km2 = 150
population = 3000
risk = 2.0

[crossing_points.pass]
name = "The pass"
sector = "east"
lat = 42.2
lon = 20.2
neighbour = "Beta"

[named_sites.mill]
name = "The mill"
municipality = "village"
lat = 42.06
lon = 20.06

[sources]
area_km2 = "survey"
n_patrol_areas = "assumption: cells of 25 km2"
n_sites = "outside:list"
n_checkpoints = "assumption: made up"
share_of_people_at_seat = "assumption: made up"
detour_factor = "assumption: hills"
outline = "survey"
sectors = "survey"
municipalities = "survey"
"municipalities.village.risk" = "assumption: twice as risky"
crossing_points = "survey"
named_sites = "survey"
"""

CATALOGUE = """\
[field-manual]
title = "Field manual"
reference = "Alpha Army, Field manual, 2000, page 3"

["outside:list"]
title = "A list of sites"
reference = "Ministry of Lists"
url = "https://example.org/list"

[survey]
title = "Survey"
reference = "Survey of the valley"
note = "Redrawn"
"""


class Files:
    """The three files in a folder, each of which can be changed before it is loaded."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.write("valley.toml", SCENARIO)
        self.write("theatres/valley.toml", THEATRE)
        self.write("sources.toml", CATALOGUE)

    @property
    def scenario(self) -> Path:
        return self.folder / "valley.toml"

    def write(self, name: str, text: str) -> Path:
        path = self.folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, "utf-8", newline="")
        return path

    def change(self, old: str, new: str, name: str = "valley.toml") -> int:
        """Replace text that stands once in a file; return the line where it stood."""
        path = self.folder / name
        text = path.read_bytes().decode()
        assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {name}"
        path.write_text(text.replace(old, new), "utf-8", newline="")
        return text[: text.index(old)].count("\n") + 1


@pytest.fixture
def files(tmp_path: Path) -> Files:
    return Files(tmp_path)
