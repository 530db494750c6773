"""What choosing where to ask again would have saved: a project's own labels collected again, by a policy and evenly."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from core.errors import N_
from core.stats import grading, intervals, overlap, truth
from core.stats.calibration import UNTIL_MEASURED, Calibration
from core.stats.labels import MISSING, Codes, Flags, Labels
from core.stats.overlap import Policy
from core.stats.truth import Posterior

BATCH = 0.05
NEARLY = 0.99
REPEATS = 5
REFIT = 5
"""Batches after which the temperature is fitted again, as the project's own is all the time."""
NOTHING_TO_SAVE = N_("No item has more labels than the initial number, so nothing can be saved.")
STOPS_EARLY = N_(
    "Stops before it is within 1% of the accuracy of all labels; raise the confidence threshold or the "
    "number of labels."
)

THEMSELVES: Literal["the consensus of all labels"] = "the consensus of all labels"
Against = Literal["gold", "the consensus of all labels"]
Progress = Callable[[float], None]


@dataclass(frozen=True)
class Step:
    """At so many labels an item on average: accuracy when the labels were chosen, or spread evenly, with its interval."""

    labels_an_item: float
    accuracy: float
    low: float
    high: float


@dataclass(frozen=True)
class Replay:
    """`saved` is the share of labels that choosing saves against the smallest even overlap that comes within 1 % of the
    accuracy of all labels, on average over single replays, which save between `saved_low` and `saved_high`; where not all of
    them come so far, their mean curves decide and there is no range. None where either never does."""

    chosen: tuple[Step, ...]
    even: tuple[Step, ...]
    all_labels: Step
    needed: float | None
    needed_even: float | None
    saved: float | None
    items: int
    calibration: Calibration
    against: Against
    why: str | None = None
    saved_low: float | None = None
    saved_high: float | None = None
    judged: int = 0
    """Items that accuracy is measured on."""


def replay(
    labels: Labels, policy: Policy, rng: np.random.Generator, gold: Codes | None = None, *, repeats: int = REPEATS,
    on_progress: Progress = lambda _: None,
) -> Replay:  # fmt: skip
    """Collect the project's own labels again, in random order on each item, by the policy and evenly.

    Items without gold are measured against the consensus of all labels, which flatters both ways alike.
    """
    known = np.full(labels.items, MISSING) if gold is None else gold
    against: Against = "gold" if ((known != MISSING) & (labels.per_item > 0)).any() else THEMSELVES
    if labels.per_item.max(initial=0) <= policy.start:
        nan = float("nan")
        full = Step(len(labels) / max(labels.items, 1), nan, nan, nan)
        blank = Calibration(UNTIL_MEASURED, 0, False)
        return Replay((), (), full, None, None, None, labels.items, blank, against, NOTHING_TO_SAVE)
    if against == THEMSELVES:
        known = np.full(labels.items, MISSING)
    return _Run(labels, policy, known, rng, repeats, on_progress).result(against)


