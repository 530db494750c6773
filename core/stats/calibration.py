"""Whether "90 % sure" is right nine times in ten: one temperature from gold, and how well doubt finds the errors."""

from dataclasses import dataclass

import numpy as np

from core.stats.labels import MISSING, Codes, Flags, Floats
from core.stats.truth import Posterior, temper

UNTIL_MEASURED = 0.5
ENOUGH_GOLD = 50
COLDEST, HOTTEST = 0.02, 5.0


@dataclass(frozen=True)
class Calibration:
    """The power that posteriors are raised to; fitted on `gold_items`, or the default until there are enough."""

    temperature: float
    gold_items: int
    fitted: bool


@dataclass(frozen=True)
class Detection:
    """How well low confidence finds wrong items: chance of ranking a wrong one first, and gain in the first tenth."""

    auroc: float
    lift: float
    wrong: int
    n: int


def calibrate(posterior: Posterior, gold: Codes) -> Calibration:
    """`posterior` must hold gold items as if their gold were unknown (grading.held_out)."""
    rows = np.flatnonzero((gold != MISSING) & posterior.known)
    if len(rows) < ENOUGH_GOLD:
        return Calibration(UNTIL_MEASURED, len(rows), False)
    probability, truth = posterior.probability[rows], gold[rows]

    from scipy.optimize import minimize_scalar

    def surprise(log_temperature: float) -> float:
        right = temper(probability, float(np.exp(log_temperature)))[np.arange(len(rows)), truth]
        return float(-np.log(np.maximum(right, 1e-300)).mean())

    found = minimize_scalar(surprise, bounds=(np.log(COLDEST), np.log(HOTTEST)), method="bounded")
    return Calibration(float(np.exp(found.x)), len(rows), True)


def calibration_error(confidence: Floats, right: Floats, bins: int = 10) -> float | None:
    """Expected calibration error: |share right - mean confidence| over equal bins of confidence, weighted by size."""
    if len(confidence) == 0:
        return None
    place = np.minimum((confidence * bins).astype(np.int64), bins - 1)
    gap = np.bincount(place, right, bins) - np.bincount(place, confidence, bins)
    return float(np.abs(gap).sum() / len(confidence))


def detection(confidence: Floats, right: Flags, first: float = 0.1) -> Detection | None:
    """None while nothing, or everything, is wrong."""
    wrong, n = int((~right).sum()), len(right)
    confidence = confidence.round(12)  # equal but for rounding is equal
    if wrong in (0, n):
        return None
    doubt = _midranks(-confidence)
    auroc = (doubt[~right].sum() - wrong * (wrong + 1) / 2) / (wrong * (n - wrong))
    looked = max(1, round(n * first))
    return Detection(float(auroc), _found_first(confidence, right, looked) / (wrong / n), wrong, n)


def _found_first(confidence: Floats, right: Flags, looked: int) -> float:
    """Share wrong among the least confident, ties at the edge counted as their average."""
    edge = np.sort(confidence)[looked - 1]
    below, tied = confidence < edge, confidence == edge
    sure = (~right[below]).sum() + (looked - below.sum()) * (~right[tied]).mean()
    return float(sure / looked)


def _midranks(values: Floats) -> Floats:
    _, place, often = np.unique(values, return_inverse=True, return_counts=True)
    return np.asarray((often.cumsum() - (often - 1) / 2)[place])
