"""How good each way of settling items is against gold that it was not shown, and which one to use."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import sqrt

import numpy as np

from core.errors import N_
from core.stats import consensus, intervals, truth
from core.stats.calibration import Calibration, calibrate
from core.stats.consensus import Scores
from core.stats.intervals import Interval
from core.stats.labels import MISSING, Codes, Floats, Labels
from core.stats.rounding import reaches
from core.stats.truth import Posterior

FOLDS = 5
GOLD_TO_CHOOSE = 30
NOTHING_YET = N_("There are no labels yet.")
STANDING_ALONE = N_("No item has labels by two annotators, so each label is used unchanged.")
BY_DEFAULT = N_(
    "Weighs annotators by how they err, and uses the team's averages where data are few. Not enough "
    "gold to compare it with majority."
)
HELD_UP = N_("On this project's gold it is at least as accurate as majority.")
BEATEN = N_("On this project's gold no model is more accurate than majority.")
AHEAD = N_("It did best on this project's gold, but not significantly.")
BETTER = N_("On this project's gold it is clearly more accurate than the other ways.")

SET_OFF = N_(
    "Corrects for strict and lenient scorers and weights consistent ones more. Not enough gold to validate it."
)
SET_OFF_BEST = N_("On this project's gold it errs no more than the plain mean.")
PLAIN_BEST = N_("On this project's gold the plain mean errs less.")

METHODS: Mapping[str, Callable[[Labels], Posterior]] = {
    "majority": truth.majority,
    "dawid_skene": truth.dawid_skene,
    "one_coin": truth.one_coin,
}


@dataclass(frozen=True)
class Appraisal:
    """Every method's answers (with all gold in use) and accuracies (never with the gold of the item judged)."""

    posteriors: Mapping[str, Posterior]
    accuracy: Mapping[str, Interval]
    calibration: Calibration
    recommended: str
    why: str


def appraise(labels: Labels, gold: Codes | None = None) -> Appraisal:
    """`gold` has a class for each item, -1 where unknown."""
    known = np.full(labels.items, MISSING) if gold is None else gold
    posteriors = {name: method(labels) for name, method in METHODS.items()}
    blind = held_out(labels, known)
    earned = {name: credit(found, known) for name, found in {**posteriors, blind.method: blind}.items()}
    posteriors[blind.method] = truth.map_dawid_skene(labels, known)
    shares = {name: intervals.share(float(each.sum()), len(each)) for name, each in earned.items()}
    accuracy = {name: found for name, found in shares.items() if found}
    method, why = recommend(labels, earned)
    return Appraisal(posteriors, accuracy, calibrate(blind, known), method, why)


def held_out(labels: Labels, gold: Codes, folds: int = FOLDS) -> Posterior:
    """Gold-anchored Dawid-Skene in which every gold item is settled without its own gold."""
    found = truth.map_dawid_skene(labels)
    rows = np.flatnonzero((gold != MISSING) & (labels.per_item > 0))
    if len(rows) < 2:
        return found
    probability = found.probability.copy()
    for fold in range(min(folds, len(rows))):
        hidden = rows[fold::folds]
        shown = gold.copy()
        shown[hidden] = MISSING
        probability[hidden] = truth.map_dawid_skene(labels, shown, start=found).probability[hidden]
    return Posterior(found.method, probability, found.known, found.prior, found.confusion, found.rounds)


def credit(posterior: Posterior, gold: Codes) -> Floats:
    """For each gold item that has labels, the expected share right: of equally likely classes one is drawn."""
    rows = np.flatnonzero((gold != MISSING) & posterior.known)
    found = posterior.probability[rows]
    tied = found >= found.max(axis=1, keepdims=True, initial=0) - 1e-9
    return np.asarray(tied[np.arange(len(rows)), gold[rows]] / np.maximum(tied.sum(axis=1), 1))


def accuracy(posterior: Posterior, gold: Codes) -> Interval | None:
    """Only fair to a posterior that was not shown these gold answers."""
    found = credit(posterior, gold)
    return intervals.share(float(found.sum()), len(found))


def recommend(labels: Labels, earned: Mapping[str, Floats]) -> tuple[str, str]:
    """Gold-anchored Dawid-Skene unless gold speaks against it; never a method that is below majority on gold."""
    usual, plain = "map_dawid_skene", "majority"
    if labels.per_item.max(initial=0) < 2:
        return plain, STANDING_ALONE if len(labels) else NOTHING_YET
    if len(earned[plain]) < GOLD_TO_CHOOSE:
        return usual, BY_DEFAULT
    best = max(earned, key=lambda name: (earned[name].mean(), name == usual))
    if _clearly(earned[best] - earned[usual]):
        return best, BETTER if best != plain else BEATEN
    if _no_lower(earned[usual], earned[plain]):
        return usual, HELD_UP
    return best, BEATEN if best == plain else AHEAD


def _no_lower(one: Floats, other: Floats) -> bool:
    """On average; thirds of a drawn vote add up to less than what they are."""
    return bool(reaches(np.asarray(one.mean()), float(other.mean())))


def _clearly(gain: Floats) -> bool:
    error = float(gain.std(ddof=1)) / sqrt(len(gain))
    return bool(gain.mean() > 2 * error and gain.any())


@dataclass(frozen=True)
class ScoreAppraisal:
    """Items' scores by each method, and their mean absolute error against gold, which neither method is shown."""

    scores: Mapping[str, Scores]
    error: Mapping[str, Interval]
    recommended: str
    why: str


def appraise_scores(item: Codes, annotator: Codes, values: Floats, *, annotators: int, gold: Floats) -> ScoreAppraisal:
    """`gold` has a score for each item, NaN where unknown."""
    scores = {
        "mean": consensus.plain_mean(item, values, len(gold), annotators),
        "adjusted_mean": consensus.adjusted_mean(item, annotator, values, len(gold), annotators),
    }
    away = {name: np.abs(found.value - gold) for name, found in scores.items()}
    errors = {name: found[np.isfinite(found)] for name, found in away.items()}
    measured = {name: intervals.mean(found.tolist()) for name, found in errors.items()}
    error = {name: found for name, found in measured.items() if found}
    return ScoreAppraisal(scores, error, *_which_mean(len(values), errors["mean"], errors["adjusted_mean"]))


def _which_mean(labels: int, plain: Floats, adjusted: Floats) -> tuple[str, str]:
    if labels == 0:
        return "mean", NOTHING_YET
    if len(plain) < GOLD_TO_CHOOSE:
        return "adjusted_mean", SET_OFF
    return ("adjusted_mean", SET_OFF_BEST) if _no_lower(-adjusted, -plain) else ("mean", PLAIN_BEST)
