"""Comparisons as columns: each two responses that an answer compares, whose they are, how long, and which stood first."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import combinations
from typing import Any, NamedTuple

import numpy as np
import orjson
from sqlmodel import Session

from core.services.quality.data import Evidence, Measured, places_of
from core.stats import win_rates
from core.stats.labels import MISSING, Codes, Flags, Floats
from core.stats.votes import LEFT, RIGHT, TIE, Votes
from core.stats.win_rates import Swayed
from core.store import figures
from core.tasks.comparing import Comparison
from core.tasks.pairwise import FIRST, SECOND


@dataclass(frozen=True)
class Contest:
    """A row for each two responses that a person's first answer to an item compares, and the same of second looks.

    Responses count in the payload's order, models in that of `models`; -1 is a response that names no model.
    """

    models: tuple[str, ...]
    answer: Codes
    """The answer's place among the evidence's answers."""
    item: Codes
    person: Codes
    left: Codes
    right: Codes
    outcome: Codes
    ahead: Codes
    """1 where the left response was shown before the right, -1 where after, 0 where nobody knows."""
    longer: Floats
    """By how much the left one is longer in characters, as a share of both together."""
    stood_first: Mapping[int, Floats] = field(default_factory=dict)
    """By number of responses: how often each, in the payload's order, was shown first."""
    again: "Again | None" = None

    def __len__(self) -> int:
        return len(self.answer)

    @property
    def known(self) -> Flags:
        """Rows between two models."""
        return np.asarray((self.left != MISSING) & (self.right != MISSING) & (self.left != self.right))

    @property
    def decided(self) -> Flags:
        return np.asarray(self.outcome != TIE)

    @property
    def winner_ahead(self) -> Codes:
        """As `ahead`, of the winner; 0 without one."""
        return np.asarray(self.ahead * _side(self.outcome))

    @property
    def winner_longer(self) -> Floats:
        return np.asarray(self.longer * _side(self.outcome))

    def votes(self, rows: Flags | None = None, *, covariates: bool = False) -> Votes:
        """Of rows between models."""
        used = self.known if rows is None else self.known & rows
        sway = np.stack([self.ahead[used] * 1.0, self.longer[used]], axis=1) if covariates else None
        return Votes.of(
            self.left[used], self.right[used], self.outcome[used], self.person[used], models=len(self.models), covariates=sway
        )  # fmt: skip

    @cached_property
    def swayed(self) -> Swayed:
        """What standing first and being longer do to the votes between models."""
        return win_rates.swayed(self.votes(covariates=True))

    def among(self, models: tuple[str, ...], rows: Flags) -> Votes:
        """Of some rows, with only those models that are in them, numbered in this order."""
        place = np.full(len(self.models) + 1, MISSING)
        place[[self.models.index(name) for name in models]] = np.arange(len(models))
        used = self.known & rows
        return Votes.of(
            place[self.left[used]], place[self.right[used]], self.outcome[used], self.person[used], models=len(models)
        )


@dataclass(frozen=True)
class Again:
    """Second looks at a comparison: who, and whether the order and the choice were as the first time."""

    person: Codes
    swapped: Flags
    changed: Flags


class Content(NamedTuple):
    """An item's responses in the payload's order: ids, models where named, lengths in characters."""

    ids: tuple[str, ...]
    models: tuple[str | None, ...]
    lengths: tuple[int, ...]


@dataclass(frozen=True)
class Duels:
    """A row for each two responses: the answer's place, the responses' within the item, and who won."""

    answer: Codes
    left: Codes
    right: Codes
    outcome: Codes


def contest(session: Session, evidence: Evidence) -> Contest | None:
    """None for task types that compare nothing."""
    if not issubclass(evidence.project.rubric.payload_model, Comparison):
        return None
    measured = next(iter(evidence.targets.values()))
    duels = _duels(evidence, measured)
    contents = _contents(session, evidence, np.unique(evidence.item[duels.answer]))
    orders = _Orders.read(session, evidence, contents)
    models = tuple(sorted({name for one in contents.values() for name in one.models if name is not None}))
    item = evidence.item[duels.answer]
    owners, lengths = _owners(contents, models, len(evidence.items)), _lengths(contents, len(evidence.items))
    return Contest(
        models, duels.answer, item, evidence.person[duels.answer], owners[item, duels.left], owners[item, duels.right], duels.outcome,
        orders.ahead(evidence.answers.id[duels.answer], duels.left, duels.right), _longer(lengths[item, duels.left], lengths[item, duels.right]),
        orders.stood_first(evidence.answers.id[np.unique(duels.answer)]), _again(evidence, measured, orders),
    )  # fmt: skip


def _side(outcome: Codes) -> Codes:
    return np.asarray((outcome == LEFT) * 1 - (outcome == RIGHT))


# Answers --------------------------------------------------------------------------------------------------------------


def _duels(evidence: Evidence, measured: Measured) -> Duels:
    rows = np.flatnonzero(evidence.labels & (measured.code != MISSING))
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


def _again(evidence: Evidence, measured: Measured, orders: "_Orders") -> Again:
    """Second looks whose order, and that of the first look, is known."""
    again = evidence.repeats
    before, after = (orders.nth(ids) for ids in (evidence.answers.id[again.first], again.answers.id))
    human = ~evidence.machines[evidence.person[again.first]]
    said, now = measured.code[again.first], measured.again
    used = human & (before != MISSING) & (after != MISSING) & (said != MISSING) & (now != MISSING)
    return Again(evidence.person[again.first][used], before[used] != after[used], said[used] != now[used])


