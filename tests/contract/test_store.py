"""What the database itself holds, the same on SQLite and PostgreSQL."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta, timezone
from random import Random
from threading import Barrier, Thread
from typing import Any

import pytest
from sqlalchemy import Engine, delete, func, select, text, update
from sqlalchemy.exc import DBAPIError, IntegrityError, StatementError
from sqlmodel import Session

from core.permissions import SYSTEM, Actor
from core.services import audit, queue
from core.store.engine import FairLock, reading, transaction
from core.store.tables import Answer, Assignment, Event, Item, Person, Project, TargetValue, core
from tests.factories import a_lane, a_member, a_person, a_project, acting, an_answer, an_assignment, an_item


@pytest.fixture
def item(session: Session) -> Item:
    return an_item(session, a_project(session, overlap=2), overlap=2)


# Values ---------------------------------------------------------------------------------------------------------------


def test_times_come_back_in_utc(session: Session) -> None:
    singapore = datetime(2026, 3, 2, 17, 0, 0, 123456, tzinfo=timezone(timedelta(hours=8)))
    person = a_person(session, created_at=singapore)
    session.expire(person)
    assert person.created_at == singapore
    assert person.created_at.utcoffset() == timedelta(0)


def test_naive_times_are_refused(session: Session) -> None:
    with pytest.raises(StatementError, match="naive"):
        a_person(session, created_at=datetime(2026, 3, 2))  # noqa: DTZ001 - that is the point


@pytest.mark.parametrize(
    "payload",
    [
        {"b": 1, "a": 2},
        {"text": "é ≠ é, “中文”, \u200b, 👩‍👩‍👧"},
        {"text": "x" * 1_000_000},
        [],
        "",
        0,
        {"deep": [[[{}]]]},
    ],
)
def test_content_comes_back_as_it_was(session: Session, payload: Any) -> None:
    item = an_item(session, a_project(session), payload=payload)
    session.expire(item)
    assert item.payload == payload
    if isinstance(payload, dict):
        assert list(item.payload) == list(payload)


# Slots ----------------------------------------------------------------------------------------------------------------


def test_a_slot_beyond_the_overlap_is_refused(session: Session, item: Item) -> None:
    with pytest.raises(IntegrityError):
        an_assignment(session, item, a_person(session), slot=3)


def test_a_slot_is_held_once(session: Session, item: Item) -> None:
    an_assignment(session, item, a_person(session), slot=1)
    with pytest.raises(IntegrityError):
        an_assignment(session, item, a_person(session), slot=1)


def test_an_item_comes_to_a_person_once(session: Session, item: Item) -> None:
    person = a_person(session)
    an_assignment(session, item, person, slot=1)
    with pytest.raises(IntegrityError):
        an_assignment(session, item, person, slot=2)


def test_a_marked_repeat_comes_again(session: Session, item: Item) -> None:
    person = a_person(session)
    an_assignment(session, item, person, slot=1)
    an_assignment(session, item, person, purpose="repeat", nth=1, slot=None)


def test_an_assignment_cannot_claim_another_overlap(session: Session, item: Item) -> None:
    with pytest.raises(IntegrityError):
        an_assignment(session, item, a_person(session), overlap=5, slot=5)


def test_work_in_hand_always_has_a_slot(session: Session, item: Item) -> None:
    with pytest.raises(IntegrityError):
        an_assignment(session, item, a_person(session), slot=None)


def test_a_wider_overlap_reaches_the_assignments(session: Session, item: Item) -> None:
    assignment = an_assignment(session, item, a_person(session))
    item.overlap = 3
    session.flush()
    session.expire(assignment)
    assert assignment.overlap == 3


def test_two_annotators_never_hold_the_same_last_item(store: Engine, now: datetime) -> None:
    with transaction(store) as session:
        project = a_project(session, "race", policy={"repeat_rate": 0})
        lane = a_lane(session, project, batch="all")
        for position in range(4):
            an_item(session, project, lane=lane, position=position + 1)
        actors = [acting(a_member(session, project)) for _ in range(8)]
    _all_at_once(store, actors, now)
    held = _held(store)
    assert len(held) == len(set(held)) == 4


def _all_at_once(store: Engine, actors: list[Actor], now: datetime) -> None:
    gate = Barrier(len(actors))

    def claim(actor: Actor) -> None:
        gate.wait()
        with transaction(store) as session:
            queue.next_screen(session, actor, now=now, rng=Random(actor.person_id), slug="race")

    with ThreadPoolExecutor(len(actors)) as pool:
        list(pool.map(claim, actors))


def _held(store: Engine) -> list[int]:
    with reading(store) as session:
        return list(session.scalars(select(core(Assignment).c.item_id).where(core(Assignment).c.state == "held")))


# Answers and the log --------------------------------------------------------------------------------------------------


@pytest.fixture
def answer(session: Session, item: Item) -> Answer:
    answer = an_answer(session, item, a_person(session), {"preferred": "tie"})
    session.add(TargetValue(answer_id=answer.id or 0, target="preferred", code=2))
    session.flush()
    return answer


def test_one_answer_is_current(session: Session, item: Item, answer: Answer) -> None:
    author = session.get_one(Person, answer.person_id)
    an_answer(session, item, author, revision=2, current=False)
    with pytest.raises(IntegrityError):
        an_answer(session, item, author, revision=3)


def test_a_submit_key_counts_once(session: Session, item: Item, answer: Answer) -> None:
    author = session.get_one(Person, answer.person_id)
    with pytest.raises(IntegrityError):
        an_answer(session, item, author, revision=2, current=False, submit_key=answer.submit_key)


@pytest.mark.parametrize(
    "change",
    [
        {"body": {"preferred": "a"}},
        {"outcome": "skipped"},
        {"person_id": 1_000},
        {"guideline_version": 9},
        {"reason": ""},
    ],
)
def test_what_an_answer_says_cannot_be_changed(session: Session, answer: Answer, change: dict[str, Any]) -> None:
    with pytest.raises(DBAPIError, match="answer is append-only"):
        session.execute(update(Answer).where(core(Answer).c.id == answer.id).values(**change))


def test_which_answer_is_current_may_change(session: Session, answer: Answer, now: datetime) -> None:
    answer.current, answer.seq, answer.passed, answer.undone_at = False, 7, True, now
    session.flush()


def test_an_answer_cannot_be_deleted(session: Session, answer: Answer) -> None:
    with pytest.raises(DBAPIError, match="answer is append-only"):
        session.execute(delete(Answer).where(core(Answer).c.id == answer.id))


def test_answers_go_with_their_project_and_not_before(session: Session, item: Item, answer: Answer) -> None:
    session.execute(delete(Project).where(core(Project).c.id == item.project_id))
    assert session.scalar(select(func.count()).select_from(Answer)) == 0
    assert session.scalar(select(func.count()).select_from(TargetValue)) == 0


@pytest.mark.parametrize("statement", ["UPDATE event SET kind = 'x'", "DELETE FROM event"])
def test_the_log_only_grows(session: Session, now: datetime, statement: str) -> None:
    audit.record(session, SYSTEM, now, audit.Fact("project.created", "project:1"))
    with pytest.raises(DBAPIError, match="event is append-only"):
        session.execute(text(statement))


def test_concurrent_writers_leave_a_whole_log(store: Engine, now: datetime) -> None:
    def write(number: int) -> None:
        with transaction(store) as session:
            audit.record(session, SYSTEM, now, audit.Fact("x", f"{number}a"), audit.Fact("x", f"{number}b"))

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(write, range(40)))
    with reading(store) as session:
        assert audit.verify(session) == audit.Verification(80, None)


# Transactions ---------------------------------------------------------------------------------------------------------


def test_what_raises_leaves_nothing_behind(store: Engine) -> None:
    with pytest.raises(KeyboardInterrupt), transaction(store) as session:
        a_person(session)
        raise KeyboardInterrupt
    with reading(store) as session:
        assert session.scalar(select(func.count()).select_from(Person)) == 0


def test_a_reading_does_not_wait_for_a_writer_and_sees_what_was_there(store: Engine) -> None:
    with transaction(store) as writing:
        a_person(writing)
        with reading(store) as session:
            assert session.scalar(select(func.count()).select_from(Person)) == 0
    with reading(store) as session:
        assert session.scalar(select(func.count()).select_from(Person)) == 1


def test_a_reading_is_of_one_instant(store: Engine) -> None:
    with reading(store) as session:
        assert session.scalar(select(func.count()).select_from(Person)) == 0
        with transaction(store) as writing:
            a_person(writing)
        assert session.scalar(select(func.count()).select_from(Person)) == 0


def test_a_reading_can_change_nothing(store: Engine, now: datetime) -> None:
    try:
        with reading(store) as session:
            audit.record(session, SYSTEM, now, audit.Fact("x", "y"))
    except DBAPIError:
        pass  # PostgreSQL refuses at once; SQLite rolls back at the end
    with reading(store) as session:
        assert session.scalar(select(func.count()).select_from(Event)) == 0


def test_the_writers_lock_is_granted_in_the_order_of_asking() -> None:
    lock, order = FairLock(), []

    def take(number: int) -> None:
        with lock:
            order.append(number)

    threads = [Thread(target=take, args=(number,)) for number in range(20)]
    with lock:
        for number, thread in enumerate(threads):
            thread.start()
            while len(lock._waiting) <= number:
                pass
    for thread in threads:
        thread.join()
    assert order == list(range(20))
