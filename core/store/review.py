"""The SQL of review: what waits for a reviewer, what they are shown, what they settle, and what goes back to its authors."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Connection,
    Select,
    Text,
    and_,
    case,
    delete,
    exists,
    func,
    insert,
    or_,
    select,
    type_coerce,
    update,
)

from core.store import dialect, work
from core.store.tables import Example, Returned, Verdict, core
from core.store.work import Found

item, lane, batch, answer, person = work.item, work.lane, work.batch, work.answer, work.person
assignment, draft, gold, member = work.assignment, work.draft, work.gold, work.member
verdict, returned, example = core(Verdict), core(Returned), core(Example)

SET_ASIDE = ("flagged", "quarantined")
FLAGS = ("bad_item", "personal_data", "give_up", "unsafe_for_me")
"""Outcomes by which people say that something is wrong with an item."""
LABELS = ("work", "imported")
"""Purposes of answers that a reviewer is shown."""

# What waits -----------------------------------------------------------------------------------------------------------


def reviewable(connection: Connection, project_id: int) -> Sequence[Found]:
    """Items that have all their answers, or were set aside: id, state, lane."""
    columns = select(item.c.id, item.c.state, item.c.lane_id)
    ready = columns.where(item.c.project_id == project_id, item.c.state.in_(("done", *SET_ASIDE)))
    return connection.execute(ready.union_all(columns.where(item.c.id.in_(_imported_in_full(project_id))))).all()


def _imported_in_full(project_id: int) -> Select[tuple[int]]:
    """Open items that labels collected elsewhere have filled already."""
    return (
        select(item.c.id)
        .join(answer, answer.c.item_id == item.c.id)
        .join(person, person.c.id == answer.c.person_id)
        .where(
            item.c.project_id == project_id, item.c.state == "open", answer.c.purpose == "imported", answer.c.current, answer.c.nth == 0,
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
    mine = assignment.alias()
    busy = assignment.alias()
    query = (
        select(
            item.c.id, item.c.key, item.c.state, item.c.overlap, lane.c.lang, lane.c.response_lang, lane.c.sensitive,
            verdict.c.id.label("verdict"), verdict.c.final, verdict.c.by_id,
            _any(work.exclusion, work.exclusion.c.item_id == item.c.id, work.exclusion.c.person_id == me).label("excluded"),
            _any(answer, answer.c.item_id == item.c.id, answer.c.person_id == me).label("own"),
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


def verdicts_of(connection: Connection, item_id: int) -> Sequence[Found]:
    """Every verdict of an item, the oldest first, with who gave it."""
    query = select(verdict, person.c.name).outerjoin(person, person.c.id == verdict.c.by_id)
    return connection.execute(query.where(verdict.c.item_id == item_id).order_by(verdict.c.id)).all()


def returned_of(connection: Connection, item_id: int) -> Sequence[Found]:
    query = select(returned).where(returned.c.item_id == item_id).order_by(returned.c.id)
    return connection.execute(query).all()


def verdict_of(connection: Connection, item_id: int) -> Found | None:
    """The item's current verdict."""
    return connection.execute(select(verdict).where(verdict.c.item_id == item_id, verdict.c.current)).first()


def verdict_by(connection: Connection, verdict_id: int) -> Found | None:
    return connection.execute(select(verdict).where(verdict.c.id == verdict_id)).first()


def former_verdict(connection: Connection, key: str) -> Found | None:
    return connection.execute(select(verdict).where(verdict.c.submit_key == key)).first()


def settled_since(connection: Connection, project_id: int, since: datetime, by: int | None = None) -> int:
    """Verdicts given since then, by one reviewer or by all of them."""
    query = select(func.count()).where(verdict.c.project_id == project_id, verdict.c.at >= since)
    return int(connection.execute(query if by is None else query.where(verdict.c.by_id == by)).scalar_one())


