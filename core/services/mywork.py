"""One's own work: answers given, drafts left, and how one is doing; never which items were hidden checks."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import and_, func, or_, select
from sqlmodel import Session

from core.errors import NotAllowed, NotFound
from core.permissions import Actor
from core.services import activity, days, leases, projects
from core.services.excerpts import excerpt
from core.services.labelling import HIDDEN
from core.services.progress import AT_THE_DESK, date_of, day_number, offset_of
from core.services.projects import ProjectView
from core.services.quality import accuracy as quality_accuracy
from core.stats.intervals import Interval
from core.store import returned as returned_store, work
from core.store.tables import Verdict, core

SHOWN_DAYS = 14


@dataclass(frozen=True)
class Cursor:
    """The last row of a page: the next page begins after it."""

    at: datetime
    answer_id: int


@dataclass(frozen=True)
class Given:
    answer_id: int
    slug: str
    title: Any
    excerpt: str
    outcome: str
    reason: str | None
    at: datetime
    active_s: float | None
    revision: int
    revisable: bool


@dataclass(frozen=True)
class Leaf:
    """One page of answers, the newest first; `following` is None on the last."""

    rows: tuple[Given, ...]
    following: Cursor | None


@dataclass(frozen=True)
class Unfinished:
    """A draft: in hand until `lease_until`, or kept after the time ran out."""

    slug: str
    title: Any
    excerpt: str
    saved_at: datetime
    in_hand: bool
    lease_until: datetime


@dataclass(frozen=True)
class SentBack:
    """An answer that a reviewer sent back, with what they said; who they are, and what others answered, stays with them."""

    id: int
    answer_id: int
    slug: str
    title: Any
    excerpt: str
    comment: str
    reason: str | None
    at: datetime
    revisable: bool
    """Whether it can be changed now: the project is open and no verdict stands."""


@dataclass(frozen=True)
class OwnDay:
    day: date
    answers: int
    hours: float


@dataclass(frozen=True)
class OwnProject:
    """`gold` is the accuracy as far as one may know it: it moves in blocks."""

    project: ProjectView
    answers: int
    today: int
    gold: Interval | None


@dataclass(frozen=True)
class OwnProgress:
    today: int
    today_s: int
    week: int
    week_s: int
    week_target_h: float | None
    days: tuple[OwnDay, ...]
    projects: tuple[OwnProject, ...]


# Answers and drafts ---------------------------------------------------------------------------------------------------


def answers(
    session: Session,
    actor: Actor,
    *,
    slug: str | None = None,
    outcome: str | None = None,
    since: date | None = None,
    until: date | None = None,
    after: Cursor | None = None,
    limit: int = 25,
) -> Leaf:
    """Own current answers, the newest first; days are one's own, `until` included."""
    me = _person(actor)
    answer, chosen = work.answer, [work.answer.c.person_id == me, work.answer.c.current]
    if slug is not None:
        chosen.append(answer.c.project_id == projects.get(session, actor, slug).id)
    if outcome is not None:
        chosen.append(answer.c.outcome == outcome)
    chosen += _between(session, me, since, until)
    if after is not None:
        same_time = and_(answer.c.at == after.at, answer.c.id < after.answer_id)
        chosen.append(or_(answer.c.at < after.at, same_time))
    newest = select(answer.c.id).where(*chosen).order_by(answer.c.at.desc(), answer.c.id.desc()).limit(limit + 1)
    rows = session.connection().execute(_DETAILS.where(answer.c.id.in_(newest.scalar_subquery()))).all()
    given = tuple(_given(row) for row in rows[:limit])
    return Leaf(given, Cursor(given[-1].at, given[-1].answer_id) if len(rows) > limit else None)


def project_of(session: Session, actor: Actor, answer_id: int) -> ProjectView:
    """Where an answer of one's own was given."""
    query = select(work.project.c.slug).join(work.answer, work.answer.c.project_id == work.project.c.id)
    query = query.where(work.answer.c.id == answer_id, work.answer.c.person_id == _person(actor))
    slug = session.connection().execute(query).scalar()
    if slug is None:
        raise NotFound("This answer is not yours, or is no longer current.")
    return projects.get(session, actor, slug)


def drafts(session: Session, actor: Actor) -> list[Unfinished]:
    """What was begun and not sent, the latest first."""
    rows = session.connection().execute(_DRAFTS.where(work.assignment.c.person_id == _person(actor)))
    return [
        Unfinished(r.slug, r.title, _words(r), r.saved_at, r.assignment_state == "held", r.lease_until) for r in rows
    ]


def returned(session: Session, actor: Actor) -> tuple[SentBack, ...]:
    """What was sent back to oneself and not answered yet, the newest first."""
    rows = returned_store.waiting_for(session.connection(), _person(actor))
    return tuple(
        SentBack(
            r.id, r.answer_id, r.slug, r.title, _words(r), r.comment, r.reason, r.at,
            bool(r.answer_current) and r.state == "live" and not r.settled_there,
        )
        for r in rows
    )  # fmt: skip


def sent_back(session: Session, actor: Actor) -> int:
    """How many answers of one's own were sent back and wait."""
    return returned_store.count_for(session.connection(), _person(actor))


def _between(session: Session, me: int, since: date | None, until: date | None) -> list[Any]:
    if since is None and until is None:
        return []
    zone = days.zone_of(activity.preferences(session, me))

    def midnight(day: date) -> datetime:
        return datetime(day.year, day.month, day.day, tzinfo=zone)

    found = [work.answer.c.at >= midnight(since)] if since else []
    return found + ([work.answer.c.at < midnight(until + timedelta(days=1))] if until else [])


