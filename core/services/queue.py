"""Handing out items: who may work, what comes next and why, leases, hidden checks and repeats.

The cost of a claim depends on the number of lanes, never on the number of items or on how much a person has done.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from itertools import count
from random import Random
from typing import Any

import orjson
from sqlalchemy import Connection, func, select
from sqlmodel import Session

from core.errors import N_, Conflict, NotAllowed, NotFound
from core.permissions import RIGHTS, Actor, Right, Role
from core.services import audit
from core.services.days import day_start
from core.services.fitness import fits
from core.services.projects import Extras, Policy, rubric_of
from core.services.richtext import render
from core.store import work
from core.store.work import Found
from core.tasks.base import TaskType

REPEAT_AFTER = timedelta(minutes=20)
"""A repeat comes no sooner than this after the first answer."""
MOST_COUNTED = 100_000
ALL_DONE = N_("All items have their answers. Thank you! Your lead can add more.")
ALL_IN_HAND = N_("All items are in somebody's hands. Some may come free.")
PILOT_DONE = N_("The pilot has no items left for you. Your lead goes through the disagreements next.")
NOT_FOR_YOU = N_(
    "Nothing here is left for you: you have answered it, or it needs other languages or content than you take."
)
DAILY_LIMIT = N_("You have reached today's limit of {limit} answers in this project.")
DESK_SILENCE = timedelta(minutes=2)
"""A desk not heard of for this long gives up its seat."""


@dataclass(frozen=True)
class Head:
    """A person in front of a project: all that a claim needs to know."""

    project_id: int
    slug: str
    task: str
    state: str
    policy: Policy
    role: Role | None
    standing: str
    qualified: bool
    acknowledged: int
    avoids: frozenset[str]
    languages: frozenset[str]
    preferences: Mapping[str, Any] = field(hash=False)
    settings_version: int
    settings: str
    extras: str
    guideline_version: int
    has_guidelines: bool
    desk: str | None
    desk_seen_at: datetime | None

    @property
    def rubric(self) -> TaskType[Any, Any]:
        return rubric_of(self.task, self.settings.encode())


@dataclass(frozen=True)
class Sitting:
    """One call of one person at one project: what every step of it needs."""

    session: Session
    actor: Actor
    me: int
    head: Head
    now: datetime
    rng: Random
    connection: Connection

    @property
    def lease_until(self) -> datetime:
        return self.now + timedelta(minutes=self.head.policy.lease_minutes)


@dataclass(frozen=True)
class Progress:
    today: int


@dataclass(frozen=True)
class Served:
    """An item in hand: what the desk draws."""

    assignment: int
    rev: int
    screen: dict[str, Any]
    draft: dict[str, Any] | None
    lease_until: datetime
    progress: Progress
    undo: int | None
    project_id: int


@dataclass(frozen=True)
class Nothing:
    """No item, and why; `back_at`: when to look again."""

    why: str
    message: str
    params: Mapping[str, Any]
    back_at: datetime | None
    progress: Progress
    undo: int | None
    project_id: int
    hours_left: float | None = None
    next_due: datetime | None = None


Next = Served | Nothing


@dataclass(frozen=True)
class _Choice:
    item_id: int
    overlap: int
    purpose: str
    slot: int | None = None
    nth: int = 0
    last_slot: bool = False
    """Whether this claim leaves no slot of the item free."""


def next_screen(
    session: Session, actor: Actor, *, now: datetime, rng: Random, slug: str, desk: str | None = None
) -> Next:
    """The item in hand, or else the next one, claimed."""
    audit.in_turn(session)
    at = sit_down(session, actor, now=now, rng=rng, desk=desk, slug=slug)
    require_fit(at.head)
    served, facts = advance(at)
    if facts:
        audit.record(session, actor, now, *facts)
    return served


def advance(at: Sitting, *, after_group: str | None = None, undo: int | None = None) -> tuple[Next, list[audit.Fact]]:
    """What is in hand, or a fresh claim, with the facts to record."""
    in_hand, facts = _tidy(at)
    progress = progress_of(at)
    if undo is None:
        last = work.last_answer(at.connection, at.me, at.head.project_id)
        undo, after_group = (last.id, last.group_key) if last else (None, None)
    if in_hand is None:
        limit = at.head.policy.daily_limit
        if limit is not None and progress.today >= limit:
            midnight = day_start(at.now, at.head.preferences) + timedelta(days=1)
            project_id = at.head.project_id
            return Nothing("daily_limit", DAILY_LIMIT, {"limit": limit}, midnight, progress, undo, project_id), facts
        choice = _choose(at, after_group)
        if choice is None:
            return _nothing(at, progress, undo), facts
        served = _claim(at, choice, progress, undo)
        subject = f"assignment:{served.assignment} item:{choice.item_id}"
        return served, [*facts, audit.Fact("item.claimed", subject, at.head.project_id)]
    return show(at, in_hand, progress, undo), facts


def progress_of(at: Sitting) -> Progress:
    since = day_start(at.now, at.head.preferences)
    return Progress(work.today(at.connection, at.me, at.head.project_id, since))


def renew(session: Session, actor: Actor, assignment_id: int, *, now: datetime) -> datetime:
    """A longer lease for an item in hand."""
    row = own_assignment(audit.in_turn(session), actor, assignment_id)
    if row.state != "held":
        raise Conflict(
            "This item is no longer yours: its time ran out. What you wrote is kept; "
            "submitting still works while nobody else has taken it.",
            code="lease_over",
        )
    head = head_of(session.connection(), actor, project_id=row.project_id)
    until = now + timedelta(minutes=head.policy.lease_minutes)
    work.extend(session.connection(), assignment_id, until)
    return until


# Who and where --------------------------------------------------------------------------------------------------------


def head_of(connection: Connection, actor: Actor, *, slug: str | None = None, project_id: int | None = None) -> Head:
    if actor.person_id is None:
        raise NotAllowed("Only a person can work at the desk.")
    row = (
        work.head(connection, actor.person_id, slug)
        if slug is not None
        else work.head_by_id(connection, actor.person_id, project_id or 0)
    )
    sees_all = actor.role in (Role.ADMIN, Role.LEAD)
    if row is None or not (sees_all or (row.role is not None and row.standing != "removed")):
        raise NotFound("There is no project {slug}, or you are not a member of it.", slug=slug or project_id)
    role = Role.LEAD if sees_all else Role(row.role)
    return Head(
        row.id, row.slug, row.task, row.state, _policy(orjson.dumps(row.policy)), role, row.standing or "active", bool(row.qualified) or sees_all,
        row.acknowledged_guideline or 0, frozenset(row.avoids or ()), frozenset(row.languages or ()), row.preferences or {}, row.settings_version,
        row.settings, row.extras, row.guideline_version, bool(row.has_guidelines), row.desk, row.desk_seen_at,
    )  # fmt: skip


def sit_down(
    session: Session, actor: Actor, *, now: datetime, rng: Random, desk: str | None,
    slug: str | None = None, project_id: int | None = None,
) -> Sitting:  # fmt: skip
    """Take a seat: raises Conflict `second_desk` while the person's other desk is in use. Programs have no desk."""
    connection = session.connection()
    head = head_of(connection, actor, slug=slug, project_id=project_id)
    at = Sitting(session, actor, person_id(actor), head, now, rng, connection)
    if desk is not None:
        _seat(at, desk)
    return at


