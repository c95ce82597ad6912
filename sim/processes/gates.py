"""Gates: steps of a drawdown that wait for calm, and sites that are handed over while it is calm.

A gate is *reviewed* at midnights some days apart, from its earliest day on. When tension has been low for long enough
at a review, and whoever must approve has done so or will, the step is decided: it is taken after the time that approval
needs, without a second look. Gates are taken in order; the first review of the next is on one of its days after the
step before. An open gate that can be *reversed* is reviewed on as before. If tension is too high it is decided to take
the step back, and with it all later ones; then the gate is reviewed anew. Before the run began it was calm.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

import simpy
from simpy.events import ProcessGenerator

from sim.clock import SECOND_PER_DAY, Turn, Wait
from sim.force import Force
from sim.processes.drawdown import WHOLE, Asked, Shares, StrengthStep, seconds_from_start, shares_of
from sim.processes.post import Order, Orders, Posts
from sim.scenario.schema import Policy, Scenario
from sim.trace import EventKind, Trace
from sim.violence.tension import Tension

EVERYWHERE = "all"


@dataclass(frozen=True, slots=True)
class Calm:
    """What counts as calm: tension of a sector (index), or of the theatre (None), at most `below` for so long [s]."""

    below: float
    for_s: int
    sector: int | None = None

    def watch(self, tension: Tension) -> None:
        """Have tension remembered; to be called before the first incident."""
        tension.watch(self.below, self.sector)

    def holds(self, tension: Tension, now_s: int) -> bool:
        """Whether it is calm at `now_s` [s]."""
        since_s = tension.below_since_s(self.below, now_s, self.sector)
        return since_s is not None and (since_s == 0 or now_s - since_s >= self.for_s)


class Finding(StrEnum):
    """What a review comes to; of those that keep a gate shut, the first."""

    TOO_TENSE = "too-tense"
    CALM_TOO_SHORT = "calm-too-short"
    NOT_APPROVED = "not-approved"
    DECIDED = "decided"
    STAYS_OPEN = "stays-open"
    TO_BE_REVERSED = "to-be-reversed"


def tension_of(tension: Tension, sector: int | None, now_s: int) -> float:
    """Tension of a sector (index), or of the theatre (None), at `now_s` [s]."""
    return tension.of_theatre(now_s) if sector is None else tension.of_sector(sector, now_s)


def sector_index(scenario: Scenario, sector: str) -> int | None:
    """Index of a sector; None for the theatre, "all"."""
    return None if sector == EVERYWHERE else list(scenario.theatre.sectors).index(sector)


def next_midnight_s(time_s: int) -> int:
    """First midnight at or after a time [s]."""
    return -(-time_s // SECOND_PER_DAY) * SECOND_PER_DAY


@dataclass(frozen=True, slots=True)
class GateStep:
    """A gate as the model needs it.

    Attributes
    ----------
    key, name, place
        Its key and name, and the sector's key or "all".
    strength
        Soldiers once it is open.
    earliest_s, every_s
        First review, and from one to the next [s].
    calm
        What it waits for.
    approval_s
        From the review to the step, at least [s].
    approved_s
        When it is approved [s]; 0 or less if it need not be, None if it never is.
    reverses_above, reversal_s
        Tension at a review above which the step is taken back, None if it never is; and how long after [s].
    asks
        Share of each task that is asked for once it is open.
    """

    key: str
    name: str
    place: str
    strength: int
    earliest_s: int
    every_s: int
    calm: Calm
    approval_s: int = 0
    approved_s: int | None = 0
    reverses_above: float | None = None
    reversal_s: int = 0
    asks: Shares = WHOLE

    def next_review_s(self, after_s: int) -> int:
        """First review after a time, and not before the run [s]."""
        n = (max(after_s, -1) - self.earliest_s) // self.every_s + 1
        return self.earliest_s + max(0, n) * self.every_s


def gate_steps(scenario: Scenario, policy: Policy) -> list[GateStep]:
    """A policy's gates, in their order, as the model needs them."""
    steps = []
    for key, gate in policy.gates.items():
        approved_s: int | None = 0
        if not gate.automatic:
            approved_s = None if gate.approved_on is None else seconds_from_start(scenario, gate.approved_on)
        steps.append(
            GateStep(
                key=key,
                name=gate.name,
                place=gate.sector,
                strength=gate.strength,
                earliest_s=seconds_from_start(scenario, gate.earliest),
                every_s=gate.review_every_days * SECOND_PER_DAY,
                calm=Calm(
                    gate.tension_below,
                    round(gate.for_days * SECOND_PER_DAY),
                    sector_index(scenario, gate.sector),
                ),
                approval_s=round(gate.approval_delay_days * SECOND_PER_DAY),
                approved_s=approved_s,
                reverses_above=gate.reverses_above,
                reversal_s=round(gate.reversal_delay_days * SECOND_PER_DAY),
                asks=shares_of(gate.asks),
            )
        )
    return steps


