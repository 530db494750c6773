"""What the items are, from what people said: majority and the Dawid-Skene family, with or without gold."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import reduce

import numpy as np
from scipy.sparse import csr_matrix

from core.stats.labels import MISSING, Codes, Flags, Floats, Labels

TINY = 1e-10
PSEUDO_LABELS, PSEUDO_LABELS_OF_MANY, MANY = 5.0, 2.0, 5.0
"""Below five labels an item the pooled matrix counts five labels a class and the class shares stay fixed; then two."""


@dataclass(frozen=True)
class Posterior:
    """The probability of each class for each item (rows without labels hold the class shares and are not `known`)."""

    method: str
    probability: Floats
    known: Flags
    prior: Floats
    confusion: Floats | None = None
    """Annotators x true class x class said."""
    rounds: int = 0

    def tempered(self, temperature: float) -> "Posterior":
        """Raised to a power and renormalised: labels are never as independent as the model takes them to be."""
        return replace(self, probability=temper(self.probability, temperature))

    @property
    def best(self) -> Codes:
        """The likeliest class of each item, -1 where nothing is known."""
        found = self.probability.argmax(axis=1) if self.probability.size else np.zeros(0, np.int64)
        return np.asarray(np.where(self.known, found, MISSING))

    @property
    def confidence(self) -> Floats:
        return np.asarray(self.probability.max(axis=1, initial=0))


def temper(probability: Floats, temperature: float) -> Floats:
    raised = np.maximum(probability, 1e-300) ** temperature
    return np.asarray(raised / raised.sum(axis=1, keepdims=True))


def majority(labels: Labels) -> Posterior:
    share, known, prior = _shares(labels)
    return Posterior("majority", share, known, prior)


def dawid_skene(labels: Labels, *, rounds: int = 100, tolerance: float = 1e-5) -> Posterior:
    """Maximum likelihood, one confusion matrix a person; stops as crowd-kit does."""
    table = labels.incidence
    seen = np.asarray(table.sum(axis=0)).reshape(labels.annotators, labels.classes, 1) > 0

    def confusion(probability: Floats) -> Floats:
        counts = np.where(seen, np.maximum(_said(table, probability, labels), TINY), 0)
        return np.asarray(counts / np.maximum(counts.sum(axis=1, keepdims=True), TINY))

    return _likeliest("dawid_skene", labels, table, confusion, rounds, tolerance)


def one_coin(labels: Labels, *, rounds: int = 100, tolerance: float = 1e-5) -> Posterior:
    """Maximum likelihood, one accuracy a person, errors spread evenly over the other classes."""
    own = np.eye(labels.classes)
    given = np.maximum(labels.per_annotator, 1)

    def confusion(probability: Floats) -> Floats:
        hits = probability[labels.item, labels.code]
        skill = np.bincount(labels.annotator, hits, labels.annotators)[:, None, None] / given[:, None, None]
        other = (1 - skill) / max(labels.classes - 1, 1)
        return np.asarray(np.clip(own * skill + (1 - own) * other, TINY, 1 - TINY))

    return _likeliest("one_coin", labels, labels.incidence, confusion, rounds, tolerance)


def map_dawid_skene(
    labels: Labels,
    gold: Codes | None = None,
    *,
    start: Posterior | None = None,
    rounds: int = 100,
    tolerance: float = 5e-5,
) -> Posterior:
    """Dawid-Skene held by a prior: each person's matrix starts as the team's, pooled once from majority and gold.

    `gold` (-1 = unknown) is taken as given and also holds the matrices. A prior that is estimated again in each round
    would collapse to one class. Stops when an item's probabilities move less than `tolerance` on average.
    """
    table = labels.incidence
    share, known, prior = _shares(labels, gold)
    pseudo, refit = schedule(labels)
    pooled = _pooled(labels, share, gold)
    probability = share if start is None else _clamped(start.probability, gold)
    counts, done = _said(table, probability, labels), 0
    for _ in range(rounds):
        done += 1
        counts += pseudo * pooled
        counts /= counts.sum(axis=1, keepdims=True)
        before, probability = probability, _clamped(_expected(table, counts, prior), gold)
        if refit:
            prior = _prior(probability, known)
        counts = _said(table, probability, labels)
        if np.abs(probability - before).sum() < tolerance * max(len(probability), 1):
            break
    matrix = _normal(counts + pseudo * pooled).transpose(0, 2, 1)
    return Posterior("map_dawid_skene", _or_prior(probability, known, prior), known, prior, matrix, done)


def schedule(labels: Labels) -> tuple[float, bool]:
    """Pseudo-labels a class, and whether class shares are estimated again, by labels an item."""
    per_item = labels.per_item
    used = per_item[per_item > 0]
    many = len(used) > 0 and float(used.mean()) >= MANY
    return (PSEUDO_LABELS_OF_MANY, True) if many else (PSEUDO_LABELS, False)


def _shares(labels: Labels, gold: Codes | None = None) -> tuple[Floats, Flags, Floats]:
    """Each item's share of labels by class, which items have any, and the class shares over those."""
    counts = labels.counts
    total = counts.sum(axis=1, keepdims=True)
    share = _clamped(counts / np.maximum(total, 1), gold)
    known = total[:, 0] > 0 if gold is None else (total[:, 0] > 0) | (gold != MISSING)
    prior = _prior(share, known) if known.any() else np.full(counts.shape[1], 1 / counts.shape[1])
    return _or_prior(share, known, prior), known, prior


