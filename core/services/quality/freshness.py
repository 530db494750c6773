"""How far a project's log had come when something was worked out, and how much has happened since."""

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlmodel import Session

from core.store.tables import Event, core

NO_MATTER = (
    "item.claimed", "item.reclaimed", "lease.expired", "guidelines.acknowledged", "upload.received", "upload.discarded",
    "invitation.used", "invitation.withdrawn", "review.claimed", "review.passed", "item.revealed", "example.proposed", "example.taken",
    "example.declined",
)  # fmt: skip
"""Events that change no figure. Every other may, also one that nobody thought of here."""
MOST = 10_000
_EVENT = core(Event)


@dataclass(frozen=True)
class Mark:
    """The last event of a project, by number and hash."""

    seq: int
    chain: str


def mark(session: Session, project_id: int) -> Mark | None:
    """None for a project that no event has happened to."""
    query = select(_EVENT.c.seq, _EVENT.c.chain).where(_EVENT.c.project_id == project_id)
    last = session.connection().execute(query.order_by(_EVENT.c.seq.desc()).limit(1)).first()
    return None if last is None else Mark(last.seq, last.chain)


def changes(session: Session, project_id: int, since: Mark) -> int | None:
    """Events after the mark that may change figures, as far as MOST; None where the log does not hold the mark: it is
    another one than it was, such as after a backup was brought back."""
    held = session.connection().execute(select(_EVENT.c.chain).where(_EVENT.c.seq == since.seq)).scalar()
    if held != since.chain:
        return None
    later = (
        select(_EVENT.c.seq)
        .where(_EVENT.c.project_id == project_id, _EVENT.c.seq > since.seq, _EVENT.c.kind.not_in(NO_MATTER))
        .limit(MOST)
    )
    return int(session.connection().execute(select(func.count()).select_from(later.subquery())).scalar_one())
