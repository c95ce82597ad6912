"""The figures of `docs/scenarios.md` and `docs/comparing.md`, and the numbers that the captions name.

Each scenario of `FIGURES` is run with the policies and troop levels of its file, one figure of it is written to
`docs/images/NAME.png`, and the numbers are printed: means with the half widths of their intervals, and the number of
replications that they rest on. Differences are paired by replication. The study of `STUDY` is compared as its file
says, and all figures of the comparison are written to `docs/images/STUDY-NAME.png`; its tables are those of
`peacesim compare`. Run it with `.venv/bin/python docs/figures.py`, or with names behind it for some; the scenarios take
five to ten minutes on 2 cores, the study as long again. The two other images of the README, `kfor-gates-coverage.png`
and `kfor-2001-map.png`, are those of its commands.
"""

from __future__ import annotations

import argparse
import datetime as dt
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import sim
from sim.plots.changes import gate_openings
from sim.plots.map_files import with_palette

if TYPE_CHECKING:
    import pandas as pd

SCENARIOS = Path(__file__).parents[1] / "scenarios"
IMAGES = Path(__file__).parent / "images"
LARGEST_KB = 150
SAY_EVERY_S = 5.0

Days = tuple[dt.date, dt.date]
"""First day, and the day after the last."""

TASKS = ("coverage", "patrol_coverage", "site_protection", "checkpoint_fill", "crossing_fill")
ANSWERS = ("response_within_target", "contained_share", "unanswered_share")
CALLED_OUT = tuple(f"called_out_{where}_h_per_day" for where in ("patrols", "reserve", "posts", "standby"))
VIOLENCE = (*ANSWERS, "escalations", "incidents_per_day")


@dataclass(frozen=True)
class Figure:
    """What is drawn of a scenario, and which numbers of it are printed.

    `replications` are those of its file if None. `spells` are days over which numbers of own strengths are printed
    too; shares of incidents are weighted by the number of a day. `against` is the scenario of which this is a
    variant, with which it is compared where both are run.
    """

    draw: Callable[..., sim.plots.Plot]
    policy: str
    sector: str = "all"
    replications: int | None = None
    printed: tuple[str, ...] = TASKS
    sectors: tuple[str, ...] = ("all",)
    spells: Mapping[str, Days] = field(default_factory=dict)
    against: str | None = None


MARCH_2004 = {
    "before": (dt.date(2004, 2, 4), dt.date(2004, 3, 17)),
    "17 to 19 March": (dt.date(2004, 3, 17), dt.date(2004, 3, 20)),
    "20 March to 3 April": (dt.date(2004, 3, 20), dt.date(2004, 4, 4)),
}
RIOTS_OF_2001 = {"5 to 7 May": (dt.date(2001, 5, 5), dt.date(2001, 5, 8))}
SPIKES_OF_2011 = {
    "25 to 31 July": (dt.date(2011, 7, 25), dt.date(2011, 8, 1)),
    "27 September to 3 October": (dt.date(2011, 9, 27), dt.date(2011, 10, 4)),
    "23 to 29 November": (dt.date(2011, 11, 23), dt.date(2011, 11, 30)),
}
OF_HISTORY = {
    name: (dt.date(first, 1, 1), dt.date(last + 1, 1, 1))
    for name, first, last in (
        ("2000 to 2003", 2000, 2003),
        ("2005 to 2008", 2005, 2008),
        ("2009", 2009, 2009),
        ("2010", 2010, 2010),
        ("2012", 2012, 2012),
        ("2013 to 2020", 2013, 2020),
    )
}

