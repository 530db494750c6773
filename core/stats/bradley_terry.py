"""Davidson's Bradley-Terry: scores, tie strength and covariates by Newton's method."""

from dataclasses import dataclass

import numpy as np

from core.stats.labels import Codes, Floats
from core.stats.votes import LEFT, RIGHT, TIE, Votes

NO_TIES = -40.0
COVARIATE_RIDGE = 1e-3
"""Keeps an effect finite that explains a few votes perfectly; no match for fifty votes."""
SHORT = 0.05
"""A step of Newton's after which the curvature has hardly changed."""
STEEPEST = 600.0
"""Beyond this a difference is as good as endless, and its odds would not be a number any more."""


@dataclass(frozen=True)
class Fit:
    """Scores (sum 0), covariates' coefficients and the log tie strength (last), with the curvature there."""

    at: Floats
    information: Floats
    models: int

    @property
    def score(self) -> Floats:
        return self.at[: self.models]


def fit(votes: Votes, ridge: float = 0.0, start: Floats | None = None, *, rounds: int = 100) -> Fit:
    """Newton's method; the logits of left, right and tie are d/2, -d/2 and the log tie strength (Davidson 1970)."""
    few, weight = compressed(votes)
    if start is None and votes.covariates.shape[1]:
        start = _from_scores(votes, ridge)
    return fit_weighted(few, weight, ridge, start, rounds=rounds)


def fit_weighted(
    few: Votes, weight: Floats, ridge: float = 0.0, start: Floats | None = None, *, rounds: int = 100
) -> Fit:
    """The same where each comparison came as often as its weight."""
    problem = _posed(few, weight, ridge)
    at = np.zeros(len(problem.hold)) if start is None else start.copy()
    at[-1] = at[-1] if problem.ties else NO_TIES
    for _ in range(rounds):
        slope, information = problem.slope_and_information(at)
        step = np.linalg.solve(information, slope)
        at = _damped(problem, at, step)
        if np.abs(step).max() < 1e-10:
            break
    return Fit(at, problem.slope_and_information(at)[1], few.models)


