"""Many people at once: nobody gets another's slot, nothing is answered too often, and nobody waits for ever."""

import secrets
import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import datetime, timedelta
from itertools import count
from random import Random
from typing import Any

import pytest
from sqlalchemy import Engine, func, select
from sqlmodel import Session

from core.errors import Conflict
from core.permissions import Actor, Role
from core.services import audit, labelling, queue, routing
from core.services.labelling import Submission
from core.services.queue import Served
from core.store import work
from core.store.engine import reading, transaction
from core.store.writer import Writer
from tests import factories
from tests.clock import NOW

PEOPLE, ITEMS, OVERLAP = 12, 24, 2
SLUG = "busy"
Run = Callable[[Callable[[Session], Any]], Any]


class Hours:
    """Every look at the clock is 4 minutes later: with leases of 20, some run out all the time."""

    def __init__(self) -> None:
        self._steps = count()

    def __call__(self) -> datetime:
        return NOW + timedelta(minutes=4) * next(self._steps)


@pytest.fixture
def team(store: Engine) -> list[Actor]:
    with transaction(store) as session:
        policy = {"lease_minutes": 20, "skip_limit": 50}
        project = factories.a_project(session, SLUG, overlap=OVERLAP, policy=policy)
        lane = factories.a_lane(session, project)
        for _ in range(ITEMS):
            factories.an_item(session, project, lane=lane, overlap=OVERLAP)
        return [factories.acting(factories.a_member(session, project)) for _ in range(PEOPLE)]


@pytest.fixture(params=["transactions", "writer"])
def run(request: pytest.FixtureRequest, store: Engine) -> Run:
    """Both ways to the store: a transaction of one's own in each thread, and the writer that all share."""
    if request.param == "writer":
        writer = Writer(store)
        return lambda use: writer.submit(use).result(60)

    def in_own(use: Callable[[Session], Any]) -> Any:
        with transaction(store) as session:
            return use(session)

    return in_own


def all_at_once(team: list[Actor], job: Callable[[Actor], Any]) -> list[Any]:
    start = threading.Barrier(len(team))

    def begin(actor: Actor) -> Any:
        start.wait(10)
        return job(actor)

    with ThreadPoolExecutor(len(team)) as pool:
        return list(pool.map(begin, team, timeout=100))


def ask(run: Run, actor: Actor, now: datetime) -> Any:
    rng = Random(secrets.randbits(32))
    return run(lambda session: queue.next_screen(session, actor, now=now, rng=rng, slug=SLUG))


def give(run: Run, actor: Actor, served: Served, now: datetime, key: str, outcome: str = "submitted") -> Any:
    answer = {"preferred": "tie"} if outcome == "submitted" else None
    submission = Submission(key, 0, outcome, answer, wants_next=True)
    rng = Random(secrets.randbits(32))
    return run(lambda session: labelling.submit(session, actor, served.assignment, submission, now=now, rng=rng))


def rows(store: Engine, *columns: Any) -> list[Any]:
    with reading(store) as session:
        return list(session.connection().execute(select(*columns)))


def check_whole(store: Engine) -> None:
    """What must hold whatever happened: the log unbroken, no item with more answers or holders than asked for."""
    with reading(store) as session:
        assert audit.verify(session).broken_at is None
    live = Counter(
        row.item_id
        for row in rows(store, work.assignment.c.item_id, work.assignment.c.slot, work.assignment.c.state)
        if row.slot is not None and row.state in ("held", "done")
    )
    given = Counter(
        row.item_id
        for row in rows(store, work.answer.c.item_id, work.answer.c.outcome, work.answer.c.current)
        if row.outcome == "submitted" and row.current
    )
    assert max(live.values()) <= OVERLAP
    assert max(given.values(), default=0) <= OVERLAP


def test_everybody_claims_at_once_and_nobody_gets_anothers_slot(store: Engine, run: Run, team: list[Actor]) -> None:
    found = all_at_once(team, lambda actor: ask(run, actor, NOW))
    assert len({served.assignment for served in found}) == PEOPLE
    check_whole(store)


