"""The one form that all statistics start from: who gave which item which code, as three columns."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import coo_matrix, csr_matrix

from core.errors import N_, InvalidInput

Codes = NDArray[np.int64]
Floats = NDArray[np.floating[Any]]
Flags = NDArray[np.bool_]

MISSING = -1
UNEVEN = N_("Items, annotators and labels must be columns of one length.")
NOT_CODES = N_("Items and annotators must be counted from 0, and labels be codes of the scale.")
NOT_NUMBERS = N_("A score is not a number; leave it out instead.")


@dataclass(frozen=True)
class Labels:
    """One row a label. `repeats` counts second labels of one person for one item, which are left out.

    The tables are made once and shared: never write into them.
    """

    item: Codes
    annotator: Codes
    code: Codes
    items: int
    annotators: int
    classes: int
    repeats: int = 0

    @classmethod
    def of(
        cls,
        item: ArrayLike,
        annotator: ArrayLike,
        code: ArrayLike,
        *,
        items: int | None = None,
        annotators: int | None = None,
        classes: int | None = None,
    ) -> Self:
        """Rows with a missing code (-1) are dropped; of several labels by one person for one item the first counts."""
        columns = [_codes(column) for column in (item, annotator, code)]
        if len({len(column) for column in columns}) > 1:
            raise InvalidInput(UNEVEN)
        if len(columns[2]) and columns[2].min() == MISSING:
            columns = [column[columns[2] != MISSING] for column in columns]
        sizes = [_size(column, given) for column, given in zip(columns, (items, annotators, classes), strict=True)]
        kept = _firsts(columns[0], columns[1], sizes[0], sizes[1])
        repeats = len(columns[0]) - len(kept)
        rows = columns if repeats == 0 else [column[kept] for column in columns]
        return cls(rows[0], rows[1], rows[2], sizes[0], sizes[1], max(sizes[2], 1), repeats)

    def __len__(self) -> int:
        return len(self.item)

    def subset(self, rows: NDArray[Any]) -> "Labels":
        sizes = (self.items, self.annotators, self.classes)
        return Labels(self.item[rows], self.annotator[rows], self.code[rows], *sizes)

    @cached_property
    def counts(self) -> Floats:
        """Labels of each class on each item (items x classes)."""
        size = self.items * self.classes
        return np.bincount(self.item * self.classes + self.code, minlength=size).reshape(self.items, self.classes) * 1.0

    @cached_property
    def per_item(self) -> Floats:
        return np.bincount(self.item, minlength=self.items) * 1.0

    @cached_property
    def per_annotator(self) -> Floats:
        return np.bincount(self.annotator, minlength=self.annotators) * 1.0

    @cached_property
    def incidence(self) -> csr_matrix:
        """Items x (annotator, class), a one where the annotator gave the item that class."""
        column = self.annotator * self.classes + self.code
        shape = (self.items, self.annotators * self.classes)
        return csr_matrix((np.ones(len(self)), (self.item, column)), shape=shape)


def coded(values: Sequence[Any]) -> tuple[Codes, tuple[Any, ...]]:
    """Codes in order of the sorted distinct values, and those values; None is missing."""
    names = sorted({value for value in values if value is not None})
    place = {name: at for at, name in enumerate(names)}
    return np.array([MISSING if value is None else place[value] for value in values], dtype=np.int64), tuple(names)


def numbers(values: ArrayLike) -> Floats:
    found = np.asarray(values, dtype=np.float64)
    if not np.isfinite(found).all():
        raise InvalidInput(NOT_NUMBERS)
    return found


def _codes(column: ArrayLike) -> Codes:
    found = np.asarray(column)
    if found.size == 0:
        return np.zeros(0, dtype=np.int64)
    if found.ndim != 1 or not np.issubdtype(found.dtype, np.integer):
        raise InvalidInput(NOT_CODES)
    return found.astype(np.int64, copy=False)


def _size(column: Codes, given: int | None) -> int:
    needed = int(column.max(initial=-1)) + 1
    if column.min(initial=0) < 0 or (given is not None and needed > given):
        raise InvalidInput(NOT_CODES)
    return needed if given is None else given


def _firsts(item: Codes, annotator: Codes, items: int, annotators: int) -> Codes:
    """A table of items x annotators sees far faster than sorting whether anybody labelled an item twice; mostly nobody did."""
    given = coo_matrix((np.ones(len(item), np.int8), (item, annotator)), shape=(items, annotators))
    if given.tocsr().nnz == len(item):
        return np.arange(len(item))
    _, first = np.unique(item * max(annotators, 1) + annotator, return_index=True)
    return np.sort(first)
