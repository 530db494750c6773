"""Which model wins: scores with intervals that know votes come from few people, ranks as ranges, and how fragile the top is."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.special import stdtr, stdtrit

from core.errors import N_
from core.stats.bradley_terry import Covariances, Fit, compressed, covariances, design, fit, fit_weighted, pulls
from core.stats.labels import Codes, Flags, Floats
from core.stats.votes import TIE, Votes, connectivity

RIDGE = 0.1
"""Holds scores finite where somebody never lost: about a tenth of a vote against each end."""
NO_VOTES = N_("There are no comparisons yet.")
NOT_CONNECTED = N_("Some models were never compared, directly or through others, so they have no common scale.")
HELD_FINITE = N_(
    "Some models never lost or never won, so their scores are held finite and say little about by how much."
)
ONLY_TIES = N_("All comparisons are ties: no model is ahead, and differences can't be estimated.")
ONE_VOTER = N_("All comparisons are by one annotator, so the intervals leave out how annotators differ.")


@dataclass(frozen=True)
class Rating:
    """A model's score (log odds against the average model), its interval, and the ranks it may have."""

    model: int
    score: float
    low: float
    high: float
    rank: int
    rank_low: int
    rank_high: int
    wins: int
    losses: int
    ties: int


@dataclass(frozen=True)
class Effect:
    """A covariate's coefficient: what it adds to the log odds of being preferred."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Leaderboard:
    """Best first. Without a common scale there are no ratings and `why` says so; `groups` numbers the comparable ones.
    An effect is None where its covariate never varies."""

    ratings: tuple[Rating, ...]
    effects: tuple[Effect | None, ...]
    tie_strength: float | None
    comparisons: int
    annotators: int
    groups: Codes
    interval: Literal["clustered by annotator", "by comparison"] | None = None
    why: str | None = None


@dataclass(frozen=True)
class Fragility:
    """How few comparisons, taken away, put another model on top; None if no half of them does."""

    votes: int | None
    top: int
    instead: int | None
    comparisons: int


def leaderboard(votes: Votes, level: float = 0.95) -> Leaderboard:
    groups, strong = connectivity(votes)
    people = len(np.unique(votes.annotator))
    if why := unusable(votes, groups):
        return Leaderboard((), (), None, len(votes), people, groups, why=why)
    found = fit(votes, 0.0 if strong else RIDGE)
    errors = covariances(votes, found)
    ratings, swaying = _ratings(votes, found, errors, level), effects(votes, found, errors, level)
    ties = float(np.exp(found.at[-1])) if (votes.outcome == TIE).any() else None
    clustered: Literal["clustered by annotator", "by comparison"]
    clustered = "clustered by annotator" if people > 1 else "by comparison"
    doubt = HELD_FINITE if not strong else None if people > 1 else ONE_VOTER
    return Leaderboard(ratings, swaying, ties, len(votes), people, groups, clustered, doubt)


def unusable(votes: Votes, groups: Codes) -> str | None:
    if len(votes) == 0:
        return NO_VOTES
    if groups.max() > 0:
        return NOT_CONNECTED
    return ONLY_TIES if (votes.outcome == TIE).all() else None


def effects(votes: Votes, found: Fit, errors: Covariances, level: float) -> tuple[Effect | None, ...]:
    span = slice(votes.models, len(found.at) - 1)
    reach = half_widths(np.stack([error.diagonal()[span] for error in errors.all]), errors.degrees, level)
    varied = np.atleast_1d(votes.covariates.any(axis=0))
    return tuple(
        Effect(float(value), float(value - wide), float(value + wide)) if seen else None
        for value, wide, seen in zip(found.at[span], reach, varied, strict=True)
    )


def votes_to_flip(votes: Votes) -> Fragility | None:
    """Take away the comparisons that hold the leader up most, the smallest number whose loss another fit confirms."""
    groups, strong = connectivity(votes)
    if unusable(votes, groups):
        return None
    few, weight = compressed(votes)
    found = fit_weighted(few, weight, 0.0 if strong else RIDGE)
    first, second = (int(at) for at in np.argsort(-found.score, kind="stable")[:2])
    order = np.argsort(-_support(few, found, first, second), kind="stable")
    held = Held(few, weight, order, found, first)
    low, high = 0, len(votes) // 2
    if held.top_without(high) == first:
        return Fragility(None, first, None, len(votes))
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if held.top_without(middle) == first else (low, middle)
    return Fragility(high, first, held.top_without(high), len(votes))


@dataclass(frozen=True)
class Held:
    """Comparisons in the order in which they hold the leader up: equal ones count once, with how often they came."""

    votes: Votes
    weight: Floats
    order: Codes
    found: Fit
    first: int

    def top_without(self, n: int) -> int:
        """Who leads once the first so many are gone."""
        before = np.cumsum(self.weight[self.order]) - self.weight[self.order]
        left = self.weight.copy()
        left[self.order] -= np.clip(n - before, 0, left[self.order])
        rows = np.flatnonzero(left > 0)
        kept = self.votes.subset(rows)
        if (kept.outcome == TIE).all():
            return self.first
        _, strong = connectivity(kept)
        score = fit_weighted(kept, left[rows], 0.0 if strong else RIDGE, self.found.at).score
        return self.first if score[self.first] >= score.max() - 1e-9 else int(score.argmax())


def _support(votes: Votes, found: Fit, first: int, second: int) -> Floats:
    """By how much each comparison, to first order, widens the leader's gap."""
    matrix = design(votes)
    pull, tie_pull = pulls(votes, matrix, found.at)
    gap = np.zeros(len(found.at))
    gap[first], gap[second] = 1, -1
    direction = np.linalg.solve(found.information, gap)
    return np.asarray(matrix.times(direction[:-1]) * pull + direction[-1] * tie_pull)


