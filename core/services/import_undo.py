"""Undoing an import of items: all of what it brought goes, while nobody has worked on any of it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session

from core.errors import Conflict, NotFound, TouchstoneError
from core.permissions import Actor, Right
from core.services import audit, projects
from core.store import intake


@dataclass(frozen=True)
class Undoing:
    """What undoing would remove, or why it is refused."""

    import_id: int
    filename: str
    items: int
    gold: int
    """Gold answers to its items, whichever import brought them."""
    refusal: TouchstoneError | None


def look(session: Session, actor: Actor, slug: str, import_id: int) -> Undoing:
    return _looked(session, _job(session, actor, slug, import_id))


def undo(session: Session, actor: Actor, slug: str, import_id: int, *, now: datetime) -> Undoing:
    """Remove its items; the import itself stays on record, and the file can be imported again."""
    row = _job(session, actor, slug, import_id)
    intake.in_turn(session.connection(), row.project_id)
    audit.in_turn(session)
    found = _looked(session, _job(session, actor, slug, import_id))
    if found.refusal is not None:
        raise found.refusal
    intake.remove_items(session.connection(), row)
    intake.mark_undone(session.connection(), import_id, actor.person_id, now)
    audit.record(session, actor, now, audit.Fact("import.undone", f"import:{import_id}", row.project_id, row.sha256))
    return found


def _job(session: Session, actor: Actor, slug: str, import_id: int) -> Any:
    project = projects.get(session, actor, slug)
    projects.require_in(session, actor, project.id, Right.MANAGE_PROJECT)
    row = intake.job_by(session.connection(), import_id)
    if row is None or row.project_id != project.id:
        raise NotFound("There is no import {id} in this project.", id=import_id)
    return row


def _looked(session: Session, row: Any) -> Undoing:
    counts = intake.brought(session.connection(), row.id)
    return Undoing(row.id, row.filename, counts.items, counts.gold, _refusal(row, counts))


def _refusal(row: Any, counts: Any) -> TouchstoneError | None:
    if row.undone_at is not None:
        return Conflict("This import has been undone already.")
    if row.kind == "labels":
        return Conflict("Imported labels are answers, and answers are never deleted.")
    if row.kind == "gold":
        return Conflict("Gold answers replace earlier ones, so they can't be undone. Import the right ones instead.")
    if counts.worked_on:
        return Conflict(
            "Items already answered or started: {n} of {all}. Answers are never deleted. "
            "Withdraw the items instead.",
            n=counts.worked_on, all=counts.items,
        )  # fmt: skip
    return None
