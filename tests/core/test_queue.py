"""Handing out items: overlap, leases, hidden checks, groups, and what an empty queue says."""

from collections import Counter
from datetime import timedelta
from random import Random
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import Engine, select, update
from sqlmodel import Session

from core.errors import Conflict, NotAllowed
from core.permissions import Actor
from core.services import labelling, queue, seats
from core.services.labelling import Submission
from core.services.queue import Nothing, Served
from core.store import work
from core.store.engine import transaction
from core.store.tables import Project, core
from core.tasks import load_task
from tests.clock import NOW, Clock
from tests.factories import a_gold, a_lane, a_member, a_project, acting, an_item


def claim(session: Session, actor: Actor, project: Project, now: Any = NOW, seed: int = 1) -> Any:
    return queue.next_screen(session, actor, now=now, rng=Random(seed), slug=project.slug)


def an_answer_for(session: Session, served: Served, project: Project) -> dict[str, Any]:
    task = load_task(project.task, {})
    row = session.connection().execute(
        select(work.item.c.payload).join(work.assignment).where(work.assignment.c.id == served.assignment)
    )
    payload = task.parse_payload(row.scalar_one())
    body: dict[str, Any] = task.sample_answer(payload, Random(3)).model_dump(mode="json", exclude_none=True)
    return body


def give(session: Session, actor: Actor, project: Project, served: Served, now: Any = NOW, **fields: Any) -> Any:
    answer = fields.pop("answer", None) or an_answer_for(session, served, project)
    submission = Submission(
        fields.pop("key", str(uuid4())), served.rev, fields.pop("outcome", "submitted"), answer, **fields
    )
    return labelling.submit(session, actor, served.assignment, submission, now=now, rng=Random(2))


def state_of(session: Session, served: Served) -> str:
    query = select(work.item.c.state).join(work.assignment).where(work.assignment.c.id == served.assignment)
    return str(session.connection().execute(query).scalar_one())


def test_whoever_holds_an_item_gets_it_again(session: Session) -> None:
    project = a_project(session, items=3)
    ann = acting(a_member(session, project))
    first, again = claim(session, ann, project), claim(session, ann, project, seed=9)
    assert first.assignment == again.assignment
    assert first.screen == again.screen


def test_two_annotators_never_hold_the_same_last_item(session: Session) -> None:
    project = a_project(session, items=1)
    ann, ben = acting(a_member(session, project)), acting(a_member(session, project))
    claim(session, ann, project)
    nothing = claim(session, ben, project)
    assert isinstance(nothing, Nothing)
    assert nothing.why == "none_left"
    assert nothing.back_at == NOW + timedelta(minutes=60)


def test_an_item_is_answered_by_as_many_people_as_asked_for_and_no_more(session: Session) -> None:
    project = a_project(session, items=2, overlap=2)
    people = [acting(a_member(session, project)) for _ in range(4)]
    given: Counter[int] = Counter()
    for person in people:
        found = claim(session, person, project)
        while isinstance(found, Served):
            row = work.assigned(session.connection(), found.assignment)
            assert row is not None
            given[row.item_id] += 1
            found = give(session, person, project, found, wants_next=True).next
    assert sorted(given.values()) == [2, 2]


def test_nobody_gets_an_item_twice(session: Session) -> None:
    project = a_project(session, items=30, overlap=2)
    ann = acting(a_member(session, project))
    seen = []
    found = claim(session, ann, project)
    while isinstance(found, Served):
        row = work.assigned(session.connection(), found.assignment)
        assert row is not None
        seen.append(row.item_id)
        found = give(session, ann, project, found, wants_next=True).next
    assert len(seen) == len(set(seen)) == 30
    assert found.why == "none_for_you"


def test_a_cursor_hides_nothing_that_comes_open_again(session: Session) -> None:
    project = a_project(session, overlap=2)
    lane = a_lane(session, project)
    for _ in range(60):
        an_item(session, project, lane=lane, overlap=2)
    ann, ben = acting(a_member(session, project)), acting(a_member(session, project))
    dropped = claim(session, ben, project)
    found = claim(session, ann, project)
    for _ in range(50):
        found = give(session, ann, project, found, wants_next=True).next
    late = NOW + timedelta(hours=2)
    cat = acting(a_member(session, project))
    for person in (ann, cat):
        found = claim(session, person, project, late)
        while isinstance(found, Served):
            found = give(session, person, project, found, late, wants_next=True).next
    assert state_of(session, dropped) == "done"


