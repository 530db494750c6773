"""The SQL of verdicts: those that stand, those that were reopened, the gold made of them, and who gave them."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Text, delete, exists, func, insert, select, type_coerce, update

from core.store import work
from core.store.tables import Verdict, core
from core.store.work import Found

verdict, item, person, gold = core(Verdict), work.item, work.person, work.gold

# Of a project ---------------------------------------------------------------------------------------------------------


def standing_verdicts(connection: Connection, project_id: int) -> dict[int, bool]:
    """Items with a current verdict, and whether it is final."""
    query = select(verdict.c.item_id, verdict.c.final).where(verdict.c.project_id == project_id, verdict.c.current)
    return {row.item_id: row.final for row in connection.execute(query)}


def reopened_items(connection: Connection, project_id: int) -> set[int]:
    """Items whose verdict was reopened and not settled since."""
    later = verdict.alias()
    query = select(verdict.c.item_id).where(
        verdict.c.project_id == project_id,
        verdict.c.reopened_at.is_not(None),
        ~exists().where(later.c.item_id == verdict.c.item_id, later.c.current),
    )
    return set(connection.execute(query).scalars())


def unsettled(connection: Connection, project_id: int) -> set[int]:
    """Items between two verdicts: reopened, or with a first verdict that waits for a second."""
    query = select(verdict.c.item_id).where(verdict.c.project_id == project_id, verdict.c.current, ~verdict.c.final)
    return set(connection.execute(query).scalars()) | reopened_items(connection, project_id)


def settled_since(connection: Connection, project_id: int, since: datetime, by: int | None = None) -> int:
    """Verdicts given since then, by one reviewer or by all of them."""
    query = select(func.count()).where(verdict.c.project_id == project_id, verdict.c.at >= since)
    return int(connection.execute(query if by is None else query.where(verdict.c.by_id == by)).scalar_one())


def final_verdicts(connection: Connection, project_id: int) -> dict[int, Found]:
    """Item to its final verdict; the body stays text."""
    query = select(
        verdict.c.item_id, type_coerce(verdict.c.body, Text).label("body"), verdict.c.basis, verdict.c.reason, verdict.c.stage,
        verdict.c.settings_version, verdict.c.guideline_version, verdict.c.at, item.c.key, type_coerce(item.c.aliases, Text).label("aliases"),
    ).join(item, item.c.id == verdict.c.item_id).where(verdict.c.project_id == project_id, verdict.c.current, verdict.c.final).order_by(verdict.c.item_id)  # fmt: skip
    return {row.item_id: row for row in connection.execute(query)}


def reviewers_of(connection: Connection, project_id: int) -> dict[int, list[Any]]:
    """Item to those (id, name, kind) who gave its last verdict, the first reviewer first; a first stage begins anew."""
    query = (
        select(verdict.c.item_id, verdict.c.stage, person.c.id, person.c.name, person.c.kind)
        .join(person, person.c.id == verdict.c.by_id)
        .where(verdict.c.project_id == project_id)
        .order_by(verdict.c.id)
    )
    found: dict[int, list[Any]] = {}
    for row in connection.execute(query):
        before = found.get(row.item_id, []) if row.stage > 1 else []
        found[row.item_id] = [*before, row]
    return found


def reviewers(connection: Connection, project_id: int) -> int:
    """How many people have settled items whose verdicts stand."""
    query = select(func.count(verdict.c.by_id.distinct())).where(
        verdict.c.project_id == project_id, verdict.c.reopened_at.is_(None)
    )
    return int(connection.execute(query).scalar_one())


# Of an item -----------------------------------------------------------------------------------------------------------


def verdicts_of(connection: Connection, item_id: int) -> Sequence[Found]:
    """Every verdict of an item, the oldest first, with who gave it."""
    query = select(verdict, person.c.name).outerjoin(person, person.c.id == verdict.c.by_id)
    return connection.execute(query.where(verdict.c.item_id == item_id).order_by(verdict.c.id)).all()


def verdict_of(connection: Connection, item_id: int) -> Found | None:
    """The item's current verdict."""
    return connection.execute(select(verdict).where(verdict.c.item_id == item_id, verdict.c.current)).first()


def verdict_by(connection: Connection, verdict_id: int) -> Found | None:
    return connection.execute(select(verdict).where(verdict.c.id == verdict_id)).first()


def former_verdict(connection: Connection, key: str) -> Found | None:
    return connection.execute(select(verdict).where(verdict.c.submit_key == key)).first()


def last_verdict(connection: Connection, project_id: int, by: int) -> int | None:
    """The reviewer's own last verdict that still stands."""
    query = select(func.max(verdict.c.id)).where(
        verdict.c.project_id == project_id, verdict.c.by_id == by, verdict.c.current
    )
    return connection.execute(query).scalar()


# Changes --------------------------------------------------------------------------------------------------------------


def add_verdict(connection: Connection, row: Mapping[str, Any]) -> int:
    """The item's current verdict from now on."""
    connection.execute(
        update(verdict).where(verdict.c.item_id == row["item_id"], verdict.c.current).values(current=False)
    )
    return int(connection.execute(insert(verdict).values(**row).returning(verdict.c.id)).scalar_one())


def reopen(connection: Connection, verdict_id: int, by: int, why: str, now: datetime) -> None:
    lifted = {"current": False, "reopened_at": now, "reopened_by": by, "reopened_why": why}
    connection.execute(update(verdict).where(verdict.c.id == verdict_id).values(**lifted))


def gold_of(connection: Connection, item_id: int) -> Found | None:
    return connection.execute(select(gold).where(gold.c.item_id == item_id)).first()


def drop_gold(connection: Connection, item_id: int) -> None:
    connection.execute(delete(gold).where(gold.c.item_id == item_id))
