"""Whatever breaks while people work, nothing typed is lost, nothing is doubled, and the person is told the truth."""

import asyncio
import secrets
from collections.abc import Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count
from pathlib import Path
from random import Random
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect
from sqlalchemy import Engine, select, update

from bench import world
from core.permissions import Actor
from core.services import audit, queue, sessions
from core.services.queue import Served
from core.store import work
from core.store.engine import reading, transaction
from tests import factories
from tests.clock import right_now
from tests.e2e.conftest import PASSWORD, Server, running, settled

_numbers = count(1)


def rows(engine: Engine, table: Any, *where: Any) -> list[Any]:
    with reading(engine) as session:
        return list(
            session.connection().execute(select(table).where(*where).order_by(table.c[next(iter(table.c.keys()))]))
        )


# kill -9 under ten annotators -------------------------------------------------------------------------------------------


@dataclass
class Annotator:
    """Somebody who works as fast as the server lets them, and remembers what it acknowledged."""

    browser: world.Browser
    rng: Random
    order: tuple[int, dict[str, Any]] | None = None
    """A submit that has had no answer yet: it is sent again, word for word."""
    answers: dict[str, tuple[int, dict[str, Any]]] = field(default_factory=dict)
    drafts: dict[int, list[dict[str, Any]]] = field(default_factory=dict)
    """Of each assignment, all that were sent, in order of their numbers."""
    acknowledged: dict[int, int] = field(default_factory=dict)
    wrong: list[Any] = field(default_factory=list)
    brought_back: int = 0

    async def work(self) -> None:
        """Until the server goes away."""
        try:
            while not self.wrong:
                await self._send() if self.order else await self._answer()
        except ConnectionError:
            self.browser.close()

    async def _answer(self) -> None:
        held = await self._call("GET", "/api/work/bench/next")
        number = held["assignment"]
        self._compare(number, held)
        for _ in range(2):
            body = {"answer": {"preferred": self._choice(held)}, "extras": {"rationale": secrets.token_hex(200)}}
            sent = self.drafts.setdefault(number, [])
            sent[held["rev"] :] = [body]
            held = {
                **held,
                **await self._call("PUT", f"/api/work/assignments/{number}/draft", {"rev": len(sent), **body}),
            }
            self.acknowledged[number] = len(sent)
        self.order = (
            number,
            {"key": secrets.token_hex(16), "rev": held["rev"], "outcome": "submitted", "active_ms": 1, **body},
        )

    def _choice(self, held: dict[str, Any]) -> str:
        candidates = next(ask for ask in held["screen"]["asks"] if ask["name"] == "preferred")["candidates"]
        return str(self.rng.choice(candidates))

    def _compare(self, number: int, held: dict[str, Any]) -> None:
        """What was acknowledged is there, or what was sent after it."""
        known, served = self.acknowledged.get(number, 0), held["rev"]
        self.brought_back += bool(known)
        sent = self.drafts.get(number, [])
        if not known <= served <= len(sent) or (served and held["draft"] != sent[served - 1]):
            self.wrong.append(("draft", number, known, served, len(sent)))

    async def _send(self) -> None:
        assert self.order
        number, body = self.order
        reply = await self._call("POST", f"/api/work/assignments/{number}/submit", body)
        self.answers[body["key"]] = (reply["answer"], body)
        self.order = None

    async def _call(self, method: str, path: str, body: Any = None) -> Any:
        status, reply = await self.browser.call(method, path, body)
        if status != 200:
            self.wrong.append((method, path, status, reply))
            raise ConnectionError
        return reply


async def _until_killed(server: Server, team: list[Annotator], seconds: float) -> None:
    tasks = [asyncio.create_task(person.work()) for person in team]
    await asyncio.sleep(seconds)
    server.kill()
    await asyncio.gather(*tasks)


def _run(team_at_work: Coroutine[Any, Any, None]) -> None:
    """In a thread of its own: Playwright keeps an event loop running in this one."""
    with ThreadPoolExecutor(1) as pool:
        pool.submit(asyncio.run, team_at_work).result()


def test_kill_minus_nine_loses_and_doubles_nothing(tmp_path: Path, fresh_database: Path) -> None:
    with running(tmp_path / "killed", fresh_database, seeded=False) as server:
        people = world.seed(server.engine, items=1500, people_count=10, overlap=2)
        port = int(server.url.rpartition(":")[2])
        team = [Annotator(world.Browser(port, one.cookie), Random(one.person_id)) for one in people]
        rounds = 0
        while rounds < 3 or (rounds < 8 and not any(person.brought_back for person in team)):
            if rounds:
                server.start()
            _run(_until_killed(server, team, 0.4 + Random().random()))
            rounds += 1
        assert [person.wrong for person in team if person.wrong] == []
        _compare_with_store(server.engine, team)
        assert sum(person.brought_back for person in team) > 0


