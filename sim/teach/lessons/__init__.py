"""The checks of each lesson: a module a notebook, with `CHECKS` in the notebook's order, and the parts it is made of.

one_patrol (in_simpy, one_day), troops_to_task (sharing_out, on_patrol), coverage (valley), is_it_right
(planted_faults), how_many_runs (half_widths, intervals_that_cover), how_many_troops (fewest_that_suffice),
fair_comparison (families, decisions).
"""

from sim.teach.checks import Check
from sim.teach.lessons import (
    coverage,
    fair_comparison,
    how_many_runs,
    how_many_troops,
    is_it_right,
    one_patrol,
    troops_to_task,
)

LESSONS = (one_patrol, troops_to_task, coverage, is_it_right, how_many_runs, how_many_troops, fair_comparison)
"""Modules of the checks, in the order of the notebooks."""

CHECKS: dict[str, Check] = {one.id: one for lesson in LESSONS for one in lesson.CHECKS}
"""All checks, by id."""

__all__ = ["CHECKS", "LESSONS"]
