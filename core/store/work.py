"""The SQL of the hot path: handing out items and taking answers. Core statements, compiled once, all on indexes.

Partial indexes are only used when the condition is literal, hence the text() fragments.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Connection,
    Select,
    String,
    Table,
    Text,
    and_,
    bindparam,
    case,
    delete,
    exists,
    func,
    insert,
    literal,
    literal_column,
    or_,
    select,
    text,
    type_coerce,
    union_all,
    update,
)

from core.store import dialect
from core.store.prepared import Prepared
from core.store.tables import (
    Answer,
    Assignment,
    Batch,
    Desk,
    Draft,
    Exclusion,
    Gold,
    GuidelineVersion,
    Item,
    Lane,
    LaneCursor,
    Membership,
    Person,
    Project,
    SettingsVersion,
    TargetValue,
    Verdict,
    Withdrawal,
    core,
)
from core.store.types import Utc

project, member, person = core(Project), core(Membership), core(Person)
settings, guideline = core(SettingsVersion), core(GuidelineVersion)
batch, lane, cursor = core(Batch), core(Lane), core(LaneCursor)
item, gold, exclusion = core(Item), core(Gold), core(Exclusion)
assignment, draft, answer = core(Assignment), core(Draft), core(Answer)
target_value, desk, verdict, withdrawal = core(TargetValue), core(Desk), core(Verdict), core(Withdrawal)

Found = Any
"""A row with its columns as attributes."""
ME, NOW = bindparam("me", type_=BigInteger), bindparam("now", type_=Utc)
OPEN = text("item.state = 'open'")
HELD = text("assignment.state = 'held'")
NOT_REVIEW = text("assignment.purpose <> 'review'")
"""Reviews are held at the review desk, which looks after their leases."""
NOT_PILOT = text("assignment.purpose <> 'pilot'")
"""Whoever had an item in the pilot alone may have it again: either it counts as work by now, or it was set apart."""
WINDOW = 24
"""Open items looked at in one go; beyond it the cursor moves on."""


def _is(column: Any, value: str) -> Any:
    """Equal to a constant, as a literal: for a parameter SQLite plans the statement anew each time, when the column
    occurs in the condition of a partial index, which costs eight times the look-up."""
    return column == literal_column(f"'{value}'")


def _any_of(column: Any, *values: str) -> Any:
    """As IN, with a text that does not depend on the number of values."""
    return or_(*(_is(column, value) for value in values))


def _latest(table: Any, project_id: Any) -> Any:
    inner = table.alias()
    return select(func.max(inner.c.number)).where(inner.c.project_id == project_id).scalar_subquery()


_HEAD = (
    select(
        project.c.id,
        project.c.slug,
        project.c.task,
        project.c.state,
        project.c.policy,
        member.c.role,
        member.c.state.label("standing"),
        member.c.qualified,
        member.c.acknowledged_guideline,
        member.c.avoids,
        person.c.languages,
        person.c.preferences,
        settings.c.number.label("settings_version"),
        type_coerce(settings.c.settings, Text).label("settings"),
        type_coerce(settings.c.extras, Text).label("extras"),
        guideline.c.number.label("guideline_version"),
        (func.length(guideline.c.text) > 4).label("has_guidelines"),
        desk.c.desk,
        desk.c.seen_at.label("desk_seen_at"),
    )
    .select_from(project)
    .join(settings, and_(settings.c.project_id == project.c.id, settings.c.number == _latest(settings, project.c.id)))
    .join(
        guideline, and_(guideline.c.project_id == project.c.id, guideline.c.number == _latest(guideline, project.c.id))
    )
    .join(person, person.c.id == ME)
    .outerjoin(member, and_(member.c.project_id == project.c.id, member.c.person_id == ME))
    .outerjoin(desk, desk.c.person_id == ME)
)
_HEAD_BY_SLUG = Prepared(_HEAD.where(project.c.slug == bindparam("slug", type_=String)))
_HEAD_BY_ID = Prepared(_HEAD.where(project.c.id == bindparam("project_id", type_=BigInteger)))


def head(connection: Connection, person_id: int, slug: str) -> Found | None:
    """Everything that a claim must know of project, person and standing, in one row."""
    return _HEAD_BY_SLUG.first(connection, {"me": person_id, "slug": slug})


def head_by_id(connection: Connection, person_id: int, project_id: int) -> Found | None:
    return _HEAD_BY_ID.first(connection, {"me": person_id, "project_id": project_id})


TEXT_HIDDEN = or_(
    item.c.state == "quarantined",
    exists(
        select(withdrawal.c.id)
        .where(withdrawal.c.item_id == item.c.id, withdrawal.c.restored_at.is_(None), withdrawal.c.was == "quarantined")
        .correlate(item)
    ),
).label("hidden")
"""Whether an item may hold personal data, so that its text is not shown in passing: withdrawing it changes nothing there."""


# What is already there ------------------------------------------------------------------------------------------------

_MINE = (
    select(assignment.c.id, assignment.c.item_id, assignment.c.state, assignment.c.purpose, literal(True).label("mine"))
    .where(
        assignment.c.person_id == ME,
        assignment.c.project_id == bindparam("project_id"),
        _any_of(assignment.c.state, "held", "expired"),
        NOT_REVIEW,
    )
    .limit(20)
)
_OVERDUE = (
    select(
        assignment.c.id, assignment.c.item_id, assignment.c.state, assignment.c.purpose, literal(False).label("mine")
    )
    .where(assignment.c.project_id == bindparam("project_id"), HELD, assignment.c.lease_until < NOW, NOT_REVIEW)
    .order_by(assignment.c.lease_until)
    .limit(20)
)
_PENDING = Prepared(union_all(select(_MINE.subquery()), select(_OVERDUE.subquery())))


def pending(connection: Connection, person_id: int, project_id: int, now: datetime) -> Sequence[Found]:
    """This person's held and expired assignments, and anybody's whose lease is over."""
    return _PENDING.all(connection, {"me": person_id, "project_id": project_id, "now": now})


_ASSIGNED = Prepared(
    select(
        assignment.c.id, assignment.c.item_id, assignment.c.person_id, assignment.c.project_id, assignment.c.purpose,
        assignment.c.nth, assignment.c.state, assignment.c.slot, assignment.c.overlap, assignment.c.shown,
        assignment.c.settings_version, assignment.c.guideline_version, assignment.c.claimed_at, assignment.c.lease_until,
        assignment.c.draft_rev, item.c.state.label("item_state"), item.c.group_key, item.c.lane_id, item.c.lang,
        type_coerce(item.c.payload, Text).label("payload"), draft.c.rev.label("saved_rev"), draft.c.body.label("draft"),
    )
    .join(item, item.c.id == assignment.c.item_id)
    .outerjoin(draft, draft.c.assignment_id == assignment.c.id)
    .where(assignment.c.id == bindparam("id", type_=BigInteger))
)  # fmt: skip


def assigned(connection: Connection, assignment_id: int) -> Found | None:
    """An assignment with its item and draft."""
    return _ASSIGNED.first(connection, {"id": assignment_id})


_FORMER = Prepared(
    select(answer.c.id, answer.c.body_digest, answer.c.assignment_id).where(
        answer.c.person_id == ME, answer.c.submit_key == bindparam("key", type_=String)
    )
)


def former_submit(connection: Connection, person_id: int, key: str) -> Found | None:
    return _FORMER.first(connection, {"me": person_id, "key": key})


_first = answer.alias("first")
GIVEN_AT = case(
    (answer.c.revision == 1, answer.c.at),
    else_=select(func.min(_first.c.at)).where(_first.c.assignment_id == answer.c.assignment_id).scalar_subquery(),
)
"""When an answer was first given, whatever has been revised since."""
_TODAY = Prepared(
    select(func.count()).where(
        answer.c.person_id == ME,
        answer.c.project_id == bindparam("project_id"),
        answer.c.at >= bindparam("since", type_=Utc),
        answer.c.current,
        _is(answer.c.outcome, "submitted"),
        bindparam("since", type_=Utc) <= GIVEN_AT,
    )
)
_LAST = Prepared(
    select(answer.c.id, item.c.group_key, answer.c.purpose, answer.c.at)
    .join(item, item.c.id == answer.c.item_id)
    .where(answer.c.person_id == ME, answer.c.project_id == bindparam("project_id"))
    .order_by(answer.c.at.desc(), answer.c.id.desc())
    .limit(1)
)


def today(connection: Connection, person_id: int, project_id: int, since: datetime) -> int:
    """Answers of one's own since then, of every purpose alike; neither skipped items nor revisions of older answers."""
    return int(_TODAY.scalar(connection, {"me": person_id, "project_id": project_id, "since": since}))


