"""Comparisons as votes between models: a leaderboard, and what sways people besides quality."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
import orjson
from sqlmodel import Session

from core.errors import N_
from core.services.quality_data import Evidence, Measured, places_of
from core.services.quality_targets import finite
from core.stats import bias, leaderboard
from core.stats.labels import MISSING, Codes
from core.stats.votes import LEFT, RIGHT, TIE, Votes
from core.store import figures
from core.tasks.comparing import Comparison
from core.tasks.pairwise import FIRST, SECOND

NO_COMPARISONS = N_("There are no comparisons yet.")
NO_MODELS = N_("No item names the models that its responses come from.")
NO_ORDER = N_("The order in which the responses were shown is not known.")
SAME_LENGTH = N_("No comparison between responses of different length was decided.")


@dataclass(frozen=True)
class Content:
    """An item's responses in the payload's order: ids, models where named, lengths in characters."""

    ids: tuple[str, ...]
    models: tuple[str | None, ...]
    lengths: tuple[int, ...]


@dataclass(frozen=True)
class Duels:
    """One row for each two responses that an answer compares; the answer's place, and the responses' within the item."""

    answer: Codes
    left: Codes
    right: Codes
    outcome: Codes


def comparative(session: Session, evidence: Evidence) -> dict[str, Any]:
    if not issubclass(evidence.project.rubric.payload_model, Comparison):
        return {"models": [], "bias": {}}
    measured = next(iter(evidence.targets.values()))
    duels = _duels(evidence, measured)
    wanted = np.unique(evidence.item[duels.answer])
    contents = _contents(session, evidence, wanted)
    ranked, why = _models(evidence, duels, contents)
    return {"models": ranked, "models_why": why, "bias": _bias(session, evidence, duels, contents)}


def _duels(evidence: Evidence, measured: Measured) -> Duels:
    rows = np.flatnonzero(evidence.labels & (measured.code != MISSING))
    first = np.unique(evidence.item[rows] * max(len(evidence.people), 1) + evidence.person[rows], return_index=True)[1]
    rows = rows[np.sort(first)]
    said = [_outcomes(name) for name in measured.names]
    size = np.array([len(duels) for duels in said], dtype=np.int64)
    flat = np.array([duel for duels in said for duel in duels], dtype=np.int64).reshape(-1, 3)
    code = measured.code[rows]
    many = size[code]
    within = np.arange(many.sum()) - np.repeat(np.cumsum(many) - many, many)
    at = np.repeat((np.cumsum(size) - size)[code], many) + within
    return Duels(np.repeat(rows, many), *flat[at].T)


def _outcomes(name: str) -> list[tuple[int, int, int]]:
    """What one value says of each two responses: a side, or a ranking; "both bad" puts neither ahead."""
    if name[0].isdigit():
        ranks = [int(rank) for rank in name.split(",")]
        return [(i, j, _outcome(ranks[i], ranks[j])) for i, j in combinations(range(len(ranks)), 2)]
    return [(0, 1, {FIRST: LEFT, SECOND: RIGHT}.get(name, TIE))]


def _outcome(left: int, right: int) -> int:
    return LEFT if left < right else RIGHT if right < left else TIE


def _contents(session: Session, evidence: Evidence, wanted: Codes) -> dict[int, Content]:
    """By the item's place."""
    ids = evidence.items[wanted]
    place = dict(zip(ids.tolist(), wanted.tolist(), strict=True))
    return {place[row.id]: _content(row) for row in figures.compared(session.connection(), ids)}


def _content(row: Any) -> Content:
    responses: Mapping[str, Any] = orjson.loads(row.payload)["responses"]
    models = orjson.loads(row.models) if row.models else {}
    return Content(
        tuple(responses), tuple(models.get(name) for name in responses), tuple(map(_length, responses.values()))
    )


def _length(response: Mapping[str, Any]) -> int:
    if (text := response.get("text")) is not None:
        return len(text if isinstance(text, str) else orjson.dumps(text))  # as the reader sees a bare True or 36
    return sum(len(turn["content"]) for turn in response.get("messages") or ())


def _padded(column: Mapping[int, tuple[int, ...]], rows: int) -> Codes:
    """Rows x responses, -1 where there is none, and two columns at least."""
    table = np.full((rows, max([2, *map(len, column.values())])), MISSING)
    for size in {len(values) for values in column.values()}:
        of_size = [row for row, values in column.items() if len(values) == size]
        table[of_size, :size] = [column[row] for row in of_size]
    return table


