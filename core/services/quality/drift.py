"""Whether anybody's answers have become worse: on gold against the bar, and as an early sign on the others' answers."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from core.services.quality.data import Evidence
from core.stats import drift, people
from core.stats.drift import Drift
from core.stats.labels import Codes, Flags, Floats, Labels

FALL = 0.15
"""What is watched for: accuracy so far below the bar, or agreement so far below the person's own usual."""
LOWEST, HIGHEST = 0.5, 0.97
MOST_CELLS = 20_000_000
"""Of labels x classes: about 160 MB."""
Judged = tuple[Codes, Flags]
"""Rows of answers, and which of them are right."""
Beside = tuple[Codes, Floats]
"""Rows of labels, and the share with which the majority of the others says the same (ties split)."""


@dataclass(frozen=True)
class Track:
    """One person's answers in the order of time, each right or not, and the evidence after each; `against` is what is held up."""

    rows: Codes
    right: Flags
    against: float
    found: Drift

    @property
    def level(self) -> float:
        return float(self.found.path[-1]) if len(self.rows) else 0.0

    @property
    def alarm(self) -> bool:
        """As it stands now: right answers take an old alarm back."""
        return len(self.rows) > 0 and self.level >= self.found.limit

    @property
    def began(self) -> int | None:
        """The answer at which the fall began that the evidence speaks of."""
        if not self.alarm:
            return None
        zeros = np.flatnonzero(self.found.path <= 1e-12)
        return int(zeros[-1]) + 1 if len(zeros) else 0


def on_gold(evidence: Evidence, known: Judged, who: int) -> Track:
    """Against the project's bar: of people who are at it, one in twenty raises the alarm within 500 gold answers."""
    rows, right = known
    mine = evidence.person[rows] == who
    return _track(*_in_time(evidence, rows[mine], right[mine]), evidence.project.policy.targets.accuracy)


def fallen(right: Flags, bar: float) -> bool:
    """Whether the alarm stands after these answers to gold, in the order of time."""
    return _track(np.arange(len(right)), right, bar).alarm


def on_others(evidence: Evidence, beside: Beside, who: int) -> Track | None:
    """Agreement with the majority of the others, a tie among them counting as such, against the person's own usual:
    denser than gold, but no proof, and other kinds of items look the same. None where nobody else labelled the items.
    """
    rows, share = beside
    mine = evidence.person[rows] == who
    return _usual(*_in_time(evidence, rows[mine], share[mine] > 0)) if mine.any() else None


def of_all(evidence: Evidence, known: Judged, beside: Beside) -> list[dict[str, Any]]:
    """Each person's drift for the report."""
    bar = evidence.project.policy.targets.accuracy
    gold = [_track(*part, bar) for part in _apart(evidence, *known)]
    others = [_usual(*part) if len(part[0]) else None for part in _apart(evidence, beside[0], beside[1] > 0)]
    return [_as_json(one, other) for one, other in zip(gold, others, strict=True)]


def _apart(evidence: Evidence, rows: Codes, right: Flags) -> list[Judged]:
    """A part for each person, in the order of time: looked through once, however many people there are."""
    who = evidence.person[rows]
    order = np.lexsort((evidence.answers.at[rows], who))
    ends = np.bincount(who, minlength=len(evidence.people)).cumsum()[:-1]
    return list(zip(np.split(rows[order], ends), np.split(right[order], ends), strict=True))


def _in_time(evidence: Evidence, rows: Codes, right: Flags) -> Judged:
    order = np.argsort(evidence.answers.at[rows], kind="stable")
    return rows[order], right[order]


def _usual(rows: Codes, alike: Flags) -> Track:
    return _track(rows, alike, float(alike.mean()))


def _track(rows: Codes, right: Flags, usual: float) -> Track:
    held = round(min(max(usual, LOWEST), HIGHEST), 2)
    return Track(rows, right, held, drift.cusum(right, usual=held, fallen=held - FALL, limit=_limit(held)))


@lru_cache(maxsize=64)
def _limit(usual: float) -> float:
    return drift.limit_for(usual=usual, fallen=usual - FALL)


def _as_json(gold: Track, others: Track | None) -> dict[str, Any]:
    return {
        "gold": {**_told(gold), "alarm": gold.alarm, "watch": bool(gold.found.watch)},
        "peers": {"n": 0, "warning": False} if others is None else {**_told(others), "warning": others.alarm},
    }


def _told(track: Track) -> dict[str, Any]:
    return {"n": len(track.rows), "against": track.against, "level": track.level, "limit": track.found.limit}


# The majority of the others -------------------------------------------------------------------------------------------


def beside_others(evidence: Evidence, target: str, labels: Labels) -> Beside:
    """Of the labels on items that others have labelled too."""
    rows = labelled(evidence, target)
    if max(labels.items, len(labels)) * labels.classes > MOST_CELLS or evidence.targets[target].scale == "interval":
        return rows[:0], np.zeros(0)
    share, with_others = people.with_majority(labels)
    return rows[with_others], share[with_others]


def labelled(evidence: Evidence, target: str) -> Codes:
    """The rows of answers that a target's labels come from, in their order: of two by one person to an item the first."""
    rows = np.flatnonzero(evidence.labels & (evidence.targets[target].code >= 0))
    pairs = evidence.item[rows] * len(evidence.people) + evidence.person[rows]
    _, first = np.unique(pairs, return_index=True)
    return np.asarray(rows[np.sort(first)])
