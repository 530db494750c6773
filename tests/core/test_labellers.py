"""Who may label is one rule: the desk, the choice of projects, the counts and the concerns all follow it."""

from datetime import datetime
from random import Random

import pytest
from sqlalchemy import update
from sqlmodel import Session, col

from core.errors import NotAllowed, NotFound
from core.permissions import SYSTEM, Actor
from core.services import concerns, labellers, seats, starved, summaries, team_size
from core.services.choices import choices
from core.services.readiness import readiness
from core.store.tables import Membership, Person, Project
from tests import factories

MAY = {"annotator", "unqualified", "unread", "reviewer", "lead here", "lead as viewer", "came in"}
GATES = {"unqualified": "not_qualified", "unread": "acknowledge"}
READERS = {"came in": "acknowledge"}
"""A lead who took an item before there were guidelines."""
EVERYBODY = MAY | {"viewer", "paused", "removed", "gone", "stranger", "lead elsewhere"}


def a_team(session: Session, state: str) -> tuple[Project, dict[str, Actor]]:
    project = factories.a_project(
        session, "here", state=state, items=3, overlap=9, policy={"ladder": {"steps": ["quiz"]}}
    )
    everywhere = {"lead as viewer": "lead", "came in": "lead", "lead elsewhere": "lead"}
    people = {
        name: factories.a_person(session, name, role=everywhere.get(name, "annotator"), active=name != "gone")
        for name in sorted(EVERYBODY)
    }
    roles = {"reviewer": "reviewer", "lead here": "lead", "lead as viewer": "viewer", "viewer": "viewer"}
    for name in EVERYBODY - {"stranger", "came in", "lead elsewhere"}:
        factories.a_member(session, project, people[name], role=roles.get(name, "annotator"))
    change(session, people["unqualified"], qualified=False)
    change(session, people["unread"], acknowledged_guideline=None)
    change(session, people["paused"], state="paused")
    change(session, people["removed"], state="removed")
    done = factories.an_item(session, project, state="done")
    factories.an_assignment(session, done, people["came in"], state="done")
    return project, {name: factories.acting(person) for name, person in people.items()}


def change(session: Session, person: Person, **fields: object) -> None:
    session.execute(update(Membership).where(col(Membership.person_id) == person.id).values(**fields))


def gate_at_the_desk(session: Session, actor: Actor, now: datetime) -> str | None:
    """What the desk says to a person who sits down: None lets them work."""
    try:
        at = seats.sit_down(session, actor, now=now, rng=Random(0), desk=None, slug="here")
        seats.require_fit(at.head)
    except NotFound:
        return "no_member"
    except NotAllowed as refused:
        return refused.error_code
    return None


def test_the_rule_names_members_who_label_and_leads_who_came_in(session: Session) -> None:
    project, _actors = a_team(session, "live")
    found = labellers.labellers(session, SYSTEM, project.slug)
    assert {one.name: one.gate for one in found} == {**dict.fromkeys(MAY), **GATES, **READERS}


def test_the_desk_lets_in_whom_the_rule_names_and_nobody_else(session: Session, now: datetime) -> None:
    project, actors = a_team(session, "live")
    gates = {one.name: one.gate for one in labellers.labellers(session, SYSTEM, project.slug)}
    for name, actor in actors.items():
        said = gate_at_the_desk(session, actor, now)
        if name in gates:
            assert said == gates[name], name
        elif name == "lead elsewhere":
            assert said == "acknowledge", "may come in like any lead, and has not"
        elif name != "gone":
            assert said is not None, name


def test_a_project_to_work_in_is_offered_to_whom_the_rule_names(session: Session, now: datetime) -> None:
    project, actors = a_team(session, "live")
    named = {one.name for one in labellers.labellers(session, SYSTEM, project.slug)}
    offered = {
        name for name, actor in actors.items() if any(not one.paused for one in choices(session, actor, now=now))
    }
    assert offered - {"gone", "lead elsewhere"} == named


@pytest.mark.parametrize("state", ["draft", "pilot"])
def test_every_count_is_the_rules(session: Session, now: datetime, state: str) -> None:
    project, _actors = a_team(session, state)
    n = len(labellers.labellers(session, SYSTEM, project.slug))
    assert n == len(MAY)
    (step,) = (one for one in readiness(session, SYSTEM, project.slug).steps if one.need == "people")
    (summary,) = summaries.summaries(session, SYSTEM)
    too_many = team_size.too_many(session, SYSTEM, project.slug)
    assert too_many is not None
    assert {step.have, summary.people, too_many.people} == {n}
    ready = [one for one in concerns.today(session, SYSTEM, now=now).concerns if one.kind == "draft_ready"]
    assert [one.figures["people"] for one in ready] == ([n] if state == "draft" else [])


def test_starved_says_what_the_desk_says(session: Session) -> None:
    """Annotators only, as long as there are any."""
    project, _actors = a_team(session, "live")
    assert {one.person: one.why for one in starved.starved(session, SYSTEM, project.slug).people} == GATES


def test_the_ladder_is_not_asked_in_a_pilot(session: Session) -> None:
    project, _actors = a_team(session, "pilot")
    found = {one.name: one.gate for one in labellers.labellers(session, SYSTEM, project.slug)}
    assert found["unqualified"] is None
