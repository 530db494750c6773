"""How long people take given the items they had, and whether anybody answers faster than the items can be read."""

from dataclasses import dataclass
from math import exp, log, sqrt
from typing import Any

import numpy as np

from core.errors import N_
from core.services.quality.data import Evidence
from core.stats import people, speed
from core.stats.intervals import Interval
from core.stats.labels import Codes, Flags, Floats
from core.stats.speed import Speeding

MOST_TIMED = 20_000
"""Answers that the pace is measured on; of more, those to every so-manieth item."""
FEWEST = 5
"""Answers below which nobody's pace is told."""
Z = 1.96
NO_TIMES = N_("No times were recorded.")
ALONE = N_("No other annotator to compare with yet.")
TOO_FEW = N_("Fewer than {n} answers with a time.")


@dataclass(frozen=True)
class Paces:
    """Of people: time taken as a share of the team's on the same items (2 = twice as long), and too fast answers."""

    pace: tuple[Interval | None, ...]
    speeding: Speeding
    timed: Codes


def paces(evidence: Evidence) -> Paces:
    rows, size = np.flatnonzero(timed(evidence)), len(evidence.people)
    fast = too_fast(evidence, rows)
    readable = evidence.about.words[evidence.item[rows]] > 0
    found = speed.speeding(evidence.person[rows][readable], fast[readable], size)
    return Paces(_paces(evidence, _thinned(evidence, rows)), found, np.bincount(evidence.person[rows], minlength=size))


def until(evidence: Evidence, who: int, moment: float) -> Interval | None:
    """A person's pace by what they answered before a moment (seconds since 1970); the others' answers all count."""
    told = timed(evidence) & ((evidence.person != who) | (evidence.answers.at < moment))
    return _paces(evidence, _thinned(evidence, np.flatnonzero(told)))[who]


def timed(evidence: Evidence) -> Flags:
    """Answers by people with the engaged time they took, hidden checks among them: nobody can tell one."""
    seconds = evidence.answers.seconds
    return np.asarray(np.isfinite(seconds) & (seconds > 0) & ~evidence.machines[evidence.person])


def too_fast(evidence: Evidence, rows: Codes) -> Flags:
    """Answered in less time than the item can be read in. Words stand for Chinese characters too."""
    floor = speed.reading_floor(evidence.about.words[evidence.item[rows]])
    return np.asarray(evidence.answers.seconds[rows] < floor)


def _thinned(evidence: Evidence, rows: Codes) -> Codes:
    step = -(-len(rows) // MOST_TIMED)
    return rows if step <= 1 else rows[evidence.item[rows] % step == 0]


def _paces(evidence: Evidence, rows: Codes) -> tuple[Interval | None, ...]:
    size, who = len(evidence.people), evidence.person[rows]
    if len(np.unique(who)) < 2:
        return (None,) * size
    used, item = np.unique(evidence.item[rows], return_inverse=True)
    length = evidence.about.words[used] * 1.0
    found = speed.adjusted(item, who, evidence.answers.seconds[rows], size, length, rounds=5)
    return tuple(_pace(found, at) for at in range(size))


def _pace(found: speed.Speed, who: int) -> Interval | None:
    """A median's interval, by its error on the log scale; nobody counts as steadier than the team."""
    pace, n = float(found.pace[who]), int(found.n[who])
    if n < FEWEST or pace <= 0:
        return None
    reach = Z * 1.2533 * max(float(found.own_spread[who]), found.spread) / sqrt(n)
    return Interval(pace, exp(log(pace) - reach), exp(log(pace) + reach), n)


def as_json(found: Paces, who: int) -> dict[str, Any]:
    """Only what is known; `why` where the pace is not."""
    pace, count = found.pace[who], int(found.speeding.n[who])
    told = None if pace is None else {"value": pace.value, "low": pace.low, "high": pace.high, "n": pace.n}
    fast = {
        "fast": int(found.speeding.fast[who]), "n": count, "usual": found.speeding.usual if count else None,
        "evidence": float(found.speeding.evidence[who]) if count else None, "alarm": bool(count and found.speeding.alarm[who]),
    }  # fmt: skip
    return {"pace": told, **({} if told else {"why": _why(found, who)}), "speeding": fast}


def _why(found: Paces, who: int) -> str:
    if not found.timed[who]:
        return NO_TIMES
    return TOO_FEW.format(n=FEWEST) if found.timed[who] < FEWEST else ALONE


# Repeats and days --------------------------------------------------------------------------------------------------------------


def consistency(evidence: Evidence) -> tuple[Interval | None, ...]:
    """The share of items shown again that a person answered as before, on the first target."""
    measured = next(iter(evidence.targets.values()))
    first, again = measured.code[evidence.repeats.first], measured.again
    both = (first >= 0) & (again >= 0)
    who = evidence.person[evidence.repeats.first]
    return tuple(people.self_consistency(who[both], first[both], again[both], len(evidence.people)))


def by_day(evidence: Evidence, rows: Codes, offset: int) -> tuple[Codes, Codes, Floats]:
    """Days since 1970 at a place so many seconds ahead of UTC, each with its answers and their median seconds (NaN without)."""
    day = ((evidence.answers.at[rows] + offset) // 86_400).astype(np.int64)
    days, place, count = np.unique(day, return_inverse=True, return_counts=True)
    seconds = evidence.answers.seconds[rows]
    middle = [_median(seconds[place == at]) for at in range(len(days))]
    return days, count, np.array(middle, dtype=np.float64)


def _median(seconds: Floats) -> float:
    known = seconds[np.isfinite(seconds)]
    return float(np.median(known)) if len(known) else float("nan")
