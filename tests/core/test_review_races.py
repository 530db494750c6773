"""Many reviewers at once: an item and stage has one holder, a decision is one verdict, and the log stays whole."""

import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from random import Random
from typing import Any

import pytest
from sqlalchemy import Engine, select

from core.errors import Conflict
from core.permissions import Actor
from core.services import audit, labelling, projects
from core.services.review import examples as review_examples, reviewing, settle as review_settle
from core.services.review.reviewing import Filter, Served
from core.services.review.settle import Decision, Settled
from core.store import verdicts as verdicts_store
from core.store.engine import reading, transaction
from tests.clock import NOW
from tests.reviewing import SLUG, UnderReview

REVIEWERS = 6


@pytest.fixture
def team(store: Engine) -> list[Actor]:
    """Reviewers before eight items that need two of them each."""
    with transaction(store) as session:
        made = UnderReview(session, review={"stages": 2})
        for n in range(8):
            made.item(f"i{n}", "r1", "r2", "tie")
        return [made.joins(f"reviewer-{n}", "reviewer") for n in range(REVIEWERS)]


def at_once(actors: list[Any], job: Callable[[Any], Any]) -> list[Any]:
    start = threading.Barrier(len(actors))

    def begin(actor: Any) -> Any:
        start.wait(10)
        return job(actor)

    with ThreadPoolExecutor(len(actors)) as pool:
        return list(pool.map(begin, actors, timeout=100))


def ranked(
    engine: Engine, actor: Actor, wanted: Filter = reviewing.NO_FILTER, now: datetime = NOW
) -> reviewing.Ranking:
    with reading(engine) as session:
        return reviewing.ranked(session, actor, SLUG, wanted, now=now)


def take(engine: Engine, actor: Actor, wanted: Filter = reviewing.NO_FILTER, now: datetime = NOW) -> reviewing.Next:
    ranking = ranked(engine, actor, wanted, now)
    with transaction(engine) as session:
        return reviewing.next_item(session, actor, SLUG, ranking, now=now)


def settle(engine: Engine, actor: Actor, assignment: int, key: str, now: datetime = NOW, **fields: Any) -> Settled:
    decision = Decision(key, "edited", answer={"preferred": "tie"}, **fields)
    with transaction(engine) as session:
        return review_settle.settle(session, actor, assignment, decision, now=now, rng=Random(1))


def test_two_reviewers_never_hold_one_item(store: Engine, team: list[Actor]) -> None:
    found = at_once(team, lambda actor: take(store, actor))
    assert len({served.item for served in found if isinstance(served, Served)}) == REVIEWERS


def test_one_named_item_goes_to_one_of_them(store: Engine, team: list[Actor]) -> None:
    found = at_once(team, lambda actor: take(store, actor, Filter(item="i3")))
    assert sum(isinstance(one, Served) for one in found) == 1
    assert {one.why for one in found if not isinstance(one, Served)} == {"held"}


def test_one_reviewer_in_many_tabs_holds_one_item(store: Engine, team: list[Actor]) -> None:
    found = at_once([team[0]] * REVIEWERS, lambda actor: take(store, actor))
    assert len({served.assignment for served in found if isinstance(served, Served)}) == 1


def test_a_decision_sent_many_times_at_once_is_one_verdict(store: Engine, team: list[Actor]) -> None:
    served = take(store, team[0])
    assert isinstance(served, Served)
    done = at_once([team[0]] * REVIEWERS, lambda actor: settle(store, actor, served.assignment, "one-key-only"))
    assert len({one.verdict for one in done}) == 1


def test_everything_is_settled_twice_by_different_people_while_leases_run_out(store: Engine, team: list[Actor]) -> None:
    clock = Hours()
    at_once(team, lambda actor: work_on(store, actor, clock))
    for actor in team * 2:
        work_on(store, actor, clock)
    rows = settled_rows(store)
    assert Counter(row.item_id for row in rows) == dict.fromkeys({row.item_id for row in rows}, 2)
    assert len({row.item_id for row in rows if row.final and row.current}) == 8
    for item in {row.item_id for row in rows}:
        assert len({row.by_id for row in rows if row.item_id == item}) == 2
    with reading(store) as session:
        assert audit.verify(session).broken_at is None


class Hours:
    """Every look at the clock is 25 minutes later: with leases of 60, some run out all the time."""

    def __init__(self) -> None:
        self._lock, self._now = threading.Lock(), NOW

    def __call__(self) -> datetime:
        with self._lock:
            self._now += timedelta(minutes=25)
            return self._now


def work_on(engine: Engine, actor: Actor, clock: Hours) -> None:
    while isinstance(served := take(engine, actor, now=clock()), Served):
        try:
            settle(
                engine, actor, served.assignment, f"key-{actor.person_id}-{served.assignment}-{served.stage}", clock()
            )
        except Conflict as gone:
            if gone.error_code != "lease_over":
                raise


def settled_rows(engine: Engine) -> list[Any]:
    with reading(engine) as session:
        return list(session.connection().execute(select(verdicts_store.verdict)))


def test_an_author_who_revises_and_a_reviewer_who_settles_do_not_both_win(store: Engine, team: list[Actor]) -> None:
    """Whoever is first: an answer revised after the verdict would be no answer that the reviewer saw."""
    served = take(store, team[0], Filter(item="i0"))
    assert isinstance(served, Served)
    ann = next(side for side in served.answers if side.name == "Ann")
    with reading(store) as session:
        author = UnderReview.actor_named(session, "Ann")

    def job(actor: Actor) -> str:
        try:
            if actor is author:
                with transaction(store) as session:
                    labelling.revise(session, actor, ann.id, now=NOW, key="revision-1", answer={"preferred": "r2"})
            else:
                with transaction(store) as session:
                    picked = Decision("picked-key", "picked", answer_id=ann.id)
                    review_settle.settle(session, actor, served.assignment, picked, now=NOW, rng=Random(1))
        except Conflict as refusal:
            return refusal.error_code
        return "done"

    outcomes = at_once([author, team[0]], job)
    assert sorted(outcomes) in (["closed", "done"], ["done", "revised"])


def test_leads_who_take_examples_at_once_lose_none(store: Engine, team: list[Actor]) -> None:
    for n, actor in enumerate(team[:4]):
        with transaction(store) as session:
            found = reviewing.next_item(session, actor, SLUG, ranked(store, actor, Filter(item=f"i{n}")), now=NOW)
        assert isinstance(found, Served)
        settle(store, actor, found.assignment, f"example-{n}", example=f"Example number {n}.")
    with transaction(store) as session:
        lead = UnderReview.actor_named(session, "Lena")
        waiting = [one.id for one in review_examples.pending(session, lead, SLUG)]

    def take_one(example: int) -> int:
        with transaction(store) as session:
            return review_examples.take(session, lead, SLUG, example, now=NOW)

    assert sorted(at_once(waiting, take_one)) == [2, 3, 4, 5]
    with reading(store) as session:
        text = projects.get(session, lead, SLUG).guidelines
    assert all(f"Example number {n}" in text for n in range(4))
