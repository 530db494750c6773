"""SQL of quality figures: answers, values and gold read in bulk, as columns of numbers; JSON stays text until it is needed."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from typing import Any, Literal, Self

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Row,
    Select,
    Text,
    and_,
    case,
    cast,
    extract,
    func,
    null,
    or_,
    select,
    type_coerce,
)

from core.store import columns
from core.store.columns import Ints
from core.store.tables import Answer, Batch, Gold, Item, Lane, Person, SettingsVersion, TargetValue, core
from core.store.work import GIVEN_AT

answer, gold, item, person, value = core(Answer), core(Gold), core(Item), core(Person), core(TargetValue)
version, lane, batch = core(SettingsVersion), core(Lane), core(Batch)
PURPOSES = ("work", "imported", "gold")
"""What is read: the first two are counted as labels, hidden checks for accuracy only."""
CHECK = PURPOSES.index("gold")
REPEAT = len(PURPOSES)
_AT_ONCE = 5000
Small = NDArray[np.int16]
Kind = Literal["code", "number", "symbol"]


@dataclass(frozen=True)
class Within:
    """Whose figures: a project's, or those of its items of one batch or language alone, or of its pilot."""

    project_id: int
    batch: str | None = None
    lang: str | None = None
    pilot: bool = False

    @property
    def whole(self) -> bool:
        return self.batch is None and self.lang is None

    def items(self) -> ColumnElement[bool]:
        """Which rows of `item`."""
        found = [item.c.project_id == self.project_id]
        if self.lang is not None:
            found.append(item.c.lang == self.lang)
        if self.batch is not None:
            lanes = select(lane.c.id).join(batch, batch.c.id == lane.c.batch_id)
            found.append(
                item.c.lane_id.in_(lanes.where(batch.c.project_id == self.project_id, batch.c.name == self.batch))
            )
        return and_(*found)

    def answers(self) -> ColumnElement[bool]:
        """Which rows of `answer`."""
        mine = answer.c.project_id == self.project_id
        mine = and_(mine, answer.c.piloted) if self.pilot else mine
        return mine if self.whole else and_(mine, answer.c.item_id.in_(select(item.c.id).where(self.items())))


@dataclass(frozen=True)
class Answers:
    """One row each of what a person said first of an item. `seconds` is NaN and `passed` -1 where unknown."""

    id: Ints
    item: Ints
    person: Ints
    purpose: Small
    """A place in PURPOSES, or REPEAT."""
    version: Small
    """Of the settings."""
    guidelines: Small
    nth: Small
    """0, or which second look it is."""
    seconds: NDArray[np.float64]
    passed: Small
    at: Ints
    """Whole seconds since 1970 began."""

    def __len__(self) -> int:
        return len(self.id)

    def subset(self, rows: NDArray[Any]) -> Self:
        return type(self)(*(getattr(self, field.name)[rows] for field in fields(self)))


_PURPOSE = case(
    (answer.c.purpose == "pilot", 0),
    *((answer.c.purpose == name, at) for at, name in enumerate(PURPOSES)),
    else_=REPEAT,
)
_PASSED = case((answer.c.passed.is_(None), -1), (answer.c.passed, 1), else_=0)
_AT = cast(extract("epoch", answer.c.at), BigInteger)
COUNTED = and_(answer.c.outcome == "submitted", or_(answer.c.undone_at.is_(None), answer.c.purpose == "gold"))
"""A label that its author took back is none; a hidden check counts as first given."""
_KEYS = (
    answer.c.id, answer.c.item_id, answer.c.person_id, _PURPOSE, answer.c.settings_version, answer.c.guideline_version, answer.c.nth,
    func.coalesce(answer.c.active_ms, -1),
)  # fmt: skip
_ANSWER = (*_KEYS, _PASSED, _AT, answer.c.revision)


