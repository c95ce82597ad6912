"""Scenarios: what a study is about, read from TOML files, checked, frozen, and with the source of every number."""

from sim.scenario.errors import Fault, ScenarioError
from sim.scenario.load import load
from sim.scenario.origin import Origin
from sim.scenario.provenance import Source, find_catalogue, read_catalogue, sources_of
from sim.scenario.rule import DrawdownRule, Situation
from sim.scenario.schema import Departures, Policy, Routing, Scenario, Stage, Task
from sim.scenario.theatre_schema import Theatre

__all__ = [
    "Departures",
    "DrawdownRule",
    "Fault",
    "Origin",
    "Policy",
    "Routing",
    "Scenario",
    "ScenarioError",
    "Situation",
    "Source",
    "Stage",
    "Task",
    "Theatre",
    "find_catalogue",
    "load",
    "read_catalogue",
    "sources_of",
]
