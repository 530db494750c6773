"""The SQL of what is left for a person: fresh items ahead, checks not had, and the plan that is kept of both."""

from sqlalchemy import BigInteger, Connection, String, bindparam, exists, func, or_, select, update

from core.store import work
from core.store.prepared import Prepared
from core.store.tables import Remainder, core
from core.store.work import ME, OPEN, SEEN, Found, upsert

remainder = core(Remainder)
_MINE = (remainder.c.person_id == ME, remainder.c.project_id == bindparam("project_id", type_=BigInteger))
_PLAN = Prepared(select(remainder.c.state, remainder.c.planned, remainder.c.since).where(*_MINE))
_MAKE = upsert(remainder, ["person_id", "project_id"], ["state", "planned", "since"])
_MOVE = Prepared(
    update(remainder)
    .where(remainder.c.person_id == bindparam("b_me"), remainder.c.project_id == bindparam("b_project"))
    .values(planned=remainder.c.planned - bindparam("b_items"), since=remainder.c.since + bindparam("b_items"))
)
_AHEAD = (
    select(work.item.c.id, SEEN.label("seen"))
    .where(
        work.item.c.lane_id == bindparam("lane_id", type_=BigInteger),
        OPEN,
        work.item.c.position > bindparam("position", type_=BigInteger),
    )
    .order_by(work.item.c.position)
    .limit(bindparam("most"))
    .subquery()
)
_FRESH = Prepared(select(func.count()).select_from(_AHEAD).where(~_AHEAD.c.seen))
_HAD = exists(
    select(work.assignment.c.id).where(
        work.assignment.c.item_id == work.gold.c.item_id, work.assignment.c.person_id == ME
    )
)
_UNSEEN = (
    select(work.gold.c.item_id)
    .join(work.item, work.item.c.id == work.gold.c.item_id)
    .where(
        work.gold.c.project_id == bindparam("project_id", type_=BigInteger),
        work.gold.c.use == bindparam("use", type_=String),
        work.item.c.state == "gold",
        ~_HAD,
    )
    .limit(bindparam("most"))
    .subquery()
)
_CHECKS = Prepared(select(func.count()).select_from(_UNSEEN))
_IN_HAND = Prepared(
    select(work.assignment.c.id)
    .where(
        work.assignment.c.person_id == ME,
        work.assignment.c.project_id == bindparam("project_id", type_=BigInteger),
        or_(work.HELD, work.assignment.c.state == "expired"),
        work.NOT_REVIEW,
    )
    .limit(1)
)


def plan_of(connection: Connection, person_id: int, project_id: int) -> Found | None:
    return _PLAN.first(connection, {"me": person_id, "project_id": project_id})


def make(connection: Connection, person_id: int, project_id: int, state: str, planned: int | None, since: int) -> None:
    """Replaces the plan there was."""
    row = {"person_id": person_id, "project_id": project_id, "state": state, "planned": planned, "since": since}
    _MAKE.run(connection, row)


def move(connection: Connection, person_id: int, project_id: int, items: int) -> None:
    """So many items done, or undone if negative; without a plan there is nothing to move."""
    _MOVE.run(connection, {"b_me": person_id, "b_project": project_id, "b_items": items})


def fresh(connection: Connection, person_id: int, lane_id: int, position: int, most: int) -> int:
    """Items that are new to this person, among the first `most` open ones of a lane."""
    where = {"me": person_id, "lane_id": lane_id, "position": position, "most": most}
    return int(_FRESH.scalar(connection, where))


def unseen_checks(connection: Connection, person_id: int, project_id: int, most: int) -> int:
    """Hidden checks that this person has not had, counted up to `most`."""
    where = {"me": person_id, "project_id": project_id, "use": "check", "most": most}
    return int(_CHECKS.scalar(connection, where))


def in_hand(connection: Connection, person_id: int, project_id: int) -> bool:
    """Whether this person holds an item, or lets one wait whose time ran out."""
    return _IN_HAND.first(connection, {"me": person_id, "project_id": project_id}) is not None
