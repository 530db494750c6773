"""100 signed-in people at human pace on one process: 80 at the desk, 15 on My work, 5 on the lead's pages."""

import asyncio
import gc
import random
import secrets
import tempfile
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import cycle
from pathlib import Path
from typing import Any

import psutil
from sqlalchemy import Engine
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol

from bench.world import Annotator, Browser, fresh, give_history, percentile, seed, served
from core.permissions import SYSTEM, Actor, Role
from core.services import people, sessions
from core.store.engine import transaction

AT_DESK, ON_OWN_WORK, LEADS = 80, 15, 5
SETTLE, SECONDS = 25.0, 75.0
AN_ITEM, BETWEEN_RUNS = 20.0, 4.0
"""Mean seconds that an item takes, and between two looks at a page; both quicker than people are."""
DRAFTS = 2
BEAT = 15.0
HISTORY = 400
"""Answers that each person on My work has given before."""


@dataclass
class Measured:
    calls: list[tuple[str, float]] = field(default_factory=list)
    runs: list[tuple[str, float]] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)


# The desk -------------------------------------------------------------------------------------------------------------


class AtDesk:
    """Somebody labelling: drafts while thinking, a submit that brings the next item, beats beside it."""

    def __init__(self, port: int, person: Annotator, rng: random.Random, measured: Measured) -> None:
        self._work, self._beats = Browser(port, person.cookie), Browser(port, person.cookie)
        self._rng, self._measured, self._desk = rng, measured, secrets.token_hex(8)
        self._assignment: int | None = None

    async def stay(self, until: float) -> None:
        await asyncio.sleep(self._rng.uniform(0, AN_ITEM))
        await asyncio.gather(self._label(until), self._beat(until))

    async def _label(self, until: float) -> None:
        held = await self._call(self._work, "next", "GET", "/api/work/bench/next")
        while held and held.get("assignment") and time.perf_counter() < until:
            self._assignment = held["assignment"]
            answer = {"preferred": next(a for a in held["screen"]["asks"] if a["name"] == "preferred")["candidates"][0]}
            rev = await self._think(held["rev"], answer)
            body = {"key": secrets.token_hex(16), "rev": rev, "outcome": "submitted", "answer": answer}
            body |= {"active_ms": 15_000, "next": True}
            path = f"/api/work/assignments/{self._assignment}/submit"
            reply = await self._call(self._work, "submit", "POST", path, body)
            held = reply and reply["next"]

    async def _think(self, rev: int, answer: Any) -> int:
        for _ in range(DRAFTS):
            await asyncio.sleep(self._rng.expovariate((DRAFTS + 1) / AN_ITEM))
            rev += 1
            path = f"/api/work/assignments/{self._assignment}/draft"
            await self._call(self._work, "draft", "PUT", path, {"rev": rev, "answer": answer})
        await asyncio.sleep(self._rng.expovariate((DRAFTS + 1) / AN_ITEM))
        return rev

    async def _beat(self, until: float) -> None:
        number = 0
        while time.perf_counter() < until:
            await asyncio.sleep(BEAT)
            number += 1
            beat = {
                "seq": number,
                "at": datetime.now(UTC),
                "active_ms": int(BEAT * 1000),
                "assignment": self._assignment,
            }
            await self._call(self._beats, "beat", "POST", "/api/activity", {"desk": self._desk, "beats": [beat]})

    async def _call(self, browser: Browser, name: str, method: str, path: str, body: Any = None) -> Any:
        started = time.perf_counter()
        try:
            status, reply = await browser.call(method, path, body)
        except ConnectionError:  # it was closed as idle while we wrote; browsers send again, too
            status, reply = await browser.call(method, path, body)
        self._measured.calls.append((name, time.perf_counter() - started))
        if status != 200:
            self._measured.errors.append(f"{name}: {status} {reply}")
            return None
        return reply


# The pages ------------------------------------------------------------------------------------------------------------


