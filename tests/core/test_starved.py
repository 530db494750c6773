"""Who has nothing to do and which items nobody may take: the queue's rules, told to the lead."""

from typing import Any

from sqlalchemy import update
from sqlmodel import Session, col

from core.permissions import SYSTEM
from core.services.starved import StarvedPerson, StuckItems, starved
from core.store.tables import Exclusion, Membership, Person, Project
from tests import factories


def found_in(session: Session, project: Project) -> tuple[set[tuple[str, str]], set[tuple[int, str]]]:
    found = starved(session, SYSTEM, project.slug)
    return {(p.person, p.why) for p in found.people}, {(i.items, i.why) for i in found.items}


def change(session: Session, person: Person, **fields: Any) -> None:
    session.execute(update(Membership).where(col(Membership.person_id) == person.id).values(**fields))


def test_nobody_is_starved_where_there_is_work_for_all(session: Session) -> None:
    project = factories.a_project(session, items=2)
    factories.a_member(session, project)
    assert found_in(session, project) == (set(), set())


def test_a_finished_project_starves_nobody(session: Session) -> None:
    project = factories.a_project(session)
    factories.an_item(session, project, state="done")
    factories.a_member(session, project)
    assert found_in(session, project) == (set(), set())


def test_those_who_have_had_everything_wait(session: Session) -> None:
    project = factories.a_project(session)
    item = factories.an_item(session, project, overlap=3)
    done = factories.a_member(session, project, factories.a_person(session, "done"))
    factories.an_assignment(session, item, done, state="done")
    factories.a_member(session, project, factories.a_person(session, "fresh"))
    assert found_in(session, project) == ({("done", "had_all")}, set())


def test_an_item_all_have_had_waits_for_somebody_new(session: Session) -> None:
    project = factories.a_project(session)
    item = factories.an_item(session, project, overlap=3)
    people = [factories.a_member(session, project) for _ in range(2)]
    factories.an_assignment(session, item, people[0], state="done")
    session.add(Exclusion(item_id=item.id, person_id=people[1].id))
    session.flush()
    assert starved(session, SYSTEM, project.slug).items == (StuckItems(1, "all_had", "", "", ""),)


def test_whoever_holds_an_item_is_not_starved(session: Session) -> None:
    project = factories.a_project(session)
    item = factories.an_item(session, project, overlap=3)
    factories.an_assignment(session, item, factories.a_member(session, project))
    assert found_in(session, project)[0] == set()


def test_languages_and_content_are_told_apart(session: Session) -> None:
    project = factories.a_project(session)
    factories.an_item(session, project, lane=factories.a_lane(session, project, lang="zh-Hans", sensitive="violence"))
    english = factories.a_person(session, "english", languages=["en"])
    careful = factories.a_person(session, "careful", languages=["zh"])
    for person in (english, careful):
        factories.a_member(session, project, person)
    change(session, careful, avoids=["violence"])
    found = starved(session, SYSTEM, project.slug)
    assert set(found.people) == {StarvedPerson("careful", "content"), StarvedPerson("english", "languages")}
    assert found.items == (StuckItems(1, "nobody_fits", "zh-Hans", "", "violence"),)


def test_gates_keep_people_out_before_items_do(session: Session) -> None:
    project = factories.a_project(session, items=1, policy={"ladder": {"steps": ["quiz"]}})
    for name, fields in {"unread": {"acknowledged_guideline": 0}, "unproven": {"qualified": False}}.items():
        change(session, factories.a_member(session, project, factories.a_person(session, name)), **fields)
    people, items = found_in(session, project)
    assert people == {("unread", "acknowledge"), ("unproven", "not_qualified")}
    assert items == set(), "said of the people already"
