"""Who may do what to whom: every pair of roles and every action, as the table says it and as the services do it."""

from collections.abc import Callable, Iterator
from datetime import datetime
from itertools import count, product
from typing import Any

import pytest
from sqlmodel import Session

from core.errors import InvalidInput, NotAllowed
from core.permissions import REACH, SYSTEM, Act, Actor, Role, reaches
from core.services import membership, passwords, people, taking
from core.store.tables import Person, Project
from tests import factories

LESS = {Role.REVIEWER, Role.ANNOTATOR, Role.VIEWER}
ON_PEOPLE = {Role.ADMIN: {*Role}, Role.LEAD: LESS, Role.REVIEWER: set(), Role.ANNOTATOR: set(), Role.VIEWER: set()}
GIVEN = {**ON_PEOPLE, Role.LEAD: {*LESS, Role.LEAD}}
PAIRS = tuple(product(Role, Role))
_numbers = count(1)

Deed = Callable[[Session, Actor, Person, datetime], Any]


@pytest.fixture(autouse=True)
def _quick_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "ROUNDS", 4)


def _withdraw(session: Session, actor: Actor, other: Person, now: datetime) -> None:
    made_by = Actor(other.id, other.name, Role.ADMIN)
    people.invite(session, made_by, now=now)
    newest = people.invitations(session, SYSTEM, now=now)[-1]
    people.withdraw_invitation(session, actor, newest.id, now=now)


DEEDS: dict[Act, tuple[Deed, ...]] = {
    Act.CHANGE_ROLE: (lambda s, a, p, now: people.change(s, a, p.id or 0, now=now, role="viewer"),),
    Act.SET_ACTIVE: (
        lambda s, a, p, now: people.change(s, a, p.id or 0, now=now, active=False),
        lambda s, a, p, now: people.change(s, a, p.id or 0, now=now, active=True),
    ),
    Act.ERASE: (lambda s, a, p, now: people.erase(s, a, p.id or 0, now=now),),
    Act.RECOVER: (lambda s, a, p, now: people.new_password_link(s, a, p.id or 0, now=now),),
    Act.WITHDRAW_INVITATION: (_withdraw,),
    Act.SET_TAKING: (lambda s, a, p, now: taking.change(s, a, p.id or 0, now=now, languages=["en"], avoids=[]),),
}
GIVING: tuple[Deed, ...] = (
    lambda s, a, p, now: people.add(s, a, now=now, name=f"new-{next(_numbers)}", role=p.role),
    lambda s, a, p, now: people.invite(s, a, now=now, role=p.role),
    lambda s, a, p, now: people.change(s, a, factories.a_person(s).id or 0, now=now, role=p.role),
)
IN_A_PROJECT: tuple[Deed, ...] = (
    lambda s, a, p, now: membership.add_member(s, a, "pairs", p.name, now=now, role="annotator"),
    lambda s, a, p, now: membership.set_member(s, a, "pairs", p.name, now=now, state="removed"),
    lambda s, a, p, now: membership.set_member(s, a, "pairs", p.name, now=now, state="paused"),
    lambda s, a, p, now: membership.set_member(s, a, "pairs", p.name, now=now, qualified=False),
)


def test_the_table_is_whole_and_says_what_is_meant() -> None:
    assert set(REACH) == set(Act)
    for act, (role, other) in product(Act, PAIRS):
        expected = GIVEN if act is Act.GIVE_ROLE else ON_PEOPLE
        assert reaches(role, act, other) is (other in expected[role]), (act, role, other)


def test_every_action_is_tried() -> None:
    assert {*DEEDS, Act.GIVE_ROLE, Act.SET_MEMBERSHIP} == set(Act)


@pytest.mark.parametrize("act", DEEDS)
def test_each_action_reaches_whom_the_table_says(session: Session, now: datetime, act: Act) -> None:
    people.add(session, SYSTEM, now=now, name="Ada", role="admin", password="a stone that tells gold")
    for deed, (role, other) in product(DEEDS[act], PAIRS):
        person = factories.a_person(session, role=other)
        done = _allowed(session, deed, factories.an_actor(session, role=role), person, now)
        assert done is (other in ON_PEOPLE[role]), (act, role, other)