def _seat(at: Sitting, desk: str) -> None:
    silence = None if at.head.desk_seen_at is None else at.now - at.head.desk_seen_at
    if at.head.desk not in (None, desk) and silence is not None and silence < DESK_SILENCE:
        raise Conflict(
            "You are working at another desk: a second tab or another device. Continue there, or take over here.",
            code="second_desk",
        )
    if at.head.desk != desk or silence is None or silence > DESK_SILENCE / 4:
        work.seat(at.connection, at.me, desk, at.now)


def require_fit(head: Head) -> None:
    """Raise NotAllowed, with where to go, unless this person may label in this project now."""
    if head.role is None or Right.LABEL not in RIGHTS[head.role]:
        raise NotAllowed("Your role in this project is to look, not to label.")
    if head.state in ("draft", "done"):
        raise NotAllowed("This project is not open for work.", code="project_closed")
    if head.state == "paused" or head.standing == "paused":
        raise NotAllowed(
            "This project is paused. Your drafts are kept; come back when your lead opens it again.", code="paused"
        )
    if head.state == "live" and head.policy.ladder and not head.qualified:
        raise NotAllowed("You are not qualified for this project yet.", code="not_qualified")
    if head.has_guidelines and head.acknowledged < head.guideline_version:
        raise NotAllowed("Please read the guidelines first; they are new or have changed.", code="acknowledge")


