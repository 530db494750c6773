"""Writers that arrive together share one commit: what the disk must confirm is confirmed once for all of them."""

import threading
from collections.abc import Callable
from concurrent.futures import Future
from functools import lru_cache
from queue import Empty, SimpleQueue
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session

from core.store.disk import full_disk_in_words
from core.store.engine import transaction
from core.store.prepared import database_error

Result = TypeVar("Result")
Use = Callable[[Session], Any]
MOST_TOGETHER = 16
IDLE_SECONDS = 10


class Writer:
    """One thread that runs short jobs in the order given, several to a transaction, each in a savepoint of its own.

    A job that raises changes nothing and leaves the others alone. A result is handed out only after the commit.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._jobs: SimpleQueue[tuple[Use, Future[Any]]] = SimpleQueue()
        self._guard = threading.Lock()
        self._working = False

    def submit(self, use: Callable[[Session], Result]) -> "Future[Result]":
        future: Future[Result] = Future()
        with self._guard:
            self._jobs.put((use, future))
            if not self._working:
                self._working = True
                threading.Thread(target=self._work, name="writer", daemon=True).start()
        return future

    def _work(self) -> None:
        while batch := self._batch():
            self._commit([job for job in batch if job[1].set_running_or_notify_cancel()])

    def _batch(self) -> list[tuple[Use, Future[Any]]]:
        """The jobs that wait, up to a bound; empty when there has been nothing to do for a while."""
        batch = []
        try:
            batch.append(self._jobs.get(timeout=IDLE_SECONDS))
            while len(batch) < MOST_TOGETHER:
                batch.append(self._jobs.get_nowait())
        except Empty:
            with self._guard:
                self._working = bool(batch) or not self._jobs.empty()
                if self._working and not batch:
                    batch.append(self._jobs.get_nowait())
        return batch

    def _commit(self, batch: list[tuple[Use, Future[Any]]]) -> None:
        settled: list[tuple[Any, Exception | None]] = []
        begun = False
        try:
            with transaction(self._engine) as session:
                begun = True
                settled.extend(_attempt(session, use) for use, _ in batch)
        except BaseException as failure:  # noqa: BLE001 - whatever it was, every waiting caller must hear of it
            self._undone(batch, failure, alone=begun and len(batch) > 1)
        else:
            for (_, future), (result, refusal) in zip(batch, settled, strict=True):
                _settle(future, result, refusal)

    def _undone(self, batch: list[tuple[Use, Future[Any]]], failure: BaseException, *, alone: bool) -> None:
        """The transaction is lost with everything in it, perhaps through one job's fault: the others may do well alone."""
        for use, future in batch:
            if alone:
                self._commit([(use, future)])
            else:
                future.set_exception(failure)


def _settle(future: Future[Any], result: Any, refusal: Exception | None) -> None:
    if refusal is None:
        future.set_result(result)
    else:
        future.set_exception(refusal)


def _attempt(session: Session, use: Use) -> tuple[Any, Exception | None]:
    """Raises when not only the job but the whole transaction is lost: a full disk or a failed flush ends it."""
    connection = session.connection()
    _say(connection, "SAVEPOINT job")
    try:
        with full_disk_in_words():
            result = use(session)
            session.flush()
    except Exception as error:  # noqa: BLE001 - it goes to the caller that sent the job
        session.expunge_all()
        session.info.clear()  # what a service noted of this transaction may be rolled back with the job
        try:
            _say(connection, "ROLLBACK TO SAVEPOINT job")
        except SQLAlchemyError:
            raise error from None
        return None, error
    _say(connection, "RELEASE SAVEPOINT job")
    return result, None


def _say(connection: Connection, command: str) -> None:
    """To the driver directly: SQLAlchemy's own nested transactions cost as much as a job."""
    try:
        connection.connection.cursor().execute(command)
    except connection.dialect.loaded_dbapi.Error as error:
        raise database_error(connection, command, error) from error


@lru_cache(maxsize=8)
def writer_for(engine: Engine) -> Writer:
    return Writer(engine)
