"""SQL of a pilot's two ends: its answers become work or are set apart, and become the pilot's again."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, bindparam, delete, exists, func, or_, select, update

from core.store import work

answer, assignment, item, project = work.answer, work.assignment, work.item, work.project
cursor, lane, verdict, person = work.cursor, work.lane, work.verdict, work.person
Found = Any
QUEUED = ("open", "taken", "done")


def given(connection: Connection, project_id: int) -> Sequence[Found]:
    """Submitted answers that count for the pilot alone, with what must be known to count them as work; the earliest first."""
    query = (
        select(
            answer.c.id, answer.c.item_id, answer.c.assignment_id, answer.c.body, answer.c.settings_version, person.c.name,
            item.c.payload, item.c.overlap, item.c.state.in_(QUEUED).label("queued"),
        )
        .join(item, item.c.id == answer.c.item_id)
        .join(person, person.c.id == answer.c.person_id)
        .where(answer.c.project_id == project_id, answer.c.purpose == "pilot", answer.c.current, answer.c.outcome == "submitted")
        .order_by(answer.c.item_id, answer.c.id)
    )  # fmt: skip
    return connection.execute(query).all()


def queued_items(connection: Connection, project_id: int) -> dict[int, int]:
    """Items in the queue and how many answers each wants."""
    query = select(item.c.id, item.c.overlap).where(item.c.project_id == project_id, item.c.state.in_(QUEUED))
    return {row.id: row.overlap for row in connection.execute(query)}


def answered_live(connection: Connection, project_id: int) -> bool:
    """Whether anybody has answered outside the pilot, also if they took it back, or a reviewer has decided on an item."""
    live = and_(
        answer.c.project_id == project_id, answer.c.purpose.not_in(("pilot", "imported")), answer.c.piloted.is_(False)
    )
    decided = (
        select(verdict.c.id)
        .join(answer, answer.c.item_id == verdict.c.item_id)
        .where(verdict.c.project_id == project_id, verdict.c.current, answer.c.purpose == "work")
    )
    return bool(connection.execute(select(or_(exists(select(answer.c.id).where(live)), exists(decided)))).scalar())


# Going live -----------------------------------------------------------------------------------------------------------


def count_as_work(connection: Connection, places: Sequence[tuple[int, int]]) -> None:
    """Answers of these assignments, each with the slot it is to fill; their items take as many answers as they get."""
    ids = [one for one, _ in places]
    most = select(func.count()).where(assignment.c.item_id == item.c.id, assignment.c.id.in_(ids)).scalar_subquery()
    items = select(assignment.c.item_id).where(assignment.c.id.in_(ids))
    connection.execute(update(item).where(item.c.id.in_(items), item.c.overlap < most).values(overlap=most))
    _drop_unanswered_twins(connection, ids)
    _run_many(connection, _TO_WORK, [{"b_id": one, "b_slot": slot} for one, slot in places])
    connection.execute(update(answer).where(answer.c.assignment_id.in_(ids)).values(purpose="work"))


def _drop_unanswered_twins(connection: Connection, ids: Sequence[int]) -> None:
    """Items that somebody had begun anew as work, before their pilot answer was to count after all."""
    pilots = assignment.alias()
    twins = select(assignment.c.id).join(
        pilots, and_(pilots.c.item_id == assignment.c.item_id, pilots.c.person_id == assignment.c.person_id)
    )
    found = list(connection.execute(twins.where(pilots.c.id.in_(ids), assignment.c.purpose == "work")).scalars())
    connection.execute(delete(assignment).where(assignment.c.id.in_(found)))


def unfinished(connection: Connection, project_id: int) -> Sequence[Found]:
    """Pilot items in people's hands, or left with a draft."""
    twin = assignment.alias()
    begun = exists(
        select(twin.c.id).where(
            twin.c.item_id == assignment.c.item_id, twin.c.person_id == assignment.c.person_id, twin.c.purpose == "work"
        )
    )
    query = select(
        assignment.c.id, assignment.c.item_id, assignment.c.state, item.c.overlap, begun.label("begun")
    ).join(item, item.c.id == assignment.c.item_id)
    mine = (assignment.c.project_id == project_id, assignment.c.purpose == "pilot")
    states = assignment.c.state.in_(("held", "expired"))
    return connection.execute(query.where(*mine, states).order_by(assignment.c.id)).all()


