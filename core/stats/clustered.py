"""Means whose observations come in clusters on several sides at once: labels of the same item, labels by the same person."""

from collections.abc import Sequence
from math import sqrt

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import stdtrit

from core.stats import intervals
from core.stats.intervals import Interval
from core.stats.labels import Codes, Floats, numbers
from core.stats.rounding import negligible, size_of


def share(success: ArrayLike, *sides: Codes, level: float = 0.95) -> Interval | None:
    """A share among clustered observations (half a success for a tie); never narrower than Wilson's."""
    found = numbers(success)
    single = intervals.share(float(found.sum()), len(found), level)
    if single is None:
        return None
    return _never_surer(single, _reach(found, np.full(len(found), 1 / len(found)), sides, level))


def shares(success: Floats, group: Codes, groups: int, side: Codes, level: float = 0.95) -> list[Interval | None]:
    """The same of many groups at once, one side of clusters."""
    n, total = np.bincount(group, minlength=groups), np.bincount(group, success, groups)
    value = total / np.maximum(n, 1)
    cell, at = np.unique(group * (int(side.max(initial=0)) + 1) + side, return_inverse=True)
    owner = cell // (int(side.max(initial=0)) + 1)
    away = np.bincount(at.reshape(-1), success - value[group], len(cell))
    clusters = np.bincount(owner, minlength=groups)
    factor = clusters / np.maximum(clusters - 1, 1) * (clusters > 1)
    error = np.sqrt(np.bincount(owner, away**2, groups) * factor) / np.maximum(n, 1)
    reach = stdtrit(np.maximum(clusters - 1, 1), (1 + level) / 2) * error
    return [
        _never_surer(single, float(wide)) if (single := intervals.share(float(t), int(m), level)) else None
        for t, m, wide in zip(total, n, reach, strict=True)
    ]


def _never_surer(single: Interval, reach: float) -> Interval:
    low, high = max(single.value - reach, 0.0), min(single.value + reach, 1.0)
    return Interval(single.value, min(single.low, low), max(single.high, high), single.n)


def mean(
    values: ArrayLike, *sides: Codes, weight: Floats | None = None, low: float | None = None, high: float | None = None, level: float = 0.95
) -> Interval | None:  # fmt: skip
    """A weighted mean, held within the scale's ends where it has any.

    None under two clusters on every side, and where all values are equal on a scale without ends. On one with ends
    equal values still leave doubt: Wilson's, of the place on the scale, for as many clusters as the first side has.
    """
    found = numbers(values)
    if len(found) == 0 or max(len(np.unique(side)) for side in sides) < 2:
        return None
    of = np.full(len(found), 1 / len(found)) if weight is None else weight / weight.sum()
    value = float(of @ found)
    reach = _reach(found, of, sides, level)
    if negligible(reach, size_of(found)):
        return _all_equal(value, len(found), len(np.unique(sides[0])), low, high, level)
    floor, ceiling = -np.inf if low is None else low, np.inf if high is None else high
    return Interval(value, max(value - reach, floor), min(value + reach, ceiling), len(found))


def _all_equal(
    value: float, n: int, clusters: int, low: float | None, high: float | None, level: float
) -> Interval | None:
    if low is None or high is None or high <= low:
        return None
    place = intervals.share((value - low) / (high - low) * clusters, clusters, level)
    return place and Interval(value, low + place.low * (high - low), low + place.high * (high - low), n)


def _reach(values: Floats, weight: Floats, sides: Sequence[Codes], level: float) -> float:
    """The widest of the half-widths by each side alone and by all of them together (Cameron, Gelbach and Miller)."""
    away = weight * (values - weight @ values)
    each = [_spread(away, side) for side in sides]
    known = [(variance, clusters) for variance, clusters in each if clusters > 1]
    if len(known) > 1:
        cells = np.unique(np.stack(sides), axis=1, return_inverse=True)[1].reshape(-1)
        both = sum(variance for variance, _ in known) - _spread(away, cells)[0]
        known.append((both, min(clusters for _, clusters in known)))
    return max((_half(variance, clusters, level) for variance, clusters in known), default=0.0)


def _spread(away: Floats, side: Codes) -> tuple[float, int]:
    """The variance of a sum of clusters, and how many there are."""
    _, at = np.unique(side, return_inverse=True)
    total = np.bincount(at.reshape(-1), away)
    clusters = len(total)
    return float((total**2).sum()) * clusters / max(clusters - 1, 1), clusters


def _half(variance: float, clusters: int, level: float) -> float:
    return float(stdtrit(clusters - 1, (1 + level) / 2)) * sqrt(max(variance, 0.0))
