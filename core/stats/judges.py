"""Whether a machine judge may stand in for a person, and what its labels add to an estimate."""

from dataclasses import dataclass
from math import sqrt

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import stdtr, stdtrit

from core.errors import N_
from core.stats.intervals import Interval
from core.stats.labels import MISSING, Codes, Flags, Floats, Labels, numbers
from core.stats.rounding import negligible, reaches, size_of

EPSILON = {"experts": 0.2, "skilled": 0.15, "crowd": 0.1}
"""The cost-benefit margin of Calderon et al. (2025); state it before looking."""
ITEMS_A_PERSON, FALSE_DISCOVERIES, PASS = 30, 0.05, 0.5
TOO_FEW_ITEMS = N_("No annotator has 30 items that the machine judge and another annotator also labelled.")
TOO_FEW_PEOPLE = N_("The test needs three annotators; with fewer, one of them decides the result.")


@dataclass(frozen=True)
class AltTest:
    """`winning` is the share of people whom the judge may replace; it passes at one half. `advantage` is how often the
    judge is at least as near to the others as a person is, on average; it ranks judges."""

    winning: float | None
    advantage: float | None
    passed: bool | None
    epsilon: float
    annotators: int
    replaced: Codes
    chance: Floats
    why: str | None = None
    each: "Each | None" = None


@dataclass(frozen=True)
class Each:
    """Of everybody who shares an item with the judge and another person: how many such items, and on what share of them
    the judge, and the person, is at least as near to the others as the other is."""

    annotator: Codes
    n: Codes
    judge: Floats
    person: Floats
    reach: Floats
    """Half the width of the interval of the difference between the two shares; NaN under two items."""


def alt_test(labels: Labels, judge: Codes, epsilon: float, *, at_least: int = ITEMS_A_PERSON) -> AltTest:
    """`judge` has a class for each item, -1 without one. A person counts with `at_least` items shared with others."""
    counts, others = labels.counts, labels.per_item[labels.item] - 1
    used = (others > 0) & (judge[labels.item] != MISSING)
    item, code = labels.item[used], labels.code[used]
    own = counts[item, code] - 1
    guess = counts[item, judge[item]] - (judge[item] == code)
    return _tested(labels.annotator[used], guess - own, labels.annotators, epsilon, at_least)


def alt_test_of_scores(
    item: Codes,
    annotator: Codes,
    scores: ArrayLike,
    judge: ArrayLike,
    epsilon: float,
    *,
    at_least: int = ITEMS_A_PERSON,
) -> AltTest:
    """The same by root mean squared distance to the others' scores; `judge` has a score for each item, NaN without."""
    values, machine = numbers(scores), np.asarray(judge, dtype=np.float64)
    middle = values.mean() if len(values) else 0.0  # squares of far-off numbers would eat the digits
    unit = size_of(values - middle)
    values, machine = (values - middle) / unit, (machine - middle) / unit
    items = len(machine)
    n, total, squares = (np.bincount(item, values**power, items)[item] for power in range(3))
    used = (n > 1) & np.isfinite(machine[item])
    others, mean, square = (n - 1.0)[used], (total - values)[used], (squares - values**2)[used]
    own, guess = (_distance(x[used], others, mean, square) for x in (values, machine[item]))
    people = int(annotator.max(initial=-1)) + 1
    return _tested(annotator[used], np.where(np.abs(own - guess) < 1e-9, 0, own - guess), people, epsilon, at_least)


def _distance(value: Floats, n: Floats, total: Floats, squares: Floats) -> Floats:
    return np.asarray(np.sqrt(np.maximum(value**2 - 2 * value * total / n + squares / n, 0)))


def _tested(annotator: Codes, gain: Floats, people: int, epsilon: float, at_least: int) -> AltTest:
    """`gain` > 0 where the judge is nearer to the others than the person is."""
    each = _each(annotator, gain, people)
    tested = each.annotator[each.n >= at_least]
    if len(tested) == 0:
        return AltTest(None, None, None, epsilon, 0, tested, np.zeros(0), TOO_FEW_ITEMS, each)
    lost = (gain <= 0) * 1.0 - (gain >= 0)
    chance = np.array([_below(lost[annotator == person], epsilon) for person in tested])
    rejected = _benjamini_yekutieli(chance, FALSE_DISCOVERIES)
    winning, advantage = float(rejected.mean()), float(each.judge[each.n >= at_least].mean())
    why = TOO_FEW_PEOPLE if len(tested) < 3 else None
    return AltTest(winning, advantage, winning >= PASS, epsilon, len(tested), tested[rejected], chance, why, each)


def _each(annotator: Codes, gain: Floats, people: int) -> Each:
    n = np.bincount(annotator, minlength=people)
    who = np.flatnonzero(n)
    judge, person = (np.bincount(annotator, ahead, people)[who] / n[who] for ahead in (gain >= 0, gain <= 0))
    squares = np.bincount(annotator, np.sign(gain) ** 2, people)[who] - n[who] * (judge - person) ** 2
    few = np.maximum(n[who] - 1, 1)
    error = np.sqrt(np.maximum(squares, 0) / few / n[who])
    return Each(who, n[who], judge, person, np.where(n[who] > 1, stdtrit(few, 0.975) * error, np.nan))


def _below(lost: Floats, epsilon: float) -> float:
    """The chance of such a mean if it were epsilon: one-sided t, or Wilcoxon's signed ranks under 30 items."""
    if len(lost) < ITEMS_A_PERSON:
        from scipy.stats import wilcoxon

        return float(wilcoxon(lost - epsilon, alternative="less").pvalue)
    error = float(lost.std(ddof=1)) / sqrt(len(lost))
    if negligible(error, 1.0):
        return 1.0 if reaches(lost.mean(), epsilon) else 0.0
    return float(stdtr(len(lost) - 1, (lost.mean() - epsilon) / error))


def _benjamini_yekutieli(chance: Floats, rate: float) -> Flags:
    m = len(chance)
    place = np.arange(1, m + 1)
    order = np.argsort(chance, kind="stable")
    under = np.flatnonzero(chance[order] <= rate * place / (m * (1 / place).sum()))
    found = np.zeros(m, bool)
    found[order[: under[-1] + 1 if len(under) else 0]] = True
    return found


def predicted_mean(judge: ArrayLike, judged_too: ArrayLike, human: ArrayLike, level: float = 0.95) -> Interval | None:
    """Prediction-powered: the judge's mean over items without human values, corrected by human minus judge where both are.

    Never wrong because the judge is; only wider. None under two items on either side.
    """
    alone, both, known = (numbers(values) for values in (judge, judged_too, human))
    if len(alone) < 2 or len(both) < 2:
        return None
    away = known - both
    error = sqrt(float(alone.var(ddof=1)) / len(alone) + float(away.var(ddof=1)) / len(away))
    value = float(alone.mean() + away.mean())
    reach = float(stdtrit(min(len(alone), len(away)) - 1, (1 + level) / 2)) * error
    return Interval(value, value - reach, value + reach, len(away))
