"""Which batches are unfinished: one of their items has answers to come, be it open or in the hands of all it needs."""

from sqlalchemy import ColumnElement, Select, and_, func, literal_column, or_, select

from core.store.work import OPEN, batch, item, lane

_TAKEN = literal_column("item.state") == literal_column("'taken'")
_IN_BATCH = and_(lane.c.project_id == batch.c.project_id, lane.c.batch_id == batch.c.id)
"""The project is named so that an index leads to the lanes."""


def unfinished() -> ColumnElement[bool]:
    """Of `batch`: looked up by lane and by project, never counted; finished items are not read, however many there are."""
    return or_(_open(item.c.id).exists(), _taken(item.c.id).exists())


def left() -> ColumnElement[int]:
    """Of `batch`: how many of its items are unfinished."""
    return _open(func.count()).scalar_subquery() + _taken(func.count()).scalar_subquery()


def _open(what: ColumnElement[int]) -> Select[int]:
    lanes = select(what).select_from(lane.join(item, item.c.lane_id == lane.c.id))
    return lanes.where(_IN_BATCH, OPEN).correlate(batch)


def _taken(what: ColumnElement[int]) -> Select[int]:
    """Few at a time, as each is held by people now: found by their state, not by lane."""
    held = select(what).select_from(item.join(lane, lane.c.id == item.c.lane_id))
    return held.where(item.c.project_id == batch.c.project_id, _TAKEN, _IN_BATCH).correlate(batch)
