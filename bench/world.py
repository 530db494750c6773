"""What benches and fault tests stand on: a seeded workspace, a real server in its own process, a light HTTP client."""

import asyncio
import os
import random
import secrets
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
from sqlalchemy import Engine, func, insert, select

from core.config import ROOT
from core.permissions import SYSTEM, Actor, Role
from core.services import people, policies, project_changes, sessions
from core.store import schema, work
from core.store.engine import engine_for, transaction
from core.store.prepared import Prepared
from core.store.tables import Batch, Item, Lane, Membership, core

TEXTS = (ROOT / "data/samples/preference.jsonl").read_text(encoding="utf-8")
WORDS = [word for word in TEXTS.split() if word.isascii() and len(word) < 20]
"""English ones alone: what stands between two spaces in Chinese is a clause."""
CHUNK = 20_000
INSERT_ITEMS = Prepared(insert(core(Item)), keys=[column.name for column in core(Item).columns if column.name != "id"])

PLAIN = str.maketrans("", "", '*`\\"{}[]#>|~_')
"""What would make a text Markdown is left out: rendering it has a cost of its own."""


@dataclass(frozen=True)
class Annotator:
    name: str
    person_id: int
    cookie: str


def texts(rng: random.Random, words: int) -> str:
    return " ".join(rng.choices(WORDS, k=words)).translate(PLAIN)


PAIR = (60, 150)
"""Words of a pair's prompt, and of each response."""


def a_pair(rng: random.Random, words: tuple[int, int] = PAIR) -> dict[str, Any]:
    return {
        "prompt": texts(rng, words[0]),
        "responses": {secrets.token_hex(4): {"text": texts(rng, words[1])} for _ in range(2)},
    }


def seed(
    engine: Engine, *, items: int, people_count: int, overlap: int, slug: str = "bench", words: tuple[int, int] = PAIR,
    **policy: Any,
) -> list[Annotator]:  # fmt: skip
    """A live pairwise project with made-up pairs, and annotators with open sessions."""
    schema.upgrade(engine)
    now, rng = datetime.now(UTC), random.Random(1)
    with transaction(engine) as session:
        file = policies.ProjectFile(title="Bench", task="pairwise", overlap=overlap, **policy)
        view = project_changes.create(session, SYSTEM, now=now, slug=slug, file=file, split_salt="bench")
        project_changes.set_state(session, SYSTEM, slug, "live", now=now)
        team = [_annotator(session, view.id, f"{slug}-{n:03}", now) for n in range(people_count)]
    payloads = [a_pair(rng, words) for _ in range(min(items, 500))]
    add_items(engine, view.id, items, overlap, payloads)
    return team


def _annotator(session: Any, project_id: int, name: str, now: datetime) -> Annotator:
    person = people.add(session, SYSTEM, now=now, name=name, role="annotator")
    session.add(
        Membership(person_id=person.id, project_id=project_id, qualified=True, acknowledged_guideline=1, created_at=now)
    )
    session.flush()
    actor = Actor(person.id, name, Role.ANNOTATOR)
    return Annotator(name, person.id, sessions.open_session(session, actor, now=now))


def add_items(engine: Engine, project_id: int, items: int, overlap: int, payloads: list[dict[str, Any]]) -> None:
    """Straight into the tables, each payload one of a few hundred: the queue does not read it."""
    now = datetime.now(UTC)
    for start in range(0, items, CHUNK):
        with transaction(engine) as session:
            lane_id = _lane(session, project_id)
            rows = [
                _item(project_id, lane_id, n, overlap, payloads[n % len(payloads)], now)
                for n in range(start, min(items, start + CHUNK))
            ]
            INSERT_ITEMS.run_many(session.connection(), rows)


def _lane(session: Any, project_id: int) -> int:
    lane, batch = core(Lane), core(Batch)
    found = session.connection().execute(select(lane.c.id).where(lane.c.project_id == project_id)).scalar()
    if found is None:
        batch_id = session.connection().execute(select(batch.c.id).where(batch.c.project_id == project_id)).scalar()
        found = (
            session.connection()
            .execute(
                insert(lane).values(
                    project_id=project_id, batch_id=batch_id, priority=0, lang="", response_lang="", sensitive=""
                )
            )
            .inserted_primary_key[0]
        )
    return int(found)


def _item(project_id: int, lane_id: int, n: int, overlap: int, payload: Any, now: datetime) -> dict[str, Any]:
    key = f"i{n:07}"
    return {
        "project_id": project_id, "lane_id": lane_id, "position": n + 1, "key": key, "state": "open", "payload": payload,
        "overlap": overlap, "digest": key, "duplicate_key": key, "words": 360, "created_at": now, "lang": "", "response_lang": "", "audit": False,
    }  # fmt: skip


def give_history(engine: Engine, person: Annotator, many: int) -> None:
    """The first items answered by this person, half of them today; as far as overlap goes others may still answer them."""
    now = datetime.now(UTC)
    with transaction(engine) as session:
        connection = session.connection()
        first = select(work.item.c.id, work.item.c.project_id, work.item.c.overlap).order_by(work.item.c.id).limit(many)
        rows = connection.execute(first).all()
        free = {row.id: slots + 1 for row, slots in zip(rows, _slots(connection, rows), strict=True)}
        held = [_assignment(row, person.person_id, free[row.id], now) for row in rows]
        connection.execute(insert(work.assignment), held)
        mine = select(work.assignment.c.id, work.assignment.c.item_id).where(
            work.assignment.c.person_id == person.person_id
        )
        project_id = rows[0].project_id
        answers = [_answer(row, person.person_id, project_id, n, now) for n, row in enumerate(connection.execute(mine))]
        connection.execute(insert(work.answer), answers)


