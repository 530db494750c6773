"""What speed and cost of a project are counted from: answers and counted time a person and day, and when batches are due."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlmodel import Session

from core.services.kept import kept
from core.services.progress import AT_THE_DESK, date_of, day_number
from core.services.projects import ProjectView
from core.stats import intervals
from core.stats.intervals import Interval
from core.store import batches, work
from core.store.tables import Batch, Beat, core


@dataclass(frozen=True)
class PersonDay:
    """One person's day of the reader's: answers at the desk, seconds counted at work, and all that are paid."""

    day: date
    answers: int
    work_s: float
    counted_s: float


@dataclass(frozen=True)
class Worked:
    """The days, and what they come to by week: answers an active hour where a range can be given, and hours counted."""

    days: tuple[PersonDay, ...]
    speeds: tuple[tuple[date, Interval], ...]
    hours: tuple[tuple[date, float], ...]


def worked(session: Session, project: ProjectView, offset: int, now: datetime) -> Worked:
    """The reader's clock is so many seconds ahead of UTC. What is folded by week is kept with the days."""
    return kept(
        session, ("worked", offset), project.id, now, lambda: _worked(_person_days(session, project.id, offset))
    ).value


def monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def rate(days: Sequence[PersonDay]) -> Interval | None:
    """A person's day is one draw: sittings differ more than answers within them."""
    timed = [day for day in days if day.work_s]
    return intervals.ratio([day.answers for day in timed], [day.work_s / 3600 for day in timed])


def _worked(days: Sequence[PersonDay]) -> Worked:
    weeks: dict[date, list[PersonDay]] = defaultdict(list)
    for day in days:
        weeks[monday(day.day)].append(day)
    ordered = sorted(weeks.items())
    speeds = tuple((start, found) for start, some in ordered if (found := rate(some)))
    return Worked(
        tuple(days), speeds, tuple((start, sum(day.counted_s for day in some) / 3600) for start, some in ordered)
    )


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