def compressed(votes: Votes) -> tuple[Votes, Floats]:
    """Equal comparisons once, with how often each came; covariates keep all rows apart."""
    if votes.covariates.shape[1]:
        return votes, np.ones(len(votes))
    m = votes.models
    counts = np.bincount((votes.left * m + votes.right) * 3 + votes.outcome, minlength=3 * m * m)
    cell = np.flatnonzero(counts)
    pair = cell // 3
    nobody = np.zeros(len(cell), np.int64)
    return Votes(pair // m, pair % m, cell % 3, nobody, m, np.zeros((len(cell), 0))), counts[cell] * 1.0


def _from_scores(votes: Votes, ridge: float) -> Floats:
    """Where to begin with covariates: at the scores without them, which cost next to nothing."""
    bare = fit(Votes(votes.left, votes.right, votes.outcome, votes.annotator, votes.models, np.zeros((len(votes), 0))), ridge)  # fmt: skip
    return np.insert(bare.at, votes.models, np.zeros(votes.covariates.shape[1]))


# What a comparison says of the parameters -----------------------------------------------------------------------------


@dataclass(frozen=True)
class Design:
    """The matrix of comparisons x (models, covariates): 1 for the left model, -1 for the right, and the covariates.

    Never made: with two entries a row, counting does what multiplying would.
    """

    left: Codes
    right: Codes
    covariates: Floats
    models: int

    def times(self, at: Floats) -> Floats:
        """`at` without the tie strength."""
        found: Floats = at[self.left] - at[self.right]
        return np.asarray(found + self.covariates @ at[self.models :]) if self.covariates.shape[1] else found

    def summed(self, weight: Floats) -> Floats:
        """Its columns added up with these weights."""
        sides = np.bincount(self.left, weight, self.models) - np.bincount(self.right, weight, self.models)
        return np.asarray(np.r_[sides, weight @ self.covariates])

    def squared(self, weight: Floats) -> Floats:
        """Design' diag(weight) design."""
        m = self.models
        met = np.bincount(self.left * m + self.right, weight, m * m).reshape(m, m)
        sides = np.diag(met.sum(axis=0) + met.sum(axis=1)) - met - met.T
        if self.covariates.shape[1] == 0:
            return np.asarray(sides)
        weighted = self.covariates * weight[:, None]
        across = np.stack([self.summed(column)[:m] for column in weighted.T], axis=1)
        return np.block([[sides, across], [across.T, self.covariates.T @ weighted]])

    def by(self, who: Codes, people: int, weight: Floats) -> Floats:
        """People x columns: the weighted rows of each person added up."""
        m = self.models
        sides = np.bincount(who * m + self.left, weight, people * m) - np.bincount(
            who * m + self.right, weight, people * m
        )
        extra = [np.bincount(who, weight * column, people) for column in self.covariates.T]
        return np.column_stack([sides.reshape(people, m), *extra])


def design(votes: Votes) -> Design:
    return Design(votes.left, votes.right, votes.covariates, votes.models)


def chances(matrix: Design, at: Floats) -> tuple[Floats, Floats, Floats]:
    """Of left, right and tie."""
    ahead = np.exp(np.clip(matrix.times(at[:-1]) / 2, -STEEPEST, STEEPEST))
    behind = 1 / ahead
    level = np.exp(at[-1])
    whole = ahead + behind + level
    return ahead / whole, behind / whole, level / whole


def pulls(votes: Votes, matrix: Design, at: Floats) -> tuple[Floats, Floats]:
    """What each comparison pulls the difference and the log tie strength by."""
    return _pulls(votes.outcome, *chances(matrix, at))


def _pulls(outcome: Codes, left: Floats, right: Floats, tie: Floats) -> tuple[Floats, Floats]:
    said = (outcome == LEFT) * 1.0 - (outcome == RIGHT)
    return (said - (left - right)) / 2, (outcome == TIE) - tie


def moment(matrix: Design, among: Floats, across: Floats, ties: Floats) -> Floats:
    """Design' diag(among) design, bordered by the tie column."""
    border = matrix.summed(across)
    return np.block([[matrix.squared(among), border[:, None]], [border[None, :], np.array([[ties.sum()]])]])


@dataclass(frozen=True)
class _Problem:
    """`hold` fixes what the comparisons leave free: the scores' level, the ridge, the tie strength without ties."""

    votes: Votes
    design: Design
    weight: Floats
    hold: Floats
    ties: bool

    def value(self, at: Floats) -> float:
        left, right, tie = chances(self.design, at)
        chance = np.choose(self.votes.outcome, (left, right, tie))
        held = float(at[:-1] @ self.hold[:-1, :-1] @ at[:-1]) / 2
        return float(self.weight @ np.log(np.maximum(chance, 1e-300))) - held

    def slope_and_information(self, at: Floats) -> tuple[Floats, Floats]:
        left, right, tie = chances(self.design, at)
        pull, tie_pull = _pulls(self.votes.outcome, left, right, tie)
        inner = self.design.summed(self.weight * pull) - self.hold[:-1, :-1] @ at[:-1]
        apart = (left + right - (left - right) ** 2) / 4
        across, ties = (right - left) * tie / 2, tie * (1 - tie)
        found = moment(self.design, self.weight * apart, self.weight * across, self.weight * ties)
        return np.append(inner, self.weight @ tie_pull), np.asarray(found + self.hold)


def _posed(votes: Votes, weight: Floats, ridge: float) -> _Problem:
    ties = bool((votes.outcome == TIE).any())
    hold = np.diag(
        np.r_[np.full(votes.models, ridge), np.full(votes.covariates.shape[1], COVARIATE_RIDGE), 1e-6 if ties else 1.0]
    )
    hold[: votes.models, : votes.models] += 1.0 / votes.models
    return _Problem(votes, design(votes), weight, hold, ties)


def _damped(problem: _Problem, at: Floats, step: Floats) -> Floats:
    """Halve a step that overshoots; a short one cannot."""
    if np.abs(step).max() < SHORT:
        return at + step
    before = problem.value(at)
    for halving in range(30):
        tried = np.asarray(at + step / 2**halving)
        if problem.value(tried) >= before - 1e-9 * (1 + abs(before)):
            return tried
    return at


# How sure -------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Covariances:
    """Of all parameters: as the model has it, by comparison, and by annotator (None with one annotator)."""

    model: Floats
    single: Floats
    clustered: Floats | None
    annotators: int

    @property
    def all(self) -> list[Floats]:
        return [self.model, self.single] + ([] if self.clustered is None else [self.clustered])

    @property
    def degrees(self) -> list[float]:
        """Of Student's t: few annotators know little, however many comparisons they made."""
        return [np.inf, np.inf, self.annotators - 1.0]


def covariances(votes: Votes, found: Fit) -> Covariances:
    """The sandwich by annotator can be too small where few of them carry an effect, and both sandwiches are where a score
    is held finite by the ridge alone; so all three are kept."""
    matrix = design(votes)
    pull, tie_pull = pulls(votes, matrix, found.at)
    bread = np.linalg.inv(found.information)
    single = bread @ moment(matrix, pull**2, pull * tie_pull, tie_pull**2) @ bread
    _, who = np.unique(votes.annotator, return_inverse=True)
    people = int(who.max(initial=-1)) + 1
    if people < 2:
        return Covariances(_centred(bread, votes.models), single, None, people)
    each = np.column_stack([matrix.by(who, people, pull), np.bincount(who, tie_pull, people)])
    clustered = bread @ (each.T @ each) @ bread * people / (people - 1)
    return Covariances(_centred(bread, votes.models), single, clustered, people)


def _centred(covariance: Floats, models: int) -> Floats:
    """Without the level that all scores share, which was fixed, not found."""
    keep = np.eye(len(covariance))
    keep[:models, :models] -= 1 / models
    return np.asarray(keep @ covariance @ keep)
