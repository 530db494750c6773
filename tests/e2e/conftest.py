"""A real server on a seeded workspace and a real browser, for the tests that walk through the product."""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Browser, Page, Playwright, TimeoutError as TooSlow, sync_playwright
from sqlalchemy import Engine

from core.config import ROOT
from core.services import passwords
from core.store.engine import engine_for, transaction
from tests import factories
from ui.project.page import TABS

PASSWORD = "a stone that tells gold"
PEOPLE = {"Ada": "admin", "Mei Ling": "lead", "Jia": "annotator", "Wei": "annotator", "Vik": "viewer"}
"""Everybody's password is PASSWORD. Jia reads Chinese; Jia and Wei are qualified in both projects."""


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The tests of one file share a server, so they go to one worker, but for those that have their own."""
    for item in items:
        if {"e2e", "attacks"} & set(item.path.parts) and not item.get_closest_marker("xdist_group"):
            item.add_marker(pytest.mark.xdist_group(item.path.name))


@dataclass
class Server:
    """A server process and the store it works on."""

    url: str
    database_url: str
    data_dir: Path
    log: Path
    process: subprocess.Popen[bytes] | None = None

    @property
    def engine(self) -> Engine:
        return engine_for(self.database_url)

    def start(self) -> None:
        env = {
            **os.environ, "DATABASE_URL": self.database_url, "TOUCHSTONE_DATA_DIR": str(self.data_dir),
            "PORT": self.url.rpartition(":")[2],
        }  # fmt: skip
        env.pop("TOUCHSTONE_URL", None)
        command = [sys.executable, "-m", "uvicorn", "app:app", "--port", env["PORT"], "--no-access-log"]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(command, cwd=ROOT, env=env, stdout=log, stderr=log)
        self._wait()

    def _wait(self) -> None:
        for _ in range(600):
            if self.process is None or self.process.poll() is not None:
                raise RuntimeError(f"the server did not start:\n{self.log.read_text()}")
            try:
                urllib.request.urlopen(f"{self.url}/readyz", timeout=1)
                return
            except (urllib.error.URLError, OSError):
                time.sleep(0.1)
        raise RuntimeError(f"the server did not become ready:\n{self.log.read_text()}")

    def stop(self) -> None:
        if self.process is not None:
            self.process.terminate()
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
            self.process = None

    def kill(self) -> None:
        """As the power would: no time to say goodbye."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None

    def seed(self) -> None:
        """One admin, one lead, two qualified annotators, one viewer; a pairwise and a rating project, live."""
        with transaction(self.engine) as session:
            known = password_hash()
            people = {
                name: factories.a_person(session, name, role=role, password_hash=known) for name, role in PEOPLE.items()
            }
            people["Jia"].language = "zh"
            for slug, task in (("pairs", "pairwise"), ("ratings", "rating")):
                project = factories.a_project(session, slug, task=task, items=12, overlap=2)
                for name in ("Jia", "Wei"):
                    factories.a_member(session, project, people[name])
                factories.a_member(session, project, people["Mei Ling"], role="lead")


@cache
def password_hash() -> str:
    return passwords.hashed(PASSWORD)


@contextmanager
def running(folder: Path, template: Path, *, seeded: bool = True) -> Iterator[Server]:
    """A server of one's own, for tests that stop it, kill it or need it cold."""
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(template, folder / "touchstone.db")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = Server(f"http://127.0.0.1:{port}", f"sqlite:///{folder / 'touchstone.db'}", folder, folder / "server.log")
    if seeded:
        server.seed()
    server.start()
    try:
        yield server
    finally:
        server.stop()
        server.engine.dispose()


@pytest.fixture(scope="session")
def fresh_database(_sqlite_template: Path) -> Path:
    """A SQLite file with the current schema and nothing in it, to copy."""
    return _sqlite_template


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, fresh_database: Path) -> Iterator[Server]:
    """Shared by the tests of one file."""
    with running(tmp_path_factory.mktemp("server"), fresh_database) as started:
        yield started


@cache
def _playwright() -> Playwright:
    """One a process: a second cannot be started beside it, and this fixture serves the attacks too."""
    return sync_playwright().start()


def pytest_unconfigure() -> None:
    if _playwright.cache_info().currsize:
        _playwright().stop()
        _playwright.cache_clear()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    chromium = shutil.which("chromium")  # Debian's; elsewhere Playwright brings its own
    launched = _playwright().chromium.launch(executable_path=chromium, args=["--no-sandbox"])
    yield launched
    launched.close()


