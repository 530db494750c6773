"""Backups of a whole database: making one, and restoring one so that it is checked before anybody relies on it.

These work on an engine and not in a session: a restore replaces what any session could see.
"""

from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Engine
from sqlmodel import Session

from core.errors import Conflict, InvalidInput, StoreError
from core.permissions import Actor, Right, require
from core.services import audit
from core.store import dump, schema
from core.store.dump import Manifest
from core.store.engine import engine_for, reading


@dataclass(frozen=True)
class Backup:
    path: Path
    size: int
    rows: int
    revision: str


@dataclass(frozen=True)
class Restored:
    rows: int
    events: int
    """Length of the log, whose chain was verified."""
    upgraded_from: str | None
    """The backup's schema, when it was an older one."""


def make(engine: Engine, actor: Actor, path: Path) -> Backup:
    """Write everything in the database to `path`; work goes on meanwhile."""
    require(actor, Right.MANAGE_WORKSPACE)
    revision = schema.current(engine)
    if revision is None:
        raise InvalidInput("The database is empty: there is nothing to back up.")
    if path.exists():
        raise Conflict("{path} exists. Choose another name for the backup.", path=str(path))
    if not path.parent.is_dir():
        raise InvalidInput("There is no folder {folder}.", folder=str(path.parent))
    manifest = dump.write(path, engine, revision)
    return Backup(path, path.stat().st_size, sum(manifest.rows.values()), revision)


def restore(engine: Engine, actor: Actor, path: Path, *, replace: bool = False) -> Restored:
    """Put a backup in place of an empty database, or with `replace` of any. It is checked first; all of it or nothing."""
    require(actor, Right.MANAGE_WORKSPACE)
    manifest = dump.read_manifest(path)
    _check_fits(manifest, engine)
    with schema.locked(engine):
        if not replace and not dump.is_empty(engine):
            raise Conflict("The database is not empty. Restore into an empty one, or add --replace to overwrite it.")
        events = (
            _restore_copy(engine, path, manifest)
            if manifest.database == "sqlite"
            else _restore_rows(engine, path, manifest)
        )
    older = manifest.revision if manifest.revision != schema.expected() else None
    return Restored(sum(manifest.rows.values()), events, older)


def _check_fits(manifest: Manifest, engine: Engine) -> None:
    if manifest.revision not in schema.revisions():
        raise StoreError(
            "The backup was made by a newer version of Touchstone (schema {found}; this version knows {known}). Install that version.",
            found=manifest.revision,
            known=schema.expected(),
        )
    if manifest.database == "postgresql" and engine.dialect.name == "sqlite":
        raise InvalidInput("A backup of PostgreSQL can be restored into PostgreSQL only. Set DATABASE_URL to one.")


def _restore_copy(engine: Engine, path: Path, manifest: Manifest) -> int:
    """From SQLite: the copy is upgraded and verified beside the database before it takes its place."""
    with dump.extracted(path) as copy:
        source = engine_for(f"sqlite:///{copy}")
        _check_rows(manifest, dump.row_counts(source))
        schema.upgrade(source)
        with reading(source) as session:
            events = _check_log(session)
            if engine.dialect.name == "postgresql":
                with engine.begin() as target:
                    schema.rebuild(target)
                    dump.transfer(session.connection(), target)
        source.dispose()
        if engine.dialect.name == "sqlite":
            dump.replace_sqlite(engine, copy)
    return events


def _restore_rows(engine: Engine, path: Path, manifest: Manifest) -> int:
    """From PostgreSQL: built, filled, verified and upgraded in one transaction."""
    with Session(engine) as session, session.begin():
        connection = session.connection()
        schema.rebuild(connection, manifest.revision)
        dump.copy_in(connection, path, manifest)
        _check_rows(manifest, dump.counted(connection))
        events = _check_log(session)
        schema.migrate(connection)
    return events


def _check_rows(manifest: Manifest, found: dict[str, int]) -> None:
    for table, expected in manifest.rows.items():
        if found.get(table) != expected:
            raise InvalidInput(
                "The backup is damaged. Rows of {table}: {found}; when it was written: {expected}.",
                table=table,
                found=found.get(table, 0),
                expected=expected,
            )


def _check_log(session: Session) -> int:
    verified = audit.verify(session)
    if verified.broken_at is not None:
        raise InvalidInput(
            "The backup's log does not follow from event {seq} on: it was altered.", seq=verified.broken_at
        )
    return verified.events
