"""Where SQLite and PostgreSQL differ; nothing else in the product asks which one it runs on."""

import fcntl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, Insert, Table, Text, cast, func, text
from sqlalchemy.dialects import postgresql, sqlite

_LOG_LOCK = "SELECT pg_advisory_xact_lock(7021)"
_SCHEMA_LOCK = text("SELECT pg_advisory_lock(7022)")
_SCHEMA_UNLOCK = text("SELECT pg_advisory_unlock(7022)")


def is_postgresql(connection: Connection) -> bool:
    return connection.dialect.name == "postgresql"


def lock_log(connection: Connection) -> None:
    """Let one writer at a time append to the event log, until it commits; SQLite has one writer anyway."""
    if is_postgresql(connection):
        connection.exec_driver_sql(_LOG_LOCK)


def upsert(connection: Connection, table: Table, keys: list[str], changes: list[str]) -> Insert:
    """INSERT that updates `changes` when a row with the same `keys` exists; no changes: it leaves that row alone."""
    insert: Any = postgresql.insert(table) if is_postgresql(connection) else sqlite.insert(table)
    if not changes:
        return insert.on_conflict_do_nothing(index_elements=keys)  # type: ignore[no-any-return]
    return insert.on_conflict_do_update(index_elements=keys, set_={name: insert.excluded[name] for name in changes})  # type: ignore[no-any-return]


def joined(connection: Connection, column: ColumnElement[Any], between: str = ",") -> ColumnElement[str]:
    """All rows' values in one text; in the same order for all columns of a statement."""
    if is_postgresql(connection):
        return func.string_agg(cast(column, Text), between)
    return func.group_concat(column, between)


def append_only(
    connection: Connection, table: Table, *, free: frozenset[str] = frozenset(), moves: Mapping[str, str] | None = None,
    owner: str | None = None,
) -> None:  # fmt: skip
    """Let the database refuse changes of rows, but for columns in `free` and those in `moves` on their condition, and
    deletion, but together with the `owner` row.

    Installed after every migration: SQLite's batch migrations make tables anew and drop their triggers.
    """
    moves = moves or {}
    kept = [column.name for column in table.columns if column.name not in free | moves.keys()]
    moved = [f'(OLD."{column}" = NEW."{column}" OR ({when}))' for column, when in moves.items()]
    gone = f"NOT EXISTS (SELECT 1 FROM {owner} WHERE id = OLD.{owner}_id)" if owner else "1 = 0"
    make = _guard_postgresql if is_postgresql(connection) else _guard_sqlite
    for statement in make(table.name, kept, moved, gone):
        connection.exec_driver_sql(statement)


def _guard_sqlite(name: str, kept: list[str], moved: list[str], gone: str) -> list[str]:
    same = " AND ".join([*(f'OLD."{column}" IS NEW."{column}"' for column in kept), *moved])
    refuse = f"BEGIN SELECT RAISE(ABORT, '{name} is append-only'); END"
    return [
        f"DROP TRIGGER IF EXISTS {name}_no_update",
        f"DROP TRIGGER IF EXISTS {name}_no_delete",
        f"CREATE TRIGGER {name}_no_update BEFORE UPDATE ON {name} WHEN NOT ({same}) {refuse}",
        f"CREATE TRIGGER {name}_no_delete BEFORE DELETE ON {name} WHEN NOT ({gone}) {refuse}",
    ]


def _guard_postgresql(name: str, kept: list[str], moved: list[str], gone: str) -> list[str]:
    row = ", ".join(f'{{side}}."{column}"' for column in kept)
    unchanged = f"ROW({row.format(side='OLD')}) IS NOT DISTINCT FROM ROW({row.format(side='NEW')})"
    same = " AND ".join([unchanged, *moved])
    return [
        f"""
        CREATE OR REPLACE FUNCTION {name}_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          IF TG_OP = 'DELETE' AND {gone} THEN RETURN OLD; END IF;
          IF TG_OP = 'UPDATE' AND {same} THEN RETURN NEW; END IF;
          RAISE EXCEPTION '{name} is append-only' USING ERRCODE = 'restrict_violation';
        END $$
        """,
        f"DROP TRIGGER IF EXISTS {name}_append_only ON {name}",
        f"CREATE TRIGGER {name}_append_only BEFORE UPDATE OR DELETE ON {name} FOR EACH ROW EXECUTE FUNCTION {name}_append_only()",
    ]


@contextmanager
def schema_lock(engine: Engine) -> Iterator[None]:
    """One process at a time changes the schema; the others wait."""
    if engine.dialect.name == "postgresql":
        with engine.connect() as connection:
            connection.execution_options(isolation_level="AUTOCOMMIT").execute(_SCHEMA_LOCK)
            try:
                yield
            finally:
                connection.execute(_SCHEMA_UNLOCK)
        return
    path = sqlite_path(engine)
    with Path(f"{path}.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def sqlite_path(engine: Engine) -> Path:
    return Path(engine.url.database or "").resolve()


@contextmanager
def foreign_keys_off(connection: Connection) -> Iterator[None]:
    """For migrations, before their transaction begins: SQLite makes tables anew, and dropping the old one would cascade."""
    if is_postgresql(connection):
        yield
        return
    raw: Any = connection.connection.driver_connection
    raw.execute("PRAGMA foreign_keys = OFF")
    try:
        yield
    finally:
        raw.execute("PRAGMA foreign_keys = ON")


def dangling(connection: Connection) -> list[str]:
    """Tables with rows that point nowhere; PostgreSQL never lets it come to that."""
    if is_postgresql(connection):
        return []
    return sorted({row[0] for row in connection.exec_driver_sql("PRAGMA foreign_key_check")})


def damage(connection: Connection) -> list[str]:
    """What SQLite finds wrong with its file; PostgreSQL checks pages as it reads them."""
    if is_postgresql(connection):
        return []
    found = [str(row[0]) for row in connection.exec_driver_sql("PRAGMA quick_check")]
    broken = [f"rows of {table} point nowhere" for table in dangling(connection)]
    return [line for line in found if line != "ok"] + broken
