"""How commands reach the store: the schema is checked first, and made if there is none."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from sqlmodel import Session

from core.store import schema
from core.store.engine import current_engine, reading, transaction


def now() -> datetime:
    return datetime.now(UTC)


def _ready() -> None:
    """An empty database is made ready; one of another version is left to `db upgrade`, which backs it up first."""
    if schema.current(current_engine()) is None:
        schema.upgrade(current_engine())
    schema.check(current_engine())


@contextmanager
def writing() -> Iterator[Session]:
    _ready()
    with transaction() as session:
        yield session


@contextmanager
def looking() -> Iterator[Session]:
    _ready()
    with reading() as session:
        yield session