def last_answer(connection: Connection, person_id: int, project_id: int) -> Found | None:
    return _LAST.first(connection, {"me": person_id, "project_id": project_id})


# Candidates -----------------------------------------------------------------------------------------------------------

_POSITION = func.coalesce(cursor.c.position, 0)
_LANES = Prepared(
    select(lane.c.id, lane.c.lang, lane.c.response_lang, lane.c.sensitive, _POSITION.label("position"))
    .join(batch, batch.c.id == lane.c.batch_id)
    .outerjoin(cursor, and_(cursor.c.person_id == ME, cursor.c.lane_id == lane.c.id))
    .where(
        lane.c.project_id == bindparam("project_id"),
        exists(
            select(item.c.id)
            .where(item.c.lane_id == lane.c.id, OPEN, item.c.position > _POSITION)
            .correlate(lane, cursor)
        ),
    )
    .order_by(batch.c.priority.desc(), lane.c.priority.desc(), batch.c.due_at.is_(None), batch.c.due_at, lane.c.id)
)


def open_lanes(connection: Connection, person_id: int, project_id: int) -> Sequence[Found]:
    """Lanes with open items beyond this person's cursor, in the order they are to be worked."""
    return _LANES.all(connection, {"me": person_id, "project_id": project_id})


_HAD = (assignment.c.item_id == item.c.id, assignment.c.person_id == ME)
_KEPT_FROM = exists(select(exclusion.c.item_id).where(exclusion.c.item_id == item.c.id, exclusion.c.person_id == ME))
SEEN = or_(exists(select(assignment.c.id).where(*_HAD, NOT_PILOT)), _KEPT_FROM)
SEEN_IN_PILOT = or_(exists(select(assignment.c.id).where(*_HAD, _is(assignment.c.purpose, "pilot"))), _KEPT_FROM)
_CANDIDATE = select(item.c.id, item.c.position, item.c.overlap, item.c.group_key, SEEN.label("seen"))
_NEXT_IN_LANE = Prepared(
    _CANDIDATE.where(
        item.c.lane_id == bindparam("lane_id"), OPEN, item.c.position > bindparam("position", type_=BigInteger)
    )
    .order_by(item.c.position)
    .limit(WINDOW)
)
_IN_GROUP = Prepared(
    _CANDIDATE.where(
        item.c.project_id == bindparam("project_id"), item.c.group_key == bindparam("group", type_=String), OPEN
    )
    .order_by(item.c.position)
    .limit(WINDOW)
)


