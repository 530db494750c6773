"""Whether somebody's accuracy has fallen: a Bernoulli CUSUM over their gold answers in order."""

from dataclasses import dataclass
from math import log

import numpy as np

from core.stats.labels import Flags, Floats

USUAL, FALLEN, LIMIT = 0.90, 0.75, 6.25
"""Watches for .90 falling to .75; the limit lets 5 % of steady people through 500 gold answers raise an alarm."""


TO, TINY = 0.05, 1e-9
"""How closely a limit is looked for, and the least chance that a guess is made from."""


@dataclass(frozen=True)
class Drift:
    """The evidence after each gold answer. `since` is the answer at which the fall that raised the alarm began."""

    path: Floats
    limit: float
    alarm: int | None
    since: int | None
    n: int

    @property
    def watch(self) -> bool:
        """Half way to an alarm: ask for more gold, change nothing else."""
        return self.n > 0 and self.path[-1] >= self.limit / 2


def cusum(right: Flags, *, usual: float = USUAL, fallen: float = FALLEN, limit: float = LIMIT) -> Drift:
    """`right` says for each gold answer in order whether it was; the first alarm is reported."""
    up, down = _steps(usual, fallen)
    walk = np.r_[0.0, np.where(right, down, up).cumsum()]
    path = (walk - np.minimum.accumulate(walk))[1:]
    over = np.flatnonzero(path >= limit)
    if not len(over):
        return Drift(path, limit, None, None, len(right))
    alarm = int(over[0])
    return Drift(path, limit, alarm, _began(path[: alarm + 1]), len(right))


def _began(path: Floats) -> int:
    zeros = np.flatnonzero(path <= 1e-12)
    return int(zeros[-1]) + 1 if len(zeros) else 0


def _steps(usual: float, fallen: float) -> tuple[float, float]:
    """What a wrong and a right answer add."""
    return log((1 - fallen) / (1 - usual)), log(fallen / usual)


def false_alarms(limit: float, *, answers: int = 500, usual: float = USUAL, fallen: float = FALLEN) -> float:
    """The chance that a steady person raises an alarm within so many gold answers, by dynamic programming."""
    up, down = _steps(usual, fallen)
    cells, wrong = 600, 1 - usual
    risen, fell = (round(step / (limit / cells)) for step in (up, -down))
    at, after = np.zeros(cells), np.zeros(cells)
    at[0] = 1
    for _ in range(answers):
        after[: max(cells - fell, 0)] = usual * at[fell:]
        after[max(cells - fell, 0) :] = 0
        after[0] += usual * at[:fell].sum()
        if risen < cells:
            after[risen:] += wrong * at[: cells - risen]
        at, after = after, at
    return float(1 - at.sum())


def limit_for(false_alarm: float = 0.05, *, answers: int = 500, usual: float = USUAL, fallen: float = FALLEN) -> float:
    """The lowest limit (to 0.05) that keeps false alarms down. They fall about e-fold with each one that it is higher, so
    that a few guesses find it."""
    low, high, guess = 10, 600, 100
    while high - low > 1:
        found = false_alarms(guess * TO, answers=answers, usual=usual, fallen=fallen)
        low, high = (guess, high) if found > false_alarm else (low, guess)
        away = round(log(max(found, TINY) / false_alarm) / TO)
        guess = min(max(guess + away, low + 1), high - 1)
    return round(high * TO, 2)
