"""One engine a process, and the two ways in: a transaction that writes, and a reading that cannot."""

import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlmodel import Session

from core.config import Settings
from core.store.disk import full_disk_in_words

SNAPSHOT = "snapshot"
"""Under this name a reading session keeps what was asked of it: nothing it sees can change."""


class FairLock:
    """A lock that is granted in the order of asking: SQLite's own busy handler lets writers starve."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._waiting: deque[threading.Lock] = deque()
        self._taken = False

    def __enter__(self) -> None:
        with self._guard:
            if not self._taken:
                self._taken = True
                return
            turn = threading.Lock()
            turn.acquire()
            self._waiting.append(turn)
        turn.acquire()

    def __exit__(self, *exc: object) -> None:
        with self._guard:
            if self._waiting:
                self._waiting.popleft().release()
            else:
                self._taken = False


class _NoLock:
    def __enter__(self) -> None: ...

    def __exit__(self, *exc: object) -> None: ...


_NO_LOCK = _NoLock()
_locks: dict[str, FairLock] = {}


@lru_cache(maxsize=8)
def engine_for(url: str) -> Engine:
    if not url.startswith("sqlite"):
        return create_engine(url, pool_size=20, max_overflow=20, pool_pre_ping=True, query_cache_size=2000)
    engine = create_engine(
        url, pool_size=10, max_overflow=40, query_cache_size=2000, connect_args={"check_same_thread": False}
    )
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    _locks[url] = FairLock()
    return engine


def _prepare_sqlite(dbapi: Any, _: object) -> None:
    dbapi.isolation_level = None  # SQLAlchemy's begin event says BEGIN itself
    for pragma in (
        "journal_mode=wal",
        "synchronous=full",
        "foreign_keys=on",
        "busy_timeout=15000",
        "cache_size=-65536",
        "temp_store=memory",
    ):
        dbapi.execute(f"pragma {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    reading = connection.get_execution_options().get("reading")
    connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")


def current_engine() -> Engine:
    return engine_for(Settings.from_env().database_url)


@contextmanager
def transaction(engine: Engine | None = None) -> Iterator[Session]:
    """A unit of work: commits when the block ends, rolls back when it raises. Writers queue in order on SQLite.

    Streamlit's rerun and stop raise: never call them inside.
    """
    engine = engine or current_engine()
    lock = _locks.get(engine.url.render_as_string(hide_password=False), _NO_LOCK)
    with full_disk_in_words(), lock, Session(engine, expire_on_commit=False) as session, session.begin():
        yield session


@contextmanager
def reading(engine: Engine | None = None) -> Iterator[Session]:
    """A consistent look at the store that never waits for writers and can change nothing."""
    engine = engine or current_engine()
    snapshot: dict[Any, Any] = {}
    with Session(engine.execution_options(reading=True), expire_on_commit=False, info={SNAPSHOT: snapshot}) as session:
        if engine.dialect.name == "postgresql":
            session.connection(execution_options={"isolation_level": "REPEATABLE READ", "postgresql_readonly": True})
        yield session
        session.rollback()
