"""The writer: many jobs to a commit, and one that fails takes nobody else's work with it."""

import threading
import time
from collections.abc import Iterator
from concurrent.futures import CancelledError, Future
from typing import Any

import pytest
from sqlalchemy import Engine, event, func, select
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlmodel import Session

from core.errors import Conflict
from core.store import writer as module
from core.store.engine import reading
from core.store.tables import Person, core
from core.store.writer import MOST_TOGETHER, Writer
from tests import factories

PERSON = core(Person)


@pytest.fixture
def writer(store: Engine) -> Writer:
    return Writer(store)


@pytest.fixture
def held(writer: Writer) -> Iterator["Held"]:
    """Keeps the writer busy, so that whatever is sent meanwhile lands in one batch."""
    held = Held(writer)
    yield held
    held.let_go()


class Held:
    def __init__(self, writer: Writer) -> None:
        self._gate, begun = threading.Event(), threading.Event()

        def wait(_: Session) -> None:
            begun.set()
            self._gate.wait(10)

        writer.submit(wait)
        assert begun.wait(10)

    def let_go(self) -> None:
        self._gate.set()


def adding(name: str) -> Any:
    def job(session: Session) -> str:
        factories.a_person(session, name)
        return name

    return job


def names(store: Engine) -> set[str]:
    with reading(store) as session:
        return set(session.connection().execute(select(PERSON.c.name)).scalars())


def done(future: "Future[Any]") -> Any:
    return future.result(20)


def test_results_come_in_the_order_of_asking_and_only_once_committed(store: Engine, writer: Writer) -> None:
    seen: list[set[str]] = []
    futures = [writer.submit(adding(f"p{n}")) for n in range(40)]
    futures[-1].add_done_callback(lambda _: seen.append(names(store)))
    assert [done(future) for future in futures] == [f"p{n}" for n in range(40)]
    deadline = time.monotonic() + 5
    while not seen and time.monotonic() < deadline:
        time.sleep(0.01)
    assert seen == [{f"p{n}" for n in range(40)}]


def test_those_who_wait_share_a_commit(store: Engine, writer: Writer, held: Held) -> None:
    commits: list[int] = []
    event.listen(store, "commit", lambda _: commits.append(1))
    futures = [writer.submit(adding(f"p{n}")) for n in range(MOST_TOGETHER)]
    held.let_go()
    for future in futures:
        done(future)
    assert len(commits) == 2


def test_a_job_that_raises_changes_nothing_and_leaves_the_others_alone(
    store: Engine, writer: Writer, held: Held
) -> None:
    def refuse(session: Session) -> None:
        factories.a_person(session, "half done")
        raise Conflict("No.")

    before, refused, after = writer.submit(adding("before")), writer.submit(refuse), writer.submit(adding("after"))
    held.let_go()
    with pytest.raises(Conflict):
        done(refused)
    assert (done(before), done(after)) == ("before", "after")
    assert names(store) == {"before", "after"}


def test_a_job_that_loses_the_whole_transaction_is_alone_in_its_failure(
    store: Engine, writer: Writer, held: Held
) -> None:
    """A failed flush makes SQLAlchemy roll back everything, the work of the jobs before it too."""
    first, twice, last = writer.submit(adding("ann")), writer.submit(adding("ann")), writer.submit(adding("ben"))
    held.let_go()
    with pytest.raises(IntegrityError):
        done(twice)
    assert (done(first), done(last)) == ("ann", "ben")
    assert names(store) == {"ann", "ben"}


def test_a_database_that_cannot_be_reached_is_told_to_everybody(
    store: Engine, writer: Writer, held: Held, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []

    def unreachable(_: Engine) -> Any:
        asked.append(1)
        raise OperationalError("BEGIN", None, Exception("no connection"))

    futures = [writer.submit(adding(name)) for name in ("ann", "ben")]
    monkeypatch.setattr(module, "transaction", unreachable)
    held.let_go()
    for future in futures:
        with pytest.raises(OperationalError):
            done(future)
    assert len(asked) == 1
    monkeypatch.undo()
    assert done(writer.submit(adding("cat"))) == "cat"


@pytest.mark.postgres
@pytest.mark.parametrize("store_kind", ["postgres"], indirect=True)
def test_a_connection_that_breaks_in_mid_job_costs_one_job(store: Engine, writer: Writer, held: Held) -> None:
    def broken(session: Session) -> None:
        session.connection().exec_driver_sql("SELECT pg_terminate_backend(pg_backend_pid())")

    before, hit, after = writer.submit(adding("before")), writer.submit(broken), writer.submit(adding("after"))
    held.let_go()
    with pytest.raises(OperationalError):
        done(hit)
    assert (done(before), done(after)) == ("before", "after")
    assert names(store) == {"before", "after"}


def test_a_caller_that_gave_up_stops_nobody(store: Engine, writer: Writer, held: Held) -> None:
    gone, stays = writer.submit(adding("gone")), writer.submit(adding("stays"))
    assert gone.cancel()
    held.let_go()
    assert done(stays) == "stays"
    with pytest.raises(CancelledError):
        gone.result(0)
    assert names(store) == {"stays"}
    assert done(writer.submit(adding("later"))) == "later"


def test_it_rests_when_there_is_nothing_to_do_and_wakes_again(
    store: Engine, writer: Writer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "IDLE_SECONDS", 0.01)
    for n in range(30):
        assert done(writer.submit(adding(f"p{n}"))) == f"p{n}"
        time.sleep(0.012)
    with reading(store) as session:
        assert session.connection().execute(select(func.count()).select_from(PERSON)).scalar() == 30
