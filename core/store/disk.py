"""A disk without room, told in words: the transaction is rolled back, so nothing has changed."""

import errno
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError

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
