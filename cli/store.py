"""How commands reach the store: the schema is checked first, so that what fails says what to do."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from sqlmodel import Session

from core.store import schema
from core.store.engine import current_engine, reading, transaction


def now() -> datetime:
    return datetime.now(UTC)


@contextmanager
def writing() -> Iterator[Session]:
    schema.check(current_engine())
    with transaction() as session:
        yield session


@contextmanager
def looking() -> Iterator[Session]:
    schema.check(current_engine())
    with reading() as session:
        yield session