def test_one_item_left_goes_to_as_many_as_it_needs(store: Engine, run: Run, team: list[Actor]) -> None:
    with transaction(store) as session:
        first = session.connection().execute(select(func.min(work.item.c.id))).scalar_one()
        session.connection().execute(work.item.update().where(work.item.c.id != first).values(state="done"))
    found = all_at_once(team, lambda actor: ask(run, actor, NOW))
    assert sum(isinstance(served, Served) for served in found) == OVERLAP
    check_whole(store)


def test_one_person_in_many_tabs_holds_one_item(store: Engine, run: Run, team: list[Actor]) -> None:
    found = all_at_once([team[0]] * 6, lambda actor: ask(run, actor, NOW))
    assert len({served.assignment for served in found}) == 1


def test_an_answer_sent_many_times_at_once_is_one_answer(store: Engine, run: Run, team: list[Actor]) -> None:
    served = ask(run, team[0], NOW)
    done = all_at_once([team[0]] * 6, lambda actor: give(run, actor, served, NOW, "key-0001"))
    assert len({submitted.answer for submitted in done}) == 1
    assert len({submitted.next.assignment for submitted in done}) == 1
    assert len(rows(store, work.answer.c.id)) == 1


def test_all_work_gets_done_while_leases_run_out(store: Engine, run: Run, team: list[Actor]) -> None:
    """People claim, give up, lose leases, come back late and submit, until there is nothing left to do."""
    clock = Hours()
    all_at_once(team, lambda actor: _work_on(run, actor, clock))
    _finish(run, team, clock)
    check_whole(store)
    assert {row.state for row in rows(store, work.item.c.state)} == {"done"}
    assert len([row for row in rows(store, work.answer.c.outcome) if row.outcome == "submitted"]) == ITEMS * OVERLAP


def test_a_lead_who_frees_items_meanwhile_gets_in_nobodys_way(store: Engine, run: Run, team: list[Actor]) -> None:
    clock, lead = Hours(), Actor(None, "lead", Role.ADMIN)

    def free_whatever_is_held() -> None:
        for _ in range(8):
            for held in run(lambda session: routing.in_hand(session, lead, SLUG))[:3]:
                with suppress(Conflict):
                    run(lambda session: routing.release(session, lead, SLUG, held.assignment_id, now=clock()))  # noqa: B023

    with ThreadPoolExecutor(1) as beside:
        freeing = beside.submit(free_whatever_is_held)
        all_at_once(team[:6], lambda actor: _work_on(run, actor, clock))
        freeing.result(60)
    check_whole(store)


def _work_on(run: Run, actor: Actor, clock: Hours) -> None:
    rng, late = Random(actor.person_id), []
    for n in count():
        found = ask(run, actor, clock())
        if not isinstance(found, Served):
            break
        if rng.random() < 0.2 and not late:
            late.append(found)
            continue
        outcome = "give_up" if rng.random() < 0.05 and n < 6 else "submitted"
        _give_if_still_mine(run, actor, found, clock, f"key-{actor.person_id}-{n}", outcome)
    for served in late:
        _give_if_still_mine(run, actor, served, clock, f"late-{actor.person_id}", "submitted")


def _give_if_still_mine(run: Run, actor: Actor, served: Served, clock: Hours, key: str, outcome: str) -> None:
    try:
        give(run, actor, served, clock(), key, outcome)
    except Conflict as gone:
        if gone.error_code not in ("slot_gone", "submitted"):
            raise


def _finish(run: Run, team: list[Actor], clock: Hours) -> None:
    """Those who found nothing while others held everything look again."""
    for n in count():
        found = [(actor, ask(run, actor, clock() + timedelta(days=1))) for actor in team]
        served = [(actor, one) for actor, one in found if isinstance(one, Served)]
        if not served:
            return
        for actor, one in served:
            give(run, actor, one, clock() + timedelta(days=1), f"last-{actor.person_id}-{n}")
