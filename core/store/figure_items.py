"""SQL of what quality figures know of items besides their answers: batch, language, length, tags; and what can be asked for."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import ColumnElement, Connection, Integer, Row, Select, case, cast, func, select

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
    numbered = select(batch.c.id, batch.c.name).where(batch.c.project_id == project_id).order_by(batch.c.id)
    batches = {row.id: row.name for row in connection.execute(numbered)}
    query: Select[Any] = (
        select(
            item.c.id,
            item.c.words,
            cast(item.c.audit, Integer),
            _place(item.c.state, STATES),
            lane.c.batch_id,
            item.c.lang,
        )
        .join(lane, lane.c.id == item.c.lane_id)
        .where(item.c.project_id == project_id, item.c.id.between(*span(ids)))
    )
    (known, *found), langs = columns.integers_and_text(connection, query)
    order = np.argsort(known)
    rows = order[np.searchsorted(known, ids, sorter=order)]
    words, audit, states, batch_ids = (column[rows] for column in found)
    names, of_lang = _coded(langs[rows].tolist())
    of_batch, of_state = (column.astype(np.int16) for column in (np.searchsorted(list(batches), batch_ids), states))
    return Items(ids, of_batch, of_lang, words, audit == 1, of_state, tuple(batches.values()), names)


def _coded(texts: Sequence[str]) -> tuple[tuple[str, ...], Small]:
    names = sorted(set(texts))
    place = {name: at for at, name in enumerate(names)}
    return tuple(names), np.array([place[text] for text in texts], dtype=np.int16)


def _place(column: ColumnElement[str], names: Sequence[str]) -> ColumnElement[int]:
    """Where a value stands among the names."""
    return case(*((column == name, at) for at, name in enumerate(names)), else_=-1)


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
