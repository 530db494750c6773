"""A lead's hand on the queue: due dates and priorities of batches, who must not get what, items to free, more answers."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Select, and_, delete, func, select, update
from sqlmodel import Session

from core.errors import Conflict, InvalidInput, NotFound
from core.permissions import Actor, Right
from core.services import audit, labelling, leases, membership, projects
from core.store import dialect, work

QUEUED = ("open", "taken", "done")
Whole = Literal["item", "group", "batch"]


@dataclass(frozen=True)
class BatchView:
    id: int
    name: str
    due_at: datetime | None
    priority: int
    items: int
    """To be answered; hidden checks and what was set aside do not count."""
    done: int


@dataclass(frozen=True)
class Held:
    """An item in somebody's hands."""

    assignment_id: int
    item: str
    person: str
    purpose: str
    claimed_at: datetime
    lease_until: datetime
    has_draft: bool


@dataclass(frozen=True)
class ExclusionView:
    item: str
    person: str
    reason: str


# Batches --------------------------------------------------------------------------------------------------------------


def batches(session: Session, actor: Actor, slug: str) -> list[BatchView]:
    """In the order in which they are worked."""
    project_id = _managed(session, actor, slug)
    batch, lane, item = work.batch, work.lane, work.item
    query = (
        select(
            batch.c.id, batch.c.name, batch.c.due_at, batch.c.priority,
            func.count().filter(item.c.state.in_(QUEUED)).label("items"),
            func.count().filter(item.c.state == "done").label("done"),
        )
        .select_from(batch.outerjoin(lane, lane.c.batch_id == batch.c.id).outerjoin(item, item.c.lane_id == lane.c.id))
        .where(batch.c.project_id == project_id)
        .group_by(batch.c.id)
        .order_by(batch.c.priority.desc(), batch.c.due_at.is_(None), batch.c.due_at, batch.c.id)
    )  # fmt: skip
    return [BatchView(*row) for row in session.connection().execute(query)]


def set_batch(
    session: Session, actor: Actor, slug: str, name: str, *, now: datetime, due_at: datetime | None, priority: int
) -> None:
    """The higher priority first, then the earlier due date; holds from the next claim on."""
    project_id = _managed(session, actor, slug)
    if not -100 <= priority <= 100:
        raise InvalidInput("Priority goes from -100 to 100.", where="priority")
    which = and_(work.batch.c.project_id == project_id, work.batch.c.name == name)
    found = session.connection().execute(update(work.batch).where(which).values(due_at=due_at, priority=priority))
    if not found.rowcount:
        raise NotFound("There is no batch {name} in this project.", name=name)
    digest = audit.digest_of([name, due_at and due_at.isoformat(), priority])
    audit.record(session, actor, now, audit.Fact("batch.changed", f"project:{project_id}", project_id, digest))


# Items in hand --------------------------------------------------------------------------------------------------------


def in_hand(session: Session, actor: Actor, slug: str) -> list[Held]:
    """The longest held first."""
    project_id = _managed(session, actor, slug)
    held, item, person = work.assignment, work.item, work.person
    query = (
        select(
            held.c.id, item.c.key, person.c.name, held.c.purpose, held.c.claimed_at, held.c.lease_until,
            (held.c.draft_rev > 0).label("has_draft"),
        )
        .join(item, item.c.id == held.c.item_id)
        .join(person, person.c.id == held.c.person_id)
        .where(held.c.project_id == project_id, held.c.state == "held")
        .order_by(held.c.claimed_at)
    )  # fmt: skip
    return [Held(*row) for row in session.connection().execute(query)]


def release(session: Session, actor: Actor, slug: str, assignment_id: int, *, now: datetime) -> None:
    """Free an item for others before its lease ends; the draft stays with whoever wrote it."""
    project_id = _managed(session, actor, slug)
    connection = audit.in_turn(session)
    row = work.assigned(connection, assignment_id)
    if row is None or row.project_id != project_id or row.state != "held":
        raise Conflict("This item is no longer assigned.", code="lease_over")
    leases.expire(connection, row)
    subject = f"assignment:{assignment_id} item:{row.item_id}"
    audit.record(session, actor, now, audit.Fact("item.released", subject, project_id))


# Exclusions -----------------------------------------------------------------------------------------------------------


def exclude(
    session: Session, actor: Actor, slug: str, person: str, *, now: datetime, whole: Whole, names: Sequence[str],
    reason: str = "",
) -> int:  # fmt: skip
    """Keep items, or whole groups or batches, from a person from now on; returns how many items. What is in hand stays."""
    project_id = _managed(session, actor, slug)
    connection, person_id = session.connection(), membership.person_named(session, person)
    ids = list(connection.execute(items_of(project_id, whole, names)).scalars())
    if not ids:
        raise NotFound("There is no {whole} of that name in this project.", whole=whole)
    statement = dialect.upsert(connection, work.exclusion, ["item_id", "person_id"], ["reason"])
    connection.execute(statement, [{"item_id": item, "person_id": person_id, "reason": reason} for item in ids])
    digest = audit.digest_of([whole, list(names)])
    audit.record(session, actor, now, audit.Fact("person.excluded", f"person:{person_id}", project_id, digest))
    return len(ids)