_FRESH = Prepared(
    select(literal(1).label("there"))
    .select_from(item)
    .where(
        item.c.lane_id == bindparam("lane_id"), OPEN, item.c.position > bindparam("position", type_=BigInteger), ~SEEN
    )
    .limit(1)
)


def has_fresh(connection: Connection, person_id: int, lane_id: int, position: int) -> bool:
    """Whether a lane holds an open item beyond this position that the person has not had and may get."""
    return _FRESH.first(connection, {"me": person_id, "lane_id": lane_id, "position": position}) is not None


def next_in_lane(connection: Connection, person_id: int, lane_id: int, position: int) -> Sequence[Found]:
    """The next open items of a lane; `seen`: this person had it, or must not get it."""
    return _NEXT_IN_LANE.all(connection, {"me": person_id, "lane_id": lane_id, "position": position})


def open_in_group(connection: Connection, person_id: int, project_id: int, group: str) -> Sequence[Found]:
    return _IN_GROUP.all(connection, {"me": person_id, "project_id": project_id, "group": group})


_BUSY_GROUPS = (
    select(item.c.group_key)
    .join(assignment, assignment.c.item_id == item.c.id)
    .where(
        item.c.project_id == bindparam("project_id"),
        item.c.group_key.in_(bindparam("groups", expanding=True)),
        _is(assignment.c.purpose, "work"),
        or_(HELD, and_(_is(assignment.c.state, "done"), assignment.c.claimed_at > bindparam("since", type_=Utc))),
        assignment.c.person_id != ME,
    )
    .distinct()
)


def groups_in_hand(
    connection: Connection, person_id: int, project_id: int, groups: list[str], since: datetime
) -> set[str]:
    """Those of the groups that somebody else is in the middle of: holds an item of, or claimed one since then."""
    rows = connection.execute(
        _BUSY_GROUPS, {"me": person_id, "project_id": project_id, "groups": groups, "since": since}
    )
    return set(rows.scalars())


_LOCK = Prepared(select(item.c.id).where(item.c.id == bindparam("id"), OPEN).with_for_update(skip_locked=True))


