"""The SQL of what reviewers hand on: answers sent back to their authors, and examples proposed for the guidelines."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, case, exists, func, insert, or_, select, update

from core.store import work
from core.store.tables import Example, Returned, core
from core.store.verdicts import verdict
from core.store.work import Found

returned, example = core(Returned), core(Example)
answer, item, member, person = work.answer, work.item, work.member, work.person

# Sent back ------------------------------------------------------------------------------------------------------------


def sent_back(connection: Connection, project_id: int) -> dict[int, bool]:
    """Items with answers that were sent back by a reviewer, and whether one of them still waits for its author."""
    query = (
        select(returned.c.item_id, func.count().filter(returned.c.settled.is_(None)).label("waiting"))
        .where(
            returned.c.project_id == project_id, or_(returned.c.settled.is_(None), returned.c.settled != "withdrawn")
        )
        .group_by(returned.c.item_id)
    )
    return {row.item_id: row.waiting > 0 for row in connection.execute(query)}


def returned_of(connection: Connection, item_id: int) -> Sequence[Found]:
    query = select(returned).where(returned.c.item_id == item_id).order_by(returned.c.id)
    return connection.execute(query).all()


def add_returned(connection: Connection, rows: Iterable[Mapping[str, Any]]) -> list[int]:
    return [
        int(connection.execute(insert(returned).values(**row).returning(returned.c.id)).scalar_one()) for row in rows
    ]


def returned_by(connection: Connection, returned_id: int) -> Found | None:
    return connection.execute(select(returned).where(returned.c.id == returned_id)).first()


def settle_returned(
    connection: Connection, settled: str, now: datetime, *conditions: Any, reply: str | None = None
) -> list[int]:
    """Settle what is open under the conditions; its ids."""
    open_ones = select(returned.c.id).where(returned.c.settled.is_(None), *conditions)
    ids = list(connection.execute(open_ones).scalars())
    if ids:
        values = {"settled": settled, "settled_at": now, "reply": reply}
        connection.execute(update(returned).where(returned.c.id.in_(ids)).values(**values))
    return ids


def still_here(connection: Connection, project_id: int, person_ids: Iterable[int]) -> set[int]:
    """Those of the people who can sign in and are active members of the project."""
    query = (
        select(person.c.id)
        .join(member, and_(member.c.person_id == person.c.id, member.c.project_id == project_id))
        .where(person.c.id.in_(list(person_ids)), person.c.active, member.c.state == "active")
    )
    return set(connection.execute(query).scalars())


def waiting_for(connection: Connection, person_id: int) -> Sequence[Found]:
    """What was sent back to a person and not answered yet, the newest first."""
    verdict_there = exists().where(verdict.c.item_id == returned.c.item_id, verdict.c.current)
    query = (
        select(
            returned, answer.c.outcome, answer.c.purpose, answer.c.current.label("answer_current"), item.c.payload,
            work.TEXT_HIDDEN, work.project.c.slug, work.project.c.title, work.project.c.state,
            case((verdict_there, 1), else_=0).label("settled_there"),
        )
        .join(answer, answer.c.id == returned.c.answer_id)
        .join(item, item.c.id == returned.c.item_id)
        .join(work.project, work.project.c.id == returned.c.project_id)
        .where(returned.c.person_id == person_id, returned.c.settled.is_(None))
        .order_by(returned.c.at.desc(), returned.c.id.desc())
    )  # fmt: skip
    return connection.execute(query).all()


def count_for(connection: Connection, person_id: int) -> int:
    """How many answers wait for a person, over all projects."""
    query = select(func.count()).where(returned.c.person_id == person_id, returned.c.settled_at.is_(None))
    return int(connection.execute(query).scalar_one())


def unanswered(connection: Connection, project_ids: Sequence[int], before: datetime) -> dict[int, tuple[int, datetime]]:
    """Project to how many answers were sent back before then and still wait for their authors, and when the first was."""
    query = select(returned.c.project_id, func.count().label("n"), func.min(returned.c.at).label("since")).where(
        returned.c.project_id.in_(project_ids), returned.c.settled.is_(None), returned.c.at < before
    )
    return {row.project_id: (row.n, row.since) for row in connection.execute(query.group_by(returned.c.project_id))}


# Examples -------------------------------------------------------------------------------------------------------------


def add_example(connection: Connection, row: Mapping[str, Any]) -> int:
    return int(connection.execute(insert(example).values(**row).returning(example.c.id)).scalar_one())


def examples(connection: Connection, project_id: int) -> Sequence[Found]:
    """Proposed and not decided on, the oldest first."""
    query = (
        select(example, item.c.key, item.c.payload, work.TEXT_HIDDEN, person.c.name)
        .join(item, item.c.id == example.c.item_id)
        .outerjoin(person, person.c.id == example.c.by_id)
        .where(example.c.project_id == project_id, example.c.settled.is_(None))
        .order_by(example.c.id)
    )
    return connection.execute(query).all()


def settle_example(connection: Connection, example_id: int, settled: str, now: datetime) -> bool:
    """False where somebody was faster."""
    which = and_(example.c.id == example_id, example.c.settled.is_(None))
    return bool(connection.execute(update(example).where(which).values(settled=settled, settled_at=now)).rowcount)


def waiting_examples(connection: Connection, project_ids: Sequence[int]) -> dict[int, int]:
    """Project to how many are proposed and not decided on."""
    query = select(example.c.project_id, func.count().label("n")).where(
        example.c.project_id.in_(project_ids), example.c.settled.is_(None)
    )
    return {row.project_id: row.n for row in connection.execute(query.group_by(example.c.project_id))}
