"""Design points and their order."""

import pytest

from sim.experiment import DesignError, DesignPoint, as_asked, design
from sim.experiment.points import in_rounds, jobs_of
from sim.scenario import Scenario


def test_own_strength_first_then_levels_upwards(short: Scenario) -> None:
    assert design(short) == [DesignPoint("two-stages", level, 2) for level in (None, 100, 300)]


def test_troop_levels_replace_the_sweep_and_the_timeline(short: Scenario) -> None:
    points = design(short, troops=[300, 20, 300], replications=7)
    assert points == [DesignPoint("two-stages", 20, 7), DesignPoint("two-stages", 300, 7)]


def test_policies_in_the_order_of_the_file(short: Scenario) -> None:
    twin = short.model_copy(update={"policy": {"b": short.policy["two-stages"], "a": short.policy["two-stages"]}})
    assert [point.policy for point in design(twin, troops=[5], policies=["a", "b"])] == ["b", "a"]
    assert [point.policy for point in design(twin, troops=[5], policies=["a"])] == ["a"]


def test_unknown_policy_names_the_nearest(short: Scenario) -> None:
    with pytest.raises(DesignError, match="no policy 'two-stage' in lesson; .* did you mean two-stages"):
        design(short, policies=["two-stage"])


def test_nothing_to_run(short: Scenario) -> None:
    with pytest.raises(DesignError, match="nothing to run"):
        design(short, troops=[])
    with pytest.raises(DesignError, match="nothing to run"):
        design(short, policies=[])


@pytest.mark.parametrize(
    ("troops", "replications", "seed"), [([-1], 1, 1), ([10.5], 1, 1), ([10], 0, 1), ([10], 1, -1), ([10], 1, 2**63)]
)
def test_out_of_bounds(short: Scenario, troops: list[int], replications: int, seed: int) -> None:
    with pytest.raises(DesignError):
        as_asked(short, troops=troops, replications=replications, seed=seed)


def test_changes_are_recorded_as_the_callers(short: Scenario) -> None:
    changed = as_asked(short, seed=5, troops=[7])
    assert (changed.experiment.seed, changed.experiment.troops, changed.experiment.timeline) == (5, [7], False)
    sources = {origin.key: origin for origin in changed.provenance}
    assert (sources["experiment.seed"].value, sources["experiment.seed"].source) == (5, "set by the caller")
    assert sources["experiment.troops"].value == (7,)
    untouched = {origin.key: origin for origin in short.provenance}
    assert sources["force.section_size"] == untouched["force.section_size"]
    assert len(sources) == len(changed.provenance)


def test_nothing_changed_is_the_same_scenario(short: Scenario) -> None:
    assert as_asked(short) is short


def test_long_jobs_start_first_and_every_point_gets_its_turn(short: Scenario) -> None:
    jobs = jobs_of(short, design(short))
    order = [(job.troops, job.replication) for job in in_rounds(jobs)]
    assert order == [(None, 0), (300, 0), (100, 0), (None, 1), (300, 1), (100, 1)]
    assert {job.seed for job in jobs} == {short.experiment.seed}