def _compare_with_store(engine: Engine, team: list[Annotator]) -> None:
    stored = {row.submit_key: row for row in rows(engine, work.answer)}
    acknowledged = {key: answer for person in team for key, answer in person.answers.items()}
    on_the_way = {person.order[1]["key"] for person in team if person.order}
    assert len(acknowledged) > 40
    assert set(acknowledged) <= set(stored) <= set(acknowledged) | on_the_way
    for key, (number, body) in acknowledged.items():
        row = stored[key]
        assert (row.id, row.body, row.extras) == (number, body["answer"], body["extras"])
    assert world.over_overlap(engine) == 0
    with reading(engine) as session:
        assert audit.verify(session).broken_at is None
        assert session.connection().exec_driver_sql("PRAGMA quick_check").scalar() == "ok"


# In the browser ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Worker:
    actor: Actor
    context: BrowserContext
    server: Server
    slug: str

    def sign_in(self) -> None:
        with transaction(self.server.engine) as session:
            cookie = sessions.open_session(session, self.actor, now=right_now())
        self.context.add_cookies([{"name": sessions.cookie_name(False), "value": cookie, "url": self.server.url}])

    def open(self, *, wait: bool = True) -> Page:
        page = self.context.new_page()
        page.goto("/")
        if wait:
            painted(page)
        return page

    def drafts(self) -> list[str]:
        with reading(self.server.engine) as session:
            query = (
                select(work.draft.c.body)
                .join(work.assignment)
                .where(work.assignment.c.person_id == self.actor.person_id)
            )
            return [body["answer"].get("text", "") for body in session.connection().execute(query).scalars()]

    def answers(self) -> list[str]:
        found = rows(self.server.engine, work.answer, work.answer.c.person_id == self.actor.person_id)
        return [row.body["text"] for row in found]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, fresh_database: Path) -> Iterator[Server]:
    """For the tests of this file alone: they kill it."""
    with running(tmp_path_factory.mktemp("faults"), fresh_database) as started:
        yield started


@pytest.fixture
def project(server: Server) -> str:
    """Two texts to write, one answer each."""
    return a_writing_project(server, items=2)


def a_writing_project(server: Server, *, items: int) -> str:
    with transaction(server.engine) as session:
        slug = f"write-{next(_numbers)}"
        made = factories.a_project(session, slug, task="demonstration")
        lane = factories.a_lane(session, made)
        for n in range(items):
            factories.an_item(session, made, payload={"prompt": f"请写第 {n + 1} 句问候。"}, lane=lane)
        return slug


@pytest.fixture
def workers(browser: Browser, server: Server, project: str) -> Iterator[list[Worker]]:
    """Two members of the project, each with a browser, signed in."""
    if server.process is None:
        server.start()
    with transaction(server.engine) as session:
        where = session.scalars(select(factories.Project).where(factories.Project.slug == project)).one()
        people = [factories.a_member(session, where, a_person(session, server)) for _ in range(2)]
        actors = [factories.acting(person) for person in people]
    contexts = [browser.new_context(base_url=server.url, viewport={"width": 1280, "height": 800}) for _ in actors]
    made = [Worker(actor, context, server, project) for actor, context in zip(actors, contexts, strict=True)]
    for worker in made:
        worker.sign_in()
    yield made
    for context in contexts:
        context.close()


def a_person(session: Any, server: Server) -> Any:
    """Somebody who can also sign in by hand, with everybody's password."""
    known = session.scalars(select(factories.Person.password_hash).where(factories.Person.name == "Jia")).one()
    return factories.a_person(session, f"写手 {next(_numbers)}", password_hash=known)


@pytest.fixture
def ann(workers: list[Worker]) -> Worker:
    return workers[0]


@pytest.fixture
def ben(workers: list[Worker]) -> Worker:
    return workers[1]


def painted(page: Page, other_than: str | None = None) -> str:
    page.wait_for_function(
        "other => { const id = document.querySelector('.touchstone-desk')?.dataset.assignment; return id && id !== other; }",
        arg=other_than, timeout=30_000,
    )  # fmt: skip
    return page.locator(".touchstone-desk").get_attribute("data-assignment") or ""


