"""A whole database as one file, and back, without external programs.

The file is a zip: manifest.json names the schema, the rows of each table and the checksum of each part. From SQLite it
holds a copy of the database, from PostgreSQL each table as COPY writes it. A copy of SQLite can be read into PostgreSQL.
"""

import hashlib
import sqlite3
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from itertools import count, islice
from pathlib import Path
from typing import IO, Any

import orjson
from psycopg import sql
from sqlalchemy import Connection, Engine, create_engine, func, insert, inspect, select

from core.errors import InvalidInput, StoreError
from core.store import dialect
from core.store.tables import Table

SUFFIX = ".touchstone"
_FORMAT, _CHUNK = 1, 1 << 20
_TABLES = Table.metadata.sorted_tables


@dataclass(frozen=True)
class Manifest:
    format: int
    database: str
    """sqlite or postgresql."""
    revision: str
    rows: dict[str, int]
    checksums: dict[str, str]
    sequences: dict[str, int]
    """Table -> the last id given out, on PostgreSQL."""


# Writing --------------------------------------------------------------------------------------------------------------


def write_into(folder: Path, engine: Engine, revision: str) -> Path:
    """A backup before an upgrade, under a name that is free."""
    folder.mkdir(parents=True, exist_ok=True)
    names = (f"before-upgrade-from-{revision}{f'-{n}' if n else ''}{SUFFIX}" for n in count())
    path = next(folder / name for name in names if not (folder / name).exists())
    write(path, engine, revision)
    return path


def write(path: Path, engine: Engine, revision: str) -> Manifest:
    """The database as it is at one instant; the file appears whole or not at all."""
    part = path.with_name(f"{path.name}.part")
    try:
        with zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
            manifest = _write_parts(archive, engine, revision, path.parent)
            archive.writestr("manifest.json", orjson.dumps(asdict(manifest), option=orjson.OPT_INDENT_2))
        part.replace(path)
    except (OSError, sqlite3.Error) as error:
        raise StoreError(
            "The backup {path} could not be written: {reason}", path=str(path), reason=str(error)
        ) from error
    finally:
        part.unlink(missing_ok=True)
    return manifest


def _write_parts(archive: zipfile.ZipFile, engine: Engine, revision: str, scratch: Path) -> Manifest:
    if engine.dialect.name == "postgresql":
        return _write_postgresql(archive, engine, revision)
    return _write_sqlite(archive, engine, revision, scratch)


def _write_sqlite(archive: zipfile.ZipFile, engine: Engine, revision: str, scratch: Path) -> Manifest:
    with tempfile.TemporaryDirectory(dir=scratch) as folder:
        copy = Path(folder) / "copy.sqlite"
        _copy_sqlite(dialect.sqlite_path(engine), copy)
        digest = hashlib.sha256()
        with copy.open("rb") as source, archive.open("database.sqlite", "w", force_zip64=True) as target:
            while chunk := source.read(_CHUNK):
                digest.update(chunk)
                target.write(chunk)
        with _opened_sqlite(copy) as connection:
            rows = counted(connection)
    return Manifest(_FORMAT, "sqlite", revision, rows, {"database.sqlite": digest.hexdigest()}, {})


def _copy_sqlite(source: Path, target: Path) -> None:
    with _sqlite(source) as reading, _sqlite(target) as writing:
        reading.backup(writing)


@contextmanager
def _sqlite(path: Path) -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(path, timeout=30)
    try:
        yield connection
    finally:
        connection.close()


@contextmanager
def _opened_sqlite(path: Path) -> Iterator[Connection]:
    engine = create_engine(f"sqlite:///{path}")
    try:
        with engine.connect() as connection:
            yield connection
    finally:
        engine.dispose()


def _write_postgresql(archive: zipfile.ZipFile, engine: Engine, revision: str) -> Manifest:
    options = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
    with engine.connect().execution_options(**options) as connection, connection.begin():
        rows, checksums, present = {}, {}, set(inspect(connection).get_table_names())
        for table in present - {"alembic_version"}:
            name = f"tables/{table}.copy"
            with archive.open(name, "w", force_zip64=True) as target:
                rows[table], checksums[name] = _copy_out(connection, table, target)
        return Manifest(_FORMAT, "postgresql", revision, rows, checksums, _sequences(connection))


def _copy_out(connection: Connection, table: str, target: IO[bytes]) -> tuple[int, str]:
    digest = hashlib.sha256()
    cursor: Any = connection.connection.cursor()
    with cursor.copy(sql.SQL("COPY {} TO STDOUT (FORMAT csv, HEADER)").format(sql.Identifier(table))) as copy:
        for chunk in copy:
            digest.update(chunk)
            target.write(chunk)
    return cursor.rowcount, digest.hexdigest()


