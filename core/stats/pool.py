"""Alpha as a statement about the pool, by leaving out each item and each person once: one pass over the labels."""

from dataclasses import dataclass, replace
from math import sqrt

import numpy as np
from scipy.special import stdtrit

from core.stats.agreement import Agreement
from core.stats.labels import Floats, Labels
from core.stats.pairs import ONE_PAIR_OF_HANDS
from core.stats.rounding import size_of


def alpha_left_out(labels: Labels, distance: Floats, known: Agreement, level: float = 0.95) -> Agreement:
    """As `pairs.alpha_of_pool`, for projects in which drawing again takes too long; `known` is alpha over the items alone.

    The spread over items and that over people add up; few people: Student's t with W - 1 degrees.
    """
    people = np.flatnonzero(labels.per_annotator)
    if known.value is None or len(people) < 2:
        return replace(known, low=None, high=None, interval=None, why=known.why or ONE_PAIR_OF_HANDS)
    sums = _Sums.of(labels, distance / size_of(distance))
    variance = _spread(sums.alpha(sums.total - sums.items)) + _spread(sums.alpha(sums.total + sums.people[people]))
    reach = float(stdtrit(len(people) - 1, (1 + level) / 2)) * sqrt(variance)
    low, high = max(known.value - reach, -1.0), min(known.value + reach, 1.0)
    return replace(known, low=low, high=high, interval="jackknife over items and people")


@dataclass(frozen=True)
class _Sums:
    """Disagreement within items, then labels of each class: what each paired item adds, and what a person's absence changes."""

    items: Floats
    people: Floats
    distance: Floats

    @classmethod
    def of(cls, labels: Labels, distance: Floats) -> "_Sums":
        counts, m = labels.counts, labels.per_item
        further = counts @ distance
        apart = (further * counts).sum(axis=1)
        paired = m >= 2
        rows = np.column_stack([apart[paired] / (m[paired] - 1), counts[paired]])
        return cls(rows, _absences(labels, apart, further), distance)

    @property
    def total(self) -> Floats:
        return np.asarray(self.items.sum(axis=0))

    def alpha(self, sums: Floats) -> Floats:
        """NaN where nothing is left to disagree about."""
        marginal = sums[:, 1:]
        by_chance = ((marginal @ self.distance) * marginal).sum(axis=1)
        observed = sums[:, 0] * (marginal.sum(axis=1) - 1)
        share = np.divide(observed, by_chance, out=np.full(len(sums), np.nan), where=by_chance > 1e-9)
        return np.asarray(1 - share)


def _absences(labels: Labels, apart: Floats, further: Floats) -> Floats:
    """People x (disagreement, classes). An item of two labels that loses one is no longer paired: it takes the other along."""
    m = labels.per_item[labels.item]
    rows = m >= 2
    item, code, who, m = labels.item[rows], labels.code[rows], labels.annotator[rows], m[rows]
    rest = (apart[item] - 2 * further[item, code]) / np.maximum(m - 2, 1)
    change = np.where(m > 2, rest, 0) - apart[item] / (m - 1)
    both = np.bincount(labels.item, labels.code, labels.items).astype(np.int64)
    lone = m == 2
    cells = np.concatenate([who * labels.classes + code, (who * labels.classes + both[item] - code)[lone]])
    lost = np.bincount(cells, minlength=labels.annotators * labels.classes).reshape(labels.annotators, labels.classes)
    return np.column_stack([np.bincount(who, change, labels.annotators), -lost])


def _spread(left_out: Floats) -> float:
    found = left_out[np.isfinite(left_out)]
    return (len(found) - 1) / max(len(found), 1) * float(((found - found.mean()) ** 2).sum()) if len(found) else 0.0