def _slots(connection: Any, rows: Any) -> list[int]:
    taken = dict(
        connection.execute(
            select(work.assignment.c.item_id, func.count())
            .where(work.assignment.c.item_id <= rows[-1].id)
            .group_by(work.assignment.c.item_id)
        ).all()
    )
    return [taken.get(row.id, 0) for row in rows]


def _assignment(row: Any, person_id: int, slot: int, now: datetime) -> dict[str, Any]:
    return {
        "item_id": row.id, "overlap": row.overlap, "person_id": person_id, "project_id": row.project_id, "purpose": "work", "nth": 0,
        "state": "done", "slot": slot, "shown": None, "settings_version": 1, "guideline_version": 1, "claimed_at": now,
        "lease_until": now, "draft_rev": 0,
    }  # fmt: skip


def _answer(row: Any, person_id: int, project_id: int, n: int, now: datetime) -> dict[str, Any]:
    return {
        "assignment_id": row.id, "item_id": row.item_id, "person_id": person_id, "project_id": project_id, "purpose": "work",
        "nth": 0, "revision": 1, "current": True, "outcome": "submitted", "guideline_version": 1, "settings_version": 1,
        "device": "desktop", "active_ms": 30_000, "submit_key": secrets.token_hex(16), "body_digest": "",
        "at": now - timedelta(days=n % 2, minutes=n // 2),
    }  # fmt: skip


# The server -----------------------------------------------------------------------------------------------------------


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def start_server(url: str, data_dir: Path, port: int) -> subprocess.Popen[bytes]:
    """As bin/start does it."""
    env = {**os.environ, "DATABASE_URL": url, "TOUCHSTONE_DATA_DIR": str(data_dir)}
    command = [
        sys.executable,
        "-m",
        "uvicorn",
        "app:app",
        "--host",
        "127.0.0.1",
        "--port",
        str(port),
        "--loop",
        "uvloop",
        "--http",
        "httptools",
        "--no-access-log",
    ]
    return subprocess.Popen(
        command, cwd=ROOT, env=env, stdout=subprocess.DEVNULL, stderr=(data_dir / "server.log").open("ab")
    )


def wait_ready(port: int, seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=2) as reply:
                if reply.status == 200:
                    return
        except OSError:
            time.sleep(0.1)
    raise TimeoutError("the server did not come up")


@contextmanager
def served(url: str, data_dir: Path) -> Iterator[tuple[int, subprocess.Popen[bytes]]]:
    port = free_port()
    process = start_server(url, data_dir, port)
    try:
        wait_ready(port)
        yield port, process
    finally:
        process.terminate()
        process.wait(20)


# The client -----------------------------------------------------------------------------------------------------------


class Browser:
    """One keep-alive connection with a session cookie: as little client as can be, since it shares the cores."""

    def __init__(self, port: int, cookie: str) -> None:
        self._port = port
        self._head = (
            f"Host: 127.0.0.1:{port}\r\nOrigin: http://127.0.0.1:{port}\r\nCookie: {sessions.cookie_name(False)}={cookie}\r\n"
            "X-Touchstone: 1\r\nContent-Type: application/json\r\n"
        )
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def call(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        """(status, JSON); raises ConnectionError when the server goes away."""
        if self._streams and self._streams[0].at_eof():
            self.close()  # idle for too long; a browser would also open another
        if self._streams is None:
            self._streams = await asyncio.open_connection("127.0.0.1", self._port, limit=1 << 22)
        reader, writer = self._streams
        raw = b"" if body is None else orjson.dumps(body)
        try:
            writer.write(f"{method} {path} HTTP/1.1\r\n{self._head}Content-Length: {len(raw)}\r\n\r\n".encode() + raw)
            head = await reader.readuntil(b"\r\n\r\n")
            length = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
            content = await reader.readexactly(length)
        except (OSError, asyncio.IncompleteReadError) as error:
            self.close()
            raise ConnectionError from error
        return int(head[9:12]), orjson.loads(content) if content else None

    def close(self) -> None:
        if self._streams:
            self._streams[1].close()
        self._streams = None


def over_overlap(engine: Engine) -> int:
    """Items with more live answers than asked for; must be 0."""
    item, answer = work.item, work.answer
    per_item = (
        select(answer.c.item_id, func.count().label("n"))
        .where(answer.c.purpose == "work", answer.c.outcome == "submitted", answer.c.current)
        .group_by(answer.c.item_id)
        .subquery()
    )
    with engine.connect() as connection:
        query = select(func.count()).select_from(item.join(per_item, per_item.c.item_id == item.c.id))
        return int(connection.execute(query.where(per_item.c.n > item.c.overlap)).scalar_one())


def fresh(folder: Path, url: str | None = None) -> Engine:
    return engine_for(url or f"sqlite:///{folder / 'bench.db'}")


def percentile(values: list[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
