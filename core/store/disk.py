"""Files beside the store: a disk without room, told in words, and what is deleted together with its rows."""

import errno
import shutil
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import event
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session

from core.errors import StoreError

_FULL_STATE = "53100"
"""PostgreSQL's SQLSTATE disk_full."""


@contextmanager
def full_disk_in_words() -> Iterator[None]:
    try:
        yield
    except (OSError, sqlite3.Error, DBAPIError) as error:
        if is_full(error):
            raise StoreError("The disk is full. Nothing was changed. Free some space and try again.") from error
        raise


def is_full(error: BaseException) -> bool:
    if isinstance(error, DBAPIError):
        return error.orig is not None and is_full(error.orig)
    if isinstance(error, sqlite3.Error):
        return getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL
    if isinstance(error, OSError):
        return error.errno in (errno.ENOSPC, errno.EDQUOT)
    return getattr(error, "sqlstate", None) == _FULL_STATE


def remove_on_commit(session: Session, paths: Sequence[Path]) -> None:
    """Delete files and folders once what refers to them is gone for good; a transaction rolled back leaves them."""

    @event.listens_for(session, "after_commit", once=True)
    def remove(_: Session) -> None:
        for path in paths:
            if path.is_dir():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink(missing_ok=True)
