"""Where SQLite and PostgreSQL differ; nothing else in the product asks which one it runs on."""

from typing import Any

from sqlalchemy import Connection, Insert, Table, text
from sqlalchemy.dialects import postgresql, sqlite

_LOG_LOCK = text("SELECT pg_advisory_xact_lock(7021)")


def is_postgresql(connection: Connection) -> bool:
    return connection.dialect.name == "postgresql"


def lock_log(connection: Connection) -> None:
    """Let one writer at a time append to the event log, until it commits; SQLite has one writer anyway."""
    if is_postgresql(connection):
        connection.execute(_LOG_LOCK)


def upsert(connection: Connection, table: Table, keys: list[str], changes: list[str]) -> Insert:
    """INSERT that updates `changes` when a row with the same `keys` exists; no changes: it leaves that row alone."""
    insert: Any = postgresql.insert(table) if is_postgresql(connection) else sqlite.insert(table)
    if not changes:
        return insert.on_conflict_do_nothing(index_elements=keys)  # type: ignore[no-any-return]
    return insert.on_conflict_do_update(index_elements=keys, set_={name: insert.excluded[name] for name in changes})  # type: ignore[no-any-return]