def allow(
    session: Session, actor: Actor, slug: str, person: str, *, now: datetime, whole: Whole, names: Sequence[str]
) -> int:
    """Take exclusions back; the person's way through the queue starts anew, so that nothing stays hidden."""
    project_id = _managed(session, actor, slug)
    connection, person_id = session.connection(), membership.person_named(session, person)
    chosen = items_of(project_id, whole, names).subquery()
    which = and_(work.exclusion.c.person_id == person_id, work.exclusion.c.item_id.in_(select(chosen.c.id)))
    freed = connection.execute(delete(work.exclusion).where(which)).rowcount
    lanes = select(work.lane.c.id).where(work.lane.c.project_id == project_id)
    connection.execute(
        delete(work.cursor).where(work.cursor.c.person_id == person_id, work.cursor.c.lane_id.in_(lanes))
    )
    digest = audit.digest_of([whole, list(names)])
    audit.record(session, actor, now, audit.Fact("person.allowed", f"person:{person_id}", project_id, digest))
    return freed


def exclusions(session: Session, actor: Actor, slug: str, limit: int = 500) -> list[ExclusionView]:
    project_id = _managed(session, actor, slug)
    query = (
        select(work.item.c.key, work.person.c.name, work.exclusion.c.reason)
        .join(work.exclusion, work.exclusion.c.item_id == work.item.c.id)
        .join(work.person, work.person.c.id == work.exclusion.c.person_id)
        .where(work.item.c.project_id == project_id)
        .order_by(work.person.c.name, work.item.c.key)
        .limit(limit)
    )
    return [ExclusionView(*row) for row in session.connection().execute(query)]


def items_of(project_id: int, whole: Whole, names: Sequence[str]) -> Select[Any]:
    """Items by their ids, groups or batches; `name` is that of the whole each belongs to."""
    item, batch = work.item, work.batch
    name = {"item": item.c.key, "group": item.c.group_key, "batch": batch.c.name}[whole]
    query = select(
        item.c.id, item.c.project_id, item.c.lane_id, item.c.overlap, item.c.state, name.label("name")
    ).where(item.c.project_id == project_id, name.in_(names))
    if whole == "batch":
        query = query.join(work.lane, work.lane.c.id == item.c.lane_id).join(batch, batch.c.id == work.lane.c.batch_id)
        query = query.where(batch.c.project_id == project_id)
    return query.order_by(item.c.lane_id, item.c.position)


# Overlap --------------------------------------------------------------------------------------------------------------


def set_overlap(session: Session, actor: Actor, slug: str, overlap: int, *, now: datetime) -> int:
    """Ask this many answers of every queued item that has no more than that already; returns how many items changed.

    Items that were full come open again at the end of their lanes, in their old order.
    """
    project_id = _managed(session, actor, slug)
    if not 1 <= overlap <= 100:
        raise InvalidInput("An item needs 1 to 100 answers.", where="overlap")
    connection, item = audit.in_turn(session), work.item
    live = (
        select(work.assignment.c.item_id, func.count().label("n"), func.max(work.assignment.c.slot).label("slot"))
        .where(work.assignment.c.project_id == project_id, work.assignment.c.purpose == "work", work.assignment.c.slot.is_not(None))
        .group_by(work.assignment.c.item_id)
        .subquery()
    )  # fmt: skip
    wanted = and_(item.c.project_id == project_id, item.c.state.in_(QUEUED), item.c.overlap != overlap)
    too_full = select(live.c.item_id).where(live.c.slot > overlap)
    changed = connection.execute(
        update(item).where(wanted, item.c.id.not_in(too_full)).values(overlap=overlap)
    ).rowcount
    slots = func.coalesce(live.c.n, 0)
    unsettled = (
        select(item.c.id, item.c.lane_id, item.c.overlap)
        .outerjoin(live, live.c.item_id == item.c.id)
        .where(item.c.project_id == project_id, item.c.state.in_(QUEUED))
        .where((item.c.state == "open") != (slots < item.c.overlap), ~work.settled_by_review(item.c.id))
        .order_by(item.c.lane_id, item.c.position)
    )
    for row in connection.execute(unsettled).all():
        labelling.settle(connection, row.id, row.lane_id, row.overlap)
    digest = audit.digest_of(overlap)
    audit.record(session, actor, now, audit.Fact("items.overlap_changed", f"project:{project_id}", project_id, digest))
    return changed


def _managed(session: Session, actor: Actor, slug: str) -> int:
    project = projects.get(session, actor, slug)
    projects.require_in(session, actor, project.id, Right.MANAGE_PROJECT)
    return project.id
