"""Dates along an axis: few, round, and with the year where it changes."""

from __future__ import annotations

import datetime as dt

_MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()  # not those of the user's locale
_STEPS_DAYS = (1, 2, 7, 14)
_STEPS_MONTHS = (1, 2, 3, 6, 12, 24, 60, 120, 600)
_MONTHS_A_YEAR = 12
_EPOCH = dt.date(1970, 1, 1)


def day_number(date: dt.date) -> int:
    """Days since 1970, as matplotlib counts them."""
    return (date - _EPOCH).days


def date_ticks(start: dt.date, end: dt.date, n_most: int = 9) -> list[tuple[dt.date, str]]:
    r"""Round dates in [start, end] with their labels.

    Parameters
    ----------
    start, end : date
        Bounds of the axis.
    n_most : int
        Most ticks there may be.

    Examples
    --------
    >>> [label for _, label in date_ticks(dt.date(2009, 6, 12), dt.date(2011, 6, 1), 5)]
    ['Jul\n2009', 'Jan\n2010', 'Jul', 'Jan\n2011']
    """
    n_days = (end - start).days
    for step in _STEPS_DAYS:
        if n_days < step * n_most:
            days = [start + dt.timedelta(days=n) for n in range(0, n_days + 1, step)]
            return _labelled(days, [f"{day.day} {_MONTHS[day.month - 1]}" for day in days])
    first, last = (_MONTHS_A_YEAR * day.year + day.month - 1 for day in (start, end))
    step = next((step for step in _STEPS_MONTHS if (last - first) // step < n_most), _STEPS_MONTHS[-1])
    months = range(-(-first // step) * step, last + 1, step)
    days = [dt.date(month // _MONTHS_A_YEAR, month % _MONTHS_A_YEAR + 1, 1) for month in months]
    days = [day for day in days if start <= day]
    if step >= _MONTHS_A_YEAR:
        return [(day, f"{day.year}") for day in days]
    return _labelled(days, [_MONTHS[day.month - 1] for day in days])


def _labelled(days: list[dt.date], names: list[str]) -> list[tuple[dt.date, str]]:
    """Labels with the year below the first day of each."""
    years = [None, *(day.year for day in days)]
    return [
        (day, name if day.year == before else f"{name}\n{day.year}")
        for day, name, before in zip(days, names, years, strict=False)
    ]
