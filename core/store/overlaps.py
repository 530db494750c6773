"""SQL of adaptive overlap: how many answers items ask for, many items at once, with their places in the queue."""

from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Connection, and_, bindparam, case, exists, func, select, update

from core.store import work

QUEUED = ("open", "taken", "done")
AT_ONCE = 1000
item, assignment, answer, verdict = work.item, work.assignment, work.answer, work.verdict
person, exclusion = work.person, work.exclusion
Found = Any


def _queued(project_id: int) -> ColumnElement[bool]:
    return and_(item.c.project_id == project_id, item.c.state.in_(QUEUED))


# A whole project ------------------------------------------------------------------------------------------------------


def audit_track(connection: Connection, project_id: int) -> tuple[list[int], list[int]]:
    """Queued items on the audit track, and the others."""
    rows = connection.execute(select(item.c.id, item.c.audit).where(_queued(project_id)).order_by(item.c.id)).all()
    return [row.id for row in rows if row.audit], [row.id for row in rows if not row.audit]


def mark_audit(connection: Connection, ids: Sequence[int], *, audit: bool) -> None:
    for chunk in _chunks(ids):
        connection.execute(update(item).where(item.c.id.in_(chunk)).values(audit=audit))


def set_all(connection: Connection, project_id: int, start: int, most: int) -> int:
    """Queued items ask for `start` answers, those of the audit track for `most`, none for fewer than hold a slot; how many
    items changed."""
    held = (
        select(func.coalesce(func.max(assignment.c.slot), 0))
        .where(assignment.c.item_id == item.c.id, assignment.c.purpose == "work", assignment.c.slot.is_not(None))
        .correlate(item)
        .scalar_subquery()
    )
    wanted = case((item.c.audit, most), else_=start)
    overlap = case((held > wanted, held), else_=wanted)
    changed = update(item).where(_queued(project_id), item.c.overlap != overlap).values(overlap=overlap)
    return connection.execute(changed).rowcount


def settle_all(connection: Connection, project_id: int) -> tuple[int, int]:
    """States of queued items by their slots: how many came open, at the end of their lanes in their old order, and how
    many are full."""
    live = (
        select(
            assignment.c.item_id, func.count().label("n"),
            func.count().filter(assignment.c.state == "held").label("held"),
        )
        .where(assignment.c.project_id == project_id, assignment.c.purpose == "work", assignment.c.slot.is_not(None))
        .group_by(assignment.c.item_id)
        .subquery()
    )  # fmt: skip
    n = func.coalesce(live.c.n, 0)
    unsettled = (
        select(item.c.id, item.c.lane_id, (n < item.c.overlap).label("opens"), func.coalesce(live.c.held, 0).label("held"))
        .outerjoin(live, live.c.item_id == item.c.id)
        .where(_queued(project_id), (item.c.state == "open") != (n < item.c.overlap), ~work.settled_by_review(item.c.id))
        .order_by(item.c.lane_id, item.c.position)
    )  # fmt: skip
    rows = connection.execute(unsettled).all()
    opening, full = [row for row in rows if row.opens], [row for row in rows if not row.opens]
    reopen(connection, [(row.id, row.lane_id) for row in opening])
    _run_many(connection, _SET_STATE, [{"b_id": row.id, "b_state": "taken" if row.held else "done"} for row in full])
    return len(opening), len(full)


# Asking again ---------------------------------------------------------------------------------------------------------


def askable(
    connection: Connection, ids: Sequence[int], *, most: int, seen: int, people: Sequence[int]
) -> dict[int, Found]:
    """Of these items, by id, those that may be asked once more: done, below `most`, unsettled by a reviewer, not answered
    since the answer `seen`, and with somebody of these people left who has not had them."""
    label = (answer.c.purpose.in_(("work", "imported")), answer.c.outcome == "submitted", answer.c.nth == 0)
    later = (answer.c.item_id == item.c.id, answer.c.id > seen, answer.c.revision == 1, *label)
    newer = exists(select(answer.c.id).where(*later).correlate(item))
    settled = exists(select(verdict.c.id).where(verdict.c.item_id == item.c.id, verdict.c.current).correlate(item))
    query = select(item.c.id, item.c.lane_id, item.c.overlap).where(
        item.c.id.in_(ids), item.c.state == "done", item.c.overlap < most, ~newer, ~settled,
        _somebody_left(people),
    )  # fmt: skip
    return {row.id: row for row in connection.execute(query)}