def lock_open(connection: Connection, item_id: int) -> bool:
    """Whether the item is still open and now ours to decide on; SQLite's one writer need not ask."""
    return not dialect.is_postgresql(connection) or _LOCK.first(connection, {"id": item_id}) is not None


_SLOTS = Prepared(
    select(assignment.c.slot).where(
        assignment.c.item_id == bindparam("id"),
        assignment.c.purpose == bindparam("purpose", type_=String),
        assignment.c.slot.is_not(None),
    )
)


def taken_slots(connection: Connection, item_id: int, purpose: str) -> set[int]:
    return {row.slot for row in _SLOTS.all(connection, {"id": item_id, "purpose": purpose})}


_CHECKS = Prepared(
    select(gold.c.item_id.label("id"), item.c.overlap, item.c.lane_id, lane.c.lang, lane.c.response_lang, lane.c.sensitive)
    .join(item, item.c.id == gold.c.item_id)
    .join(lane, lane.c.id == item.c.lane_id)
    .where(
        gold.c.project_id == bindparam("project_id"), _is(gold.c.use, "check"), _is(item.c.state, "gold"), gold.c.draw >= bindparam("point"),
        ~exists(select(assignment.c.id).where(assignment.c.item_id == gold.c.item_id, assignment.c.person_id == ME)),
    )
    .order_by(gold.c.draw)
    .limit(12)
)  # fmt: skip


_CONTENT = Prepared(
    select(type_coerce(item.c.payload, Text).label("payload"), item.c.lang).where(item.c.id == bindparam("id"))
)


def content_of(connection: Connection, item_id: int) -> Found:
    """An item's payload as stored, and its language."""
    return _CONTENT.first(connection, {"id": item_id})


def unseen_checks(connection: Connection, person_id: int, project_id: int, point: float) -> Sequence[Found]:
    """Hidden checks this person has not had, from a random point on."""
    return _CHECKS.all(connection, {"me": person_id, "project_id": project_id, "point": point})


_OWN_RANGE = Prepared(
    select(func.min(answer.c.id), func.max(answer.c.id)).where(
        answer.c.person_id == ME, answer.c.project_id == bindparam("project_id")
    )
)
_REPEATABLE = Prepared(
    select(answer.c.item_id.label("id"), item.c.overlap)
    .join(item, item.c.id == answer.c.item_id)
    .where(
        answer.c.person_id == ME, answer.c.project_id == bindparam("project_id"), answer.c.at < bindparam("before", type_=Utc),
        answer.c.id >= bindparam("point", type_=BigInteger), _is(answer.c.purpose, "work"), _is(answer.c.outcome, "submitted"), answer.c.revision == 1,
        _any_of(item.c.state, "open", "taken", "done"),
        ~exists(select(assignment.c.id).where(assignment.c.item_id == answer.c.item_id, assignment.c.person_id == ME, _is(assignment.c.purpose, "repeat"))),
    )
    .order_by(answer.c.id)
    .limit(1)
)  # fmt: skip


def own_answers_between(connection: Connection, person_id: int, project_id: int) -> tuple[int, int] | None:
    low, high = _OWN_RANGE.first(connection, {"me": person_id, "project_id": project_id})
    return None if low is None else (low, high)


def repeatable(connection: Connection, person_id: int, project_id: int, point: int, before: datetime) -> Found | None:
    """A submitted item of one's own, given before that time, not yet repeated."""
    return _REPEATABLE.first(connection, {"me": person_id, "project_id": project_id, "point": point, "before": before})


def pilot_items(connection: Connection, person_id: int, project_id: int, many: int) -> Sequence[Found]:
    """The pilot's items, the first of the queue, with how many have been taken and whether this person had them."""
    first = (
        select(
            item.c.id,
            item.c.overlap,
            item.c.position,
            item.c.lane_id,
            lane.c.lang,
            lane.c.response_lang,
            lane.c.sensitive,
            SEEN_IN_PILOT.label("seen"),
        )
        .join(lane, lane.c.id == item.c.lane_id)
        .where(item.c.project_id == project_id, _is(item.c.state, "open"))
        .order_by(lane.c.id, item.c.position)
        .limit(many)
    )
    return connection.execute(first, {"me": person_id}).all()


def _all_but_id(table: Table) -> list[str]:
    return [column.name for column in table.c if column.name != "id"]


def upsert(table: Table, keys: list[str], changes: list[str]) -> Prepared:
    return Prepared(lambda connection: dialect.upsert(connection, table, keys, changes), keys=[*keys, *changes])