@pytest.fixture
def page(browser: Browser, server: Server) -> Iterator[Page]:
    """A browser of nobody yet; relative addresses lead to the server."""
    context = browser.new_context(base_url=server.url, locale="en-SG", viewport={"width": 1280, "height": 800})
    yield context.new_page()
    context.close()


def settled(page: Page, timeout: float = 20_000) -> None:
    """The script has run and the connection stands. After an action, wait for content instead: it may not have begun."""
    page.wait_for_selector('[data-testid="stApp"]', timeout=timeout, state="attached")
    page.wait_for_function(
        """() => { const app = document.querySelector('[data-testid="stApp"]');
        return app && !['running', 'initial'].includes(app.getAttribute('data-test-script-state'))
          && app.getAttribute('data-test-connection-state') === 'CONNECTED'; }""",
        timeout=timeout,
    )


def sign_in(page: Page, name: str, password: str = PASSWORD, path: str = "/") -> None:
    """Open an address, sign in there, and wait for the page behind it."""
    page.goto(path)
    page.locator("input[type=password]").wait_for()
    page.locator("input[type=text]").fill(name)
    page.locator("input[type=password]").fill(password)
    page.get_by_test_id("stFormSubmitButton").get_by_role("button").click()
    page.get_by_test_id("stSidebarContent").wait_for(state="attached", timeout=20_000)
    settled(page)


def open_by_menu(page: Page, path: str, project: str | None = None) -> None:
    """Click a page's entry in the menu, as people do; then, on the page, the project with this title."""
    entry = page.get_by_test_id("stSidebarNav").locator(f'a[href$="/{path}"]')
    unfold = page.get_by_test_id("stExpandSidebarButton")
    page.wait_for_url(lambda url: urlsplit(url).path != "/", timeout=20_000)  # the day begins elsewhere
    if narrow := unfold.is_visible():
        unfold.click()
    entry.click()
    page.wait_for_url(lambda url: urlsplit(url).path == f"/{path}", timeout=20_000)
    if narrow:  # on a phone the menu closes by itself
        page.get_by_test_id("stSidebarCollapseButton").get_by_role("button").click()
    settled(page)
    if project is not None:
        _choose_project(page, path, project)


def choose(page: Page, label: str, name: str) -> None:
    """In a list; Streamlit shuts one that is open when the page scrolls beneath it, so look again as people do."""
    option = page.get_by_role("option", name=name)
    for _ in range(5):
        page.get_by_role("combobox", name=label).click()
        with suppress(TooSlow):
            option.click(timeout=3000)
            return
    raise AssertionError(f"{label} does not offer {name}")


def _choose_project(page: Page, path: str, title: str) -> None:
    main = page.get_by_test_id("stMain")
    if path in ("label", "compare"):
        main.locator("[class*=st-key-choice_]").filter(has_text=title).get_by_role("link").click()
    elif path == "projects":
        main.get_by_role("link", name=title, exact=True).click()
    else:
        if path == "review" and _chooses(page):
            main.locator("[class*=st-key-choice_]").filter(has_text=title).get_by_role("link").click()
        page.wait_for_url(lambda url: part_of(url, "project") is not None, timeout=20_000)
        box = main.locator(".st-key-address_project").get_by_role("combobox")
        if box.input_value() != title:
            before = part_of(page.url, "project")
            box.click()
            page.get_by_role("option", name=title, exact=True).click()
            page.wait_for_url(lambda url: part_of(url, "project") != before, timeout=20_000)
    settled(page)


def _chooses(page: Page) -> bool:
    """Whether Review asks where to begin: it does where several projects wait. The desk that was left may still be seen."""
    cards = "[data-testid=stMain] [class*=st-key-choice_]"
    page.wait_for_function(
        "cards => new URLSearchParams(location.search).has('project') || document.querySelector(cards)",
        arg=cards,
        timeout=40_000,
    )
    return part_of(page.url, "project") is None


def open_tab(page: Page, tab: str) -> None:
    """Of a project, by its name in the address."""
    page.get_by_test_id("stMain").get_by_role("radio", name=TABS[tab][0], exact=True).click()
    wanted = None if tab == "overview" else tab
    page.wait_for_url(lambda url: part_of(url, "tab") == wanted, timeout=20_000)
    settled(page)


def part_of(url: str, name: str) -> str | None:
    return next(iter(parse_qs(urlsplit(url).query).get(name, [])), None)
