"""How often a model wins: against each other one, as counted and as if all responses were equally long, and on the arena's scale."""

from dataclasses import dataclass
from math import log

import numpy as np

from core.stats import clustered
from core.stats.bradley_terry import Covariances, Fit, covariances, fit
from core.stats.intervals import Interval
from core.stats.labels import Codes, Floats
from core.stats.leaderboard import RIDGE, Effect, effects, half_widths, unusable
from core.stats.votes import LEFT, RIGHT, TIE, Votes, connectivity

ARENA_POINTS, ARENA_MIDDLE = 400 / log(10), 1000.0
"""Elo's scale: 400 points are odds of ten to one."""


def raw(votes: Votes) -> list[Interval | None]:
    """Of each model, a tie counting half; people, not comparisons, are the draws. None for a model in no comparison."""
    won = halves(votes)
    model, who = np.r_[votes.left, votes.right], np.r_[votes.annotator, votes.annotator]
    return clustered.shares(np.r_[won, 1 - won], model, votes.models, who)


def halves(votes: Votes) -> Floats:
    """What the left side won: 1, 0, or half of a tie."""
    return np.where(votes.outcome == TIE, 0.5, (votes.outcome == LEFT) * 1.0)


def matrix(votes: Votes) -> dict[tuple[int, int], Interval]:
    """The row's model against the column's, for each two that met."""
    first, second = np.minimum(votes.left, votes.right), np.maximum(votes.left, votes.right)
    won = np.where(votes.left == first, halves(votes), 1 - halves(votes))
    met, pair = np.unique(first * votes.models + second, return_inverse=True)
    rates = clustered.shares(won, pair.reshape(-1), len(met), votes.annotator)
    found: dict[tuple[int, int], Interval] = {}
    for both, one in zip(met.tolist(), rates, strict=True):
        if one is not None:
            row, column = divmod(both, votes.models)
            found[row, column] = one
            found[column, row] = Interval(1 - one.value, 1 - one.high, 1 - one.low, one.n)
    return found


# With covariates held at nothing ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Swayed:
    """What covariates do to the votes, and each model's win rate without them; `why` where there is no common scale."""

    effects: tuple[Effect | None, ...]
    rates: tuple[Interval | None, ...]
    why: str | None = None


def swayed(votes: Votes, level: float = 0.95) -> Swayed:
    groups, strong = connectivity(votes)
    if why := unusable(votes, groups):
        return Swayed((None,) * votes.covariates.shape[1], (), why)
    found = fit(votes, 0.0 if strong else RIDGE)
    errors = covariances(votes, found)
    return Swayed(effects(votes, found, errors, level), tuple(at_nothing(votes, found, errors, level)))


def at_nothing(votes: Votes, found: Fit, errors: Covariances, level: float = 0.95) -> list[Interval | None]:
    """Each model's win rate over its own comparisons if the covariates had been 0 in all of them: the same opponents as
    often, so that it differs from the raw rate by the covariates alone. Intervals by the delta method."""
    met = _met(votes)
    n = met.sum(axis=1)
    gap = found.score[:, None] - found.score[None, :]
    left, right, tie = _chances(gap, found.at[-1])
    rate = ((1 + left - right) / 2 * met).sum(axis=1) / np.maximum(n, 1)
    slopes = _slopes(met / np.maximum(n, 1)[:, None], left - right, left + right, tie, len(found.at))
    variances = np.stack([np.einsum("mp,pq,mq->m", slopes, error, slopes) for error in errors.all])
    wide = half_widths(variances, errors.degrees, level)
    return [
        Interval(float(rate[at]), float(max(rate[at] - wide[at], 0)), float(min(rate[at] + wide[at], 1)), int(n[at]))
        if n[at]
        else None
        for at in range(votes.models)
    ]


def _met(votes: Votes) -> Floats:
    size = votes.models
    once = np.bincount(votes.left * size + votes.right, minlength=size * size).reshape(size, size) * 1.0
    return np.asarray(once + once.T)


def _chances(gap: Floats, log_ties: float) -> tuple[Floats, Floats, Floats]:
    logits = np.stack([gap / 2, -gap / 2, np.full_like(gap, log_ties)])
    odds = np.exp(logits - logits.max(axis=0))
    left, right, tie = odds / odds.sum(axis=0)
    return left, right, tie


def _slopes(weight: Floats, lead: Floats, decided: Floats, tie: Floats, parameters: int) -> Floats:
    """Of the rates, by all parameters: d/2, -d/2 and the log tie strength are the logits."""
    by_gap = weight * (decided - lead**2) / 4
    found = np.zeros((len(weight), parameters))
    found[:, : len(weight)] = np.diag(by_gap.sum(axis=1)) - by_gap
    found[:, -1] = -(weight * lead * tie / 2).sum(axis=1)
    return found


# The arena's scale -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Arena:
    """Points of each model as chatbot arenas give them: ties as half a win each, 1,000 in the middle."""

    points: Floats
    low: Floats
    high: Floats


def arena(votes: Votes, level: float = 0.95) -> Arena:
    """Bradley-Terry without ties: each comparison counts twice, a tie once for either side."""
    twice = _doubled(votes)
    _, strong = connectivity(twice)
    found = fit(twice, 0.0 if strong else 2 * RIDGE)
    wide = ARENA_POINTS * _arena_reach(votes, twice, found, level)
    points = ARENA_MIDDLE + ARENA_POINTS * found.score
    return Arena(points, points - wide, points + wide)


def _doubled(votes: Votes) -> Votes:
    rows = np.repeat(np.arange(len(votes)), 2)
    again = np.tile([LEFT, RIGHT], len(votes))
    outcome = np.where(votes.outcome[rows] == TIE, again, votes.outcome[rows])
    return Votes(
        votes.left[rows], votes.right[rows], outcome, votes.annotator[rows], votes.models, np.zeros((len(rows), 0))
    )


def _arena_reach(votes: Votes, twice: Votes, found: Fit, level: float) -> Floats:
    """The wider of two sandwiches: by person, and by comparison, whose two halves are one."""
    one_by_one = Votes(twice.left, twice.right, twice.outcome, _numbered(len(votes)), twice.models, twice.covariates)
    kept = [covariances(twice, found), covariances(one_by_one, found)]
    by = [(one.clustered, one.annotators - 1.0) for one in kept if one.clustered is not None]
    if not by:
        return np.full(votes.models, np.nan)
    variances = np.stack([error.diagonal()[: votes.models] for error, _ in by])
    return half_widths(variances, [degrees for _, degrees in by], level)


def _numbered(n: int) -> Codes:
    return np.repeat(np.arange(n), 2)
