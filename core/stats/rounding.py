"""Where a computed figure differs by rounding alone: held against the size of what it was worked out from."""

import numpy as np

from core.stats.labels import Flags, Floats

NOISE = 1e-12
"""Of the size of the numbers that went in: far above what sums of a million floats lose, far below what anybody measures."""


def negligible(amount: float, size: float) -> bool:
    """Whether an amount is nothing but rounding, for numbers of this size."""
    return bool(abs(amount) <= NOISE * abs(size))


def reaches(found: Floats, bar: float) -> Flags:
    """At the bar or above it, though the last digits fell short."""
    return np.asarray(found >= bar - NOISE * np.maximum(np.abs(found), abs(bar)))


def size_of(values: Floats) -> float:
    """The largest magnitude; 1 for nothing but zeros, so that it can divide."""
    return float(np.abs(values).max(initial=0)) or 1.0