def _prior(share: Floats, known: Flags) -> Floats:
    found = np.maximum((known * 1.0) @ share / (int(known.sum()) or 1), TINY)
    return np.asarray(found / found.sum())


def _clamped(share: Floats, gold: Codes | None) -> Floats:
    if gold is None:
        return share
    known = np.flatnonzero(gold != MISSING)
    found = share.copy()
    found[known] = 0
    found[known, gold[known]] = 1
    return found


def _said(table: csr_matrix, probability: Floats, labels: Labels) -> Floats:
    """Expected counts: annotators x class said x true class."""
    return np.asarray(table.T @ probability).reshape(labels.annotators, labels.classes, labels.classes)


def _pooled(labels: Labels, share: Floats, gold: Codes | None) -> Floats:
    """The team's matrix (class said x true class); a little even spread, so that nothing is impossible.

    An item with one label and no gold only agrees with itself, so it tells nothing while there are others.
    """
    telling = labels.per_item >= 2
    if gold is not None:
        telling |= gold != MISSING
    rows = telling if telling.any() else np.ones(labels.items, bool)
    return _normal(labels.counts[rows].T @ share[rows] + 0.1)


def _normal(counts: Floats) -> Floats:
    return np.asarray(counts / counts.sum(axis=-2, keepdims=True))


def _expected(table: csr_matrix, confusion: Floats, prior: Floats) -> Floats:
    return _softmax(_likelihood(table, confusion) + np.log(prior))[0]


def _likelihood(table: csr_matrix, confusion: Floats) -> Floats:
    logs = np.log(np.where(confusion > 0, confusion, 1.0))  # what nobody said is never looked up
    return np.asarray(table @ logs.reshape(-1, confusion.shape[-1]))


def _softmax(logs: Floats) -> tuple[Floats, float]:
    """In place, and column by column: rows are short, and numpy reduces short rows slowly. With it what the rows'
    logarithms were lowered by in all, so that each row sums to one."""
    top = reduce(np.maximum, logs.T)
    logs -= top[:, None]
    np.exp(logs, out=logs)
    total = logs @ np.ones(logs.shape[1])
    logs /= total[:, None]
    return logs, float(top.sum() + np.log(total).sum())


def _likeliest(
    method: str,
    labels: Labels,
    table: csr_matrix,
    confusion: Callable[[Floats], Floats],
    rounds: int,
    tolerance: float,
) -> Posterior:
    probability, known, prior = _shares(labels)
    matrix, bound, done = confusion(probability), -np.inf, 0
    likelihood = _likelihood(table, matrix)
    for _ in range(rounds):
        done += 1
        logs = np.log(prior)
        probability, lowered = _softmax(likelihood + logs)
        negative_entropy = float(np.vdot(probability, likelihood) + probability.sum(axis=0) @ logs) - lowered
        prior = _prior(probability, known) if known.any() else prior
        matrix = confusion(probability)
        likelihood = _likelihood(table, matrix)
        # crowd-kit's stopping value: it adds the class shares once a label, not once an item
        expected = float(np.vdot(probability, likelihood) + (labels.per_item @ probability) @ np.log(prior))
        found = (expected - negative_entropy) / max(len(labels), 1)
        if found - bound < tolerance:
            break
        bound = found
    found_matrix = matrix.transpose(0, 2, 1)
    return Posterior(method, _or_prior(probability, known, prior), known, prior, found_matrix, done)


def _or_prior(probability: Floats, known: Flags, prior: Floats) -> Floats:
    return probability if known.all() else np.where(known[:, None], probability, prior)
