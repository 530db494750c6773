"""SQL of imports: looking up what is there, and writing many rows that were checked before."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Connection,
    bindparam,
    delete,
    exists,
    func,
    insert,
    or_,
    select,
    update,
)

from core.store import dialect
from core.store.tables import (
    Answer,
    Assignment,
    Batch,
    Draft,
    Gold,
    ImportJob,
    Item,
    Lane,
    Person,
    Probability,
    Project,
    TargetValue,
    Verdict,
    core,
)

item, answer, assignment, gold = core(Item), core(Answer), core(Assignment), core(Gold)
batch, lane, person, job, value = core(Batch), core(Lane), core(Person), core(ImportJob), core(TargetValue)
probability, draft, verdict = core(Probability), core(Draft), core(Verdict)

Row = Mapping[str, Any]
AT_ONCE = 1000
_GAP = 1_000_000_000
"""Positions left free at a lane's end: items put back into the queue while an import runs take some of them, and a new
policy of overlap may put all of them back."""


Mark = tuple[int, int]


def mark(connection: Connection, project_id: int) -> Mark:
    """How far a project's imports have come: the last one, and how many were undone."""
    query = select(func.coalesce(func.max(job.c.id), 0), func.count(job.c.undone_at))
    row = connection.execute(query.where(job.c.project_id == project_id)).one()
    return row[0], row[1]


def in_turn(connection: Connection, project_id: int) -> None:
    """One import of a project at a time is written or undone; people go on labelling meanwhile."""
    project = core(Project)
    connection.execute(select(project.c.id).where(project.c.id == project_id).with_for_update(key_share=True))


def has_items(connection: Connection, project_id: int) -> bool:
    return connection.execute(select(item.c.id).where(item.c.project_id == project_id).limit(1)).first() is not None


_DIGESTS = select(item.c.key, item.c.digest).where(
    item.c.project_id == bindparam("project_id"), item.c.key.in_(bindparam("keys", expanding=True))
)
_DUPLICATES = select(item.c.duplicate_key, item.c.digest, item.c.key).where(
    item.c.project_id == bindparam("project_id"), item.c.duplicate_key.in_(bindparam("keys", expanding=True))
)
_ITEMS = select(item.c.key, item.c.id, item.c.state, item.c.payload, item.c.aliases).where(
    item.c.project_id == bindparam("project_id"), item.c.key.in_(bindparam("keys", expanding=True))
)
_IDS = select(item.c.key, item.c.id).where(
    item.c.project_id == bindparam("project_id"), item.c.key.in_(bindparam("keys", expanding=True))
)
_GIVEN = (
    select(answer.c.item_id, person.c.name, answer.c.nth, answer.c.body_digest, answer.c.purpose)
    .join(person, person.c.id == answer.c.person_id)
    .where(
        answer.c.item_id.in_(bindparam("ids", expanding=True)),
        answer.c.purpose.in_(("work", "gold", "repeat", "imported")),
        answer.c.current,
        answer.c.outcome == "submitted",
    )
)
_GOLD = select(gold).where(gold.c.item_id.in_(bindparam("ids", expanding=True)))
_PEOPLE = select(person.c.name, person.c.id, person.c.kind).where(person.c.name.in_(bindparam("names", expanding=True)))


def digests(connection: Connection, project_id: int, keys: Sequence[str]) -> dict[str, str]:
    return {r.key: r.digest for r in connection.execute(_DIGESTS, {"project_id": project_id, "keys": keys})}


def duplicates(connection: Connection, project_id: int, keys: Sequence[str]) -> dict[str, tuple[str, str]]:
    """Duplicate key to digest and key of an item that has it."""
    found = connection.execute(_DUPLICATES, {"project_id": project_id, "keys": keys})
    return {r.duplicate_key: (r.digest, r.key) for r in found}


def prompts(connection: Connection, project_id: int, keys: Sequence[str]) -> set[str]:
    """Those of the prompts that an item of the project has."""
    mine = (item.c.project_id == project_id, item.c.prompt_key.in_(keys))
    return set(connection.execute(select(item.c.prompt_key).where(*mine).distinct()).scalars())


def items(connection: Connection, project_id: int, keys: Sequence[str]) -> dict[str, Any]:
    return {r.key: r for r in connection.execute(_ITEMS, {"project_id": project_id, "keys": keys})}


def ids(connection: Connection, project_id: int, keys: Sequence[str]) -> dict[str, int]:
    return {r.key: r.id for r in connection.execute(_IDS, {"project_id": project_id, "keys": keys})}


