"""Numbers and lists as a reader sees them."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable, Sequence

NO_VERDICT = "No verdict was asked for: that takes a delta, how much worse is still not worse."
PERCENT = 100
"""Factor of shares; that of their differences gives percentage points."""
_MOST_DIGITS, _MOST_DIGITS_OF_PERCENT = 4, 2
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

    Of one without an interval, the mean alone; a half width too small for the digits is less than the last of them.

    Examples
    --------
    >>> with_interval(0.97841, 0.00123, factor=100)
    '97.8\xa0±\xa00.1'
    >>> with_interval(-0.13712, 0.000305, factor=100, signed=True)
    '\u221213.71\xa0±\xa00.03'
    >>> with_interval(0.5, 1e-6, factor=100)
    '50.00\xa0±\xa0<0.01'
    """
    if not math.isfinite(value):
        return "infinite" if value == math.inf else "no value"
    value, half_width = factor * value, factor * half_width
    digits = max(least_digits, 0 if value == round(value) else 3 if abs(value) < 2 else 1)
    if math.isfinite(half_width) and half_width > 0:
        most = max(least_digits, _MOST_DIGITS_OF_PERCENT if factor == PERCENT else _MOST_DIGITS)
        digits = min(max(-math.floor(math.log10(half_width)), least_digits), most)
    mean = f"{round(value, digits) + 0.0:{'+' if signed else ''},.{digits}f}".replace("-", "\N{MINUS SIGN}")
    if not math.isfinite(half_width):
        return mean
    is_too_small = 0 < half_width < 0.5 * 10**-digits
    half = f"<{10**-digits:.{digits}f}" if is_too_small else f"{half_width:,.{digits}f}"
    return f"{mean}\N{NO-BREAK SPACE}±\N{NO-BREAK SPACE}{half}"


def in_percent(share: float, half_width: float, *, of: str = "replications") -> str:
    r"""A share in percent with its half width; if the interval is wider than a share can be, the share and that.

    Examples
    --------
    >>> in_percent(0.5, 0.012), in_percent(0.5, 0.7)
    ('50.0\xa0±\xa01.2\xa0%', '50.0\xa0% (too few replications to say)')
    """
    percent = "\N{NO-BREAK SPACE}%"
    if says_nothing(half_width):
        return f"{with_interval(share, math.nan, factor=PERCENT)}{percent} (too few {of} to say)"
    return f"{with_interval(share, half_width, factor=PERCENT)}{percent}"


def difference_in_words(difference: float, half_width: float, factor: float, *, least_digits: int = 1) -> str:
    r"""A difference times a factor, with its half width; of shares, without one that is wider than a share can be.

    Examples
    --------
    >>> difference_in_words(-0.168, 2.736, 100)
    '\u221216.8, too few pairs to say'
    """
    if factor == PERCENT and says_nothing(half_width):
        return f"{with_interval(difference, math.nan, factor=factor, signed=True)}, too few pairs to say"
    return with_interval(difference, half_width, factor=factor, signed=True, least_digits=least_digits)


def says_nothing(half_width: float) -> bool:
    """Whether the interval of a share is wider than a share can be."""
    return math.isfinite(half_width) and 2 * half_width > 1


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
