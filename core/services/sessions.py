"""Signing in and staying signed in: attempts with a back-off, one-use tickets, sessions, access tokens."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, delete, func, select, update
from sqlmodel import Session, col

from core.errors import NotAllowed, NotFound, NotSignedIn, TooMany, TouchstoneError
from core.permissions import SYSTEM, Actor, Role
from core.services import audit, passwords
from core.store.prepared import Prepared
from core.store.tables import AccessToken, LoginSession, Person, SignInFailure, Ticket, core
from core.store.types import Utc

SESSION_IDLE = timedelta(hours=12)
SESSION_AT_MOST = timedelta(days=30)
TICKET_LIFE = timedelta(seconds=30)
TOUCH_EVERY = timedelta(minutes=5)
FREE_FAILURES = 5
FIRST_LOCK, LONGEST_LOCK = timedelta(seconds=30), timedelta(minutes=15)
FAILURES_FORGOTTEN = timedelta(hours=24)


def cookie_name(secure: bool) -> str:
    """Under https the prefix makes browsers refuse a cookie planted by another host or path."""
    return "__Host-touchstone" if secure else "touchstone"


def digest(secret: str) -> str:
    return hashlib.sha256(secret.encode(errors="surrogatepass")).hexdigest()


def new_secret() -> str:
    return secrets.token_urlsafe(32)


# Attempts -------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Attempt:
    """A name and whether the password fits it; worth nothing until `authenticate` has settled it."""

    name: str
    person_id: int | None
    fits: bool


@dataclass(frozen=True)
class SignIn:
    """Either the actor, or the refusal to raise once the transaction that counted it has ended."""

    actor: Actor | None
    refusal: TouchstoneError | None = None

    def or_raise(self) -> Actor:
        if self.actor is None:
            raise self.refusal or NotSignedIn("Sign in first.")
        return self.actor


def check_password(session: Session, *, name: str, password: str) -> Attempt:
    """Slow on purpose: call it in a reading session, where it holds up nobody."""
    name = name.strip()
    person = _person_named(session, name)
    fits = passwords.matches(password, person.password_hash if person and person.active else None)
    return Attempt(person.name if person else name[:200], person.id if person else None, fits)


def authenticate(session: Session, attempt: Attempt, *, now: datetime) -> SignIn:
    """Count the attempt against the back-off of its name, which is kept in the store for every process."""
    failed = session.get(SignInFailure, attempt.name)
    if failed and failed.locked_until and failed.locked_until > now:
        return SignIn(None, _locked(failed.locked_until, now))
    if not attempt.fits or attempt.person_id is None:
        return SignIn(None, _count_failure(session, attempt, failed, now))
    if failed:
        session.delete(failed)
    return SignIn(_actor(session.get_one(Person, attempt.person_id)))


def _count_failure(session: Session, attempt: Attempt, failed: SignInFailure | None, now: datetime) -> TouchstoneError:
    failed = failed or SignInFailure(name=attempt.name, last_at=now)
    recent = now - failed.last_at < FAILURES_FORGOTTEN
    failed.failures, failed.last_at = (failed.failures if recent else 0) + 1, now
    failed.locked_until = now + _lock_for(failed.failures) if failed.failures >= FREE_FAILURES else None
    session.add(failed)
    session.flush()
    if failed.locked_until is None:
        return NotSignedIn("Incorrect name or password.")
    audit.record(session, SYSTEM, now, audit.Fact("sign_in.locked", _subject(attempt.person_id)))
    return _locked(failed.locked_until, now)


def _lock_for(failures: int) -> timedelta:
    doublings = min(failures - FREE_FAILURES, 10)
    return min(FIRST_LOCK * (1 << doublings), LONGEST_LOCK)


def _locked(until: datetime, now: datetime) -> TooMany:
    seconds = max(1, round((until - now).total_seconds()))
    return TooMany(
        "Too many tries with this name. Try again in {seconds} s, or ask your lead for a new link.", seconds=seconds
    )


def _person_named(session: Session, name: str) -> Person | None:
    """Exact first; else whatever the capitals, as people type on phones."""
    exact = session.scalars(select(Person).where(col(Person.name) == name)).first()
    alike = func.lower(col(Person.name)) == name.lower()
    return (
        exact
        or session.scalars(
            select(Person).where(alike, col(Person.kind).in_(("member", "simulated"))).order_by(col(Person.id))
        ).first()
    )


def _actor(person: Person) -> Actor:
    return Actor(person.id, person.name, Role(person.role), person.language)


def _person_id(actor: Actor) -> int:
    if actor.person_id is None:
        raise NotAllowed("The system account has no sessions or tokens.")
    return actor.person_id


def _subject(person_id: int | None) -> str:
    return f"person:{person_id}" if person_id else "person:unknown"


# Tickets and sessions -------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class SignedIn:
    """A live session or access token and whose it is. `stale`: time to `touch` it, so that a session slides on."""

    id: int
    actor: Actor
    content_language: str
    timezone: str
    """IANA name, by which the person's days begin and end; empty until a browser has told it."""
    stale: bool


