"""Links, sessions and tokens that outlive the rights they were made with: every change on either side ends them."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import datetime
from threading import Barrier, BrokenBarrierError
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlmodel import Session

from core.errors import Conflict, NotFound, NotSignedIn
from core.permissions import SYSTEM, Actor, Role
from core.services import membership, passwords, people, sessions
from core.store.engine import transaction
from core.store.tables import Person
from tests import factories

GOOD, NEW = "a stone that tells gold", "gold is where it is found"

Change = Callable[[Session, Actor, datetime], object]
CHANGES: dict[str, Change] = {
    "deactivated": lambda s, a, now: people.change(s, SYSTEM, _id(a), now=now, active=False),
    "out and in again": lambda s, a, now: [
        people.change(s, SYSTEM, _id(a), now=now, active=on) for on in (False, True)
    ],
    "demoted": lambda s, a, now: people.change(s, SYSTEM, _id(a), now=now, role="viewer"),
    "promoted": lambda s, a, now: people.change(s, SYSTEM, _id(a), now=now, role="admin"),
    "there and back": lambda s, a, now: [
        people.change(s, SYSTEM, _id(a), now=now, role=role) for role in ("viewer", a.role.value)
    ],
    "erased": lambda s, a, now: people.erase(s, SYSTEM, _id(a), now=now),
    "password changed": lambda s, a, now: sessions.change_password(s, a, now=now, password=NEW, keep=None),
    "recovered": lambda s, a, now: _use(s, people.new_password_link(s, SYSTEM, _id(a), now=now), now),
}
every_change = pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)


@pytest.fixture(autouse=True)
def _quick_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "ROUNDS", 4)


@pytest.fixture
def admin(session: Session, now: datetime) -> Actor:
    view = people.add(session, SYSTEM, now=now, name="Ada", role="admin", password=GOOD)
    return Actor(view.id, view.name, view.role)


@every_change
def test_links_end_with_what_their_maker_was(session: Session, now: datetime, change: Change) -> None:
    lead, wei = factories.an_actor(session, "Lena", role="lead"), factories.an_actor(session, "Wei")
    factories.a_project(session, "pairs")
    secrets = [
        people.invite(session, lead, now=now, role="lead"),
        people.invite(session, lead, now=now, project="pairs", project_role="lead"),
        people.new_password_link(session, lead, _id(wei), now=now),
    ]
    change(session, lead, now)
    for secret in secrets:
        _refused(session, secret, now)
    assert people.invitations(session, SYSTEM, now=now) == []


def test_a_demoted_admin_makes_no_admin(session: Session, now: datetime, admin: Actor) -> None:
    eve = people.add(session, SYSTEM, now=now, name="Eve", role="admin", password=GOOD)
    secret = people.invite(session, Actor(eve.id, eve.name, eve.role), now=now, role="admin")
    people.change(session, SYSTEM, eve.id, now=now, role="lead")
    _refused(session, secret, now)


@every_change
def test_a_password_link_ends_with_what_the_account_was(session: Session, now: datetime, change: Change) -> None:
    lead, wei = factories.an_actor(session, "Lena", role="lead"), factories.an_actor(session, "Wei", role="annotator")
    secret = people.new_password_link(session, lead, _id(wei), now=now)
    change(session, wei, now)
    _refused(session, secret, now)


@every_change
def test_sessions_tokens_and_tickets_end(session: Session, now: datetime, change: Change) -> None:
    wei = factories.an_actor(session, "Wei", role="annotator")
    cookie = sessions.open_session(session, wei, now=now)
    token = sessions.create_token(session, wei, now=now, label="script")
    ticket = sessions.issue_ticket(session, wei, now=now)
    change(session, wei, now)
    assert sessions.actor_of_session(session, now=now, token=cookie) is None
    assert sessions.actor_of_token(session, now=now, token=token) is None
    with pytest.raises(NotSignedIn):
        sessions.redeem_ticket(session, now=now, ticket=ticket, device="")


@every_change
def test_nothing_of_anybody_else_ends(session: Session, now: datetime, change: Change) -> None:
    wei, jia = (factories.an_actor(session, name) for name in ("Wei", "Jia"))
    cookie, token = sessions.open_session(session, jia, now=now), sessions.create_token(session, jia, now=now)
    links = [people.invite(session, SYSTEM, now=now), people.new_password_link(session, SYSTEM, _id(jia), now=now)]
    change(session, wei, now)
    assert sessions.actor_of_session(session, now=now, token=cookie) == jia
    assert sessions.actor_of_token(session, now=now, token=token) == jia
    for secret in links:
        people.read_invitation(session, now=now, secret=secret)


def test_whoever_changes_their_own_password_stays_signed_in_here(session: Session, now: datetime, admin: Actor) -> None:
    here = sessions.open_session(session, admin, now=now)
    sessions.change_password(session, admin, now=now, password=NEW, keep=here)
    assert sessions.actor_of_session(session, now=now, token=here) == admin


def test_what_changes_nothing_ends_nothing(session: Session, now: datetime, admin: Actor) -> None:
    cookie = sessions.open_session(session, admin, now=now)
    secret = people.invite(session, admin, now=now)
    people.change(session, SYSTEM, _id(admin), now=now, role="admin", active=True)
    assert sessions.actor_of_session(session, now=now, token=cookie) == admin
    people.read_invitation(session, now=now, secret=secret)


# Links that no change has ended: of a workspace from before, or changed behind the product's back -------------------


@pytest.mark.parametrize("field", [{"active": False}, {"role": "viewer"}])
def test_using_an_invitation_asks_everything_again(session: Session, now: datetime, field: dict[str, object]) -> None:
    lead = factories.a_person(session, role="lead")
    secret = people.invite(session, factories.acting(lead), now=now, role="lead")
    _behind(session, lead, field)
    _refused(session, secret, now)


@pytest.mark.parametrize("field", [{"active": False}, {"role": "admin"}, {"role": "lead"}, {"role": "viewer"}])
def test_using_a_password_link_asks_everything_again(session: Session, now: datetime, field: dict[str, object]) -> None:
    wei = factories.a_person(session, "Wei", role="annotator")
    secret = people.new_password_link(session, factories.an_actor(session, role="lead"), wei.id or 0, now=now)
    _behind(session, wei, field)
    _refused(session, secret, now)


def test_a_lead_by_now_is_not_signed_in_as_by_a_leads_link(session: Session, now: datetime) -> None:
    """Leading a project counts, and nothing about the account itself has changed."""
    wei = factories.a_person(session, "Wei")
    secret = people.new_password_link(session, factories.an_actor(session, role="lead"), wei.id or 0, now=now)
    factories.a_project(session, "pairs")
    membership.add_member(session, SYSTEM, "pairs", "Wei", now=now, role="lead")
    _refused(session, secret, now)


def test_the_deactivated_get_no_link(session: Session, now: datetime) -> None:
    wei = people.add(session, SYSTEM, now=now, name="Wei")
    people.change(session, SYSTEM, wei.id, now=now, active=False)
    with pytest.raises(Conflict, match="Activate the account"):
        people.new_password_link(session, SYSTEM, wei.id, now=now)


def test_two_links_make_one_password(session: Session, now: datetime) -> None:
    wei = people.add(session, SYSTEM, now=now, name="Wei")
    older, newer = (people.new_password_link(session, SYSTEM, wei.id, now=now) for _ in range(2))
    _use(session, newer, now)
    _refused(session, older, now)
    assert sessions.check_password(session, name="Wei", password=GOOD).fits


# Two at once ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["invitation", "set-up link", "password link", "sign-in"])
def test_a_ticket_is_used_once_by_however_many_at_once(
    store: Engine, now: datetime, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with transaction(store) as session:
        use = _ticket(session, kind, now)
    together = Barrier(2)
    as_before = sessions.spend

    def spend(*args: Any, **options: Any) -> bool:
        with suppress(BrokenBarrierError):  # SQLite lets one in at a time
            together.wait(0.5)
        return as_before(*args, **options)

    monkeypatch.setattr(sessions, "spend", spend)

    def attempt(name: str) -> bool:
        try:
            with transaction(store) as session:
                use(session, name)
        except (NotFound, NotSignedIn):
            return False
        return True

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(attempt, ("First", "Second"))) == [False, True]


def _ticket(session: Session, kind: str, now: datetime) -> Callable[[Session, str], object]:
    """A ticket of this kind, and how it is used."""
    if kind == "set-up link":
        secret = people.ensure_setup_ticket(session, now=now) or ""
        return lambda s, name: people.set_up(s, now=now, secret=secret, name=name, password=GOOD)
    wei = factories.an_actor(session, "Wei")
    if kind == "sign-in":
        ticket = sessions.issue_ticket(session, wei, now=now)
        return lambda s, _name: sessions.redeem_ticket(s, now=now, ticket=ticket, device="")
    newcomer = kind == "invitation"
    link = (
        people.invite(session, SYSTEM, now=now)
        if newcomer
        else people.new_password_link(session, SYSTEM, _id(wei), now=now)
    )
    return lambda s, name: people.accept_invitation(s, now=now, secret=link, name=name, password=GOOD)


def _id(actor: Actor) -> int:
    return actor.person_id or 0


def _behind(session: Session, person: Person, field: dict[str, object]) -> None:
    for name, value in field.items():
        setattr(person, name, value)
    session.flush()


def _use(session: Session, secret: str, now: datetime) -> Actor:
    return people.accept_invitation(session, now=now, secret=secret, name="Somebody New", password=GOOD)


def _refused(session: Session, secret: str, now: datetime) -> None:
    for attempt in (people.read_invitation, _accept):
        with pytest.raises(NotFound, match="no longer works"):
            attempt(session, now=now, secret=secret)
    names = {view.name: view.role for view in people.listed(session, SYSTEM)}
    assert "Somebody New" not in names
    assert [name for name, role in names.items() if role is Role.ADMIN and name not in ("Ada", "Lena", "Wei")] == []


def _accept(session: Session, *, now: datetime, secret: str) -> None:
    people.accept_invitation(session, now=now, secret=secret, name="Somebody New", password=NEW)