def last_verdict(connection: Connection, project_id: int, by: int) -> int | None:
    """The reviewer's own last verdict that still stands."""
    query = select(func.max(verdict.c.id)).where(
        verdict.c.project_id == project_id, verdict.c.by_id == by, verdict.c.current
    )
    return connection.execute(query).scalar()


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


# Settling -------------------------------------------------------------------------------------------------------------


def add_verdict(connection: Connection, row: Mapping[str, Any]) -> int:
    """The item's current verdict from now on."""
    connection.execute(
        update(verdict).where(verdict.c.item_id == row["item_id"], verdict.c.current).values(current=False)
    )
    return int(connection.execute(insert(verdict).values(**row).returning(verdict.c.id)).scalar_one())


def reopen(connection: Connection, verdict_id: int, by: int, now: datetime) -> None:
    connection.execute(
        update(verdict).where(verdict.c.id == verdict_id).values(current=False, reopened_at=now, reopened_by=by)
    )


def gold_of(connection: Connection, item_id: int) -> Found | None:
    return connection.execute(select(gold).where(gold.c.item_id == item_id)).first()


def drop_gold(connection: Connection, item_id: int) -> None:
    connection.execute(delete(gold).where(gold.c.item_id == item_id))


# Sending back ---------------------------------------------------------------------------------------------------------


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
            item.c.state.label("item_state"), work.project.c.slug, work.project.c.title, work.project.c.state,
            case((verdict_there, 1), else_=0).label("settled_there"),
        )
        .join(answer, answer.c.id == returned.c.answer_id)
        .join(item, item.c.id == returned.c.item_id)
        .join(work.project, work.project.c.id == returned.c.project_id)
        .where(returned.c.person_id == person_id, returned.c.settled.is_(None))
        .order_by(returned.c.at.desc(), returned.c.id.desc())
    )  # fmt: skip
    return connection.execute(query).all()


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
        select(example, item.c.key, item.c.payload, item.c.state.label("item_state"), person.c.name)
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


# Export ---------------------------------------------------------------------------------------------------------------


def final_verdicts(connection: Connection, project_id: int) -> dict[int, Found]:
    """Item to its final verdict; the body stays text."""
    query = select(
        verdict.c.item_id, type_coerce(verdict.c.body, Text).label("body"), verdict.c.basis, verdict.c.reason, verdict.c.stage,
        verdict.c.settings_version, verdict.c.guideline_version, verdict.c.at, item.c.key, type_coerce(item.c.aliases, Text).label("aliases"),
    ).join(item, item.c.id == verdict.c.item_id).where(verdict.c.project_id == project_id, verdict.c.current, verdict.c.final).order_by(verdict.c.item_id)  # fmt: skip
    return {row.item_id: row for row in connection.execute(query)}


def unsettled(connection: Connection, project_id: int) -> set[int]:
    """Items between two verdicts: reopened, or with a first verdict that waits for a second."""
    query = select(verdict.c.item_id).where(verdict.c.project_id == project_id, verdict.c.current, ~verdict.c.final)
    return set(connection.execute(query).scalars()) | reopened_items(connection, project_id)


def reviewers_of(connection: Connection, project_id: int) -> dict[int, list[str]]:
    """Item to the names of those who gave its last verdict, the first reviewer first; a first stage begins anew."""
    query = (
        select(verdict.c.item_id, verdict.c.stage, person.c.name)
        .join(person, person.c.id == verdict.c.by_id)
        .where(verdict.c.project_id == project_id)
        .order_by(verdict.c.id)
    )
    found: dict[int, list[str]] = {}
    for row in connection.execute(query):
        before = found.get(row.item_id, []) if row.stage > 1 else []
        found[row.item_id] = [*before, row.name]
    return found


def reviewers(connection: Connection, project_id: int) -> int:
    """How many people have settled items whose verdicts stand."""
    query = select(func.count(verdict.c.by_id.distinct())).where(
        verdict.c.project_id == project_id, verdict.c.reopened_at.is_(None)
    )
    return int(connection.execute(query).scalar_one())
