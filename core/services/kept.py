"""What need not be worked out twice: heavy figures until the store has moved on, look-ups within one reading."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock
from time import perf_counter
from typing import Any, Generic, TypeVar

from sqlalchemy import BigInteger, bindparam, func, select
from sqlmodel import Session

from core.store.engine import SNAPSHOT
from core.store.prepared import Prepared
from core.store.tables import Beat, Event, core

F = TypeVar("F")
MOST = 64
DEAR = timedelta(seconds=0.1)
REST = 40
"""A figure that is dear to work out may be this many times as old as it takes to work out."""


@dataclass(frozen=True)
class Figure(Generic[F]):
    """A value, when it was worked out, and the state of the store it is true of."""

    value: F
    version: Hashable
    at: datetime
    cost: timedelta

    def good(self, version: Hashable, now: datetime, dear: timedelta = DEAR) -> bool:
        rested = self.cost > dear and timedelta(0) <= now - self.at < REST * self.cost
        return self.version == version or rested


_figures: OrderedDict[Hashable, Figure[Any]] = OrderedDict()
_guard = Lock()


def kept(
    session: Session, name: Hashable, project_id: int, now: datetime, work_out: Callable[[], F], *, dear: timedelta = DEAR
) -> Figure[F]:  # fmt: skip
    """The figure as kept, or worked out anew. Without any event there is nothing to hold it against: always anew."""
    version = _version(session, project_id)
    key = (str(session.connection().engine.url), name, project_id)
    with _guard:
        found = _figures.get(key)
    if found is not None and version is not None and found.good(version, now, dear):
        return found
    began = perf_counter()
    value = work_out()
    figure = Figure(value, version, now, timedelta(seconds=perf_counter() - began))
    with _guard:
        _figures[key] = figure
        _figures.move_to_end(key)
        if len(_figures) > MOST:
            _figures.popitem(last=False)
    return figure


def once(session: Session, key: Hashable, work_out: Callable[[], F]) -> F:
    """Within a reading, which sees nothing change, worked out the first time only; in a transaction, each time."""
    snapshot: dict[Hashable, F] = session.info.get(SNAPSHOT, {})
    return snapshot[key] if key in snapshot else note(session, key, work_out())


def note(session: Session, key: Hashable, value: F) -> F:
    """What `once` is to find, because it was looked up together with others."""
    session.info.get(SNAPSHOT, {})[key] = value
    return value


def _version(session: Session, project_id: int) -> Hashable:
    """The last event of the project, by number and hash, and its last beat: beats are no events."""
    of = {"project_id": project_id}
    event = _LAST_EVENT.first(session.connection(), of)
    return None if event is None else (*event, _LAST_BEAT.scalar(session.connection(), of))


_EVENT, _BEAT = core(Event), core(Beat)
_PROJECT = bindparam("project_id", type_=BigInteger)
_LAST_EVENT = Prepared(
    select(_EVENT.c.seq, _EVENT.c.chain).where(_EVENT.c.project_id == _PROJECT).order_by(_EVENT.c.seq.desc()).limit(1)
)
_LAST_BEAT = Prepared(select(func.max(_BEAT.c.at)).where(_BEAT.c.project_id == _PROJECT))