def half_widths(variances: Floats, degrees: list[float], level: float) -> Floats:
    """The wider of the intervals' half-widths."""
    quantile = [_student(d, (1 + level) / 2) for d in degrees[: len(variances)]]
    return np.asarray((np.sqrt(np.maximum(variances, 0)) * np.array(quantile)[:, None]).max(axis=0))


def _student(degrees: float, tail: float) -> float:
    return float(stdtrit(min(degrees, 1e9), tail))


def _ratings(votes: Votes, found: Fit, errors: Covariances, level: float) -> tuple[Rating, ...]:
    reach = half_widths(np.stack([error.diagonal()[: votes.models] for error in errors.all]), errors.degrees, level)
    better = _surely_better(found, errors, 1 - level)
    won, tied = votes.wins()
    order = np.argsort(-found.score, kind="stable")
    return tuple(
        Rating(
            int(at),
            float(found.score[at]),
            float(found.score[at] - reach[at]),
            float(found.score[at] + reach[at]),
            place,
            1 + int(better[:, at].sum()),
            votes.models - int(better[at].sum()),
            int(won[at].sum()),
            int(won[:, at].sum()),
            int(tied[at].sum()),
        )
        for place, at in enumerate(order, 1)
    )


def _surely_better(found: Fit, errors: Covariances, alpha: float) -> Flags:
    """Row's model above column's beyond doubt, over all pairs at once (Holm)."""
    first, second = np.triu_indices(found.models, 1)
    gap = found.score[first] - found.score[second]
    chance = np.zeros(len(gap))
    for error, degrees in zip(errors.all, errors.degrees, strict=False):
        variance = error[first, first] + error[second, second] - 2 * error[first, second]
        ratio = np.abs(gap) / np.sqrt(np.maximum(variance, 1e-300))
        chance = np.maximum(chance, 2 * stdtr(min(degrees, 1e9), -ratio))
    order = np.argsort(chance)
    passed = np.minimum.accumulate(chance[order] <= alpha / np.arange(len(chance), 0, -1))
    sure = order[passed]
    better = np.zeros((found.models, found.models), bool)
    ahead = gap[sure] > 0
    better[np.where(ahead, first[sure], second[sure]), np.where(ahead, second[sure], first[sure])] = True
    return better
