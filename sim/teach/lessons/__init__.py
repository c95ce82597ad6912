"""The checks of each lesson: a module a notebook, with `CHECKS` in the notebook's order, and the parts it is made of.

Where an exercise is:

1. one_patrol 1a 1b 1d, in_simpy 1c, one_day 1e to 1h
2. troops_to_task 2a to 2d, sharing_out 2e 2f 2h, on_patrol 2g
3. coverage 3a to 3d and 3f, valley 3e 3g
4. is_it_right 4a to 4e, planted_faults 4f 4g
5. half_widths 5a to 5c, intervals_that_cover 5d 5e, how_many_runs 5f 5g
6. how_many_troops 6a to 6d, fewest_that_suffice 6e 6f, three_gates 6g
7. fair_comparison 7a 7b, families 7c 7d, decisions 7e to 7g
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
