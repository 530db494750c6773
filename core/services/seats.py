"""Who sits at a project's desk, what a claim must know of them, and whether they may work here now."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from random import Random
from typing import Any

import orjson
from sqlalchemy import Connection
from sqlmodel import Session

from core.errors import Conflict, NotAllowed, NotFound
from core.permissions import RIGHTS, Actor, Right, Role
from core.services.labellers import gate_of
from core.services.policies import STORED, Policy
from core.services.projects import rubric_of
from core.store import work
from core.store.work import Found
from core.tasks.base import TaskType

DESK_SILENCE = timedelta(minutes=2)
"""A desk not heard of for this long gives up its seat."""


@dataclass(frozen=True)
class Head:
    """A person in front of a project: all that a claim needs to know."""

    project_id: int
    slug: str
    task: str
    state: str
    policy: Policy
    role: Role | None
    standing: str
    qualified: bool
    acknowledged: int
    avoids: frozenset[str]
    languages: frozenset[str]
    preferences: Mapping[str, Any] = field(hash=False)
    settings_version: int
    settings: str
    extras: str
    guideline_version: int
    has_guidelines: bool
    desk: str | None
    desk_seen_at: datetime | None

    @property
    def rubric(self) -> TaskType[Any, Any]:
        return rubric_of(self.task, self.settings.encode())


@dataclass(frozen=True)
class Sitting:
    """One call of one person at one project: what every step of it needs."""

    session: Session
    actor: Actor
    me: int
    head: Head
    now: datetime
    rng: Random
    connection: Connection

    @property
    def lease_until(self) -> datetime:
        return self.now + timedelta(minutes=self.head.policy.lease_minutes)


def head_of(connection: Connection, actor: Actor, *, slug: str | None = None, project_id: int | None = None) -> Head:
    if actor.person_id is None:
        raise NotAllowed("Only a person can work at the desk.")
    row = (
        work.head(connection, actor.person_id, slug)
        if slug is not None
        else work.head_by_id(connection, actor.person_id, project_id or 0)
    )
    sees_all = actor.role in (Role.ADMIN, Role.LEAD)
    if row is None or not (sees_all or (row.role is not None and row.standing != "removed")):
        raise NotFound("There is no project {slug}, or you are not a member of it.", slug=slug or project_id)
    role = Role.LEAD if sees_all else Role(row.role)
    return Head(
        row.id, row.slug, row.task, row.state, _policy(orjson.dumps(row.policy)), role, row.standing or "active", bool(row.qualified) or sees_all,
        row.acknowledged_guideline or 0, frozenset(row.avoids or ()), frozenset(row.languages or ()), row.preferences or {}, row.settings_version,
        row.settings, row.extras, row.guideline_version, bool(row.has_guidelines), row.desk, row.desk_seen_at,
    )  # fmt: skip


def sit_down(
    session: Session, actor: Actor, *, now: datetime, rng: Random, desk: str | None,
    slug: str | None = None, project_id: int | None = None,
) -> Sitting:  # fmt: skip
    """Take a seat: raises Conflict `second_desk` while the person's other desk is in use. Programs have no desk."""
    connection = session.connection()
    head = head_of(connection, actor, slug=slug, project_id=project_id)
    at = Sitting(session, actor, person_id(actor), head, now, rng, connection)
    if desk is not None:
        _seat(at, desk)
    return at


def _seat(at: Sitting, desk: str) -> None:
    silence = None if at.head.desk_seen_at is None else at.now - at.head.desk_seen_at
    if at.head.desk not in (None, desk) and silence is not None and silence < DESK_SILENCE:
        raise Conflict(
            "You are working at another desk: a second tab or another device. Continue there, or take over here.",
            code="second_desk",
        )
    if at.head.desk != desk or silence is None or silence > DESK_SILENCE / 4:
        work.seat(at.connection, at.me, desk, at.now)


def require_fit(head: Head) -> None:
    """Raise NotAllowed, with where to go, unless this person may label in this project now."""
    if head.role is None or Right.LABEL not in RIGHTS[head.role]:
        raise NotAllowed("Your role in this project is read-only.")
    if head.state in ("draft", "done"):
        raise NotAllowed("This project is not open for work.", code="project_closed")
    if head.state == "paused" or head.standing == "paused":
        raise NotAllowed(
            "This project is paused. Your drafts are kept; come back when your lead opens it again.", code="paused"
        )
    gate = gate_of(
        head.state, head.policy, qualified=head.qualified, acknowledged=head.acknowledged,
        guidelines=head.guideline_version if head.has_guidelines else 0,
    )  # fmt: skip
    if gate == "not_qualified":
        raise NotAllowed("You are not qualified for this project yet.", code="not_qualified")
    if gate == "acknowledge":
        raise NotAllowed("Please read the guidelines first; they are new or have changed.", code="acknowledge")


def own_assignment(connection: Connection, actor: Actor, assignment_id: int) -> Found:
    """Of work; what a reviewer holds is none of the work desk's."""
    row = work.assigned(connection, assignment_id)
    if row is None or row.person_id != actor.person_id or row.purpose == "review":
        raise NotFound("This item is not assigned to you.")
    return row


@lru_cache(maxsize=512)
def _policy(raw: bytes) -> Policy:
    return Policy.model_validate_json(raw, context=STORED)


def person_id(actor: Actor) -> int:
    if actor.person_id is None:
        raise NotAllowed("Only a person can work at the desk.")
    return actor.person_id


def take_desk(session: Session, actor: Actor, desk: str, *, now: datetime) -> None:
    """From now on this is the person's one desk; the other is told when it next speaks."""
    work.seat(session.connection(), person_id(actor), desk, now)


def leave_desk(session: Session, actor: Actor, desk: str) -> None:
    """The desk was closed: the person's next one sits down at once. One that is no longer theirs changes nothing."""
    work.unseat(session.connection(), person_id(actor), desk)
