"""Signing in: attempts and their back-off, tickets, sessions that slide and end, access tokens."""

from datetime import timedelta

import pytest
from sqlmodel import Session

from core.errors import InvalidInput, NotAllowed, NotFound, NotSignedIn, TooMany
from core.permissions import SYSTEM, Actor
from core.services import passwords, people, sessions
from tests import factories
from tests.conftest import Clock

GOOD = "a stone that tells gold"


@pytest.fixture(autouse=True)
def _quick_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "ROUNDS", 4)


@pytest.fixture
def ada(session: Session, clock: Clock) -> Actor:
    view = people.add(session, SYSTEM, now=clock.now, name="Ada", role="admin", password=GOOD)
    return Actor(view.id, view.name, view.role)


def attempt(session: Session, clock: Clock, password: str, name: str = "Ada") -> sessions.SignIn:
    proof = sessions.check_password(session, name=name, password=password)
    return sessions.authenticate(session, proof, now=clock.now)


# Passwords ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "password",
    ["short", "password12345", "1234567890123", "aaaaaaaaaaaa", "Touchstone 2026!", "ada12345678", "x" * 201],
)
def test_passwords_that_would_be_guessed_are_refused(password: str) -> None:
    with pytest.raises(InvalidInput):
        passwords.check_rules(password, "Ada")


@pytest.mark.parametrize("password", [GOOD, "试金石能辨真假黄金也", "correct-horse-battery", "Ada likes long walks"])
def test_pass_phrases_in_any_language_are_welcome(password: str) -> None:
    passwords.check_rules(password, "Ada")
    assert passwords.matches(password, passwords.hashed(password))


def test_every_character_of_a_long_chinese_pass_phrase_counts() -> None:
    start = "石" * 30
    assert not passwords.matches(start + "二", passwords.hashed(start + "一"))


def test_nobody_matches_no_password() -> None:
    assert not passwords.matches("nobody", None)


# Attempts -------------------------------------------------------------------------------------------------------------


def test_the_right_password_signs_in_whatever_the_capitals_of_the_name(
    session: Session, clock: Clock, ada: Actor
) -> None:
    assert attempt(session, clock, GOOD, " ada ").or_raise() == ada


@pytest.mark.parametrize("name", ["Ada", "Nobody"])
def test_a_wrong_password_and_an_unknown_name_are_told_alike(
    session: Session, clock: Clock, ada: Actor, name: str
) -> None:
    with pytest.raises(NotSignedIn, match="Incorrect name or password"):
        attempt(session, clock, "wrong password", name).or_raise()


@pytest.mark.parametrize("name", ["Ada", "Nobody"])
def test_after_five_failures_the_name_is_locked_for_longer_and_longer(
    session: Session, clock: Clock, ada: Actor, name: str
) -> None:
    for _ in range(4):
        assert isinstance(attempt(session, clock, "wrong password", name).refusal, NotSignedIn)
    assert isinstance(attempt(session, clock, "wrong password", name).refusal, TooMany)
    clock.advance(seconds=29)
    assert isinstance(attempt(session, clock, GOOD, name).refusal, TooMany)
    clock.advance(seconds=2)
    refusal = attempt(session, clock, "wrong password", name).refusal
    assert isinstance(refusal, TooMany)
    assert refusal.params["seconds"] == 60


def test_a_lock_runs_out_and_success_forgets_the_failures(session: Session, clock: Clock, ada: Actor) -> None:
    for _ in range(5):
        attempt(session, clock, "wrong password")
    clock.advance(seconds=31)
    assert attempt(session, clock, GOOD).or_raise() == ada
    assert isinstance(attempt(session, clock, "wrong password").refusal, NotSignedIn)


def test_a_lock_is_at_most_a_quarter_of_an_hour(session: Session, clock: Clock, ada: Actor) -> None:
    for _ in range(30):
        attempt(session, clock, "wrong password")
        clock.advance(minutes=16)
    assert attempt(session, clock, GOOD).or_raise() == ada


def test_the_deactivated_are_refused_like_the_unknown(session: Session, clock: Clock, ada: Actor) -> None:
    wei = people.add(session, SYSTEM, now=clock.now, name="Wei", password=GOOD)
    people.change(session, SYSTEM, wei.id, now=clock.now, active=False)
    with pytest.raises(NotSignedIn, match="Incorrect name or password"):
        attempt(session, clock, GOOD, "Wei").or_raise()


# Tickets and sessions -------------------------------------------------------------------------------------------------


def test_a_ticket_opens_one_session_within_seconds(session: Session, clock: Clock, ada: Actor) -> None:
    ticket = sessions.issue_ticket(session, ada, now=clock.now)
    token = sessions.redeem_ticket(session, now=clock.now, ticket=ticket, device="Firefox")
    assert sessions.actor_of_session(session, now=clock.now, token=token) == ada
    with pytest.raises(NotSignedIn):
        sessions.redeem_ticket(session, now=clock.now, ticket=ticket, device="Firefox")
    late = sessions.issue_ticket(session, ada, now=clock.now)
    with pytest.raises(NotSignedIn):
        sessions.redeem_ticket(session, now=clock.advance(seconds=30), ticket=late, device="Firefox")