def without_takers(connection: Connection, ids: Sequence[int], people: Sequence[int]) -> int:
    """How many of these items all these people have had."""
    query = select(func.count()).where(item.c.id.in_(ids), ~_somebody_left(people))
    return int(connection.execute(query).scalar_one())


def _somebody_left(people: Sequence[int]) -> ColumnElement[bool]:
    mine = (assignment.c.item_id == item.c.id, assignment.c.person_id == person.c.id, work.NOT_PILOT)
    had = exists(select(assignment.c.id).where(*mine))
    kept = exists(
        select(exclusion.c.item_id).where(exclusion.c.item_id == item.c.id, exclusion.c.person_id == person.c.id)
    )
    left = (person.c.id.in_(people), ~had.correlate(item, person), ~kept.correlate(item, person))
    return exists(select(person.c.id).where(*left).correlate(item))


def raise_by_one(connection: Connection, rows: Sequence[Found]) -> None:
    """One more answer of each, at the ends of their lanes in this order: behind everybody's cursor nobody would find it."""
    places = _at_the_end(connection, [(row.id, row.lane_id) for row in rows])
    more = [{**place, "b_overlap": row.overlap + 1} for place, row in zip(places, rows, strict=True)]
    _run_many(connection, _RAISE, more)


def places(connection: Connection, ids: Sequence[int]) -> list[list[tuple[int, int]]]:
    """Those of the items that are open, with their lanes: a list for each lane, in the order of the queue."""
    query = select(item.c.id, item.c.lane_id).where(item.c.id.in_(ids), item.c.state == "open")
    rows = connection.execute(query.order_by(item.c.lane_id, item.c.position)).all()
    return [[(row.id, row.lane_id) for row in lane] for _, lane in groupby(rows, key=lambda row: row.lane_id)]


_SET_STATE = update(item).where(item.c.id == bindparam("b_id")).values(state=bindparam("b_state"))
_REOPEN = (
    update(item)
    .where(item.c.id == bindparam("b_id"))
    .values(state="open", position=bindparam("b_position", type_=BigInteger))
)


_RAISE = _REOPEN.values(overlap=bindparam("b_overlap"))


def reopen(connection: Connection, items: Sequence[tuple[int, int]]) -> None:
    """Items with their lanes, in the order they are to be found."""
    _run_many(connection, _REOPEN, _at_the_end(connection, items))


def _at_the_end(connection: Connection, items: Sequence[tuple[int, int]]) -> list[dict[str, Any]]:
    """Free places behind the last of each lane."""
    free = {lane: _tail(connection, lane) for lane in {lane for _, lane in items}}
    rows = []
    for item_id, lane in items:
        rows.append({"b_id": item_id, "b_position": free[lane]})
        free[lane] += 1
    return rows


def _tail(connection: Connection, lane_id: int) -> int:
    last = connection.execute(select(func.max(item.c.position)).where(item.c.lane_id == lane_id)).scalar()
    return int(last or 0) + 1


def _run_many(connection: Connection, statement: Any, rows: Sequence[dict[str, Any]]) -> None:
    for chunk in _chunks(rows):
        connection.execute(statement, chunk)


def _chunks(rows: Sequence[Any]) -> Iterable[list[Any]]:
    for start in range(0, len(rows), AT_ONCE):
        yield list(rows[start : start + AT_ONCE])


# For whoever looks after all of it --------------------------------------------------------------------------------------


def live_projects(connection: Connection) -> Sequence[Found]:
    """Id, name in addresses, and policy."""
    project = work.project
    return connection.execute(
        select(project.c.id, project.c.slug, project.c.policy).where(project.c.state == "live")
    ).all()


def states(connection: Connection, project_id: int) -> dict[tuple[str, int], int]:
    """Queued items by state and overlap."""
    query = select(item.c.state, item.c.overlap, func.count().label("n")).where(_queued(project_id))
    return {(row.state, row.overlap): row.n for row in connection.execute(query.group_by(item.c.state, item.c.overlap))}