# Changes --------------------------------------------------------------------------------------------------------------

_INSERT_ASSIGNMENT = Prepared(insert(assignment).returning(assignment.c.id), keys=_all_but_id(assignment))
_INSERT_ANSWER = Prepared(insert(answer).returning(answer.c.id), keys=_all_but_id(answer))
_INSERT_VALUES = Prepared(insert(target_value), keys=target_value.c.keys())
_DELETE_DRAFT = Prepared(delete(draft).where(draft.c.assignment_id == bindparam("id")))
_SET_ITEM_STATE = Prepared(update(item).where(item.c.id == bindparam("b_id")).values(state=bindparam("b_state")))
_FINISH = Prepared(
    update(assignment).where(assignment.c.id == bindparam("b_id")).values(state="done", slot=bindparam("b_slot"))
)
_HOLD = Prepared(
    update(assignment)
    .where(assignment.c.id == bindparam("b_id"))
    .values(state="held", slot=bindparam("b_slot"), lease_until=bindparam("b_lease", type_=Utc))
)
_EXTEND = Prepared(
    update(assignment).where(assignment.c.id == bindparam("b_id")).values(lease_until=bindparam("b_lease", type_=Utc))
)
_SAVED = Prepared(
    update(assignment)
    .where(assignment.c.id == bindparam("b_id"))
    .values(draft_rev=bindparam("b_rev"), lease_until=bindparam("b_lease", type_=Utc))
)
_EXPIRE = Prepared(update(assignment).where(assignment.c.id == bindparam("b_id")).values(state="expired", slot=None))
_TAIL = Prepared(select(func.coalesce(func.max(item.c.position), 0) + 1).where(item.c.lane_id == bindparam("lane_id")))
_REQUEUE = Prepared(
    update(item)
    .where(item.c.id == bindparam("b_id"))
    .values(state="open", position=bindparam("b_position", type_=BigInteger))
)
_LIVE_COUNT = Prepared(
    select(
        func.count().filter(assignment.c.slot.is_not(None)).label("slots"),
        func.count().filter(and_(assignment.c.slot.is_not(None), HELD)).label("held"),
    ).where(assignment.c.item_id == bindparam("id"), _is(assignment.c.purpose, "work"))
)
_MOVE_CURSOR = upsert(cursor, ["person_id", "lane_id"], ["position"])
_SAVE_DRAFT = upsert(draft, ["assignment_id"], ["rev", "body", "saved_at"])
_SEAT = upsert(desk, ["person_id"], ["desk", "seen_at"])
_PASSED_ON = Prepared(
    select(func.count(answer.c.person_id.distinct())).where(
        answer.c.item_id == bindparam("id"),
        _any_of(answer.c.outcome, "skipped", "give_up", "unsafe_for_me"),
        text("current"),
        answer.c.undone_at.is_(None),
    )
)


def add_assignment(connection: Connection, row: dict[str, Any]) -> int:
    return int(_INSERT_ASSIGNMENT.scalar(connection, row))


def add_answer(connection: Connection, row: dict[str, Any]) -> int:
    return int(_INSERT_ANSWER.scalar(connection, row))


def add_values(connection: Connection, rows: list[dict[str, Any]]) -> None:
    if rows:
        _INSERT_VALUES.run_many(connection, rows)


def drop_draft(connection: Connection, assignment_id: int) -> None:
    _DELETE_DRAFT.run(connection, {"id": assignment_id})


def set_item_state(connection: Connection, item_id: int, state: str) -> None:
    _SET_ITEM_STATE.run(connection, {"b_id": item_id, "b_state": state})


def item_state(connection: Connection, item_id: int) -> str:
    return str(connection.execute(select(item.c.state).where(item.c.id == item_id)).scalar_one())


def finish(connection: Connection, assignment_id: int, slot: int | None) -> None:
    _FINISH.run(connection, {"b_id": assignment_id, "b_slot": slot})


def hold(connection: Connection, assignment_id: int, slot: int | None, lease_until: datetime) -> None:
    _HOLD.run(connection, {"b_id": assignment_id, "b_slot": slot, "b_lease": lease_until})


def extend(connection: Connection, assignment_id: int, lease_until: datetime) -> None:
    _EXTEND.run(connection, {"b_id": assignment_id, "b_lease": lease_until})


def expire(connection: Connection, assignment_id: int) -> None:
    _EXPIRE.run(connection, {"b_id": assignment_id})


