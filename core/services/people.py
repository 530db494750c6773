"""People of the workspace: adding, roles, invitations and the first admin, leaving and being forgotten."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal
from zoneinfo import available_timezones

from sqlalchemy import delete, exists, func, or_, select
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from core.errors import N_, Conflict, InvalidInput, NotAllowed, NotFound
from core.language import LANGUAGES
from core.permissions import RIGHTS, SYSTEM, Act, Actor, Right, Role, highest, reaches, require, require_reach
from core.services import audit, membership, passwords, projects, sessions
from core.store.tables import (
    AccessToken,
    Answer,
    Assignment,
    Desk,
    Draft,
    LoginSession,
    Membership,
    Person,
    Project,
    SignInFailure,
    Ticket,
    core,
)  # fmt: skip

INVITATION_LIFE, SETUP_LIFE = timedelta(days=14), timedelta(days=2)
NAME_AT_MOST = 60
_NO_LONGER = N_("This link no longer works. Ask for a new one.")
_SET_UP_BEFORE = N_("This set-up link has been used or has expired. Restart the server to print a new one.")
_NAME_AS_TYPED = 10 * NAME_AT_MOST
"""With accents as characters of their own and spaces to spare; composing more takes for ever."""
_EMAIL_AT_MOST = 254
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")

Kind = Literal["member", "imported", "machine", "simulated"]


@dataclass(frozen=True)
class PersonView:
    id: int
    name: str
    email: str | None
    role: Role
    kind: str
    active: bool
    erased: bool
    language: str
    content_language: str
    has_password: bool
    created_at: datetime
    seen_at: datetime | None
    projects: tuple[str, ...] = ()
    """Slugs."""
    counts_as: Role = Role.VIEWER
    """The highest of the roles in the workspace and in the projects: whoever may manage it may manage the person."""


@dataclass(frozen=True)
class InvitationView:
    id: int
    role: str
    project: str | None
    project_title: Any
    project_role: str | None
    email: str | None
    name: str | None
    """Of somebody who is here already and gets a new password; None for a newcomer."""
    created_at: datetime
    expires_at: datetime
    maker_id: int | None
    maker_role: Role
    """Of who made it; the system counts as an admin."""

    def withdrawable(self, actor: Actor) -> bool:
        own = self.maker_id is not None and self.maker_id == actor.person_id
        return own or reaches(actor.role, Act.WITHDRAW_INVITATION, self.maker_role)


# Adding and finding ---------------------------------------------------------------------------------------------------


def add(
    session: Session,
    actor: Actor,
    *,
    now: datetime,
    name: str,
    role: str = "annotator",
    email: str | None = None,
    password: str | None = None,
    kind: Kind = "member",
    language: str = "en",
) -> PersonView:
    """Without a password the person cannot sign in until a link has been used (`new_password_link`)."""
    require(actor, Right.MANAGE_PEOPLE)
    granted = _grantable(actor, role)
    person = Person(
        name=_free_name(session, name, kind), email=_checked_email(email), role=granted.value, kind=kind,
        language=_checked_language(language), created_at=now,
    )  # fmt: skip
    if password is not None:
        passwords.check_rules(password, person.name)
        person.password_hash = passwords.hashed(password)
    session.add(person)
    session.flush()
    audit.record(session, actor, now, _fact("person.added", person, [granted.value, kind]))
    return _view(session, person)


def _free_name(session: Session, name: str, kind: Kind) -> str:
    """As typed, with its spaces tidied; no two members differ by capitals alone."""
    if len(name) > _NAME_AS_TYPED:
        raise InvalidInput("A name has 1 to {n} characters.", n=NAME_AT_MOST, where="name")
    tidy = " ".join(unicodedata.normalize("NFC", name).split()) if kind == "member" else name
    _check_name(tidy)
    taken = or_(col(Person.name) == tidy, func.lower(col(Person.name)) == tidy.lower())
    if session.scalars(select(col(Person.id)).where(taken)).first() is not None:
        raise Conflict("The name {name} is taken. Choose another.", name=tidy, where="name")
    return tidy


def _check_name(name: str) -> None:
    if not 1 <= len(name) <= NAME_AT_MOST:
        raise InvalidInput("A name has 1 to {n} characters.", n=NAME_AT_MOST, where="name")
    if any(unicodedata.category(char) in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp") for char in name):
        raise InvalidInput("A name cannot hold invisible or control characters.", where="name")
    if name.lower() == "system" or name.lower().startswith("erased-"):
        raise InvalidInput("The name {name} is kept for the product itself. Choose another.", name=name, where="name")


def _checked_email(email: str | None) -> str | None:
    email = (email or "").strip() or None
    if email and (len(email) > _EMAIL_AT_MOST or not _EMAIL.fullmatch(email)):
        raise InvalidInput("{email} is not an e-mail address.", email=email[:_EMAIL_AT_MOST], where="email")
    return email


def _checked_language(language: str) -> str:
    if language not in LANGUAGES:
        raise InvalidInput("{language} is not a language of this product.", language=language, where="language")
    return language


def _grantable(actor: Actor, role: str) -> Role:
    """Nobody gives away more than they have."""
    if role not in tuple(Role):
        raise InvalidInput("{role} is not a role.", role=role, where="role")
    if not reaches(actor.role, Act.GIVE_ROLE, Role(role)):
        raise NotAllowed("Only an admin can make someone {role}.", role=role)
    return Role(role)


def me(session: Session, actor: Actor) -> PersonView:
    return _view(session, session.get_one(Person, actor.person_id))


def rights(session: Session, actor: Actor) -> frozenset[Right]:
    """What the actor may do somewhere: by the workspace role or by the role in any project."""
    roles = select(col(Membership.role)).where(
        col(Membership.person_id) == actor.person_id, col(Membership.state) == "active"
    )
    return RIGHTS[actor.role].union(*(RIGHTS[Role(role)] for role in session.scalars(roles.distinct())))


def get(session: Session, actor: Actor, name: str) -> PersonView:
    require(actor, Right.SEE_PEOPLE)
    person = session.scalars(select(Person).where(col(Person.name) == name)).first()
    if person is None:
        raise NotFound("No person is named {name}.", name=name)
    return _view(session, person)


def listed(session: Session, actor: Actor, *, erased: bool = False) -> list[PersonView]:
    """Everybody by name, with when they were last here and their projects; two queries and no more."""
    require(actor, Right.SEE_PEOPLE)
    joined: dict[int, list[Any]] = {}
    for row in session.connection().execute(_MEMBERSHIPS):
        joined.setdefault(row.person_id, []).append(row)
    rows = session.execute(_PEOPLE if erased else _PEOPLE.where(col(Person.erased_at).is_(None)))
    return [_viewed(person, joined.get(person.id, ()), seen_at) for person, seen_at in rows]


def _view(session: Session, person: Person) -> PersonView:
    mine = _MEMBERSHIPS.where(col(Membership.person_id) == person.id)
    return _viewed(person, session.connection().execute(mine).all())


def _viewed(person: Person, joined: Sequence[Any], seen_at: datetime | None = None) -> PersonView:
    return PersonView(
        id=person.id or 0, name=person.name, email=person.email, role=Role(person.role), kind=person.kind,
        active=person.active, erased=person.erased_at is not None, language=person.language,
        content_language=(person.preferences or {}).get("content_language") or "",
        has_password=person.password_hash is not None, created_at=person.created_at, seen_at=seen_at,
        projects=tuple(row.slug for row in joined), counts_as=_counts_as(person, joined),
    )  # fmt: skip


def _counts_as(person: Person, joined: Sequence[Any]) -> Role:
    return highest(Role(person.role), *(Role(row.role) for row in joined))


# Changing -------------------------------------------------------------------------------------------------------------


def change(
    session: Session,
    actor: Actor,
    person_id: int,
    *,
    now: datetime,
    role: str | None = None,
    active: bool | None = None,
) -> PersonView:
    """A new role, or out and in again. Either ends the person's sessions and tokens, and the links of and by them."""
    audit.in_turn(session)
    acts = [act for act, wanted in ((Act.CHANGE_ROLE, role), (Act.SET_ACTIVE, active)) if wanted is not None]
    person, had_admin = managed(session, actor, person_id, *acts), _has_admin(session)
    before = (person.role, person.active)
    if role is not None:
        person.role = _grantable(actor, role).value
    if active is not None:
        person.active = active
    _keep_an_admin(session, had_admin)
    if (person.role, person.active) != before:
        sessions.end_all(session, person_id, now=now)
    session.flush()
    audit.record(session, actor, now, _fact("person.changed", person, [person.role, person.active]))
    return _view(session, person)


