"""An animation: a film with the run it is of, shown in a notebook or written to a file."""

from __future__ import annotations

import html
import math
from collections.abc import Callable, Generator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sim.clock import SECOND_PER_DAY, hours_to_s
from sim.files import write_atomically

if TYPE_CHECKING:
    import simpy
    from simpy.events import Event

    from sim.animation.film import Film
    from sim.scenario.schema import Scenario
    from sim.trace import Trace

DAYS = 7.0


@dataclass(frozen=True, slots=True, eq=False)
class Animation:
    """A film that shows itself.

    Attributes
    ----------
    scenario
        What was run.
    trace
        What happened.
    film
        What is shown of it.
    """

    scenario: Scenario
    trace: Trace
    film: Film

    def page(self) -> str:
        """The page, a whole HTML file."""
        from sim.animation.gif import still
        from sim.animation.page import page

        return page(self.film, still(self))

    def write(self, path: str | Path) -> Path:
        """Write the page to a file, whole or not at all; its folder is made if need be.

        Raises
        ------
        OSError
            If it cannot be written.
        """
        path = Path(path)
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, self.page().encode())
        return path

    def _repr_html_(self) -> str:
        """The page in a frame of its own, so that its styles and scripts touch nothing else."""
        source = html.escape(self.page())
        look = 'sandbox="allow-scripts" style="width:100%;height:900px;border:1px solid #d9d9d9"'
        return f'<iframe title="The force on its map" {look} srcdoc="{source}"></iframe>'


def animate(
    scenario: Scenario,
    policy: str | None = None,
    *,
    troops: int | None = None,
    replication: int = 0,
    from_s: int | None = None,
    days: float = DAYS,
    progress: Callable[[int, int], None] | None = None,
) -> Animation:
    """Run a replication up to the end of a span of time, and make an animation of that span.

    Parameters
    ----------
    scenario : Scenario
        The scenario.
    policy : str, optional
        Key of its policy; the first if left out.
    troops : int, optional
        Constant strength; the policy's own if left out.
    replication : int
        Number of the replication, from 0.
    from_s : int, optional
        Where the span begins [s]; where the warm-up ends if left out.
    days : float
        How long it is, at most to the end of the run [d].
    progress : callable, optional
        Called with the number of days run, and of all that are.

    Returns
    -------
    Animation
        It shows itself in a notebook; `write` makes a file of it.

    Raises
    ------
    DesignError
        If the policy, the strength or the layout is not as it can be run, or the span is not in the run.
    """
    import simpy

    from sim.animation.film import film_of
    from sim.experiment import check_layout, design
    from sim.model import replicate
    from sim.responses.snapshot import ending_after

    chosen = next(iter(scenario.policy)) if policy is None else policy
    design(scenario, troops=None if troops is None else [troops], policies=[chosen])
    check_layout(scenario)
    first_s, last_s = span_of(scenario, troops, from_s, days)
    seed = scenario.experiment.seed
    shortened = ending_after(scenario, last_s)
    env = simpy.Environment(initial_time=0)
    if progress is not None:
        env.process(_tell_days(env, last_s // SECOND_PER_DAY + 1, progress))
    trace = replicate(shortened, chosen, troops=troops, seed=seed, replication=replication, env=env)
    return Animation(scenario, trace, film_of(trace, scenario, first_s, last_s))


def span_of(scenario: Scenario, troops: int | None, from_s: int | None, days: float) -> tuple[int, int]:
    """First and last instant [s] of so many days from an instant, or from the end of the warm-up, in the run.

    Raises
    ------
    DesignError
        If it would not begin in the run, or last less than a second.
    """
    from sim.experiment import DesignError
    from sim.model import run_length_s

    length_s = run_length_s(scenario, troops)
    warm_up_s = hours_to_s(scenario.horizon.warm_up_h)
    first_s = (warm_up_s if warm_up_s < length_s else 0) if from_s is None else from_s
    if not (math.isfinite(days) and days * SECOND_PER_DAY >= 1):
        raise DesignError(f"a film of {days:g} days: it must last a second ({1 / SECOND_PER_DAY:.2g} days) at least")
    last_s = min(first_s + round(days * SECOND_PER_DAY), length_s - 1)
    if not 0 <= first_s < last_s:
        raise DesignError(f"a film of {days:g} days from {first_s} s on is not in the run, [0, {length_s}) s")
    return first_s, last_s


def _tell_days(env: simpy.Environment, n_days: int, progress: Callable[[int, int], None]) -> Generator[Event]:
    """Tell at every midnight how many days are run."""
    for day in range(n_days):
        progress(day, n_days)
        yield env.timeout(SECOND_PER_DAY)
