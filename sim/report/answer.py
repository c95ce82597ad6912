"""The question in words, and its answer in a sentence with its interval."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from sim.report import minimum
from sim.report.captions import ONE_SIDED, worse_by
from sim.report.words import (
    NO_VERDICT,
    capital,
    counted,
    cut,
    difference_in_words,
    during,
    in_percent,
    levels_in_words,
    listed,
    spread,
)

if TYPE_CHECKING:
    from sim.experiment import Comparison, Results
    from sim.report.subject import Part, Subject
    from sim.scenario.schema import Scenario

ENOUGH = 0.9
"""Coverage of which the fewest troops are named."""
_MOST_LEVELS = 5
_MOST_NAMED = 5
_MOST_CAUSES = 20
_MOST_CHARACTERS = 400
_GLOSSES = {"unfix": "Unfixed: of a site, handed over; its guard passed from the force to the police."}


def question(subject: Subject) -> list[str]:
    """What was asked: what was varied, what was held, and what was measured."""
    comparison = subject.comparison
    if comparison is not None:
        return [_question_of_comparison(comparison)]
    return [text for part in subject.parts for text in _questions_of_run(part)]


def answers(subject: Subject) -> list[str]:
    """The answer, a sentence each for what was compared, the levels and the policies that were run; not empty."""
    if subject.comparison is not None:
        return [_answer_of_comparison(subject.comparison)]
    found = []
    for part in subject.parts:
        if part.minimum is not None:
            found += minimum.answers(part.minimum, part.scenario)
        found += [*_answers_of_levels(part), *_answers_of_policies(part.results)]
    return found or ["No answer yet: no replication is finished."]


def basis(subject: Subject) -> str:
    """What the intervals of the answer are, and on how many replications they rest."""
    comparison = subject.comparison
    if comparison is not None:
        n = [int(n) for n in comparison.differences()["n"] if n]
        pairs = spread(n, "pair") if n else "no pair"
        said = (
            f"Paired differences over {pairs} of replications, each pair in the same world; ±: half width of "
            f"{_percent(comparison.confidence)} intervals that hold for all comparisons together."
        )
        return f"{said} {NO_VERDICT if comparison.delta is None else f'{capital(ONE_SIDED)}.'}"
    brackets = [minimum.basis(part.minimum) for part in subject.parts if part.minimum is not None]
    return " ".join(one for one in (*brackets, _basis_of_means(subject)) if one)


def _basis_of_means(subject: Subject) -> str:
    """Of the means that are in answers of levels and policies; empty if there are none."""
    confidence = subject.parts[0].scenario.experiment.confidence
    n = [
        point["n_replications"]
        for part in subject.parts
        for point in _counts(part)
        if not part.is_of_the_search(point["policy"], point["troops"])
    ]
    if not n:
        return ""
    each = " each" if len(n) > 1 else ""
    if max(n) == 1:
        return f"Coverage of the theatre in one replication{each}: without an interval, which takes two or more."
    return (
        f"Coverage of the theatre: mean ± half width of its {_percent(confidence)} confidence interval, each by "
        f"itself, over {spread(n, 'replication')}{each}."
    )


def glosses(subject: Subject) -> list[str]:
    """Plain words for terms that titles of the subject use."""
    said = " ".join((*question(subject), *answers(subject), *(part.scenario.description for part in subject.parts)))
    return [gloss for term, gloss in _GLOSSES.items() if term in said.lower()]


def lacks(subject: Subject) -> list[str]:
    """Plain words on all that a reader must know is not there, or not up to date."""
    found = []
    for part in subject.parts:
        results, name = part.results, "" if len(subject.parts) == 1 else f"{part.scenario.name}: "
        n_failed, n_missing = len(results.failures), len(results.missing)
        if n_failed:
            is_are = "replication that failed is" if n_failed == 1 else "replications that failed are"
            found.append(f"{name}{n_failed:,} {is_are} not in these results.")
        if n_missing:
            is_are = "replication was" if n_missing == 1 else "replications were"
            found.append(f"{name}{n_missing:,} {is_are} asked for and not run: these results are not complete.")
        if part.state is None:
            continue
        if part.state.is_in_use:
            found.append(f"{name}a run was under way in the folder when this was written.")
        if part.state.differences:
            what = ", ".join(part.state.differences)
            found.append(f"{name}these results are of another program than the one that wrote this page: {what}.")
    return found


def failures(subject: Subject) -> list[str]:
    """What made replications fail, the commonest cause first: how many it was, and the first of them."""
    from sim.experiment.tables import records

    causes: dict[tuple[str, str], list[str]] = {}
    for part in subject.parts:
        for row in records(part.results.failures):
            which = f"{row['policy']}, {_strength(row['troops'])}, replication {row['replication']}"
            causes.setdefault((row["stage"], row["error"]), []).append(which)
    commonest = sorted(causes.items(), key=lambda one: -len(one[1]))
    said = [_cause(*cause, which) for cause, which in commonest[:_MOST_CAUSES]]
    rest = commonest[_MOST_CAUSES:]
    if rest:
        n = sum(len(which) for _, which in rest)
        said.append(
            f"{counted(len(rest), 'other cause')}, of {counted(n, 'replication')}: manifest.json in the folder of the "
            "results lists all, as failures."
        )
    return said


def _cause(stage: str, error: str, which: list[str]) -> str:
    first = which[0] if len(which) == 1 else f"{counted(len(which), 'replication')}, the first {which[0]}"
    return f"{stage}: {cut(error, _MOST_CHARACTERS)} ({first})"


def _counts(part: Part) -> list[dict[str, Any]]:
    from sim.store.manifest import count_ran

    return list(count_ran(part.results.responses))


def _questions_of_run(part: Part) -> Iterator[str]:
    scenario, counts = part.scenario, _counts(part)
    if part.minimum is not None:
        yield minimum.question(part.minimum.question, scenario)
    every = [*counts, *part.manifest["missing"], *part.manifest["failures"]]
    asked = [row for row in every if not part.is_of_the_search(row["policy"], row["troops"])]
    levels = sorted({row["troops"] for row in asked if row["troops"] is not None})
    by_itself = list(dict.fromkeys(row["policy"] for row in asked if row["troops"] is None))
    if levels:
        policies = list(dict.fromkeys(row["policy"] for row in asked if row["troops"] is not None))
        rule = listed(_title(scenario, one) for one in policies)
        many = "each of " if len(levels) > 1 else ""
        yield (
            f"What share of the task list does a force held at {many}{levels_in_words(levels)} troops do, over "
            f"{counted(scenario.experiment.sweep_days, 'day')} with strength and task list as on the first day, if its "
            f"work is shared out as {rule}?"
        )
    if by_itself:
        titles = listed(_title(scenario, one) for one in by_itself)
        yield (
            f"What share of the task list is done {_when(scenario)} with {titles}, from {scenario.strength:,} "
            "soldiers on?"
        )


def _question_of_comparison(comparison: Comparison) -> str:
    from sim.plots.comparing import names_of, response_name

    names = names_of(comparison)
    baseline = comparison.alternatives[comparison.baseline].label
    others = listed(f"“{names[one.label]}”" for one in comparison.others)
    if len(comparison.others) > _MOST_NAMED:
        others = f"{len(comparison.others)} other policies"
    by = response_name(comparison.response).lower()
    asked = (
        f"by how much do {others} differ from “{names[baseline]}”"
        if comparison.delta is None and len(comparison.others) > 1
        else f"by how much does {others} differ from “{names[baseline]}”"
        if comparison.delta is None
        else f"is {others} worse than “{names[baseline]}” by {worse_by(comparison)} or more"
        if len(comparison.others) == 1
        else f"which of {others} are worse than “{names[baseline]}” by {worse_by(comparison)} or more, and which not"
    )
    troops = comparison.alternatives[0].troops
    held = "" if troops is None else f", held at {troops:,} troops"
    return f"By {by} {during(*comparison.period)}{held}: {asked}?"


def _answers_of_levels(part: Part) -> Iterator[str]:
    from sim.plots.data import policies

    results = part.results
    rows = results.summary()
    rows = rows[(rows["sector"] == "all") & (rows["response"] == "coverage") & rows["troops"].notna() & (rows["n"] > 0)]
    found = policies(results, is_sweep=True)
    for policy in found:
        mine = rows[rows["policy"] == policy].sort_values("troops", ascending=False)
        every = zip(mine["troops"].astype(int), mine["mean"], mine["half_width"], strict=True)
        levels = [one for one in every if not part.is_of_the_search(policy, one[0])]
        if not levels:
            continue
        shown = _chosen(results.scenario, [level for level, _, _ in levels])
        first, *rest = [one for one in levels if one[0] in shown]
        said = [f"A force of {first[0]:,} does {in_percent(*first[1:])} of the task list"]
        said += [f"{level:,} do {in_percent(mean, half)}" for level, mean, half in rest]
        whose = f"With {_title(results.scenario, policy)}: " if len(found) > 1 else ""
        yield f"{whose}{listed(said)}{_fewest(levels)}."


def _fewest(levels: Sequence[tuple[int, float, float]]) -> str:
    """Which of several levels, with mean and half width, is the fewest that does enough."""
    if len(levels) == 1:
        return ""
    share = f"{100 * ENOUGH:.0f}\N{NO-BREAK SPACE}%"
    if not any(half == half for _, _, half in levels):
        return f"; how few do {share} cannot be told from one replication of each"
    enough = [level for level, mean, half in levels if mean - half >= ENOUGH]
    if not enough:
        return f"; none of the {len(levels):,} levels looked at has its whole interval at {share} or above"
    return (
        f"; the fewest of the {len(levels):,} levels looked at with their whole interval at {share} or above are "
        f"{min(enough):,}"
    )


def _answers_of_policies(results: Results) -> Iterator[str]:
    rows = results.summary()
    rows = rows[(rows["sector"] == "all") & (rows["response"] == "coverage") & rows["troops"].isna() & (rows["n"] > 0)]
    said = [
        f"{in_percent(mean, half)}{'' if i else ' of the task list'} with {_title(results.scenario, policy)}"
        for i, (policy, mean, half) in enumerate(zip(rows["policy"], rows["mean"], rows["half_width"], strict=True))
    ]
    if said:
        yield f"{capital(_when(results.scenario))} the force does {listed(said)}."


def _when(scenario: Scenario) -> str:
    """The time over which a policy at its own strength is averaged: without the warm-up, to the end of the last day."""
    horizon = scenario.horizon
    begins = dt.datetime.combine(horizon.start, dt.time()) + dt.timedelta(hours=scenario.warm_up_h)
    said = during(begins.date(), horizon.end - dt.timedelta(days=1))
    return said if begins.time() == dt.time() else f"{said} (the first day from {begins:%H:%M} on)"


def _answer_of_comparison(comparison: Comparison) -> str:
    from sim.experiment.comparison import Verdict
    from sim.experiment.tables import records
    from sim.plots.comparing import names_of, response_name, scale_of

    names, scale = names_of(comparison), scale_of(comparison.response)
    baseline = names[comparison.alternatives[comparison.baseline].label]

    def words(row: dict[str, Any]) -> str:
        value, half = (float("nan") if row[key] is None else row[key] for key in ("difference", width))
        return f"“{names[row['alternative']]}” ({difference_in_words(value, half, scale.factor)})"

    width = "simultaneous_half_width"
    of = f"{response_name(comparison.response).lower()}, {scale.in_words}"
    if comparison.delta is None:
        rows = comparison.differences()
        told = _differences(records(rows[rows["response"] == comparison.response]), words)
        return f"Against “{baseline}”, the differences of {of}, {told}. {_sign(comparison.response)}"
    decided = records(comparison.decision())
    phrases = {
        Verdict.NOT_WORSE: "shown to be not worse",
        Verdict.WORSE: "shown to be worse",
        Verdict.OPEN: "not shown either way",
    }
    said = []
    for verdict, phrase in phrases.items():
        rows_of = [row for row in decided if row["verdict"] == verdict]
        if rows_of:
            said.append(f"{_all_or_ends(rows_of, words)} {'is' if len(rows_of) == 1 else 'are'} {phrase}")
    return f"Against “{baseline}”, by {of}, and counting {worse_by(comparison)} or more as worse: {'; '.join(said)}."


def _all_or_ends(rows: Sequence[dict[str, Any]], words: Callable[[dict[str, Any]], str]) -> str:
    """Each of a few; of many how many they are, with the least and the greatest difference."""
    if len(rows) <= _MOST_NAMED:
        return listed(map(words, rows))
    ends = _ends(rows, words)
    return f"{len(rows)} policies{f', from {ends},' if ends else ''}"


def _differences(rows: Sequence[dict[str, Any]], words: Callable[[dict[str, Any]], str]) -> str:
    """What they are, of a few; of many, from where to where they go."""
    if len(rows) <= _MOST_NAMED:
        return f"are {listed(map(words, rows))}"
    ends = _ends(rows, words)
    return f"of {len(rows)} policies, {f'go from {ends}' if ends else 'cannot be told from so few pairs'}"


def _ends(rows: Sequence[dict[str, Any]], words: Callable[[dict[str, Any]], str]) -> str:
    """The least and the greatest difference; empty if none is known."""
    order = sorted((row for row in rows if row["difference"] is not None), key=lambda row: float(row["difference"]))
    return f"{words(order[0])} to {words(order[-1])}" if order else ""


def _sign(response: str) -> str:
    """What the sign of a difference means."""
    from sim.response_list import LOWER_IS_BETTER, NEITHER_IS_BETTER

    if response in NEITHER_IS_BETTER:
        return "A minus: less than the baseline."
    return f"A minus: less than the baseline, which is {'better' if response in LOWER_IS_BETTER else 'worse'}."


def _chosen(scenario: Scenario, levels: Sequence[int]) -> set[int]:
    """Levels to name: all if they are few, else the marked ones and the ends, then those between, evenly."""
    if len(levels) <= _MOST_LEVELS:
        return set(levels)
    marks = {mark.troops for mark in scenario.marks.values()}
    chosen = dict.fromkeys([levels[0], levels[-1], *(one for one in levels if one in marks)])
    chosen |= dict.fromkeys(levels[round(i * (len(levels) - 1) / (_MOST_LEVELS - 1))] for i in range(_MOST_LEVELS))
    return set(list(chosen)[:_MOST_LEVELS])


def _title(scenario: Scenario, policy: str) -> str:
    return f"“{scenario.policy[policy].title}”" if policy in scenario.policy else f"“{policy}”"


def _strength(troops: int | None) -> str:
    return "own strength" if troops is None else f"{troops:,} troops"


def _percent(confidence: float) -> str:
    return f"{100 * confidence:.6g} %"
