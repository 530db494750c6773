"""How a project is getting on: items, answers a day, people, accuracy against gold, and when it will be done."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from math import ceil
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, cast, extract, func, select
from sqlmodel import Session

from core.permissions import Actor, Right
from core.services import activity, days, outlook, projects
from core.services.kept import kept
from core.services.projects import ProjectView
from core.services.quality import accuracy as quality_accuracy
from core.services.quality.accuracy import Decision, Graded
from core.stats import intervals
from core.stats.intervals import Interval
from core.store import work
from core.store.tables import Beat, core

AT_THE_DESK = ("work", "gold", "repeat", "pilot")
"""What people answer at the desk: their speed is measured over all of it."""
QUEUED = ("open", "taken", "done")
PACE_DAYS = 14
A_DAY = 86_400


@dataclass(frozen=True)
class DayCount:
    """Answers of one purpose on one day of the reader's."""

    day: date
    purpose: str
    answers: int


@dataclass(frozen=True)
class PersonProgress:
    """Who did what. `per_hour` is a plain ratio; `per_hour_range` says how sure, from three days of work on."""

    person_id: int
    name: str
    answers: int
    work: int
    passed_on: int
    hours: float
    per_hour: float | None
    per_hour_range: Interval | None
    gold: Interval | None
    decision: Decision


@dataclass(frozen=True)
class Finish:
    """What is left, and when it is done at the pace of the last days; no date without three full days of work."""

    remaining: int
    hours_left: float | None
    pace: Interval | None
    soonest: date | None = None
    expected: date | None = None
    latest: date | None = None


@dataclass(frozen=True)
class Overview:
    project: ProjectView
    states: Mapping[str, int]
    in_hand: int
    answers_wanted: int
    answers_given: int
    answers_an_item: float
    """Wanted of the items that are to be answered, on average: on each item it may be another number than the policy's."""
    days: tuple[DayCount, ...]
    people: tuple[PersonProgress, ...]
    gold: Interval | None
    target: float
    hours: float
    finish: Finish
    last_at: datetime | None
    as_of: datetime

    @property
    def items(self) -> int:
        """Items that are to be answered: hidden checks and what was set aside are not among them."""
        return sum(self.states.get(state, 0) for state in QUEUED)


@dataclass(frozen=True)
class _Counted:
    """The rows behind an overview, as aggregated by the database."""

    answers: tuple[Any, ...]
    beats: tuple[Any, ...]
    items: tuple[Any, ...]
    filled: int
    names: Mapping[int, str]
    graded: Graded


def overview(session: Session, actor: Actor, slug: str, *, now: datetime) -> Overview:
    """People are named to those who may see people; a viewer gets the sums."""
    project = projects.get(session, actor, slug)
    projects.require_in(session, actor, project.id, Right.SEE_PROGRESS)
    offset = offset_of(session, actor, now)
    today = (now.astimezone(UTC) + timedelta(seconds=offset)).date()
    name = ("progress", offset, today, project.policy.targets.accuracy)
    figure = kept(
        session, name, project.id, now, lambda: _overview(project, _count(session, project, offset), today, now)
    )
    found = replace(figure.value, project=project, in_hand=outlook.in_hand(session, project.id))
    return found if projects.may(session, actor, project.id, Right.SEE_PEOPLE) else replace(found, people=())


# Counting: five aggregates and the answers to gold, whatever the size -------------------------------------------------------------------------


def _count(session: Session, project: ProjectView, offset: int) -> _Counted:
    connection, project_id = session.connection(), project.id
    answers = tuple(connection.execute(_answers(project_id, offset)))
    beats = tuple(connection.execute(_beats(project_id, offset)))
    people = {row.person_id for row in (*answers, *beats)}
    names = select(work.person.c.id, work.person.c.name).where(work.person.c.id.in_(people))
    return _Counted(
        answers,
        beats,
        tuple(connection.execute(_items(project_id))),
        connection.execute(_filled(project_id)).scalar_one(),
        {row.id: row.name for row in connection.execute(names)},
        quality_accuracy.graded(session, project),
    )


def _answers(project_id: int, offset: int) -> Any:
    answer = work.answer
    keys = (answer.c.person_id, answer.c.purpose, answer.c.outcome, day_number(answer.c.at, offset).label("day"))
    return (
        select(
            *keys,
            func.count().label("n"),
            func.max(answer.c.at).label("last_at"),
        )
        .where(answer.c.project_id == project_id, answer.c.current)
        .group_by(*keys)
    )


def _beats(project_id: int, offset: int) -> Any:
    keys = (_BEAT.c.person_id, day_number(_BEAT.c.at, offset).label("day"))
    query = select(*keys, func.sum(_BEAT.c.counted_ms).label("ms")).group_by(*keys)
    return query.where(_BEAT.c.project_id == project_id, _BEAT.c.category == "work", _BEAT.c.counted_ms > 0)


def _items(project_id: int) -> Any:
    keys = (work.item.c.state, work.item.c.overlap)
    return select(*keys, func.count().label("n")).where(work.item.c.project_id == project_id).group_by(*keys)


def _filled(project_id: int) -> Any:
    """Slots already answered on items that still have some to go."""
    return (
        select(func.count())
        .select_from(work.item.join(work.assignment, work.assignment.c.item_id == work.item.c.id))
        .where(
            work.item.c.project_id == project_id,
            work.item.c.state.in_(("open", "taken")),
            work.assignment.c.purpose == "work",
            work.assignment.c.state == "done",
            work.assignment.c.slot.is_not(None),
        )
    )