class Tab:
    """A browser's half of Streamlit's websocket, as far as it takes to open pages and to press buttons."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket
        self._pages: dict[str, str] = {}
        self._page = ""
        self.buttons: dict[str, str] = {}

    async def open(self, page: str) -> str | None:
        """Run a page by its address; what went wrong, or None."""
        message = self._message()
        if page in self._pages:
            message.rerun_script.page_script_hash = self._pages[page]
        else:
            message.rerun_script.page_name = page
        return await self._run(message)

    async def press(self, key: str) -> str | None:
        message = self._message()
        message.rerun_script.page_script_hash = self._page
        pressed = message.rerun_script.widget_states.widgets.add()
        pressed.id, pressed.trigger_value = self.buttons[key], True
        return await self._run(message)

    def _message(self) -> Any:
        message = BackMsg()
        message.rerun_script.query_string = ""
        message.rerun_script.context_info.timezone = "Asia/Singapore"
        return message

    async def _run(self, message: Any) -> str | None:
        await self._socket.send(message.SerializeToString())
        self.buttons, failure = {}, None
        while True:
            received = ForwardMsg()
            received.ParseFromString(await self._socket.recv())
            kind = received.WhichOneof("type")
            if kind == "navigation":
                self._pages = {page.url_pathname: page.page_script_hash for page in received.navigation.app_pages}
                self._page = received.navigation.page_script_hash
            elif kind == "delta":
                failure = self._noted(received.delta.new_element) or failure
            elif kind == "page_not_found":
                failure = "no such page"
            elif kind == "script_finished":
                return failure

    def _noted(self, element: Any) -> str | None:
        if element.WhichOneof("type") == "button":
            self.buttons[element.button.id.rsplit("-", 1)[-1]] = element.button.id
        if element.WhichOneof("type") == "exception":
            return str(element.exception.message)
        return None


async def look_about(port: int, person: Annotator, steps: list[str], until: float, measured: Measured) -> None:
    """Go round the pages and buttons (`+name`) with a pause before each."""
    rng = random.Random(person.person_id)
    await asyncio.sleep(rng.uniform(0, SETTLE / 2))
    headers = {"Cookie": f"{sessions.cookie_name(False)}={person.cookie}"}
    address = f"ws://127.0.0.1:{port}/_stcore/stream"
    async with connect(
        address,
        subprotocols=[Subprotocol("streamlit"), Subprotocol("bench")],
        additional_headers=headers,
        max_size=None,
    ) as socket:
        tab = Tab(socket)
        for step in cycle(steps):
            if time.perf_counter() > until:
                return
            started = time.perf_counter()
            failure = await (tab.press(step[1:]) if step[1:] in tab.buttons else tab.open(step.lstrip("+")))
            measured.runs.append((step, time.perf_counter() - started))
            if failure:
                measured.errors.append(f"{step}: {failure}")
            await asyncio.sleep(rng.expovariate(1 / BETWEEN_RUNS))


# All of them ----------------------------------------------------------------------------------------------------------


def add_leads(engine: Engine) -> list[Annotator]:
    found, now = [], datetime.now(UTC)
    with transaction(engine) as session:
        for n in range(LEADS):
            person = people.add(session, SYSTEM, now=now, name=f"lead-{n}", role="lead")
            found.append(
                Annotator(
                    person.name,
                    person.id,
                    sessions.open_session(session, Actor(person.id, person.name, Role.LEAD), now=now),
                )
            )
    return found


async def crowd(port: int, team: list[Annotator], leads: list[Annotator], process: psutil.Process) -> Measured:
    measured = Measured()
    until = time.perf_counter() + 2 * (SETTLE + SECONDS)
    desks = [AtDesk(port, person, random.Random(person.person_id), measured) for person in team[:AT_DESK]]
    tasks = [desk.stay(until) for desk in desks]
    tasks += [look_about(port, person, ["work", "+older", "+newer"], until, measured) for person in team[AT_DESK:]]
    tasks += [look_about(port, person, ["today", "progress"], until, measured) for person in leads]
    running = [asyncio.create_task(task) for task in tasks]
    await asyncio.wait(running, timeout=SETTLE, return_when=asyncio.FIRST_EXCEPTION)
    _forget_first(measured)
    cpu, wall = sum(process.cpu_times()[:2]), time.perf_counter()
    await asyncio.wait(running, timeout=SECONDS, return_when=asyncio.FIRST_EXCEPTION)
    cores = (sum(process.cpu_times()[:2]) - cpu) / (time.perf_counter() - wall)
    print(f"server: {cores:.2f} cores, {process.memory_info().rss / 2**20:.0f} MB, {process.num_threads()} threads")
    for task in running:
        if not task.cancel():
            task.result()  # raises what ended it early
    return measured


def _forget_first(measured: Measured) -> None:
    """People come one after another; what is measured begins when all are there."""
    measured.calls.clear()
    measured.runs.clear()


def report(title: str, timed: list[tuple[str, float]], most_ms: float) -> None:
    for name in ["", *sorted({name for name, _ in timed})]:
        times = [seconds * 1000 for said, seconds in timed if not name or said == name]
        promise = "" if name else f"  (p95 promised: {most_ms:.0f} ms)"
        print(
            f"{title:5} {name or 'all':10} {len(times):5}  p50 {percentile(times, 0.5):6.1f} ms  p95 {percentile(times, 0.95):6.1f} ms  max {max(times):6.0f} ms{promise}"
        )


def main() -> None:
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        engine = fresh(folder)
        team = seed(engine, items=10_000, people_count=AT_DESK + ON_OWN_WORK, overlap=ON_OWN_WORK + 3)
        for person in team[AT_DESK:]:
            give_history(engine, person, HISTORY)
        leads = add_leads(engine)
        gc.collect()
        gc.freeze()
        with served(str(engine.url), folder) as (port, process):
            measured = asyncio.run(crowd(port, team, leads, psutil.Process(process.pid)))
    report("desk", measured.calls, 50)
    report("page", measured.runs, 300)
    print(f"errors: {len(measured.errors)}", *measured.errors[:5], sep="\n  ")


if __name__ == "__main__":
    main()
