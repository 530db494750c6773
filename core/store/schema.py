"""Which schema the database has and which one this program knows; the way from one to the other."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, inspect
from sqlalchemy.exc import OperationalError

from core.errors import StoreError
from core.store import dialect, dump
from core.store.tables import Answer, Event

MIGRATIONS = Path(__file__).parent / "migrations"
ANSWER_FREE = frozenset({"current", "seq", "passed", "undone_at"})
"""What of an answer may change: which revision is current, what recorded it, how gold judged it, whether it was taken back."""
_OF_A_PILOT = "purpose IN ('pilot', 'work')"
ANSWER_MOVES = {"purpose": f"OLD.piloted AND OLD.{_OF_A_PILOT} AND NEW.{_OF_A_PILOT}"}
"""And when a column may that may not always: a lead decides what a pilot's answers count for."""


@dataclass(frozen=True)
class Upgrade:
    """What an upgrade did: `before` is None for a database that was empty; the backup was taken if it was not."""

    before: str | None
    after: str
    backup: Path | None = None

    @property
    def changed(self) -> bool:
        return self.before != self.after


def revisions() -> list[str]:
    """Every revision that this program knows, newest first."""
    return [script.revision for script in _scripts().walk_revisions()]


@lru_cache(maxsize=1)
def expected() -> str:
    head = _scripts().get_current_head()
    if head is None:
        raise RuntimeError("there are no migrations: run bin/new-migration --initial")
    return head


def current(engine: Engine) -> str | None:
    """The database's revision; None when it is empty or there is none yet."""
    if engine.dialect.name == "sqlite" and not dialect.sqlite_path(engine).exists():
        return None
    with _connect(engine) as connection:
        return _revision(connection)


def is_current(engine: Engine) -> bool:
    return current(engine) == expected()


def check(engine: Engine) -> None:
    """Refuse a database whose schema is not the one this program knows."""
    found = current(engine)
    _refuse_unknown(found)
    if found != expected():
        raise StoreError(
            "The database's schema is {found}, this version needs {known}. Run manage.py db upgrade.",
            found=found or "empty",
            known=expected(),
        )


def upgrade(engine: Engine, *, backup_to: Path | None = None) -> Upgrade:
    """Bring the schema up to date, one process at a time; a backup goes to that folder first when there is something to lose."""
    with locked(engine):
        before = current(engine)
        _refuse_unknown(before)
        if before == expected():
            return Upgrade(before, before)
        saved = dump.write_into(backup_to, engine, before) if backup_to and before else None
        _upgrade_all(engine)
        return Upgrade(before, expected(), saved)


@contextmanager
def locked(engine: Engine) -> Iterator[None]:
    """One process at a time changes the schema or restores; the folder of an SQLite database is made."""
    if engine.dialect.name == "sqlite":
        _make_folder(dialect.sqlite_path(engine).parent)
    with dialect.schema_lock(engine):
        yield


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(
            "The folder {folder} cannot be made: {reason}", folder=str(folder), reason=error.strerror
        ) from error
    if not os.access(folder, os.W_OK):
        raise StoreError("The folder {folder} cannot be written to.", folder=str(folder))


def _upgrade_all(engine: Engine) -> None:
    with _connect(engine) as connection, dialect.foreign_keys_off(connection), connection.begin():
        migrate(connection)
        adrift = dialect.dangling(connection)
        if adrift:
            raise StoreError(
                "The upgrade would leave rows of {tables} that point nowhere; nothing was changed.",
                tables=", ".join(adrift),
            )


def migrate(connection: Connection, revision: str = "head") -> None:
    """Bring the schema to a revision, within the caller's transaction."""
    command.upgrade(config_for(connection), revision)
    if revision in ("head", expected()):
        _install_guards(connection)


def rebuild(connection: Connection, revision: str = "head") -> None:
    """Drop every table and make those of a revision, empty, for a restore into PostgreSQL."""
    for name in inspect(connection).get_table_names():
        connection.exec_driver_sql(f'DROP TABLE "{name}" CASCADE')
    migrate(connection, revision)


def _install_guards(connection: Connection) -> None:
    dialect.append_only(connection, Answer.__table__, free=ANSWER_FREE, moves=ANSWER_MOVES, owner="project")  # type: ignore[attr-defined]
    dialect.append_only(connection, Event.__table__)  # type: ignore[attr-defined]


def _connect(engine: Engine) -> Connection:
    try:
        return engine.connect()
    except OperationalError as error:
        reason = str(error.orig).strip().splitlines()[0]
        raise StoreError(
            "The database {url} cannot be opened: {reason}", url=engine.url.render_as_string(), reason=reason
        ) from error


def _revision(connection: Connection) -> str | None:
    revision = MigrationContext.configure(connection).get_current_revision()
    if revision is None and inspect(connection).get_table_names():
        raise StoreError("The database holds tables that are not Touchstone's. Give it a database of its own.")
    return revision


def _refuse_unknown(found: str | None) -> None:
    if found and found not in revisions():
        raise StoreError(
            "The database was made by a newer version of Touchstone (schema {found}; this version knows {known}). Install that version, or restore a backup.",
            found=found,
            known=expected(),
        )


def _scripts() -> ScriptDirectory:
    return ScriptDirectory.from_config(config_for(None))


def config_for(connection: Connection | None) -> Config:
    config = Config(stdout=sys.stderr)
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    return config
