"""Items that somebody set aside, waiting for the lead or a reviewer: put back into the queue, or withdrawn."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import select
from sqlmodel import Session

from core.errors import Conflict, NotFound
from core.permissions import Actor, Right
from core.services import audit, projects, withdrawals
from core.services.excerpts import excerpt, whole_text
from core.store import work
from core.store.review import SET_ASIDE

MOST = 200
LONGEST_TEXT = 20_000


@dataclass(frozen=True)
class Remark:
    """Why one person passed on the item."""

    person: str
    outcome: str
    reason: str | None
    at: datetime


@dataclass(frozen=True)
class SetAside:
    item_id: int
    key: str
    state: Literal["flagged", "quarantined"]
    excerpt: str
    """The beginning of its text; empty for items that may hold personal data."""
    remarks: tuple[Remark, ...]


def set_aside(session: Session, actor: Actor, slug: str) -> list[SetAside]:
    """The oldest first, at most MOST of them."""
    project = projects.get(session, actor, slug)
    projects.require_in(session, actor, project.id, Right.MANAGE_PROJECT)
    item = work.item
    query = select(item.c.id, item.c.key, item.c.state, item.c.payload).where(
        item.c.project_id == project.id, item.c.state.in_(SET_ASIDE)
    )
    rows = session.connection().execute(query.order_by(item.c.id).limit(MOST)).all()
    remarks = _remarks(session, [row.id for row in rows]) if rows else {}
    return [_set_aside(row, remarks) for row in rows]


def reveal(session: Session, actor: Actor, slug: str, item_id: int, *, now: datetime) -> str:
    """The text of an item that may hold personal data; that it was read is recorded."""
    row = _waiting(session, actor, slug, item_id)
    audit.record(session, actor, now, audit.Fact("item.revealed", f"item:{item_id}", row.project_id))
    return whole_text(row.payload, most=LONGEST_TEXT)


def put_back(session: Session, actor: Actor, slug: str, item_id: int, *, now: datetime) -> None:
    """Into the queue again, at the end, with the answers it has."""
    row = _waiting(session, actor, slug, item_id, Right.REVIEW)
    withdrawals.put_back(session.connection(), row, "gold")
    audit.record(session, actor, now, audit.Fact("item.put_back", f"item:{item_id}", row.project_id))


def withdraw(session: Session, actor: Actor, slug: str, item_id: int, *, now: datetime) -> None:
    """Out of the project's work; its answers stay on record, and a lead can restore it."""
    row = _waiting(session, actor, slug, item_id, Right.REVIEW)
    withdrawals.take_out(session, actor, [row], now=now)


def _waiting(session: Session, actor: Actor, slug: str, item_id: int, right: Right = Right.MANAGE_PROJECT) -> Any:
    project = projects.get(session, actor, slug)
    projects.require_in(session, actor, project.id, right)
    query = select(work.item).where(work.item.c.id == item_id, work.item.c.project_id == project.id)
    row = audit.in_turn(session).execute(query).first()
    if row is None:
        raise NotFound("There is no such item in this project.")
    if row.state not in SET_ASIDE:
        raise Conflict("Someone has already decided on this item.", code="decided")
    return row


def _remarks(session: Session, item_ids: Sequence[int]) -> dict[int, list[Remark]]:
    answer, person = work.answer, work.person
    query = (
        select(answer.c.item_id, person.c.name, answer.c.outcome, answer.c.reason, answer.c.at)
        .join(person, person.c.id == answer.c.person_id)
        .where(answer.c.item_id.in_(item_ids), answer.c.current, answer.c.outcome != "submitted")
        .order_by(answer.c.at)
    )
    found: dict[int, list[Remark]] = {}
    for row in session.connection().execute(query):
        found.setdefault(row.item_id, []).append(Remark(row.name, row.outcome, row.reason, row.at))
    return found


def _set_aside(row: Any, remarks: dict[int, list[Remark]]) -> SetAside:
    words = "" if row.state == "quarantined" else excerpt(row.payload)
    return SetAside(row.id, row.key, row.state, words, tuple(remarks.get(row.id, ())))
