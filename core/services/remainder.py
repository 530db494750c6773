"""About how many items are left for a person: a plan that each item moves by one, whatever its purpose (ADR 17).

The number counts down from a plan that is made at most once in so many items. Counting anew after every item would tell
hidden checks and repeats apart: only work makes the queue shorter.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Protocol

from sqlalchemy import Connection

from core.services.fitness import fits
from core.services.policies import Policy
from core.services.projects import ProjectView
from core.services.seats import Sitting
from core.store import remainders, work

RENEW_AFTER = 50
"""Items after which a plan is made anew: their sum says nothing of any one of them."""
RENEW_EMPTY_AFTER = 20
"""The same for a plan that came out too short."""
RENEW_RESTED_AFTER = 5
"""The same when the person comes back after REST: meanwhile others have worked on."""
REST = timedelta(hours=8)
MOST_COUNTED = 500


class Ahead(Protocol):
    """A lane with open items, and how far a person has come in it."""

    @property
    def id(self) -> int: ...
    @property
    def position(self) -> int: ...


def renew(at: Sitting, begun: datetime | None) -> int | None:
    """What is left, before an item is handed out and with none in hand; the plan is made anew where it is due.

    The person has worked since `begun`, as far as is known; None if they have answered nothing yet.
    """
    plan = remainders.plan_of(at.connection, at.me, at.head.project_id)
    due = plan is None or _due(plan.planned, plan.since, _rested(begun, at.now))
    if plan is not None and plan.state == at.head.state and not due:
        return _told(plan.planned)
    left = _expected_here(at)
    remainders.make(at.connection, at.me, at.head.project_id, at.head.state, left, 0)
    return left


def _due(left: int | None, since: int, rested: bool) -> bool:
    too_short = left is not None and left <= 0
    return (
        since >= RENEW_AFTER or (since >= RENEW_EMPTY_AFTER and too_short) or (since >= RENEW_RESTED_AFTER and rested)
    )


def _rested(begun: datetime | None, now: datetime) -> bool:
    return begun is not None and now - begun >= REST


def move(at: Sitting, items: int = 1) -> None:
    """After an item was submitted, skipped or reported; -1 when that is undone."""
    remainders.move(at.connection, at.me, at.head.project_id, items)


def close(at: Sitting) -> None:
    """Nothing is left: whatever comes next starts a plan of its own."""
    remainders.make(at.connection, at.me, at.head.project_id, at.head.state, 0, RENEW_AFTER)


def left(at: Sitting) -> int | None:
    """As the plan says; None where more is left than anybody counts."""
    plan = remainders.plan_of(at.connection, at.me, at.head.project_id)
    return _told(plan.planned) if plan is not None else 0


def left_ahead(
    connection: Connection, me: int, project: ProjectView, lanes: Sequence[Ahead], *, now: datetime
) -> int | None:
    """The same for somebody who is choosing where to work: 0 only where nothing at all is left."""
    fresh = fresh_in(connection, me, project.id, project.state, project.policy, lanes)
    in_hand = remainders.in_hand(connection, me, project.id)
    if not fresh and not in_hand:
        return 0
    plan = remainders.plan_of(connection, me, project.id)
    if plan is not None and plan.state == project.state:
        last = None if in_hand else work.last_answer(connection, me, project.id)
        if in_hand or not _due(plan.planned, plan.since, _rested(last and last.at, now)):
            return at_least_one(_told(plan.planned))
    return at_least_one(_expected(connection, me, project.id, project.state, project.policy, fresh))


def at_least_one(left: int | None) -> int | None:
    """For whoever has an item before them, should the plan have come out too short."""
    return None if left is None else max(left, 1)


def _told(left: int | None) -> int | None:
    return None if left is None else max(left, 0)


# Planning -------------------------------------------------------------------------------------------------------------


def _expected_here(at: Sitting) -> int | None:
    head = at.head
    lanes = [
        lane
        for lane in work.open_lanes(at.connection, at.me, head.project_id)
        if fits(lane, head.languages, head.avoids)
    ]
    fresh = fresh_in(at.connection, at.me, head.project_id, head.state, head.policy, lanes)
    return _expected(at.connection, at.me, head.project_id, head.state, head.policy, fresh)


def _expected(connection: Connection, me: int, project_id: int, state: str, policy: Policy, fresh: int) -> int | None:
    """Fresh items, with the checks and repeats that are to be mixed among them."""
    if fresh >= MOST_COUNTED:
        return None
    if state == "pilot":
        return fresh
    in_all = fresh / (1 - policy.gold_rate - policy.repeat_rate)
    checks = in_all * policy.gold_rate
    if checks:
        checks = min(checks, remainders.unseen_checks(connection, me, project_id, MOST_COUNTED))
    return fresh + round(checks + in_all * policy.repeat_rate)


def fresh_in(
    connection: Connection, me: int, project_id: int, state: str, policy: Policy, lanes: Sequence[Ahead]
) -> int:
    """Items of work in these lanes that are new to the person, counted up to MOST_COUNTED."""
    if state == "pilot":
        fit = {lane.id for lane in lanes}
        rows = work.pilot_items(connection, me, project_id, policy.pilot.items)
        return sum(not row.seen and row.lane_id in fit for row in rows)
    found = 0
    for lane in lanes:
        if found >= MOST_COUNTED:
            break
        found += remainders.fresh(connection, me, lane.id, lane.position, MOST_COUNTED - found)
    return found