def own_assignment(connection: Connection, actor: Actor, assignment_id: int) -> Found:
    """Of work; what a reviewer holds is none of the work desk's."""
    row = work.assigned(connection, assignment_id)
    if row is None or row.person_id != actor.person_id or row.purpose == "review":
        raise NotFound("This item is not in your hands.")
    return row


# Leases ---------------------------------------------------------------------------------------------------------------


def _tidy(at: Sitting) -> tuple[int | None, list[audit.Fact]]:
    """Expire what is overdue in the project; then what is in hand, if anything: held first, else one's own expired item."""
    rows = work.pending(at.connection, at.me, at.head.project_id, at.now)
    held = [row.id for row in rows if row.mine and row.state == "held"]
    facts = []
    for row in rows:
        if not row.mine and row.id not in held:
            expire(at.connection, row)
            facts.append(audit.Fact("lease.expired", f"assignment:{row.id} item:{row.item_id}", at.head.project_id))
    if held:
        return min(held), facts
    for row in rows:
        if row.mine and row.state == "expired" and take_back(at, row.id):
            facts.append(audit.Fact("item.reclaimed", f"assignment:{row.id} item:{row.item_id}", at.head.project_id))
            return row.id, facts
    return None, facts


def expire(connection: Connection, row: Found) -> None:
    """The draft stays with its owner; the slot is free for others."""
    work.expire(connection, row.id)
    if row.purpose == "work":
        release_slot(connection, row.item_id)


def release_slot(connection: Connection, item_id: int) -> None:
    """An item that had all its slots taken is open again, at the end of its lane."""
    row = connection.execute(select(work.item.c.state, work.item.c.lane_id).where(work.item.c.id == item_id)).one()
    if row.state in ("open", "taken", "done"):
        work.requeue(connection, item_id, row.lane_id)


def take_back(at: Sitting, assignment_id: int) -> bool:
    """Hold an expired assignment again, if its item still has a slot."""
    row = work.assigned(at.connection, assignment_id)
    if row is None or not _still_wanted(at, row):
        return False
    slot = None
    if row.purpose in ("work", "pilot"):
        slot = _free_slot(at.connection, row.item_id, row.purpose, _overlap(at, row))
        if slot is None:
            return False
    work.hold(at.connection, assignment_id, slot, at.lease_until)
    if row.purpose == "work":
        _close_if_full(at.connection, row.item_id, row.overlap)
    return True


def _still_wanted(at: Sitting, row: Found) -> bool:
    match row.purpose:
        case "work":
            return bool(row.item_state == "open") and work.lock_open(at.connection, row.item_id)
        case "pilot":
            return at.head.state == "pilot"
        case _:
            return at.head.state == "live"


def _overlap(at: Sitting, row: Found) -> int:
    return at.head.policy.pilot.overlap if row.purpose == "pilot" else int(row.overlap)


# Choosing -------------------------------------------------------------------------------------------------------------


def _choose(at: Sitting, after_group: str | None) -> _Choice | None:
    if at.head.state == "pilot":
        return _pilot(at)
    roll, policy = at.rng.random(), at.head.policy
    hidden = None
    if roll < policy.gold_rate:
        hidden = _check(at)
    elif roll < policy.gold_rate + policy.repeat_rate:
        hidden = _repeat(at)
    return hidden or _from_group(at, after_group) or _from_lanes(at)


def _pilot(at: Sitting) -> _Choice | None:
    for row in work.pilot_items(at.connection, at.me, at.head.project_id, at.head.policy.pilot.items):
        if not row.seen and fits(row, at.head.languages, at.head.avoids):
            slot = _free_slot(at.connection, row.id, "pilot", at.head.policy.pilot.overlap)
            if slot is not None and work.lock_open(at.connection, row.id):
                return _Choice(row.id, row.overlap, "pilot", slot)
    return None


def _check(at: Sitting) -> _Choice | None:
    for start in (at.rng.random(), 0.0):
        for row in work.unseen_checks(at.connection, at.me, at.head.project_id, start):
            if fits(row, at.head.languages, at.head.avoids):
                return _Choice(row.id, row.overlap, "gold")
    return None


def _repeat(at: Sitting) -> _Choice | None:
    span = work.own_answers_between(at.connection, at.me, at.head.project_id)
    if span is None:
        return None
    before = at.now - REPEAT_AFTER
    row = work.repeatable(at.connection, at.me, at.head.project_id, at.rng.randint(*span), before)
    return _Choice(row.id, row.overlap, "repeat", nth=1) if row else None


