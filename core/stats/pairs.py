"""Agreement person by person, and what it says about the pool that the people were drawn from."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.sparse import csr_matrix
from scipy.special import stdtrit

from core.errors import N_
from core.stats.agreement import NO_PAIRS, Agreement, alpha_matrix, tabled
from core.stats.labels import Codes, Floats, Labels

ONE_PAIR_OF_HANDS = N_("One annotator is not enough to describe a pool of annotators.")


@dataclass(frozen=True)
class PeoplePairs:
    """One row for each two people who share an item. Kappa is NaN where both gave one and the same answer throughout."""

    left: Codes
    right: Codes
    shared: Codes
    agreement: Floats
    kappa: Floats


def between_people(labels: Labels) -> PeoplePairs:
    """Share of equal labels on shared items, and Cohen's kappa there."""
    given = [_marks(labels, code) for code in range(labels.classes)]
    seen = _marks(labels, None)
    shared = _product(seen, seen)
    left, right = np.nonzero(np.triu(shared, 1))
    n = shared[left, right]
    same, chance = np.zeros(len(n)), np.zeros(len(n))
    for marks in given:
        same += _product(marks, marks)[left, right]
        on_shared = _product(marks, seen)
        chance += on_shared[left, right] * on_shared[right, left]
    agreement, expected = same / n, chance / n**2
    kappa = np.divide(agreement - expected, 1 - expected, out=np.full(len(n), np.nan), where=expected < 1)
    return PeoplePairs(left, right, n.astype(np.int64), agreement, kappa)


def alpha_of_pool(
    labels: Labels, distance: Floats, rng: np.random.Generator, *, resamples: int = 500, level: float = 0.95
) -> Agreement:
    """Alpha with an interval for other items *and* other people of the same pool: both are drawn again.

    Two draws of one person are never compared with each other. Few people: Student's t with W - 1 degrees.
    """
    known = alpha_matrix(tabled(labels), distance, measure="alpha, pool")
    people = np.flatnonzero(labels.per_annotator)
    if known.value is None or len(people) < 2:
        return _without_interval(known, known.why or ONE_PAIR_OF_HANDS)
    drawn = np.array([_drawn_alpha(labels, distance, people, rng) for _ in range(resamples)])
    usable = drawn[np.isfinite(drawn)]
    if len(usable) < resamples / 2:
        return _without_interval(known, NO_PAIRS)
    few = len(people) / (len(people) - 1)
    reach = float(stdtrit(len(people) - 1, (1 + level) / 2)) * float(usable.std(ddof=1)) * few**0.5
    low, high = max(known.value - reach, -1.0), min(known.value + reach, 1.0)
    how: Literal["bootstrap over items and people"] = "bootstrap over items and people"
    return Agreement(
        known.measure, known.value, low, high, known.units, known.pairs, how, known.observed, known.expected
    )


def _without_interval(known: Agreement, why: str) -> Agreement:
    return Agreement(known.measure, known.value, None, None, known.units, known.pairs, why=why)


def _marks(labels: Labels, code: int | None) -> csr_matrix:
    rows = np.arange(len(labels)) if code is None else np.flatnonzero(labels.code == code)
    shape = (labels.annotators, labels.items)
    return csr_matrix((np.ones(len(rows)), (labels.annotator[rows], labels.item[rows])), shape=shape)


def _product(left: csr_matrix, right: csr_matrix) -> Floats:
    return np.asarray((left @ right.T).todense())


def _drawn_alpha(labels: Labels, distance: Floats, people: Codes, rng: np.random.Generator) -> float:
    times = np.zeros(labels.annotators)
    times[people] = rng.multinomial(len(people), np.full(len(people), 1 / len(people)))
    often = rng.multinomial(labels.items, np.full(labels.items, 1 / labels.items))
    weight = times[labels.annotator]
    cells = np.bincount(labels.item * labels.classes + labels.code, weight, labels.items * labels.classes)
    table = cells.reshape(labels.items, labels.classes)
    total = table.sum(axis=1)
    pairs = total**2 - np.bincount(labels.item, weight**2, labels.items)
    used = (pairs > 0) & (often > 0)
    return _weighted_alpha(table[used], often[used] * 1.0, total[used], pairs[used], distance)


def _weighted_alpha(table: Floats, often: Floats, total: Floats, pairs: Floats, distance: Floats) -> float:
    """Each item's mean disagreement between different people, against that between any two labels of all items."""
    marginal = often @ table
    n = marginal.sum()
    expected = marginal @ distance @ marginal
    if n < 2 or expected <= 0:
        return float("nan")
    apart = np.einsum("uc,ck,uk->u", table, distance, table, optimize=True)
    return float(1 - (often * total / pairs) @ apart / n / (expected / (n * (n - 1))))
