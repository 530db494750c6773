"""The SQL of a reviewer's queue: what waits, what matches a filter, what one item holds, and what a reviewer has in hand."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, CompoundSelect, Connection, Select, and_, case, exists, func, select, update

from core.store import dialect, work
from core.store.returned import returned
from core.store.verdicts import verdict
from core.store.work import Found

item, lane, batch, answer, person = work.item, work.lane, work.batch, work.answer, work.person
assignment, draft = work.assignment, work.draft

SET_ASIDE = ("flagged", "quarantined")
FLAGS = ("bad_item", "personal_data", "give_up", "unsafe_for_me")
"""Outcomes by which people say that something is wrong with an item."""
LABELS = ("work", "imported")
"""Purposes of answers that a reviewer is shown."""

# What waits -----------------------------------------------------------------------------------------------------------


def reviewable(connection: Connection, project_id: int) -> Sequence[Found]:
    """Items that have all their answers, or were set aside: id, state, lane."""
    return connection.execute(_ready(item.c.project_id == project_id)).all()


def is_reviewable(connection: Connection, item_id: int) -> bool:
    """The same of one item."""
    return connection.execute(_ready(item.c.id == item_id)).first() is not None


def _ready(of: ColumnElement[bool]) -> CompoundSelect[Any]:
    columns = select(item.c.id, item.c.state, item.c.lane_id).where(of)
    ready = columns.where(item.c.state.in_(("done", *SET_ASIDE)))
    return ready.union_all(columns.where(item.c.id.in_(_imported_in_full(of))))


def _imported_in_full(of: ColumnElement[bool]) -> Select[tuple[int]]:
    """Open items that labels collected elsewhere have filled already."""
    return (
        select(item.c.id)
        .join(answer, answer.c.item_id == item.c.id)
        .join(person, person.c.id == answer.c.person_id)
        .where(
            of, item.c.state == "open", answer.c.purpose == "imported", answer.c.current, answer.c.nth == 0,
            answer.c.outcome == "submitted", person.c.kind != "machine",
            ~exists().where(assignment.c.item_id == item.c.id, assignment.c.purpose == "work", assignment.c.slot.is_not(None)),
        )
        .group_by(item.c.id, item.c.overlap)
        .having(func.count() >= item.c.overlap)
    )  # fmt: skip


def lanes(connection: Connection, project_id: int) -> Sequence[Found]:
    """Every lane's priority, and its batch's name, priority and due date."""
    columns = (lane.c.id, lane.c.priority, batch.c.name, batch.c.priority.label("batch_priority"), batch.c.due_at)
    query = select(*columns).join(batch, batch.c.id == lane.c.batch_id).where(lane.c.project_id == project_id)
    return connection.execute(query).all()


def flagged_items(connection: Connection, project_id: int) -> set[int]:
    """Items that somebody passed on with a word about the item itself."""
    query = (
        select(answer.c.item_id)
        .distinct()
        .where(
            answer.c.project_id == project_id,
            answer.c.outcome.in_(FLAGS),
            answer.c.current,
            answer.c.undone_at.is_(None),
        )
    )
    return set(connection.execute(query).scalars())


def matching(
    connection: Connection, project_id: int, *, batch_name: str | None, lang: str | None, tag: str | None, annotator: int | None
) -> set[int]:  # fmt: skip
    """Items of a batch, a language, a tag, or answered by one person; None leaves a condition out."""
    query = select(item.c.id, item.c.tags).where(item.c.project_id == project_id)
    if batch_name is not None:
        query = query.join(lane, lane.c.id == item.c.lane_id).join(batch, batch.c.id == lane.c.batch_id)
        query = query.where(batch.c.name == batch_name)
    if lang is not None:
        query = query.where(item.c.lang == lang)
    if tag is not None:
        query = query.where(item.c.tags.is_not(None))
    if annotator is not None:
        given = exists().where(
            answer.c.item_id == item.c.id, answer.c.person_id == annotator, answer.c.current, answer.c.purpose.in_(LABELS)
        )  # fmt: skip
        query = query.where(given)
    return {row.id for row in connection.execute(query) if tag is None or tag in row.tags}


def item_of(connection: Connection, project_id: int, key: str) -> int | None:
    query = select(item.c.id).where(item.c.project_id == project_id, item.c.key == key)
    return connection.execute(query).scalar()


def languages(connection: Connection, project_id: int) -> list[str]:
    query = select(item.c.lang).distinct().where(item.c.project_id == project_id, item.c.lang != "")
    return sorted(connection.execute(query).scalars())


def tags(connection: Connection, project_id: int) -> list[str]:
    query = select(item.c.tags).where(item.c.project_id == project_id, item.c.tags.is_not(None)).distinct()
    return sorted({tag for row in connection.execute(query) for tag in row.tags})


def labellers(connection: Connection, project_id: int) -> list[str]:
    """Names of those whose answers a reviewer may be shown."""
    given = select(answer.c.person_id).where(answer.c.project_id == project_id, answer.c.purpose.in_(LABELS)).distinct()
    query = select(person.c.name).where(person.c.id.in_(given), person.c.kind != "machine").order_by(person.c.name)
    return list(connection.execute(query).scalars())


# One item -------------------------------------------------------------------------------------------------------------


def candidates(connection: Connection, me: int, ids: Sequence[int], since: datetime) -> dict[int, Found]:
    """What must be known of items before this reviewer is given one of them; `since`: when their day began."""
    mine, busy, at_work = assignment.alias(), assignment.alias(), assignment.alias()
    begun = (
        at_work.c.item_id == item.c.id,
        at_work.c.person_id == me,
        at_work.c.purpose != "review",
        at_work.c.state == "held",
    )
    query = (
        select(
            item.c.id, item.c.key, item.c.state, item.c.overlap, lane.c.lang, lane.c.response_lang, lane.c.sensitive,
            verdict.c.id.label("verdict"), verdict.c.final, verdict.c.by_id,
            _any(work.exclusion, work.exclusion.c.item_id == item.c.id, work.exclusion.c.person_id == me).label("excluded"),
            _any(answer, answer.c.item_id == item.c.id, answer.c.person_id == me, answer.c.purpose != "pilot").label("own"), _any(at_work, *begun).label("begun"),
            _any(returned, returned.c.item_id == item.c.id, returned.c.settled.is_(None)).label("waiting"),
            _any(
                mine, mine.c.item_id == item.c.id, mine.c.person_id == me, mine.c.purpose == "review", mine.c.state == "released",
                mine.c.claimed_at >= since,
            ).label("passed"),
            _any(busy, busy.c.item_id == item.c.id, busy.c.purpose == "review", busy.c.slot.is_not(None), busy.c.person_id != me).label("held"),
        )
        .join(lane, lane.c.id == item.c.lane_id)
        .outerjoin(verdict, and_(verdict.c.item_id == item.c.id, verdict.c.current))
        .where(item.c.id.in_(ids))
    )  # fmt: skip
    return {row.id: row for row in connection.execute(query)}


def _any(table: Any, *conditions: Any) -> Any:
    return case((exists(select(1).select_from(table).where(*conditions)), 1), else_=0)


def answers_of(connection: Connection, item_id: int) -> Sequence[Found]:
    """Current answers to an item with who gave them, people before machines, each in the order in which they first came."""
    first = answer.alias()
    began = (
        select(func.min(first.c.id))
        .where(first.c.item_id == answer.c.item_id, first.c.person_id == answer.c.person_id, first.c.purpose == answer.c.purpose)
        .scalar_subquery()
    )  # fmt: skip
    machine = (person.c.kind == "machine").label("machine")
    query = (
        select(answer, person.c.name, person.c.kind, machine, began.label("began"))
        .join(person, person.c.id == answer.c.person_id)
        .where(answer.c.item_id == item_id, answer.c.current, answer.c.purpose.in_(LABELS), answer.c.nth == 0)
        .order_by(machine, began)
    )
    return connection.execute(query).all()


# Holding --------------------------------------------------------------------------------------------------------------


def held(connection: Connection, me: int, project_id: int) -> Found | None:
    """What this reviewer has in hand."""
    query = select(assignment).where(
        assignment.c.person_id == me,
        assignment.c.project_id == project_id,
        assignment.c.purpose == "review",
        assignment.c.state == "held",
    )
    return connection.execute(query.order_by(assignment.c.id)).first()


def overdue(connection: Connection, me: int, project_id: int, now: datetime) -> Sequence[Found]:
    """Reviews in other hands whose lease is over."""
    query = select(assignment).where(
        assignment.c.project_id == project_id,
        assignment.c.purpose == "review",
        assignment.c.state == "held",
        assignment.c.lease_until < now,
        assignment.c.person_id != me,
    )
    return connection.execute(query).all()


def reviews_of(connection: Connection, me: int, item_id: int) -> Sequence[Found]:
    """This reviewer's assignments of one item, the latest first."""
    query = select(assignment).where(
        assignment.c.item_id == item_id, assignment.c.person_id == me, assignment.c.purpose == "review"
    )
    return connection.execute(query.order_by(assignment.c.nth.desc())).all()


def change_assignment(connection: Connection, assignment_id: int, **values: Any) -> None:
    connection.execute(update(assignment).where(assignment.c.id == assignment_id).values(**values))


def put_draft(connection: Connection, assignment_id: int, rev: int, body: Mapping[str, Any], now: datetime) -> None:
    statement = dialect.upsert(connection, draft, ["assignment_id"], ["rev", "body", "saved_at"])
    connection.execute(statement, [{"assignment_id": assignment_id, "rev": rev, "body": body, "saved_at": now}])
    change_assignment(connection, assignment_id, draft_rev=rev)