def strengths_to_come(
    strength: int, steps: Iterable[StrengthStep], gates: Iterable[GateStep]
) -> tuple[int, list[tuple[int, tuple[str, ...]]]]:
    """Largest strength with nobody withdrawn, and the largest with each set of contingents withdrawn [soldiers].

    Gates withdraw nobody and bring nobody back: those that a stage has withdrawn stay away.

    Parameters
    ----------
    strength
        At the start [soldiers].
    steps, gates
        What may change it.
    """
    steps, gates = list(steps), list(gates)
    by_gate = [gate.strength for gate in gates]
    if any(gate.reverses_above is not None for gate in gates):
        by_gate += [strength, *(step.strength for step in steps)]
    most = max([strength, *by_gate, *(step.strength for step in steps if not step.withdrawn)])
    return most, [(max([step.strength, *by_gate]), step.withdrawn) for step in steps if step.withdrawn]


@dataclass(slots=True)
class _Gate:
    """Where a gate stands.

    Attributes
    ----------
    step
        The gate.
    due_s
        Its next review or, if it is decided, the step or its reversal [s]; None: nothing is to come.
    is_decided
        Whether it is.
    before
        Strength [soldiers] and shares asked for before it opened.
    """

    step: GateStep
    due_s: int | None = None
    is_decided: bool = False
    before: tuple[int, Shares] = (0, WHOLE)

    def await_review(self, after_s: int) -> None:
        """Be reviewed next after a time [s]."""
        self.due_s, self.is_decided = self.step.next_review_s(after_s), False

    def decide(self, after_s: int) -> None:
        """Be decided; what was decided is done at `after_s` [s]."""
        self.due_s, self.is_decided = after_s, True


def review_gates(
    env: simpy.Environment, steps: list[GateStep], force: Force, asked: Asked, tension: Tension, trace: Trace
) -> ProcessGenerator:
    """Review gates, open them, and take steps back.

    Parameters
    ----------
    env
        The environment.
    steps
        The gates, in order.
    force, asked
        What they change.
    tension
        What they wait for.
    trace
        Gets an event a review, at "place/finding", an opening and a reversal.
    """
    gates, n_open = [_Gate(step) for step in steps], 0
    for gate in gates:
        gate.step.calm.watch(tension)
    if gates:
        gates[0].await_review(-1)
    while due := [gate.due_s for gate in gates[: n_open + 1] if gate.due_s is not None]:
        yield Wait(env, min(due) - int(env.now), Turn.GATE)
        now_s = int(env.now)
        for at, gate in enumerate(gates[: n_open + 1]):
            if gate.due_s == now_s and not gate.is_decided:
                _review(gate, at < n_open, tension, trace, now_s)
            if gate.due_s == now_s and gate.is_decided:
                if at < n_open:
                    _reverse(gates[at:n_open], force, asked, trace, now_s)
                    n_open = at
                else:
                    _open(gate, force, asked, trace, now_s)
                    n_open = at + 1
                    if n_open < len(gates):
                        gates[n_open].await_review(now_s)
                break


def _review(gate: _Gate, is_open: bool, tension: Tension, trace: Trace, now_s: int) -> None:
    """Decide on a gate, or leave it until the next review."""
    step = gate.step
    now = tension_of(tension, step.calm.sector, now_s)
    found = _finding(step, is_open, tension, now_s)
    trace.record(now_s, EventKind.GATE_REVIEWED, step.key, f"{step.place}/{found}", now)
    gate.await_review(now_s)
    if found is Finding.TO_BE_REVERSED:
        gate.decide(now_s + step.reversal_s)
    elif found is Finding.DECIDED:
        gate.decide(max(step.approved_s or 0, now_s + step.approval_s))


