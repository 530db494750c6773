"""What sways comparisons besides quality: which response stood first, which is longer, and whether the order was fair."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from core.errors import N_
from core.services.quality.contest import Again, Contest
from core.services.quality.data import Evidence
from core.stats import bias, intervals
from core.stats.intervals import Interval
from core.stats.labels import Flags, Floats
from core.stats.leaderboard import Effect

NO_ORDER = N_("The order in which the responses were shown is not known.")
SAME_LENGTH = N_("No comparison between responses of different length was decided.")
NO_SECOND_LOOKS = N_("No annotator has compared the same responses again in another order.")
NOTICED = (0.52, 0.55, 0.575, 0.6)
"""Shares whose price in comparisons is told."""
TWICE = 1 / 3
"""By how much a response twice as long is longer, as a share of both together."""


@dataclass(frozen=True)
class Leaning:
    """How often the response shown first won in one person's decided comparisons; `chance` is that of one as uneven by
    luck, among all people looked at."""

    person: int
    found: Interval
    chance: float
    biased: bool


def biases(contest: Contest | None, evidence: Evidence) -> dict[str, Any]:
    """The part of the report that is about bias; empty for task types that compare nothing."""
    if contest is None:
        return {"bias": {}}
    position, length = contest.swayed.effects if contest.models and len(contest) else (None, None)
    return {
        "bias": {
            "first_position": _share(contest, contest.winner_ahead * 1.0, NO_ORDER),
            "longer": _share(contest, contest.winner_longer, SAME_LENGTH),
            "effects": {"position": _effect(position, 1.0), "length": _effect(length, TWICE)},
            "people": {evidence.people[one.person]: _leaning(one) for one in leanings(contest, evidence)},
            "flips": _flips(contest.again), "order": _order(contest), "needed": {str(share): bias.needed(share) for share in NOTICED},
        }
    }  # fmt: skip


def leanings(contest: Contest, evidence: Evidence) -> list[Leaning]:
    """The most uneven first."""
    used = contest.decided & (contest.ahead != 0)
    found = bias.by_person(contest.winner_ahead[used] > 0, contest.person[used], len(evidence.people))
    shares = [
        (at, share) for at in range(len(found.n)) if (share := intervals.share(int(found.first[at]), int(found.n[at])))
    ]
    each = [Leaning(at, share, float(found.adjusted[at]), bool(found.biased[at])) for at, share in shares]
    return sorted(each, key=lambda one: (-abs(one.found.value - 0.5), one.person))


def flip_rates(again: Again | None) -> tuple[Interval | None, Interval | None]:
    """Of second looks: how often the choice was another with the order swapped, and with the order as it was."""
    if again is None:
        return None, None
    return _changed(again, again.swapped), _changed(again, ~again.swapped)


def _changed(again: Again, rows: Flags) -> Interval | None:
    return intervals.share(int(again.changed[rows].sum()), int(rows.sum()))


# As told --------------------------------------------------------------------------------------------------------------


def _share(contest: Contest, ahead: Floats, why: str) -> dict[str, Any]:
    """How often the one that is ahead in something won, where one is."""
    used = contest.decided & (ahead != 0)
    if not used.any():
        reason = why if contest.decided.any() else bias.NONE_DECIDED
        return {"share": None, "low": None, "high": None, "n": 0, "why": reason}
    found = bias.share(ahead[used] > 0, contest.person[used])
    return {"share": found.share, "low": found.low, "high": found.high, "n": found.n}


def _effect(found: Effect | None, dose: float) -> dict[str, float] | None:
    """In log odds, and as the share that wins between equally good models."""
    if found is None:
        return None
    odds = {"value": found.value, "low": found.low, "high": found.high}
    shares = {"share": found.value, "share_low": found.low, "share_high": found.high}
    return {**odds, **{name: float(1 / (1 + np.exp(-at * dose))) for name, at in shares.items()}}


def _leaning(one: Leaning) -> dict[str, Any]:
    found = one.found
    told = {"share": found.value, "low": found.low, "high": found.high, "n": found.n}
    return {**told, "adjusted_p": one.chance, "biased": one.biased}


def _flips(again: Again | None) -> dict[str, Any]:
    swapped, same = flip_rates(again)
    if swapped is None:
        return {"rate": None, "low": None, "high": None, "n": 0, "same_order": _rate(same), "why": NO_SECOND_LOOKS}
    return {**(_rate(swapped) or {}), "same_order": _rate(same)}


def _rate(found: Interval | None) -> dict[str, Any] | None:
    return None if found is None else {"rate": found.value, "low": found.low, "high": found.high, "n": found.n}


def _order(contest: Contest) -> dict[str, Any]:
    """Whether each response stood first as often as it should."""
    found = bias.fairness_of_all(contest.stood_first.values())
    if found is None:
        return {"fair": None, "chance": None, "n": 0, "why": NO_ORDER}
    return {"fair": not found.broken, "chance": found.chance, "n": found.n}