FIGURES = {
    "kfor-2001": Figure(sim.plots.coverage_against_troops, "balanced"),
    "kfor-2001-incidents": Figure(
        sim.plots.incidents_against_troops,
        "balanced",
        printed=(*VIOLENCE, "response_min_p50", "response_min_p90", "called_out_patrols_h_per_day", "patrol_coverage"),
    ),
    "kfor-2004-riots": Figure(
        sim.plots.timeline_of_incidents, "as-it-was", printed=(*VIOLENCE, *TASKS), spells=MARCH_2004
    ),
    "kfor-2004-no-caveats": Figure(
        sim.plots.timeline_of_incidents,
        "as-it-was",
        printed=(*VIOLENCE, *TASKS),
        spells=MARCH_2004,
        against="kfor-2004-riots",
    ),
    "kfor-gates": Figure(
        sim.plots.timeline,
        "gates",
        spells={
            "from Gate One to Gate 2": (dt.date(2010, 2, 4), dt.date(2011, 2, 28)),
            "from Gate 2 on": (dt.date(2011, 3, 1), dt.date(2012, 6, 1)),
        },
    ),
    "kfor-gates-conditions": Figure(
        sim.plots.timeline_of_incidents,
        "gate-3-automatic",
        printed=(*VIOLENCE, "coverage", "strength"),
        spells=SPIKES_OF_2011,
    ),
    "kfor-north-2011": Figure(
        sim.plots.timeline_of_incidents,
        "as-it-was",
        "north",
        printed=(*VIOLENCE, "reserves", "patrol_coverage"),
        sectors=("north",),
        spells=SPIKES_OF_2011 | {"1 to 8 August": (dt.date(2011, 8, 1), dt.date(2011, 8, 9))},
    ),
    "kfor-1999-entry": Figure(
        sim.plots.timeline_of_incidents,
        "separate-north",
        "north",
        printed=VIOLENCE,
        sectors=("all", "north", "centre"),
        spells={
            "12 to 18 June": (dt.date(1999, 6, 12), dt.date(1999, 6, 19)),
            "12 June to 9 October": (dt.date(1999, 6, 12), dt.date(1999, 10, 10)),
            "15 June to 31 July": (dt.date(1999, 6, 15), dt.date(1999, 8, 1)),
            "December": (dt.date(1999, 12, 1), dt.date(2000, 1, 1)),
        },
    ),
    "kfor-2021-plates": Figure(
        sim.plots.timeline,
        "as-it-was",
        "north",
        printed=(*TASKS, "patrols_completed", *CALLED_OUT),
        sectors=("all", "north"),
        spells={
            "16 to 19 September": (dt.date(2021, 9, 16), dt.date(2021, 9, 20)),
            "20 to 26 September": (dt.date(2021, 9, 20), dt.date(2021, 9, 27)),
            "27 September to 1 October": (dt.date(2021, 9, 27), dt.date(2021, 10, 2)),
            "3 to 15 October": (dt.date(2021, 10, 3), dt.date(2021, 10, 16)),
            "17 to 24 October": (dt.date(2021, 10, 17), dt.date(2021, 10, 25)),
        },
    ),
    "kfor-history": Figure(
        sim.plots.timeline,
        "history",
        printed=(*TASKS, "patrol_fill", "strength"),
        spells=OF_HISTORY,
    ),
    "sfor-drawdown": Figure(
        sim.plots.coverage_by_sector,
        "as-it-was",
        replications=5,
        sectors=("all", "north", "south-west", "south-east"),
        spells={"October 1998 to March 2000": (dt.date(1998, 10, 2), dt.date(2000, 4, 1))},
    ),
    "sfor-russian-brigade": Figure(
        sim.plots.timeline_of_incidents,
        "liaison",
        "russian-brigade",
        printed=VIOLENCE,
        sectors=("russian-brigade", "neighbour"),
        spells=RIOTS_OF_2001,
    ),
    "sfor-russian-brigade-no-joint": Figure(
        sim.plots.timeline_of_incidents,
        "liaison",
        "russian-brigade",
        printed=VIOLENCE,
        sectors=("russian-brigade", "neighbour"),
        spells=RIOTS_OF_2001,
        against="sfor-russian-brigade",
    ),
    "lesson": Figure(
        sim.plots.timeline,
        "two-stages",
        replications=20,
        printed=(*TASKS, "patrols_completed", "checkpoint_wait_min", "crossing_wait_min"),
        spells={
            "3 to 21 January": (dt.date(2001, 1, 3), dt.date(2001, 1, 22)),
            "23 January to 11 February": (dt.date(2001, 1, 23), dt.date(2001, 2, 12)),
            "13 February to 1 March": (dt.date(2001, 2, 13), dt.date(2001, 3, 2)),
        },
    ),
}