def answers(connection: Connection, within: Within) -> tuple[Answers, Answers]:
    """What people said of an item first, and what they said when they were shown it again (or a second look was imported):
    submitted, not taken back, of several revisions the lowest; in the order of their ids."""
    purposes = ("work", "pilot") if within.pilot else (*PURPOSES, "repeat")
    counted = and_(within.answers(), answer.c.purpose.in_(purposes), COUNTED)
    found = _said_first(connection, select(*_ANSWER).where(counted))
    looked_again = (found.purpose == REPEAT) | ((found.purpose == PURPOSES.index("imported")) & (found.nth > 0))
    return found.subset((found.nth == 0) & ~looked_again), found.subset(looked_again)


def _said_first(connection: Connection, query: Select[Any]) -> Answers:
    ids, items, people, *small, spent, judged, at, revisions = columns.integers(connection, query)
    purpose, settings, guidelines, nth, passed = (column.astype(np.int16) for column in (*small, judged))
    seconds = np.where(spent >= 0, spent / 1000, np.nan)
    found = Answers(ids, items, people, purpose, settings, guidelines, nth, seconds, passed, at)
    return found.subset(_firsts(found, revisions))


def graded(connection: Connection, within: Within, person_id: int | None = None) -> Answers:
    """What people said first of items with gold. `passed` is what was judged by the gold as it stands: -1 where there was
    none yet, or another, when the answer was given."""
    as_it_stands = case((gold.c.created_at > answer.c.at, -1), else_=_PASSED)
    known = gold.join(answer, answer.c.item_id == gold.c.item_id)
    query: Select[Any] = select(*_KEYS, as_it_stands, _AT, answer.c.revision).select_from(known)
    query = query.where(gold.c.project_id == within.project_id, within.answers(), COUNTED)
    query = query.where(answer.c.purpose.in_(PURPOSES), answer.c.nth == 0)
    return _said_first(connection, query if person_id is None else query.where(answer.c.person_id == person_id))


def beside_gold(connection: Connection, ids: Ints) -> Iterator[Row[Any]]:
    """Answers and what is known of their items: id, body and gold, the last two as JSON text."""
    query: Select[Any] = select(answer.c.id, _text(answer.c.body).label("body"), _text(gold.c.answer).label("gold"))
    return chosen(connection, query.join(gold, gold.c.item_id == answer.c.item_id), answer.c.id, ids)


def given_times(connection: Connection, person_id: int, before: int) -> list[Ints]:
    """Project and time, in seconds since 1970, of all that a person has answered before a moment; of revisions, the first's."""
    query: Select[Any] = select(answer.c.project_id, cast(extract("epoch", GIVEN_AT), BigInteger)).where(
        answer.c.person_id == person_id, answer.c.purpose != "review", answer.c.current, answer.c.outcome == "submitted"
    )
    project, at = columns.integers(connection, query)
    return [project[at < before], at[at < before]]


def _firsts(found: Answers, revision: Ints) -> Ints:
    if (revision == 1).all():
        return np.argsort(found.id)
    order = np.lexsort((revision, found.nth, found.purpose, found.person, found.item))
    key = np.stack([column[order] for column in (found.item, found.person, found.purpose, found.nth)])
    fresh = np.ones(len(order), dtype=np.bool_)
    fresh[1:] = (key[:, 1:] != key[:, :-1]).any(axis=0)
    kept = order[fresh]
    return np.asarray(kept[np.argsort(found.id[kept])])


def values(connection: Connection, within: Within, target: str, kind: Kind, ids: Ints) -> tuple[Ints, NDArray[Any]]:
    """Ids of answers, those that are asked for among them, and what each says of the target; "not applicable" has no row."""
    query: Select[Any] = select(value.c.answer_id, value.c[kind]).where(
        value.c.target == target, value.c[kind].is_not(None), value.c.answer_id.between(*span(ids))
    )
    if crowded(ids):
        mine = and_(answer.c.id == value.c.answer_id, within.answers())
        query = query.join(answer, mine)
    if kind == "code":
        found, codes = columns.integers(connection, query)
        return found, codes
    found, said = columns.mixed(connection, query, np.int64, object if kind == "symbol" else np.float64)
    return found, said


