"""People: names, roles, invitations, the first admin, and being forgotten."""

from datetime import datetime, timedelta

import pytest
from sqlmodel import Session, select

from core.errors import Conflict, InvalidInput, NotAllowed, NotFound, NotSignedIn
from core.permissions import SYSTEM, Actor, Right, Role
from core.services import audit, membership, passwords, people, sessions
from core.store.tables import LoginSession, Membership, Person, Ticket
from tests import factories

GOOD = "a stone that tells gold"


@pytest.fixture(autouse=True)
def _quick_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "ROUNDS", 4)


def test_a_person_is_added_with_a_tidy_name(session: Session, now: datetime) -> None:
    view = people.add(session, SYSTEM, now=now, name="  Mei   Ling ", role="lead", email=" m@example.org ")
    assert (view.name, view.role, view.email, view.has_password) == ("Mei Ling", Role.LEAD, "m@example.org", False)


@pytest.mark.parametrize("name", ["", "a" * 61, "eve\u202egnp", "a\u200bb", "system", "erased-7", "tab\x00"])
def test_names_that_deceive_are_refused(session: Session, now: datetime, name: str) -> None:
    with pytest.raises(InvalidInput):
        people.add(session, SYSTEM, now=now, name=name)


def test_no_two_people_differ_by_capitals_alone(session: Session, now: datetime) -> None:
    people.add(session, SYSTEM, now=now, name="Wei")
    with pytest.raises(Conflict):
        people.add(session, SYSTEM, now=now, name="wei")


def test_nobody_grants_more_than_they_have(session: Session, now: datetime) -> None:
    lead = factories.an_actor(session, role="lead")
    assert people.add(session, lead, now=now, name="Second", role="lead").role is Role.LEAD
    with pytest.raises(NotAllowed):
        people.add(session, lead, now=now, name="Third", role="admin")
    with pytest.raises(NotAllowed):
        people.invite(session, lead, now=now, role="admin")
    with pytest.raises(NotAllowed):
        people.change(session, lead, factories.a_person(session, role="admin").id or 0, now=now, active=False)


@pytest.mark.parametrize("role", ["reviewer", "annotator", "viewer"])
def test_people_are_managed_by_leads_only(session: Session, now: datetime, role: str) -> None:
    actor, other = factories.an_actor(session, role=role), factories.a_person(session)
    for act in (
        lambda: people.add(session, actor, now=now, name="New"),
        lambda: people.change(session, actor, other.id or 0, now=now, active=False),
        lambda: people.erase(session, actor, other.id or 0, now=now),
        lambda: people.invite(session, actor, now=now),
        lambda: people.new_password_link(session, actor, other.id or 0, now=now),
        lambda: people.invitations(session, actor, now=now),
    ):
        with pytest.raises(NotAllowed):
            act()


def test_the_last_admin_stays(session: Session, now: datetime) -> None:
    admin = people.add(session, SYSTEM, now=now, name="Ada", role="admin", password=GOOD)
    for act in (
        lambda: people.change(session, SYSTEM, admin.id, now=now, role="lead"),
        lambda: people.change(session, SYSTEM, admin.id, now=now, active=False),
        lambda: people.erase(session, SYSTEM, admin.id, now=now),
    ):
        with pytest.raises(Conflict), session.begin_nested():
            act()


def test_whoever_is_deactivated_is_out_at_once(session: Session, now: datetime) -> None:
    wei = factories.an_actor(session)
    cookie = sessions.open_session(session, wei, now=now)
    token = sessions.create_token(session, wei, now=now, label="script")
    people.change(session, SYSTEM, wei.person_id or 0, now=now, active=False)
    assert sessions.actor_of_session(session, now=now, token=cookie) is None
    assert sessions.actor_of_token(session, now=now, token=token) is None


def test_the_list_names_projects_and_leaves_out_the_erased(session: Session, now: datetime) -> None:
    project = factories.a_project(session, "pairs")
    member = factories.a_member(session, project)
    gone = people.erase(session, SYSTEM, factories.a_person(session).id or 0, now=now)
    shown = {view.name: view.projects for view in people.listed(session, SYSTEM)}
    assert shown[member.name] == ("pairs",)
    assert gone.name not in shown