@dataclass(frozen=True)
class SessionView:
    id: int
    device: str
    created_at: datetime
    seen_at: datetime
    this: bool


def issue_ticket(session: Session, actor: Actor, *, now: datetime) -> str:
    """A one-use secret, good for seconds, that the browser exchanges for its session cookie."""
    secret = new_secret()
    expires = now + TICKET_LIFE
    ticket = Ticket(
        digest=digest(secret), kind="sign_in", person_id=actor.person_id, created_at=now, expires_at=expires
    )
    session.add(ticket)
    session.flush()
    return secret


def redeem_ticket(session: Session, *, now: datetime, ticket: str, device: str, replacing: str | None = None) -> str:
    """Open a session and return its token; the session that this browser had before ends."""
    found = session.scalars(
        select(Ticket).where(col(Ticket.digest) == digest(ticket), col(Ticket.kind) == "sign_in")
    ).first()
    if found is None or found.used_at or found.expires_at <= now or found.person_id is None:
        raise NotSignedIn("This sign-in has expired. Sign in again.")
    person = session.get_one(Person, found.person_id)
    if not person.active:
        raise NotSignedIn("This account is not active.")
    if not spend(session, found, now=now):
        raise NotSignedIn("This sign-in has expired. Sign in again.")
    session.execute(delete(Ticket).where(col(Ticket.kind) == "sign_in", col(Ticket.expires_at) <= now))
    if replacing:
        _revoke(session, now, col(LoginSession.token_digest) == digest(replacing))
    return open_session(session, _actor(person), now=now, device=device)


def spend(session: Session, ticket: Ticket, *, now: datetime) -> bool:
    """Whether the ticket was still to be had: not twice by two who hold it, nor after a change has ended it meanwhile."""
    audit.in_turn(session)
    unused = (col(Ticket.id) == ticket.id) & col(Ticket.used_at).is_(None)
    spent: Any = session.execute(update(Ticket).where(unused).values(used_at=now, email=None))
    return bool(spent.rowcount)


def open_session(session: Session, actor: Actor, *, now: datetime, device: str = "") -> str:
    """A session without ceremony, for whoever has already proved who they are; returns the token."""
    token = new_secret()
    row = LoginSession(
        token_digest=digest(token), person_id=_person_id(actor), device=device[:200], created_at=now, seen_at=now,
        expires_at=now + SESSION_IDLE,
    )  # fmt: skip
    session.add(row)
    session.flush()
    audit.record(session, actor, now, audit.Fact("session.opened", f"session:{row.id}"))
    return token


def lookup(session: Session, *, now: datetime, token: str) -> SignedIn | None:
    """One indexed query: it runs on every request."""
    row = _LOOKUP.first(session.connection(), {"digest": digest(token), "now": now})
    if row is None:
        return None
    preferred = row.preferences or {}
    language, zone = preferred.get("content_language") or "", preferred.get("timezone") or ""
    return SignedIn(row.session_id, _actor_of(row), language, zone, now - row.seen_at > TOUCH_EVERY)


def actor_of_session(session: Session, *, now: datetime, token: str) -> Actor | None:
    found = lookup(session, now=now, token=token)
    return found.actor if found else None


def touch(session: Session, session_id: int, *, now: datetime) -> None:
    row = session.get_one(LoginSession, session_id)
    row.seen_at = now
    row.expires_at = min(now + SESSION_IDLE, row.created_at + SESSION_AT_MOST)


def listed(session: Session, actor: Actor, *, now: datetime, token: str | None) -> list[SessionView]:
    """The actor's own live sessions, the latest first."""
    query = select(LoginSession).where(_live(actor, now)).order_by(col(LoginSession.seen_at).desc())
    here = digest(token) if token else ""
    return [
        SessionView(row.id or 0, row.device, row.created_at, row.seen_at, row.token_digest == here)
        for row in session.scalars(query)
    ]


def _live(actor: Actor, now: datetime) -> Any:
    mine = col(LoginSession.person_id) == actor.person_id
    return mine & col(LoginSession.revoked_at).is_(None) & (col(LoginSession.expires_at) > now)


def revoke(session: Session, actor: Actor, session_id: int, *, now: datetime) -> None:
    """End one of the actor's own sessions."""
    if not _revoke(
        session, now, (col(LoginSession.id) == session_id) & (col(LoginSession.person_id) == actor.person_id)
    ):
        raise NotFound("There is no such session.")
    audit.record(session, actor, now, audit.Fact("session.revoked", f"session:{session_id}"))


def sign_out(session: Session, *, now: datetime, token: str) -> None:
    _revoke(session, now, col(LoginSession.token_digest) == digest(token))


def sign_out_everywhere(session: Session, actor: Actor, *, now: datetime, except_token: str | None = None) -> int:
    """How many sessions ended."""
    others = col(LoginSession.person_id) == actor.person_id
    if except_token:
        others &= col(LoginSession.token_digest) != digest(except_token)
    ended = _revoke(session, now, others)
    audit.record(session, actor, now, audit.Fact("session.revoked", f"person:{actor.person_id}"))
    return ended


