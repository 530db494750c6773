"""Is it going well: quality, speed, cost and finish of one project, each with its trend, and what needs a decision."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any, Literal

import numpy as np
from sqlmodel import Session

from core.permissions import RIGHTS, Actor, Right, Role
from core.services import overview_counts, progress, projects
from core.services.overview_counts import Worked
from core.services.progress import DayCount
from core.services.projects import ProjectView
from core.services.quality.people import of_people
from core.services.quality.reporting import Assessment
from core.services.review import reviewing
from core.stats import intervals
from core.stats.intervals import Interval, Judgement
from core.store.columns import Ints

RECENT = timedelta(days=28)
"""Speed is told of this long; its trend and the others' go back as far as there are weeks to show."""
WEEKS = 12
CENT = Decimal("0.01")


@dataclass(frozen=True)
class Week:
    """A figure of the week that begins on a Monday of the reader's."""

    start: date
    found: Interval


@dataclass(frozen=True)
class Quality:
    """People's answers to items whose answer is known, against the project's bar; how far people agree on the first target."""

    gold: Interval | None
    target: float
    judgement: Judgement
    weeks: tuple[Week, ...]
    agreed: Mapping[str, Any]


@dataclass(frozen=True)
class Speed:
    """Answers an active hour over the last weeks; `value` stands alone while there are too few days for a range."""

    value: float | None
    found: Interval | None
    target: float | None
    judgement: Judgement
    weeks: tuple[Week, ...]


@dataclass(frozen=True)
class Cost:
    """Counted time at the project's rate; amounts are None without a rate. Finished items carry what is under way, too."""

    currency: str
    rate: Decimal | None
    hours: float
    spent: Decimal | None
    finished: int
    per_item: Decimal | None
    projected: tuple[Decimal, Decimal, Decimal] | None
    """Least, likely and most in the end, at the speed so far."""
    weeks: tuple[tuple[date, float], ...]
    """Hours counted a week."""


@dataclass(frozen=True)
class Finish:
    """Answers of work by day, those wanted in all, and when they are in."""

    given: int
    wanted: int
    found: progress.Finish
    days: tuple[DayCount, ...]
    due: tuple[tuple[str, date], ...]
    """Batches that are still open and have a due date, the first first."""
    today: date

    @property
    def overdue(self) -> tuple[tuple[str, date], ...]:
        return tuple(batch for batch in self.due if batch[1] < self.today)


Kind = Literal[
    "doubt", "flag", "second", "audit", "back", "reopened", "returned", "below", "doubtful", "judges", "agreement"
]


@dataclass(frozen=True)
class Decision:
    """Something that waits for somebody to decide: how many, whose names, and the page where it is done."""

    kind: Kind
    n: int
    page: str
    names: tuple[str, ...] = ()
    query: Mapping[str, str] = field(default_factory=dict, hash=False)


@dataclass(frozen=True)
class Overview:
    project: ProjectView
    quality: Quality
    speed: Speed
    cost: Cost | None
    """None to those who do not lead the project: pay is between people and their lead."""
    finish: Finish
    decisions: tuple[Decision, ...]
    rights: frozenset[Right]
    """The reader's in this project: which pages can be linked."""


def overview(session: Session, actor: Actor, assessment: Assessment, *, now: datetime) -> Overview:
    """Quality is that of the answers assessed; the rest is the whole project's."""
    project = projects.get(session, actor, assessment.evidence.project.slug)
    standing = projects.require_in(session, actor, project.id, Right.SEE_PROGRESS)
    rights = RIGHTS[standing.role or Role.VIEWER]
    offset = progress.offset_of(session, actor, now)
    today = (now.astimezone(UTC) + timedelta(seconds=offset)).date()
    seen = progress.overview(session, actor, project.slug, now=now)
    worked = overview_counts.worked(session, project, offset, now)
    speed = _speed(project, worked, today)
    return Overview(
        project,
        _quality(project, assessment, offset),
        speed,
        _cost(project, seen, worked, speed) if Right.MANAGE_PROJECT in rights else None,
        Finish(
            seen.answers_given, seen.answers_wanted, seen.finish, tuple(d for d in seen.days if d.purpose == "work"),
            overview_counts.due(session, project.id, offset), today,
        ),
        tuple(_decisions(session, actor, assessment, rights, now)),
        rights,
    )  # fmt: skip


# Quality --------------------------------------------------------------------------------------------------------------


def _quality(project: ProjectView, assessment: Assessment, offset: int) -> Quality:
    evidence, (rows, right) = assessment.evidence, assessment.graded
    people = ~evidence.machines[evidence.person[rows]]
    rows, right = rows[people], right[people]
    gold = of_people(evidence, assessment.graded)
    first = next(iter(assessment.report["targets"].values()))
    bar = project.policy.targets.accuracy
    monday = _mondays(evidence.answers.at[rows], offset)
    weeks = tuple(
        Week(progress.date_of(int(start)), found)
        for start in np.unique(monday)[-WEEKS:]
        if (found := intervals.share(*_counted(right[monday == start])))
    )
    return Quality(gold, bar, intervals.judged(gold, bar), weeks, first["agreement"])


