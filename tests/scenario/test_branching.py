"""The branching ratio by hand, by matrix, and by growing clusters of incidents."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.scenario.branching import branching_ratio, chain, circles, worst_triggers

KINDS = "abcdef"
escalations = st.dictionaries(st.sampled_from(KINDS), st.none() | st.sampled_from(KINDS), min_size=1)


def test_chains_by_hand() -> None:
    escalates_to = {"a": "b", "b": "c", "c": None, "d": "a"}
    assert chain("d", escalates_to) == ["d", "a", "b", "c"]
    assert chain("c", escalates_to) == ["c"]
    assert circles(escalates_to) == []


def test_circles_are_found_once_each() -> None:
    escalates_to = {"in": "a", "a": "b", "b": "a", "self": "self", "c": None}
    assert circles(escalates_to) == [["a", "b"], ["self"]]
    assert chain("in", escalates_to) == ["in", "a", "b"], "it stops where it closes"


def test_the_worst_case_by_hand() -> None:
    triggers = {"crowd": 0.2, "riot": 0.3, "fire": 0.5, "threat": 0.1}
    escalates_to = {"crowd": "riot", "riot": "fire"}
    assert worst_triggers(triggers, escalates_to) == pytest.approx(
        {"crowd": 1.0, "riot": 0.8, "fire": 0.5, "threat": 0.1}
    )
    weights = {"crowd": 3.0, "riot": 0.0, "fire": 0.0, "threat": 1.0}
    assert branching_ratio(weights, triggers, escalates_to) == pytest.approx(0.75 * 1.0 + 0.25 * 0.1)
    assert branching_ratio(weights, triggers, {}) == pytest.approx(0.75 * 0.2 + 0.25 * 0.1)


def test_without_any_weight_nothing_is_excited() -> None:
    assert branching_ratio({"a": 0.0}, {"a": 0.9}, {}) == 0.0
    assert branching_ratio({}, {}, {}) == 0.0


@given(escalations)
def test_every_circle_is_found_and_only_they_are(escalates_to: dict[str, str | None]) -> None:
    def comes_back(kind: str) -> bool:
        at: str | None = kind
        for _ in KINDS:
            at = escalates_to.get(at) if at is not None else None
            if at == kind:
                return True
        return False

    found = [kind for circle in circles(escalates_to) for kind in circle]
    assert sorted(found) == sorted(kind for kind in escalates_to if comes_back(kind))


@given(
    st.lists(st.tuples(st.floats(0, 10), st.floats(0, 0.99)), min_size=1, max_size=6),
    st.lists(st.integers(1, 6), min_size=6, max_size=6),
)
def test_it_is_the_spectral_radius_of_who_brings_whom(kinds: list[tuple[float, float]], steps: list[int]) -> None:
    """Next-generation matrix: a kind brings itself as what it escalates to (at once) and base kinds by its triggers."""
    n = len(kinds)
    weights = {str(k): weight for k, (weight, _) in enumerate(kinds)}
    triggers = {str(k): one for k, (_, one) in enumerate(kinds)}
    to = {str(k): str(k + steps[k]) if k + steps[k] < n else None for k in range(n)}  # forward: no circle
    becomes = np.zeros((n, n))
    for k in range(n):
        if (following := to[str(k)]) is not None:
            becomes[k, int(following)] = 1.0
    total = sum(weights.values())
    shares = np.array(list(weights.values())) / total if total > 0 else np.zeros(n)
    arising = np.linalg.inv(np.eye(n) - becomes)  # incidents of each kind along a chain
    brings = arising @ np.outer(list(triggers.values()), shares)
    radius = float(max(abs(np.linalg.eigvals(brings))))
    assert branching_ratio(weights, triggers, to) == pytest.approx(radius, abs=1e-6)


def test_clusters_are_as_large_as_the_ratio_says() -> None:
    """Mean number of incidents of the base in a cluster: 1 / (1 - ratio); 99.9 % interval, seed not tuned."""
    weights, triggers = {"a": 2.0, "b": 1.0}, {"a": 0.3, "b": 0.1, "c": 0.4}
    escalates_to = {"a": "c"}
    rng = np.random.default_rng(20)
    sizes = []
    for _ in range(20_000):
        waiting, size = 1, 0
        while waiting:
            size += 1
            waiting -= 1
            brought = ["a", "c"] if rng.random() < 2 / 3 else ["b"]
            waiting += sum(int(rng.poisson(triggers[kind])) for kind in brought)
        sizes.append(size)
    expected = 1 / (1 - branching_ratio(weights | {"c": 0.0}, triggers, escalates_to))
    half_width = 3.29 * np.std(sizes, ddof=1) / np.sqrt(len(sizes))
    assert abs(np.mean(sizes) - expected) < half_width
