"""When to stop collecting: which items deserve another label, and what stopping early costs, told by an audit track."""

from dataclasses import dataclass

import numpy as np

from core.stats import calibration, grading, intervals, truth
from core.stats.calibration import Calibration
from core.stats.intervals import Interval
from core.stats.labels import MISSING, Codes, Flags, Floats, Labels
from core.stats.rounding import reaches
from core.stats.truth import Posterior


@dataclass(frozen=True)
class Policy:
    """`start` labels each, more while the tempered confidence is below `confidence`, never above `most`; a random
    `audit` share of items gets `most` in any case, so that agreement and calibration stay unbiased. A label that is
    expected to make an error less likely by less than `least_gain` is not worth its price."""

    start: int = 2
    most: int = 5
    confidence: float = 0.9
    audit: float = 0.03
    least_gain: float = 0.0


def priority(
    posterior: Posterior, collected: Codes, policy: Policy, audit: Flags | None = None, team: Floats | None = None,
    *, confidence: Floats | None = None,
) -> Floats:  # fmt: skip
    """What another label on each item is worth: above 1 owed in any case, up to 1 the chance that the consensus is
    wrong, 0 for enough. `posterior` must be tempered: raw ones stop early on confidently wrong items. `team` is the
    confusion matrix of whoever may come next; without it no label is too dear. `confidence` is in the consensus of
    another method than the posterior's own."""
    sure = posterior.confidence if confidence is None else confidence
    doubt = 1 - sure
    wanted = ~reaches(sure, policy.confidence) & (collected < policy.most)
    if team is not None and policy.least_gain > 0:
        wanted &= reaches(expected_gain(posterior, team), policy.least_gain)
    owed = collected < policy.start
    if audit is not None:
        owed |= audit & (collected < policy.most)
    return np.where(owed, 1 + doubt, np.where(wanted, np.maximum(doubt, 1e-12), 0.0))


def expected_gain(posterior: Posterior, confusion: Floats) -> Floats:
    """How much less likely to be wrong each item's consensus is expected to be after one more label by a person with
    this confusion matrix (true class x class said). Times the cost of an error, it is what a label may cost."""
    after = posterior.probability[:, :, None] * confusion[None]
    return np.asarray(np.maximum(after.max(axis=1).sum(axis=1) - posterior.confidence, 0))


def team_of(posterior: Posterior, labels: Labels) -> Floats | None:
    """The confusion matrix of the next label, whoever gives it: each person's by how much they label."""
    if posterior.confusion is None or not len(labels):
        return None
    return np.asarray(np.tensordot(labels.per_annotator / len(labels), posterior.confusion, axes=1))


def sure(labels: Labels, gold: Codes) -> tuple[Posterior, Calibration]:
    """What a policy decides by: tempered posteriors in which each item's own gold is unknown, and how they were tempered.

    Items with gold are asked like all others, or the gold would speak of items that nobody doubts."""
    blind = grading.held_out(labels, gold)
    found = calibration.calibrate(blind, gold)
    return blind.tempered(found.temperature), found


def nth_of(labels: Labels) -> Codes:
    """For each label, how many of its item came before it."""
    order = np.argsort(labels.item, kind="stable")
    n = np.bincount(labels.item, minlength=labels.items)
    nth = np.empty(len(labels), np.int64)
    nth[order] = np.arange(len(labels)) - np.repeat(n.cumsum() - n, n)
    return nth


# The audit track ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Audited:
    """Audit items with every label: on how many the policy, stopping as it does, comes to another consensus than all
    labels do; how many labels it takes; and, where gold is known, the share wrong by either."""

    differs: Interval | None
    labels_an_item: float
    labels_in_full: float
    wrong: Interval | None
    wrong_in_full: Interval | None


def audited(
    labels: Labels, audit: Flags, policy: Policy, temperature: float, gold: Codes | None = None
) -> Audited | None:
    """Replays the policy on the audit track, in the order in which its labels came, beside all labels of other items.

    None while no audit item has more labels than the start."""
    complete = audit & (labels.per_item >= policy.most)
    if policy.most <= policy.start or not complete.any():
        return None
    nth, known = nth_of(labels), np.full(labels.items, MISSING) if gold is None else gold
    stopped, best = np.zeros(labels.items, np.int64), np.full(labels.items, MISSING)
    for collected in range(policy.start, policy.most + 1):
        part = labels.subset(~complete[labels.item] | (nth < collected))
        found = truth.map_dawid_skene(part).tempered(temperature)
        enough = complete & (stopped == 0) & (reaches(found.confidence, policy.confidence) | (collected == policy.most))
        stopped[enough], best[enough] = collected, found.best[enough]
    full = truth.map_dawid_skene(labels).best
    n, judged = int(complete.sum()), complete & (known != MISSING)
    return Audited(
        intervals.share(int((best != full)[complete].sum()), n), float(stopped[complete].mean()),
        float(labels.per_item[complete].mean()), _wrong(best, known, judged), _wrong(full, known, judged),
    )  # fmt: skip


def _wrong(best: Codes, gold: Codes, judged: Flags) -> Interval | None:
    return intervals.share(int((best != gold)[judged].sum()), int(judged.sum()))