def managed(session: Session, actor: Actor, person_id: int, *acts: Act) -> Person:
    """The person, if the actor may do all this to them."""
    require(actor, Right.MANAGE_PEOPLE)
    person = session.get(Person, person_id)
    if person is None or person.erased_at:
        raise NotFound("There is no such person.")
    counts_as = _view(session, person).counts_as
    for act in acts:
        require_reach(actor.role, act, counts_as)
    return person


def _keep_an_admin(session: Session, had_admin: bool) -> None:
    session.flush()
    if had_admin and not _has_admin(session):
        raise Conflict("This is the last admin. Make someone else an admin first.")


def _has_admin(session: Session) -> bool:
    """Whether somebody can sign in as admin."""
    admin = (col(Person.role) == "admin") & col(Person.active) & col(Person.password_hash).is_not(None)
    return bool(session.scalar(select(exists().where(admin))))


def set_language(
    session: Session, actor: Actor, *, now: datetime, language: str | None = None, content_language: str | None = None
) -> None:
    """The actor's own: of the screens, and of what leads wrote ("" follows the screens)."""
    person = session.get_one(Person, actor.person_id)
    if language is not None:
        person.language = _checked_language(language)
    if content_language is not None:
        chosen = _checked_language(content_language) if content_language else ""
        person.preferences = {**(person.preferences or {}), "content_language": chosen}
    session.flush()
    audit.record(session, actor, now, _fact("person.language", person, [person.language, person.preferences]))