def test_rights_join_the_workspace_role_and_the_roles_in_projects(session: Session) -> None:
    person = factories.a_person(session, role="viewer")
    assert Right.LABEL not in people.rights(session, factories.acting(person))
    factories.a_member(session, factories.a_project(session), person)
    assert people.rights(session, factories.acting(person)) >= {Right.LABEL, Right.SEE_PROGRESS}


# Invitations ----------------------------------------------------------------------------------------------------------


def test_an_invitation_makes_a_member_of_the_project_once(session: Session, now: datetime) -> None:
    lead = factories.an_actor(session, role="lead")
    project = factories.a_project(session, "pairs")
    project.title = {"en": "Pairs", "zh": "对比"}
    membership.add_member(session, SYSTEM, project.slug, lead.name, now=now, role="lead")
    secret = people.invite(session, lead, now=now, project="pairs", email="j@example.org")
    assert [view.project for view in people.invitations(session, lead, now=now)] == ["pairs"]
    assert people.read_invitation(session, now=now, secret=secret).project_title == {"en": "Pairs", "zh": "对比"}

    actor = people.accept_invitation(session, now=now, secret=secret, name="Jia", password=GOOD, language="zh")

    assert (actor.role, actor.language) == (Role.ANNOTATOR, "zh")
    member = session.scalars(select(Membership).where(Membership.person_id == actor.person_id)).one()
    assert (member.role, member.qualified) == ("annotator", False)
    assert people.invitations(session, lead, now=now) == []
    with pytest.raises(NotFound):
        people.accept_invitation(session, now=now, secret=secret, name="Eve", password=GOOD)


def test_invitations_end_after_two_weeks_or_when_withdrawn(session: Session, now: datetime) -> None:
    late, withdrawn = (people.invite(session, SYSTEM, now=now) for _ in range(2))
    people.withdraw_invitation(session, SYSTEM, people.invitations(session, SYSTEM, now=now)[1].id, now=now)
    with pytest.raises(NotFound):
        people.read_invitation(session, now=now, secret=withdrawn)
    assert people.read_invitation(session, now=now + timedelta(days=13), secret=late).role == "annotator"
    with pytest.raises(NotFound):
        people.read_invitation(session, now=now + timedelta(days=14), secret=late)


def test_a_new_password_link_ends_the_sessions_that_were_open(session: Session, now: datetime) -> None:
    wei = factories.an_actor(session, "Wei")
    cookie = sessions.open_session(session, wei, now=now)
    secret = people.new_password_link(session, SYSTEM, wei.person_id or 0, now=now)
    assert people.accept_invitation(session, now=now, secret=secret, name="ignored", password=GOOD).name == "Wei"
    assert sessions.actor_of_session(session, now=now, token=cookie) is None
    assert sessions.check_password(session, name="Wei", password=GOOD).fits


def test_a_weak_password_leaves_the_invitation_unspent(session: Session, now: datetime) -> None:
    secret = people.invite(session, SYSTEM, now=now)
    with pytest.raises(InvalidInput), session.begin_nested():
        people.accept_invitation(session, now=now, secret=secret, name="Jia", password="short")
    assert people.accept_invitation(session, now=now, secret=secret, name="Jia", password=GOOD).name == "Jia"


# The first admin ------------------------------------------------------------------------------------------------------


def test_the_set_up_link_makes_one_admin(session: Session, now: datetime) -> None:
    secret = people.ensure_setup_ticket(session, now=now)
    assert secret
    admin = people.set_up(session, now=now, secret=secret, name="Ada", password=GOOD)
    assert admin.role is Role.ADMIN
    assert people.ensure_setup_ticket(session, now=now) is None
    with pytest.raises(NotFound):
        people.set_up(session, now=now, secret=secret, name="Eve", password=GOOD)


def test_a_new_set_up_link_ends_the_one_before(session: Session, now: datetime) -> None:
    old = people.ensure_setup_ticket(session, now=now)
    new = people.ensure_setup_ticket(session, now=now)
    assert old
    assert new
    with pytest.raises(NotFound):
        people.check_setup(session, now=now, secret=old)
    people.check_setup(session, now=now, secret=new)


