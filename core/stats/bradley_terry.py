"""Davidson's Bradley-Terry: scores, tie strength and covariates by Newton's method."""

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_matrix, hstack

from core.stats.labels import Floats
from core.stats.votes import LEFT, RIGHT, TIE, Votes

NO_TIES = -40.0
COVARIATE_RIDGE = 1e-3
"""Keeps an effect finite that explains a few votes perfectly; no match for fifty votes."""


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
    few, weight = _compressed(votes)
    problem = _posed(few, weight, ridge)
    at = np.zeros(len(problem.hold)) if start is None else start.copy()
    at[-1] = at[-1] if problem.ties else NO_TIES
    for _ in range(rounds):
        step = np.linalg.solve(problem.information(at), problem.slope(at))
        at = _damped(problem, at, step)
        if np.abs(step).max() < 1e-10:
            break
    return Fit(at, problem.information(at), votes.models)


def _compressed(votes: Votes) -> tuple[Votes, Floats]:
    """Equal comparisons once, with how often each came; covariates keep all rows apart."""
    if votes.covariates.shape[1]:
        return votes, np.ones(len(votes))
    m = votes.models
    counts = np.bincount((votes.left * m + votes.right) * 3 + votes.outcome, minlength=3 * m * m)
    cell = np.flatnonzero(counts)
    pair = cell // 3
    nobody = np.zeros(len(cell), np.int64)
    return Votes(pair // m, pair % m, cell % 3, nobody, m, np.zeros((len(cell), 0))), counts[cell] * 1.0


@dataclass(frozen=True)
class _Problem:
    """`hold` fixes what the comparisons leave free: the scores' level, the ridge, the tie strength without ties."""

    votes: Votes
    design: csr_matrix
    weight: Floats
    hold: Floats
    ties: bool

    def value(self, at: Floats) -> float:
        chance = chances(self.design, at)[self.votes.outcome, np.arange(len(self.votes))]
        held = float(at[:-1] @ self.hold[:-1, :-1] @ at[:-1]) / 2
        return float(self.weight @ np.log(np.maximum(chance, 1e-300))) - held

    def slope(self, at: Floats) -> Floats:
        pull, tie_pull = pulls(self.votes, self.design, at)
        inner = self.design.T @ (self.weight * pull) - self.hold[:-1, :-1] @ at[:-1]
        return np.append(inner, self.weight @ tie_pull)

    def information(self, at: Floats) -> Floats:
        left, right, tie = chances(self.design, at)
        apart = (left + right - (left - right) ** 2) / 4
        across, ties = (right - left) * tie / 2, tie * (1 - tie)
        found = moment(self.design, self.weight * apart, self.weight * across, self.weight * ties)
        return np.asarray(found + self.hold)


def _posed(votes: Votes, weight: Floats, ridge: float) -> _Problem:
    matrix, ties = design(votes), bool((votes.outcome == TIE).any())
    hold = np.diag(
        np.r_[np.full(votes.models, ridge), np.full(votes.covariates.shape[1], COVARIATE_RIDGE), 1e-6 if ties else 1.0]
    )
    hold[: votes.models, : votes.models] += 1.0 / votes.models
    return _Problem(votes, matrix, weight, hold, ties)


def _damped(problem: _Problem, at: Floats, step: Floats) -> Floats:
    """Halve a step that overshoots."""
    before = problem.value(at)
    for halving in range(30):
        tried = np.asarray(at + step / 2**halving)
        if problem.value(tried) >= before - 1e-9 * (1 + abs(before)):
            return tried
    return at


def design(votes: Votes) -> csr_matrix:
    n, extra = len(votes), votes.covariates.shape[1]
    rows, ones = np.arange(n), np.ones(n)
    sides = csr_matrix(
        (np.r_[ones, -ones], (np.r_[rows, rows], np.r_[votes.left, votes.right])), shape=(n, votes.models)
    )
    if extra == 0:
        return sides
    return csr_matrix(hstack([sides, csr_matrix(votes.covariates)]))


def chances(matrix: csr_matrix, at: Floats) -> Floats:
    """Of left, right and tie (3 x comparisons)."""
    d = matrix @ at[:-1]
    logits = np.stack([d / 2, -d / 2, np.full(len(d), at[-1])])
    logits -= logits.max(axis=0)
    odds = np.exp(logits)
    return np.asarray(odds / odds.sum(axis=0))


def pulls(votes: Votes, matrix: csr_matrix, at: Floats) -> tuple[Floats, Floats]:
    """What each comparison pulls the difference and the log tie strength by."""
    chance = chances(matrix, at)
    said = np.stack([votes.outcome == code for code in (LEFT, RIGHT, TIE)]) - chance
    return np.asarray((said[0] - said[1]) / 2), np.asarray(said[2])


def moment(matrix: csr_matrix, among: Floats, across: Floats, ties: Floats) -> Floats:
    """Design' diag(among) design, bordered by the tie column."""
    inner = (matrix.T @ matrix.multiply(among[:, None]).tocsr()).toarray()
    border = matrix.T @ across
    return np.block([[inner, border[:, None]], [border[None, :], np.array([[ties.sum()]])]])


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
    gather = csr_matrix((np.ones(len(who)), (who, np.arange(len(who)))), shape=(people, len(who)))
    each = np.column_stack([(gather @ matrix.multiply(pull[:, None]).tocsr()).toarray(), gather @ tie_pull])
    clustered = bread @ (each.T @ each) @ bread * people / (people - 1)
    return Covariances(_centred(bread, votes.models), single, clustered, people)


def _centred(covariance: Floats, models: int) -> Floats:
    """Without the level that all scores share, which was fixed, not found."""
    keep = np.eye(len(covariance))
    keep[:models, :models] -= 1 / models
    return np.asarray(keep @ covariance @ keep)
