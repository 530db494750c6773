"""One value from several on scales and for answers without classes: bias-adjusted means and weighted medoids."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import stdtrit

from core.errors import N_
from core.stats.labels import Codes, Flags, Floats, Labels, numbers
from core.stats.rounding import NOISE, size_of

BIAS_STRENGTH, SPREAD_STRENGTH = 3.0, 5.0
"""How many scores a person's bias and spread need before they weigh as much as the team's."""
NO_SCORES = N_("There are no scores yet.")


@dataclass(frozen=True)
class Scores:
    """Items' values with 95 % intervals (NaN without scores), and each person's bias and spread about them."""

    value: Floats
    low: Floats
    high: Floats
    bias: Floats
    spread: Floats
    labels: Codes
    why: str | None = None


def plain_mean(item: Codes, values: ArrayLike, items: int, annotators: int) -> Scores:
    """Intervals from the spread within items, pooled over all of them."""
    scores = numbers(values)
    n = np.bincount(item, minlength=items)
    value = np.divide(np.bincount(item, scores, items), n, out=np.full(items, np.nan), where=n > 0)
    freedom = int(np.maximum(n - 1, 0).sum())
    reach = np.full(items, np.nan)
    if freedom:
        spread = np.sqrt(((scores - value[item]) ** 2).sum() / freedom)
        reach[n > 0] = float(stdtrit(freedom, 0.975)) * spread / np.sqrt(n[n > 0])
    nobody = np.full(annotators, np.nan)
    return Scores(
        value, value - reach, value + reach, np.zeros(annotators), nobody, n, None if len(scores) else NO_SCORES
    )


def adjusted_mean(
    item: Codes, annotator: Codes, values: ArrayLike, items: int, annotators: int, *, rounds: int = 50
) -> Scores:
    """score = item + person's bias + noise of the person's own spread; both shrunk to the team's, which has bias 0."""
    scores = numbers(values)
    n = np.bincount(item, minlength=items)
    if len(scores) == 0:
        blank = np.full(items, np.nan)
        return Scores(blank, blank, blank, np.zeros(annotators), np.full(annotators, np.nan), n, NO_SCORES)
    bias: Floats = np.zeros(annotators)
    variance: Floats = np.ones(annotators)
    value: Floats = np.zeros(items)
    given = np.bincount(annotator, minlength=annotators)
    least = NOISE * size_of(scores) ** 2
    for _ in range(rounds):
        weight = (1 / variance)[annotator]
        total = np.bincount(item, weight, items)
        before, value = value, np.bincount(item, weight * (scores - bias[annotator]), items) / np.maximum(total, 1e-300)
        away = scores - value[item]
        bias = np.bincount(annotator, away, annotators) / (given + BIAS_STRENGTH)
        bias -= (given @ bias) / given.sum()
        variance = _variances(annotator, away - bias[annotator], 1 - weight / total[item], given, least)
        if np.abs(value - before).max() <= 1e-6 * np.ptp(scores):
            break
    precision = np.bincount(item, 1 / variance[annotator], items) * 1.0
    return _with_intervals(value, precision, bias, variance, n)


def _variances(annotator: Codes, left: Floats, freedom: Floats, given: Codes, least: float) -> Floats:
    """Residuals are too small where a person's own score made the value: what is left over is divided by its share."""
    shared = freedom > 1e-9
    if not shared.any():
        return np.ones(len(given))
    team = max(float((left[shared] ** 2).sum() / freedom[shared].sum()), least)
    own = np.bincount(annotator, np.where(shared, left**2, 0), len(given))
    counted = np.bincount(annotator, np.where(shared, freedom, 0), len(given))
    return np.asarray((own + SPREAD_STRENGTH * team) / (counted + SPREAD_STRENGTH))


def _with_intervals(value: Floats, precision: Floats, bias: Floats, variance: Floats, n: Codes) -> Scores:
    seen = n > 0
    error = np.full(len(n), np.nan)
    if (n > 1).any():
        error[seen] = float(stdtrit(SPREAD_STRENGTH + (n[seen] - 1).mean(), 0.975)) / np.sqrt(precision[seen])
    shown = np.where(seen, value, np.nan)
    return Scores(shown, shown - error, shown + error, bias, np.sqrt(variance), n)


@dataclass(frozen=True)
class Means:
    """Posterior mean of an ordered scale with the classes' numbers, and the central 95 % of its probability."""

    value: Floats
    low: Floats
    high: Floats


def posterior_mean(probability: Floats, values: ArrayLike, level: float = 0.95) -> Means:
    """`values` ascend."""
    scale = numbers(values)
    reached = probability.cumsum(axis=1)
    low = (reached < (1 - level) / 2 - 1e-12).sum(axis=1)
    high = (reached < (1 + level) / 2 - 1e-12).sum(axis=1)
    top = len(scale) - 1
    return Means(probability @ scale, scale[np.minimum(low, top)], scale[np.minimum(high, top)])


@dataclass(frozen=True)
class Medoids:
    """The answer nearest to all others of its item: class (-1 without labels), mean distance to them, and ties."""

    code: Codes
    distance: Floats
    tied: Flags


def medoids(labels: Labels, distance: Floats, weight: Floats | None = None) -> Medoids:
    """Only answers that somebody gave to the item are candidates; `weight` is each person's say."""
    say = np.ones(len(labels)) if weight is None else weight[labels.annotator]
    size = labels.items * labels.classes
    votes = np.bincount(labels.item * labels.classes + labels.code, say, size).reshape(labels.items, labels.classes)
    total = votes.sum(axis=1)
    cost = np.where(labels.counts > 0, votes @ distance, np.inf)
    best, given = cost.min(axis=1, initial=np.inf), labels.per_item > 0
    code = np.where(given, cost.argmin(axis=1) if cost.shape[1] else 0, -1)
    mean = np.divide(best, total, out=np.full(labels.items, np.nan), where=given & (total > 0))
    with np.errstate(invalid="ignore"):
        tied = given & ((cost <= best[:, None] + 1e-12).sum(axis=1) > 1)
    return Medoids(code, mean, tied)


def medoid(distance: Floats, weight: Floats | None = None) -> int:
    """The place of the answer nearest to all others, of one item; the first of equals."""
    say = np.ones(len(distance)) if weight is None else weight
    return int((distance @ say).argmin())