def _finding(step: GateStep, is_open: bool, tension: Tension, now_s: int) -> Finding:
    if is_open:
        is_over = step.reverses_above is not None and tension_of(tension, step.calm.sector, now_s) > step.reverses_above
        return Finding.TO_BE_REVERSED if is_over else Finding.STAYS_OPEN
    if not step.calm.holds(tension, now_s):
        is_low = tension.below_since_s(step.calm.below, now_s, step.calm.sector) is not None
        return Finding.CALM_TOO_SHORT if is_low else Finding.TOO_TENSE
    return Finding.NOT_APPROVED if step.approved_s is None else Finding.DECIDED


def _open(gate: _Gate, force: Force, asked: Asked, trace: Trace, now_s: int) -> None:
    """Take a gate's step."""
    step = gate.step
    gate.before = force.strength, tuple(asked.share.tolist())
    _set(step.strength, step.asks, step.name, force, asked, trace, now_s)
    trace.record(now_s, EventKind.GATE_OPENS, step.key, step.place, float(step.strength))
    gate.await_review(now_s)
    if step.reverses_above is None:
        gate.due_s = None


def _reverse(gates: list[_Gate], force: Force, asked: Asked, trace: Trace, now_s: int) -> None:
    """Take back the step of the first of these open gates, and with it those of the others."""
    first = gates[0]
    _set(*first.before, f"{first.step.name} taken back", force, asked, trace, now_s)
    for gate in reversed(gates):
        trace.record(now_s, EventKind.GATE_REVERSED, gate.step.key, gate.step.place, float(gate.before[0]))
    first.await_review(now_s)


def _set(strength: int, asks: Shares, name: str, force: Force, asked: Asked, trace: Trace, now_s: int) -> None:
    force.set_strength(strength, force.withdrawn)
    asked.set(asks)
    trace.record(now_s, EventKind.STRENGTH_CHANGES, name, force.place, float(strength))


@dataclass(frozen=True, slots=True)
class Unfixing:
    """The rule by which sites are handed over, as the model needs it.

    Attributes
    ----------
    sites
        Keys, in order.
    earliest_s, apart_s
        First day, and from one hand-over to the next at least [s].
    calm
        What it waits for.
    n_at_most
        Sites that the police have room for, beside those handed over by date.
    """

    sites: tuple[str, ...]
    earliest_s: int
    apart_s: int
    calm: Calm
    n_at_most: int


def unfixing_rule(scenario: Scenario, policy: Policy) -> Unfixing | None:
    """A policy's rule, as the model needs it; None if it has none."""
    rule = policy.unfixing_when
    if rule is None:
        return None
    by_date = sum(day < scenario.horizon.end for day in policy.unfixing.values())
    return Unfixing(
        sites=tuple(rule.sites),
        earliest_s=seconds_from_start(scenario, rule.earliest),
        apart_s=round(rule.days_apart * SECOND_PER_DAY),
        calm=Calm(rule.tension_below, round(rule.for_days * SECOND_PER_DAY)),
        n_at_most=max(0, scenario.police.capacity_sites - by_date),
    )


def unfix_when(
    env: simpy.Environment, rule: Unfixing, posts: Posts, orders: list[Orders], tension: Tension
) -> ProcessGenerator:
    """Hand sites over to the police one by one, at midnights at which it is calm.

    Parameters
    ----------
    env
        The environment.
    rule
        Which sites, and when.
    posts, orders
        The board of posts, and where their orders arrive, in its order.
    tension
        What it waits for.
    """
    rule.calm.watch(tension)
    next_s = next_midnight_s(max(0, rule.earliest_s))
    for key in rule.sites[: rule.n_at_most]:
        yield Wait(env, next_s - int(env.now), Turn.HAND_OVER)
        while not rule.calm.holds(tension, int(env.now)):
            yield Wait(env, SECOND_PER_DAY, Turn.HAND_OVER)
        orders[posts.hand_over(key)].give(Order.HAND_OVER)
        next_s = next_midnight_s(int(env.now) + rule.apart_s)