class _Run:
    """One replay: both ways, in several random orders of the labels."""

    def __init__(
        self, labels: Labels, policy: Policy, gold: Codes, rng: np.random.Generator, repeats: int, on_progress: Progress
    ) -> None:
        self._labels, self._policy, self._gold, self._repeats, self._told = labels, policy, gold, repeats, on_progress
        self._whole = truth.map_dawid_skene(labels)
        self._aim = gold if self._has_gold else self._whole.best
        self._judged = int(((self._aim != MISSING) & (labels.per_item > 0)).sum())
        self._available = labels.per_item.astype(np.int64)
        self._rng = rng
        self._calibration = Calibration(UNTIL_MEASURED, 0, False)

    @property
    def _has_gold(self) -> bool:
        return bool((self._gold != MISSING).any())

    def result(self, against: Against) -> Replay:
        even, chosen = [], []
        for at in range(self._repeats):
            nth = _random_order(self._labels, self._rng)
            even.append(self._evenly(nth, at / self._repeats))
            chosen.append(self._chosen(nth, (at + 0.3) / self._repeats))
            self._told((at + 1) / self._repeats)
        full = self._step(len(self._labels), self._whole)
        needed, needed_even, each = _compared(chosen, even, full.accuracy * NEARLY)
        saved = None if needed is None or needed_even is None else 1 - needed / needed_even
        return Replay(
            _mean(chosen), _mean(even), full, needed, needed_even, saved, self._labels.items, self._calibration, against,
            STOPS_EARLY if saved is None else None, min(each, default=None), max(each, default=None), self._judged,
        )  # fmt: skip

    def _evenly(self, nth: Codes, done: float) -> list[Step]:
        steps = []
        deepest = int(nth.max(initial=0)) + 1
        for overlap_now in range(1, deepest + 1):
            part = self._labels.subset(nth < overlap_now)
            steps.append(self._step(len(part), truth.map_dawid_skene(part)))
            self._told(done + 0.3 * overlap_now / deepest / self._repeats)
        return steps

    def _chosen(self, nth: Codes, done: float) -> list[Step]:
        """The audit track's labels are all paid for at the start, so that what it costs is in every figure."""
        labels, policy = self._labels, self._policy
        audit = self._rng.random(labels.items) < policy.audit
        collected = np.minimum(self._available, np.where(audit, policy.most, policy.start))
        first, last = collected.sum(), np.minimum(self._available, policy.most).sum()
        batch = max(1, round(BATCH * labels.items))
        steps: list[Step] = []
        while True:
            part = labels.subset(nth < collected[labels.item])
            found = truth.map_dawid_skene(part)
            if len(steps) % REFIT == 0:
                self._calibrate(part)
            steps.append(self._step(len(part), found))
            worth = self._worth(found, part, collected, audit)
            if not worth.any():
                return steps
            collected[_first(worth, batch)] += 1
            self._told(done + 0.7 * float((collected.sum() - first) / max(last - first, 1)) / self._repeats)

    def _worth(self, found: Posterior, part: Labels, collected: Codes, audit: Flags) -> Codes:
        tempered = found.tempered(self._calibration.temperature)
        worth = overlap.priority(tempered, collected, self._policy, audit, overlap.team_of(found, part))
        return np.asarray(worth * (collected < self._available))

    def _calibrate(self, part: Labels) -> None:
        if self._has_gold:
            _, self._calibration = overlap.sure(part, self._gold)

    def _step(self, labels: int, found: Posterior) -> Step:
        right = intervals.share(float(grading.credit(found, self._aim).sum()), self._judged)
        value = (right.value, right.low, right.high) if right else (float("nan"),) * 3
        return Step(labels / self._labels.items, *value)


def _random_order(labels: Labels, rng: np.random.Generator) -> Codes:
    """For each label, as the how-many-th of its item it would have come."""
    shuffled = rng.permutation(len(labels))
    nth = np.empty(len(labels), np.int64)
    nth[shuffled] = overlap.nth_of(labels.subset(shuffled))
    return nth


def _first(worth: Codes, most: int) -> Codes:
    return np.argsort(-worth, kind="stable")[: min(most, np.count_nonzero(worth))]


def _mean(runs: list[list[Step]]) -> tuple[Step, ...]:
    """Runs of unequal length are averaged as far as the shortest goes, and end where they end on average."""
    shortest = min(len(run) for run in runs)
    steps = [_average([run[at] for run in runs]) for at in range(shortest)]
    if any(len(run) > shortest for run in runs):
        steps.append(_average([run[-1] for run in runs]))
    return tuple(steps)


def _average(steps: list[Step]) -> Step:
    columns = zip(*((s.labels_an_item, s.accuracy, s.low, s.high) for s in steps), strict=True)
    return Step(*(float(np.mean(column)) for column in columns))


def _compared(
    chosen: list[list[Step]], even: list[list[Step]], goal: float
) -> tuple[float | None, float | None, list[float]]:
    """Labels an item that either way needs, and what each replay saves where all of them reach the goal."""
    needs = [(_reached(one, goal), _reached(other, goal)) for one, other in zip(chosen, even, strict=True)]
    both = [(one, other) for one, other in needs if one is not None and other is not None]
    if len(both) < len(needs):
        return _reached(_mean(chosen), goal), _reached(_mean(even), goal), []
    one, other = (float(np.mean(column)) for column in zip(*both, strict=True))
    return one, other, [1 - mine / theirs for mine, theirs in both]


def _reached(steps: Sequence[Step], accuracy: float) -> float | None:
    return next((step.labels_an_item for step in steps if step.accuracy >= accuracy), None)
