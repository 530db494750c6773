"""How far people agree on one target: beyond chance, on each class, and as a statement about the pool they come from.

With adaptive overlap the doubtful items have the most labels, so all labels together would say too little agreement: what
counts then is the audit track, or the first answers that every item gets.
"""

from collections.abc import Iterator, Mapping
from math import isfinite
from typing import Any, Literal

import numpy as np
import orjson

from core.errors import N_
from core.services.quality.data import Evidence, Measured
from core.stats import agreement, distances, pairs, pool
from core.stats.agreement import Agreement, Table
from core.stats.labels import Flags, Floats, Labels

TEXTS = N_("Texts are not measured by counting; read them.")
SPANS = N_("Marked spans are not compared here yet.")
TOO_MANY = N_("There are too many different answers for this figure; read the target on a coarser scale.")
MOST_CELLS = 20_000_000
"""Of a table of items x classes, or of people x classes x classes: about 160 MB."""
MOST_CLASSES = 60
"""Classes that are told one by one, the most frequent ones."""
MOST_DRAWN, MOST_WORK = 5_000, 100_000
"""Labels, and items x classes x classes, up to which the pool is drawn again; beyond, items and people are left out one by one."""
DRAWS = 200
WIDEST = 100
"""Classes up to which there is an interval about the pool."""
FEWEST_AUDITED = 30
"""Audited items with two labels from which on the audit track alone says how far people agree."""
Source = Literal["all", "audit", "first"]
NO_POOL: Mapping[str, Any] = {"pool_low": None, "pool_high": None}


def counted(evidence: Evidence) -> tuple[Flags, Source]:
    """Which answers say how far people agree: under adaptive overlap not all of them; in a pilot every item gets as many."""
    rows, stopping = evidence.labels, evidence.project.policy.stopping
    if stopping is None or evidence.scope.pilot:
        return rows, "all"
    audited = rows & evidence.about.audit[evidence.item]
    often = np.bincount(evidence.item[audited], minlength=len(evidence.items))
    if (often >= 2).sum() >= FEWEST_AUDITED or stopping.start < 2:
        return audited, "audit"
    return rows & (_nth_of_item(evidence, rows) < stopping.start), "first"


def _nth_of_item(evidence: Evidence, rows: Flags) -> Any:
    """How many labels each answer's item had before it: answers stand in the order in which they came."""
    found, at = np.full(len(rows), -1), np.flatnonzero(rows)
    order = at[np.argsort(evidence.item[at], kind="stable")]
    item = evidence.item[order]
    start = np.flatnonzero(np.concatenate([[True], item[1:] != item[:-1]])) if len(item) else item
    found[order] = np.arange(len(item)) - np.repeat(start, np.diff([*start, len(item)]))
    return found


def agreement_of(labels: Labels, measured: Measured, source: Source = "all") -> dict[str, Any]:
    """In the form of `quality --json`."""
    found, alpha = _whole(labels, measured)
    return {**found, "classes": classes_of(labels, measured), **_pool(labels, measured, alpha), "source": source}


def agreement_of_part(labels: Labels, measured: Measured, source: Source) -> dict[str, Any]:
    """The same form without classes and pool, which a part of the work is too small for."""
    return {**_whole(labels, measured)[0], "classes": {}, **NO_POOL, "source": source}


def _whole(labels: Labels, measured: Measured) -> tuple[dict[str, Any], Agreement | None]:
    why = not_measured(measured) or (agreement.NO_LABELS if len(labels) == 0 else None)
    alpha, percent, ac1 = (None, None, None) if why else _known(labels, measured)
    return _agreed(alpha, percent, ac1, why or (TOO_MANY if alpha is None else None)), alpha


def _known(labels: Labels, measured: Measured) -> tuple[Agreement | None, Agreement, Agreement | None]:
    """Alpha, percent and AC1."""
    if measured.scale == "interval":
        return agreement.alpha_of_values(labels.item, measured.numbers[labels.code]), _same(labels), None
    if labels.items * max(labels.classes, 1) > MOST_CELLS:
        return None, _same(labels), None
    table = agreement.tabled(labels)
    return alpha_of(table, measured), agreement.percent(table), agreement.ac(table)


def not_measured(measured: Measured) -> str | None:
    return {"text": TEXTS, "spans": SPANS}.get(measured.scale)


def alpha_of(table: Table, measured: Measured) -> Agreement:
    if measured.scale == "ordinal":
        return agreement.alpha_ordinal(table)
    if measured.scale == "set":
        return agreement.alpha_matrix(table, distances.masi(sets_of(measured)), measure="alpha, MASI")
    if measured.scale == "rank":
        apart, comparable = distances.kendall(ranks_of(measured))
        return agreement.alpha_matrix(table, apart, comparable=comparable, measure="alpha, Kendall")
    return agreement.alpha_nominal(table)


def sets_of(measured: Measured) -> list[frozenset[str]]:
    return [frozenset(orjson.loads(name)) for name in measured.names]


def ranks_of(measured: Measured) -> list[list[float]]:
    return [[float(rank) for rank in name.split(",")] for name in measured.names]


