"""Measured time: what desks report every few seconds, what of it counts, and whose day it belongs to."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Literal

from sqlalchemy import BigInteger, ColumnElement, Row, case, cast, extract, func, insert, select
from sqlmodel import Session

from core.errors import InvalidInput, NotAllowed
from core.permissions import Actor, Right, require
from core.services import days, projects
from core.services.kept import once
from core.services.paid import Paid
from core.store.tables import Assignment, Beat, Person, Project, core

CATEGORIES = ("work", "training", "review")
LONGEST = timedelta(hours=1)
"""What one beat can stand for: desks report every few seconds, a long one comes after an outage."""
LATEST = timedelta(hours=12)
"""A beat that comes later than this is kept but not counted."""
QUARTER = 900
"""Seconds: every time zone is a whole number of quarters away from UTC, so quarters fold into anybody's days."""


@dataclass(frozen=True)
class Measured:
    """What a desk saw since its previous beat; numbers count up from 1 for each desk."""

    number: int
    at: datetime
    active_ms: int
    idle_ms: int = 0
    hidden_ms: int = 0
    assignment_id: int | None = None
    category: str = "work"

    @property
    def span(self) -> timedelta:
        return min(timedelta(milliseconds=self.active_ms + self.idle_ms + self.hidden_ms), LONGEST)


@dataclass(frozen=True)
class Clock:
    """The paid clock as the person sees it; `why` it stands still: idle, hidden, other_desk, or None."""

    state: Literal["counting", "paused"]
    why: str | None
    today_s: int


@dataclass(frozen=True)
class Received:
    acknowledged: int
    clock: Clock


@dataclass(frozen=True)
class DaySeconds:
    """Counted time of one person on one of that person's own days."""

    person_id: int
    person: str
    project: str | None
    day: date
    category: str
    seconds: float


# Taking beats ---------------------------------------------------------------------------------------------------------


def receive(session: Session, actor: Actor, *, now: datetime, desk: str, beats: Sequence[Measured]) -> Received:
    """Store what is new and count it once, however often it is sent and from however many desks at a time."""
    person_id = _person_id(actor)
    _check(beats)
    _one_at_a_time(session, person_id)
    ordered = sorted(_not_in_the_future(beats, now), key=lambda beat: beat.number)
    known = _known_numbers(session, person_id, desk, [beat.number for beat in ordered])
    fresh = [beat for beat in ordered if beat.number not in known]
    rows = _counted_rows(session, person_id, desk, fresh, now)
    if rows:
        session.connection().execute(insert(_BEAT), rows)
    return Received(ordered[-1].number, clock(session, actor, now=now, desk=desk))


def clock(session: Session, actor: Actor, *, now: datetime, desk: str | None = None) -> Clock:
    """Today's counted time, and whether the last beat of this desk counted."""
    person_id = _person_id(actor)
    start = days.day_start(now, preferences(session, person_id))
    today = sum_counted(session, person_id, start, now)
    why = "idle" if desk is None else _why_paused(_last_beat(session, person_id, desk))
    return Clock("paused" if why else "counting", why, today)


def sum_counted(session: Session, person_id: int, since: datetime, until: datetime) -> int:
    """Whole seconds counted for a person between two moments."""
    return sums_counted(session, person_id, [since], until)[0]


