"""What speed and cost of a project are counted from: answers and counted time a person and day, and when batches are due."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlmodel import Session

from core.services.kept import kept
from core.services.progress import AT_THE_DESK, date_of, day_number
from core.services.projects import ProjectView
from core.store import batches, work
from core.store.tables import Batch, Beat, core


@dataclass(frozen=True)
class PersonDay:
    """One person's day of the reader's: answers at the desk, seconds counted at work, and all that are paid."""

    day: date
    answers: int
    work_s: float
    counted_s: float


def person_days(session: Session, project: ProjectView, offset: int, now: datetime) -> tuple[PersonDay, ...]:
    """The reader's clock is so many seconds ahead of UTC."""
    name = ("person days", offset)
    return kept(session, name, project.id, now, lambda: tuple(_person_days(session, project.id, offset))).value


def _person_days(session: Session, project_id: int, offset: int) -> list[PersonDay]:
    connection = session.connection()
    answers = {(row.person_id, int(row.day)): int(row.n) for row in connection.execute(_answers(project_id, offset))}
    seconds: dict[tuple[int, int], dict[str, float]] = defaultdict(dict)
    for row in connection.execute(_beats(project_id, offset)):
        seconds[row.person_id, int(row.day)][row.category] = int(row.ms) / 1000
    return [
        PersonDay(date_of(key[1]), answers.get(key, 0), seconds[key].get("work", 0.0), sum(seconds[key].values()))
        for key in sorted({*answers, *seconds}, key=lambda key: (key[1], key[0]))
    ]


def _answers(project_id: int, offset: int) -> Any:
    answer = work.answer
    keys = (answer.c.person_id, day_number(answer.c.at, offset).label("day"))
    return (
        select(*keys, func.count().label("n"))
        .where(answer.c.project_id == project_id, answer.c.current, answer.c.outcome == "submitted")
        .where(answer.c.purpose.in_(AT_THE_DESK))
        .group_by(*keys)
    )


def _beats(project_id: int, offset: int) -> Any:
    keys = (_BEAT.c.person_id, _BEAT.c.category, day_number(_BEAT.c.at, offset).label("day"))
    query = select(*keys, func.sum(_BEAT.c.counted_ms).label("ms")).group_by(*keys)
    return query.where(_BEAT.c.project_id == project_id, _BEAT.c.counted_ms > 0)


def due(session: Session, project_id: int, offset: int) -> tuple[tuple[str, date], ...]:
    """Unfinished batches with a due date, the first to fall due first."""
    query = select(_BATCH.c.name, _BATCH.c.due_at).where(
        _BATCH.c.project_id == project_id, _BATCH.c.due_at.is_not(None), batches.unfinished()
    )
    rows = session.connection().execute(query.order_by(_BATCH.c.due_at)).all()
    return tuple((row.name, (row.due_at + timedelta(seconds=offset)).date()) for row in rows)


_BEAT = core(Beat)
_BATCH = core(Batch)
