"""How two scenarios, and the inputs of two runs, differ, in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

_WORDS_AND_CHOICES = (
    "title",
    "description",
    "marks.",
    "experiment.replications",
    "experiment.timeline",
    "experiment.troops",
    "experiment.policies",
    "experiment.confidence",
    "experiment.precision.",
    "comparison.",
)


def differences(
    there: object, here: object, n_shown: int = 4, places: tuple[str, str] = ("there", "here")
) -> list[str]:
    """Keys whose values differ, the first few with both values; choices and words left out, and the seed."""
    old, new = dict(_leaves(there)), dict(_leaves(here))
    keys = [
        key
        for key in [*new, *(key for key in old if key not in new)]
        if old.get(key, "nothing") != new.get(key, "nothing")
        and not key.startswith(_WORDS_AND_CHOICES)
        and key != "experiment.seed"
    ]
    shown = [
        f"{key} ({_short(old.get(key, 'nothing'))} {places[0]}, {_short(new.get(key, 'nothing'))} {places[1]})"
        for key in keys[:n_shown]
    ]
    return [*shown, f"and {len(keys) - n_shown} more"] if len(keys) > n_shown else shown


def differences_of_inputs(
    there: Mapping[str, object],
    here: Mapping[str, object],
    scenario_there: object,
    scenario_here: object,
    n_shown: int = 4,
) -> list[str]:
    """What differs between the inputs of two runs; `scenario_there` is None if it cannot be read.

    Of keys of the scenario that differ the first `n_shown` are named.
    """
    found = []
    if there.get("seed") != here["seed"]:
        found.append(f"the seed ({there.get('seed')} there, {here['seed']} here)")
    if there.get("scenario_sha256") != here["scenario_sha256"]:
        keys = [] if scenario_there is None else differences(scenario_there, scenario_here, n_shown)
        if not keys and not found:  # the hash has the seed too
            keys = ["the scenario" if scenario_there is None else "a drawdown rule"]
        found += keys
    if there.get("code_sha256") != here["code_sha256"]:
        found.append("the program's code")
    if there.get("numpy") != here["numpy"]:
        found.append(f"NumPy ({there.get('numpy')} there, {here['numpy']} here)")
    return found


def _leaves(value: object, key: str = "") -> Iterator[tuple[str, object]]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _leaves(inner, f"{key}.{name}" if key else name)
    else:
        yield key, value


def _short(value: object) -> str:
    text = str(value)
    return text if len(text) <= 40 else f"{text[:37]}..."