def _counted(right: Any) -> tuple[int, int]:
    return int(right.sum()), len(right)


def _mondays(at: Ints, offset: int) -> Ints:
    """Of moments in seconds since 1970, whose first day was a Thursday: the Monday before each, as a day's number."""
    days = (at + offset) // progress.A_DAY
    return np.asarray(days - (days + 3) % 7, np.int64)


# Speed ----------------------------------------------------------------------------------------------------------------


def _speed(project: ProjectView, worked: Worked, today: date) -> Speed:
    bar = project.policy.targets.per_hour
    recent = [day for day in worked.days if day.work_s and day.day > today - RECENT]
    hours = sum(day.work_s for day in recent) / 3600
    found = overview_counts.rate(recent)
    return Speed(
        sum(day.answers for day in recent) / hours if hours else None,
        found,
        bar,
        "measuring" if bar is None else intervals.judged(found, bar),
        tuple(Week(*week) for week in worked.speeds[-WEEKS:]),
    )


# Cost -----------------------------------------------------------------------------------------------------------------


def _cost(project: ProjectView, seen: progress.Overview, worked: Worked, speed: Speed) -> Cost:
    rate = Decimal(project.policy.rates.per_hour) or None
    hours, finished = sum(day.counted_s for day in worked.days) / 3600, seen.states.get("done", 0)
    spent = None if rate is None else _money(rate, hours)
    return Cost(
        project.policy.rates.currency,
        rate,
        hours,
        spent,
        finished,
        (spent / finished).quantize(CENT) if spent is not None and finished else None,
        None if rate is None or spent is None else _projected(rate, spent, seen.finish.hours_left, speed.found),
        worked.hours[-WEEKS:],
    )


def _projected(
    rate: Decimal, spent: Decimal, hours_left: float | None, speed: Interval | None
) -> tuple[Decimal, Decimal, Decimal] | None:
    """What is left takes the time that it took so far; as much faster or slower as the speed may be."""
    if hours_left is None or speed is None:
        return None
    least, most = hours_left * speed.value / speed.high, hours_left * speed.value / speed.low
    low, likely, high = (spent + _money(rate, hours) for hours in (least, hours_left, most))
    return low, likely, high


def _money(rate: Decimal, hours: float) -> Decimal:
    return (rate * Decimal(str(hours))).quantize(CENT)


# What needs a decision ------------------------------------------------------------------------------------------------


def _decisions(
    session: Session, actor: Actor, assessment: Assessment, rights: frozenset[Right], now: datetime
) -> Iterator[Decision]:
    if Right.REVIEW in rights:
        yield from _reviews(session, actor, assessment.evidence.project.slug, now)
    for draw_up in _DRAWN_UP:
        yield from draw_up(assessment)


def _reviews(session: Session, actor: Actor, slug: str, now: datetime) -> Iterator[Decision]:
    found = reviewing.counts(session, actor, slug, now=now)
    kinds: tuple[Kind, ...] = ("doubt", "flag", "second", "back", "reopened", "returned")
    for kind in kinds:
        if found.get(kind):
            yield Decision(kind, found[kind], "review")


def _people(assessment: Assessment) -> Iterator[Decision]:
    """Empty to those who may not see people."""
    detail = assessment.report["annotators_detail"]
    kinds: tuple[Literal["below", "doubtful"], ...] = ("below", "doubtful")
    for kind in kinds:
        names = tuple(name for name, one in detail.items() if one["decision"] == kind)
        if names:
            yield Decision(kind, len(names), "annotators", names)


def _judges(assessment: Assessment) -> Iterator[Decision]:
    """Those that could not stand in for a person on the first target, whatever the margin."""
    failing = tuple(name for name, one in assessment.report["judges"].items() if _fails(one))
    if failing:
        yield Decision("judges", len(failing), "judges", failing)


def _fails(judge: Mapping[str, Any]) -> bool:
    tests = next(iter(judge["targets"].values())).get("alt_test", {})
    known = [test for test in tests.values() if "why" not in test]
    return bool(known) and not any(test["passed"] for test in known)


def _agreement(assessment: Assessment) -> Iterator[Decision]:
    low = tuple(
        name
        for name, found in assessment.report["targets"].items()
        if found["agreement"]["alpha_high"] is not None and found["agreement"]["alpha_high"] < SHAKY
    )
    if low:
        yield Decision("agreement", len(low), "agreement", low, {"target": low[0]})


SHAKY = 0.667
"""Krippendorff's mark below which conclusions are shaky."""
_DRAWN_UP: tuple[Callable[[Assessment], Iterator[Decision]], ...] = (_people, _judges, _agreement)