# Models ---------------------------------------------------------------------------------------------------------------


def _models(
    evidence: Evidence, duels: Duels, contents: Mapping[int, Content]
) -> tuple[list[dict[str, Any]], str | None]:
    if len(duels.answer) == 0:
        return [], NO_COMPARISONS
    names = sorted({model for one in contents.values() for model in one.models if model is not None})
    if not names:
        return [], NO_MODELS
    code = {name: at for at, name in enumerate(names)}
    coded = {at: tuple(code.get(model or "", MISSING) for model in one.models) for at, one in contents.items()}
    table = _padded(coded, len(evidence.items))
    item = evidence.item[duels.answer]
    left, right = table[item, duels.left], table[item, duels.right]
    used = (left != MISSING) & (right != MISSING) & (left != right)
    who = evidence.person[duels.answer[used]]
    found = leaderboard.leaderboard(Votes.of(left[used], right[used], duels.outcome[used], who, models=len(names)))
    return [_rated(names, one) for one in found.ratings], found.why


def _rated(names: list[str], one: leaderboard.Rating) -> dict[str, Any]:
    return {
        "model": names[one.model], "score": finite(one.score), "low": finite(one.low), "high": finite(one.high), "rank": one.rank,
        "rank_low": one.rank_low, "rank_high": one.rank_high, "wins": one.wins, "losses": one.losses, "ties": one.ties,
    }  # fmt: skip


# Bias -----------------------------------------------------------------------------------------------------------------


def _bias(session: Session, evidence: Evidence, duels: Duels, contents: Mapping[int, Content]) -> dict[str, Any]:
    decided = duels.outcome != TIE
    won = Duels(duels.answer[decided], *_winners(duels, decided), duels.outcome[decided])
    item = evidence.item[won.answer]
    lengths = _padded({at: one.lengths for at, one in contents.items()}, len(evidence.items))
    longer = lengths[item, won.left] - lengths[item, won.right]
    place = _places(session, evidence, won, contents)
    return {
        "first_position": _share(evidence, won, place, NO_ORDER),
        "longer": _share(evidence, won, longer, SAME_LENGTH),
    }


def _winners(duels: Duels, rows: Any) -> tuple[Codes, Codes]:
    """Winner and loser."""
    left, right, first = duels.left[rows], duels.right[rows], duels.outcome[rows] == LEFT
    return np.where(first, left, right), np.where(first, right, left)


def _places(session: Session, evidence: Evidence, won: Duels, contents: Mapping[int, Content]) -> Codes:
    """Above 0 where the winner was shown before the loser, below where after, 0 where nobody knows."""
    ids, shown = figures.orders(session.connection(), evidence.project.id)
    at, used = places_of(evidence.answers.id, ids)
    rows = np.flatnonzero(used)
    read: dict[tuple[int, str], int] = {}
    keys = zip(evidence.item[rows].tolist(), shown[at].tolist(), strict=True)
    nth = np.full(len(evidence.answers), MISSING)
    nth[rows] = [read.setdefault(key, len(read)) for key in keys]
    table = _padded({n: _order(order, contents.get(item)) for n, (item, order) in enumerate(read)}, len(read) + 1)
    mine = nth[won.answer]
    return np.asarray(table[mine, won.right] - table[mine, won.left])


def _order(shown: str, content: Content | None) -> tuple[int, ...]:
    """The place at which each response was shown; empty where the order names others."""
    place = {name: at for at, name in enumerate(orjson.loads(shown))}
    ids = content.ids if content else ()
    return tuple(place[name] for name in ids) if place.keys() == set(ids) else ()


def _share(evidence: Evidence, won: Duels, ahead: Codes, why: str) -> dict[str, Any]:
    """How often the one that is ahead in something won, where one is."""
    used = ahead != 0
    if not used.any():
        return {
            "share": None,
            "low": None,
            "high": None,
            "n": 0,
            "why": bias.NONE_DECIDED if len(won.answer) == 0 else why,
        }
    found = bias.share(ahead[used] > 0, evidence.person[won.answer[used]])
    return {"share": found.share, "low": found.low, "high": found.high, "n": found.n}
