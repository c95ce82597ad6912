"""Numbers and lists as a reader sees them."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable, Sequence

NO_VERDICT = "No verdict was asked for: that takes a delta, how much worse is still not worse."
_ORDINALS = ("", "", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth")

_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)


def listed(words: Iterable[str]) -> str:
    """Words as a list in a sentence: `a, b and c`."""
    given = list(words)
    return given[0] if len(given) == 1 else f"{', '.join(given[:-1])} and {given[-1]}" if given else "none"


def levels_in_words(levels: Sequence[int], most: int = 5) -> str:
    """Troop levels: all if they are few, else how many, and from which to which."""
    if len(levels) <= most:
        return listed(f"{level:,}" for level in levels)
    return f"{len(levels):,} levels from {min(levels):,} to {max(levels):,}"


def capital(words: str) -> str:
    """Words as a sentence begins."""
    return words[:1].upper() + words[1:]


def cut(text: str, most: int) -> str:
    """A text of at most so many characters, with an ellipsis where it is cut."""
    return text if len(text) <= most else f"{text[: most - 1].rstrip()}…"


def counted(n: int, one: str, many: str | None = None) -> str:
    """So many of something: `1 replication`, `3 replications`."""
    return f"{n:,} {one if n == 1 else many or one + 's'}"


def with_interval(
    value: float, half_width: float, *, factor: float = 1, signed: bool = False, least_digits: int = 1
) -> str:
    r"""A mean with its half width, both times a factor, with as many digits as the half width has to say.

    Of one without an interval, the mean alone.

    Examples
    --------
    >>> with_interval(0.97841, 0.00123, factor=100)
    '97.8\xa0±\xa00.1'
    >>> with_interval(-0.13712, 0.000305, factor=100, signed=True)
    '\u221213.71\xa0±\xa00.03'
    """
    if not math.isfinite(value):
        return "infinite" if value == math.inf else "no value"
    value, half_width = factor * value, factor * half_width
    digits = max(least_digits, 0 if value == round(value) else 3 if abs(value) < 2 else 1)
    if math.isfinite(half_width) and half_width > 0:
        digits = min(max(-math.floor(math.log10(half_width)), least_digits), 4)
    mean = f"{round(value, digits) + 0.0:{'+' if signed else ''},.{digits}f}".replace("-", "\N{MINUS SIGN}")
    return f"{mean}\N{NO-BREAK SPACE}±\N{NO-BREAK SPACE}{half_width:.{digits}f}" if math.isfinite(half_width) else mean


def plain(value: float) -> str:
    """A number without needless zeros, with commas for thousands; a dash if there is none.

    Examples
    --------
    >>> plain(12500.0), plain(0.25), plain(float("nan"))
    ('12,500', '0.25', '–')
    """
    if math.isnan(value):
        return "–"
    if math.isinf(value):
        return "∞" if value > 0 else "−∞"
    text = f"{value:,.6f}" if abs(value) >= 0.001 or value == 0 else f"{value:.3g}"
    return text.rstrip("0").rstrip(".") if "." in text and "e" not in text else text


def spread(values: Sequence[int], unit: str) -> str:
    """One number, or from the least to the most: `3 to 10 replications`."""
    low, high = min(values), max(values)
    return counted(low, unit) if low == high else f"{low:,} to {high:,} {unit}s"


def ordinal(n: int) -> str:
    """The n-th, from the second on: `second`, `tenth`, `11th`, `22nd`."""
    if n < len(_ORDINALS):
        return _ORDINALS[n]
    ending = "th" if n % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(n % 10, "th")
    return f"{n:,}{ending}"


def day(date: dt.date) -> str:
    """A day: `1 June 2001`."""
    return f"{date.day} {_MONTHS[date.month - 1]} {date.year}"


def during(first: dt.date, last: dt.date) -> str:
    """Days from a first to a last: `on 1 June 2001`, `from 1 June to 3 July 2001`."""
    if first == last:
        return f"on {day(first)}"
    begins = day(first) if first.year != last.year else day(first).rpartition(" ")[0]
    return f"from {begins} to {day(last)}"
