"""An overview of made-up work says exactly what was put in, on both databases."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlmodel import Session

from core.errors import NotAllowed, NotFound
from core.permissions import SYSTEM, Actor
from core.services import audit, concerns, progress
from core.store.tables import Beat, Item, Person, Project
from tests import factories

pytestmark = pytest.mark.dates


def seconds(session: Session, person: Person, project: Project, at: datetime, s: int) -> None:
    number = len(session.new) + int(at.timestamp())
    session.add(
        Beat(
            person_id=person.id, project_id=project.id, desk=f"desk-{person.id}", number=number,
            active_ms=s * 1000, counted_ms=s * 1000, at=at,
        )
    )  # fmt: skip
    session.flush()


def answered(session: Session, item: Item, person: Person, at: datetime, slot: int = 1, **fields: Any) -> None:
    factories.an_assignment(session, item, person, state="done", slot=slot)
    factories.an_answer(session, item, person, {"preferred": "tie"}, at=at, **fields)


def seen(session: Session, project: Project, now: datetime, actor: Actor = SYSTEM) -> progress.Overview:
    return progress.overview(session, actor, project.slug, now=now)


def test_an_empty_project_has_nothing_to_say_and_says_it(session: Session, now: datetime) -> None:
    found = seen(session, factories.a_project(session), now)
    assert (found.items, found.answers_wanted, found.people, found.days, found.gold) == (0, 0, (), (), None)
    assert found.finish == progress.Finish(0, None, None)


def test_items_slots_and_answers_add_up(session: Session, now: datetime) -> None:
    project = factories.a_project(session)
    one, two = factories.a_person(session), factories.a_person(session)
    full = factories.an_item(session, project, overlap=2, state="done")
    half = factories.an_item(session, project, overlap=2, state="taken")
    factories.an_item(session, project, overlap=2)
    factories.an_item(session, project, state="gold")
    factories.an_item(session, project, state="flagged")
    answered(session, full, one, now)
    answered(session, full, two, now, slot=2)
    answered(session, half, one, now)
    factories.an_assignment(session, half, two, slot=2)
    found = seen(session, project, now)
    assert (found.items, found.in_hand) == (3, 1)
    assert (found.answers_given, found.answers_wanted, found.finish.remaining) == (3, 6, 3)
    assert found.states == {"done": 1, "taken": 1, "open": 1, "gold": 1, "flagged": 1}


def test_days_are_the_readers_own_and_purposes_stay_apart(session: Session, now: datetime) -> None:
    project = factories.a_project(session, items=4)
    lead = factories.an_actor(session, role="lead", preferences={"timezone": "Asia/Singapore"})
    person, items = factories.a_person(session), [factories.an_item(session, project) for _ in range(4)]
    now, late_evening_in_utc = now.replace(hour=9), now.replace(hour=16, minute=30)
    answered(session, items[0], person, now)
    answered(session, items[1], person, late_evening_in_utc)
    answered(session, items[2], person, now, purpose="gold", passed=True)
    answered(session, items[3], person, now, outcome="skipped")
    found = seen(session, project, late_evening_in_utc, lead)
    assert [(d.day, d.purpose, d.answers) for d in found.days] == [
        (now.date(), "gold", 1),
        (now.date(), "work", 1),
        (now.date() + timedelta(days=1), "work", 1),
    ]


def test_a_person_is_counted_timed_and_held_against_gold(session: Session, now: datetime) -> None:
    project = factories.a_project(session, policy={"targets": {"accuracy": 0.9}})
    person = factories.a_person(session, "Jia Hui")
    for day in range(4):
        at = now - timedelta(days=day)
        seconds(session, person, project, at, 3600)
        for n in range(10):
            item = factories.an_item(session, project, state="gold" if n < 5 else "done")
            if n < 5:
                factories.a_check(session, item, person, right=n == 0, at=at)
            else:
                answered(session, item, person, at)
    answered(session, factories.an_item(session, project), person, now, outcome="skipped")
    (row,) = seen(session, project, now).people
    assert (row.name, row.answers, row.work, row.passed_on, row.hours) == ("Jia Hui", 40, 20, 1, 4.0)
    assert row.per_hour == 10
    assert row.per_hour_range is not None
    assert row.per_hour_range.low == pytest.approx(10) == row.per_hour_range.high
    assert row.gold is not None
    assert (row.gold.value, row.gold.n) == (0.2, 20)
    assert row.decision == "below"


def test_the_finish_is_a_range_from_the_pace_of_full_days(session: Session, now: datetime) -> None:
    project = factories.a_project(session, items=30)
    person = factories.a_person(session)
    for day, many in ((4, 2), (3, 4), (2, 6), (1, 4), (0, 50)):
        seconds(session, person, project, now - timedelta(days=day), 1800)
        for _ in range(many):
            answered(session, factories.an_item(session, project, state="done"), person, now - timedelta(days=day))
    found = seen(session, project, now).finish
    assert found.pace is not None
    assert (found.remaining, found.pace.value, found.pace.n) == (30, 4, 4)
    assert found.expected == now.date() + timedelta(days=8)
    assert found.soonest is not None
    assert found.latest is not None
    assert found.soonest < found.expected < found.latest
    assert found.hours_left == pytest.approx(30 * 2.5 / 66)


def test_two_days_of_work_promise_no_date(session: Session, now: datetime) -> None:
    project = factories.a_project(session, items=3)
    person = factories.a_person(session)
    answered(session, factories.an_item(session, project, state="done"), person, now - timedelta(days=1))
    found = seen(session, project, now).finish
    assert (found.pace, found.expected) == (None, None)


def test_a_revised_answer_is_one_answer(session: Session, now: datetime) -> None:
    project = factories.a_project(session)
    person, item = factories.a_person(session), factories.an_item(session, project, state="done")
    answered(session, item, person, now, current=False)
    factories.an_answer(session, item, person, {"preferred": "tie"}, revision=2)
    assert seen(session, project, now).answers_given == 1


def test_figures_are_kept_until_something_happens(
    session: Session, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = factories.a_project(session, items=1)
    audit.record(session, SYSTEM, now, audit.Fact("project.live", f"project:{project.id}", project.id))
    first = seen(session, project, now)
    factories.an_item(session, project)
    assert seen(session, project, now) == first
    audit.record(session, SYSTEM, now, audit.Fact("items.imported", "import:1", project.id))
    assert seen(session, project, now + timedelta(hours=1)).items == 2, "however long the first look took"


def test_only_those_who_may_see_progress_see_it(session: Session, now: datetime) -> None:
    project = factories.a_project(session)
    annotator = factories.a_member(session, project)
    with pytest.raises(NotAllowed):
        seen(session, project, now, factories.acting(annotator))
    with pytest.raises(NotFound):
        seen(session, project, now, factories.an_actor(session))


def test_a_viewer_sees_sums_and_no_names(session: Session, now: datetime) -> None:
    project = factories.a_project(session)
    viewer = factories.acting(
        factories.a_member(session, project, factories.a_person(session, role="viewer"), role="viewer")
    )
    answered(session, factories.an_item(session, project, state="done"), factories.a_person(session), now)
    found = seen(session, project, now, viewer)
    assert (found.people, found.answers_given) == ((), 1)


def test_people_far_from_the_target_or_the_team_are_named(session: Session, now: datetime) -> None:
    project = factories.a_project(session, policy={"targets": {"accuracy": 0.9}})
    for name, many, right in (("even", 10, True), ("steady", 11, True), ("fast", 40, True), ("wrong", 10, False)):
        person = factories.a_person(session, name)
        for day in range(4):
            at = now - timedelta(days=day)
            seconds(session, person, project, at, 3600)
            for _ in range(many):
                item = factories.an_item(session, project, state="gold")
                factories.a_check(session, item, person, right=right, at=at)
    found = concerns.out_of_line(seen(session, project, now).people)
    assert {(person.name, why) for person, why in found} == {("fast", "fast"), ("wrong", "below")}


def test_what_is_kept_is_folded_once(session: Session, now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    """Days and people are many: no rerun of a page folds them again, and a new target is a figure of its own."""
    project = factories.a_project(session)
    audit.record(session, SYSTEM, now, audit.Fact("import.items", f"project:{project.id}", project.id))
    answered(session, factories.an_item(session, project, state="done"), factories.a_person(session), now)
    folded: list[int] = []
    people = progress._people
    monkeypatch.setattr(progress, "_people", lambda *given: (folded.append(1), people(*given))[1])
    first, again = seen(session, project, now), seen(session, project, now)
    assert (first, len(folded)) == (again, 1)
    project.policy = {"targets": {"accuracy": 0.6}}
    session.flush()
    assert (seen(session, project, now).target, len(folded)) == (0.6, 2)


def test_what_is_in_hand_is_never_kept(session: Session, now: datetime) -> None:
    project = factories.a_project(session)
    audit.record(session, SYSTEM, now, audit.Fact("import.items", f"project:{project.id}", project.id))
    item = factories.an_item(session, project)
    assert seen(session, project, now).in_hand == 0
    factories.an_assignment(session, item, factories.a_person(session))
    assert seen(session, project, now).in_hand == 1