def test_an_expired_lease_frees_the_slot_and_keeps_the_draft(session: Session, clock: Clock) -> None:
    project = a_project(session, items=1)
    ann, ben = acting(a_member(session, project)), acting(a_member(session, project))
    held = claim(session, ann, project)
    labelling.save_draft(session, ann, held.assignment, now=clock(), rev=1, answer={"preferred": "tie"})
    later = clock.advance(minutes=61)
    taken = claim(session, ben, project, later)
    assert isinstance(taken, Served)
    with pytest.raises(Conflict) as refusal:
        give(session, ann, project, held, later)
    assert refusal.value.error_code == "slot_gone"
    labelling.submit(
        session, ben, taken.assignment, Submission("skip-this", 0, "skipped", None), now=later, rng=Random(1)
    )
    back = claim(session, ann, project, later)
    assert back.assignment == held.assignment
    assert back.draft["answer"] == {"preferred": "tie"}


def test_a_late_answer_is_taken_while_nobody_else_has_the_slot(session: Session, clock: Clock) -> None:
    project = a_project(session)
    lane = a_lane(session, project)
    for _ in range(2):
        an_item(session, project, lane=lane)
    ann, ben = acting(a_member(session, project)), acting(a_member(session, project))
    held = claim(session, ann, project)
    clock.advance(minutes=61)
    other = claim(session, ben, project, clock())
    assert other.assignment != held.assignment
    assert give(session, ann, project, held, clock()).answer
    assert state_of(session, held) == "done"


def test_hidden_checks_look_like_any_item_and_come_once(session: Session) -> None:
    project = a_project(session, items=12, policy={"gold_rate": 0.5})
    lane = a_lane(session, project)
    checks = [an_item(session, project, lane=lane, state="gold") for _ in range(3)]
    for item in checks:
        a_gold(session, item, {"preferred": "tie"})
    ann = acting(a_member(session, project))
    purposes = []
    for seed in range(40):
        found = claim(session, ann, project, seed=seed)
        if isinstance(found, Nothing):
            continue
        row = work.assigned(session.connection(), found.assignment)
        assert row is not None
        purposes.append(row.purpose)
        assert "gold" not in str(found.screen)
        give(session, ann, project, found, answer={"preferred": "tie"})
    assert Counter(purposes) == {"gold": 3, "work": 12}
    passed = session.connection().execute(select(work.answer.c.passed).where(work.answer.c.purpose == "gold"))
    assert passed.scalars().all() == [True, True, True]


def test_hidden_repeats_are_marked_and_come_late_enough(session: Session, clock: Clock) -> None:
    project = a_project(session, items=4, policy={"repeat_rate": 0.2})
    ann = acting(a_member(session, project))
    found = claim(session, ann, project)
    give(session, ann, project, found)
    clock.advance(minutes=30)
    repeats = 0
    for seed in range(30):
        found = claim(session, ann, project, clock(), seed=seed)
        if isinstance(found, Served):
            row = work.assigned(session.connection(), found.assignment)
            assert row is not None
            repeats += row.purpose == "repeat"
            assert (row.nth == 1) == (row.purpose == "repeat")
            give(session, ann, project, found, clock())
    assert repeats == 1


def test_one_groups_items_come_one_after_another_to_one_person(session: Session) -> None:
    project = a_project(session)
    lane = a_lane(session, project)
    for group in ("a", "b"):
        for n in range(3):
            an_item(session, project, f"{group}{n}", lane=lane, group_key=group)
    ann, ben = acting(a_member(session, project)), acting(a_member(session, project))
    order: dict[str, list[str]] = {"ann": [], "ben": []}
    for _ in range(3):
        for name, person in (("ann", ann), ("ben", ben)):
            found = claim(session, person, project)
            row = work.assigned(session.connection(), found.assignment)
            assert row is not None
            order[name].append(row.group_key)
            give(session, person, project, found)
    assert order == {"ann": ["a", "a", "a"], "ben": ["b", "b", "b"]}


def test_urgent_and_early_due_batches_come_first(session: Session) -> None:
    project = a_project(session)
    plain, urgent, due = (a_lane(session, project, batch=name) for name in ("plain", "urgent", "due"))
    session.connection().execute(update(work.batch).where(work.batch.c.id == urgent.batch_id).values(priority=5))
    session.connection().execute(
        update(work.batch).where(work.batch.c.id == due.batch_id).values(due_at=NOW + timedelta(days=2))
    )
    for lane in (plain, due, urgent):
        an_item(session, project, lane.batch_id and f"of-{lane.batch_id}", lane=lane)
    ann = acting(a_member(session, project))
    lanes = []
    for _ in range(3):
        found = claim(session, ann, project)
        row = work.assigned(session.connection(), found.assignment)
        assert row is not None
        lanes.append(row.lane_id)
        give(session, ann, project, found)
    assert lanes == [urgent.id, due.id, plain.id]


