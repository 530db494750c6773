"""Whether somebody's accuracy has fallen: a Bernoulli CUSUM over their gold answers in order."""

from dataclasses import dataclass
from math import log

import numpy as np

from core.stats.labels import Flags, Floats

USUAL, FALLEN, LIMIT = 0.90, 0.75, 6.25
"""Watches for .90 falling to .75; the limit lets 5 % of steady people through 500 gold answers raise an alarm."""


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
    cells = 600
    height = limit / cells
    level = np.arange(cells)
    after_wrong = level + round(up / height)
    after_right = np.maximum(level + round(down / height), 0)
    inside = after_wrong < cells
    at: Floats = np.zeros(cells)
    at[0] = 1
    for _ in range(answers):
        moved = np.bincount(after_right, usual * at, cells)
        at = 1.0 * moved + np.bincount(after_wrong[inside], (1 - usual) * at[inside], cells)
    return float(1 - at.sum())


def limit_for(false_alarm: float = 0.05, *, answers: int = 500, usual: float = USUAL, fallen: float = FALLEN) -> float:
    """The lowest limit (to 0.05) that keeps false alarms down."""
    low, high = 0.5, 30.0
    while high - low > 0.05:
        middle = (low + high) / 2
        too_many = false_alarms(middle, answers=answers, usual=usual, fallen=fallen) > false_alarm
        low, high = (middle, high) if too_many else (low, middle)
    return high
