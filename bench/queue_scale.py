"""What `next` costs with 1,000,000 items beside 1,000, for people who have done nothing and 5,000 items; interleaved in one run."""

import asyncio
import gc
import secrets
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import cycle
from pathlib import Path
from random import Random
from typing import Any

import psutil
from sqlalchemy import Engine

from bench.world import Annotator, Browser, give_history, percentile, seed, served
from core.permissions import Actor, Role
from core.services import labelling, queue
from core.services.labelling import Submission
from core.store.engine import engine_for, transaction

FEW, MANY, DONE_BEFORE = 1_000, 1_000_000, 5_000
ROUNDS, HTTP_BLOCKS, HTTP_BLOCK = 1_000, 12, 25
PEOPLE = 4
AT_MOST = 1.3
SHORT = (20, 40)
"""Words of a prompt and of a response: enough for the queue, which does not read them, and seeded in half the time."""


@dataclass
class Case:
    """A project and the people who take its items in turn."""

    name: str
    engine: Engine
    team: list[Annotator]
    wall: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)


# Seeding --------------------------------------------------------------------------------------------------------------


def make_world(folder: Path, items: int) -> tuple[Engine, list[Annotator]]:
    path = folder / str(items)
    path.mkdir()
    engine = engine_for(f"sqlite:///{path / 'bench.db'}")
    started = time.perf_counter()
    team = seed(engine, items=items, people_count=2 * PEOPLE, overlap=3, words=SHORT)
    print(f"seeded {items:>9,} items in {time.perf_counter() - started:5.1f} s")
    return engine, team


# The service ----------------------------------------------------------------------------------------------------------


def take_one(case: Case, person: Annotator, rng: Random, measured: bool) -> None:
    actor = Actor(person.person_id, person.name, Role.ANNOTATOR)
    wall, cpu = time.perf_counter(), time.thread_time()
    with transaction(case.engine) as session:
        served_item = queue.next_screen(session, actor, now=datetime.now(UTC), rng=rng, slug="bench")
    if measured:
        case.cpu.append(time.thread_time() - cpu)
        case.wall.append(time.perf_counter() - wall)
    assert isinstance(served_item, queue.Served), served_item
    said = {"preferred": _first_candidate(served_item.screen)}
    submission = Submission(secrets.token_hex(16), 0, "submitted", said, active_ms=5000)
    with transaction(case.engine) as session:
        labelling.submit(session, actor, served_item.assignment, submission, now=datetime.now(UTC), rng=rng)


def _first_candidate(screen: dict[str, Any]) -> str:
    return str(next(ask for ask in screen["asks"] if ask["name"] == "preferred")["candidates"][0])


def measure_service(cases: list[Case]) -> None:
    rng = Random(2)
    turns: list[Iterator[Annotator]] = [cycle(case.team) for case in cases]
    for n in range(-20, ROUNDS):
        for case, turn in zip(cases, turns, strict=True):
            take_one(case, next(turn), rng, n >= 0)


# HTTP -----------------------------------------------------------------------------------------------------------------


@contextmanager
def both_served(cases: list[Case], folder: Path) -> Iterator[dict[Engine, tuple[int, psutil.Process]]]:
    few, many = dict.fromkeys(case.engine for case in cases)
    with (
        served(str(few.url), folder / str(FEW)) as (few_port, few_process),
        served(str(many.url), folder / str(MANY)) as (many_port, many_process),
    ):
        yield {few: (few_port, psutil.Process(few_process.pid)), many: (many_port, psutil.Process(many_process.pid))}


async def label(browser: Browser, case: Case, process: psutil.Process) -> None:
    """One `next`, timed, and its submit without a next."""
    cpu, wall = _spent(process), time.perf_counter()
    status, held = await browser.call("GET", "/api/work/bench/next")
    case.wall.append(time.perf_counter() - wall)
    case.cpu.append(_spent(process) - cpu)
    assert status == 200, held
    body = {"key": secrets.token_hex(16), "rev": 0, "outcome": "submitted", "active_ms": 5000}
    body["answer"] = {"preferred": _first_candidate(held["screen"])}
    status, reply = await browser.call("POST", f"/api/work/assignments/{held['assignment']}/submit", body)
    assert status == 200, reply


def _spent(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


async def measure_http(cases: list[Case], folder: Path) -> None:
    with both_served(cases, folder) as servers:
        for n in range(-1, HTTP_BLOCKS):
            for case in cases:
                port, process = servers[case.engine]
                browser = Browser(port, case.team[n % PEOPLE].cookie)
                for _ in range(HTTP_BLOCK):
                    await label(browser, case, process)
                browser.close()
            if n < 0:
                _forget(cases)


# The report -----------------------------------------------------------------------------------------------------------


def _forget(cases: list[Case]) -> None:
    for case in cases:
        case.wall.clear()
        case.cpu.clear()


def report(title: str, cases: list[Case], cost: Callable[[Case], float]) -> None:
    base = cost(cases[0])
    for case in cases:
        ratio = cost(case) / base
        verdict = (
            "" if case is cases[0] else f"  {ratio:4.2f} times {'(as promised)' if ratio <= AT_MOST else '(TOO MUCH)'}"
        )
        print(
            f"{title:8} {case.name:38} p50 {percentile(case.wall, 0.5) * 1000:6.2f} ms  p95 {percentile(case.wall, 0.95) * 1000:6.2f} ms  "
            f"CPU {cost(case) * 1000:5.2f} ms{verdict}"
        )


def main() -> None:
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        few, few_team = make_world(folder, FEW)
        many, many_team = make_world(folder, MANY)
        for person in many_team[PEOPLE : PEOPLE + 2]:
            give_history(many, person, DONE_BEFORE)
        cases = [
            Case(f"{FEW:,} items, nothing done before", few, few_team[:PEOPLE]),
            Case(f"{MANY:,} items, nothing done before", many, many_team[:PEOPLE]),
            Case(f"{MANY:,} items, {DONE_BEFORE:,} done before", many, many_team[PEOPLE : PEOPLE + 2] * 2),
        ]
        gc.collect()
        gc.freeze()
        measure_service(cases)
        report("service", cases, lambda case: percentile(case.cpu, 0.5))
        _forget(cases)
        asyncio.run(measure_http(cases, folder))
        report("HTTP", cases, lambda case: sum(case.cpu) / len(case.cpu))


if __name__ == "__main__":
    main()
