"""What is still ahead in a project: open items, the next due date, hours left, items in hand."""

from datetime import datetime

from sqlalchemy import BigInteger, Connection, bindparam, func, select
from sqlmodel import Session

from core.services import seats
from core.store import work
from core.store.prepared import Prepared

MOST_COUNTED = 100_000


def ahead_of(at: seats.Sitting) -> tuple[int, datetime | None, datetime | None]:
    """(open items, counted up to a bound; when the next batch is due; when the next lease of somebody else ends)."""
    item, batch, assignment, project_id = work.item, work.batch, work.assignment, at.head.project_id
    some = select(item.c.id).where(item.c.project_id == project_id, item.c.state == "open").limit(MOST_COUNTED)
    due = select(func.min(batch.c.due_at)).where(batch.c.project_id == project_id, batch.c.due_at > at.now)
    leases = select(func.min(assignment.c.lease_until)).where(
        assignment.c.project_id == project_id,
        assignment.c.state == "held",
        assignment.c.person_id != at.me,
        work.NOT_REVIEW,
    )
    open_items = at.connection.execute(select(func.count()).select_from(some.subquery())).scalar_one()
    return open_items, at.connection.execute(due).scalar(), at.connection.execute(leases).scalar()


def hours_left(connection: Connection, project_id: int, open_items: int) -> float:
    """Open items times the mean active time of the last 200 answers."""
    recent = (
        select(work.answer.c.active_ms)
        .where(work.answer.c.project_id == project_id, work.answer.c.active_ms.is_not(None))
        .order_by(work.answer.c.at.desc())
        .limit(200)
        .subquery()
    )
    mean = connection.execute(select(func.avg(recent.c.active_ms))).scalar()
    return open_items * float(mean or 60_000) / 3_600_000


def in_hand(session: Session, project_id: int) -> int:
    """Items that somebody holds now."""
    return int(_IN_HAND.scalar(session.connection(), {"project_id": project_id}))


_IN_HAND = Prepared(
    select(func.count())
    .select_from(work.assignment)
    .where(work.assignment.c.project_id == bindparam("project_id", type_=BigInteger), work.HELD)
)