def _given(row: Any) -> Given:
    """The same rule as labelling.revise holds."""
    closed = row.verdict_of is not None and row.purpose not in HIDDEN
    revisable = row.outcome == "submitted" and row.purpose in AT_THE_DESK and not closed
    revisable = revisable and leases.of_this_state(row.state, row.purpose)
    seconds = None if row.active_ms is None else row.active_ms / 1000
    return Given(
        row.id, row.slug, row.title, _words(row), row.outcome, row.reason, row.at, seconds, row.revision, revisable
    )


def _words(row: Any) -> str:
    return "" if row.hidden else excerpt(row.payload)


# Progress -------------------------------------------------------------------------------------------------------------


def progress(session: Session, actor: Actor, *, now: datetime) -> OwnProgress:
    me, offset = _person(actor), offset_of(session, actor, now)
    chosen = activity.preferences(session, me)
    today = (now.astimezone(UTC) + timedelta(seconds=offset)).date()
    monday = today - timedelta(days=today.weekday())
    rows = session.connection().execute(_own_counts(me, offset)).all()
    hours = _hours_by_day(session, actor, today)
    starts = [days.day_start(now, chosen), activity.week_start(now, chosen)]
    today_s, week_s = activity.sums_counted(session, me, starts, now)
    own = [p for p in projects.listed(session, actor) if any(row.project_id == p.id for row in rows)]
    given = quality_accuracy.given_by(session, me, int(starts[0].timestamp()))
    gold = {p.id: quality_accuracy.told(session, p, me, given[p.id]) for p in own if p.id in given}
    return OwnProgress(
        today=_sum(rows, since=today),
        today_s=today_s,
        week=_sum(rows, since=monday),
        week_s=week_s,
        week_target_h=max((p.policy.targets.hours_per_week or 0 for p in own), default=0) or None,
        days=tuple(_own_days(rows, hours, today)),
        projects=tuple(_own_project(project, rows, today, gold.get(project.id)) for project in own),
    )


def _own_counts(me: int, offset: int) -> Any:
    answer = work.answer
    keys = (answer.c.project_id, day_number(work.GIVEN_AT, offset).label("day"))
    return (
        select(*keys, func.count().label("n"))
        .where(answer.c.person_id == me, answer.c.current, answer.c.purpose.in_(AT_THE_DESK))
        .where(answer.c.outcome == "submitted")
        .group_by(*keys)
    )


def _hours_by_day(session: Session, actor: Actor, today: date) -> Mapping[date, float]:
    since = today - timedelta(days=SHOWN_DAYS - 1)
    found: dict[date, float] = defaultdict(float)
    for row in activity.by_day(session, actor, since=since, until=today, person_id=actor.person_id):
        found[row.day] += row.seconds / 3600
    return found


def _own_days(rows: Sequence[Any], hours: Mapping[date, float], today: date) -> list[OwnDay]:
    given: dict[date, int] = defaultdict(int)
    for row in rows:
        given[date_of(int(row.day))] += row.n
    shown = [today - timedelta(days=back) for back in range(SHOWN_DAYS - 1, -1, -1)]
    return [OwnDay(day, given[day], hours.get(day, 0.0)) for day in shown]


def _own_project(project: ProjectView, rows: Sequence[Any], today: date, gold: Interval | None) -> OwnProject:
    mine = [row for row in rows if row.project_id == project.id]
    return OwnProject(project, sum(row.n for row in mine), _sum(mine, since=today), gold)


def _sum(rows: Sequence[Any], since: date) -> int:
    return sum(row.n for row in rows if date_of(int(row.day)) >= since)


def _person(actor: Actor) -> int:
    if actor.person_id is None:
        raise NotAllowed("Only a person has work of their own.")
    return actor.person_id


_VERDICT = core(Verdict)
_DETAILS = (
    select(
        work.answer.c.id, work.answer.c.outcome, work.answer.c.reason, work.answer.c.at, work.answer.c.active_ms,
        work.answer.c.revision, work.answer.c.purpose, work.project.c.slug, work.project.c.title, work.project.c.state,
        work.item.c.payload, work.TEXT_HIDDEN, _VERDICT.c.item_id.label("verdict_of"),
    )
    .join(work.item, work.item.c.id == work.answer.c.item_id)
    .join(work.project, work.project.c.id == work.answer.c.project_id)
    .outerjoin(_VERDICT, and_(_VERDICT.c.item_id == work.answer.c.item_id, _VERDICT.c.current))
    .order_by(work.answer.c.at.desc(), work.answer.c.id.desc())
)  # fmt: skip
_DRAFTS = (
    select(
        work.draft.c.saved_at, work.assignment.c.lease_until, work.assignment.c.state.label("assignment_state"),
        work.item.c.payload, work.TEXT_HIDDEN, work.project.c.slug, work.project.c.title,
    )
    .join(work.assignment, work.assignment.c.id == work.draft.c.assignment_id)
    .join(work.item, work.item.c.id == work.assignment.c.item_id)
    .join(work.project, work.project.c.id == work.assignment.c.project_id)
    .where(work.assignment.c.state.in_(("held", "expired")), work.NOT_REVIEW)
    .order_by(work.draft.c.saved_at.desc())
)  # fmt: skip
