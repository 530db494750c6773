"""How near the answers of each two people are on the items that both labelled, by any nearness of two answers."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from core.stats import people
from core.stats.labels import Codes, Floats, Labels

Near = Callable[[Codes, Codes], Floats]
"""Of two columns of codes: 1 where they are the same, 0 where they could not be further apart."""


@dataclass(frozen=True)
class Nearness:
    """People x people; NaN where two share no item. `shrunk` leans on what all pairs have in common while there is little."""

    shared: Codes
    value: Floats
    shrunk: Floats
    low: Floats
    high: Floats


def between(labels: Labels, near: Near) -> Nearness:
    shared, total = _summed(labels, near)
    value = np.divide(total, shared, out=np.full(shared.shape, np.nan), where=shared > 0)
    left, right = np.triu_indices(labels.annotators, 1)
    found = people.accuracy(total[left, right], shared[left, right])
    shrunk, low, high = (_symmetric(column, labels.annotators) for column in (found.value, found.low, found.high))
    return Nearness(shared, value, shrunk, low, high)


def _summed(labels: Labels, near: Near) -> tuple[Codes, Floats]:
    """Each label beside the next of its item, then the one after that, and so on: as many steps as an item has labels."""
    order = np.argsort(labels.item, kind="stable")
    item, who, code = labels.item[order], labels.annotator[order], labels.code[order]
    size = labels.annotators
    shared, total = np.zeros(size * size, dtype=np.int64), np.zeros(size * size)
    for step in range(1, int(labels.per_item.max(initial=0))):
        at = np.flatnonzero(item[step:] == item[:-step])
        cell = who[at] * size + who[at + step]
        shared += np.bincount(cell, minlength=size * size)
        total += np.bincount(cell, near(code[at], code[at + step]), size * size)
    square = shared.reshape(size, size), total.reshape(size, size)
    return square[0] + square[0].T, square[1] + square[1].T


def _symmetric(upper: Floats, size: int) -> Floats:
    found = np.full((size, size), np.nan)
    left, right = np.triu_indices(size, 1)
    found[left, right] = found[right, left] = upper
    return found
