"""How sure a share or a rate is: intervals for small counts, and what they say about a bar."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, log, sqrt
from statistics import NormalDist
from typing import Literal

import numpy as np
from scipy.special import stdtrit

from core.stats.rounding import reaches

Judgement = Literal["pass", "measuring", "below"]


@dataclass(frozen=True)
class Interval:
    """A figure, the range it lies in at the given level, and the count it rests on."""

    value: float
    low: float
    high: float
    n: int


def share(successes: float, n: int, level: float = 0.95) -> Interval | None:
    """Wilson's interval; None without observations. Part successes (a tie split) only make it wider than needed."""
    if n == 0:
        return None
    z = NormalDist().inv_cdf((1 + level) / 2)
    p = successes / n
    middle, reach = (p + z * z / (2 * n)), z * sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    scale = 1 + z * z / n
    low, high = (middle - reach) / scale, (middle + reach) / scale
    return Interval(p, min(max(low, 0.0), p), max(min(high, 1.0), p), n)  # all right is inside, whatever the last digit


def judged(found: Interval | None, bar: float) -> Judgement:
    """By the interval, never the point: pass when all of it is at the bar or above, below when none of it is."""
    if found is None:
        return "measuring"
    low, high = reaches(np.array([found.low, found.high]), bar)
    if low:
        return "pass"
    return "measuring" if high else "below"


def ratio(amounts: Sequence[float], exposures: Sequence[float], level: float = 0.95) -> Interval | None:
    """Amount for each unit of exposure over clusters, such as labels an hour over days of work.

    Jackknife over clusters on the log scale: work comes in sittings, so counting errors alone would read too narrow.
    None under three clusters.
    """
    amount, exposure = np.asarray(amounts, float), np.asarray(exposures, float)
    used = exposure > 0
    amount, exposure = amount[used], exposure[used]
    n = len(amount)
    left_amount = amount.sum() - amount
    if n < 3 or (left_amount <= 0).any():
        return None
    left_out = np.log(left_amount / (exposure.sum() - exposure))
    error = sqrt((n - 1) / n * float(((left_out - left_out.mean()) ** 2).sum()))
    reach = float(stdtrit(n - 1, (1 + level) / 2)) * error
    value = float(amount.sum() / exposure.sum())
    return Interval(value, exp(log(value) - reach), exp(log(value) + reach), n)


def mean(values: Sequence[float], level: float = 0.95) -> Interval | None:
    """Student's interval of a mean, never below 0 for counts; None under three values."""
    sample = np.asarray(values, float)
    n = len(sample)
    if n < 3:
        return None
    reach = float(stdtrit(n - 1, (1 + level) / 2)) * float(sample.std(ddof=1)) / sqrt(n)
    value = float(sample.mean())
    return Interval(value, max(value - reach, 0.0), value + reach, n)