def end_all(session: Session, person_id: int, *, now: datetime, keep: str | None = None) -> None:
    """After every change of a password, a role or a state: what was opened, handed out or made under what held before
    ends. Sessions (but the one in `keep`), access tokens, and open links, those of the person and those by the person.
    """
    others = col(LoginSession.person_id) == person_id
    _revoke(session, now, others & (col(LoginSession.token_digest) != digest(keep)) if keep else others)
    tokens = (col(AccessToken.person_id) == person_id) & col(AccessToken.revoked_at).is_(None)
    session.execute(update(AccessToken).where(tokens).values(revoked_at=now))
    links = ((col(Ticket.person_id) == person_id) | (col(Ticket.created_by) == person_id)) & col(Ticket.used_at).is_(
        None
    )
    session.execute(update(Ticket).where(links).values(used_at=now, email=None))


def _revoke(session: Session, now: datetime, which: Any) -> int:
    live = which & col(LoginSession.revoked_at).is_(None)
    result: Any = session.execute(update(LoginSession).where(live).values(revoked_at=now))
    return int(result.rowcount)


# Passwords of people who are signed in --------------------------------------------------------------------------------


def change_password(session: Session, actor: Actor, *, now: datetime, password: str, keep: str | None) -> None:
    """The edge has settled an attempt with the current password; of what was open, only the session in `keep` stays."""
    person = session.get_one(Person, actor.person_id)
    passwords.check_rules(password, person.name)
    set_password(session, actor, now=now, hashed=passwords.hashed(password), keep=keep)


def set_password(session: Session, actor: Actor, *, now: datetime, hashed: str, keep: str | None = None) -> None:
    audit.in_turn(session)
    person = session.get_one(Person, actor.person_id)
    person.password_hash = hashed
    end_all(session, _person_id(actor), now=now, keep=keep)
    session.flush()
    audit.record(session, actor, now, audit.Fact("person.password", f"person:{person.id}"))


# Access tokens --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class TokenView:
    id: int
    label: str
    created_at: datetime
    used_at: datetime | None


def create_token(
    session: Session, actor: Actor, *, now: datetime, label: str = "", person_id: int | None = None
) -> str:
    """A personal access token for programs, shown once. The system may make one for anybody."""
    owner = person_id if person_id and actor.person_id is None else _person_id(actor)
    token = "tst_" + new_secret()
    row = AccessToken(digest=digest(token), person_id=owner, label=label.strip()[:80], created_at=now)
    session.add(row)
    session.flush()
    audit.record(session, actor, now, audit.Fact("token.created", f"token:{row.id} person:{owner}"))
    return token


def tokens(session: Session, actor: Actor) -> list[TokenView]:
    mine = (col(AccessToken.person_id) == actor.person_id) & col(AccessToken.revoked_at).is_(None)
    rows = session.scalars(select(AccessToken).where(mine).order_by(col(AccessToken.created_at)))
    return [TokenView(row.id or 0, row.label, row.created_at, row.used_at) for row in rows]


def revoke_token(session: Session, actor: Actor, token_id: int, *, now: datetime) -> None:
    row = session.get(AccessToken, token_id)
    if row is None or row.person_id != actor.person_id:
        raise NotFound("There is no such token.")
    row.revoked_at = now
    session.flush()
    audit.record(session, actor, now, audit.Fact("token.revoked", f"token:{token_id}"))


def lookup_token(session: Session, *, now: datetime, token: str) -> SignedIn | None:
    """Whose token it is; `stale`: time to note that it is in use."""
    row = _TOKEN.first(session.connection(), {"digest": digest(token)})
    if row is None:
        return None
    return SignedIn(row.token_id, _actor_of(row), "", "", row.used_at is None or now - row.used_at > TOUCH_EVERY)


def actor_of_token(session: Session, *, now: datetime, token: str) -> Actor | None:
    found = lookup_token(session, now=now, token=token)
    return found.actor if found else None


def touch_token(session: Session, token_id: int, *, now: datetime) -> None:
    session.get_one(AccessToken, token_id).used_at = now


def _actor_of(row: Any) -> Actor:
    return Actor(row.person_id, row.name, Role(row.role), row.language)


_S, _P, _T = core(LoginSession), core(Person), core(AccessToken)
_LOOKUP = Prepared(
    select(
        _S.c.id.label("session_id"), _S.c.seen_at, _P.c.id.label("person_id"), _P.c.name, _P.c.role, _P.c.language, _P.c.preferences
    )
    .join(_P, _P.c.id == _S.c.person_id)
    .where(_S.c.token_digest == bindparam("digest"), _S.c.expires_at > bindparam("now", type_=Utc))
    .where(_S.c.revoked_at.is_(None), _P.c.active)
)  # fmt: skip
_TOKEN = Prepared(
    select(_T.c.id.label("token_id"), _T.c.used_at, _P.c.id.label("person_id"), _P.c.name, _P.c.role, _P.c.language)
    .join(_T, _P.c.id == _T.c.person_id)
    .where(_T.c.digest == bindparam("digest"), _T.c.revoked_at.is_(None), _P.c.active)
)
