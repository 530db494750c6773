"""People's labels and a model's probabilities as one weighted average (CROWDLAB, Goh et al. 2022)."""

import numpy as np

from core.errors import N_, InvalidInput
from core.stats.labels import Codes, Floats, Labels, numbers
from core.stats.truth import Posterior

SMALLEST = 1e-6
NOT_PROBABILITIES = N_(
    "A model's probabilities must be one row per item and one column per class, and each row must add up to 1."
)


def crowdlab(labels: Labels, model: Floats) -> Posterior:
    """Use it where the model is at least as good as a person; a weak model pulls a good team down.

    Items without labels keep the model's probabilities.
    """
    predicted = _checked(labels, model)
    counts, m = labels.counts, labels.per_item
    known = m > 0
    consensus, several = _majority(counts, predicted), m >= 2
    if not several.any():
        return _posterior(predicted)
    likely = float((counts[np.arange(labels.items), consensus] / np.maximum(m, 1))[several].mean())
    baseline = _baseline(consensus[several], labels.classes)
    weight = np.maximum(1 - (1 - _agreement(labels, counts, m)) / baseline, SMALLEST)
    error = float((predicted[several].argmax(axis=1) != consensus[several]).mean())
    trust = max(1 - error / baseline, SMALLEST) * np.sqrt(m[known].mean())
    probability = _average(labels, predicted, weight, trust, likely)
    return _posterior(probability)


def _posterior(probability: Floats) -> Posterior:
    items, classes = probability.shape
    prior = (probability.sum(axis=0) + 1 / classes) / (items + 1)
    return Posterior("crowdlab", probability, np.ones(items, bool), prior)


def _checked(labels: Labels, model: Floats) -> Floats:
    found = numbers(model)
    if found.shape != (labels.items, labels.classes) or (found < 0).any() or (abs(found.sum(axis=1) - 1) > 1e-6).any():
        raise InvalidInput(NOT_PROBABILITIES)
    return found


def _majority(counts: Floats, predicted: Floats) -> Codes:
    """Ties go to the class that the model finds likelier."""
    tied = counts == counts.max(axis=1, keepdims=True, initial=0)
    return np.asarray(np.where(tied, predicted, -1).argmax(axis=1))


def _baseline(consensus: Codes, classes: int) -> float:
    """The error of always giving the commonest class."""
    return max(1 - float(np.bincount(consensus, minlength=classes).max() / len(consensus)), SMALLEST)


def _agreement(labels: Labels, counts: Floats, m: Floats) -> Floats:
    """Each person's agreement with the others' labels; who never met another gets the others' mean."""
    same = np.bincount(labels.annotator, counts[labels.item, labels.code] - 1, labels.annotators)
    met = np.bincount(labels.annotator, m[labels.item] - 1, labels.annotators)
    found = np.divide(same, met, out=np.zeros(labels.annotators), where=met > 0)
    return np.where(met > 0, found, found[met > 0].mean())


def _average(labels: Labels, predicted: Floats, weight: Floats, trust: float, likely: float) -> Floats:
    each = weight[labels.annotator]
    size = labels.items * labels.classes
    votes = np.bincount(labels.item * labels.classes + labels.code, each, size).reshape(predicted.shape)
    total = votes.sum(axis=1, keepdims=True)
    other = (1 - likely) / max(labels.classes - 1, 1)
    return np.asarray((predicted * trust + votes * likely + (total - votes) * other) / (total + trust))