def write(page: Page, text: str) -> None:
    page.locator("textarea").focus()
    page.keyboard.insert_text(text)


def text_is(page: Page, text: str) -> None:
    expect(page.locator(".touchstone-desk textarea")).to_have_value(text, timeout=30_000)


def saved(page: Page) -> None:
    expect(page.locator(".saved[data-state=done]")).to_contain_text(":", timeout=20_000)


def told(page: Page, words: str) -> None:
    expect(page.locator(".notices, .veil, .empty-state").filter(has_text=words).first).to_be_visible(timeout=20_000)


def lease_over(worker: Worker) -> None:
    mine = work.assignment.c.person_id == worker.actor.person_id
    with transaction(worker.server.engine) as session:
        past = right_now() - timedelta(minutes=1)
        session.connection().execute(update(work.assignment).where(mine).values(lease_until=past))


def only_the_first_is_left(worker: Worker) -> None:
    with transaction(worker.server.engine) as session:
        mine = session.scalars(select(factories.Project.id).where(factories.Project.slug == worker.slug)).one()
        first = select(work.item.c.id).where(work.item.c.project_id == mine).order_by(work.item.c.position).limit(1)
        others = update(work.item).where(work.item.c.project_id == mine, work.item.c.id != first.scalar_subquery())
        session.connection().execute(others.values(state="done"))


def takes(worker: Worker) -> Served:
    """Somebody else asks for work and gets the item."""
    with transaction(worker.server.engine) as session:
        found = queue.next_screen(session, worker.actor, now=right_now(), rng=Random(1), slug=worker.slug)
    assert isinstance(found, Served)
    return found


@pytest.mark.browser
def test_the_server_dies_in_mid_item_and_what_was_sent_meanwhile_arrives_once(ann: Worker) -> None:
    page = ann.open()
    first = painted(page)
    write(page, "早上好，")
    saved(page)
    ann.server.kill()
    write(page, "今天天气真好。")
    told(page, "The server cannot be reached. Your work is kept in this browser")
    page.keyboard.press("Control+Enter")
    text_is(page, "早上好，今天天气真好。")
    ann.server.start()
    painted(page, first)
    expect(page.locator(".notice.trouble")).to_have_count(0, timeout=20_000)
    assert ann.answers() == ["早上好，今天天气真好。"]
    write(page, "第二句")
    saved(page)
    assert ann.drafts() == ["第二句"]


@pytest.mark.browser
def test_a_restart_in_mid_item_is_survived_with_a_reload_and_without(ann: Worker) -> None:
    page = ann.open()
    write(page, "重启之前")
    ann.server.kill()
    write(page, "，重启之中")
    ann.server.start()
    text_is(page, "重启之前，重启之中")
    saved(page)
    settled(page)
    assert ann.drafts() == ["重启之前，重启之中"]
    write(page, "，重启之后")
    page.reload()
    painted(page)
    text_is(page, "重启之前，重启之中，重启之后")
    saved(page)
    assert ann.drafts() == ["重启之前，重启之中，重启之后"]


@pytest.mark.browser
def test_a_restart_takes_neither_the_caret_nor_a_key(ann: Worker) -> None:
    """Streamlit's own window about the connection must not come between a person and the field."""
    page = ann.open()
    write(page, "[]")
    page.keyboard.press("ArrowLeft")
    saved(page)
    typed = ""
    ann.server.kill()
    with ThreadPoolExecutor(1) as pool:
        started = pool.submit(ann.server.start)
        while not started.done():
            page.keyboard.type(more := "and on ", delay=25)
            typed += more
    settled(page)
    page.keyboard.type("to the end.")
    expect(page.locator(".touchstone-desk textarea")).to_be_focused()
    expect(page.get_by_test_id("stDialog")).to_have_count(0)
    text_is(page, f"[{typed}to the end.]")


@pytest.mark.browser
def test_the_network_is_cut_for_longer_than_the_lease(ann: Worker) -> None:
    page = ann.open()
    write(page, "断网之前")
    saved(page)
    ann.context.set_offline(True)
    write(page, "，断网之后")
    told(page, "You are offline. Your work is kept in this browser")
    lease_over(ann)
    ann.context.set_offline(False)
    expect(page.locator(".notice.trouble")).to_have_count(0, timeout=20_000)
    text_is(page, "断网之前，断网之后")
    saved(page)
    assert ann.drafts() == ["断网之前，断网之后"]
    first = painted(page)
    page.keyboard.press("Control+Enter")
    painted(page, first)
    assert ann.answers() == ["断网之前，断网之后"]