def answers_given(connection: Connection, item_ids: Sequence[int]) -> dict[tuple[int, str], dict[int, str]]:
    """Item and annotator to the digests of the labels imported so far, by nth; empty for what was answered here."""
    found: dict[tuple[int, str], dict[int, str]] = {}
    for r in connection.execute(_GIVEN, {"ids": item_ids}):
        known = found.setdefault((r.item_id, r.name), {})
        if r.purpose == "imported":
            known[r.nth] = r.body_digest
        else:
            known.setdefault(r.nth, "")
    return found


def authors(connection: Connection, project_id: int) -> Sequence[Any]:
    """Whoever has answered in the project."""
    given = select(answer.c.person_id).where(answer.c.project_id == project_id)
    return connection.execute(select(person.c.id, person.c.name, person.c.kind).where(person.c.id.in_(given))).all()


def golds(connection: Connection, item_ids: Sequence[int]) -> dict[int, Any]:
    return {r.item_id: r for r in connection.execute(_GOLD, {"ids": item_ids})}


def people(connection: Connection, names: Sequence[str]) -> dict[str, Any]:
    return {r.name: r for r in connection.execute(_PEOPLE, {"names": names})}


# Writing --------------------------------------------------------------------------------------------------------------


def ensure_batches(connection: Connection, project_id: int, names: Iterable[str], now: datetime) -> dict[str, int]:
    known = {
        r.name: r.id
        for r in connection.execute(select(batch.c.name, batch.c.id).where(batch.c.project_id == project_id))
    }
    for name in names:
        if name not in known:
            made = connection.execute(
                insert(batch), {"project_id": project_id, "name": name, "priority": 0, "created_at": now}
            )
            known[name] = _pk(made)
    return known


LaneKey = tuple[int, int, str, str, str]
"""batch id, priority, lang, response_lang, sensitive"""


def ensure_lanes(connection: Connection, project_id: int, keys: Iterable[LaneKey]) -> dict[LaneKey, int]:
    names = ("batch_id", "priority", "lang", "response_lang", "sensitive")
    columns = [lane.c[name] for name in names]
    known: dict[LaneKey, int] = {
        (r[1], r[2], r[3], r[4], r[5]): r[0]
        for r in connection.execute(select(lane.c.id, *columns).where(lane.c.project_id == project_id))
    }
    for key in keys:
        if key not in known:
            known[key] = _pk(
                connection.execute(insert(lane), {"project_id": project_id, **dict(zip(names, key, strict=True))})
            )
    return known


def free_position(connection: Connection, lane_id: int) -> int:
    last = connection.execute(select(func.max(item.c.position)).where(item.c.lane_id == lane_id)).scalar()
    return last + _GAP if last else 1


ITEM_COLUMNS = tuple(column.name for column in item.columns if column.name != "id")


def item_writer(connection: Connection) -> Callable[[Sequence[tuple[Any, ...]]], None]:
    """Writes item rows in the order of ITEM_COLUMNS, JSON and times as they are stored: an import serialises once, while
    checking, and a million rows go straight to the driver.
    """
    mark = "?" if connection.dialect.positional else "%s"
    names = ", ".join(f'"{name}"' for name in ITEM_COLUMNS)
    statement = f"INSERT INTO item ({names}) VALUES ({', '.join([mark] * len(ITEM_COLUMNS))})"  # noqa: S608 - our own columns

    def write(rows: Sequence[tuple[Any, ...]]) -> None:
        connection.exec_driver_sql(statement, list(rows))

    return write


def stored_time(connection: Connection, now: datetime) -> Any:
    """A moment as the driver wants it."""
    bind = item.c.created_at.type.dialect_impl(connection.dialect).bind_processor(connection.dialect)
    return bind(now) if bind else now


def insert_golds(connection: Connection, rows: list[dict[str, Any]]) -> None:
    changes = ["answer", "explanation", "use", "created_by", "created_at"]
    connection.execute(dialect.upsert(connection, gold, ["item_id"], changes), rows)


def ensure_people(connection: Connection, kinds: Mapping[str, str], now: datetime) -> dict[str, int]:
    """Ids by name; `kinds` says what they are if they are new."""
    known = {name: row.id for name, row in people(connection, list(kinds)).items()}
    for name, kind in kinds.items():
        if name not in known:
            row = {
                "name": name,
                "role": "annotator",
                "kind": kind,
                "active": False,
                "language": "en",
                "created_at": now,
            }
            known[name] = _pk(connection.execute(insert(person), row))
    return known


