"""How long an item is somebody's: renewed, run out, taken back, and the slots it has."""

from datetime import datetime, timedelta
from itertools import count

from sqlalchemy import Connection, select
from sqlmodel import Session

from core.errors import Conflict
from core.permissions import Actor
from core.services import audit, seats
from core.store import work
from core.store.work import Found


def renew(session: Session, actor: Actor, assignment_id: int, *, now: datetime) -> datetime:
    """A longer lease for an item in hand."""
    row = seats.own_assignment(audit.in_turn(session), actor, assignment_id)
    if row.state != "held":
        raise Conflict(
            "Your time on this item expired. Your draft is saved; you can still submit unless someone "
            "else has taken it.",
            code="lease_over",
        )
    head = seats.head_of(session.connection(), actor, project_id=row.project_id)
    until = now + timedelta(minutes=head.policy.lease_minutes)
    work.extend(session.connection(), assignment_id, until)
    return until


def tidy(at: seats.Sitting) -> tuple[int | None, list[audit.Fact]]:
    """Expire what is overdue in the project; then what is in hand, if anything: held first, else one's own expired item."""
    rows = work.pending(at.connection, at.me, at.head.project_id, at.now)
    held = [row.id for row in rows if row.mine and row.state == "held"]
    facts = []
    for row in rows:
        if not row.mine and row.id not in held:
            expire(at.connection, row)
            facts.append(audit.Fact("lease.expired", f"assignment:{row.id} item:{row.item_id}", at.head.project_id))
    if held:
        return min(held), facts
    for row in rows:
        if row.mine and row.state == "expired" and take_back(at, row.id):
            facts.append(audit.Fact("item.reclaimed", f"assignment:{row.id} item:{row.item_id}", at.head.project_id))
            return row.id, facts
    return None, facts


def expire(connection: Connection, row: Found) -> None:
    """The draft stays with its owner; the slot is free for others."""
    work.expire(connection, row.id)
    if row.purpose == "work":
        release_slot(connection, row.item_id)


def release_slot(connection: Connection, item_id: int) -> None:
    """An item that had all its slots taken is open again, at the end of its lane, unless a reviewer has settled it."""
    row = connection.execute(select(work.item.c.state, work.item.c.lane_id).where(work.item.c.id == item_id)).one()
    if row.state in ("open", "taken", "done"):
        ask_again(connection, item_id, row.lane_id)


def ask_again(connection: Connection, item_id: int, lane_id: int) -> None:
    """Into the queue; what a reviewer has settled needs no more answers."""
    if work.has_verdict(connection, item_id):
        work.set_item_state(connection, item_id, "done")
    else:
        work.requeue(connection, item_id, lane_id)


def take_back(at: seats.Sitting, assignment_id: int) -> bool:
    """Hold an expired assignment again, if its item still has a slot."""
    row = work.assigned(at.connection, assignment_id)
    if row is None or not _still_wanted(at, row):
        return False
    slot = None
    if row.purpose in ("work", "pilot"):
        slot = free_slot(at.connection, row.item_id, row.purpose, _overlap(at, row))
        if slot is None:
            return False
    work.hold(at.connection, assignment_id, slot, at.lease_until)
    if row.purpose == "work":
        _close_if_full(at.connection, row.item_id, row.overlap)
    return True


def of_this_state(state: str, purpose: str) -> bool:
    """Whether answers of this purpose may be given or changed now: those of a pilot in the pilot, the others live."""
    return state == ("pilot" if purpose == "pilot" else "live")


def _still_wanted(at: seats.Sitting, row: Found) -> bool:
    if row.item_state == "withdrawn":
        return False
    match row.purpose:
        case "work":
            open_now = at.head.state != "pilot" and row.item_state == "open"
            return open_now and work.lock_open(at.connection, row.item_id)
        case "pilot":
            return at.head.state == "pilot"
        case _:
            return at.head.state == "live"


def _overlap(at: seats.Sitting, row: Found) -> int:
    return at.head.policy.pilot.overlap if row.purpose == "pilot" else int(row.overlap)


def free_slot(connection: Connection, item_id: int, purpose: str, overlap: int) -> int | None:
    taken = work.taken_slots(connection, item_id, purpose)
    return lowest_free(taken) if len(taken) < overlap else None


def lowest_free(taken: set[int]) -> int:
    return next(n for n in count(1) if n not in taken)


def _close_if_full(connection: Connection, item_id: int, overlap: int) -> None:
    if overlap == 1 or len(work.taken_slots(connection, item_id, "work")) >= overlap:
        work.set_item_state(connection, item_id, "taken")