def set_timezone(session: Session, actor: Actor, timezone: str) -> None:
    """Where the actor's days begin and end, as their browser tells it; names that mean nothing here are left out."""
    if timezone in available_timezones():
        person = session.get_one(Person, actor.person_id)
        person.preferences = {**(person.preferences or {}), "timezone": timezone}
        session.flush()


def erase(session: Session, actor: Actor, person_id: int, *, now: datetime) -> PersonView:
    """Forget who it was. Answers and measured time stay, under a name that says nothing."""
    audit.in_turn(session)
    person, had_admin = managed(session, actor, person_id, Act.ERASE), _has_admin(session)
    old_name, old_email = person.name, person.email
    person.name, person.email, person.password_hash = f"erased-{person_id}", None, None
    person.languages, person.preferences = None, None
    person.active, person.erased_at = False, now
    _keep_an_admin(session, had_admin)
    sessions.end_all(session, person_id, now=now)
    _delete_traces(session, person_id, old_name, old_email)
    session.flush()
    audit.record(session, actor, now, _fact("person.erased", person), *_erased_in(session, person))
    return _view(session, person)


def _erased_in(session: Session, person: Person) -> list[audit.Fact]:
    """Said in each project as well: figures that are kept there hold the name until something happens to it."""
    given = select(col(Answer.project_id)).where(col(Answer.person_id) == person.id)
    joined = select(col(Membership.project_id)).where(col(Membership.person_id) == person.id)
    found = session.connection().execute(given.union(joined)).scalars()
    return [audit.Fact("person.erased", f"person:{person.id}", project_id) for project_id in sorted(found)]


def _delete_traces(session: Session, person_id: int, name: str, email: str | None) -> None:
    for table in (LoginSession, AccessToken, Ticket, Desk):
        session.execute(delete(table).where(core(table).c.person_id == person_id))
    held = select(col(Assignment.id)).where(col(Assignment.person_id) == person_id)
    session.execute(delete(Draft).where(col(Draft.assignment_id).in_(held)))
    session.execute(delete(SignInFailure).where(col(SignInFailure.name) == name))
    if email:
        session.execute(delete(Ticket).where(func.lower(col(Ticket.email)) == email.lower()))


# Invitations ----------------------------------------------------------------------------------------------------------


def invite(
    session: Session,
    actor: Actor,
    *,
    now: datetime,
    role: str = "annotator",
    project: str | None = None,
    project_role: str = "annotator",
    email: str | None = None,
) -> str:
    """A one-time secret for somebody new; the page makes the link. `project` is a slug."""
    require(actor, Right.MANAGE_PEOPLE)
    project_id = None if project is None else projects.pk(projects.managed(session, actor, project))
    ticket = Ticket(
        digest="", kind="invitation", role=_grantable(actor, role).value, project_id=project_id,
        project_role=project_role if project_id else None, email=_checked_email(email), created_by=actor.person_id,
        created_at=now, expires_at=now + INVITATION_LIFE,
    )  # fmt: skip
    _require_offer(session, actor, ticket)
    return _issue(session, actor, ticket, "invitation.made")


