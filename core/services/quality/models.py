"""Which model's responses people prefer: the leaderboard, who beats whom, how fragile the top is, and what length adds."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from core.errors import N_
from core.services.quality.contest import Contest
from core.services.quality.targets import finite
from core.stats import leaderboard, win_rates
from core.stats.intervals import Interval
from core.stats.labels import Flags
from core.stats.leaderboard import Fragility, Leaderboard, Rating
from core.stats.votes import Votes, connectivity
from core.stats.win_rates import Arena

NO_COMPARISONS = N_("There are no comparisons yet.")
NO_MODELS = N_("No item names the models that its responses come from.")
SAME_LENGTHS = N_("All responses that were compared are equally long.")
FEW = 10
"""Comparisons below which a share says next to nothing."""


def comparative(contest: Contest | None) -> dict[str, Any]:
    """The part of the report that is about models; empty for task types that compare nothing."""
    if contest is None:
        return {"models": [], "win_matrix": None, "votes_to_flip": None, "length_controlled": None}
    if why := _missing(contest):
        return {"models": [], "models_why": why, "win_matrix": None, "votes_to_flip": None, "length_controlled": None}
    votes = contest.votes()
    found = leaderboard.leaderboard(votes)
    return {
        "models": [_rated(contest.models, one) for one in found.ratings], "models_why": found.why,
        "win_matrix": _matrix(contest, votes, found), "votes_to_flip": _fragile(contest.models, leaderboard.votes_to_flip(votes)),
        "length_controlled": _length_controlled(contest, found),
    }  # fmt: skip


def _missing(contest: Contest) -> str | None:
    if len(contest) == 0:
        return NO_COMPARISONS
    return None if contest.models else NO_MODELS


def _rated(names: Sequence[str], one: Rating) -> dict[str, Any]:
    return {
        "model": names[one.model], "score": finite(one.score), "low": finite(one.low), "high": finite(one.high), "rank": one.rank,
        "rank_low": one.rank_low, "rank_high": one.rank_high, "wins": one.wins, "losses": one.losses, "ties": one.ties,
    }  # fmt: skip


def _matrix(contest: Contest, votes: Votes, found: Leaderboard) -> dict[str, Any]:
    """Rows against columns, best first; null where two never met."""
    order = best_first(contest.models, votes, found)
    met = win_rates.matrix(votes)
    cells = [[met.get((row, column)) for column in order] for row in order]
    return {
        "models": [contest.models[at] for at in order],
        **{name: [[cell and getattr(cell, field) for cell in row] for row in cells] for name, field in _CELL.items()},
        "n": [[cell.n if cell else 0 for cell in row] for row in cells],
    }


_CELL = {"share": "value", "low": "low", "high": "high"}


def best_first(models: Sequence[str], votes: Votes, found: Leaderboard) -> list[int]:
    """By score, or, where there is no common scale, by the share of wins."""
    if found.ratings:
        return [one.model for one in found.ratings]
    shares = win_rates.raw(votes)
    return sorted(range(len(models)), key=lambda at: (-_value(shares[at]), models[at]))


def _value(found: Interval | None) -> float:
    return found.value if found else -1.0


def _fragile(names: Sequence[str], found: Fragility | None) -> dict[str, Any] | None:
    if found is None:
        return None
    instead = None if found.instead is None else names[found.instead]
    return {"votes": found.votes, "comparisons": found.comparisons, "top": names[found.top], "instead": instead}


# At equal length -------------------------------------------------------------------------------------------------------


def _length_controlled(contest: Contest, found: Leaderboard) -> dict[str, Any]:
    """Win rates as counted, and as they would be if both responses were always equally long and neither stood first."""
    swayed = contest.swayed
    if why := swayed.why or (SAME_LENGTHS if swayed.effects[1] is None else None):
        return {"models": [], "why": why}
    raw = win_rates.raw(contest.votes())
    rows = [_side_by_side(contest.models[one.model], raw[one.model], swayed.rates[one.model]) for one in found.ratings]
    return {"models": rows, "why": None}


def _side_by_side(model: str, raw: Interval | None, level: Interval | None) -> dict[str, Any]:
    return {"model": model, "n": raw.n if raw else 0, "raw": told(raw), "controlled": told(level)}


def told(found: Interval | None) -> dict[str, float] | None:
    return None if found is None else {"share": found.value, "low": found.low, "high": found.high}


# Other views ----------------------------------------------------------------------------------------------------------


def arena(contest: Contest) -> tuple[Arena, list[int]]:
    """Points as chatbot arenas give them, and each model's comparisons."""
    votes = contest.votes()
    counts = np.bincount(np.r_[votes.left, votes.right], minlength=votes.models)
    return win_rates.arena(votes), counts.tolist()


def comparable(contest: Contest) -> list[list[str]]:
    """Models in groups that were compared among themselves, directly or through others."""
    numbers, _all_finite = connectivity(contest.votes())
    return [[name for name, one in zip(contest.models, numbers, strict=True) if one == at] for at in np.unique(numbers)]


# In parts --------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Part:
    """Some of the comparisons, such as those of one language: each model's share of wins among them."""

    name: str
    comparisons: int
    shares: tuple[Interval | None, ...]


def parts(contest: Contest, models: Sequence[str], groups: dict[str, Flags]) -> list[Part]:
    """By group of items, the largest first; `models` gives the order of the shares."""
    found = []
    for name, items in groups.items():
        votes = contest.among(tuple(models), items[contest.item])
        found.append(Part(name, len(votes), tuple(win_rates.raw(votes))))
    return sorted((one for one in found if one.comparisons), key=lambda one: (-one.comparisons, one.name))
