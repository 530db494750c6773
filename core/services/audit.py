"""The append-only, hash-chained log of changes: ids and digests, never content."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import orjson
from sqlalchemy import Connection, insert, select
from sqlmodel import Session, col

from core.permissions import Actor
from core.store import dialect
from core.store.prepared import Prepared
from core.store.tables import Event, core

GENESIS = "0" * 64
_TAIL = "the log's end"
"""In Session.info: (seq, chain) of the last event, good while the transaction holds the log's lock."""


@dataclass(frozen=True)
class Fact:
    """Something that happened: kind is "answer.submitted", subject names ids ("answer:12 item:7")."""

    kind: str
    subject: str
    project_id: int | None = None
    digest: str = ""


@dataclass(frozen=True)
class Verification:
    events: int
    broken_at: int | None
    """The first seq whose chain value does not follow; None when the log is whole."""


def digest_of(content: Any) -> str:
    return hashlib.sha256(orjson.dumps(content, option=orjson.OPT_SORT_KEYS)).hexdigest()


def in_turn(session: Session) -> Connection:
    """Wait for one's turn to change things: what is read afterwards holds until the commit, and with the log's lock
    taken first nobody waits in a circle. SQLite has one writer anyway.
    """
    connection = session.connection()
    if _TAIL not in session.info:
        dialect.lock_log(connection)
        last = _LAST.first(connection, {})
        session.info[_TAIL] = (last.seq, last.chain) if last else (0, GENESIS)
    return connection


def record(session: Session, actor: Actor, now: datetime, *facts: Fact) -> int:
    """Append facts and return the seq of the first. Call it last in a transaction: on PostgreSQL it queues writers."""
    connection = in_turn(session)
    first, chain = session.info[_TAIL]
    rows = []
    for seq, fact in enumerate(facts, start=first + 1):
        row = {"seq": seq, "at": now, "actor_id": actor.person_id, **vars(fact)}
        chain = row["chain"] = _link(chain, row)
        rows.append(row)
    _INSERT.run_many(connection, rows)
    session.info[_TAIL] = (first + len(facts), chain)
    return int(first) + 1


def verify(session: Session) -> Verification:
    """Walk the whole chain."""
    chain, expected, count = GENESIS, 1, 0
    query = select(*_EVENT.c).order_by(_EVENT.c.seq)
    with session.connection().execute(query, execution_options={"yield_per": 5000}) as rows:
        for row in rows.mappings():
            chain = _link(chain, row)
            if row["seq"] != expected or row["chain"] != chain:
                return Verification(count, row["seq"])
            expected, count = expected + 1, count + 1
    return Verification(count, None)


def recent(session: Session, project_id: int, limit: int = 100) -> Sequence[Event]:
    query = select(Event).where(col(Event.project_id) == project_id).order_by(col(Event.seq).desc()).limit(limit)
    return session.scalars(query).all()


def _link(previous: str, row: Any) -> str:
    at = row["at"].astimezone(UTC).isoformat()
    parts = (previous, row["seq"], at, row["actor_id"], row["kind"], row["project_id"], row["subject"], row["digest"])
    return hashlib.sha256(repr(parts).encode()).hexdigest()


_EVENT = core(Event)
_LAST = Prepared(select(_EVENT.c.seq, _EVENT.c.chain).order_by(_EVENT.c.seq.desc()).limit(1))
_INSERT = Prepared(insert(_EVENT), keys=_EVENT.c.keys())