def sums_counted(session: Session, person_id: int, since: Sequence[datetime], until: datetime) -> list[int]:
    """The same since each of several moments, in one query."""
    counted = (case((_BEAT.c.at >= moment, _BEAT.c.counted_ms), else_=0) for moment in since)
    query = select(*(func.coalesce(func.sum(ms), 0) for ms in counted)).where(
        _BEAT.c.person_id == person_id, _BEAT.c.at >= min(since), _BEAT.c.at <= until
    )
    return [int(ms) // 1000 for ms in session.connection().execute(query).one()]


def _one_at_a_time(session: Session, person_id: int) -> None:
    """Two desks that report at once wait for each other (PostgreSQL; SQLite has one writer anyway)."""
    session.connection().execute(select(_PERSON.c.id).where(_PERSON.c.id == person_id).with_for_update(key_share=True))


def _check(beats: Sequence[Measured]) -> None:
    if not beats:
        raise InvalidInput("Send at least one beat.", where="beats")
    for n, beat in enumerate(beats):
        if beat.category not in CATEGORIES:
            names = ", ".join(CATEGORIES)
            raise InvalidInput("A category of time is one of: {names}.", names=names, where=f"beats.{n}.category")
        if min(beat.active_ms, beat.idle_ms, beat.hidden_ms, beat.number) < 0:
            raise InvalidInput("Active time can't be negative.", where=f"beats.{n}")


def _not_in_the_future(beats: Sequence[Measured], now: datetime) -> list[Measured]:
    """Clocks of computers run ahead: the whole report moves back, so that gaps between its beats stay."""
    ahead = max(max(beat.at for beat in beats) - now, timedelta(0))
    return [replace(beat, at=beat.at - ahead) for beat in beats]


def _known_numbers(session: Session, person_id: int, desk: str, numbers: list[int]) -> set[int]:
    query = select(_BEAT.c.number).where(
        _BEAT.c.person_id == person_id, _BEAT.c.desk == desk, _BEAT.c.number.in_(numbers)
    )
    return set(session.connection().execute(query).scalars())


def _counted_rows(
    session: Session, person_id: int, desk: str, fresh: Sequence[Measured], now: datetime
) -> list[dict[str, Any]]:
    if not fresh:
        return []
    earlier = _since(session, person_id, min(beat.at - beat.span for beat in fresh))
    owned = _own_assignments(session, person_id, {beat.assignment_id for beat in fresh if beat.assignment_id})
    project_id = _project_of_desk(session, person_id, desk)
    paid, own = _replayed(earlier), [(row.number, row.at) for row in earlier if row.desk == desk]
    rows = []
    for beat in fresh:
        counted = _countable(beat, own, paid) if beat.at >= now - LATEST else timedelta(0)
        paid.take(beat.at, counted)
        own.append((beat.number, beat.at))
        project_id = owned.get(beat.assignment_id or 0, project_id)
        rows.append(_row(person_id, desk, beat, owned, project_id, counted))
    return rows


def _replayed(rows: Iterable[Any]) -> Paid:
    """In the order of arrival every beat finds the free time that it took then."""
    paid = Paid()
    for row in rows:
        paid.take(row.at, timedelta(milliseconds=row.counted_ms))
    return paid


def _countable(beat: Measured, own: Iterable[tuple[int, datetime]], paid: Paid) -> timedelta:
    """Active time, as far as the wall clock since this desk's previous beat has room beside what is paid already."""
    previous = [at for number, at in own if number < beat.number and at <= beat.at]
    room = paid.free(max([beat.at - beat.span, *previous]), beat.at)
    return timedelta(milliseconds=min(beat.active_ms, room // timedelta(milliseconds=1)))


def _row(
    person_id: int, desk: str, beat: Measured, owned: Mapping[int, int], project_id: int | None, counted: timedelta
) -> dict[str, Any]:
    return {
        "person_id": person_id,
        "project_id": project_id,
        "assignment_id": beat.assignment_id if beat.assignment_id in owned else None,
        "desk": desk,
        "number": beat.number,
        "category": beat.category,
        "active_ms": beat.active_ms,
        "idle_ms": beat.idle_ms,
        "hidden_ms": beat.hidden_ms,
        "counted_ms": counted // timedelta(milliseconds=1),
        "at": beat.at,
    }


def _since(session: Session, person_id: int, moment: datetime) -> Sequence[Any]:
    query = select(_BEAT.c.desk, _BEAT.c.number, _BEAT.c.at, _BEAT.c.counted_ms)
    query = query.where(_BEAT.c.person_id == person_id, _BEAT.c.at > moment).order_by(_BEAT.c.id)
    return session.connection().execute(query).all()


def _own_assignments(session: Session, person_id: int, ids: set[int]) -> dict[int, int]:
    """Assignment to project, of those that are this person's."""
    if not ids:
        return {}
    query = select(_ASSIGNMENT.c.id, _ASSIGNMENT.c.project_id)
    query = query.where(_ASSIGNMENT.c.id.in_(ids), _ASSIGNMENT.c.person_id == person_id)
    return {row.id: row.project_id for row in session.connection().execute(query)}


def _project_of_desk(session: Session, person_id: int, desk: str) -> int | None:
    """Time between two items belongs to the project the desk was busy with."""
    last = _last_beat(session, person_id, desk)
    return last.project_id if last else None


def _last_beat(session: Session, person_id: int, desk: str) -> Row[Any] | None:
    query = select(_BEAT).where(_BEAT.c.person_id == person_id, _BEAT.c.desk == desk)
    return session.connection().execute(query.order_by(_BEAT.c.number.desc()).limit(1)).first()


def _why_paused(beat: Row[Any] | None) -> str | None:
    if beat is None:
        return "idle"
    if beat.counted_ms > 0:
        return None
    if beat.active_ms > 0:
        return "other_desk"
    return "hidden" if beat.hidden_ms > beat.idle_ms else "idle"


def _person_id(actor: Actor) -> int:
    if actor.person_id is None:
        raise NotAllowed("Only people have active time.")
    return actor.person_id


# Days and weeks -------------------------------------------------------------------------------------------------------


def by_day(
    session: Session, actor: Actor, *, since: date, until: date, slug: str | None = None, person_id: int | None = None
) -> list[DaySeconds]:
    """Counted seconds a person, project, day and category, days in each person's own time zone, `until` included."""
    query = _quarters().where(_BEAT.c.at >= _utc_midnight(since, -1), _BEAT.c.at < _utc_midnight(until, 2))
    if slug is not None:
        project = projects.get(session, actor, slug)
        query = query.where(_BEAT.c.project_id == project.id)
        if person_id != actor.person_id:
            projects.require_in(session, actor, project.id, Right.SEE_PEOPLE)
    elif person_id is None or person_id != actor.person_id:
        require(actor, Right.SEE_PEOPLE)
    if person_id is not None:
        query = query.where(_BEAT.c.person_id == person_id)
    return _fold(session.connection().execute(query).all(), since, until)


def _quarters() -> Any:
    keys = (_BEAT.c.person_id, _PERSON.c.name, _PERSON.c.preferences, _PROJECT.c.slug, _BEAT.c.category)
    quarter = quarter_of(_BEAT.c.at)
    return (
        select(*keys, quarter.label("quarter"), func.sum(_BEAT.c.counted_ms).label("ms"))
        .join(_PERSON, _PERSON.c.id == _BEAT.c.person_id)
        .outerjoin(_PROJECT, _PROJECT.c.id == _BEAT.c.project_id)
        .where(_BEAT.c.counted_ms > 0)
        .group_by(*keys, quarter)
    )


def _fold(rows: Iterable[Any], since: date, until: date) -> list[DaySeconds]:
    totals: dict[tuple[int, str, str | None, date, str], int] = {}
    for row in rows:
        day = datetime.fromtimestamp(row.quarter, days.zone_of(row.preferences)).date()
        if since <= day <= until:
            key = (row.person_id, row.name, row.slug, day, row.category)
            totals[key] = totals.get(key, 0) + int(row.ms)
    ordered = sorted(totals.items(), key=lambda entry: (entry[0][1], entry[0][3], entry[0][2] or "", entry[0][4]))
    return [DaySeconds(*key, ms / 1000) for key, ms in ordered]


def quarter_of(moment: ColumnElement[Any]) -> ColumnElement[int]:
    """The start of the quarter of an hour that a moment lies in, in seconds since 1970."""
    epoch = extract("epoch", moment)
    return cast(epoch - epoch % QUARTER, BigInteger)


def preferences(session: Session, person_id: int | None) -> Mapping[str, Any]:
    """What a person has chosen, the time zone of their days among it."""
    query = select(_PERSON.c.preferences).where(_PERSON.c.id == person_id)
    return once(session, ("preferences", person_id), lambda: session.connection().execute(query).scalar() or {})


def week_start(now: datetime, chosen: Mapping[str, Any] | None) -> datetime:
    """Monday's local midnight before `now`."""
    today = days.day_start(now, chosen)
    return today - timedelta(days=today.weekday())


def _utc_midnight(day: date, plus: int) -> datetime:
    return datetime.combine(day + timedelta(days=plus), time(), UTC)


_BEAT = core(Beat)
_PERSON = core(Person)
_PROJECT = core(Project)
_ASSIGNMENT = core(Assignment)