def test_nobody_gives_more_than_they_have(session: Session, now: datetime) -> None:
    for deed, (role, given) in product(GIVING, PAIRS):
        done = _allowed(session, deed, factories.an_actor(session, role=role), Person(role=given), now)
        assert done is (given in GIVEN[role]), (role, given)


def test_in_a_project_the_higher_of_both_roles_counts(session: Session, now: datetime) -> None:
    project = factories.a_project(session, "pairs")
    for deed, (role, other) in product(IN_A_PROJECT, PAIRS):
        for acting, person in product(_as(session, project, role), list(_as(session, project, other))):
            done = _allowed(session, deed, factories.acting(acting), person, now)
            assert done is (other in ON_PEOPLE[role]), (role, other, acting.role, person.role)


def _as(session: Session, project: Project, role: Role) -> Iterator[Person]:
    """Members who count as this: by the workspace, and by the project alone."""
    yield factories.a_member(session, project, factories.a_person(session, role=role), role="viewer")
    if role is not Role.ADMIN:
        yield factories.a_member(session, project, factories.a_person(session, role="viewer"), role=role)


def test_whoever_leads_a_project_is_an_equal_of_leads(session: Session, now: datetime) -> None:
    """A link for the lead of a project would open that project to whoever made it."""
    leading = factories.a_member(session, factories.a_project(session), role="lead")
    for deed in (deed for act in DEEDS if act is not Act.WITHDRAW_INVITATION for deed in DEEDS[act]):
        assert not _allowed(session, deed, factories.an_actor(session, role="lead"), leading, now)
    assert people.get(session, SYSTEM, leading.name).counts_as is Role.LEAD
    assert {view.name: view.counts_as for view in people.listed(session, SYSTEM)}[leading.name] is Role.LEAD


def test_the_lead_of_one_project_has_no_say_in_another(session: Session, now: datetime) -> None:
    factories.a_project(session, "pairs")
    elsewhere = factories.a_member(session, factories.a_project(session), role="lead")
    person = factories.a_person(session)
    for role in ("annotator", "lead"):
        with pytest.raises(NotAllowed):
            membership.add_member(session, factories.acting(elsewhere), "pairs", person.name, now=now, role=role)


def test_a_lead_manages_their_own_membership_but_not_their_own_account(session: Session, now: datetime) -> None:
    project = factories.a_project(session, "pairs")
    lead = factories.a_member(session, project, factories.a_person(session, role="lead"), role="lead")
    actor = factories.acting(lead)
    membership.set_member(session, actor, "pairs", lead.name, now=now, qualified=False)
    taking.change(session, actor, lead.id or 0, now=now, languages=["en"], avoids=[])
    for act in (Act.CHANGE_ROLE, Act.SET_ACTIVE, Act.ERASE, Act.RECOVER):
        assert not _allowed(session, DEEDS[act][0], actor, lead, now)


def test_everybody_withdraws_their_own_invitations(session: Session, now: datetime) -> None:
    lead = factories.an_actor(session, role="lead")
    people.invite(session, lead, now=now)
    people.invite(session, SYSTEM, now=now)
    own, systems = people.invitations(session, lead, now=now)
    assert (own.withdrawable(lead), systems.withdrawable(lead)) == (True, False)
    people.withdraw_invitation(session, lead, own.id, now=now)
    with pytest.raises(NotAllowed):
        people.withdraw_invitation(session, lead, systems.id, now=now)


@pytest.mark.parametrize("role", ["admin", "owner", ""])
def test_a_project_has_no_such_role(session: Session, now: datetime, role: Any) -> None:
    project = factories.a_project(session, "pairs")
    with pytest.raises(InvalidInput, match="not a role in a project"):
        membership.add_member(session, SYSTEM, "pairs", factories.a_person(session).name, now=now, role=role)
    with pytest.raises(InvalidInput, match="not a role in a project"):
        people.invite(session, SYSTEM, now=now, project=project.slug, project_role=role)


def _allowed(session: Session, deed: Deed, actor: Actor, person: Person, now: datetime) -> bool:
    """Whether the services let it happen; undone again."""
    before = session.begin_nested()
    try:
        deed(session, actor, person, now)
    except NotAllowed:
        return False
    else:
        return True
    finally:
        before.rollback()
        session.expire_all()
