"""What each person is worth to the data: accuracy with honest uncertainty, agreement, information, self-consistency."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.special import betaincinv, betaln, xlogy

from core.errors import N_
from core.stats import intervals
from core.stats.intervals import Interval
from core.stats.labels import MISSING, Codes, Flags, Floats, Labels
from core.stats.truth import Posterior

PEOPLE_FOR_A_TEAM = 3
TYPICAL_STRENGTH, VAGUENESS = 10.0, 1.5
"""Weak prior on how alike people are: about ten pseudo-items, a factor of e^1.5 either way."""
NO_GOLD = N_("No gold items answered yet.")
NO_PEERS = N_("No other annotator has labelled the same items.")


@dataclass(frozen=True)
class Accuracy:
    """Of people: posterior means with 95 % intervals; NaN and n = 0 for those without gold.

    `method` is "shrunk to the team" (beta-binomial, empirical Bayes) or "alone" (Jeffreys) when there is no team.
    """

    value: Floats
    low: Floats
    high: Floats
    correct: Floats
    n: Codes
    method: Literal["shrunk to the team", "alone"]

    def of(self, person: int) -> Interval | None:
        if self.n[person] == 0:
            return None
        return Interval(
            float(self.value[person]), float(self.low[person]), float(self.high[person]), int(self.n[person])
        )


def accuracy(correct: Floats, n: Codes, level: float = 0.95) -> Accuracy:
    """`correct` of `n` gold items for each person; part credits (scores in [0, 1]) may add up in `correct`."""
    tested = n > 0
    team = bool(tested.sum() >= PEOPLE_FOR_A_TEAM)
    right, wrong = _leaning(correct[tested], n[tested]) if team else (0.5 + correct, 0.5 + n - correct)
    used = tested if team else np.ones(len(n), np.bool_)
    low, high = (betaincinv(right, wrong, tail) for tail in ((1 - level) / 2, (1 + level) / 2))
    shown = [np.full(len(n), np.nan) for _ in range(3)]
    for column, figure in zip(shown, (right / (right + wrong), low, high), strict=True):
        column[used] = figure
        column[~tested] = np.nan
    return Accuracy(shown[0], shown[1], shown[2], correct, n, "shrunk to the team" if team else "alone")


def _leaning(correct: Floats, n: Codes) -> tuple[Floats, Floats]:
    """Beta posteriors, averaged over the teams that the answers may have come from: one likeliest team would be told too
    surely, and made perfect by a handful of right answers. Of the average a beta keeps the mean and the variance."""
    a, b, weight = _teams(correct, n)
    total = a + b + n
    mean = (a + correct) / total
    middle = weight @ mean
    variance = weight @ (mean * (1 - mean) / (total + 1) + mean**2) - middle**2
    size = middle * (1 - middle) / variance - 1
    return middle * size, (1 - middle) * size


def _teams(correct: Floats, n: Codes) -> tuple[Floats, Floats, Floats]:
    """A grid of what the team may be like, as columns of beta parameters, with the probability of each."""
    mean = 1 / (1 + np.exp(-np.linspace(-4, 6, 41)))[:, None]
    log_strength = np.linspace(np.log(1.5), np.log(300), 15)
    a, b = ((share * np.exp(log_strength)).reshape(-1, 1) for share in (mean, 1 - mean))
    usual = np.log(mean) + np.log(1 - mean) - ((log_strength - np.log(TYPICAL_STRENGTH)) / VAGUENESS) ** 2 / 2
    logs = (betaln(a + correct, b + n - correct) - betaln(a, b)).sum(axis=1) + usual.ravel()
    weight = np.exp(logs - logs.max())
    return a, b, weight / weight.sum()


def gold_counts(labels: Labels, gold: Codes) -> tuple[Floats, Codes]:
    """How many gold items each person had right, and answered."""
    asked = gold[labels.item] != MISSING
    right = labels.code == gold[labels.item]
    n = np.bincount(labels.annotator[asked], minlength=labels.annotators)
    return np.bincount(labels.annotator[asked & right], minlength=labels.annotators) * 1.0, n


def peer_agreement(labels: Labels) -> list[Interval | None]:
    """The share of others' labels on the same items that are the person's own. Against peers, not the truth."""
    others = labels.per_item[labels.item] - 1
    same = labels.counts[labels.item, labels.code] - 1
    share = np.divide(same, others, out=np.zeros(len(labels)), where=others > 0)
    return _shares(labels, share, others > 0)


def consensus_agreement(labels: Labels) -> list[Interval | None]:
    """Agreement with the majority of the *others* on each item, ties split. Against consensus, not the truth."""
    return _shares(labels, *with_majority(labels))


def with_majority(labels: Labels) -> tuple[Floats, Flags]:
    """For each label the expected share with which the majority of the others on its item says the same, and whether
    there are others."""
    top, with_others = others_majority(labels, np.arange(len(labels)))
    return top[np.arange(len(labels)), labels.code], with_others


def others_majority(labels: Labels, rows: Codes) -> tuple[Floats, Flags]:
    """What the majority of the others says where each of these labels was given, equals sharing; and whether there are others."""
    counts = labels.counts[labels.item[rows]]
    counts[np.arange(len(rows)), labels.code[rows]] -= 1
    with_others = counts.sum(axis=1) > 0
    top = (counts == counts.max(axis=1, keepdims=True, initial=0)) & with_others[:, None]
    return top / np.maximum(top.sum(axis=1, keepdims=True), 1), with_others


def _shares(labels: Labels, share: Floats, used: Flags) -> list[Interval | None]:
    who = labels.annotator[used]
    total = np.bincount(who, share[used], labels.annotators)
    n = np.bincount(who, minlength=labels.annotators)
    return [intervals.share(float(t), int(m)) for t, m in zip(total, n, strict=True)]


def confusion_counts(labels: Labels, truth: Codes) -> Floats:
    """Annotators x true class x class said, over items whose truth is known (-1 = unknown)."""
    known = truth[labels.item] != MISSING
    cell = (labels.annotator * labels.classes + truth[labels.item]) * labels.classes + labels.code
    size = labels.annotators * labels.classes**2
    counts = np.bincount(cell[known], minlength=size) * 1.0
    return counts.reshape(labels.annotators, labels.classes, labels.classes)


def skill(found: Posterior) -> Floats:
    """Modelled accuracy of each person on this project's mix of classes."""
    return np.asarray(np.einsum("wkk,k->w", _matrix(found), found.prior))


def informativeness(found: Posterior) -> Floats:
    """Bits that one answer of each person tells about an item: 0 for a coin, log2 of the classes at most.

    A person who is always wrong in the same way tells as much as one who is always right.
    """
    joint = found.prior[None, :, None] * _matrix(found)
    apart = found.prior[None, :, None] * joint.sum(axis=1, keepdims=True)
    bits = xlogy(joint, np.maximum(joint, 1e-300) / np.maximum(apart, 1e-300)).sum(axis=(1, 2)) / np.log(2)
    return np.asarray(np.maximum(bits, 0))


def _matrix(found: Posterior) -> Floats:
    return found.confusion if found.confusion is not None else np.zeros((0, len(found.prior), len(found.prior)))


def self_consistency(annotator: Codes, first: Codes, again: Codes, annotators: int) -> list[Interval | None]:
    """The share of hidden repeats that a person answered as before."""
    same = np.bincount(annotator[first == again], minlength=annotators)
    n = np.bincount(annotator, minlength=annotators)
    return [intervals.share(int(s), int(m)) for s, m in zip(same, n, strict=True)]
