"""One person's answers, and what they can be held against: known answers, and what the others say of the same items."""

from dataclasses import dataclass
from datetime import UTC, datetime
from math import sqrt
from typing import Any, Literal

import numpy as np
from scipy.special import stdtrit

from core.services.quality import drift as quality_drift
from core.services.quality.data import Evidence, Measured
from core.services.quality.drift import Beside, Judged
from core.services.quality.reporting import Assessment
from core.stats import people
from core.stats.intervals import Interval
from core.stats.labels import MISSING, Codes, Floats, Labels

MOST_CLASSES = 200
"""A matrix of more would hold almost nothing in each cell."""
NUMBERS = ("ordinal", "interval")
FAR = 0.25
"""Share of a long scale from which on a score lies far from the others'."""


@dataclass(frozen=True)
class Look:
    """One person's answers, and what they can be held against."""

    evidence: Evidence
    measured: Measured
    labels: Labels
    who: int
    rows: Codes
    """Of the person's answers, hidden checks among them."""
    own: Codes
    """Places of the person's labels among all labels of the target."""
    own_rows: Codes
    """The rows of answers that those come from."""
    graded: Judged
    beside: Beside
    """Of everybody."""

    @classmethod
    def at(cls, assessment: Assessment, who: int, target: str) -> "Look":
        evidence, labels = assessment.evidence, assessment.targets[target].labels
        beside = assessment.view(("beside", target), lambda: quality_drift.beside_others(evidence, target, labels))
        labelled = assessment.view(("labelled", target), lambda: quality_drift.labelled(evidence, target))
        own = np.flatnonzero(labels.annotator == who)
        rows, right = assessment.graded
        mine = evidence.person[rows] == who
        return cls(
            evidence, evidence.targets[target], labels, who, np.flatnonzero(evidence.person == who), own, labelled[own],
            (rows[mine], right[mine]), beside,
        )  # fmt: skip

    @property
    def own_beside(self) -> Beside:
        rows, share = self.beside
        mine = self.evidence.person[rows] == self.who
        return rows[mine], share[mine]

    def until(self, moment: float) -> "Look":
        """What was answered before a moment (seconds since 1970)."""
        at = self.evidence.answers.at
        early = at[self.own_rows] < moment
        graded, right = self.graded
        beside, share = self.beside
        return Look(
            self.evidence, self.measured, self.labels, self.who, self.rows[at[self.rows] < moment], self.own[early],
            self.own_rows[early], (graded[at[graded] < moment], right[at[graded] < moment]),
            (beside[at[beside] < moment], share[at[beside] < moment]),
        )  # fmt: skip


# Confusion and leaning ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Confusion:
    """True class x class said, over known answers or what the majority of the others says (equals share a label)."""

    against: Literal["gold", "consensus"]
    names: tuple[Any, ...]
    counts: Floats

    @property
    def n(self) -> int:
        return round(float(self.counts.sum()))

    @property
    def right(self) -> float:
        return float(np.trace(self.counts))


@dataclass(frozen=True)
class Leaning:
    """On a scale of numbers: how far above the others' mean, and how widely the person's scores lie about it."""

    bias: Interval
    spread: float


def confusions(look: Look) -> tuple[Confusion, ...]:
    """Against known answers and against the others, whichever there are."""
    if look.measured.scale not in ("nominal", "ordinal") or len(look.measured.names) > MOST_CLASSES:
        return ()
    found = (_against_gold(look), _against_others(look))
    return tuple(one for one in found if one.n)


def _against_gold(look: Look) -> Confusion:
    said, true = look.measured.code[look.rows], look.measured.gold[look.evidence.item[look.rows]]
    known = (said != MISSING) & (true != MISSING)
    size = len(look.measured.names)
    counts = np.bincount(true[known] * size + said[known], minlength=size * size) * 1.0
    return Confusion("gold", look.measured.names, counts.reshape(size, size))


def _against_others(look: Look) -> Confusion:
    top, _ = people.others_majority(look.labels, look.own)
    counts = np.zeros((look.labels.classes, look.labels.classes))
    np.add.at(counts.T, look.labels.code[look.own], top)
    return Confusion("consensus", look.measured.names, counts)


def leaning(look: Look) -> Leaning | None:
    """None on other scales, or without three items that others scored too."""
    if look.measured.scale not in NUMBERS:
        return None
    away = _away(look)
    if len(away) < 3:
        return None
    spread, n = float(away.std(ddof=1)), len(away)
    reach = float(stdtrit(n - 1, 0.975)) * spread / sqrt(n)
    bias = float(away.mean())
    return Leaning(Interval(bias, bias - reach, bias + reach, n), spread)


def _away(look: Look) -> Floats:
    """How far above the others' mean each of the person's scores lies, where there are others."""
    away = look.measured.numbers[look.labels.code[look.own]] - _others_mean(look)
    return np.asarray(away[look.labels.per_item[look.labels.item[look.own]] > 1])


def _others_mean(look: Look) -> Floats:
    """Of each of the person's labels; 0 where nobody else labelled the item."""
    labels, values = look.labels, look.measured.numbers[look.labels.code]
    items = labels.item[look.own]
    total = np.bincount(labels.item, values, labels.items)[items] - values[look.own]
    return np.asarray(total / np.maximum(labels.per_item[items] - 1, 1))


# Answers unlike the rest ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Differing:
    """An answer unlike the known answer, or unlike what two others or more say; values are those of the target."""

    item_id: int
    said: Any
    expected: tuple[Any, ...]
    known: bool
    at: datetime


def differing(look: Look, most: int = 50) -> list[Differing]:
    """Known answers missed, and labels on other items of which two others or more say something else."""
    graded, right = look.graded
    wrong, at = graded[~right], look.evidence.answers.at
    rows = np.concatenate([wrong, np.setdiff1d(_unlike_others(look), graded)])
    newest = rows[np.argsort(-at[rows], kind="stable")][:most]
    known = set(wrong.tolist())
    return [_differing(look, row, row in known) for row in newest.tolist()]


def _unlike_others(look: Look) -> Codes:
    several = look.labels.per_item[look.labels.item[look.own]] > 2
    if look.measured.scale == "interval":
        values = look.measured.numbers
        far = np.abs(look.measured.numbers[look.labels.code[look.own]] - _others_mean(look)) > FAR * np.ptp(values)
        return look.own_rows[several & far]
    beside, share = look.own_beside
    return np.intersect1d(look.own_rows[several], beside[share == 0])


def _differing(look: Look, row: int, known: bool) -> Differing:
    evidence, measured = look.evidence, look.measured
    item, said = int(evidence.item[row]), int(measured.code[row])
    expected = _known(measured, item) if known else _others(look, row)
    return Differing(
        int(evidence.items[item]), None if said == MISSING else measured.names[said], expected, known,
        datetime.fromtimestamp(float(evidence.answers.at[row]), UTC),
    )  # fmt: skip


def _known(measured: Measured, item: int) -> tuple[Any, ...]:
    gold = int(measured.gold[item])
    return () if gold == MISSING else (measured.names[gold],)


def _others(look: Look, row: int) -> tuple[Any, ...]:
    place = np.flatnonzero(look.own_rows == row)
    if look.measured.scale == "interval":
        return (round(float(_others_mean(look)[place[0]]), 2),)
    top, _ = people.others_majority(look.labels, look.own[place])
    return tuple(look.measured.names[code] for code in np.flatnonzero(top[0]).tolist())
