"""A lead's hand on the queue."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlmodel import Session

from core.errors import Conflict, NotAllowed, NotFound
from core.permissions import SYSTEM
from core.services import routing
from core.services.queue import Nothing, Served
from core.store import work
from tests.clock import NOW
from tests.core.test_queue import claim, give
from tests.factories import a_lane, a_member, a_project, acting, an_item


def test_a_batch_with_an_earlier_due_date_is_worked_first(session: Session) -> None:
    project = a_project(session)
    slow, fast = a_lane(session, project, batch="slow"), a_lane(session, project, batch="fast")
    an_item(session, project, "s", lane=slow)
    an_item(session, project, "f", lane=fast)
    routing.set_batch(session, SYSTEM, project.slug, "fast", now=NOW, due_at=NOW + timedelta(days=1), priority=0)
    assert [batch.name for batch in routing.batches(session, SYSTEM, project.slug)] == ["fast", "slow"]
    ann = acting(a_member(session, project))
    claim(session, ann, project)
    assert [held.item for held in routing.in_hand(session, SYSTEM, project.slug)] == ["f"]


def test_only_a_lead_may_route(session: Session) -> None:
    project = a_project(session)
    ann = acting(a_member(session, project))
    with pytest.raises(NotAllowed):
        routing.batches(session, ann, project.slug)


def test_an_unknown_batch_is_refused(session: Session) -> None:
    project = a_project(session)
    with pytest.raises(NotFound):
        routing.set_batch(session, SYSTEM, project.slug, "nope", now=NOW, due_at=None, priority=0)


def test_a_released_item_goes_to_the_next_person(session: Session) -> None:
    project = a_project(session, items=1)
    ann, ben = acting(a_member(session, project)), acting(a_member(session, project))
    held = claim(session, ann, project)
    routing.release(session, SYSTEM, project.slug, held.assignment, now=NOW)
    assert isinstance(claim(session, ben, project), Served)
    with pytest.raises(Conflict):
        routing.release(session, SYSTEM, project.slug, held.assignment, now=NOW)


@pytest.mark.parametrize(("whole", "name"), [("item", "k0"), ("group", "g"), ("batch", "b")])
def test_an_excluded_person_never_gets_the_item_until_allowed(
    session: Session, whole: routing.Whole, name: str
) -> None:
    project = a_project(session)
    lane = a_lane(session, project, batch="b")
    for n in range(30):
        an_item(session, project, f"k{n}", lane=lane, group_key="g", overlap=2)
    person = a_member(session, project)
    ann = acting(person)
    n = routing.exclude(session, SYSTEM, project.slug, person.name, now=NOW, whole=whole, names=[name])
    assert n == (1 if whole == "item" else 30)
    got = 0
    found = claim(session, ann, project)
    while isinstance(found, Served):
        got += 1
        found = give(session, ann, project, found, wants_next=True).next
    assert got == 30 - n
    assert routing.allow(session, SYSTEM, project.slug, person.name, now=NOW, whole=whole, names=[name]) == n
    assert routing.exclusions(session, SYSTEM, project.slug) == []
    assert isinstance(claim(session, ann, project), Served)


def test_more_answers_reopen_what_was_done_and_fewer_close_what_has_enough(session: Session) -> None:
    project = a_project(session, items=3, overlap=1)
    ann, ben = acting(a_member(session, project)), acting(a_member(session, project))
    found = claim(session, ann, project)
    while isinstance(found, Served):
        found = give(session, ann, project, found, wants_next=True).next
    states = select(work.item.c.state, work.item.c.overlap)
    assert routing.set_overlap(session, SYSTEM, project.slug, 2, now=NOW) == 3
    assert session.connection().execute(states).all() == [("open", 2)] * 3
    assert isinstance(claim(session, ann, project), Nothing)
    give(session, ben, project, claim(session, ben, project))
    assert routing.set_overlap(session, SYSTEM, project.slug, 1, now=NOW) == 2
    rows = sorted(session.connection().execute(states).all())
    assert rows == [("done", 1), ("done", 1), ("done", 2)]
