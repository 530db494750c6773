"""How far people agree beyond chance: percent, Krippendorff's alpha on any scale, Gwet's AC, agreement on one class."""

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from core.errors import N_
from core.stats import distances, resampling
from core.stats.labels import Codes, Flags, Floats, Labels, numbers
from core.stats.resampling import Statistic
from core.stats.rounding import negligible, size_of

NO_LABELS = N_("There are no labels yet.")
NO_PAIRS = N_("No item has labels by two annotators, so nothing can be compared.")
ONE_ANSWER = N_("All answers are the same, so chance-corrected agreement is not defined.")
ONE_CLASS = N_("The scale has only one class, so chance-corrected agreement is not defined.")
CLASS_NOT_USED = N_("This answer was never given to an item with two labels.")
ONE_UNIT = N_("Only one item has labels by two annotators, too few for an interval.")
FEW = 1 << 22
"""Numbers that are counted without sorting."""

Spread = Literal[
    "jackknife over items",
    "bootstrap over items",
    "jackknife over items and people",
    "bootstrap over items and people",
]
"""What was left out or drawn again to find an interval."""


@dataclass(frozen=True)
class Agreement:
    """A figure with its interval; without one, `why` says what is missing. `units` are items with two labels."""

    measure: str
    value: float | None
    low: float | None
    high: float | None
    units: int
    pairs: int
    interval: Spread | None = None
    observed: float | None = None
    expected: float | None = None
    why: str | None = None


@dataclass(frozen=True)
class Table:
    """The distinct ways in which an item was labelled (patterns x classes), and how many items were."""

    patterns: Floats
    weight: Floats

    @property
    def per_item(self) -> Floats:
        return np.asarray(self.patterns.sum(axis=1))

    @property
    def classes(self) -> int:
        return int(self.patterns.shape[1])

    def paired(self) -> "Table":
        rows = self.per_item >= 2
        return Table(self.patterns[rows], self.weight[rows])

    @property
    def units(self) -> int:
        return int(self.weight[self.per_item >= 2].sum())

    @property
    def pairs(self) -> int:
        return int(self.weight @ (self.per_item * (self.per_item - 1) / 2))


def tabled(labels: Labels) -> Table:
    counts = labels.counts
    top = int(counts.max(initial=0)) + 1
    patterns, weight = _counted(counts, top) if top**labels.classes <= FEW else _distinct(counts, top)
    used = patterns.sum(axis=1) > 0
    return Table(patterns[used], weight[used])


