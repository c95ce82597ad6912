"""The responses: names, units, and which way is better. Names are contracts of scenario files and of results."""

from __future__ import annotations

RESPONSES: dict[str, str] = {
    "coverage": "share",
    "patrol_coverage": "share",
    "patrol_coverage_population": "share",
    "revisit_age_h": "h",
    "unvisited_share": "share",
    "patrols_per_day": "1/day",
    "patrol_fill": "share",
    "site_guard_fill": "share",
    "site_protection": "share",
    "checkpoint_fill": "share",
    "crossing_fill": "share",
    "reserve_fill": "share",
    "troops_to_task": "ratio",
    "utilisation": "share",
    "duty_h_per_soldier_week": "h",
    "vehicle_wait_min": "min",
    "vehicle_wait_p95_min": "min",
    "vehicles_checked_share": "share",
    "checkpoint_wait_min": "min",
    "crossing_wait_min": "min",
    "response_min_p50": "min",
    "response_min_p90": "min",
    "response_within_target": "share",
    "incidents_per_day": "1/day",
    "contained_share": "share",
    "escalations": "1/day",
    "unanswered_share": "share",
    "peak_tension": "ratio",
    "days_above_threshold": "d",
    "at_cap_share": "share",
    "called_out_patrols_h_per_day": "h/day",
    "called_out_reserve_h_per_day": "h/day",
    "called_out_posts_h_per_day": "h/day",
    "called_out_standby_h_per_day": "h/day",
    "escorts_met": "share",
}
"""Unit of each response, in the order in which they are reported; those of vehicles are nan unless simulated."""

LOWER_IS_BETTER: frozenset[str] = frozenset(
    {
        "revisit_age_h",
        "unvisited_share",
        "duty_h_per_soldier_week",
        "vehicle_wait_min",
        "vehicle_wait_p95_min",
        "checkpoint_wait_min",
        "crossing_wait_min",
        "response_min_p50",
        "response_min_p90",
        "incidents_per_day",
        "escalations",
        "unanswered_share",
        "peak_tension",
        "days_above_threshold",
        "at_cap_share",
    }
)
"""Responses of which less is better."""

NEITHER_IS_BETTER: frozenset[str] = frozenset(
    {
        "utilisation",
        "called_out_patrols_h_per_day",
        "called_out_reserve_h_per_day",
        "called_out_posts_h_per_day",
        "called_out_standby_h_per_day",
    }
)
"""Responses that tell what the force is busy with; of all others that are not in :data:`LOWER_IS_BETTER` more is
better."""


def loss_sign(response: str) -> int:
    """What a difference from the baseline is multiplied by to be a loss: 1 where less is better, else -1."""
    return 1 if response in LOWER_IS_BETTER else -1


OF_THE_RUN: tuple[str, ...] = (
    "vehicle_wait_p95_min",
    "response_min_p50",
    "response_min_p90",
    "peak_tension",
    "days_above_threshold",
    "at_cap_share",
    "escorts_met",
)
"""Responses of a whole run that have no daily values."""