@pytest.mark.browser
def test_who_took_too_long_is_told_and_every_word_is_kept(ann: Worker, ben: Worker) -> None:
    only_the_first_is_left(ann)
    page = ann.open()
    write(page, "写了很久")
    saved(page)
    lease_over(ann)
    taken = takes(ben)
    write(page, "的一句话")
    page.keyboard.press("Control+Enter")
    told(page, "Your time on this item expired, and someone else has taken it. Your draft is saved.")
    told(page, "All items are in progress.")
    page.get_by_role("button", name="Show what I had").click()
    expect(page.get_by_role("dialog")).to_contain_text("写了很久的一句话")
    assert kept_by_the_server(ann, "写了很久的一句话")
    assert ann.answers() == []
    assert taken.draft is None


@pytest.mark.browser
def test_who_comes_back_too_late_finds_what_never_left_the_browser(ann: Worker, ben: Worker) -> None:
    only_the_first_is_left(ann)
    page = ann.open()
    page.route("**/draft", lambda route: route.abort())
    write(page, "只在浏览器里")
    lease_over(ann)
    takes(ben)
    page.reload()
    told(page, "All items are in progress.")
    told(page, "Your time on this item expired, and someone else has taken it.")
    page.unroute("**/draft")
    page.get_by_role("button", name="Show what I had").click()
    expect(page.get_by_role("dialog")).to_contain_text("只在浏览器里")
    assert kept_by_the_server(ann, "只在浏览器里")


def kept_by_the_server(worker: Worker, text: str) -> bool:
    page = worker.context.pages[0]
    for _ in range(100):
        if worker.drafts() == [text]:
            return True
        page.wait_for_timeout(100)
    return False


@pytest.mark.browser
def test_a_lease_that_ran_out_unnoticed_costs_nothing(ann: Worker) -> None:
    page = ann.open()
    first = painted(page)
    lease_over(ann)
    write(page, "没有人来拿")
    page.keyboard.press("Control+Enter")
    painted(page, first)
    assert ann.answers() == ["没有人来拿"]


@pytest.mark.browser
def test_a_session_revoked_in_mid_item_costs_a_sign_in_and_no_word(ann: Worker) -> None:
    page = ann.open()
    write(page, "还在写")
    saved(page)
    with transaction(ann.server.engine) as session:
        sessions.end_all(session, ann.actor.person_id or 0, now=right_now())
    write(page, "，写完了")
    told(page, "You are signed out. Your work is kept in this browser")
    text_is(page, "还在写，写完了")
    page.get_by_role("link", name="Sign in again").click()
    page.locator("input[type=password]").fill(PASSWORD, timeout=30_000)
    page.locator("input[type=text]").fill(ann.actor.name)
    page.get_by_test_id("stFormSubmitButton").get_by_role("button").click()
    painted(page)
    text_is(page, "还在写，写完了")
    saved(page)
    assert ann.drafts() == ["还在写，写完了"]


@pytest.mark.browser
def test_a_second_tab_is_told_and_takes_over_with_every_word(ann: Worker) -> None:
    first = ann.open()
    first.route("**/draft", lambda route: route.abort())
    write(first, "第一个标签页")
    second = ann.open(wait=False)
    told(second, "You are working at another desk")
    second.get_by_role("button", name="Work here instead").click()
    painted(second)
    text_is(second, "第一个标签页")
    saved(second)
    first.unroute("**/draft")
    told(first, "You are working at another desk")
    assert ann.drafts() == ["第一个标签页"]


@pytest.mark.browser
def test_a_double_click_sends_one_answer(ann: Worker) -> None:
    page = ann.open()
    first = painted(page)
    write(page, "只此一句")
    page.locator(".submit").dblclick()
    painted(page, first)
    text_is(page, "")
    assert ann.answers() == ["只此一句"]


@pytest.mark.browser
def test_two_people_at_the_last_item(ann: Worker, ben: Worker) -> None:
    only_the_first_is_left(ann)
    here, there = ann.open(), ben.open(wait=False)
    told(there, "All items are in progress.")
    write(here, "最后一句")
    here.keyboard.press("Control+Enter")
    told(here, "All items have their answers.")
    there.get_by_role("button", name="Refresh").click()
    told(there, "All items have their answers.")
    assert (ann.answers(), ben.answers()) == (["最后一句"], [])