def test_other_tickets_open_no_session(session: Session, clock: Clock, ada: Actor) -> None:
    secret = people.invite(session, SYSTEM, now=clock.now)
    with pytest.raises(NotSignedIn):
        sessions.redeem_ticket(session, now=clock.now, ticket=secret, device="")


def test_signing_in_again_ends_what_this_browser_had(session: Session, clock: Clock, ada: Actor) -> None:
    old = sessions.open_session(session, factories.an_actor(session), now=clock.now)
    ticket = sessions.issue_ticket(session, ada, now=clock.now)
    sessions.redeem_ticket(session, now=clock.now, ticket=ticket, device="", replacing=old)
    assert sessions.actor_of_session(session, now=clock.now, token=old) is None


def test_a_session_slides_while_in_use_and_ends_when_left(session: Session, clock: Clock, ada: Actor) -> None:
    token = sessions.open_session(session, ada, now=clock.now)
    for _ in range(3):
        found = sessions.lookup(session, now=clock.advance(hours=10), token=token)
        assert found
        assert found.stale
        sessions.touch(session, found.id, now=clock.now)
        session.flush()
    assert sessions.lookup(session, now=clock.advance(hours=12), token=token) is None


def test_no_session_lasts_longer_than_a_month(session: Session, clock: Clock, ada: Actor) -> None:
    token, opened = sessions.open_session(session, ada, now=clock.now), clock.now
    while found := sessions.lookup(session, now=clock.advance(hours=11), token=token):
        sessions.touch(session, found.id, now=clock.now)
        session.flush()
    assert clock.now - opened >= timedelta(days=30)
    assert clock.now - opened < timedelta(days=31)


def test_the_store_knows_no_secret_itself(session: Session, clock: Clock, ada: Actor) -> None:
    token = sessions.open_session(session, ada, now=clock.now)
    assert sessions.lookup(session, now=clock.now, token=sessions.digest(token)) is None


def test_sign_out_everywhere_spares_none_but_this_one(session: Session, clock: Clock, ada: Actor) -> None:
    here, there = (sessions.open_session(session, ada, now=clock.now) for _ in range(2))
    assert sessions.sign_out_everywhere(session, ada, now=clock.now, except_token=here) == 1
    assert sessions.actor_of_session(session, now=clock.now, token=here)
    assert sessions.actor_of_session(session, now=clock.now, token=there) is None


def test_one_session_is_ended_from_another_but_not_by_a_stranger(session: Session, clock: Clock, ada: Actor) -> None:
    here, there = (sessions.open_session(session, ada, now=clock.now) for _ in range(2))
    other = next(view for view in sessions.listed(session, ada, now=clock.now, token=here) if not view.this)
    with pytest.raises(NotFound):
        sessions.revoke(session, factories.an_actor(session), other.id, now=clock.now)
    sessions.revoke(session, ada, other.id, now=clock.now)
    assert sessions.actor_of_session(session, now=clock.now, token=there) is None


def test_a_new_password_ends_the_other_sessions(session: Session, clock: Clock, ada: Actor) -> None:
    here, there = (sessions.open_session(session, ada, now=clock.now) for _ in range(2))
    sessions.change_password(session, ada, now=clock.now, password="gold is where it is found", keep=here)
    assert sessions.actor_of_session(session, now=clock.now, token=here)
    assert sessions.actor_of_session(session, now=clock.now, token=there) is None
    assert not sessions.check_password(session, name="Ada", password=GOOD).fits


# Access tokens --------------------------------------------------------------------------------------------------------


def test_a_token_acts_as_its_owner_until_revoked(session: Session, clock: Clock, ada: Actor) -> None:
    token = sessions.create_token(session, ada, now=clock.now, label="nightly export")
    assert sessions.actor_of_token(session, now=clock.now, token=token) == ada
    [view] = sessions.tokens(session, ada)
    with pytest.raises(NotFound):
        sessions.revoke_token(session, factories.an_actor(session), view.id, now=clock.now)
    sessions.revoke_token(session, ada, view.id, now=clock.now)
    session.flush()
    assert sessions.actor_of_token(session, now=clock.now, token=token) is None


def test_the_system_makes_tokens_for_people_but_has_none(session: Session, clock: Clock, ada: Actor) -> None:
    token = sessions.create_token(session, SYSTEM, now=clock.now, person_id=ada.person_id)
    assert sessions.actor_of_token(session, now=clock.now, token=token) == ada
    with pytest.raises(NotAllowed):
        sessions.create_token(session, SYSTEM, now=clock.now)


def test_nobody_makes_tokens_for_others(session: Session, clock: Clock, ada: Actor) -> None:
    wei = factories.an_actor(session)
    token = sessions.create_token(session, wei, now=clock.now, person_id=ada.person_id)
    assert sessions.actor_of_token(session, now=clock.now, token=token) == wei
