"""SQL of withdrawing and restoring: which items, what they were, and the rows that remember it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, insert, select, update

from core.store.review import SET_ASIDE
from core.store.work import answer, assignment, gold, item, person, withdrawal

WITHDRAWABLE = ("open", "taken", "done", "gold", *SET_ASIDE)
"""Not stubs: they are neither queued nor exported, and figures alone read them."""
_AT_ONCE = 500


def withdraw(connection: Connection, rows: Sequence[Any], reason: str, by_id: int | None, now: datetime) -> None:
    made = [
        {"item_id": row.id, "project_id": row.project_id, "was": row.state, "reason": reason, "by_id": by_id, "at": now}
        for row in rows
    ]
    connection.execute(insert(withdrawal), made)
    for ids in _chunks([row.id for row in rows]):
        connection.execute(update(item).where(item.c.id.in_(ids)).values(state="withdrawn"))


def standing(connection: Connection, item_ids: Sequence[int]) -> Mapping[int, str]:
    """What each withdrawn one of these items was."""
    found: dict[int, str] = {}
    for ids in _chunks(item_ids):
        query = select(withdrawal.c.item_id, withdrawal.c.was).where(withdrawal.c.item_id.in_(ids), _STANDS)
        found |= {row.item_id: row.was for row in connection.execute(query)}
    return found


def close(connection: Connection, item_ids: Sequence[int], by_id: int | None, now: datetime) -> None:
    """Its withdrawal stands no longer."""
    for ids in _chunks(item_ids):
        ended = update(withdrawal).where(withdrawal.c.item_id.in_(ids), _STANDS)
        connection.execute(ended.values(restored_by=by_id, restored_at=now))


def is_check(connection: Connection, item_id: int) -> bool:
    query = select(gold.c.item_id).where(gold.c.item_id == item_id, gold.c.use == "check")
    return connection.execute(query).first() is not None


def worked_on(connection: Connection, item_id: int) -> bool:
    query = select(assignment.c.id).where(assignment.c.item_id == item_id, assignment.c.slot.is_not(None))
    return connection.execute(query.limit(1)).first() is not None


def listed(connection: Connection, project_id: int, limit: int) -> Sequence[Any]:
    """The last withdrawn first, each with how many current answers it has."""
    answers = (
        select(func.count())
        .where(answer.c.item_id == item.c.id, answer.c.current, answer.c.outcome == "submitted")
        .correlate(item)
        .scalar_subquery()
    )
    query = (
        select(
            item.c.id, item.c.key, item.c.payload, withdrawal.c.was, withdrawal.c.reason, person.c.name,
            withdrawal.c.at, answers.label("answers"),
        )
        .join(item, item.c.id == withdrawal.c.item_id)
        .outerjoin(person, person.c.id == withdrawal.c.by_id)
        .where(withdrawal.c.project_id == project_id, _STANDS)
        .order_by(withdrawal.c.at.desc(), withdrawal.c.id.desc())
        .limit(limit)
    )  # fmt: skip
    return connection.execute(query).all()


def count(connection: Connection, project_id: int) -> int:
    query = select(func.count()).where(withdrawal.c.project_id == project_id, _STANDS)
    return int(connection.execute(query).scalar_one())


def _chunks(ids: Sequence[int]) -> list[Sequence[int]]:
    return [ids[start : start + _AT_ONCE] for start in range(0, len(ids), _AT_ONCE)]


_STANDS = withdrawal.c.restored_at.is_(None)
