"""What a person may choose to work on, and how much is left there for them."""

from datetime import timedelta

from sqlalchemy import update
from sqlmodel import Session, col

from core.services.choices import choices, compares
from core.store.tables import Batch, Membership
from tests import factories
from tests.clock import NOW


def test_only_projects_open_to_one_are_offered(session: Session) -> None:
    person = factories.a_person(session)
    for state in ("draft", "live", "paused", "done", "pilot"):
        factories.a_member(session, factories.a_project(session, state, state=state, items=1), person)
    factories.a_member(session, factories.a_project(session, "watched"), person, role="viewer")
    factories.a_project(session, "not-mine")
    found = choices(session, factories.acting(person), now=NOW)
    assert {choice.project.slug for choice in found} == {"live", "pilot", "paused"}
    assert [choice.project.slug for choice in found if choice.paused] == ["paused"]


def test_what_is_left_is_what_one_has_not_had(session: Session) -> None:
    project = factories.a_project(session)
    person = factories.a_member(session, project)
    lane = factories.a_lane(session, project)
    items = [factories.an_item(session, project, lane=lane, overlap=2) for _ in range(5)]
    factories.an_assignment(session, items[0], person, state="done")
    factories.an_item(session, project, lane=lane, state="done")
    assert choices(session, factories.acting(person), now=NOW)[0].left == 4


def test_languages_and_due_dates_are_those_of_ones_own_lanes(session: Session) -> None:
    project = factories.a_project(session)
    person = factories.a_member(session, project, factories.a_person(session, languages=["zh", "en"]))
    for n, lang in enumerate(("zh-Hans", "de")):
        lane = factories.a_lane(session, project, lang=lang, response_lang=lang)
        due = NOW + timedelta(days=2 - n)
        session.execute(update(Batch).where(col(Batch.id) == lane.batch_id).values(due_at=due))
        factories.an_item(session, project, lane=lane)
    (found,) = choices(session, factories.acting(person), now=NOW)
    assert (found.left, found.languages, found.due_at) == (1, ("zh-Hans",), NOW + timedelta(days=2))


def test_what_one_avoids_is_not_left_for_one(session: Session) -> None:
    project = factories.a_project(session)
    person = factories.a_member(session, project)
    session.execute(update(Membership).where(col(Membership.person_id) == person.id).values(avoids=["violence"]))
    factories.an_item(session, project, lane=factories.a_lane(session, project, sensitive="violence"))
    assert choices(session, factories.acting(person), now=NOW)[0].left == 0


def test_in_a_pilot_its_own_items_are_counted(session: Session) -> None:
    project = factories.a_project(session, items=5, state="pilot", policy={"pilot": {"items": 3}})
    person = factories.a_member(session, project)
    assert choices(session, factories.acting(person), now=NOW)[0].left == 3


def test_task_types_that_compare_are_known_by_their_screen() -> None:
    assert [compares(task) for task in ("pairwise", "ranking", "rating", "classification", "demonstration")] == [
        True, True, False, False, False,
    ]  # fmt: skip
