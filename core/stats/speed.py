"""How fast people work given the items they had, and whether somebody answers faster than they can read."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import betainc, betaln, xlog1py, xlogy

from core.stats.labels import Codes, Flags, Floats, numbers

WORDS_A_MINUTE = 238.0
"""Silent reading of English non-fiction (Brysbaert 2019); the floor takes three times that. Chinese counts characters."""
FASTEST = 3.0
ALARM = 20.0


@dataclass(frozen=True)
class Speed:
    """log seconds = item + person + noise. `pace` is a person's time against the team's on the same items (1 = the team's,
    2 = twice as slow; NaN without times); `residual` is each answer's in robust standard deviations."""

    pace: Floats
    item: Floats
    residual: Floats
    spread: float
    own_spread: Floats
    """Each person's robust standard deviation on the log scale."""
    n: Codes


def adjusted(
    item: Codes,
    annotator: Codes,
    seconds: ArrayLike,
    annotators: int,
    length: Floats | None = None,
    *,
    rounds: int = 20,
) -> Speed:
    """Two-way median polish of engaged seconds, which must be above 0; `length` is each item's words or characters.

    An item with few times leans on what items of its length take.
    """
    logs = np.log(np.maximum(numbers(seconds), 0.1))
    n = np.bincount(annotator, minlength=annotators)
    if len(logs) == 0:
        return Speed(np.full(annotators, np.nan), np.zeros(0), logs, 0.0, np.zeros(annotators), n)
    items = int(item.max()) + 1
    people: Floats = np.zeros(annotators)
    level: Floats = np.zeros(items)
    for _ in range(rounds):
        level = _shrunk(item, _medians(item, logs - people[annotator], items), length)
        moved = _medians(annotator, logs - level[item], annotators)
        moved = np.where(n > 0, moved - np.median(moved[n > 0]), 0)
        if np.abs(moved - people).max() < 1e-6:
            break
        people = moved
    left = logs - level[item] - people[annotator]
    spread = 1.4826 * float(np.median(np.abs(left - np.median(left))))
    residual = (left - np.median(left)) / spread if spread > 0 else np.zeros(len(left))
    own = 1.4826 * _medians(annotator, np.abs(left), annotators)
    return Speed(np.where(n > 0, np.exp(people), np.nan), level, residual, spread, own, n)


def _medians(group: Codes, values: Floats, groups: int) -> Floats:
    """The median of each group; that of all values where a group is empty."""
    order = np.lexsort((values, group))
    ordered, n = values[order], np.bincount(group, minlength=groups)
    start = n.cumsum() - n
    lower, upper = start + np.maximum(n - 1, 0) // 2, start + n // 2
    last = len(values) - 1
    middle = (ordered[np.minimum(lower, last)] + ordered[np.minimum(upper, last)]) / 2
    return np.asarray(np.where(n > 0, middle, np.median(values)))


def _shrunk(item: Codes, median: Floats, length: Floats | None) -> Floats:
    n = np.bincount(item, minlength=len(median))
    seen = n > 0
    expected = np.full(len(median), np.median(median[seen]))
    if length is not None and seen.sum() > 2 and np.ptp(long := np.log1p(length[: len(median)])[seen]) > 0:
        slope, start = np.polyfit(long, median[seen], 1, w=np.sqrt(n[seen]))
        expected = start + slope * np.log1p(length[: len(median)])
    return np.asarray((n * median + expected) / (n + 1))


def reading_floor(words: ArrayLike, per_minute: float = WORDS_A_MINUTE) -> Floats:
    """Seconds below which nobody has read the item."""
    return np.asarray(60 * numbers(words) / (FASTEST * per_minute))


@dataclass(frozen=True)
class Speeding:
    """A person's share of too fast answers against the team's usual; `evidence` of 20 or more is an alarm."""

    fast: Codes
    n: Codes
    usual: float
    evidence: Floats

    @property
    def alarm(self) -> Flags:
        return np.asarray(self.evidence >= ALARM)


def speeding(annotator: Codes, fast: Flags, annotators: int, usual: float | None = None) -> Speeding:
    """One fast answer proves nothing; a rate does. The evidence may be looked at after each answer without harm:
    it is a beta-mixture e-value against "not above the usual share", which false alarms pass 1 time in 20 at most.

    The usual share is the others' median rate, at least 1 %, unless given.
    """
    count = np.bincount(annotator[fast], minlength=annotators)
    n = np.bincount(annotator, minlength=annotators)
    rates = count[n > 0] / n[n > 0]
    base = float(np.clip(np.median(rates) if usual is None and len(rates) else usual or 0.0, 0.01, 0.5))
    above = np.maximum(1 - betainc(count + 1, n - count + 1, base), 1e-300)
    mixed = betaln(count + 1, n - count + 1) + np.log(above) - np.log1p(-base)
    return Speeding(count, n, base, np.exp(np.minimum(mixed - xlogy(count, base) - xlog1py(n - count, -base), 700)))
