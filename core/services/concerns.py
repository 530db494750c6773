"""What needs the lead this morning, over all projects: blocked, unanswered, late, starved, to set up, waiting."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any, Literal, get_args

from sqlalchemy import select
from sqlmodel import Session

from core.permissions import Actor, Right
from core.services import labellers, people, progress, projects, summaries
from core.services.progress import Overview, PersonProgress
from core.services.projects import ProjectView
from core.services.starved import Starved, starved
from core.store import batches, returned as returned_store, work

Topic = Literal["blocked", "unanswered", "late", "starved", "out_of_line", "setup", "waiting", "good"]
TOPICS: tuple[Topic, ...] = get_args(Topic)
SOON = timedelta(days=7)
QUIET = timedelta(days=3)


@dataclass(frozen=True)
class Concern:
    """One thing to look at: what kind, in which project, its figures, and the page where it is mended."""

    topic: Topic
    kind: str
    page: str
    project: ProjectView | None = None
    figures: Mapping[str, Any] = field(default_factory=dict, hash=False)
    at: Mapping[str, str] = field(default_factory=dict, hash=False)
    """Where on that page, as parts of its address."""


@dataclass(frozen=True)
class Morning:
    """Concerns by topic, the most pressing first, those of one cause together, and how every project stands."""

    concerns: tuple[Concern, ...]
    projects: tuple[Overview, ...]

    def about(self, topic: Topic) -> tuple[Concern, ...]:
        return tuple(concern for concern in self.concerns if concern.topic == topic)

    @property
    def causes(self) -> tuple[tuple[Concern, ...], ...]:
        """What is to be done, in however many projects."""
        return tuple(tuple(found) for _kind, found in groupby(self.concerns, key=_cause))

    @property
    def pressing(self) -> int:
        return sum(cause[0].topic != "good" for cause in self.causes)


def _cause(concern: Concern) -> tuple[int, str]:
    return TOPICS.index(concern.topic), concern.kind


@dataclass(frozen=True)
class _Look:
    """All that is known of one project when its concerns are drawn up."""

    project: ProjectView
    overview: Overview
    starved: Starved
    labellers: int
    checks: int
    flags: Mapping[str, int]
    batches: tuple[Any, ...]
    sent_back: tuple[int, datetime] | None
    """Answers that were sent back and that their authors leave unanswered for QUIET, and since when the oldest."""
    examples: int
    """Proposed for the guidelines and not decided on."""
    now: datetime

    @property
    def open_to_work(self) -> bool:
        return self.project.state in ("pilot", "live")

    def concern(self, topic: Topic, kind: str, page: str, **figures: Any) -> Concern:
        return _concern(self.project, topic, kind, page, **figures)


def _concern(project: ProjectView, topic: Topic, kind: str, page: str, **figures: Any) -> Concern:
    at = {"tab": _TABS[kind]} if kind in _TABS else {}
    return Concern(topic, kind, page, project, figures, at)


_TABS: Mapping[str, str] = {
    **dict.fromkeys(("no_people", "nobody_fits", "all_had", "draft_people"), "people"),
    **dict.fromkeys(("acknowledge", "not_qualified", "languages", "content"), "people"),
}
"""Of a project's page, where these are mended."""


@dataclass(frozen=True)
class _Counted:
    """Of all the projects in one go: people who label, hidden checks, batches that are due, what review waits for."""

    labellers: Mapping[int, int]
    checks: Mapping[int, int]
    batches: tuple[Any, ...]
    sent_back: Mapping[int, tuple[int, datetime]]
    examples: Mapping[int, int]


def today(session: Session, actor: Actor, *, now: datetime) -> Morning:
    led = [p for p in projects.where(session, actor, Right.MANAGE_PROJECT) if p.state != "done"]
    counted = _counted(session, led, now)
    looks = [_look(session, actor, project, counted, now) for project in led]
    concerns = [concern for look in looks for draw_up in _DRAWN_UP for concern in draw_up(look)]
    concerns += _waiting(session, actor, now)
    kinds = list(dict.fromkeys(concern.kind for concern in concerns))
    ordered = sorted(concerns, key=lambda concern: (TOPICS.index(concern.topic), kinds.index(concern.kind)))
    return Morning(tuple(ordered), tuple(look.overview for look in looks))