def _counted(counts: Floats, top: int) -> tuple[Floats, Floats]:
    """Distinct rows and how often each occurs, read as numbers whose digits they are: nothing is sorted."""
    place = top ** np.arange(counts.shape[1], dtype=np.int64)
    often = np.bincount((counts @ (place * 1.0)).astype(np.int64))
    seen = np.flatnonzero(often)
    return (seen[:, None] // place % top) * 1.0, often[seen] * 1.0


def _distinct(counts: Floats, top: int) -> tuple[Floats, Floats]:
    """The same where there are too many numbers to count them."""
    exact = counts.size and top ** counts.shape[1] < 2**62
    keys = counts.astype(np.int64) @ (
        top ** np.arange(counts.shape[1], dtype=np.int64) if exact else _marks(counts.shape[1])
    )
    _, first, back, weight = np.unique(keys, return_index=True, return_inverse=True, return_counts=True)
    if not exact and (counts != counts[first][back]).any():
        _, first, weight = np.unique(counts, axis=0, return_index=True, return_counts=True)
    return counts[first], weight * 1.0


def _marks(classes: int) -> Codes:
    """Sums of these tell rows of counts apart, all but surely: many times faster than to sort whole rows."""
    return np.random.default_rng(0).integers(2**62, size=classes)


def percent(table: Table, rng: np.random.Generator | None = None) -> Agreement:
    """The share of pairs of labels on one item that are equal."""
    found = table.paired()
    m, same = found.per_item, (found.patterns * (found.patterns - 1)).sum(axis=1)
    rows = np.column_stack([same, m * (m - 1)])
    return _reported("percent", Statistic(rows, found.weight, _ratio), table, rng, "")


def alpha_nominal(table: Table, rng: np.random.Generator | None = None) -> Agreement:
    return alpha_matrix(table, distances.nominal(table.classes), rng, measure="alpha, nominal")


def alpha_interval(table: Table, values: ArrayLike, rng: np.random.Generator | None = None) -> Agreement:
    """`values` are the classes' numbers."""
    return alpha_matrix(table, distances.squared(numbers(values)), rng, measure="alpha, interval")


def alpha_matrix(
    table: Table,
    distance: Floats,
    rng: np.random.Generator | None = None,
    *,
    comparable: Flags | None = None,
    measure: str = "alpha, custom distance",
) -> Agreement:
    """Alpha under any distance between classes; chance is taken over the comparable pairs of classes only."""
    found = table.paired()
    unit = size_of(distance)
    distance = distance / unit
    apart = np.einsum("uc,ck,uk->u", found.patterns, distance, found.patterns, optimize=True) / (found.per_item - 1)
    allowed = np.ones_like(distance) if comparable is None else comparable * 1.0

    def value(sums: Floats) -> Floats:
        return _alpha(sums[..., 0], sums[..., 1:].sum(axis=-1), *_by_chance(sums[..., 1:], distance, allowed))

    rows = np.column_stack([apart, found.patterns])
    total, pairs = _by_chance(found.weight @ found.patterns, distance, allowed)
    parts = _parts(found.weight @ apart, found.weight @ found.per_item, total, pairs)
    figure = Statistic(rows, found.weight, value, _worst(float(distance.max(initial=0)), parts))
    return _in_units(_reported(measure, figure, table, rng, ONE_ANSWER, floor=-1, parts=parts), unit)


def alpha_ordinal(table: Table, rng: np.random.Generator | None = None) -> Agreement:
    """Classes in order; the distance is the squared difference of midranks, which move with every resample."""
    found = table.paired()
    inverse = 1 / (found.per_item - 1)
    products = np.einsum("uc,uk,u->uck", found.patterns, found.patterns, inverse)
    products -= np.einsum("uc,u,ck->uck", found.patterns, inverse, np.eye(table.classes))
    rows = np.column_stack([found.patterns, products.reshape(len(inverse), table.classes**2)])
    parts = _parts(*_ordinal_sums(found.weight @ rows, table.classes))
    ends = _midranks(found.weight @ found.patterns)[[0, -1]] if table.classes else np.zeros(2)

    def value(sums: Floats) -> Floats:
        return _alpha(*_ordinal_sums(sums, table.classes))

    figure = Statistic(rows, found.weight, value, _worst(float((ends[1] - ends[0]) ** 2), parts))
    return _reported("alpha, ordinal", figure, table, rng, ONE_ANSWER, floor=-1, parts=parts)


def alpha_of_values(item: Codes, values: ArrayLike, rng: np.random.Generator | None = None) -> Agreement:
    """Interval alpha for scores with many distinct values, from each item's count, sum and sum of squares."""
    scores = numbers(values)
    centred = scores - (scores.mean() if len(scores) else 0.0)  # squares of far-off numbers would eat the digits
    unit = size_of(centred)
    centred = centred / unit
    sums = np.stack([np.bincount(item, weights=centred**power) for power in range(3)], axis=1)
    m = np.asarray(sums[:, 0], np.float64)
    table = Table(m[m > 0][:, None], np.ones(np.count_nonzero(m)))
    if table.units and negligible(float(np.ptp(scores[m[item] >= 2])), size_of(scores)):
        return _nothing("alpha, interval", table, ONE_ANSWER)
    sums = sums[m >= 2]
    rows = np.column_stack([2 * (sums[:, 0] * sums[:, 2] - sums[:, 1] ** 2) / (sums[:, 0] - 1), sums])
    figure = Statistic(rows, np.ones(len(rows)), lambda sums: _alpha(*_moments(sums)))
    parts = _parts(*_moments(rows.sum(axis=0)))
    return _in_units(_reported("alpha, interval", figure, table, rng, ONE_ANSWER, floor=-1, parts=parts), unit**2)


def ac(table: Table, weights: Floats | None = None, rng: np.random.Generator | None = None) -> Agreement:
    """Gwet's AC1, or AC2 with weights of partial agreement. Chance is taken over all items, also those with one label."""
    k = table.classes
    if k < 2 or table.units == 0:
        return _nothing("AC1", table, ONE_CLASS if table.units else _missing(table))
    credit = np.eye(k) if weights is None else weights
    m = table.per_item
    same = (
        np.einsum("uc,ck,uk->u", table.patterns, credit, table.patterns, optimize=True)
        - table.patterns @ credit.diagonal()
    )
    share = same / np.maximum(m * (m - 1), 1)
    rows = np.column_stack([np.where(m >= 2, share, 0), m >= 2, table.patterns / m[:, None], np.ones(len(m))])
    spread = credit.sum() / (k * (k - 1))

    def value(sums: Floats) -> Floats:
        chance = spread * _diversity(sums[..., 2:-1], sums[..., -1])
        return np.asarray(1 - (1 - _ratio(sums)) / (1 - chance))

    total = table.weight @ rows
    observed, chance = float(_ratio(total)), float(spread * _diversity(total[2:-1], total[-1]))
    figure = Statistic(rows, table.weight, value, 1 / (1 - chance))
    measure = "AC1" if weights is None else "AC2"
    return _reported(measure, figure, table, rng, "", floor=-1, parts=(observed, chance))


def ordinal_weights(classes: int) -> Floats:
    """Gwet's ordinal weights: one minus the share of ordered pairs of classes that lie between."""
    steps = np.abs(np.subtract.outer(np.arange(classes), np.arange(classes)))
    return np.asarray(1 - steps * (steps + 1) / max(classes * (classes - 1), 1))


def specific(table: Table, code: int, rng: np.random.Generator | None = None) -> Agreement:
    """When one person gives this class, how often another gives it too."""
    found = table.paired()
    column = found.patterns[:, code]
    rows = np.column_stack([column * (column - 1) / (found.per_item - 1), column])
    figure = Statistic(rows, found.weight, _ratio)
    if found.weight @ column == 0:
        return _nothing("specific agreement", table, CLASS_NOT_USED if table.units else _missing(table))
    return _reported("specific agreement", figure, table, rng, "")


def _reported(
    measure: str,
    figure: Statistic,
    table: Table,
    rng: np.random.Generator | None,
    undefined: str,
    *,
    floor: float = 0.0,
    parts: tuple[float, float] | None = None,
) -> Agreement:
    if table.units == 0:
        return _nothing(measure, table, _missing(table))
    observed, expected = parts or (figure.whole(), None)
    if undefined and not expected:
        return _nothing(measure, table, undefined)
    spread = (
        resampling.jackknife(figure, floor=floor) if rng is None else resampling.bootstrap(figure, rng, floor=floor)
    )
    how: Literal["jackknife over items", "bootstrap over items"]
    how = "jackknife over items" if rng is None else "bootstrap over items"
    units, pairs = table.units, table.pairs
    if spread is None or units < 2:
        return Agreement(measure, figure.whole(), None, None, units, pairs, None, observed, expected, ONE_UNIT)
    return Agreement(measure, figure.whole(), *spread, units, pairs, how, observed, expected)


def _in_units(found: Agreement, unit: float) -> Agreement:
    """Disagreement worked out at size 1, where tolerances fit, as the distances had it."""
    if found.observed is None or found.expected is None:
        return found
    return replace(found, observed=found.observed * unit, expected=found.expected * unit)


def _nothing(measure: str, table: Table, why: str) -> Agreement:
    return Agreement(measure, None, None, None, table.units, table.pairs, why=why)


def _missing(table: Table) -> str:
    return NO_PAIRS if table.weight.sum() else NO_LABELS


def _ratio(sums: Floats) -> Floats:
    return np.asarray(np.divide(sums[..., 0], sums[..., 1], out=np.ones_like(sums[..., 0]), where=sums[..., 1] > 0))


def _alpha(apart: Floats, n: Floats, by_chance: Floats, pairs: Floats) -> Floats:
    """A resample in which everybody agrees on one answer counts as full agreement."""
    scale = np.divide(pairs, by_chance, out=np.zeros_like(by_chance), where=by_chance > 1e-12)
    return np.asarray(1 - np.divide(apart, n, out=np.zeros_like(n), where=n > 0) * scale)


def _by_chance(marginal: Floats, distance: Floats, allowed: Floats) -> tuple[Floats, Floats]:
    apart = np.einsum("...c,ck,...k->...", marginal, distance * allowed, marginal, optimize=True)
    pairs = np.einsum("...c,ck,...k->...", marginal, allowed, marginal, optimize=True) - marginal.sum(axis=-1)
    return np.asarray(apart), np.asarray(pairs)


def _midranks(marginal: Floats) -> Floats:
    """From the middle of all ranks, so that squares stay small."""
    return np.asarray(marginal.cumsum(axis=-1) - (marginal + marginal.sum(axis=-1, keepdims=True)) / 2)


def _ordinal_sums(sums: Floats, classes: int) -> tuple[Floats, Floats, Floats, Floats]:
    marginal = sums[..., :classes]
    together = sums[..., classes:].reshape(*sums.shape[:-1], classes, classes)
    rank, n = _midranks(marginal), marginal.sum(axis=-1)
    square = (marginal * rank**2).sum(axis=-1)
    apart = 2 * (square - np.einsum("...c,...ck,...k->...", rank, together, rank))
    return np.asarray(apart), n, 2 * (n * square - (marginal * rank).sum(axis=-1) ** 2), n * (n - 1)


def _moments(sums: Floats) -> tuple[Floats, Floats, Floats, Floats]:
    n = sums[..., 1]
    return sums[..., 0], n, 2 * (n * sums[..., 3] - sums[..., 2] ** 2), n * (n - 1)


def _parts(apart: Floats, n: Floats, by_chance: Floats, pairs: Floats) -> tuple[float, float]:
    """Observed and expected disagreement."""
    return float(apart) / max(float(n), 1), float(by_chance) / max(float(pairs), 1)


def _worst(furthest: float, parts: tuple[float, float]) -> float:
    return furthest / parts[1] if parts[1] > 0 else 1.0


def _diversity(shares: Floats, items: Floats) -> Floats:
    share = shares / items[..., None]
    return np.asarray((share * (1 - share)).sum(axis=-1))