def _same(labels: Labels) -> Agreement:
    """The share of equal pairs without a table of all classes."""
    _, often = np.unique(labels.item * max(labels.classes, 1) + labels.code, return_counts=True)
    total = float((labels.per_item * (labels.per_item - 1)).sum())
    share = float((often * (often - 1)).sum()) / total if total else None
    return Agreement("percent", share, None, None, int((labels.per_item >= 2).sum()), int(total) // 2)


def _agreed(
    alpha: Agreement | None, percent: Agreement | None, ac1: Agreement | None, why: str | None
) -> dict[str, Any]:
    none = Agreement("", None, None, None, 0, 0, why=why)
    known = alpha or (
        none if percent is None else Agreement("", None, None, None, percent.units, percent.pairs, why=why)
    )
    found = {
        **_figure("alpha", known), **_figure("percent", percent or none), **_figure("ac1", ac1 or none),
        "units": known.units, "pairs": known.pairs,
    }  # fmt: skip
    return {**found, "interval": known.interval} if known.why is None else {**found, "why": known.why}


def _figure(name: str, found: Agreement) -> dict[str, Any]:
    return {name: finite(found.value), f"{name}_low": finite(found.low), f"{name}_high": finite(found.high)}


# Classes --------------------------------------------------------------------------------------------------------------


def classes_of(labels: Labels, measured: Measured) -> dict[str, Any]:
    """When one person gives a class, how often another gives it too; sets class by class."""
    if measured.scale not in ("nominal", "ordinal", "set") or len(labels) == 0:
        return {}
    if measured.scale == "set":
        tables = _members(labels, measured)
    elif labels.items * labels.classes > MOST_CELLS:
        return {}
    else:
        tables = _each_class(labels, measured)
    return {name: _specific(n, agreement.specific(table, 0)) for name, n, table in tables}


def _each_class(labels: Labels, measured: Measured) -> Iterator[tuple[str, int, Table]]:
    often = np.bincount(labels.code, minlength=labels.classes)
    chosen = np.argsort(-often, kind="stable")[:MOST_CLASSES]
    for code in sorted(chosen[often[chosen] > 0].tolist()):
        yield named(measured.names[code]), int(often[code]), _against_rest(labels.counts[:, code], labels.per_item)


def _against_rest(given: Floats, all_: Floats) -> Table:
    """Items as one class sees them: labels of it, and all others."""
    cell = (given * (all_.max(initial=0) + 1) + all_).astype(np.int64)
    _, first, weight = np.unique(cell, return_index=True, return_counts=True)
    used = all_[first] > 0
    patterns = np.column_stack([given[first], all_[first] - given[first]])
    return Table(patterns[used], weight[used] * 1.0)


def _members(labels: Labels, measured: Measured) -> Iterator[tuple[str, int, Table]]:
    given = sets_of(measured)
    names = sorted({name for one in given for name in one})
    has = np.array([[name in one for name in names] for one in given], dtype=np.int64).reshape(len(given), len(names))
    often = has[labels.code].sum(axis=0)
    for at in np.argsort(-often, kind="stable")[:MOST_CLASSES].tolist():
        with_it = np.bincount(labels.item, has[labels.code, at], labels.items) * 1.0
        yield names[at], int(often[at]), _against_rest(with_it, labels.per_item)


def _specific(n: int, found: Agreement) -> dict[str, Any]:
    figure = {"agreement": finite(found.value), "low": finite(found.low), "high": finite(found.high), "labels": n}
    return figure if found.why is None else {**figure, "why": found.why}


def named(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


# The pool -------------------------------------------------------------------------------------------------------------


def _pool(labels: Labels, measured: Measured, alpha: Agreement | None) -> Mapping[str, Any]:
    """Where other people of the same pool would stand: people are drawn, not only items."""
    if alpha is None or alpha.value is None or labels.classes > WIDEST or labels.items * labels.classes > MOST_CELLS:
        return NO_POOL
    distance = _distance(labels, measured)
    if distance is None:
        return NO_POOL
    if len(labels) <= MOST_DRAWN and labels.items * labels.classes**2 <= MOST_WORK:
        found = pairs.alpha_of_pool(labels, distance, np.random.default_rng(0), resamples=DRAWS)
    else:
        found = pool.alpha_left_out(labels, distance, alpha)
    if found.low is None:
        return NO_POOL
    return {"pool_low": finite(found.low), "pool_high": finite(found.high), "pool_interval": found.interval}


def _distance(labels: Labels, measured: Measured) -> Floats | None:
    if measured.scale == "ordinal":
        table = agreement.tabled(labels).paired()
        return distances.squared(_midranks(table.weight @ table.patterns))
    if measured.scale == "rank":
        apart, comparable = distances.kendall(ranks_of(measured))
        return apart if comparable.all() else None
    if measured.scale == "set":
        return distances.masi(sets_of(measured))
    return distances.squared(measured.numbers) if measured.scale == "interval" else distances.nominal(labels.classes)


def _midranks(often: Floats) -> Floats:
    return np.asarray(often.cumsum() - (often + often.sum()) / 2)


# Figures --------------------------------------------------------------------------------------------------------------


def finite(value: float | None) -> float | None:
    """JSON has no NaN: what is not a number is not known."""
    return value if value is not None and isfinite(value) else None


def rare_class(agreed: Mapping[str, Any]) -> tuple[str, float] | None:
    """Where alpha says much less than AC1 because nearly all labels are of one class: that class, and its share."""
    alpha, ac1, classes = agreed["alpha"], agreed["ac1"], agreed["classes"]
    total = sum(one["labels"] for one in classes.values())
    if alpha is None or ac1 is None or not total:
        return None
    name, most = max(((name, one["labels"]) for name, one in classes.items()), key=lambda pair: pair[1])
    return (name, most / total) if ac1 - alpha >= APART and most / total >= LOPSIDED else None


APART, LOPSIDED = 0.2, 0.75
"""How far AC1 stands above alpha, and how much of all labels one class is, where alpha misleads."""
