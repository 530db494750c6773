"""One target's figures: how far people agree, what its items come to, and how good each way of settling them is."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from math import isfinite
from typing import Any

import numpy as np
import orjson

from core.errors import N_
from core.services.quality_data import Evidence, Measured
from core.stats import agreement, consensus, distances, grading, intervals, truth
from core.stats.agreement import Agreement, Table
from core.stats.calibration import calibrate
from core.stats.consensus import Scores
from core.stats.grading import Appraisal
from core.stats.intervals import Interval
from core.stats.labels import MISSING, Codes, Floats, Labels
from core.stats.truth import Posterior

TEXTS = N_("Texts are not measured by counting; read them.")
SPANS = N_("Marked spans are not compared here yet.")
TOO_MANY = N_("There are too many different answers for this figure; read the target on a coarser scale.")
NO_RIGHT = N_(
    "Scores on a long scale are near or far, not right or wrong: there is no accuracy. The mean leaves out who scores high or low."
)
NEAREST = N_("The answer nearest to all others of its item: answers of this kind cannot be averaged.")
NOTHING = N_("There are no labels yet.")
MOST_CELLS = 20_000_000
"""Of a table of items x classes, or of people x classes x classes: about 160 MB."""


@dataclass(frozen=True)
class Settled:
    """A target's part of the report, and what its items come to by each method."""

    report: dict[str, Any]
    predictions: Callable[[], Iterator[tuple[int, dict[str, Any]]]]
    labels: Labels
    posterior: Posterior | None = None


def settled(evidence: Evidence, measured: Measured) -> Settled:
    labels = evidence.table(measured, evidence.labels)
    agreed = {"scale": measured.scale, "agreement": agreement_of(labels, measured)}
    if measured.scale in ("text", "spans") or len(labels) == 0:
        why = _not_measured(measured) or NOTHING
        return Settled({**agreed, "consensus": {}, "recommended": None, "why": why}, lambda: iter(()), labels)
    settle = (
        _by_mean
        if measured.scale == "interval"
        else _by_class
        if measured.scale in ("nominal", "ordinal")
        else _nearest
    )
    found = settle(labels, measured)
    return Settled({**agreed, **found.report}, found.predictions, labels, found.posterior)


# Agreement ------------------------------------------------------------------------------------------------------------


def agreement_of(labels: Labels, measured: Measured) -> dict[str, Any]:
    why = _not_measured(measured) or (agreement.NO_LABELS if len(labels) == 0 else None)
    if why:
        return _agreed(None, None, None, why)
    if measured.scale == "interval":
        alpha = agreement.alpha_of_values(labels.item, measured.numbers[labels.code])
        return _agreed(alpha, _same(labels), None, None)
    if labels.items * max(labels.classes, 1) > MOST_CELLS:
        return _agreed(None, _same(labels), None, TOO_MANY)
    table = agreement.tabled(labels)
    return _agreed(_alpha(table, measured), agreement.percent(table).value, agreement.ac(table).value, None)


def _not_measured(measured: Measured) -> str | None:
    return {"text": TEXTS, "spans": SPANS}.get(measured.scale)


def _alpha(table: Table, measured: Measured) -> Agreement:
    if measured.scale == "ordinal":
        return agreement.alpha_ordinal(table)
    if measured.scale == "set":
        return agreement.alpha_matrix(table, distances.masi(_sets(measured)), measure="alpha, MASI")
    if measured.scale == "rank":
        apart, comparable = distances.kendall(_ranks(measured))
        return agreement.alpha_matrix(table, apart, comparable=comparable, measure="alpha, Kendall")
    return agreement.alpha_nominal(table)


def _sets(measured: Measured) -> list[frozenset[str]]:
    return [frozenset(orjson.loads(name)) for name in measured.names]


def _ranks(measured: Measured) -> list[list[float]]:
    return [[float(rank) for rank in name.split(",")] for name in measured.names]


def _same(labels: Labels) -> float | None:
    """The share of equal pairs without a table of all classes."""
    _, often = np.unique(labels.item * max(labels.classes, 1) + labels.code, return_counts=True)
    pairs = float((labels.per_item * (labels.per_item - 1)).sum())
    return float((often * (often - 1)).sum()) / pairs if pairs else None


def _agreed(alpha: Agreement | None, percent: float | None, ac1: float | None, why: str | None) -> dict[str, Any]:
    known = alpha or Agreement("", None, None, None, 0, 0, why=why)
    found = {
        "alpha": finite(known.value), "alpha_low": finite(known.low), "alpha_high": finite(known.high), "percent": finite(percent),
        "ac1": finite(ac1), "units": known.units, "pairs": known.pairs,
    }  # fmt: skip
    return {**found, "interval": known.interval} if known.why is None else {**found, "why": known.why}


# Consensus ------------------------------------------------------------------------------------------------------------


