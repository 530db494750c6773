"""Who belongs to a project, as what, and what they have read."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import select
from sqlmodel import Session, col

from core.errors import InvalidInput, NotAllowed, NotFound
from core.permissions import Act, Actor, Right, Role, highest, reaches, require_reach
from core.services import audit, projects
from core.store.tables import Membership, Person, core

ROLES: tuple[Role, ...] = (Role.ANNOTATOR, Role.REVIEWER, Role.LEAD, Role.VIEWER)
"""What somebody can be in a project."""


@dataclass(frozen=True)
class MemberView:
    person_id: int
    name: str
    role: str
    state: str
    qualified: bool
    acknowledged_guideline: int | None
    active: bool
    avoids: tuple[str, ...]


def members(session: Session, actor: Actor, slug: str) -> list[MemberView]:
    project = projects.row_of(session, slug)
    projects.require_in(session, actor, projects.pk(project), Right.SEE_PEOPLE)
    query = (
        select(_MEMBER, _PERSON.c.name, _PERSON.c.active)
        .join(_PERSON, _PERSON.c.id == _MEMBER.c.person_id)
        .where(_MEMBER.c.project_id == project.id, _MEMBER.c.state != "removed")
        .order_by(_PERSON.c.name)
    )
    return [
        MemberView(
            r.person_id, r.name, r.role, r.state, r.qualified, r.acknowledged_guideline, r.active, tuple(r.avoids or ())
        )
        for r in session.connection().execute(query)
    ]


def add_member(
    session: Session, actor: Actor, slug: str, person: str, *, now: datetime, role: Literal["annotator", "reviewer", "lead", "viewer"] = "annotator",
    qualified: bool = False,
) -> None:  # fmt: skip
    """Add a person, or change what they are here. `qualified`: past every gate, guidelines acknowledged."""
    project = projects.managed(session, actor, slug)
    require_giving(session, actor, projects.pk(project), role)
    person_id = person_named(session, person)
    member = _membership(session, person_id, projects.pk(project))
    if member and member.state != "removed":
        _require_managed(session, actor, member)
    member = member or Membership(person_id=person_id, project_id=projects.pk(project), created_at=now)
    member.role, member.state = role, "active"
    if qualified:
        member.qualified, member.acknowledged_guideline = True, projects.view_of(session, project).guideline_version
    session.add(member)
    session.flush()
    audit.record(session, actor, now, audit.Fact(f"member.{role}", f"person:{person_id}", project.id))


def set_member(
    session: Session,
    actor: Actor,
    slug: str,
    person: str,
    *,
    now: datetime,
    state: str | None = None,
    qualified: bool | None = None,
) -> None:
    """Pause, resume, remove (the answers stay), or change the standing."""
    project = projects.managed(session, actor, slug)
    member = _membership(session, person_named(session, person), projects.pk(project))
    if member is None:
        raise NotFound("{person} is not a member of this project.", person=person)
    _require_managed(session, actor, member)
    if state is not None:
        if state not in ("active", "paused", "removed"):
            raise InvalidInput("A member is active, paused or removed, not {state}.", state=state)
        member.state = state
    if qualified is not None:
        member.qualified = qualified
    session.flush()
    audit.record(
        session,
        actor,
        now,
        audit.Fact("member.changed", f"person:{member.person_id}", project.id, audit.digest_of([state, qualified])),
    )


def require_giving(session: Session, actor: Actor, project_id: int, role: str) -> None:
    """Whether the actor may make somebody this in the project."""
    if role not in ROLES:
        raise InvalidInput("{role} is not a role in a project.", role=role, where="role")
    if not reaches(_acts_as(session, actor, project_id), Act.GIVE_ROLE, Role(role)):
        raise NotAllowed("You can't do this in this project. Ask its lead.")


def _require_managed(session: Session, actor: Actor, member: Membership) -> None:
    """Everybody's own membership, and those of people below them."""
    if member.person_id != actor.person_id:
        in_workspace = Role(session.get_one(Person, member.person_id).role)
        counts_as = highest(in_workspace, Role(member.role))
        require_reach(_acts_as(session, actor, member.project_id), Act.SET_MEMBERSHIP, counts_as)


def _acts_as(session: Session, actor: Actor, project_id: int) -> Role:
    return highest(actor.role, projects.standing(session, actor, project_id).role or actor.role)


def acknowledge(session: Session, actor: Actor, slug: str, version: int, *, now: datetime) -> None:
    """The actor has read this version of the guidelines."""
    project = projects.row_of(session, slug)
    if actor.person_id is None or projects.standing(session, actor, projects.pk(project)).role is None:
        raise NotAllowed("You are not a member of this project.")
    member = _membership(session, actor.person_id, projects.pk(project)) or Membership(
        person_id=actor.person_id, project_id=projects.pk(project), role="lead", qualified=True, created_at=now
    )
    projects.guideline_text(session, projects.pk(project), version)
    member.acknowledged_guideline = max(version, member.acknowledged_guideline or 0)
    session.add(member)
    session.flush()
    audit.record(session, actor, now, audit.Fact("guidelines.acknowledged", f"guideline:{version}", project.id))


def person_named(session: Session, name: str) -> int:
    found = session.connection().execute(select(_PERSON.c.id).where(_PERSON.c.name == name)).scalar()
    if found is None:
        raise NotFound("No person is named {name}.", name=name)
    return int(found)


def _membership(session: Session, person_id: int, project_id: int) -> Membership | None:
    return session.scalars(
        select(Membership).where(col(Membership.person_id) == person_id, col(Membership.project_id) == project_id)
    ).first()


_MEMBER = core(Membership)
_PERSON = core(Person)