def _from_group(at: Sitting, group: str | None) -> _Choice | None:
    """The next item of the group just worked on: one conversation, one mind."""
    if group is None:
        return None
    rows = work.open_in_group(at.connection, at.me, at.head.project_id, group)
    return _first_free(at, [row for row in rows if not row.seen])


def _from_lanes(at: Sitting) -> _Choice | None:
    for lane in work.open_lanes(at.connection, at.me, at.head.project_id):
        if fits(lane, at.head.languages, at.head.avoids):
            choice = _from_lane(at, lane.id, lane.position)
            if choice is not None:
                return choice
    return None


def _from_lane(at: Sitting, lane_id: int, position: int) -> _Choice | None:
    """Walk the lane from the cursor on, a window at a time; what is of no use is left behind for good."""
    start = useless = position
    waiting: list[Found] = []
    choice = None
    while choice is None and (rows := work.next_in_lane(at.connection, at.me, lane_id, start)):
        if useless == start:
            useless = _useless(rows, start)
        fresh = [row for row in rows if not row.seen]
        busy = _busy(at, fresh)
        waiting += [row for row in fresh if row.group_key in busy]
        choice = _first_free(at, [row for row in fresh if row.group_key not in busy])
        start = rows[-1].position
    choice = choice or _first_free(at, waiting)
    if useless > position + (work.WINDOW // 2 if choice else 0):
        work.move_cursor(at.connection, at.me, lane_id, useless)
    return choice


def _useless(rows: Sequence[Found], position: int) -> int:
    """The position up to which every open item was of no use."""
    for row in rows:
        if not row.seen:
            return position
        position = row.position
    return position


def _busy(at: Sitting, rows: Sequence[Found]) -> set[str]:
    """Groups that somebody else is in the middle of, where one answer an item is wanted."""
    groups = sorted({row.group_key for row in rows if row.group_key is not None and row.overlap == 1})
    since = at.now - timedelta(minutes=at.head.policy.lease_minutes)
    return work.groups_in_hand(at.connection, at.me, at.head.project_id, groups, since) if groups else set()


def _first_free(at: Sitting, rows: Sequence[Found]) -> _Choice | None:
    for row in rows:
        if work.lock_open(at.connection, row.id):
            taken = work.taken_slots(at.connection, row.id, "work")
            if len(taken) < row.overlap:
                slot = _lowest_free(taken)
                return _Choice(row.id, row.overlap, "work", slot, last_slot=len(taken) + 1 == row.overlap)
    return None


def _free_slot(connection: Connection, item_id: int, purpose: str, overlap: int) -> int | None:
    taken = work.taken_slots(connection, item_id, purpose)
    return _lowest_free(taken) if len(taken) < overlap else None


def _lowest_free(taken: set[int]) -> int:
    return next(n for n in count(1) if n not in taken)


# Claiming and showing -------------------------------------------------------------------------------------------------


def _claim(at: Sitting, choice: _Choice, progress: Progress, undo: int | None) -> Served:
    item = work.content_of(at.connection, choice.item_id)
    drawn = screen_of(at.head.task, at.head.settings, at.head.extras, item.payload, item.lang)
    order = [c["id"] for show in drawn["shows"] for c in show.get("candidates", ())] or None
    if order:
        at.rng.shuffle(order)
    row = {
        "item_id": choice.item_id, "overlap": choice.overlap, "person_id": at.me, "project_id": at.head.project_id,
        "purpose": choice.purpose, "nth": choice.nth, "state": "held", "slot": choice.slot, "shown": order,
        "settings_version": at.head.settings_version, "guideline_version": at.head.guideline_version,
        "claimed_at": at.now, "lease_until": at.lease_until, "draft_rev": 0,
    }  # fmt: skip
    assignment = work.add_assignment(at.connection, row)
    if choice.last_slot:
        work.set_item_state(at.connection, choice.item_id, "taken")
    screen = in_order(drawn, order)
    return Served(assignment, 0, screen, None, at.lease_until, progress, undo, at.head.project_id)


def _close_if_full(connection: Connection, item_id: int, overlap: int) -> None:
    if overlap == 1 or len(work.taken_slots(connection, item_id, "work")) >= overlap:
        work.set_item_state(connection, item_id, "taken")


def show(at: Sitting, assignment_id: int, progress: Progress, undo: int | None) -> Served:
    row = own_assignment(at.connection, at.actor, assignment_id)
    drawn = screen_of(at.head.task, at.head.settings, at.head.extras, row.payload, row.lang)
    screen = in_order(drawn, row.shown)
    return Served(row.id, row.draft_rev, screen, row.draft, row.lease_until, progress, undo, at.head.project_id)


@lru_cache(maxsize=2048)
def screen_of(task: str, settings: str, extras: str, payload: str, lang: str) -> dict[str, Any]:
    """The screen of an item as JSON, its texts rendered where they hold Markdown. Not to be changed: it is shared."""
    rubric = rubric_of(task, settings.encode())
    screen = rubric.screen(rubric.parse_payload(orjson.loads(payload))).as_json()
    for show in screen["shows"]:
        for part in (show, *show.get("turns", ()), *show.get("candidates", ())):
            _add_html(part)
        for candidate in show.get("candidates", ()):
            for turn in candidate.get("turns", ()):
                _add_html(turn)
    screen["lang"] = lang
    screen["extras"] = Extras.model_validate_json(extras).model_dump(mode="json")
    return screen


def _add_html(part: Any) -> None:
    if isinstance(part.get("text"), str):
        html = render(part["text"])
        if html is not None:
            part["html"] = html


def in_order(screen: dict[str, Any], order: Sequence[str] | None) -> dict[str, Any]:
    """The screen with its candidates in the order given, wherever they are named."""
    if not order:
        return screen
    place = {name: n for n, name in enumerate(order)}
    shows = [
        {**show, "candidates": sorted(show["candidates"], key=lambda c: place[c["id"]])}
        if show["kind"] == "candidates"
        else show
        for show in screen["shows"]
    ]
    asks = [
        {**ask, "candidates": sorted(ask["candidates"], key=place.__getitem__)} if "candidates" in ask else ask
        for ask in screen["asks"]
    ]
    return {**screen, "shows": shows, "asks": asks}


# When there is nothing ------------------------------------------------------------------------------------------------


def _nothing(at: Sitting, progress: Progress, undo: int | None) -> Nothing:
    open_items, due, free_at = _outlook(at)
    why, message, back_at = "none_left", ALL_DONE, None
    if at.head.state == "pilot":
        message = PILOT_DONE
    elif open_items:
        why, message, back_at = "none_for_you", NOT_FOR_YOU, free_at
    elif free_at is not None:
        message, back_at = ALL_IN_HAND, free_at
    hours = round(_hours_left(at.connection, at.head.project_id, open_items), 1)
    return Nothing(why, message, {}, back_at, progress, undo, at.head.project_id, hours, due)


def _outlook(at: Sitting) -> tuple[int, datetime | None, datetime | None]:
    """(open items, counted up to a bound; when the next batch is due; when the next lease of somebody else ends)."""
    item, batch, assignment, project_id = work.item, work.batch, work.assignment, at.head.project_id
    some = select(item.c.id).where(item.c.project_id == project_id, item.c.state == "open").limit(MOST_COUNTED)
    due = select(func.min(batch.c.due_at)).where(batch.c.project_id == project_id, batch.c.due_at > at.now)
    leases = select(func.min(assignment.c.lease_until)).where(
        assignment.c.project_id == project_id, assignment.c.state == "held", assignment.c.person_id != at.me, work.NOT_REVIEW
    )
    open_items = at.connection.execute(select(func.count()).select_from(some.subquery())).scalar_one()
    return open_items, at.connection.execute(due).scalar(), at.connection.execute(leases).scalar()


def _hours_left(connection: Connection, project_id: int, open_items: int) -> float:
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


@lru_cache(maxsize=512)
def _policy(raw: bytes) -> Policy:
    return Policy.model_validate_json(raw)


def person_id(actor: Actor) -> int:
    if actor.person_id is None:
        raise NotAllowed("Only a person can work at the desk.")
    return actor.person_id


def take_desk(session: Session, actor: Actor, desk: str, *, now: datetime) -> None:
    """From now on this is the person's one desk; the other is told when it next speaks."""
    work.seat(session.connection(), person_id(actor), desk, now)


def tally(session: Session, project_id: int) -> tuple[int, int]:
    """(items with all their answers, items that are to be answered) of a project."""
    rows = session.connection().execute(
        select(work.item.c.state, func.count().label("n"))
        .where(work.item.c.project_id == project_id)
        .group_by(work.item.c.state)
    )
    by_state: dict[str, int] = {row.state: row.n for row in rows}
    done = by_state.get("done", 0)
    return done, done + by_state.get("open", 0) + by_state.get("taken", 0)