def _by_class(labels: Labels, measured: Measured) -> Settled:
    size = max(labels.items, labels.annotators * labels.classes) * labels.classes
    if size > MOST_CELLS:
        return Settled({"consensus": {}, "recommended": None, "why": TOO_MANY}, lambda: iter(()), labels)
    found = grading.appraise(labels, measured.gold)
    report = {
        "consensus": {name: accurate(found.accuracy.get(name)) for name in found.posteriors},
        "recommended": found.recommended, "why": found.why,
        "calibration": {"temperature": found.calibration.temperature, "gold_items": found.calibration.gold_items, "fitted": found.calibration.fitted},
    }  # fmt: skip
    return Settled(report, lambda: _classes(labels, measured, found), labels, found.posteriors["map_dawid_skene"])


def _by_mean(labels: Labels, measured: Measured) -> Settled:
    values = measured.numbers[labels.code]
    found = consensus.adjusted_mean(labels.item, labels.annotator, values, labels.items, labels.annotators)
    report = {"consensus": {}, "recommended": "adjusted_mean", "why": NO_RIGHT}
    return Settled(report, lambda: _means(labels, values, found), labels)


def _nearest(labels: Labels, measured: Measured) -> Settled:
    if labels.items * labels.classes > MOST_CELLS or labels.classes**2 > MOST_CELLS:
        return Settled({"consensus": {}, "recommended": None, "why": TOO_MANY}, lambda: iter(()), labels)
    apart = distances.masi(_sets(measured)) if measured.scale == "set" else distances.kendall(_ranks(measured))[0]
    nearest, most = consensus.medoids(labels, apart).code, truth.majority(labels)
    known = (measured.gold != MISSING) & (nearest != MISSING)
    right = int((nearest[known] == measured.gold[known]).sum())
    report = {
        "consensus": {
            "majority": accurate(grading.accuracy(most, measured.gold)),
            "medoid": accurate(intervals.share(right, int(known.sum()))),
        },
        "recommended": "medoid", "why": NEAREST,
    }  # fmt: skip
    return Settled(report, lambda: _medoids(measured, nearest, most), labels)


# Predictions ----------------------------------------------------------------------------------------------------------


def _classes(labels: Labels, measured: Measured, found: Appraisal) -> Iterator[tuple[int, dict[str, Any]]]:
    """Each gold item as if its own gold were unknown, so that anybody may hold the file against gold. Shares of a majority
    are as they are; models of people are too sure of themselves, so each is tempered on gold."""
    blind = grading.held_out(labels, measured.gold)
    by_method = {
        name: posterior if name == "majority" else posterior.tempered(calibrate(posterior, measured.gold).temperature)
        for name, posterior in {**found.posteriors, blind.method: blind}.items()
    }
    chosen = {name: _unique_best(posterior) for name, posterior in by_method.items()}
    sure = {name: posterior.confidence for name, posterior in by_method.items()}
    for item in np.flatnonzero(labels.per_item).tolist():
        row: dict[str, Any] = {}
        for name, codes in chosen.items():
            row[name] = None if codes[item] == MISSING else measured.names[codes[item]]
            row[f"{name}_p"] = finite(float(sure[name][item]))
        yield item, row


def _unique_best(found: Posterior) -> Codes:
    """Classes that are likeliest alone: of equals none is the answer."""
    top = found.probability >= found.confidence[:, None] - 1e-9
    return np.asarray(np.where(top.sum(axis=1) == 1, found.best, MISSING))


def _means(labels: Labels, values: Floats, found: Scores) -> Iterator[tuple[int, dict[str, Any]]]:
    total = np.bincount(labels.item, values, labels.items)
    for item in np.flatnonzero(labels.per_item).tolist():
        yield item, {
            "mean": float(total[item] / labels.per_item[item]), "adjusted_mean": finite(float(found.value[item])),
            "adjusted_mean_low": finite(float(found.low[item])), "adjusted_mean_high": finite(float(found.high[item])),
        }  # fmt: skip


def _medoids(measured: Measured, nearest: Codes, most: Posterior) -> Iterator[tuple[int, dict[str, Any]]]:
    best, share = _unique_best(most), most.confidence
    for item in np.flatnonzero(nearest != MISSING).tolist():
        majority = None if best[item] == MISSING else plain(measured, best[item])
        yield item, {"majority": majority, "majority_p": float(share[item]), "medoid": plain(measured, nearest[item])}


def plain(measured: Measured, code: int) -> Any:
    """A set or ranking as a list."""
    name = measured.names[code]
    return orjson.loads(name) if measured.scale == "set" else [int(rank) for rank in name.split(",")]


# Figures --------------------------------------------------------------------------------------------------------------


def accurate(found: Interval | None) -> dict[str, Any]:
    return {"accuracy": None, "low": None, "high": None, "n": 0} if found is None else {
        "accuracy": found.value, "low": found.low, "high": found.high, "n": found.n,
    }  # fmt: skip


def finite(value: float | None) -> float | None:
    """JSON has no NaN: what is not a number is not known."""
    return value if value is not None and isfinite(value) else None
