"""Comparisons of two models as columns, and which models they link."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import connected_components

from core.errors import N_, InvalidInput
from core.stats.labels import Codes, Floats, numbers

LEFT, RIGHT, TIE = 0, 1, 2
NOT_VOTES = N_("Comparisons name two different models, a person, and left, right or tie.")


@dataclass(frozen=True)
class Votes:
    """One row a comparison: two models, the outcome (0 left, 1 right, 2 tie), who judged, and covariates that speak for
    the left one (such as 1 when it was shown first and -1 when second)."""

    left: Codes
    right: Codes
    outcome: Codes
    annotator: Codes
    models: int
    covariates: Floats = field(default_factory=lambda: np.zeros((0, 0)))

    @classmethod
    def of(
        cls,
        left: ArrayLike,
        right: ArrayLike,
        outcome: ArrayLike,
        annotator: ArrayLike,
        *,
        models: int | None = None,
        covariates: ArrayLike | None = None,
    ) -> "Votes":
        columns = [np.asarray(column, dtype=np.int64) for column in (left, right, outcome, annotator)]
        n, needed = len(columns[0]), int(max(columns[0].max(initial=-1), columns[1].max(initial=-1))) + 1
        extra = np.zeros((n, 0)) if covariates is None else numbers(covariates)
        extra = extra if extra.ndim == 2 else extra[:, None]
        odd = any(len(column) != n or column.min(initial=0) < 0 for column in columns)
        if odd or (columns[0] == columns[1]).any() or columns[2].max(initial=0) > TIE or needed > (models or needed):
            raise InvalidInput(NOT_VOTES)
        return cls(columns[0], columns[1], columns[2], columns[3], models or needed, extra)

    def __len__(self) -> int:
        return len(self.left)

    def subset(self, rows: Codes) -> "Votes":
        columns = (self.left, self.right, self.outcome, self.annotator)
        left, right, outcome, annotator = (column[rows] for column in columns)
        return Votes(left, right, outcome, annotator, self.models, self.covariates[rows])

    def wins(self) -> tuple[Floats, Floats]:
        """Models x models: how often the row's model beat the column's, and how often they tied."""
        decided = self.outcome != TIE
        winner = np.where(self.outcome == LEFT, self.left, self.right)
        loser = self.left + self.right - winner
        tied = _square(self.left[~decided], self.right[~decided], self.models)
        return _square(winner[decided], loser[decided], self.models), tied + tied.T


@dataclass(frozen=True)
class WinRates:
    """How often the row's model beats the column's, a tie counting half (NaN where they never met), of how many."""

    share: Floats
    n: Floats


def win_rates(votes: Votes) -> WinRates:
    won, tied = votes.wins()
    n = won + won.T + tied
    return WinRates(np.divide(won + tied / 2, n, out=np.full_like(n, np.nan), where=n > 0), n)


def connectivity(votes: Votes) -> tuple[Codes, bool]:
    """Which models can be compared at all (group numbers), and whether all scores are finite: every model reaches every
    other by wins. Ties link models but hold no score, for the tie strength can grow along with the gap."""
    if votes.models == 0:
        return np.zeros(0, np.int64), False
    won, tied = votes.wins()
    _, groups = connected_components(csr_matrix(won + tied), directed=False)
    parts, _ = connected_components(csr_matrix(won), directed=True, connection="strong")
    return groups.astype(np.int64), bool(parts == 1)


def _square(rows: Codes, columns: Codes, models: int) -> Floats:
    return np.bincount(rows * models + columns, minlength=models**2).reshape(models, models) * 1.0