def _sequences(connection: Connection) -> dict[str, int]:
    found = connection.exec_driver_sql(
        "SELECT t.relname, s.last_value FROM pg_sequences s JOIN pg_class c ON c.relname = s.sequencename "
        "JOIN pg_depend d ON d.objid = c.oid AND d.deptype = 'a' JOIN pg_class t ON t.oid = d.refobjid "
        "WHERE s.schemaname = current_schema() AND s.last_value IS NOT NULL"
    )
    return {row.relname: row.last_value for row in found}


def counted(connection: Connection) -> dict[str, int]:
    names = [name for name in inspect(connection).get_table_names() if name != "alembic_version"]
    return {name: connection.exec_driver_sql(f'SELECT count(*) FROM "{name}"').scalar_one() for name in names}


# Reading --------------------------------------------------------------------------------------------------------------


def read_manifest(path: Path) -> Manifest:
    """What a backup says of itself, with every part's checksum compared."""
    try:
        with zipfile.ZipFile(path) as archive:
            manifest = Manifest(**orjson.loads(archive.read("manifest.json")))
            for name, expected in manifest.checksums.items():
                if _checksum(archive, name) != expected:
                    raise InvalidInput("{path} is damaged: {part} is not what was written.", path=str(path), part=name)
            return manifest
    except FileNotFoundError:
        raise InvalidInput("There is no file {path}.", path=str(path)) from None
    except (zipfile.BadZipFile, KeyError, TypeError, ValueError, EOFError, OSError) as error:
        raise InvalidInput(
            "{path} is not a whole backup of Touchstone ({reason}).", path=str(path), reason=str(error)
        ) from None


def _checksum(archive: zipfile.ZipFile, name: str) -> str:
    digest = hashlib.sha256()
    with archive.open(name) as part:
        while chunk := part.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def is_empty(engine: Engine) -> bool:
    """No tables, or none with a row."""
    with engine.connect() as connection:
        return not any(counted(connection).values())


def row_counts(engine: Engine) -> dict[str, int]:
    with engine.connect() as connection:
        return counted(connection)


@contextmanager
def extracted(path: Path) -> Iterator[Path]:
    """The SQLite database inside a backup, as a file that is gone afterwards."""
    with tempfile.TemporaryDirectory(dir=path.parent) as folder, zipfile.ZipFile(path) as archive:
        yield Path(archive.extract("database.sqlite", folder))


def replace_sqlite(engine: Engine, copy: Path) -> None:
    """The copy's content in place of the engine's, in one transaction of SQLite's own."""
    with _sqlite(copy) as source:
        verdict = source.execute("PRAGMA integrity_check").fetchone()[0]
    if verdict != "ok":
        raise InvalidInput("The database inside the backup is damaged: {reason}", reason=str(verdict))
    engine.dispose()
    _copy_sqlite(copy, dialect.sqlite_path(engine))


def copy_in(connection: Connection, path: Path, manifest: Manifest) -> None:
    """The rows of a PostgreSQL backup into empty tables of the same schema; parents before children."""
    order = [table.name for table in _TABLES]
    with zipfile.ZipFile(path) as archive:
        for name in sorted(manifest.rows, key=lambda table: order.index(table) if table in order else len(order)):
            with archive.open(f"tables/{name}.copy") as part:
                _copy_table_in(connection, name, part)
    for name, last in manifest.sequences.items():
        _set_sequence(connection, name, last)


def _copy_table_in(connection: Connection, name: str, part: IO[bytes]) -> None:
    columns = part.readline().decode().strip().split(",")
    cursor: Any = connection.connection.cursor()
    names = sql.SQL(", ").join(map(sql.Identifier, columns))
    with cursor.copy(sql.SQL("COPY {} ({}) FROM STDIN (FORMAT csv)").format(sql.Identifier(name), names)) as copy:
        while chunk := part.read(_CHUNK):
            copy.write(chunk)


def _set_sequence(connection: Connection, table: str, last: int) -> None:
    connection.exec_driver_sql("SELECT setval(pg_get_serial_sequence(%s, 'id'), %s)", (table, last))


def transfer(source: Connection, target: Connection) -> None:
    """All rows of one database into the empty tables of another, both of the current schema: from SQLite to PostgreSQL."""
    for table in _TABLES:
        rows = source.execution_options(stream_results=True).execute(select(table)).mappings()
        while batch := [dict(row) for row in islice(rows, 2000)]:
            target.execute(insert(table), batch)
        if "id" in table.columns and table.columns["id"].autoincrement is True:
            last = target.execute(select(func.max(table.columns["id"]))).scalar()
            if last:
                _set_sequence(target, table.name, last)
