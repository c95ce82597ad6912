"""What is run: the scenario, how long, and the settings that make a case of it.

A *plan* says on which scenario and for how long the cases are measured: `FULL` is a KFOR year, as the budgets have it;
`QUICK` a few days of it, to see that everything works.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from sim.engines import Job, observe
from sim.responses import Measured
from sim.scenario import load
from sim.scenario.schema import Scenario

ROOT = Path(__file__).parents[1]
SEED = 1

DRAWDOWN = {
    dt.date(2002, 1, 15): 39_000,
    dt.date(2002, 12, 31): 28_000,
    dt.date(2003, 12, 31): 17_500,
    dt.date(2006, 2, 22): 16_000,
    dt.date(2009, 6, 11): 14_000,
    dt.date(2010, 2, 3): 10_200,
    dt.date(2011, 2, 28): 5_000,
    dt.date(2016, 3, 31): 4_600,
    dt.date(2020, 12, 31): 3_500,
}
"""Strengths [soldiers] after that of the scenario: `outside:kfor_strength` of scenarios/sources.toml, and the gates."""


@dataclass(frozen=True)
class Plan:
    """On what the cases are measured; strengths are in soldiers.

    Attributes
    ----------
    path, policy
        Scenario file and the policy that is run.
    with_incidents
        The same scenario with incidents: its file and policy.
    history
        A long run with everything on, whole: its file and policy.
    n_days
        Length of the runs, warm-up included [days].
    horizon
        First day of the long horizon, and the day after its last.
    growth_troops
        Strengths that do the patrols of the task list, and ten times as many.
    site_crew
        Soldiers at a time at a site where growth with the number of sites is measured: so few that the sections at
        hand can man a hundred times as many.
    worker_days, n_replications
        Length [days] and number of the replications that workers share.
    is_short
        Whether the runs are too short for the budgets, which are for a year.
    """

    path: Path
    policy: str
    with_incidents: tuple[Path, str]
    history: tuple[Path, str]
    n_days: int
    horizon: tuple[dt.date, dt.date]
    growth_troops: tuple[int, int]
    site_crew: float
    worker_days: int
    n_replications: int
    is_short: bool = True

    def load(
        self,
        n_days: int | None = None,
        *,
        vehicles: bool = False,
        incidents: bool = False,
        settings: Mapping[str, object] | None = None,
    ) -> Scenario:
        """The scenario, `n_days` long (by default the plan's) at its own strength and in its sweep.

        Raises
        ------
        LookupError
            If vehicles are asked for and the scenario has none.
        """
        path = self.with_incidents[0] if incidents else self.path
        scenario = load(path)
        n_days = n_days or self.n_days
        changes: dict[str, object] = {
            "horizon.end": scenario.horizon.start + dt.timedelta(days=n_days),
            "experiment.sweep_days": n_days - math.ceil(scenario.horizon.warm_up_h / 24),
        }
        if getattr(scenario, "vehicles", None) is not None:
            changes["vehicles.runs"] = "all" if vehicles else "none"
        elif vehicles:
            raise LookupError(f"{path.name} has no vehicles")
        return load(path, settings=changes | dict(settings or {}))

    def load_horizon(self) -> Scenario:
        """The scenario over the long horizon, drawn down as KFOR was."""
        start, end = self.horizon
        stages = {
            f"of-{day}": {"name": str(day), "strength": strength, "decided_on": day, "effective_on": day}
            for day, strength in DRAWDOWN.items()
        }
        settings = {"horizon.start": start, "horizon.end": end, f"policy.{self.policy}.stages": stages}
        return self.load(settings=settings)

    def load_patrols(self, factor: int) -> Scenario:
        """The scenario with `factor` times the patrols; the strength for them is in `growth_troops`."""
        per_day = load(self.path).tasks.patrols.per_day
        return self.load(settings={"tasks.patrols.per_day": factor * per_day})

    def load_sites(self, factor: int) -> Scenario:
        """The scenario with `factor` times the sites, each with so small a crew that the force need not grow."""
        n_sites = factor * load(self.path).tasks.sites.n
        settings = {"theatre.n_sites": n_sites, "tasks.sites.n": n_sites, "tasks.sites.crew": self.site_crew}
        return self.load(settings=settings)


FULL = Plan(
    path=ROOT / "scenarios" / "kfor-2001.toml",
    policy="balanced",
    with_incidents=(ROOT / "scenarios" / "kfor-2001-incidents.toml", "balanced"),
    history=(ROOT / "scenarios" / "kfor-history.toml", "history"),
    n_days=365,
    horizon=(dt.date(1999, 6, 12), dt.date(2021, 6, 12)),
    growth_troops=(40_000, 160_000),
    site_crew=0.02,
    worker_days=63,
    n_replications=200,
    is_short=False,
)
QUICK = Plan(
    path=FULL.path,
    policy=FULL.policy,
    with_incidents=FULL.with_incidents,
    history=(ROOT / "scenarios" / "kfor-2021-plates.toml", "as-it-was"),
    n_days=15,
    horizon=(dt.date(2009, 6, 12), dt.date(2010, 6, 12)),
    growth_troops=FULL.growth_troops,
    site_crew=FULL.site_crew,
    worker_days=6,
    n_replications=20,
)


def replicate_and_measure(
    scenario: Scenario, policy: str, troops: int | None = None, execution: str = "table"
) -> Measured:
    """One replication with its responses, as a study has it done.

    Raises
    ------
    RuntimeError
        If it failed.
    """
    outcome = observe(scenario, Job(policy, troops, 0, SEED), execution)
    if outcome.measured is None:
        raise RuntimeError(f"{outcome.job}: {outcome.error}")
    return outcome.measured


def responses_of(measured: Measured) -> dict[str, float]:
    """Responses of the whole theatre, without those that had no demand."""
    theatre = {name: value for sector, name, _, value in measured.responses if sector == "all"}
    return {name: value for name, value in theatre.items() if not math.isnan(value)}