STUDY = "drawdown-policies"
"""Name of the study, in the folder `studies` of the scenarios."""

RUN = ["scenario", "policy", "troops", "sector", "replication"]
WHOLE = "whole run"


def run(name: str, figure: Figure, workers: int) -> sim.Results:
    """Run a scenario as its file says; progress goes to standard error."""
    began = said = time.monotonic()

    def say(n_done: int, n_jobs: int) -> None:
        nonlocal said
        now = time.monotonic()
        if n_done == n_jobs or now - said > SAY_EVERY_S:
            said = now
            print(f"{name}: {n_done} of {n_jobs} runs, {now - began:.0f} s", file=sys.stderr, flush=True)

    scenario = sim.load(SCENARIOS / f"{name}.toml")
    return sim.run(scenario, replications=figure.replications, workers=workers, progress=say)


def write(name: str, figure: Figure, results: sim.Results) -> None:
    """Draw the figure of a scenario and write it."""
    where = {} if figure.draw is sim.plots.coverage_by_sector else {"sector": figure.sector}
    path = IMAGES / f"{name}.png"
    path.write_bytes(with_palette(figure.draw(results, policy=figure.policy, **where).image("png")))
    size_kb = path.stat().st_size / 1000
    print(f"\n{name}: {path.name}, {size_kb:.0f} kB{', too large' if size_kb > LARGEST_KB else ''}")


def write_study(results: Path, workers: int) -> None:
    """Compare the policies of the study, unless the folder of results has it, and write the figures."""
    began = time.monotonic()

    def say(n_done: int, n_jobs: int) -> None:
        if n_done % 10 == 0 or n_done == n_jobs:
            print(f"{STUDY}: {n_done} of {n_jobs} runs, {time.monotonic() - began:.0f} s", file=sys.stderr, flush=True)

    study = sim.load(SCENARIOS / "studies" / f"{STUDY}.toml")
    comparison = sim.compare(study, workers=workers, out=results, progress=say)
    drawn = {
        "decision": sim.plots.forest,
        "responses": sim.plots.forest_of_responses,
        "losses": sim.plots.losses_over_time,
        "cost": sim.plots.cost_against_loss,
        "gates": sim.plots.gates_opened,
    }
    for name, draw in drawn.items():
        path = IMAGES / f"{STUDY}-{name}.png"
        path.write_bytes(with_palette(draw(comparison).image("png")))
        print(f"{path.name}, {path.stat().st_size / 1000:.0f} kB")
    for table in (comparison.decision(), comparison.effort(), comparison.variance_ratios()):
        print(table.to_string(index=False))


def numbers(figure: Figure, results: sim.Results) -> pd.DataFrame:
    """Values by run, response and spell: of whole runs, and of each spell at own strength."""
    import pandas as pd

    wanted = results.responses["sector"].isin(figure.sectors) & results.responses["response"].isin(figure.printed)
    parts = [results.responses[wanted].assign(spell=WHOLE)]
    series = results.series[results.series["troops"].isna() & results.series["sector"].isin(figure.sectors)]
    for spell, (first, after) in figure.spells.items():
        days = series[(series["date"] >= pd.Timestamp(first)) & (series["date"] < pd.Timestamp(after))]
        for response in [one for one in figure.printed if one in days]:
            weights = days["incidents_per_day"] if response in ANSWERS else pd.Series(1.0, days.index)
            weighed = days[RUN].assign(weight=weights.where(days[response].notna(), 0.0))
            weighed["value"] = days[response].fillna(0.0) * weighed["weight"]
            sums = weighed.groupby(RUN, dropna=False, sort=False, as_index=False).sum()
            value = sums["value"] / sums["weight"].where(sums["weight"] > 0)
            parts.append(sums[RUN].assign(response=response, unit="", spell=spell, value=value))
    return pd.concat(parts, ignore_index=True)


