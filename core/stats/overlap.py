"""When to stop collecting: which items deserve another label, and a replay of what that would have saved."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from core.errors import N_
from core.stats import calibration, grading, truth
from core.stats.calibration import UNTIL_MEASURED, Calibration
from core.stats.labels import MISSING, Codes, Flags, Floats, Labels
from core.stats.truth import Posterior

BATCH = 0.05
NEARLY = 0.99
NOTHING_TO_SAVE = N_("No item has more labels than the start asks for, so there is nothing to save.")
STOPS_EARLY = N_("Stops before it is within 1 % of the accuracy of all labels; ask for more confidence or more labels.")


@dataclass(frozen=True)
class Policy:
    """`start` labels each, more while the tempered confidence is below `confidence`, never above `most`; a random
    `audit` share of items gets `most` in any case, so that agreement and calibration stay unbiased."""

    start: int = 2
    most: int = 5
    confidence: float = 0.9
    audit: float = 0.03


def priority(posterior: Posterior, collected: Codes, policy: Policy, audit: Flags | None = None) -> Floats:
    """What another label on each item is worth: above 1 owed in any case, up to 1 the chance that the consensus is
    wrong, 0 for enough. `posterior` must be tempered: raw ones stop early on confidently wrong items."""
    doubt = 1 - posterior.confidence
    wanted = (posterior.confidence < policy.confidence) & (collected < policy.most)
    owed = collected < policy.start
    if audit is not None:
        owed |= audit & (collected < policy.most)
    return np.where(owed, 1 + doubt, np.where(wanted, np.maximum(doubt, 1e-12), 0.0))


def expected_gain(posterior: Posterior, confusion: Floats) -> Floats:
    """How much less likely to be wrong each item's consensus is expected to be after one more label by a person with
    this confusion matrix (true class x class said). Times the cost of an error, it is what a label may cost."""
    after = posterior.probability[:, :, None] * confusion[None]
    return np.asarray(np.maximum(after.max(axis=1).sum(axis=1) - posterior.confidence, 0))


@dataclass(frozen=True)
class Step:
    """At so many labels an item on average: accuracy when the labels were chosen, and when they were spread evenly."""

    labels_an_item: float
    accuracy: float


@dataclass(frozen=True)
class Replay:
    """`saved` is the share of labels that choosing saves against the smallest even overlap that comes within 1 % of the
    accuracy of all labels; None where either never does."""

    chosen: tuple[Step, ...]
    even: tuple[Step, ...]
    all_labels: Step
    needed: float | None
    needed_even: float | None
    saved: float | None
    items: int
    calibration: Calibration
    against: Literal["gold", "the consensus of all labels"]
    why: str | None = None


def replay(
    labels: Labels, policy: Policy, rng: np.random.Generator, gold: Codes | None = None, *, repeats: int = 3
) -> Replay:
    """Collect the project's own labels again, in random order on each item, by the policy and evenly.

    Items without gold are measured against the consensus of all labels, which flatters both ways alike.
    """
    known = np.full(labels.items, MISSING) if gold is None else gold
    against: Literal["gold", "the consensus of all labels"]
    against = "gold" if (known != MISSING).any() else "the consensus of all labels"
    if labels.per_item.max(initial=0) <= policy.start:
        blank = Calibration(UNTIL_MEASURED, 0, False)
        full = Step(len(labels) / max(labels.items, 1), float("nan"))
        return Replay((), (), full, None, None, None, labels.items, blank, against, NOTHING_TO_SAVE)
    whole = truth.map_dawid_skene(labels)
    aim = known if against == "gold" else whole.best
    orders = [_random_order(labels, rng) for _ in range(repeats)]
    even = _mean([_evenly(labels, order, aim) for order in orders])
    scale = _calibrated(labels, orders[0], policy, known)
    audits = [rng.random(labels.items) < policy.audit for _ in orders]
    runs = zip(orders, audits, strict=True)
    chosen = _mean([_chosen(labels, order, audit, aim, policy, scale.temperature) for order, audit in runs])
    full = Step(len(labels) / labels.items, _accuracy(whole, aim))
    needed, needed_even = (_reached(steps, full.accuracy * NEARLY) for steps in (chosen, even))
    saved = None if needed is None or needed_even is None else 1 - needed / needed_even
    why = STOPS_EARLY if saved is None else None
    return Replay(chosen, even, full, needed, needed_even, saved, labels.items, scale, against, why)


def _random_order(labels: Labels, rng: np.random.Generator) -> Codes:
    """For each label, as the how-many-th of its item it would have come."""
    shuffled = rng.permutation(len(labels))
    by_item = shuffled[np.argsort(labels.item[shuffled], kind="stable")]
    n = np.bincount(labels.item, minlength=labels.items)
    nth = np.empty(len(labels), np.int64)
    nth[by_item] = np.arange(len(labels)) - np.repeat(n.cumsum() - n, n)
    return nth


def _evenly(labels: Labels, nth: Codes, aim: Codes) -> list[Step]:
    steps = []
    for overlap in range(1, int(nth.max(initial=0)) + 2):
        part = labels.subset(nth < overlap)
        steps.append(Step(len(part) / labels.items, _accuracy(truth.map_dawid_skene(part), aim)))
    return steps


def _chosen(labels: Labels, nth: Codes, audit: Flags, aim: Codes, policy: Policy, temperature: float) -> list[Step]:
    """The audit track's labels are all paid for at the start, so that what it costs is in every figure."""
    available = np.bincount(labels.item, minlength=labels.items)
    collected = np.minimum(available, np.where(audit, policy.most, policy.start))
    batch = max(1, round(BATCH * labels.items))
    steps: list[Step] = []
    found = truth.map_dawid_skene(labels.subset(nth < collected[labels.item]))
    while True:
        steps.append(Step(float(collected.sum()) / labels.items, _accuracy(found, aim)))
        worth = priority(found.tempered(temperature), collected, policy) * (collected < available)
        if not worth.any():
            return steps
        next_ones = np.argsort(-worth, kind="stable")[: min(batch, np.count_nonzero(worth))]
        collected[next_ones] += 1
        found = truth.map_dawid_skene(labels.subset(nth < collected[labels.item]))


def _calibrated(labels: Labels, nth: Codes, policy: Policy, gold: Codes) -> Calibration:
    """At the overlap where the policy decides: posteriors of many labels are over-confident in another way."""
    part = labels.subset(nth < policy.start)
    if not (gold != MISSING).any():
        return Calibration(UNTIL_MEASURED, 0, False)
    return calibration.calibrate(grading.held_out(part, gold), gold)


def _accuracy(found: Posterior, aim: Codes) -> float:
    right = grading.credit(found, aim)
    return float(right.mean()) if len(right) else float("nan")


def _mean(runs: list[list[Step]]) -> tuple[Step, ...]:
    """Runs of unequal length are averaged as far as the shortest goes, and end where they end on average."""
    shortest = min(len(run) for run in runs)
    steps = [_average([run[at] for run in runs]) for at in range(shortest)]
    if any(len(run) > shortest for run in runs):
        steps.append(_average([run[-1] for run in runs]))
    return tuple(steps)


def _average(steps: list[Step]) -> Step:
    return Step(
        float(np.mean([step.labels_an_item for step in steps])), float(np.mean([step.accuracy for step in steps]))
    )


def _reached(steps: tuple[Step, ...], accuracy: float) -> float | None:
    return next((step.labels_an_item for step in steps if step.accuracy >= accuracy), None)
