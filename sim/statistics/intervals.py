"""Intervals for what replications show.

A *replication* is one independent run of a design point. An *interval* is a mean over replications with its Student t
half width: mean plus or minus ``half_width`` covers the true mean with the given confidence, exactly for normal values
and in good approximation for averages over a run. One value has a mean and no half width, which is then nan.

A response is nan where it had no demand. Tables leave nan values out, and ``n`` counts the rest; the functions of bare
values refuse nan, so that nothing is dropped unseen. A response time is infinite where too few incidents were ever met:
in tables one such value makes a mean infinite, without a half width. Elsewhere infinite values are refused.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

if TYPE_CHECKING:
    import pandas as pd

SUMMARY_KEYS = ("scenario", "policy", "troops", "sector", "response", "unit")
BAND_KEYS = ("scenario", "policy", "troops", "sector", "date")


@dataclass(frozen=True, slots=True)
class Interval:
    """A mean and its uncertainty.

    Attributes
    ----------
    n : int
        Values that it rests on.
    mean : float
        Their mean, in their unit.
    half_width : float
        Half the width of the confidence interval, in their unit; nan for a single value.
    confidence : float
        Probability that the interval covers the true mean.
    """

    n: int
    mean: float
    half_width: float
    confidence: float


def mean_interval(values: ArrayLike, confidence: float = 0.95) -> Interval:
    """Mean of independent values with its Student t interval.

    Parameters
    ----------
    values : array_like, shape (n,)
        One value a replication, n >= 1.
    confidence : float
        Probability that the interval covers the true mean, in (0, 1).

    Returns
    -------
    Interval
        With half width nan for one value and 0 for equal ones.

    Raises
    ------
    ValueError
        If there is no value, or one is nan or infinite, or the confidence lies outside (0, 1).

    References
    ----------
    Student (1908). The probable error of a mean. Biometrika 6(1), 1-25.

    Examples
    --------
    >>> interval = mean_interval([9.0, 10.0, 11.0])
    >>> interval.mean, round(interval.half_width, 4)
    (10.0, 2.4841)
    """
    array = _finite("values", values)
    n, mean, half_width = _intervals(array, np.zeros(array.size, dtype=np.intp), 1, confidence)
    return Interval(int(n[0]), float(mean[0]), float(half_width[0]), confidence)


def paired_difference(a: ArrayLike, b: ArrayLike, confidence: float = 0.95) -> Interval:
    """Mean of a - b over pairs with its interval: for two policies that share the random numbers of a replication.

    Parameters
    ----------
    a, b : array_like, shape (n,)
        Values of the same replications, in the same order, n >= 1.
    confidence : float
        Probability that the interval covers the true mean difference, in (0, 1).

    Returns
    -------
    Interval
        Of the difference, in the values' unit.

    Raises
    ------
    ValueError
        If the lengths differ, and as :func:`mean_interval`.

    References
    ----------
    Law, A. M. (2015). Simulation Modeling and Analysis, 5th ed. McGraw-Hill, New York: the paired-t interval.

    Examples
    --------
    >>> round(paired_difference([3.0, 5.0, 9.0], [2.0, 4.0, 8.0]).mean, 6)
    1.0
    """
    first, second = _finite("a", a), _finite("b", b)
    if first.size != second.size:
        raise ValueError(f"a has {first.size} values and b {second.size}; allowed: as many, one a replication")
    return mean_interval(first - second, confidence)


def within_interval(values: ArrayLike, truth: float, confidence: float = 0.999) -> bool:
    """Tell whether the interval of the values covers a known mean.

    Parameters
    ----------
    values : array_like, shape (n,)
        Independent values, n >= 2.
    truth : float
        Mean by theory, in the values' unit.
    confidence : float
        Probability that the interval covers the true mean, in (0, 1).

    Returns
    -------
    bool
        Whether truth lies in the closed interval.

    Raises
    ------
    ValueError
        If there is only one value, which says nothing of its own spread, and as :func:`mean_interval`.

    Examples
    --------
    >>> within_interval([9.0, 10.0, 11.0], 12.0, confidence=0.95)
    True
    """
    interval = mean_interval(values, confidence)
    if interval.n < 2:
        raise ValueError("values has 1 value; allowed: 2 or more")
    return abs(interval.mean - truth) <= interval.half_width


def summarise(responses: pd.DataFrame, confidence: float = 0.95) -> pd.DataFrame:
    """Mean and interval over replications of each response of each design point.

    Parameters
    ----------
    responses : DataFrame
        Long: scenario, policy, troops, replication, sector, response, unit, value. ``troops`` is NA where a policy kept
        its own strength, which is a design point of its own.
    confidence : float
        Probability that an interval covers the true mean, in (0, 1).

    Returns
    -------
    DataFrame
        scenario, policy, troops (Int64), sector, response, unit, n, mean, half_width, confidence; a row a group, in the
        order in which groups first appear. ``n`` counts the values that are not nan; mean is nan where it is 0 and
        half_width where it is below 2. Mean is inf, and half_width nan, where a value is.

    Raises
    ------
    ValueError
        If a value is -inf or the confidence lies outside (0, 1).
    """
    return _by_group(responses, SUMMARY_KEYS, "value", confidence)


def band(series: pd.DataFrame, response: str, confidence: float = 0.95) -> pd.DataFrame:
    """Mean and interval over replications of one daily response, day by day.

    Parameters
    ----------
    series : DataFrame
        Wide: scenario, policy, troops, replication, date, sector, then a column a response.
    response : str
        Column to average.
    confidence : float
        Probability that the interval of one day covers that day's true mean, in (0, 1); not that of all days at once.

    Returns
    -------
    DataFrame
        scenario, policy, troops (Int64), sector, date, n, mean, half_width, confidence, as in :func:`summarise`.

    Raises
    ------
    ValueError
        If there is no such column, a value is -inf or the confidence lies outside (0, 1).
    """
    if response not in series.columns:
        known = [column for column in series.columns if column not in (*BAND_KEYS, "replication")]
        raise ValueError(f"response is {response!r}; allowed: {', '.join(known)}")
    return _by_group(series, BAND_KEYS, response, confidence)


def half_widths(table: pd.DataFrame, confidence: float = 0.95) -> pd.Series[float]:
    """Half widths of the Student t intervals of the means of columns, each by itself.

    Parameters
    ----------
    table : DataFrame
        A row a replication; nan where there is no value.
    confidence : float
        Of each interval, in (0, 1).

    Returns
    -------
    Series
        By column; nan below two values.

    Raises
    ------
    ValueError
        If the confidence lies outside (0, 1).
    """
    from scipy.special import stdtrit

    check_share("confidence", confidence)
    n = table.count()
    factor = stdtrit(np.maximum(n - 1, 1), (1 + confidence) / 2)
    found: pd.Series[float] = (factor * table.std(ddof=1) / np.sqrt(n)).where(n > 1)
    return found


def check_share(name: str, share: float) -> None:
    """Refuse a probability or a quantile's share that is not inside (0, 1).

    Parameters
    ----------
    name : str
        What the share is, for the message.
    share : float
        Allowed: (0, 1).

    Raises
    ------
    ValueError
        If it lies outside, or is nan.
    """
    if not 0 < share < 1:
        raise ValueError(f"{name} is {share}; allowed: (0, 1)")


def _by_group(frame: pd.DataFrame, keys: Sequence[str], column: str, confidence: float) -> pd.DataFrame:
    """Return a row a group of equal keys, in the order of first appearance, with the interval of the column."""
    labels = frame[list(keys)].reset_index(drop=True).astype({"troops": "Int64"})
    group = labels.groupby(list(keys), sort=False, dropna=False, observed=True).ngroup().to_numpy(dtype=np.intp)
    first = np.unique(group, return_index=True)[1]
    values = frame[column].to_numpy(dtype=np.float64, na_value=np.nan)
    is_endless = values == np.inf
    _refuse_infinite(column, values[~is_endless])
    kept = ~np.isnan(values) & ~is_endless
    n, mean, half_width = _intervals(values[kept], group[kept], first.size, confidence)
    n_endless = np.bincount(group[is_endless], minlength=first.size)
    n += n_endless
    mean[n_endless > 0], half_width[n_endless > 0] = np.inf, np.nan
    table = labels.iloc[first].reset_index(drop=True)
    return table.assign(n=n, mean=mean, half_width=half_width, confidence=confidence)


def _intervals(
    values: NDArray[np.float64], group: NDArray[np.intp], n_groups: int, confidence: float
) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]]:
    """Return n, mean and half width of each group; all values are finite."""
    from scipy.special import stdtrit

    check_share("confidence", confidence)
    n = np.bincount(group, minlength=n_groups).astype(np.int64)
    # Shifting by a value of the group makes equal values give that value and no spread, free of rounding.
    shift = np.zeros(n_groups)
    shift[group] = values
    shifted = values - shift[group]
    some, several = np.maximum(n, 1), np.maximum(n, 2)
    mean_shifted = np.bincount(group, shifted, n_groups) / some
    squares = np.bincount(group, (shifted - mean_shifted[group]) ** 2, n_groups)
    half_width = stdtrit(several - 1, (1 + confidence) / 2) * np.sqrt(squares / (several - 1) / several)
    return n, np.where(n > 0, shift + mean_shifted, np.nan), np.where(n > 1, half_width, np.nan)


def _finite(name: str, values: ArrayLike) -> NDArray[np.float64]:
    array = np.asarray(values, dtype=np.float64)
    if array.ndim != 1 or array.size == 0:
        raise ValueError(f"{name} has shape {array.shape}; allowed: (n,) with n >= 1")
    if np.isnan(array).any():
        raise ValueError(f"{name} has {int(np.isnan(array).sum())} nan of {array.size}; allowed: finite numbers")
    _refuse_infinite(name, array)
    return array


def _refuse_infinite(name: str, values: NDArray[np.float64]) -> None:
    if np.isinf(values).any():
        raise ValueError(f"{name} has {int(np.isinf(values).sum())} infinite of {values.size}; allowed: finite numbers")
