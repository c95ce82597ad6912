"""Candidates: when and how many, always the same ones, and untouched by what does not concern them."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from sim.clock import SECOND_PER_DAY, SECOND_PER_HOUR
from sim.streams import Streams
from sim.violence.candidates import BASE, PLANNED, Candidate, CandidateSource, kinds_of
from tests.violence.world import CONFIDENCE, SECTORS, TABLE, drawn, layout, plain, source_of, world

DAY = SECOND_PER_DAY
MARCH_S = round(2.5 * DAY)
N_DAYS = 1200


def of(source: str, candidates: list[Candidate]) -> list[Candidate]:
    return [one for one in candidates if one.source == source]


def test_kinds() -> None:
    kinds = kinds_of(world())
    assert kinds.keys == ("crowd", "riot", "threat", "roadblock", "escort")
    assert kinds.n_sections == (1, 6, 1, 1, 1)
    assert kinds.target_s == (1800,) * 5
    assert kinds.burns_out_s == (21_600,) * 5
    assert kinds.triggers == (0.25, 0.0, 0.0, 0.0, 0.0)
    assert kinds.escalates_to == (1, -1, -1, -1, -1)
    assert kinds.planned == (False, False, False, False, True)
    assert kinds.blocks == (False, False, False, True, False)
    assert kinds.chain(0) == [0, 1]
    assert kinds.chain(3) == [3]
    assert kinds_of(plain()).keys == ()


def test_without_incidents_there_is_no_source() -> None:
    with pytest.raises(ValueError, match="no incidents"):
        CandidateSource(plain(), layout())


def test_rates_by_hand() -> None:
    """Base 8 a day by weights 4 : 2 : 1 : 1; at most three times that with tension 2; escorts 4 for 8 of the others."""
    source = source_of()
    assert source.base_per_day == [4, 2, 1, 1, 0]
    candidates = drawn(source, range(30))
    most: dict[str, dict[str, set[float]]] = {}
    for one in candidates:
        most.setdefault(one.source, {}).setdefault(SECTORS[one.sector], set()).add(one.max_per_day)
    assert most[BASE] == {"north": {12.0}, "centre": {6.0}, "west": {3.0}, "south": {3.0}}
    assert most[PLANNED] == {"north": {2.0}, "centre": {1.0}, "west": {0.5}, "south": {0.5}}
    assert {one.kind for one in of(PLANNED, candidates)} == {4}
    assert {one.kind for one in of(BASE, candidates)} == {0, 2, 3}
    assert {one.kind for one in of("march", candidates)} == {0, 2, 3}


def test_rate_of_a_shock_by_hand() -> None:
    """From noon of day 2 at 30 a day in the north for a day, then half of that every twelve hours."""
    source = source_of()
    hours = [-1, 0, 23, 24, 36, 48, 42]
    rates = [source.shock_rate_per_day("march", 0, MARCH_S + hour * SECOND_PER_HOUR) for hour in hours]
    assert rates == pytest.approx([0, 30, 30, 30, 15, 7.5, 30 * 2**-1.5])
    assert source.shock_rate_per_day("march", 4, MARCH_S) == 10
    assert source.shock_rate_per_day("march", 1, MARCH_S) == 0
    with pytest.raises(ValueError, match="no shock"):
        source.shock_rate_per_day(BASE, 0, 0)
    sudden = source_of({"shocks.march.half_life_h": 0.0})
    at_its_end = [sudden.shock_rate_per_day("march", 0, MARCH_S + DAY + step) for step in (-1, 0)]
    assert at_its_end == [30, 0]


def test_largest_rate_of_each_day_of_a_shock() -> None:
    """30 a day while at its height, on day 4 what is left at midnight, and never less than the rate at any second."""
    source = source_of()
    most: dict[int, float] = {}
    for replication in range(30):
        for one in of("march", drawn(source, range(12), replication=replication)):
            if one.sector == 0:
                most.setdefault(one.time_s // DAY, one.max_per_day)
                assert one.max_per_day == most[one.time_s // DAY]
    assert min(most) == 2
    assert [most[day] for day in (2, 3, 4, 5, 6)] == pytest.approx([30, 30, 15, 3.75, 0.9375])
    for day, largest in most.items():
        rates = [source.shock_rate_per_day("march", 0, time_s) for time_s in range(day * DAY, (day + 1) * DAY, 97)]
        assert max(rates) <= largest
        assert largest == pytest.approx(max(rates), rel=0.01)


def test_a_shock_from_before_the_start_still_decays() -> None:
    source = source_of({"shocks.march.begins": dt.datetime(2000, 12, 30)})
    first_day = of("march", drawn(source, [0]))
    assert first_day
    assert {one.max_per_day for one in first_day if one.sector == 0} == {30 * 2**-2}


class Listed(Streams):
    """Streams that tell which were asked for."""

    def __init__(self) -> None:
        super().__init__(1, 0)
        self.asked: list[tuple[str, ...]] = []

    def at(self, purpose: str, *entity: str, block: int = 0) -> np.random.Generator:
        self.asked.append((purpose, *entity))
        return super().at(purpose, *entity, block=block)


def test_a_shock_that_is_over_or_not_yet_there_draws_nothing() -> None:
    """40 a day fall below one in a million days after 25.3 halvings, in the middle of the seventeenth day."""
    source, streams = source_of({"shocks.march.begins": dt.datetime(2001, 6, 1, 12)}), Listed()
    begins = 151
    for day in [*range(96, 128), *range(192, 224)]:
        source.on_day(day, streams)
    assert not any("march" in key for key in streams.asked)
    for day in range(begins, begins + 30):
        assert day <= begins + 14 or not of("march", source.on_day(day, streams))
    assert any("march" in key for key in streams.asked)


def test_order_names_and_times() -> None:
    source, streams = source_of(), Streams(1, 0)
    seen: set[str] = set()
    for day in range(60):
        candidates = source.on_day(day, streams)
        keys = [(one.time_s, one.incident_id) for one in candidates]
        assert keys == sorted(keys)
        assert not seen & {one.incident_id for one in candidates}
        seen |= {one.incident_id for one in candidates}
        for one in candidates:
            assert day * DAY <= one.time_s < (day + 1) * DAY
            assert 0 <= one.luck < 1
            if one.source != "market":
                assert one.incident_id.startswith(f"{one.source}/{SECTORS[one.sector]}/{day:05d}/")
    assert len(seen) > 500


@given(st.lists(st.integers(0, 200), max_size=12), st.integers(0, 3))
@settings(max_examples=30)
def test_days_may_be_asked_in_any_order(days: list[int], replication: int) -> None:
    source, streams, other = source_of(), Streams(3, replication), Streams(4, replication)
    for day in days:
        source.on_day(day, other)  # another replication in between leaves no mark
        assert source.on_day(day, streams) == source_of().on_day(day, Streams(3, replication))


@pytest.mark.parametrize(
    "changes",
    [
        {"shocks.march": None},
        {"shocks.april": TABLE["shocks"]["march"] | {"begins": dt.datetime(2001, 1, 2)}},
        {"dated.market": None},
        {"shocks.march.half_life_h": 100.0, "shocks.march.places": ["kulla"]},
        {"tension_half_life_days": 50.0, "spill_share": 1.0, "deterrence": 0.0, "kinds.crowd.triggers": 0.0},
    ],
    ids=["without the shock", "another shock", "without the dated one", "a longer shock", "tension and deterrence"],
)
def test_what_does_not_concern_a_source_changes_none_of_its_candidates(changes: dict[str, Any]) -> None:
    before, after = drawn(source_of(), range(40)), drawn(source_of(changes), range(40))
    for source in (BASE, PLANNED, *({"market"} if "dated.market" not in changes else ())):
        assert of(source, before) == of(source, after)
        assert of(source, before)
    if not any(name.startswith("shocks.march") for name in changes):
        assert of("march", before) == of("march", after)


def test_other_sectors_change_nothing_in_a_sector() -> None:
    """West and south go, east comes, and north and centre keep their rates."""
    changes = {"per_day": 16.0, "sector_weights": {"north": 4, "centre": 2, "east": 10}}
    before, after = ([one for one in drawn(source_of(c), range(40)) if one.source == BASE] for c in (None, changes))
    assert {one.sector for one in after} == {0, 1, 4}
    for sector in (0, 1):
        assert [one for one in before if one.sector == sector] == [one for one in after if one.sector == sector]


def test_a_higher_cap_keeps_what_can_be_kept() -> None:
    """All of the other sources; of the base the first candidates of each day, though of other numbers in a day."""
    before, after = drawn(source_of(), range(200)), drawn(source_of({"max_tension": 5.0}), range(200))
    for source in (PLANNED, "march", "market"):
        assert of(source, before) == of(source, after)
    later = {one.incident_id: one for one in of(BASE, after)}
    both = [(one, later[one.incident_id]) for one in of(BASE, before) if one.incident_id in later]
    assert len(both) > 0.9 * len(of(BASE, before))
    for one, other in both:
        assert (one.time_s, one.luck, one.kind, one.km) == (other.time_s, other.luck, other.kind, other.km)
        assert other.max_per_day == 2 * one.max_per_day


def test_counts_are_poisson() -> None:
    """Of each sector: their sum, their dispersion, and no correlation from one day to the next."""
    candidates = of(BASE, drawn(source_of({"shocks.march": None}), range(N_DAYS), seed=7))
    for sector, mean in enumerate([12, 6, 3, 3]):
        of_day = Counter(one.time_s // DAY for one in candidates if one.sector == sector)
        counts = np.array([of_day[day] for day in range(N_DAYS)])
        low, high = stats.poisson(mean * N_DAYS).interval(CONFIDENCE)
        assert low <= counts.sum() <= high
        low, high = stats.chi2(N_DAYS - 1).interval(CONFIDENCE)
        assert low <= ((counts - counts.mean()) ** 2).sum() / counts.mean() <= high
        correlation = float(np.corrcoef(counts[:-1], counts[1:])[0, 1])
        assert abs(correlation) <= stats.norm.ppf((1 + CONFIDENCE) / 2) / np.sqrt(N_DAYS)


def test_times_luck_and_kinds() -> None:
    candidates = of(BASE, drawn(source_of({"shocks.march": None}), range(N_DAYS), seed=8))
    of_time = [one.time_s % DAY / DAY for one in candidates]
    luck = [one.luck for one in candidates]
    assert stats.kstest(of_time, "uniform").pvalue > 1 - CONFIDENCE
    assert stats.kstest(luck, "uniform").pvalue > 1 - CONFIDENCE
    assert abs(stats.spearmanr(of_time, luck).statistic) < 3.3 / np.sqrt(len(luck))
    kinds = Counter(one.kind for one in candidates)
    expected = np.array([5, 2, 1]) / 8 * len(candidates)
    assert stats.chisquare([kinds[0], kinds[2], kinds[3]], expected).pvalue > 1 - CONFIDENCE


def test_service_times() -> None:
    """Of the own kind and of what it becomes, each with its law, in whole seconds."""
    candidates = of(BASE, drawn(source_of({"shocks.march": None}), range(N_DAYS), seed=9))
    service_s = [value for one in candidates for value in one.service_s]
    assert {type(value) for value in service_s} == {int}
    assert min(service_s) >= 0
    assert {one.service_s for one in candidates if one.kind == 2} == {(45 * 60,)}
    crowds = np.array([one.service_s for one in candidates if one.kind == 0])
    assert crowds.shape[1] == 2
    assert stats.kstest(crowds[:, 0] / 60, stats.gamma(4, scale=90 / 4).cdf).pvalue > 1 - CONFIDENCE
    assert stats.kstest(crowds[:, 1] / 60, stats.expon(scale=240).cdf).pvalue > 1 - CONFIDENCE
    assert abs(stats.spearmanr(*crowds.T).statistic) < 3.3 / np.sqrt(len(crowds))
    roadblocks = [one.service_s[0] / 60 for one in candidates if one.kind == 3]
    assert stats.kstest(roadblocks, stats.expon(scale=600).cdf).pvalue > 1 - CONFIDENCE


def test_a_dated_incident() -> None:
    """Once, certain, with the service time given; what it becomes takes the time of its own kind."""
    (one,) = of("market", drawn(source_of(), range(365)))
    assert one.incident_id == "market"
    assert one.time_s == 4 * DAY + 23_400
    assert (one.kind, one.luck, one.max_per_day) == (0, 0.0, 0.0)
    assert one.service_s[0] == 3 * SECOND_PER_HOUR
    assert len(one.service_s) == 2
    (free,) = of("market", drawn(source_of({"dated.market.service_h": None}), range(365)))
    assert free.service_s[0] != one.service_s[0]
    assert free.service_s[1:] == one.service_s[1:]