def _look(session: Session, actor: Actor, project: ProjectView, counted: _Counted, now: datetime) -> _Look:
    overview = progress.overview(session, actor, project.slug, now=now)
    return _Look(
        project,
        overview,
        starved(session, actor, project.slug),
        counted.labellers.get(project.id, 0),
        counted.checks.get(project.id, 0),
        {state: overview.states.get(state, 0) for state in ("flagged", "quarantined")},
        tuple(row for row in counted.batches if row.project_id == project.id),
        counted.sent_back.get(project.id),
        counted.examples.get(project.id, 0),
        now,
    )


# One project ----------------------------------------------------------------------------------------------------------


def _blocked(look: _Look) -> Iterator[Concern]:
    if look.project.state == "paused":
        yield look.concern(
            "blocked", "paused", "projects", since=look.project.state_at, remaining=look.overview.finish.remaining
        )
    if not look.open_to_work:
        return
    if not look.overview.items:
        yield look.concern("blocked", "no_items", "import")
    if not look.labellers:
        yield look.concern("blocked", "no_people", "projects")
    if look.project.policy.gold_rate and look.checks < summaries.FEWEST_CHECKS:
        yield look.concern("blocked", "few_checks", "import", n=look.checks, wanted=summaries.FEWEST_CHECKS)


def _setup(look: _Look) -> Iterator[Concern]:
    """The next step of a draft."""
    if look.project.state != "draft":
        return
    items = sum(look.overview.states.values())
    if not items:
        yield look.concern("setup", "draft_items", "import")
    elif not look.labellers:
        yield look.concern("setup", "draft_people", "projects", n=items)
    else:
        yield look.concern("setup", "draft_ready", "projects", n=items, people=look.labellers)


def _unanswered(look: _Look) -> Iterator[Concern]:
    if look.flags["quarantined"]:
        yield look.concern("unanswered", "personal_data", "progress", n=look.flags["quarantined"])
    if look.flags["flagged"]:
        yield look.concern("unanswered", "flagged", "progress", n=look.flags["flagged"])
    if look.examples:
        yield look.concern("unanswered", "examples", "review", n=look.examples)


def _sent_back(look: _Look) -> Iterator[Concern]:
    if look.sent_back is not None:
        n, since = look.sent_back
        yield look.concern("waiting", "returned", "review", n=n, since=since)


def _late(look: _Look) -> Iterator[Concern]:
    pace = look.overview.finish.pace
    for row in look.batches if look.open_to_work else ():
        figures = {"batch": row.name, "n": row.n, "due": row.due_at}
        if row.due_at < look.now:
            yield look.concern("late", "overdue", "progress", **figures)
        elif pace is not None and _too_slow(row, pace.value / look.overview.answers_an_item, look.now):
            yield look.concern("late", "at_risk", "progress", **figures)
    last = look.overview.last_at
    if look.project.state == "live" and look.overview.finish.remaining and last and look.now - last > QUIET:
        yield look.concern("late", "quiet", "progress", since=last)


def _too_slow(row: Any, items_a_day: float, now: datetime) -> bool:
    return bool(items_a_day * ((row.due_at - now) / timedelta(days=1)) < row.n)


def out_of_work(session: Session, actor: Actor, slug: str) -> tuple[Concern, ...]:
    """Of one project, what keeps people without items and items without people; names to those who may see people."""
    project = projects.get(session, actor, slug)
    found = starved(session, actor, slug)
    return tuple(_starving(project, found)) if labellers.of_all(session, [project])[project.id] else ()


def _starved(look: _Look) -> Iterator[Concern]:
    return _starving(look.project, look.starved) if look.labellers else iter(())


