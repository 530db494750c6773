"""Whole columns out of the database as arrays."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, Select

from core.store import dialect

Ints = NDArray[np.int64]
_AT_ONCE = 5000


def integers(connection: Connection, query: Select[Any]) -> list[Ints]:
    """Columns of integers without NULL. The database joins each into one text, which is read as an array: not a single
    row or number becomes an object of Python's, which would take twice as long and hold up every other thread."""
    joined = query.with_only_columns(*(dialect.joined(connection, column) for column in query.selected_columns))
    return _even([_parsed(text) for text in connection.execute(joined).one()])


def integers_and_text(connection: Connection, query: Select[Any]) -> tuple[list[Ints], NDArray[np.object_]]:
    """The same, and last a column of texts on one line each, as all JSON is."""
    *numbers, text = query.selected_columns
    both = (*(dialect.joined(connection, column) for column in numbers), dialect.joined(connection, text, "\n"))
    *found, lines = connection.execute(query.with_only_columns(*both)).one()
    texts = np.array([] if lines is None else lines.split("\n"), dtype=object)
    *columns, _ = _even([*map(_parsed, found), texts])
    return columns, texts


def _even(columns: list[Any]) -> list[Any]:
    if len({len(column) for column in columns}) > 1:
        raise ValueError("a column that is read in bulk holds NULL, or a line feed")
    return columns


def _parsed(text: str | None) -> Ints:
    return np.fromstring(text, dtype=np.int64, sep=",") if text else np.empty(0, dtype=np.int64)


def mixed(connection: Connection, query: Select[Any], *kinds: type[Any]) -> list[NDArray[Any]]:
    """Columns of any kind, from the driver itself: rows made by SQLAlchemy cost three times what the database takes. None
    is NaN among floats."""
    cursor: Any = connection.execute(query).cursor
    parts = [[np.empty(0, kind) for kind in kinds]]
    while rows := cursor.fetchmany(_AT_ONCE):
        parts.append([np.array(column, kind) for column, kind in zip(zip(*rows, strict=True), kinds, strict=True)])
    cursor.close()
    return [np.concatenate(column) for column in zip(*parts, strict=True)]