def requeue(connection: Connection, item_id: int, lane_id: int) -> None:
    """Open again, at the end of its lane: behind everybody's cursor nobody would find it."""
    tail = _TAIL.scalar(connection, {"lane_id": lane_id})
    _REQUEUE.run(connection, {"b_id": item_id, "b_position": tail})


def live_work(connection: Connection, item_id: int) -> tuple[int, int]:
    """(slots in use, of which still held)."""
    row = _LIVE_COUNT.first(connection, {"id": item_id})
    return row.slots, row.held


def people_who_passed(connection: Connection, item_id: int) -> int:
    return int(_PASSED_ON.scalar(connection, {"id": item_id}))


def reported(connection: Connection, item_id: int) -> bool:
    """Whether an answer that stands says that the item is bad or may hold personal data."""
    query = select(answer.c.id).where(
        answer.c.item_id == item_id, answer.c.current, answer.c.outcome.in_(("bad_item", "personal_data"))
    )
    return connection.execute(query.limit(1)).first() is not None


def move_cursor(connection: Connection, person_id: int, lane_id: int, position: int) -> None:
    _MOVE_CURSOR.run(connection, {"person_id": person_id, "lane_id": lane_id, "position": position})


def save_draft(
    connection: Connection, assignment_id: int, rev: int, body: dict[str, Any], now: datetime, lease_until: datetime
) -> None:
    _SAVE_DRAFT.run(connection, {"assignment_id": assignment_id, "rev": rev, "body": body, "saved_at": now})
    _SAVED.run(connection, {"b_id": assignment_id, "b_rev": rev, "b_lease": lease_until})


def seat(connection: Connection, person_id: int, desk_id: str, now: datetime) -> None:
    """This desk is now the person's one desk."""
    _SEAT.run(connection, {"person_id": person_id, "desk": desk_id, "seen_at": now})


def unseat(connection: Connection, person_id: int, desk_id: str) -> None:
    """This desk is no longer the person's; another that has taken its place stays."""
    connection.execute(delete(desk).where(desk.c.person_id == person_id, desk.c.desk == desk_id))


def current_answer(connection: Connection, answer_id: int) -> Found | None:
    query: Select[Any] = select(
        answer, item.c.lane_id, item.c.state.label("item_state"), type_coerce(item.c.payload, Text).label("payload")
    ).join(item, item.c.id == answer.c.item_id)
    return connection.execute(query.where(answer.c.id == answer_id)).first()


def revisions(connection: Connection, row: Found) -> int:
    """The highest revision of an answer's (item, person, purpose, nth)."""
    query = select(func.max(answer.c.revision)).where(
        answer.c.item_id == row.item_id,
        answer.c.person_id == row.person_id,
        answer.c.purpose == row.purpose,
        answer.c.nth == row.nth,
    )
    return int(connection.execute(query).scalar() or 0)


def current_revision(connection: Connection, row: Found) -> int | None:
    """The answer that counts of an answer's (item, person, purpose, nth); None once it was taken back."""
    query = select(answer.c.id).where(
        answer.c.item_id == row.item_id,
        answer.c.person_id == row.person_id,
        answer.c.purpose == row.purpose,
        answer.c.nth == row.nth,
        answer.c.current,
    )
    return connection.execute(query).scalar()


def retire(connection: Connection, row: Found, undone_at: datetime | None = None) -> None:
    """The current answer of (item, person, purpose, nth) is current no longer."""
    values: dict[str, Any] = {"current": False}
    if undone_at is not None:
        values["undone_at"] = undone_at
    connection.execute(
        update(answer)
        .where(
            answer.c.item_id == row.item_id,
            answer.c.person_id == row.person_id,
            answer.c.purpose == row.purpose,
            answer.c.nth == row.nth,
            text("current"),
        )
        .values(**values)
    )


def gold_answer(connection: Connection, item_id: int) -> Any:
    return connection.execute(select(gold.c.answer).where(gold.c.item_id == item_id)).scalar()


def has_verdict(connection: Connection, item_id: int) -> bool:
    """Of either stage: what a reviewer has settled is not changed under their eyes."""
    query = select(verdict.c.item_id).where(verdict.c.item_id == item_id, verdict.c.current)
    return connection.execute(query).first() is not None


def settled_by_review(item_id: Any) -> Any:
    """The condition that an item has a verdict of either stage: it needs no more answers."""
    return exists(select(verdict.c.id).where(verdict.c.item_id == item_id, verdict.c.current))