def _starving(project: ProjectView, waiting: Starved) -> Iterator[Concern]:
    stuck = waiting.items
    by_why: dict[str, list[str]] = {}
    for person in waiting.people:
        if _SAME_CAUSE.get(person.why) not in {found.why for found in stuck}:
            by_why.setdefault(person.why, []).append(person.person)
    for why, names in by_why.items():
        yield _concern(project, "starved", why, "projects", names=tuple(names), n=len(names))
    for found in stuck:
        if found.why == "nobody_fits":
            langs = tuple(tag for tag in (found.lang, found.response_lang) if tag)
            yield _concern(
                project, "starved", found.why, "projects", n=found.items, langs=langs, sensitive=found.sensitive
            )
    if all_had := sum(found.items for found in stuck if found.why == "all_had"):
        yield _concern(project, "starved", "all_had", "projects", n=all_had)


_SAME_CAUSE: Mapping[str, str] = {"languages": "nobody_fits", "content": "nobody_fits", "had_all": "all_had"}
"""Why people have nothing to do, to why items lie open: said once, of the items, whose row says what to do."""


def _out_of_line(look: _Look) -> Iterator[Concern]:
    for person, why in out_of_line(look.overview.people) if look.open_to_work else ():
        figures = {
            "name": person.name,
            "gold": person.gold,
            "per_hour": person.per_hour_range,
            "target": look.overview.target,
        }
        yield replace(look.concern("out_of_line", why, "annotators", **figures), at={"person": person.name})


def _good(look: _Look) -> Iterator[Concern]:
    if look.project.state == "live" and look.overview.items and not look.overview.finish.remaining:
        yield look.concern("good", "all_done", "export", n=look.overview.items)


_DRAWN_UP: tuple[Callable[[_Look], Iterable[Concern]], ...] = (
    _blocked, _unanswered, _sent_back, _late, _starved, _out_of_line, _setup, _good,
)  # fmt: skip


def out_of_line(people: Sequence[PersonProgress], least: int = 3) -> list[tuple[PersonProgress, str]]:
    """People the lead should look at: `below` the target on gold, or `slow` or `fast` beside the team's middle."""
    rated = sorted(p.per_hour for p in people if p.per_hour)
    middle = rated[len(rated) // 2] if len(rated) >= least else None
    tests: tuple[tuple[str, Callable[[PersonProgress], bool]], ...] = (
        ("below", lambda p: p.decision == "below"),
        ("slow", lambda p: bool(middle and p.per_hour_range and p.per_hour_range.high < middle / 2)),
        ("fast", lambda p: bool(middle and p.per_hour_range and p.per_hour_range.low > middle * 2)),
    )
    return [(person, why) for person in people for why, is_so in tests if is_so(person)]


# Reading --------------------------------------------------------------------------------------------------------------


def _waiting(session: Session, actor: Actor, now: datetime) -> list[Concern]:
    if not actor.may(Right.MANAGE_PEOPLE):
        return []
    pending = people.invitations(session, actor, now=now)
    if not pending:
        return []
    return [Concern("waiting", "invitations", "people", None, {"n": len(pending), "oldest": pending[0].created_at})]


def _counted(session: Session, led: Sequence[ProjectView], now: datetime) -> _Counted:
    connection, ids = session.connection(), [project.id for project in led]
    return _Counted(
        {one: len(who) for one, who in labellers.of_all(session, led).items()},
        summaries.hidden_checks(session, ids),
        tuple(connection.execute(_due(ids, now))),
        returned_store.unanswered(connection, ids, now - QUIET),
        returned_store.waiting_examples(connection, ids),
    )


def _due(ids: Sequence[int], now: datetime) -> Any:
    """Unfinished batches due by SOON, and how many items each still has to do."""
    batch = work.batch
    query = select(batch.c.project_id, batch.c.name, batch.c.due_at, batches.left().label("n"))
    chosen = (batch.c.project_id.in_(ids), batch.c.due_at < now + SOON, batches.unfinished())
    return query.where(*chosen).order_by(batch.c.due_at)