def test_items_go_to_those_who_read_their_language_and_take_their_content(session: Session) -> None:
    project = a_project(session)
    lane = a_lane(session, project, lang="zh-Hans", sensitive="violence")
    an_item(session, project, lane=lane)
    english = acting(a_member(session, project, None))
    session.connection().execute(
        update(work.person).where(work.person.c.id == english.person_id).values(languages=["en"])
    )
    assert claim(session, english, project).why == "none_for_you"
    gentle = acting(a_member(session, project))
    session.connection().execute(
        update(work.member).where(work.member.c.person_id == gentle.person_id).values(avoids=["violence"])
    )
    assert claim(session, gentle, project).why == "none_for_you"
    assert isinstance(claim(session, acting(a_member(session, project)), project), Served)


@pytest.mark.parametrize(
    ("state", "code"), [("draft", "project_closed"), ("paused", "paused"), ("done", "project_closed")]
)
def test_only_an_open_project_hands_out_items(session: Session, state: str, code: str) -> None:
    project = a_project(session, items=1, state=state)
    ann = acting(a_member(session, project))
    with pytest.raises(NotAllowed) as refusal:
        claim(session, ann, project)
    assert refusal.value.error_code == code


def test_new_guidelines_are_read_before_the_next_item(session: Session) -> None:
    project = a_project(session, items=1)
    person = a_member(session, project)
    session.connection().execute(update(work.member).values(acknowledged_guideline=None))
    with pytest.raises(NotAllowed) as refusal:
        claim(session, acting(person), project)
    assert refusal.value.error_code == "acknowledge"


@pytest.mark.parametrize(
    ("role", "words"), [("annotator", "Your lead goes through"), ("lead", "The project's Pilot tab")]
)
def test_who_has_finished_a_pilot_is_told_what_is_next_for_them(session: Session, role: str, words: str) -> None:
    project = a_project(session, items=0, state="pilot")
    found = claim(session, acting(a_member(session, project, role=role)), project)
    assert words in found.message


def test_a_pilot_keeps_its_answers_apart_and_gives_each_item_to_two(session: Session) -> None:
    project = a_project(session, items=3, overlap=1, state="pilot")
    people = [acting(a_member(session, project)) for _ in range(3)]
    n = 0
    for person in people:
        found = claim(session, person, project)
        while isinstance(found, Served):
            n += 1
            found = give(session, person, project, found, wants_next=True).next
    assert n == 6
    purposes = session.connection().execute(select(work.answer.c.purpose).distinct()).scalars().all()
    assert purposes == ["pilot"]
    assert set(session.connection().execute(select(work.item.c.state)).scalars()) == {"open"}


def test_a_second_desk_is_refused_until_it_takes_over(session: Session) -> None:
    project = a_project(session, items=1)
    ann = acting(a_member(session, project))

    def at(desk: str) -> Any:
        return queue.next_screen(session, ann, now=NOW, rng=Random(1), slug=project.slug, desk=desk)

    at("one")
    with pytest.raises(Conflict) as refusal:
        at("two")
    assert refusal.value.error_code == "second_desk"
    seats.take_desk(session, ann, "two", now=NOW)
    assert isinstance(at("two"), Served)
    with pytest.raises(Conflict):
        at("one")


def test_the_database_itself_refuses_one_answer_too_many(store: Engine) -> None:
    from sqlalchemy.exc import IntegrityError

    with transaction(store) as session:
        project = a_project(session, items=1)
        ann, ben = a_member(session, project), a_member(session, project)
        claim(session, acting(ann), project)
        (item,) = session.connection().execute(select(work.item.c.id, work.item.c.overlap)).all()
    row = {
        "item_id": item.id, "overlap": 1, "person_id": ben.id, "project_id": project.id, "purpose": "work", "nth": 0,
        "state": "held", "settings_version": 1, "guideline_version": 1, "claimed_at": NOW, "lease_until": NOW, "draft_rev": 0,
    }  # fmt: skip
    for slot in (1, 2, None):
        with pytest.raises(IntegrityError), transaction(store) as session:
            session.connection().execute(core(work.Assignment).insert(), {**row, "slot": slot})
