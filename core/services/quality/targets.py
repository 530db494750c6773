"""One target's figures: how far people agree, what its items come to, and how good each way of settling them is."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import orjson

from core.errors import N_
from core.services.quality.agreement import (
    MOST_CELLS,
    TOO_MANY,
    agreement_of,
    counted,
    finite,
    not_measured,
    ranks_of,
    sets_of,
)
from core.services.quality.data import Evidence, Measured
from core.stats import consensus, distances, grading, intervals, truth
from core.stats.calibration import calibrate
from core.stats.consensus import Scores
from core.stats.grading import Appraisal
from core.stats.intervals import Interval
from core.stats.labels import MISSING, Codes, Floats, Labels
from core.stats.truth import Posterior

__all__ = ["Settled", "accurate", "finite", "plain", "settled"]

NO_RIGHT = N_(
    "Scores on a long scale are near or far, not right or wrong, so there is no accuracy. The mean "
    "does not correct for strict or lenient scorers."
)
NEAREST = N_("The answer nearest to all others of its item: answers of this kind cannot be averaged.")
NOTHING = N_("There are no labels yet.")


@dataclass(frozen=True)
class Settled:
    """A target's part of the report, and what its items come to by each method."""

    report: dict[str, Any]
    predictions: Callable[[], Iterator[tuple[int, dict[str, Any]]]]
    labels: Labels
    posterior: Posterior | None = None


def settled(evidence: Evidence, measured: Measured) -> Settled:
    labels = evidence.table(measured, evidence.labels)
    rows, source = counted(evidence)
    compared = labels if source == "all" else evidence.table(measured, rows)
    agreed = {"scale": measured.scale, "agreement": agreement_of(compared, measured, source)}
    if measured.scale in ("text", "spans") or len(labels) == 0:
        why = not_measured(measured) or NOTHING
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
    apart = distances.masi(sets_of(measured)) if measured.scale == "set" else distances.kendall(ranks_of(measured))[0]
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