def new_password_link(session: Session, actor: Actor, person_id: int, *, now: datetime) -> str:
    """A one-time secret with which somebody chooses a new password: there is no other way to recover one."""
    person = managed(session, actor, person_id, Act.RECOVER)
    ticket = Ticket(
        digest="", kind="invitation", person_id=person.id, role=person.role, created_by=actor.person_id, created_at=now,
        expires_at=now + INVITATION_LIFE,
    )  # fmt: skip
    _require_offer(session, actor, ticket)
    return _issue(session, actor, ticket, "invitation.made")


def _require_offer(session: Session, maker: Actor, ticket: Ticket) -> None:
    """Asked when a link is made, and all of it again when it is used: its maker may offer this, to an account that is
    still what it was."""
    require(maker, Right.MANAGE_PEOPLE)
    role = _grantable(maker, ticket.role or Role.ANNOTATOR)
    if ticket.project_id is not None:
        projects.require_in(session, maker, ticket.project_id, Right.MANAGE_PROJECT)
        membership.require_giving(session, maker, ticket.project_id, ticket.project_role or "")
    if ticket.person_id is not None:
        person = managed(session, maker, ticket.person_id, Act.RECOVER)
        if not person.active or person.role != role:
            raise Conflict("{name} is deactivated. Activate the account, then make a link.", name=person.name)


def _issue(session: Session, actor: Actor, ticket: Ticket, kind: str) -> str:
    secret = sessions.new_secret()
    ticket.digest = sessions.digest(secret)
    session.add(ticket)
    session.flush()
    audit.record(session, actor, ticket.created_at, audit.Fact(kind, f"ticket:{ticket.id}", ticket.project_id))
    return secret


def invitations(session: Session, actor: Actor, *, now: datetime) -> list[InvitationView]:
    """Those that can still be used, the oldest first."""
    require(actor, Right.MANAGE_PEOPLE)
    open_ones = _open_tickets("invitation", now)
    return [_invitation(*row) for row in session.execute(_INVITATIONS.where(open_ones))]


def withdraw_invitation(session: Session, actor: Actor, invitation_id: int, *, now: datetime) -> None:
    require(actor, Right.MANAGE_PEOPLE)
    row = session.execute(_INVITATIONS.where(col(Ticket.id) == invitation_id, _open_tickets("invitation", now))).first()
    if row is None:
        raise NotFound("There is no such invitation.")
    if not _invitation(*row).withdrawable(actor):
        raise NotAllowed("Only who made this invitation or an admin can withdraw it.")
    ticket: Ticket = row[0]
    ticket.used_at, ticket.email = now, None
    session.flush()
    audit.record(session, actor, now, audit.Fact("invitation.withdrawn", f"ticket:{invitation_id}", ticket.project_id))


def read_invitation(session: Session, *, now: datetime, secret: str) -> InvitationView:
    """What an invitation offers, to whoever holds it."""
    mine = col(Ticket.digest) == sessions.digest(secret)
    row = session.execute(_INVITATIONS.where(mine, _open_tickets("invitation", now))).first()
    if row is None or not _still_offered(session, row[0]):
        raise NotFound(_NO_LONGER)
    return _invitation(*row)


def _still_offered(session: Session, ticket: Ticket) -> bool:
    maker = SYSTEM
    if ticket.created_by is not None:
        person = session.get_one(Person, ticket.created_by)
        if not person.active:
            return False
        maker = Actor(person.id, person.name, Role(person.role))
    try:
        _require_offer(session, maker, ticket)
    except (Conflict, NotAllowed, NotFound):
        return False
    return True


