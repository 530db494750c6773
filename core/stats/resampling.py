"""Intervals for figures that are functions of sums over items: leave-one-out, and weights over distinct items."""

from collections.abc import Callable
from dataclasses import dataclass
from math import sqrt

import numpy as np
from scipy.special import stdtrit

from core.stats.labels import Floats

Range = tuple[float, float]


@dataclass(frozen=True)
class Statistic:
    """`value` of the weighted sum of `rows`, where `weight` says how many items look like each row.

    `worst` is how much the figure falls when every item disagrees fully; it bounds what zero disagreements can prove.
    """

    rows: Floats
    weight: Floats
    value: Callable[[Floats], Floats]
    worst: float = 1.0

    @property
    def n(self) -> int:
        return int(self.weight.sum())

    def whole(self) -> float:
        return float(self.value(self.weight @ self.rows))


def jackknife(figure: Statistic, level: float = 0.95, floor: float = 0.0) -> Range | None:
    """Leave one item out at a time; None under two items."""
    n = figure.n
    if n < 2:
        return None
    left_out = figure.value(figure.weight @ figure.rows - figure.rows)
    middle = figure.weight @ left_out / n
    error = sqrt((n - 1) / n * float(figure.weight @ (left_out - middle) ** 2))
    reach = float(stdtrit(n - 1, (1 + level) / 2)) * error
    return _around(figure, reach if reach > 1e-12 else unseen(n, level) * figure.worst, floor)


def bootstrap(
    figure: Statistic, rng: np.random.Generator, *, resamples: int = 1000, level: float = 0.95, floor: float = 0.0
) -> Range | None:
    """Draw whole items again, as multinomial weights over the distinct ones; percentiles. None under two items."""
    n = figure.n
    if n < 2:
        return None
    drawn = figure.value(_resampled(figure, rng, resamples))
    low, high = np.quantile(drawn, [(1 - level) / 2, (1 + level) / 2])
    if high - low < 1e-12:
        return _around(figure, unseen(n, level) * figure.worst, floor)
    return float(low), float(high)


def unseen(n: int, level: float) -> float:
    """The largest share that n items without a single case still allow."""
    return float(1 - ((1 - level) / 2) ** (1 / n))


def _resampled(figure: Statistic, rng: np.random.Generator, resamples: int) -> Floats:
    n, share = figure.n, figure.weight / figure.weight.sum()
    block = max(1, 20_000_000 // max(len(share), 1))
    sizes = [min(block, resamples - start) for start in range(0, resamples, block)]
    return np.concatenate([rng.multinomial(n, share, size=size) @ figure.rows for size in sizes])


def _around(figure: Statistic, reach: float, floor: float) -> Range:
    value = figure.whole()
    return max(value - reach, min(floor, value)), min(value + reach, 1.0)
