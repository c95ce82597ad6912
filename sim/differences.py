"""How two scenarios differ, key by key, in words."""

from __future__ import annotations

from collections.abc import Iterator

_WORDS_AND_CHOICES = (
    "title",
    "description",
    "marks.",
    "experiment.replications",
    "experiment.timeline",
    "experiment.troops",
    "experiment.policies",
    "experiment.confidence",
)


def differences(there: object, here: object, n_shown: int = 4) -> list[str]:
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
        f"{key} ({_short(old.get(key, 'nothing'))} there, {_short(new.get(key, 'nothing'))} here)"
        for key in keys[:n_shown]
    ]
    return [*shown, f"and {len(keys) - n_shown} more"] if len(keys) > n_shown else shown


def _leaves(value: object, key: str = "") -> Iterator[tuple[str, object]]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _leaves(inner, f"{key}.{name}" if key else name)
    else:
        yield key, value


def _short(value: object) -> str:
    text = str(value)
    return text if len(text) <= 40 else f"{text[:37]}..."