def accept_invitation(
    session: Session, *, now: datetime, secret: str, name: str, password: str, language: str = "en"
) -> Actor:
    """Make the person, or give the one who is here already a new password; the link is spent."""
    invitation = read_invitation(session, now=now, secret=secret)
    ticket = session.get_one(Ticket, invitation.id)
    if ticket.person_id is None:
        newcomer = add(
            session, SYSTEM, now=now, name=name, role=ticket.role or "annotator", email=ticket.email, password=password,
            language=language,
        )  # fmt: skip
        _spend(session, ticket, now)
        actor = Actor(newcomer.id, newcomer.name, newcomer.role, newcomer.language)
        if invitation.project:
            role: Any = invitation.project_role or "annotator"
            membership.add_member(session, SYSTEM, invitation.project, actor.name, now=now, role=role)
    else:
        person = session.get_one(Person, ticket.person_id)
        actor = Actor(person.id, person.name, Role(person.role), person.language)
        passwords.check_rules(password, person.name)
        hashed = passwords.hashed(password)
        _spend(session, ticket, now)
        sessions.set_password(session, actor, now=now, hashed=hashed)
        session.execute(delete(SignInFailure).where(col(SignInFailure.name) == person.name))
    audit.record(session, actor, now, audit.Fact("invitation.used", f"ticket:{ticket.id}", ticket.project_id))
    return actor


def _spend(session: Session, ticket: Ticket, now: datetime) -> None:
    if not sessions.spend(session, ticket, now=now):
        raise NotFound(_NO_LONGER)


def _open_tickets(kind: str, now: datetime) -> Any:
    return (col(Ticket.kind) == kind) & col(Ticket.used_at).is_(None) & (col(Ticket.expires_at) > now)


def _invitation(ticket: Ticket, slug: str | None, title: Any, name: str | None, maker: str | None) -> InvitationView:
    return InvitationView(
        ticket.id or 0, ticket.role or "annotator", slug, title, ticket.project_role, ticket.email, name, ticket.created_at,
        ticket.expires_at, ticket.created_by, Role(maker or SYSTEM.role),
    )  # fmt: skip


# The first admin ------------------------------------------------------------------------------------------------------


def needs_set_up(session: Session) -> bool:
    return not _has_admin(session)


def ensure_setup_ticket(session: Session, *, now: datetime) -> str | None:
    """A new one-time secret that makes the first admin, ending those made before; None once somebody is admin."""
    if not needs_set_up(session):
        return None
    session.execute(delete(Ticket).where(col(Ticket.kind) == "setup"))
    ticket = Ticket(digest="", kind="setup", role="admin", created_at=now, expires_at=now + SETUP_LIFE)
    return _issue(session, SYSTEM, ticket, "setup.offered")


def check_setup(session: Session, *, now: datetime, secret: str) -> None:
    _setup_ticket(session, now, secret)


def _setup_ticket(session: Session, now: datetime, secret: str) -> Ticket:
    query = select(Ticket).where(col(Ticket.digest) == sessions.digest(secret), _open_tickets("setup", now))
    ticket = session.scalars(query).first()
    if ticket is None or not needs_set_up(session):
        raise NotFound(_SET_UP_BEFORE)
    return ticket


def set_up(
    session: Session,
    *,
    now: datetime,
    secret: str,
    name: str,
    password: str,
    email: str | None = None,
    language: str = "en",
) -> Actor:
    """Make the first admin; the link is spent."""
    if not sessions.spend(session, _setup_ticket(session, now, secret), now=now):
        raise NotFound(_SET_UP_BEFORE)
    admin = add(session, SYSTEM, now=now, name=name, role="admin", email=email, password=password, language=language)
    return Actor(admin.id, admin.name, admin.role, admin.language)


def _fact(kind: str, person: Person, content: Any = None) -> audit.Fact:
    return audit.Fact(kind, f"person:{person.id}", digest=audit.digest_of(content) if content else "")


_SEEN = (
    select(func.max(col(LoginSession.seen_at))).where(col(LoginSession.person_id) == col(Person.id)).scalar_subquery()
)
_PEOPLE = select(Person, _SEEN).order_by(func.lower(col(Person.name)))
_MEMBERSHIPS = (
    select(col(Membership.person_id), col(Membership.role), col(Project.slug))
    .join(Project, col(Project.id) == col(Membership.project_id))
    .where(col(Membership.state) != "removed")
    .order_by(col(Project.slug))
)
_MAKER = aliased(Person)
_INVITATIONS = (
    select(Ticket, col(Project.slug), col(Project.title), col(Person.name), col(_MAKER.role))
    .outerjoin(Project, col(Project.id) == col(Ticket.project_id))
    .outerjoin(Person, col(Person.id) == col(Ticket.person_id))
    .outerjoin(_MAKER, col(_MAKER.id) == col(Ticket.created_by))
    .order_by(col(Ticket.created_at))
)