def insert_answers(connection: Connection, rows: list[dict[str, Any]]) -> Sequence[int]:
    """Their ids, in the same order."""
    statement = insert(answer).returning(answer.c.id, sort_by_parameter_order=True)
    return connection.execute(statement, rows).scalars().all()


def insert_values(connection: Connection, rows: list[dict[str, Any]]) -> None:
    if rows:
        connection.execute(insert(value), rows)


def insert_probabilities(connection: Connection, rows: list[dict[str, Any]]) -> None:
    if rows:
        connection.execute(insert(probability), rows)


def number_answers(connection: Connection, project_id: int, seq: int) -> None:
    """Name the event that recorded them; imported answers without one are those of the running import."""
    mine = (answer.c.project_id == project_id, answer.c.purpose == "imported", answer.c.seq.is_(None))
    connection.execute(update(answer).where(*mine).values(seq=seq))


def withdraw_checks(connection: Connection, item_ids: Sequence[int]) -> int:
    """Take hidden checks out of the queue, but for those that people have worked on; how many were left in."""
    busy = exists().where(assignment.c.item_id == item.c.id, assignment.c.slot.is_not(None))
    chosen = item.c.id.in_(item_ids)
    connection.execute(update(item).where(chosen, item.c.state == "open", ~busy).values(state="gold"))
    left = select(func.count()).where(chosen, item.c.state.in_(("open", "taken", "done")))
    return connection.execute(left).scalar_one()


def served_checks(connection: Connection, item_ids: Sequence[int]) -> list[tuple[int, int]]:
    """Items out of the queue as checks, with their lanes."""
    found = connection.execute(select(item.c.id, item.c.lane_id).where(item.c.id.in_(item_ids), item.c.state == "gold"))
    return [(r.id, r.lane_id) for r in found]


def insert_job(connection: Connection, row: dict[str, Any]) -> int:
    return _pk(connection.execute(insert(job), row))


def set_report(connection: Connection, job_id: int, report: dict[str, Any]) -> None:
    connection.execute(update(job).where(job.c.id == job_id).values(report=report))


def _pk(result: Any) -> int:
    return int(result.inserted_primary_key[0])


def jobs(connection: Connection, project_id: int) -> Sequence[Any]:
    """Past imports with the name of who did them, newest first."""
    query = (
        select(job, person.c.name).outerjoin(person, person.c.id == job.c.by_id).where(job.c.project_id == project_id)
    )
    return connection.execute(query.order_by(job.c.id.desc())).all()


# Undoing --------------------------------------------------------------------------------------------------------------


def job_by(connection: Connection, job_id: int) -> Any:
    return connection.execute(select(job).where(job.c.id == job_id)).first()


def brought(connection: Connection, job_id: int) -> Any:
    """Items of an import, how many of them somebody has answered or begun, and how many have gold."""
    given = exists(select(answer.c.id).where(answer.c.item_id == item.c.id))
    begun = exists(
        select(assignment.c.id)
        .outerjoin(draft, draft.c.assignment_id == assignment.c.id)
        .where(assignment.c.item_id == item.c.id, or_(assignment.c.state == "held", draft.c.rev.is_not(None)))
    )
    settled = exists(select(verdict.c.id).where(verdict.c.item_id == item.c.id))
    known = exists(select(gold.c.item_id).where(gold.c.item_id == item.c.id))
    query = select(
        func.count().label("items"),
        func.count().filter(or_(given, begun, settled)).label("worked_on"),
        func.count().filter(known).label("gold"),
    )
    return connection.execute(query.select_from(item).where(item.c.import_id == job_id)).one()


def remove_items(connection: Connection, row: Any) -> None:
    """Of an import, with what hangs on them; batches that it made and nothing is left in go with them."""
    connection.execute(delete(item).where(item.c.import_id == row.id))
    left = exists(select(item.c.id).where(item.c.lane_id == lane.c.id))
    connection.execute(delete(lane).where(lane.c.project_id == row.project_id, ~left))
    used = exists(select(lane.c.id).where(lane.c.batch_id == batch.c.id))
    made = (batch.c.project_id == row.project_id, batch.c.created_at == row.at, batch.c.name != "")
    connection.execute(delete(batch).where(*made, ~used))


def mark_undone(connection: Connection, job_id: int, by_id: int | None, now: datetime) -> None:
    connection.execute(update(job).where(job.c.id == job_id).values(undone_by=by_id, undone_at=now))
