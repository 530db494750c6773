"""SQL of the list of a project's items: a page at a time from wherever the reader is, on indexes whatever the size."""

from collections.abc import Sequence
from typing import Any, Literal

from sqlalchemy import Connection, Select, exists, func, select, text, tuple_, union_all
from sqlalchemy.sql.elements import ColumnElement

from core.store.work import HELD, NOT_REVIEW, TEXT_HIDDEN, answer, assignment, batch, item, lane, verdict

Way = Literal["after", "before"]
_LAST_ID = 2**63 - 1
PURPOSES = ("work", "pilot", "gold")
FINAL = text("verdict.current AND verdict.final")
"""Literal, as in the condition of the index."""


def ids(
    connection: Connection, project_id: int, states: Sequence[str], way: Way, start: int, limit: int, *,
    import_id: int | None = None,
) -> list[int]:  # fmt: skip
    """Of items in these states, the next ones in the order of their import. A look-up a state: an index holds each of
    them in order, and none holds several."""
    owner, of = (item.c.project_id, project_id) if import_id is None else (item.c.import_id, import_id)
    found = [_of_state(owner, of, state, way, start, limit).subquery() for state in states]
    merged = union_all(*(select(one.c.id) for one in found)).subquery()
    return _in_order(connection, _turned(select(merged.c.id), merged.c.id, way, start, limit), way)


def _of_state(owner: Any, of: int, state: str, way: Way, start: int, limit: int) -> Select[Any]:
    """As a stretch of the index from the reader on: given equalities, PostgreSQL may rather walk all ids of the table,
    which begin with other projects' items."""
    columns = (owner, item.c.state, item.c.id)
    place, first, last = (tuple_(of, state, at) for at in (start, 0, _LAST_ID))
    between = (tuple_(*columns) > place, tuple_(*columns) < last)
    if way == "before":
        between = (tuple_(*columns) > first, tuple_(*columns) < place)
    order = columns if way == "after" else tuple(column.desc() for column in columns)
    return select(item.c.id).where(*between).order_by(*order).limit(limit)


def adjudicated(connection: Connection, project_id: int, way: Way, start: int, limit: int) -> list[int]:
    """Of items with a final verdict, the next ones."""
    query = select(verdict.c.item_id).where(verdict.c.project_id == project_id, FINAL)
    return _in_order(connection, _turned(query, verdict.c.item_id, way, start, limit), way)


def count_adjudicated(connection: Connection, project_id: int) -> int:
    return int(connection.execute(_COUNT.where(verdict.c.project_id == project_id)).scalar_one())


def named(connection: Connection, project_id: int, key: str) -> list[int]:
    query = select(item.c.id).where(item.c.project_id == project_id, item.c.key == key)
    return list(connection.execute(query).scalars())


def _turned(query: Select[Any], by: ColumnElement[int], way: Way, start: int, limit: int) -> Select[Any]:
    ahead, order = (by > start, by) if way == "after" else (by < start, by.desc())
    return query.where(ahead).order_by(order).limit(limit)


def _in_order(connection: Connection, query: Select[Any], way: Way) -> list[int]:
    found = list(connection.execute(query).scalars())
    return found if way == "after" else found[::-1]


def rows(connection: Connection, item_ids: Sequence[int]) -> Sequence[Any]:
    """Of these items what a line says: with how many answers there are, how many people hold it, whether it is decided."""
    return connection.execute(_ROWS.where(item.c.id.in_(item_ids))).all()


_COUNT = select(func.count()).select_from(verdict).where(FINAL)
_ANSWERS = (
    select(func.count())
    .where(
        answer.c.item_id == item.c.id, answer.c.current, answer.c.undone_at.is_(None), answer.c.nth == 0,
        answer.c.outcome == "submitted", answer.c.purpose.in_(PURPOSES),
    )
    .correlate(item)
    .scalar_subquery()
)  # fmt: skip
_HOLDING = (
    select(func.count())
    .select_from(assignment)
    .where(assignment.c.item_id == item.c.id, HELD, NOT_REVIEW)
    .correlate(item)
    .scalar_subquery()
)
_ROWS = (
    select(
        item.c.id, item.c.key, item.c.state, item.c.payload, item.c.overlap, batch.c.name.label("batch"), TEXT_HIDDEN,
        _ANSWERS.label("answers"), _HOLDING.label("holding"),
        exists(select(verdict.c.id).where(verdict.c.item_id == item.c.id, FINAL).correlate(item)).label("adjudicated"),
    )
    .join(lane, lane.c.id == item.c.lane_id)
    .join(batch, batch.c.id == lane.c.batch_id)
    .order_by(item.c.id)
)  # fmt: skip
