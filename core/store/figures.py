"""SQL of quality figures: answers, values and gold read in bulk, as columns of numbers; JSON stays text until it is needed."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import ColumnElement, Connection, Row, Select, Text, case, func, null, select, type_coerce

from core.store.tables import Answer, Gold, Item, Person, SettingsVersion, TargetValue, core

answer, gold, item, person, value = core(Answer), core(Gold), core(Item), core(Person), core(TargetValue)
version = core(SettingsVersion)
PURPOSES = ("work", "imported", "gold")
"""What is read: the first two are counted as labels, hidden checks for accuracy only."""
CHECK = PURPOSES.index("gold")
_AT_ONCE = 5000
Ints = NDArray[np.int64]
Kind = Literal["code", "number", "symbol"]


@dataclass(frozen=True)
class Answers:
    """One row each of what a person said first of an item. `seconds` is NaN and `passed` -1 where unknown."""

    id: Ints
    item: Ints
    person: Ints
    purpose: Ints
    """A place in PURPOSES."""
    version: Ints
    seconds: NDArray[np.float64]
    passed: Ints

    def __len__(self) -> int:
        return len(self.id)

    def subset(self, rows: NDArray[Any]) -> "Answers":
        return Answers(*(getattr(self, field.name)[rows] for field in fields(self)))


def first_answers(connection: Connection, project_id: int) -> Answers:
    """Submitted, not taken back, no hidden repeats; of several revisions the lowest. In the order of their ids."""
    purpose = case(*((answer.c.purpose == name, at) for at, name in enumerate(PURPOSES)))
    passed = case((answer.c.passed.is_(None), -1), (answer.c.passed, 1), else_=0)
    query: Select[Any] = select(
        answer.c.id, answer.c.item_id, answer.c.person_id, purpose, answer.c.settings_version, answer.c.active_ms, passed, answer.c.revision
    ).where(
        answer.c.project_id == project_id,
        answer.c.purpose.in_(PURPOSES),
        answer.c.nth == 0,
        answer.c.outcome == "submitted",
        answer.c.undone_at.is_(None),
    )  # fmt: skip
    i, f = np.int64, np.float64
    ids, items, people, purposes, versions, spent, judged, revisions = _columns(
        connection, query, i, i, i, i, i, f, i, i
    )
    found = Answers(ids, items, people, purposes, versions, spent / 1000, judged)
    return found.subset(_firsts(found, revisions))


def _firsts(found: Answers, revision: Ints) -> Ints:
    order = np.lexsort((revision, found.purpose, found.person, found.item))
    key = np.stack([found.item[order], found.person[order], found.purpose[order]])
    fresh = np.ones(len(order), dtype=np.bool_)
    fresh[1:] = (key[:, 1:] != key[:, :-1]).any(axis=0)
    kept = order[fresh]
    return np.asarray(kept[np.argsort(found.id[kept])])


def values(connection: Connection, project_id: int, target: str, kind: Kind) -> tuple[Ints, NDArray[Any]]:
    """Ids of answers, and what each says of the target; "not applicable" has no row."""
    query: Select[Any] = (
        select(value.c.answer_id, value.c[kind])
        .join(answer, answer.c.id == value.c.answer_id)
        .where(answer.c.project_id == project_id, value.c.target == target, value.c[kind].is_not(None))
    )
    ids, found = _columns(connection, query, np.int64, object if kind == "symbol" else np.float64)
    return ids, found


def golds(connection: Connection, project_id: int, *, payloads: bool) -> Sequence[Row[Any]]:
    """Item, known answer and, where asked for, payload: both as JSON text."""
    shown: ColumnElement[Any] = _text(item.c.payload) if payloads else null()
    query: Select[Any] = (
        select(gold.c.item_id, _text(gold.c.answer).label("answer"), shown.label("payload"))
        .join(item, item.c.id == gold.c.item_id)
        .where(gold.c.project_id == project_id)
    )
    return connection.execute(query).all()


def items(connection: Connection, project_id: int) -> int:
    return int(connection.execute(select(func.count()).where(item.c.project_id == project_id)).scalar_one())


def people(connection: Connection, ids: Ints) -> dict[int, Row[Any]]:
    """Name and kind."""
    query: Select[Any] = select(person.c.id, person.c.name, person.c.kind)
    return {row.id: row for row in _chosen(connection, query, person.c.id, ids)}


def keys(connection: Connection, ids: Ints) -> dict[int, str]:
    return {row.id: row.key for row in _chosen(connection, select(item.c.id, item.c.key), item.c.id, ids)}


def compared(connection: Connection, ids: Ints) -> Iterator[Row[Any]]:
    """What items compare: payload and models, as JSON text."""
    query: Select[Any] = select(item.c.id, _text(item.c.payload).label("payload"), _text(item.c.models).label("models"))
    return _chosen(connection, query, item.c.id, ids)


def orders(connection: Connection, project_id: int) -> tuple[Ints, NDArray[Any]]:
    """Ids of answers, ascending, and the order in which each was shown its candidates, as JSON text, where it is known."""
    query: Select[Any] = select(answer.c.id, _text(answer.c.shown)).where(
        answer.c.project_id == project_id, answer.c.shown.is_not(None)
    )
    ids, shown = _columns(connection, query, np.int64, object)
    order = np.argsort(ids)
    return ids[order], shown[order]


def bodies(connection: Connection, ids: Ints) -> dict[int, str]:
    query: Select[Any] = select(answer.c.id, _text(answer.c.body).label("body"))
    return {row.id: row.body for row in _chosen(connection, query, answer.c.id, ids)}


def versions(connection: Connection, project_id: int) -> Sequence[Row[Any]]:
    """Settings, the newest first."""
    query: Select[Any] = select(version.c.number, version.c.settings, version.c.carries_over)
    return connection.execute(query.where(version.c.project_id == project_id).order_by(version.c.number.desc())).all()


def _chosen(connection: Connection, query: Select[Any], column: ColumnElement[int], ids: Ints) -> Iterator[Row[Any]]:
    for start in range(0, len(ids), _AT_ONCE):
        yield from connection.execute(query.where(column.in_(ids[start : start + _AT_ONCE].tolist())))


def _columns(connection: Connection, query: Select[Any], *kinds: type[Any]) -> list[NDArray[Any]]:
    """From the driver itself: rows made by SQLAlchemy cost three times what the database takes. None is NaN among floats."""
    cursor: Any = connection.execute(query).cursor
    parts = [[np.empty(0, kind) for kind in kinds]]
    while rows := cursor.fetchmany(_AT_ONCE):
        parts.append([np.array(column, kind) for column, kind in zip(zip(*rows, strict=True), kinds, strict=True)])
    cursor.close()
    return [np.concatenate(column) for column in zip(*parts, strict=True)]


def _text(column: ColumnElement[Any]) -> ColumnElement[Any]:
    return type_coerce(column, Text)