# Items ----------------------------------------------------------------------------------------------------------------


def _contents(session: Session, evidence: Evidence, wanted: Codes) -> dict[int, Content]:
    """By the item's place."""
    ids = evidence.items[wanted]
    place = dict(zip(ids.tolist(), wanted.tolist(), strict=True))
    rows = figures.compared(session.connection(), ids)
    return {place[one]: _content(payload, models) for one, payload, models in rows}


def _content(payload: str, models: str | None) -> Content:
    responses: Mapping[str, Any] = orjson.loads(payload)["responses"]
    named = orjson.loads(models) if models else {}
    return Content(tuple(responses), tuple(map(named.get, responses)), tuple(map(_length, responses.values())))


def _length(response: Mapping[str, Any]) -> int:
    text = response.get("text")
    if isinstance(text, str):
        return len(text)
    if text is not None:
        return len(orjson.dumps(text))  # as the reader sees a bare True or 36
    return sum(len(turn["content"]) for turn in response.get("messages") or ())


def _owners(contents: Mapping[int, Content], models: tuple[str, ...], items: int) -> Codes:
    code = {name: at for at, name in enumerate(models)}
    return _padded({at: tuple(code.get(name or "", MISSING) for name in one.models) for at, one in contents.items()}, items)  # fmt: skip


def _lengths(contents: Mapping[int, Content], items: int) -> Codes:
    return _padded({at: one.lengths for at, one in contents.items()}, items)


def _longer(left: Codes, right: Codes) -> Floats:
    return np.asarray((left - right) / np.maximum(left + right, 1))


def _padded(column: Mapping[int, tuple[int, ...]], rows: int) -> Codes:
    """Rows x responses, -1 where there is none, and two columns at least."""
    table = np.full((rows, max([2, *map(len, column.values())])), MISSING)
    for size in {len(values) for values in column.values()}:
        of_size = [row for row, values in column.items() if len(values) == size]
        table[of_size, :size] = [column[row] for row in of_size]
    return table


# Orders ---------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Orders:
    """The orders in which responses were shown: the distinct ones of each item, and which one each answer had."""

    ids: Codes
    order: Codes
    """For each of the answers: which of the distinct orders."""
    place: Codes
    """Distinct orders x responses: where each stood. The last row is for answers whose order nobody knows."""

    @classmethod
    def read(cls, session: Session, evidence: Evidence, contents: Mapping[int, Content]) -> "_Orders":
        """An order that names other responses than the item has is none."""
        ids, shown = figures.orders(session.connection(), evidence.project.id)
        item = _items_of(evidence, ids)
        kept = item != MISSING
        codes: dict[str, int] = {}
        said = np.array([codes.setdefault(text, len(codes)) for text in shown[kept].tolist()], dtype=np.int64)
        seen, order = np.unique(item[kept] * max(len(codes), 1) + said, return_inverse=True)
        texts = [orjson.loads(text) for text in codes]
        keys = zip((seen // max(len(codes), 1)).tolist(), (seen % max(len(codes), 1)).tolist(), strict=True)
        places = {n: _order(texts[code], contents.get(at)) for n, (at, code) in enumerate(keys)}
        return cls(ids[kept], order.reshape(-1), _padded(places, len(seen) + 1))

    def nth(self, answers: Codes) -> Codes:
        """Which order, -1 unknown. Equal numbers are equal orders of one item."""
        found = np.full(len(answers), MISSING)
        at, used = places_of(answers, self.ids)
        found[used] = self.order[at]
        return np.where(self.place[found, 0] == MISSING, MISSING, found)

    def ahead(self, answers: Codes, left: Codes, right: Codes) -> Codes:
        nth = self.nth(answers)
        known, found = nth != MISSING, np.zeros(len(answers), dtype=np.int64)
        found[known] = np.sign(self.place[nth[known], right[known]] - self.place[nth[known], left[known]])
        return found

    def stood_first(self, answers: Codes) -> dict[int, Floats]:
        nth = self.nth(answers)
        shown = self.place[nth[nth != MISSING]]
        many = (shown != MISSING).sum(axis=1)
        return {
            int(size): np.bincount((shown[many == size] == 0).argmax(axis=1), minlength=int(size)) * 1.0
            for size in np.unique(many)
        }


def _items_of(evidence: Evidence, ids: Codes) -> Codes:
    """The place of each answer's item, -1 for answers that do not count."""
    found = np.full(len(ids), MISSING)
    for known, item in (
        (evidence.answers.id, evidence.item), (evidence.repeats.answers.id, evidence.item[evidence.repeats.first]),
    ):  # fmt: skip
        at, used = places_of(ids, known)
        found[used] = item[at]
    return found


def _order(shown: Sequence[str], content: Content | None) -> tuple[int, ...]:
    """The place at which each response was shown; empty where the order names others."""
    ids = content.ids if content else ()
    if len(ids) == 2 and len(shown) == 2:  # nearly all are pairs: ten times as fast
        first, second = ids
        return (0, 1) if shown == [first, second] else (1, 0) if shown == [second, first] else ()
    if len(ids) != len(shown) or {*ids} != {*shown}:
        return ()
    return tuple(map(shown.index, ids))
