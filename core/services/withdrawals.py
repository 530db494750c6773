"""Items withdrawn from the work: they leave queue, review and training data, keep their answers, and can be restored."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection
from sqlmodel import Session

from core.errors import N_, Conflict, NotFound, TooLarge
from core.permissions import Actor, Right
from core.services import audit, labelling, projects
from core.services.excerpts import excerpt
from core.services.routing import Whole, items_of
from core.store import withdrawn as store, work
from core.store.review import SET_ASIDE

LONGEST_REASON = 500
MOST = 200


@dataclass(frozen=True)
class Withdrawn:
    """One withdrawn item, as a lead finds it in the list."""

    item_id: int
    key: str
    excerpt: str
    """Empty for items that may hold personal data."""
    reason: str
    by: str | None
    at: datetime
    answers: int


def withdraw(
    session: Session, actor: Actor, slug: str, *, now: datetime, whole: Whole, names: Sequence[str], reason: str = ""
) -> int:
    """Items, groups or batches by name, all of them or none; how many were withdrawn now.

    Who holds one of them may finish it: the answer is kept, and the item stays withdrawn.
    """
    found = _named(session, actor, slug, whole, names)
    rows = [row for row in found if row.state in store.WITHDRAWABLE]
    if not rows:
        raise Conflict("There is nothing to withdraw: these items are withdrawn already, or have no content.")
    take_out(session, actor, rows, now=now, reason=reason)
    return len(rows)


def take_out(session: Session, actor: Actor, rows: Sequence[Any], *, now: datetime, reason: str = "") -> None:
    """Withdraw rows of the item table, for whoever has checked that the actor may."""
    if len(reason) > LONGEST_REASON:
        raise TooLarge("The reason may have up to {most} characters.", most=LONGEST_REASON, where="reason")
    store.withdraw(session.connection(), rows, reason.strip(), actor.person_id, now)
    audit.record(session, actor, now, *_facts("item.withdrawn", rows))


def restore(session: Session, actor: Actor, slug: str, *, now: datetime, whole: Whole, names: Sequence[str]) -> int:
    """Back to what they were: into the queue with the answers they have, among the hidden checks, or set aside."""
    found = _named(session, actor, slug, whole, names)
    connection = session.connection()
    was = store.standing(connection, [row.id for row in found])
    rows = [row for row in found if row.id in was]
    if not rows:
        raise Conflict("There is nothing to restore: none of these items is withdrawn.")
    store.close(connection, [row.id for row in rows], actor.person_id, now)
    for row in rows:
        put_back(connection, row, was[row.id])
    audit.record(session, actor, now, *_facts("item.restored", rows))
    return len(rows)


def put_back(connection: Connection, row: Any, was: str = "open") -> None:
    """Give an item the state that it would have by now, had it not been out of the work."""
    if was in SET_ASIDE:
        work.set_item_state(connection, row.id, was)
    elif store.is_check(connection, row.id) and (was == "gold" or not store.worked_on(connection, row.id)):
        work.set_item_state(connection, row.id, "gold")
    else:
        labelling.settle(connection, row.id, row.lane_id, row.overlap)


def listed(session: Session, actor: Actor, slug: str) -> tuple[list[Withdrawn], int]:
    """The last withdrawn first, at most MOST of them, and how many there are."""
    project_id = _managed(session, actor, slug)
    connection = session.connection()
    rows = store.listed(connection, project_id, MOST)
    count = len(rows) if len(rows) < MOST else store.count(connection, project_id)
    return [_view(row) for row in rows], count


def _view(row: Any) -> Withdrawn:
    words = "" if row.was == "quarantined" else excerpt(row.payload)
    return Withdrawn(row.id, row.key, words, row.reason, row.name, row.at, row.answers)


def _named(session: Session, actor: Actor, slug: str, whole: Whole, names: Sequence[str]) -> Sequence[Any]:
    project_id = _managed(session, actor, slug)
    found = audit.in_turn(session).execute(items_of(project_id, whole, names)).all()
    missing = set(names) - {row.name for row in found}
    if missing:
        raise NotFound(_MISSING[whole], name=min(missing))
    return found


_MISSING: Mapping[Whole, str] = {
    "item": N_("There is no item {name} in this project. Nothing was changed."),
    "group": N_("There is no group {name} in this project. Nothing was changed."),
    "batch": N_("There is no batch {name} with items in this project. Nothing was changed."),
}


def _facts(kind: str, rows: Iterable[Any]) -> list[audit.Fact]:
    return [audit.Fact(kind, f"item:{row.id}", row.project_id) for row in rows]


def _managed(session: Session, actor: Actor, slug: str) -> int:
    project = projects.get(session, actor, slug)
    projects.require_in(session, actor, project.id, Right.MANAGE_PROJECT)
    return project.id
