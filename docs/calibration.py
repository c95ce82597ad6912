"""How far each assumption of `kfor-2001` can move before the documents' sentence about 40,000 stops being true.

The sentence: 40,000 soldiers do the whole task list of the documents (patrols, sites, checkpoints and crossing points
filled at 0.99 or more), and 10,200 do not. The fills are the mean-value theory's (`sim.expectation`), which the tests
hold against the simulation. One assumption moves at a time, from a third to three times its value; the number of shift
groups by whole groups.
"""

from __future__ import annotations

import argparse
import functools
import math
from pathlib import Path

import sim
from sim.expectation import FILLS, expected_responses
from sim.scenario.schema import Task

SCENARIO = Path(__file__).parents[1] / "scenarios" / "kfor-2001.toml"
ASSUMED = {
    "force.section_size": "soldiers",
    "force.share_in_theatre": "share",
    "force.share_on_security_tasks": "share",
    "force.n_shift_groups": "groups",
    "force.leave_days": "days in 180",
    "force.absence_share": "share",
    "tasks.patrols.per_day": "1/day",
    "tasks.sites.crew": "soldiers at a time",
    "tasks.checkpoints.crew": "soldiers at a time",
    "tasks.crossing_points.crew": "soldiers at a time",
}
SHARES = [key for key, unit in ASSUMED.items() if unit == "share"]
FACTOR = 3.0
FULL, LACKING = 40_000, 10_200


def fills(scenario: sim.Scenario, troops: int) -> list[float]:
    """Expected fill of each task but the reserve, in the whole theatre [share]."""
    names = {name for task, name in FILLS.items() if task is not Task.RESERVE}
    rows = expected_responses(scenario, "balanced", troops)
    return [value for sector, response, value in rows if sector == "all" and response in names]


def holds(key: str, value: float) -> bool:
    """Whether the sentence is true with `key` at `value`; a value that no scenario may have makes it false."""
    try:
        scenario = sim.load(SCENARIO, settings=[f"{key}={value!r}"])
    except sim.ScenarioError:
        return False
    return min(fills(scenario, FULL)) >= 0.99 > min(fills(scenario, LACKING))


def furthest(key: str, start: float, factor: float) -> tuple[float, bool]:
    """Value furthest from `start`, towards `factor` times it, with which the sentence is true; and whether it ends."""
    if isinstance(start, int):
        step = 1 if factor > 1 else -1
        ends = next(n for n in range(start + step, start + 10 * step, step) if not holds(key, n))
        return ends - step, True
    end = min(start * factor, 1.0) if key in SHARES else start * factor
    if holds(key, end):
        return end, end == 1.0
    good, bad = 0.0, math.log(end / start)
    for _ in range(12):
        middle = (good + bad) / 2
        good, bad = (middle, bad) if holds(key, start * math.exp(middle)) else (good, middle)
    return start * math.exp(good), True


def shown(value: float) -> str:
    """Three digits, and no power of ten."""
    return f"{value:,.0f}" if value >= 1000 else f"{value:.3g}"


EPILOG = """\
examples:
  python docs/calibration.py
  python docs/calibration.py --only force.section_size force.leave_days

It takes about ten seconds on one core. A bound with < or > is as far as was looked: the sentence is true there.
"""


def main() -> None:
    """Print a row for each assumption that is asked for."""
    parser = argparse.ArgumentParser(
        description=__doc__, epilog=EPILOG, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--only", nargs="+", choices=ASSUMED, metavar="KEY", default=ASSUMED, help=f"some of {', '.join(ASSUMED)}"
    )
    asked = parser.parse_args().only
    scenario = sim.load(SCENARIO)
    print(f"{'assumption':32} {'value':>8}   true from      to   unit")
    for key, unit in ASSUMED.items():
        if key not in asked:
            continue
        value = functools.reduce(getattr, key.split("."), scenario)
        (low, low_ends), (high, high_ends) = furthest(key, value, 1 / FACTOR), furthest(key, value, FACTOR)
        bounds = f"{'' if low_ends else '<':>3}{shown(low):<8} {'' if high_ends else '>':>1}{shown(high):<7}"
        print(f"{key:32} {shown(value):>8}   {bounds} {unit}")


if __name__ == "__main__":
    main()