def span(ids: Ints) -> tuple[int, int]:
    return (int(ids.min()), int(ids.max())) if len(ids) else (0, 0)


def crowded(ids: Ints) -> bool:
    """Whether many others lie between them, so that reading all in between would be a waste."""
    first, last = span(ids)
    return last - first > 2 * len(ids)


def golds(connection: Connection, within: Within, *, payloads: bool) -> Sequence[Row[Any]]:
    """Item, known answer and, where asked for, payload: both as JSON text."""
    shown: ColumnElement[Any] = _text(item.c.payload) if payloads else null()
    query: Select[Any] = (
        select(gold.c.item_id, _text(gold.c.answer).label("answer"), shown.label("payload"))
        .join(item, item.c.id == gold.c.item_id)
        .where(within.items())
    )
    return connection.execute(query).all()


def golds_of(connection: Connection, items: Ints) -> list[Row[Any]]:
    """The same of these items alone, without payloads."""
    query: Select[Any] = select(gold.c.item_id, _text(gold.c.answer).label("answer"), null().label("payload"))
    return list(chosen(connection, query, gold.c.item_id, items))


def count_items(connection: Connection, within: Within) -> int:
    return int(connection.execute(select(func.count()).select_from(item).where(within.items())).scalar_one())


def people(connection: Connection, ids: Ints) -> dict[int, Row[Any]]:
    """Name and kind."""
    query: Select[Any] = select(person.c.id, person.c.name, person.c.kind)
    return {row.id: row for row in chosen(connection, query, person.c.id, ids)}


def keys(connection: Connection, ids: Ints) -> dict[int, str]:
    return {row.id: row.key for row in chosen(connection, select(item.c.id, item.c.key), item.c.id, ids)}


def compared(connection: Connection, ids: Ints) -> Iterator[Any]:
    """What items compare: id, payload and models, the last two as JSON text."""
    query: Select[Any] = select(item.c.id, _text(item.c.payload).label("payload"), _text(item.c.models).label("models"))
    return chosen(connection, query, item.c.id, ids)


def orders(connection: Connection, project_id: int) -> tuple[Ints, NDArray[Any]]:
    """Ids of answers, ascending, and the order in which each was shown its candidates, as JSON text, where it is known."""
    query: Select[Any] = select(answer.c.id, _text(answer.c.shown)).where(
        answer.c.project_id == project_id, answer.c.shown.is_not(None)
    )
    (ids,), shown = columns.integers_and_text(connection, query)
    order = np.argsort(ids)
    return ids[order], shown[order]


def bodies(connection: Connection, ids: Ints) -> dict[int, str]:
    query: Select[Any] = select(answer.c.id, _text(answer.c.body).label("body"))
    return {row.id: row.body for row in chosen(connection, query, answer.c.id, ids)}


def versions(connection: Connection, project_id: int) -> Sequence[Row[Any]]:
    """Settings, the newest first."""
    query: Select[Any] = select(version.c.number, version.c.settings, version.c.carries_over)
    return connection.execute(query.where(version.c.project_id == project_id).order_by(version.c.number.desc())).all()


def chosen(connection: Connection, query: Select[Any], column: ColumnElement[int], ids: Ints) -> Iterator[Row[Any]]:
    """Rows with these ids, each row's first column."""
    if len(ids) > _AT_ONCE and not crowded(ids):
        wanted = set(ids.tolist())
        found = connection.execute(query.where(column.between(*span(ids))))
        for rows in found.partitions(_AT_ONCE):
            yield from (row for row in rows if row[0] in wanted)
        return
    for start in range(0, len(ids), _AT_ONCE):
        yield from connection.execute(query.where(column.in_(ids[start : start + _AT_ONCE].tolist()))).all()


def _text(column: ColumnElement[Any]) -> ColumnElement[Any]:
    return type_coerce(column, Text)
