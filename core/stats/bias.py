"""What sways comparisons besides quality: position, length, swapped duplicates, and whether sides were drawn fairly."""

from collections.abc import Iterable
from dataclasses import dataclass
from math import ceil, sqrt
from statistics import NormalDist

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import bdtr, chdtrc, stdtrit

from core.errors import N_
from core.stats import intervals
from core.stats.intervals import Interval
from core.stats.labels import Codes, Flags, Floats

FALSE_DISCOVERIES = 0.05
NONE_DECIDED = N_("There are no decided comparisons yet.")


@dataclass(frozen=True)
class Share:
    """The team's share with an interval that takes people, not comparisons, as the draws; n are decided comparisons."""

    share: float | None
    low: float | None
    high: float | None
    n: int
    annotators: int
    why: str | None = None


@dataclass(frozen=True)
class PersonBias:
    """Each person's count of first-shown wins among decided ones, its chance under no bias, and who stands out when
    all are looked at together (Benjamini-Hochberg)."""

    first: Codes
    n: Codes
    chance: Floats
    adjusted: Floats

    @property
    def biased(self) -> Flags:
        return np.asarray(self.adjusted <= FALSE_DISCOVERIES)


@dataclass(frozen=True)
class Fairness:
    """Whether the sides were drawn as they should be; a chance below .001 means that the randomiser is broken."""

    statistic: float
    chance: float
    n: int

    @property
    def broken(self) -> bool:
        return self.chance < 0.001


def share(success: Flags, annotator: Codes, level: float = 0.95) -> Share:
    """Of decided comparisons: how often the first-shown, or the longer, response won."""
    n = len(success)
    single = intervals.share(int(success.sum()), n, level)
    if single is None:
        return Share(None, None, None, 0, 0, NONE_DECIDED)
    _, who = np.unique(annotator, return_inverse=True)
    counts = np.bincount(who)
    value, low, high = single.value, single.low, single.high
    if len(counts) > 1:
        away = np.bincount(who, success - value)
        error = sqrt(len(counts) / (len(counts) - 1) * float((away**2).sum())) / n
        reach = float(stdtrit(len(counts) - 1, (1 + level) / 2)) * error
        low, high = min(low, max(value - reach, 0.0)), max(high, min(value + reach, 1.0))
    return Share(value, low, high, n, len(counts))


def by_person(first_won: Flags, annotator: Codes, annotators: int) -> PersonBias:
    """Exact two-sided binomial against one half. People without a decided comparison have a chance of 1."""
    first = np.bincount(annotator[first_won], minlength=annotators)
    n = np.bincount(annotator, minlength=annotators)
    chance = np.minimum(2 * bdtr(np.minimum(first, n - first) * 1.0, n, 0.5), 1.0)
    adjusted = np.ones(annotators)
    adjusted[n > 0] = benjamini_hochberg(chance[n > 0])
    return PersonBias(first, n, chance, adjusted)


def benjamini_hochberg(chance: Floats) -> Floats:
    """Adjusted: at most a share q of those at or below q are false alarms."""
    m = len(chance)
    order = np.argsort(chance, kind="stable")
    scaled = chance[order] * m / np.arange(1, m + 1)
    found = np.empty(m)
    found[order] = np.minimum(np.minimum.accumulate(scaled[::-1])[::-1], 1)
    return found


def flip_rate(first: Codes, swapped: Codes) -> Interval | None:
    """How often a person chose otherwise when the same pair came back with its sides swapped; codes name responses."""
    return intervals.share(int((first != swapped).sum()), len(first))


def fairness(counts: ArrayLike, expected: ArrayLike | None = None) -> Fairness | None:
    """Sample-ratio mismatch: chi-square of how often each response stood first against equal, or given, shares."""
    seen = np.asarray(counts, dtype=np.float64)
    n = seen.sum()
    if n == 0 or len(seen) < 2:
        return None
    share_of = np.full(len(seen), 1 / len(seen)) if expected is None else np.asarray(expected) / np.sum(expected)
    statistic = float((((seen - n * share_of) ** 2) / (n * share_of)).sum())
    return Fairness(statistic, float(chdtrc(len(seen) - 1, statistic)), int(n))


def fairness_of_all(counts: Iterable[ArrayLike]) -> Fairness | None:
    """Of items with different numbers of responses together."""
    each = [(fair, len(np.asarray(seen)) - 1) for seen in counts if (fair := fairness(seen))]
    if not each:
        return None
    statistic, degrees = sum(fair.statistic for fair, _ in each), sum(free for _, free in each)
    return Fairness(statistic, float(chdtrc(degrees, statistic)), sum(fair.n for fair, _ in each))


def needed(share: float, power: float = 0.8, level: float = 0.95) -> int:
    """Decided comparisons after which so uneven a share would be noticed, by the normal approximation."""
    sure, strong = NormalDist().inv_cdf((1 + level) / 2), NormalDist().inv_cdf(power)
    return ceil(((sure / 2 + strong * sqrt(share * (1 - share))) / (share - 0.5)) ** 2)


def noticeable(n: int, power: float = 0.8, level: float = 0.95) -> float | None:
    """The least uneven share that so many decided comparisons would show; None where not even a share of all would."""
    low, high = 0.5, 1.0
    if n == 0 or needed(high, power, level) > n:
        return None
    while high - low > 1e-4:
        middle = (low + high) / 2
        low, high = (low, middle) if needed(middle, power, level) <= n else (middle, high)
    return high