def go_on_as_work(connection: Connection, assignment_id: int, slot: int | None) -> None:
    """What somebody has in hand is work from now on; without a slot it waits as if its time had run out."""
    state = "expired" if slot is None else "held"
    change = update(assignment).where(assignment.c.id == assignment_id)
    connection.execute(change.values(purpose="work", slot=slot, state=state))


def settle(connection: Connection, project_id: int) -> None:
    """States of the queued items by their slots, each in its place in the queue."""
    live = (
        select(assignment.c.item_id, func.count().label("n"), func.count().filter(work.HELD).label("held"))
        .where(assignment.c.project_id == project_id, assignment.c.purpose == "work", assignment.c.slot.is_not(None))
        .group_by(assignment.c.item_id)
        .subquery()
    )
    n, held = func.coalesce(live.c.n, 0), func.coalesce(live.c.held, 0)
    query = (
        select(item.c.id, item.c.state, (n >= item.c.overlap).label("full"), held.label("held"))
        .outerjoin(live, live.c.item_id == item.c.id)
        .where(_queued(project_id), ~work.settled_by_review(item.c.id))
    )
    states = {row.id: (row.state, _state(full=row.full, held=row.held)) for row in connection.execute(query)}
    changed = [{"b_id": one, "b_state": now} for one, (before, now) in states.items() if before != now]
    _run_many(connection, _SET_STATE, changed)


def _state(*, full: bool, held: int) -> str:
    if not full:
        return "open"
    return "taken" if held else "done"


# And back -------------------------------------------------------------------------------------------------------------


def counted(connection: Connection, project_id: int) -> Sequence[Found]:
    """Assignments of the pilot that count as work."""
    query = (
        select(assignment.c.id, assignment.c.item_id, assignment.c.state, item.c.overlap)
        .join(item, item.c.id == assignment.c.item_id)
        .where(assignment.c.project_id == project_id, assignment.c.purpose == "work", _piloted())
        .order_by(assignment.c.item_id, assignment.c.id)
    )
    return connection.execute(query).all()


def _piloted() -> ColumnElement[bool]:
    return exists(select(answer.c.id).where(answer.c.assignment_id == assignment.c.id, answer.c.piloted))


def count_as_pilot(connection: Connection, places: Sequence[tuple[int, int | None]]) -> list[int]:
    """Answers of these assignments, each with its slot in the pilot; returns the ids of the answers."""
    ids = [one for one, _ in places]
    _run_many(connection, _TO_PILOT, [{"b_id": one, "b_slot": slot} for one, slot in places])
    changed = update(answer).where(answer.c.assignment_id.in_(ids)).values(purpose="pilot").returning(answer.c.id)
    return sorted(connection.execute(changed).scalars())


def let_go(connection: Connection, project_id: int) -> None:
    """What people hold outside the pilot waits for them with its draft, and their way through the queue starts anew."""
    held = (assignment.c.project_id == project_id, work.HELD, assignment.c.purpose.not_in(("pilot", "review")))
    connection.execute(update(assignment).where(*held).values(state="expired", slot=None))
    lanes = select(lane.c.id).where(lane.c.project_id == project_id)
    connection.execute(delete(cursor).where(cursor.c.lane_id.in_(lanes)))


def want(connection: Connection, ids: Iterable[int], overlap: int) -> None:
    connection.execute(update(item).where(item.c.id.in_(list(ids))).values(overlap=overlap))


def _queued(project_id: int) -> ColumnElement[bool]:
    return and_(item.c.project_id == project_id, item.c.state.in_(QUEUED))


def _run_many(connection: Connection, statement: Any, rows: Sequence[dict[str, Any]]) -> None:
    if rows:
        connection.execute(statement, rows)


def _move(purpose: str) -> Any:
    change = update(assignment).where(assignment.c.id == bindparam("b_id"))
    return change.values(purpose=purpose, slot=bindparam("b_slot"))


_TO_WORK, _TO_PILOT = _move("work"), _move("pilot")
_SET_STATE = update(item).where(item.c.id == bindparam("b_id")).values(state=bindparam("b_state"))
