"""Handing out items: what comes next and why, hidden checks and repeats.

The cost of a claim depends on the number of lanes, never on the number of items or on how much a person has done.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from random import Random
from typing import Any

from sqlmodel import Session

from core.errors import N_
from core.permissions import Actor, Role
from core.services import audit, leases, outlook, remainder, screens, seats
from core.services.days import day_start
from core.services.fitness import fits
from core.store import returned, work
from core.store.work import Found

REPEAT_AFTER = timedelta(minutes=20)
"""A repeat comes no sooner than this after the first answer."""
ALL_DONE = N_("All items have their answers. Thank you! Your lead can add more.")
ALL_IN_HAND = N_("All items are in progress. Some may become available.")
PILOT_DONE = N_("The pilot has no items left for you. Your lead goes through the disagreements next.")
PILOT_DONE_LEAD = N_(
    "The pilot has no items left for you. The project's Pilot tab shows who still has some, and where the answers differ."
)
NOT_FOR_YOU = N_(
    "No items left for you here. You've done the rest, or they need languages or content you haven't selected."
)
DAILY_LIMIT = N_("You have reached today's limit for this project ({limit}).")


@dataclass(frozen=True)
class Progress:
    """A person's own counts, which every purpose moves alike; `left` is None where more is left than is counted.

    `sent_back` counts answers that reviewers returned, in all projects.
    """

    today: int
    left: int | None
    sent_back: int


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
    at = seats.sit_down(session, actor, now=now, rng=rng, desk=desk, slug=slug)
    seats.require_fit(at.head)
    served, facts = advance(at)
    if facts:
        audit.record(session, actor, now, *facts)
    return served


def advance(
    at: seats.Sitting, *, after_group: str | None = None, undo: int | None = None, begun: datetime | None = None
) -> tuple[Next, list[audit.Fact]]:
    """What is in hand, or a fresh claim, with the facts to record; after an answer to an item begun then, or looked up."""
    in_hand, facts = leases.tidy(at)
    if undo is None:
        last = work.last_answer(at.connection, at.me, at.head.project_id)
        undo = last.id if last and leases.of_this_state(at.head.state, last.purpose) else None
        after_group, begun = (last.group_key, last.at) if last else (None, None)
    if in_hand is not None:
        return show(at, in_hand, undo), facts
    progress = _progress(at, remainder.renew(at, begun))
    limit = at.head.policy.daily_limit
    if limit is not None and progress.today >= limit:
        midnight = day_start(at.now, at.head.preferences) + timedelta(days=1)
        project_id = at.head.project_id
        return Nothing("daily_limit", DAILY_LIMIT, {"limit": limit}, midnight, progress, undo, project_id), facts
    choice = _choose(at, after_group)
    if choice is None:
        remainder.close(at)
        return _nothing(at, replace(progress, left=0), undo), facts
    served = _claim(at, choice, progress, undo)
    subject = f"assignment:{served.assignment} item:{choice.item_id}"
    return served, [*facts, audit.Fact("item.claimed", subject, at.head.project_id)]


def progress_of(at: seats.Sitting) -> Progress:
    return _progress(at, remainder.left(at))


def _progress(at: seats.Sitting, left: int | None) -> Progress:
    return Progress(_today(at), left, returned.count_for(at.connection, at.me))


def _today(at: seats.Sitting) -> int:
    return work.today(at.connection, at.me, at.head.project_id, day_start(at.now, at.head.preferences))


# Choosing -------------------------------------------------------------------------------------------------------------


def _choose(at: seats.Sitting, after_group: str | None) -> _Choice | None:
    if at.head.state == "pilot":
        return _pilot(at)
    fresh = _from_group(at, after_group) or _from_lanes(at)
    return fresh and (_hidden(at) or fresh)


def _hidden(at: seats.Sitting) -> _Choice | None:
    """A check or a repeat now and then, in place of work and never without any: alone it would be known for one."""
    roll, policy = at.rng.random(), at.head.policy
    if roll < policy.gold_rate:
        return _check(at)
    return _repeat(at) if roll < policy.gold_rate + policy.repeat_rate else None


def _pilot(at: seats.Sitting) -> _Choice | None:
    for row in work.pilot_items(at.connection, at.me, at.head.project_id, at.head.policy.pilot.items):
        if not row.seen and fits(row, at.head.languages, at.head.avoids):
            slot = leases.free_slot(at.connection, row.id, "pilot", at.head.policy.pilot.overlap)
            if slot is not None and work.lock_open(at.connection, row.id):
                return _Choice(row.id, row.overlap, "pilot", slot)
    return None


def _check(at: seats.Sitting) -> _Choice | None:
    for start in (at.rng.random(), 0.0):
        for row in work.unseen_checks(at.connection, at.me, at.head.project_id, start):
            if fits(row, at.head.languages, at.head.avoids):
                return _Choice(row.id, row.overlap, "gold")
    return None


def _repeat(at: seats.Sitting) -> _Choice | None:
    span = work.own_answers_between(at.connection, at.me, at.head.project_id)
    if span is None:
        return None
    before = at.now - REPEAT_AFTER
    row = work.repeatable(at.connection, at.me, at.head.project_id, at.rng.randint(*span), before)
    return _Choice(row.id, row.overlap, "repeat", nth=1) if row else None


def _from_group(at: seats.Sitting, group: str | None) -> _Choice | None:
    """The next item of the group just worked on: one conversation, one mind."""
    if group is None:
        return None
    rows = work.open_in_group(at.connection, at.me, at.head.project_id, group)
    return _first_free(at, [row for row in rows if not row.seen])


def _from_lanes(at: seats.Sitting) -> _Choice | None:
    for lane in work.open_lanes(at.connection, at.me, at.head.project_id):
        if fits(lane, at.head.languages, at.head.avoids):
            choice = _from_lane(at, lane.id, lane.position)
            if choice is not None:
                return choice
    return None


def _from_lane(at: seats.Sitting, lane_id: int, position: int) -> _Choice | None:
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


def _busy(at: seats.Sitting, rows: Sequence[Found]) -> set[str]:
    """Groups that somebody else is in the middle of, where one answer an item is wanted."""
    groups = sorted({row.group_key for row in rows if row.group_key is not None and row.overlap == 1})
    since = at.now - timedelta(minutes=at.head.policy.lease_minutes)
    return work.groups_in_hand(at.connection, at.me, at.head.project_id, groups, since) if groups else set()


def _first_free(at: seats.Sitting, rows: Sequence[Found]) -> _Choice | None:
    for row in rows:
        if work.lock_open(at.connection, row.id):
            taken = work.taken_slots(at.connection, row.id, "work")
            if len(taken) < row.overlap:
                slot = leases.lowest_free(taken)
                return _Choice(row.id, row.overlap, "work", slot, last_slot=len(taken) + 1 == row.overlap)
    return None


# Claiming and showing -------------------------------------------------------------------------------------------------


def _claim(at: seats.Sitting, choice: _Choice, progress: Progress, undo: int | None) -> Served:
    item = work.content_of(at.connection, choice.item_id)
    drawn = screens.screen_of(at.head.task, at.head.settings, at.head.extras, item.payload, item.lang)
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
    screen = screens.in_order(drawn, order)
    return Served(assignment, 0, screen, None, at.lease_until, _in_hand(progress), undo, at.head.project_id)


def show(at: seats.Sitting, assignment_id: int, undo: int | None) -> Served:
    row = seats.own_assignment(at.connection, at.actor, assignment_id)
    drawn = screens.screen_of(at.head.task, at.head.settings, at.head.extras, row.payload, row.lang)
    screen = screens.in_order(drawn, row.shown)
    progress = _in_hand(progress_of(at))
    return Served(row.id, row.draft_rev, screen, row.draft, row.lease_until, progress, undo, at.head.project_id)


def _in_hand(progress: Progress) -> Progress:
    return replace(progress, left=remainder.at_least_one(progress.left))


# When there is nothing ------------------------------------------------------------------------------------------------


def _nothing(at: seats.Sitting, progress: Progress, undo: int | None) -> Nothing:
    open_items, due, free_at = outlook.ahead_of(at)
    why, message, back_at = "none_left", ALL_DONE, None
    if at.head.state == "pilot":
        message = PILOT_DONE_LEAD if at.head.role is Role.LEAD else PILOT_DONE
    elif open_items:
        why, message, back_at = "none_for_you", NOT_FOR_YOU, free_at
    elif free_at is not None:
        message, back_at = ALL_IN_HAND, free_at
    hours = round(outlook.hours_left(at.connection, at.head.project_id, open_items), 1)
    return Nothing(why, message, {}, back_at, progress, undo, at.head.project_id, hours, due)