def less(rows: pd.DataFrame, base: pd.DataFrame, words: str) -> pd.DataFrame:
    """Differences from `base`, replication by replication."""
    keys = ["troops", "sector", "response", "spell", "replication"]
    both = rows.merge(base[[*keys, "value"]], on=keys, suffixes=("", "_base"))
    return both.assign(value=both["value"] - both["value_base"], policy=f"{both['policy'].iloc[0]} less {words}")


def show(rows: pd.DataFrame, confidence: float) -> None:
    """Print means with half widths, a line a design point, sector and spell; n is the fewest values behind a mean."""
    import pandas as pd

    lines = []
    for spell, part in rows.groupby("spell", sort=False):
        summary = sim.statistics.summarise(part.drop(columns="spell"), confidence)
        for _, found in summary.groupby(["policy", "troops", "sector"], dropna=False, sort=False):
            first, known = found.iloc[0], found[found["n"] > 0]
            level = "own" if pd.isna(first["troops"]) else f"{first['troops']:,}"
            line: dict[str, object] = {"policy": first["policy"], "troops": level, "sector": first["sector"]}
            line |= {"days": spell, "n": known["n"].min()}
            line |= {str(row.response): f"{row.mean:.3f}±{row.half_width:.3f}" for row in known.itertuples()}
            lines.append(line)
    print(pd.DataFrame(lines).fillna("").to_string(index=False))


def show_gates(results: sim.Results) -> None:
    """Print on which days the gates of each policy opened."""
    for policy in results.series["policy"].unique():
        for gate in gate_openings(results, policy):
            days = [f"{gate.dates[i]}" for i in (0, (len(gate.dates) - 1) // 2, -1)] if gate.dates else []
            words = f": first {days[0]}, median {days[1]}, last {days[2]}" if days else ""
            back = f", taken back in {gate.n_reversed}" if gate.n_reversed else ""
            print(f"{policy}: {gate.name} opens in {len(gate.dates)} of {gate.n} replications{words}{back}")


def main() -> None:
    """Run the scenarios named, all if none is, and write and print what comes out."""
    parser = argparse.ArgumentParser(description="Make the figures of docs/, and print their numbers.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"{', '.join(FIGURES)}, {STUDY}; all if none is named")
    parser.add_argument("--results", default=f"results/{STUDY}", help="folder of the study [default: %(default)s]")
    parser.add_argument("--workers", type=int, default=2, help="processes [default: 2]")
    options = parser.parse_args()
    unknown = sorted(set(options.names) - {*FIGURES, STUDY})
    if unknown:
        parser.error(f"no scenario {', '.join(unknown)}; allowed: {', '.join(FIGURES)}, {STUDY}")
    kept: dict[str, pd.DataFrame] = {}
    for name in [one for one in FIGURES if one in options.names or not options.names]:
        figure = FIGURES[name]
        results = run(name, figure, options.workers)
        write(name, figure, results)
        confidence = results.scenario.experiment.confidence
        rows = kept[name] = numbers(figure, results)
        show(rows, confidence)
        by_policy = {str(policy): mine for policy, mine in rows.groupby("policy", sort=False)}
        own = {policy: mine[mine["troops"].isna()] for policy, mine in by_policy.items()}
        for policy in [one for one in own if one != figure.policy]:
            show(less(own[policy], own[figure.policy], figure.policy), confidence)
        if figure.against in kept:
            base = kept[figure.against]
            for policy, mine in by_policy.items():
                show(less(mine, base[base["policy"] == policy], f"in {figure.against}"), confidence)
        show_gates(results)
    if STUDY in options.names or not options.names:
        write_study(Path(options.results), options.workers)


if __name__ == "__main__":
    main()