def offset_of(session: Session, actor: Actor, now: datetime) -> int:
    """Seconds by which the reader's clock is ahead of UTC."""
    zone = days.zone_of(activity.preferences(session, actor.person_id))
    return int((now.astimezone(zone).utcoffset() or timedelta(0)).total_seconds())


def day_number(moment: ColumnElement[Any], offset: int) -> ColumnElement[int]:
    """Days since 1970 at a place so many seconds ahead of UTC."""
    local = cast(extract("epoch", moment), BigInteger) + offset
    return (local - local % A_DAY) // A_DAY


# Folding --------------------------------------------------------------------------------------------------------------


def _overview(project: ProjectView, counted: _Counted, today: date, as_of: datetime) -> Overview:
    """Kept whole, but for what is in hand at this moment: people and days are many to fold."""
    states: dict[str, int] = defaultdict(int)
    for row in counted.items:
        states[row.state] += row.n
    given = sum(r.n for r in counted.answers if r.purpose == "work" and r.outcome == "submitted")
    remaining = sum(r.n * r.overlap for r in counted.items if r.state in ("open", "taken")) - counted.filled
    desk = [row for row in counted.answers if row.purpose in AT_THE_DESK]
    hours = sum(row.ms for row in counted.beats) / 3_600_000
    return Overview(
        project=project,
        states=dict(states),
        in_hand=0,
        answers_wanted=given + remaining,
        answers_given=given,
        answers_an_item=_answers_an_item(counted),
        days=_by_day(counted.answers),
        people=_people(project, counted),
        gold=counted.graded.team,
        target=project.policy.targets.accuracy,
        hours=hours,
        finish=_finish(counted, remaining, hours, today),
        last_at=max((row.last_at for row in desk), default=None),
        as_of=as_of,
    )


def _answers_an_item(counted: _Counted) -> float:
    queued = [row for row in counted.items if row.state in QUEUED]
    items = sum(row.n for row in queued)
    return sum(row.n * row.overlap for row in queued) / items if items else 1.0


def _by_day(rows: Iterable[Any]) -> tuple[DayCount, ...]:
    totals: dict[tuple[int, str], int] = defaultdict(int)
    for row in rows:
        if row.outcome == "submitted":
            totals[int(row.day), row.purpose] += row.n
    return tuple(DayCount(date_of(day), purpose, n) for (day, purpose), n in sorted(totals.items()))


def _people(project: ProjectView, counted: _Counted) -> tuple[PersonProgress, ...]:
    answers = _of_each([row for row in counted.answers if row.purpose in AT_THE_DESK])
    beats = _of_each(counted.beats)
    decisions = counted.graded.decisions(project.policy.targets.accuracy)
    found = [
        _person(
            person_id, name, answers.get(person_id, []), beats.get(person_id, []),
            counted.graded.person(person_id), decisions.get(person_id, "measuring"),
        )
        for person_id, name in counted.names.items()
    ]  # fmt: skip
    return tuple(sorted((p for p in found if p.answers or p.passed_on or p.hours), key=lambda p: (-p.answers, p.name)))


def _of_each(rows: Iterable[Any]) -> dict[int, list[Any]]:
    found: dict[int, list[Any]] = defaultdict(list)
    for row in rows:
        found[row.person_id].append(row)
    return found


def _person(
    person_id: int, name: str, rows: Sequence[Any], beats: Sequence[Any], gold: Interval | None, decided: Decision
) -> PersonProgress:
    submitted = [row for row in rows if row.outcome == "submitted"]
    answers, hours = _per_day(submitted, "n"), _per_day(beats, "ms")
    timed = sorted(hours)
    total_hours = sum(hours.values()) / 3_600_000
    done_in_time = sum(answers.get(day, 0) for day in timed)
    return PersonProgress(
        person_id,
        name,
        answers=sum(answers.values()),
        work=sum(row.n for row in submitted if row.purpose == "work"),
        passed_on=sum(row.n for row in rows if row.outcome != "submitted"),
        hours=total_hours,
        per_hour=done_in_time / total_hours if total_hours else None,
        per_hour_range=intervals.ratio(
            [answers.get(day, 0) for day in timed], [hours[day] / 3_600_000 for day in timed]
        ),
        gold=gold,
        decision=decided,
    )


def _per_day(rows: Iterable[Any], field: str) -> dict[int, int]:
    totals: dict[int, int] = defaultdict(int)
    for row in rows:
        totals[int(row.day)] += int(getattr(row, field))
    return dict(totals)


def _finish(counted: _Counted, remaining: int, hours: float, today: date) -> Finish:
    done = _per_day((r for r in counted.answers if r.purpose == "work" and r.outcome == "submitted"), "n")
    pace = _pace(done, (today - date(1970, 1, 1)).days)
    timed = {int(row.day) for row in counted.beats}
    in_time = sum(n for day, n in done.items() if day in timed)
    hours_left = remaining * hours / in_time if in_time and hours else None
    if pace is None or remaining == 0 or pace.value == 0:
        return Finish(remaining, hours_left, pace)

    def after(rate: float) -> date | None:
        wait = remaining / rate if rate > 0 else float("inf")
        return today + timedelta(days=ceil(wait)) if wait < 3650 else None

    return Finish(remaining, hours_left, pace, after(pace.high), after(pace.value), after(pace.low))


def _pace(done: Mapping[int, int], today: int) -> Interval | None:
    """Work answers a day over the last full days, days off included: they will come again."""
    if not done:
        return None
    start = max(min(done), today - PACE_DAYS)
    return intervals.mean([done.get(day, 0) for day in range(start, today)])


def date_of(day: int) -> date:
    return date(1970, 1, 1) + timedelta(days=day)


_BEAT = core(Beat)
