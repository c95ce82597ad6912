"""Tables of incidents, reserves and what policies do about them, to be added to the small scenario."""

from __future__ import annotations

from tests.scenario.conftest import SCENARIO, Files

INCIDENTS = """\
[incidents]
per_day = 2.0
sector_weights = { east = 1 }
max_tension = 4
tension_half_life_days = 3
spill_share = 0.2
deterrence = 0.3
deterrence_half_life_h = 12
threshold = 0.5

[incidents.answering]
speed_km_h = 40
reserve_turn_out_min = 15
standby_turn_out_min = 30
post_turn_out_min = 10

[incidents.kinds.crowd]
at = "area"
weight = 3
n_sections = 2
service_min = { distribution = "gamma", mean = 90, cv = 0.5 }
target_min = 30
burns_out_h = 6
triggers = 0.2
escalates_to = "riot"

[incidents.kinds.riot]
at = "area"
weight = 0
n_sections = 6
service_min = { distribution = "constant", mean = 240 }
target_min = 60
burns_out_h = 12
triggers = 0.3

[incidents.kinds.threat]
at = "site"
weight = 1
n_sections = 1
service_min = { distribution = "exponential", mean = 60 }
target_min = 20
burns_out_h = 0.5
triggers = 0.1

[incidents.kinds.roadblock]
at = "crossing_point"
weight = 0
n_sections = 3
service_min = { distribution = "lognormal", mean = 600, cv = 1 }
target_min = 120
burns_out_h = 48
triggers = 0
blocks = true

[incidents.kinds.escort]
at = "area"
weight = 0
n_sections = 1
service_min = { distribution = "constant", mean = 120 }
target_min = 5
burns_out_h = 1
triggers = 0
planned = true

[incidents.shocks.march]
begins = 2001-02-17T14:00:00
lasts_h = 48
half_life_h = 12
per_day = 20
sector_weights = { east = 1 }
kinds = { riot = 1, threat = 1, roadblock = 1 }
places = ["mill", "pass"]

[incidents.dated.convoy]
kind = "escort"
begins = 2001-03-01T06:30:00
place = "town"
service_h = 3

"""
RESERVES = """\
[reserves.battalion]
nation = "Gamma"
sector = "east"
strength = 600
lead_time_days = 7
stays_days = 30
theatre_wide = true
will_not_do = ["patrols"]
will_not_answer = ["riot"]

"""
POLICY = """\
[policy.gated]
title = "Gated"
priority = ["crossing_points", "reserve", "sites", "checkpoints", "patrols"]
floor = { reserve = 1 }
weight = { patrols = 1 }
answers_with = ["patrols", "reserve"]
leaves_first = ["alpha"]

[policy.gated.stages.first]
name = "First"
strength = 800
decided_on = 2001-01-05
effective_on = 2001-01-10
asks = { checkpoints = 0.5 }

[policy.gated.command]
coordination_delay_min = 20
separate_sectors = ["east"]
separate_delay_min = 90
liaison_soldiers = { east = 4 }
liaison_halves_at = 10

[policy.gated.gates.calm]
name = "Calm"
strength = 500
earliest = 2001-02-01
review_every_days = 30
tension_below = 0.5
for_days = 14
approval_delay_days = 5
automatic = false
approved_on = 2001-02-10
reverses_above = 2
reversal_delay_days = 3
asks = { patrols = 0.8 }

[policy.gated.calls.unrest]
reserve = "battalion"
tension_above = 1.5
sector = "east"

[policy.gated.calls.election]
reserve = "battalion"
on = 2001-03-15

[policy.gated.unfixing_when]
sites = ["mill"]
earliest = 2001-01-15
tension_below = 0.5
for_days = 10
days_apart = 30

"""
CHANGES = """\
[tasks.changes.spring]
on = 2001-02-01
share = { patrols = 0.9, checkpoints = 0.5 }

[tasks.changes.late]
on = 2001-03-01
share = { checkpoints = 0 }

"""
SOURCES = 'incidents = "assumption: for tests"\nreserves = "assumption: for tests"\n'
WITH_INCIDENTS = SCENARIO.replace("[experiment]\n", INCIDENTS + RESERVES + POLICY + CHANGES + "[experiment]\n").replace(
    "[sources]\n", "[sources]\n" + SOURCES
)


def with_incidents(files: Files) -> None:
    """Put the scenario with all of the tables, and their sources, in the place of the small one."""
    files.write("valley.toml", WITH_INCIDENTS)
