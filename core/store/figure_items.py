"""SQL of what quality figures know of items besides their answers: batch, language, length, tags; and what can be asked for."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import ColumnElement, Connection, Integer, Row, Select, and_, case, cast, func, literal, select

from core.store import columns
from core.store.columns import Ints
from core.store.figures import CHECK, COUNTED, PURPOSES, Small, answer, batch, chosen, item, lane, span

STATES = ("open", "taken", "done", "gold", "stub", "flagged", "quarantined", "withdrawn")
"""Of items."""


@dataclass(frozen=True)
class Items:
    """One row each of the items that are asked for, by id."""

    id: Ints
    batch: Small
    """A place in `batches`."""
    lang: Small
    """A place in `langs`."""
    words: Ints
    audit: NDArray[np.bool_]
    state: Small
    """A place in STATES."""
    batches: tuple[str, ...]
    langs: tuple[str, ...]


def items(connection: Connection, project_id: int, ids: Ints) -> Items:
    """Those with these ids, which ascend."""
    mine = and_(item.c.project_id == project_id, item.c.id.between(*span(ids)))
    names = tuple(connection.execute(select(item.c.lang).where(mine).distinct().order_by(item.c.lang)).scalars())
    numbered = select(batch.c.id, batch.c.name).where(batch.c.project_id == project_id).order_by(batch.c.id)
    batches = {row.id: row.name for row in connection.execute(numbered)}
    query: Select[Any] = (
        select(
            item.c.id,
            item.c.words,
            cast(item.c.audit, Integer),
            _place(item.c.state, STATES),
            lane.c.batch_id,
            _place(item.c.lang, names),
        )
        .join(lane, lane.c.id == item.c.lane_id)
        .where(mine)
    )
    known, *found = columns.integers(connection, query)
    order = np.argsort(known)
    rows = order[np.searchsorted(known, ids, sorter=order)]
    words, audit, states, batch_ids, langs = (column[rows] for column in found)
    of_batch, of_lang, of_state = (
        column.astype(np.int16) for column in (np.searchsorted(list(batches), batch_ids), langs, states)
    )
    return Items(ids, of_batch, of_lang, words, audit == 1, of_state, tuple(batches.values()), names)


def _place(column: ColumnElement[str], names: Sequence[str]) -> ColumnElement[int]:
    """Where a value stands among the names."""
    return case(*((column == name, at) for at, name in enumerate(names)), else_=-1) if names else literal(-1)


def groups(connection: Connection, ids: Ints) -> dict[int, str]:
    """Of the items that are in one."""
    query = select(item.c.id, item.c.group_key).where(item.c.group_key.is_not(None))
    return {row.id: row.group_key for row in chosen(connection, query, item.c.id, ids)}


def tags(connection: Connection, ids: Ints) -> dict[int, list[str]]:
    """Of the items that have some."""
    query = select(item.c.id, item.c.tags).where(item.c.tags.is_not(None))
    return {row.id: row.tags for row in chosen(connection, query, item.c.id, ids)}


def scopes(connection: Connection, project_id: int) -> Sequence[Row[Any]]:
    """Answers that count by batch, language, guideline version and settings version."""
    columns = (batch.c.name, item.c.lang, answer.c.guideline_version, answer.c.settings_version)
    query: Select[Any] = (
        select(*columns, func.count().label("answers"))
        .select_from(answer)
        .join(item, item.c.id == answer.c.item_id)
        .join(lane, lane.c.id == item.c.lane_id)
        .join(batch, batch.c.id == lane.c.batch_id)
        .where(
            answer.c.project_id == project_id,
            answer.c.purpose.in_(PURPOSES[:CHECK]),
            answer.c.nth == 0,
            COUNTED,
            answer.c.revision == 1,
        )
        .group_by(*columns)
    )
    return connection.execute(query).all()
