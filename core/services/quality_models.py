"""Comparisons as votes between models: a leaderboard, and what sways people besides quality."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
import orjson
from sqlmodel import Session

from core.errors import N_
from core.services.quality_data import Evidence, Measured
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
    orders = [_outcomes(name) for name in measured.names]
    columns = [
        (at, *duel)
        for at, code in zip(rows.tolist(), measured.code[rows].tolist(), strict=True)
        for duel in orders[code]
    ]
    table = np.array(columns, dtype=np.int64).reshape(-1, 4)
    return Duels(table[:, 0], table[:, 1], table[:, 2], table[:, 3])


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


def _padded(evidence: Evidence, contents: Mapping[int, Content], column: Mapping[int, tuple[int, ...]]) -> Codes:
    """Items x responses, -1 where there is none: what loops over items once, and never over answers."""
    width = max((len(one.ids) for one in contents.values()), default=1)
    table = np.full((len(evidence.items), width), MISSING)
    if column:
        for size in {len(values) for values in column.values()}:
            rows = [item for item, values in column.items() if len(values) == size]
            table[rows, :size] = [column[item] for item in rows]
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
    table = _padded(
        evidence, contents, {at: tuple(code.get(m or "", MISSING) for m in one.models) for at, one in contents.items()}
    )
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
    lengths = _padded(evidence, contents, {at: one.lengths for at, one in contents.items()})
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
    shown = figures.orders(session.connection(), evidence.project.id)
    read: dict[tuple[str, int], tuple[int, ...]] = {}
    found = np.zeros(len(won.answer), dtype=np.int64)
    if not shown:
        return found
    rows = zip(
        evidence.answers.id[won.answer].tolist(),
        evidence.item[won.answer].tolist(),
        won.left.tolist(),
        won.right.tolist(),
        strict=True,
    )
    for at, (answer, item, winner, loser) in enumerate(rows):
        order = shown.get(answer)
        if order is not None:
            if (order, item) not in read:
                read[order, item] = _order(order, contents[item].ids)
            places = read[order, item]
            found[at] = places[loser] - places[winner] if places else 0
    return found


def _order(shown: str, ids: tuple[str, ...]) -> tuple[int, ...]:
    place = {name: at for at, name in enumerate(orjson.loads(shown))}
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
