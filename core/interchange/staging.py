"""Rows of one import, checked, on disk beside the store: nothing there is touched or locked before all of them are right."""

import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import Any, Self

_SCHEMA = """
CREATE TABLE item (
    row INTEGER PRIMARY KEY, key TEXT NOT NULL, made INTEGER NOT NULL, lane INTEGER NOT NULL, state TEXT NOT NULL,
    payload TEXT NOT NULL, aliases TEXT, models TEXT, group_key TEXT, tags TEXT, overlap INTEGER NOT NULL,
    digest TEXT NOT NULL, duplicate_key TEXT NOT NULL, words INTEGER NOT NULL, prompt_key TEXT, meta TEXT,
    gold_answer TEXT, gold_explanation TEXT, gold_use TEXT, audit INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE label (
    row INTEGER PRIMARY KEY, item TEXT NOT NULL, annotator TEXT NOT NULL, repeated INTEGER NOT NULL, raw TEXT NOT NULL
);
CREATE TABLE answer (
    row INTEGER PRIMARY KEY, item TEXT NOT NULL, item_id INTEGER, annotator TEXT NOT NULL, nth INTEGER NOT NULL,
    body TEXT NOT NULL, extras TEXT, shown TEXT, active_ms INTEGER, at TEXT, target_values TEXT NOT NULL, digest TEXT NOT NULL,
    probabilities TEXT
);
CREATE TABLE gold (
    row INTEGER PRIMARY KEY, item_id INTEGER NOT NULL UNIQUE, answer TEXT NOT NULL, explanation TEXT, use TEXT NOT NULL
);
"""
_PRAGMAS = "PRAGMA page_size = 32768; PRAGMA journal_mode = off; PRAGMA synchronous = off; PRAGMA locking_mode = exclusive; PRAGMA temp_store = file; PRAGMA cache_size = -16384;"
AT_ONCE = 1000


class Staging:
    """A temporary database that is gone when it is closed."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = TemporaryDirectory(dir=folder, prefix="import-")
        self._db = sqlite3.connect(Path(self._folder.name) / "rows.db", isolation_level=None, check_same_thread=False)
        self._db.executescript(_PRAGMAS + _SCHEMA)
        self._waiting: dict[str, list[tuple[Any, ...]]] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        self._db.close()
        self._folder.cleanup()

    def add(self, table: str, row: tuple[Any, ...]) -> None:
        """A whole row in the order of the table's columns."""
        waiting = self._waiting.setdefault(table, [])
        waiting.append(row)
        if len(waiting) >= AT_ONCE:
            self.flush()

    def flush(self) -> None:
        for table, rows in self._waiting.items():
            if rows:
                marks = ",".join("?" * len(rows[0]))
                self._db.execute("BEGIN")
                self._db.executemany(f"INSERT INTO {table} VALUES ({marks})", rows)  # noqa: S608 - our own table names
                self._db.execute("COMMIT")
                rows.clear()

    def run(self, statement: str, values: Sequence[Any] = ()) -> int:
        """Rows changed."""
        self.flush()
        return self._db.execute(statement, values).rowcount

    def run_many(self, statement: str, values: Sequence[Sequence[Any]]) -> None:
        self._db.execute("BEGIN")
        self._db.executemany(statement, values)
        self._db.execute("COMMIT")

    def read(self, query: str, values: Sequence[Any] = ()) -> Iterator[Any]:
        self.flush()
        return self._db.execute(query, values)

    def chunks(
        self, query: str, values: Sequence[Any] | dict[str, Any] = (), at_once: int = AT_ONCE
    ) -> Iterator[list[Any]]:
        cursor = self._db.cursor()
        self.flush()
        cursor.execute(query, values)
        while rows := cursor.fetchmany(at_once):
            yield rows

    def dicts(self, query: str) -> Iterator[list[dict[str, Any]]]:
        """Rows by column name, many at once."""
        self.flush()
        cursor = self._db.cursor()
        cursor.execute(query)
        names = [column[0] for column in cursor.description]
        while rows := cursor.fetchmany(AT_ONCE):
            yield [dict(zip(names, row, strict=True)) for row in rows]

    def one(self, query: str, values: Sequence[Any] = ()) -> Any:
        """The first column of the first row."""
        self.flush()
        found = self._db.execute(query, values).fetchone()
        return found[0] if found else None