def test_a_set_up_link_is_worth_nothing_once_somebody_is_admin(session: Session, now: datetime) -> None:
    secret = people.ensure_setup_ticket(session, now=now)
    people.add(session, SYSTEM, now=now, name="Ada", role="admin", password=GOOD)
    with pytest.raises(NotFound):
        people.check_setup(session, now=now, secret=secret or "")


# Being forgotten ------------------------------------------------------------------------------------------------------


def test_erasure_forgets_the_person_and_keeps_the_log_whole(session: Session, now: datetime) -> None:
    view = people.add(session, SYSTEM, now=now, name="Wei", email="w@example.org", password=GOOD)
    wei = Actor(view.id, view.name, view.role)
    cookie = sessions.open_session(session, wei, now=now, device="Firefox")
    people.invite(session, SYSTEM, now=now, email="w@example.org")

    people.erase(session, SYSTEM, view.id, now=now)

    row = session.get_one(Person, view.id)
    assert (row.name, row.email, row.password_hash, row.active) == (f"erased-{view.id}", None, None, False)
    assert sessions.actor_of_session(session, now=now, token=cookie) is None
    assert session.scalars(select(LoginSession).where(LoginSession.person_id == view.id)).all() == []
    assert session.scalars(select(Ticket).where(Ticket.email == "w@example.org")).all() == []
    assert audit.verify(session).broken_at is None
    with pytest.raises(NotFound):
        people.change(session, SYSTEM, view.id, now=now, active=True)


def test_erasing_somebody_without_an_email_leaves_the_links_of_everybody_else(session: Session, now: datetime) -> None:
    wei, jia = (factories.a_person(session, name, role="viewer") for name in ("Wei", "Jia"))
    invited, recovered = people.invite(session, SYSTEM, now=now), _link_for(session, jia, now)
    own = _link_for(session, wei, now)
    people.erase(session, SYSTEM, wei.id or 0, now=now)
    for secret in (invited, recovered):
        people.read_invitation(session, now=now, secret=secret)
    with pytest.raises(NotFound):
        people.read_invitation(session, now=now, secret=own)


def test_erasure_finds_an_invitation_whatever_the_capitals_of_the_address(session: Session, now: datetime) -> None:
    wei = people.add(session, SYSTEM, now=now, name="Wei", email="wei@example.org")
    people.invite(session, SYSTEM, now=now, email="Wei@Example.org")
    people.erase(session, SYSTEM, wei.id, now=now)
    assert people.invitations(session, SYSTEM, now=now) == []


def _link_for(session: Session, person: Person, now: datetime) -> str:
    return people.new_password_link(session, SYSTEM, person.id or 0, now=now)


def test_answers_outlive_the_person_who_gave_them(session: Session, now: datetime) -> None:
    project = factories.a_project(session, items=1)
    member = factories.a_member(session, project)
    item = factories.an_item(session, project)
    answer = factories.an_answer(session, item, member, {"preferred": "tie"})
    factories.an_assignment(session, item, member)
    people.erase(session, SYSTEM, member.id or 0, now=now)
    session.refresh(answer)
    assert answer.body == {"preferred": "tie"}


def test_the_erased_cannot_sign_in(session: Session, now: datetime) -> None:
    view = people.add(session, SYSTEM, now=now, name="Wei", password=GOOD)
    people.erase(session, SYSTEM, view.id, now=now)
    for name in ("Wei", f"erased-{view.id}"):
        attempt = sessions.check_password(session, name=name, password=GOOD)
        with pytest.raises(NotSignedIn):
            sessions.authenticate(session, attempt, now=now).or_raise()


def test_a_timezone_is_kept_and_nonsense_is_not(session: Session, now: datetime) -> None:
    actor = factories.an_actor(session)
    people.set_timezone(session, actor, "Asia/Singapore")
    people.set_timezone(session, actor, "Mars/Olympus")
    token = sessions.open_session(session, actor, now=now)
    found = sessions.lookup(session, now=now, token=token)
    assert found is not None
    assert found.timezone == "Asia/Singapore"
