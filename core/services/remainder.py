"""About how many items are left for a person: a plan that each item moves by one, whatever its purpose (ADR 17).

The number counts down from a plan that is made at most once in RENEW_EMPTY_AFTER items. Counting anew after every item
would tell hidden checks and repeats apart: only work makes the queue shorter.
"""

from collections.abc import Sequence
from typing import Protocol

from sqlalchemy import Connection

from core.services.fitness import fits
from core.services.policies import Policy
from core.services.seats import Sitting
from core.store import remainders, work

RENEW_AFTER = 50
"""Items after which a plan is made anew: their sum says nothing of any one of them."""
RENEW_EMPTY_AFTER = 20
"""The same for a plan that came out too short."""
MOST_COUNTED = 500


class Ahead(Protocol):
    """A lane with open items, and how far a person has come in it."""

    @property
    def id(self) -> int: ...
    @property
    def position(self) -> int: ...


def renew(at: Sitting) -> int | None:
    """What is left, before an item is handed out and with none in hand; the plan is made anew where it is due."""
    plan = remainders.plan_of(at.connection, at.me, at.head.project_id)
    if plan is not None and plan.state == at.head.state and not _due(plan.planned, plan.since):
        return _told(plan.planned)
    left = _expected_here(at)
    remainders.make(at.connection, at.me, at.head.project_id, at.head.state, left, 0)
    return left


def _due(left: int | None, since: int) -> bool:
    return since >= RENEW_AFTER or (since >= RENEW_EMPTY_AFTER and left is not None and left <= 0)


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
    connection: Connection, me: int, project_id: int, state: str, policy: Policy, lanes: Sequence[Ahead]
) -> int | None:
    """The same for somebody who is choosing where to work: 0 only where nothing at all is left."""
    fresh = fresh_in(connection, me, project_id, state, policy, lanes)
    if not fresh and not remainders.in_hand(connection, me, project_id):
        return 0
    plan = remainders.plan_of(connection, me, project_id)
    if plan is not None and plan.state == state:
        return at_least_one(_told(plan.planned))
    return at_least_one(_expected(connection, me, project_id, state, policy, fresh))


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
