"""A drawdown rule of one's own: asked at its intervals, obeyed at the next shift change, fresh in each replication."""

from __future__ import annotations

import ast
import datetime as dt
from dataclasses import dataclass, field
from pathlib import Path

import pytest

import sim
from sim.model import replicate
from sim.scenario.rule import DrawdownRule, Situation, fingerprint
from sim.scenario.schema import Scenario
from sim.store import StoreError
from sim.trace import EventKind, Trace
from tests.scenarios import shipped

DAY_S = 86_400
LESSON = shipped("lesson")
RIOTS = shipped("kfor-2004-riots")


@dataclass
class Halves:
    """Halves the force at every review, down to a floor, and remembers what it was told."""

    review_every_days: int = 7
    max_strength: int = 450
    floor: int = 100
    seen: list[Situation] = field(default_factory=list, repr=False)

    def strength(self, situation: Situation) -> int:
        self.seen.append(situation)
        return max(self.floor, situation.strength // 2) if len(self.seen) > 1 else situation.strength


def ruled(scenario: Scenario, rule: DrawdownRule) -> Scenario:
    return scenario.with_rule("mine", rule, like=next(iter(scenario.policy)), title="Mine")


def run(rule: DrawdownRule, troops: int | None = None) -> Trace:
    return replicate(ruled(LESSON, rule), "mine", troops=troops, seed=3, replication=0, keeps_roster=True)


def changes(trace: Trace) -> list[tuple[int, str, float]]:
    return [
        (event.time_s // DAY_S, event.entity, event.value)
        for event in trace.events
        if event.kind is EventKind.STRENGTH_CHANGES
    ]


def test_a_rule_decides_instead_of_the_stages() -> None:
    trace = run(Halves())
    assert changes(trace) == [(0, "start", 450.0), (7, "rule", 225.0), (14, "rule", 112.0), (21, "rule", 100.0)]
    n_sections = {int(row.time_s) // DAY_S: int(row.n_sections.sum()) for row in trace.shifts}
    assert n_sections[6] > n_sections[7] > n_sections[14] > n_sections[21] == n_sections[25]


def test_each_replication_has_a_fresh_copy() -> None:
    rule = Halves()
    assert changes(run(rule)) == changes(run(rule))
    assert rule.seen == []


def test_at_a_troop_level_it_is_not_asked() -> None:
    assert changes(run(Halves(), troops=200)) == [(0, "start", 200.0)]


@dataclass
class Listens:
    """Changes nothing, and raises what it saw on a day."""

    day: dt.date
    review_every_days: int = 1
    max_strength: int = 20_000

    def strength(self, situation: Situation) -> int:
        if situation.date == self.day:
            raise RuntimeError(f"{situation.tension['all']:.3f} {sorted(situation.tension)}")
        return situation.strength


def test_it_feels_the_tension() -> None:
    """None before the riots of 17 March 2004, much more after two days."""

    def felt(day: dt.date) -> tuple[float, list[str]]:
        with pytest.raises(RuntimeError) as caught:
            replicate(ruled(RIOTS, Listens(day)), "mine", troops=None, seed=3, replication=0)
        value, _, keys = str(caught.value).partition(" ")
        return float(value), ast.literal_eval(keys)

    before, keys = felt(dt.date(2004, 3, 16))
    after, _ = felt(dt.date(2004, 3, 19))
    assert keys == sorted([*RIOTS.theatre.sectors, "all"])
    assert after > 1.3 * before


@dataclass
class Asks:
    wanted: float
    review_every_days: int = 3
    max_strength: int = 400

    def strength(self, situation: Situation) -> int:
        return self.wanted  # type: ignore[return-value]


@pytest.mark.parametrize("wanted", [401, -1, 200.5])
def test_what_it_may_not_ask_for(wanted: float) -> None:
    with pytest.raises(ValueError, match=f"asks for {wanted} soldiers on 2001-01-01; allowed: 0 to 400"):
        run(Asks(wanted))


def test_fingerprints_tell_rules_apart() -> None:
    assert fingerprint(Halves()) == fingerprint(Halves())
    assert len({fingerprint(one) for one in (Halves(), Halves(floor=50), Asks(3))}) == 3
    with pytest.raises(ValueError, match="cannot be found"):
        fingerprint(type("Bare", (), {"review_every_days": 1, "max_strength": 1})())


def test_results_of_two_rules_are_never_mixed(tmp_path: Path) -> None:
    first, second = (ruled(LESSON, Halves(floor=floor)) for floor in (100, 50))
    hashes = {LESSON.inputs_sha256, first.inputs_sha256, second.inputs_sha256}
    assert len(hashes) == 3
    assert first.inputs_sha256 == ruled(LESSON, Halves()).inputs_sha256
    sim.run(first, policies=["mine"], troops=[100], replications=1, out=tmp_path)
    with pytest.raises(StoreError, match="what differs: a drawdown rule"):
        sim.run(second, policies=["mine"], troops=[100], replications=1, out=tmp_path)


def test_a_rule_is_compared_with_policies_of_the_file() -> None:
    """It withdraws sooner than the two stages, and loses coverage by it."""
    study = ruled(LESSON, Halves())
    found = sim.compare(study, baseline="two-stages", delta=0.01, replications=3)
    assert list(found.decision()["alternative"]) == ["mine"]
    assert list(found.decision()["verdict"]) == ["worse"]
    days = found.effort().set_index("alternative")["soldier_days"]
    assert days["mine"] < days["two-stages"]


def test_a_policy_has_one_name() -> None:
    with pytest.raises(ValueError, match="there is a policy 'two-stages' already"):
        LESSON.with_rule("two-stages", Halves(), like="two-stages", title="Again")
