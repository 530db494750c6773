"""Every page of every role, in both themes: nothing serious that axe-core finds, headings in order, a tab with a name."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select

from core.permissions import SYSTEM
from core.services import demo, sessions
from core.services.demo_cast import LEAD
from core.services.sessions import cookie_name
from core.store.engine import transaction
from core.store.tables import Membership, Person
from tests import factories
from tests.clock import right_now
from tests.e2e.axe import at_rest, faults
from tests.e2e.conftest import Server, choose, open_by_menu, open_tab, running
from ui.project.page import TABS

pytestmark = pytest.mark.browser
ADMIN, VIEWER, IDLE, MOVED = "Ada", "Vik", "Idle", "Moved"
"""Beside the people of the demo; the project of the last two has no items."""
BANK, TRIAGE, WRITING = "Bank customers' intents", "How soon to answer", "Ideal answers"
PAIRS, RATINGS = "中英文回答偏好", "回答质量评分"
"""As the lead reads them, and as the annotator and the reviewer do."""


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory, fresh_database: Path) -> Iterator[Server]:
    with running(tmp_path_factory.mktemp("axe"), fresh_database, seeded=False) as server:
        with transaction(server.engine) as session:
            demo.load(session, SYSTEM, now=right_now(), rng=Random(7))
            factories.a_person(session, ADMIN, role="admin")
            factories.a_person(session, VIEWER, role="viewer")
            done = factories.a_project(session, "done already")
            factories.a_member(session, done, factories.a_person(session, IDLE))
            factories.a_member(session, done, factories.a_person(session, MOVED, role="lead"))
        yield server


@pytest.fixture
def open_as(served: Server, browser: Browser) -> Iterator[Callable[[str | None], Page]]:
    contexts = []

    def open_(name: str | None) -> Page:
        context = browser.new_context(
            base_url=served.url, locale="en-SG", viewport={"width": 1280, "height": 800}, bypass_csp=True
        )
        contexts.append(context)
        if name is not None:
            with transaction(served.engine) as session:
                person = session.scalars(select(Person).where(Person.name == name)).one()
                cookie = sessions.open_session(session, factories.acting(person), now=right_now())
            context.add_cookies([{"name": cookie_name(False), "value": cookie, "url": served.url}])
        return context.new_page()

    yield open_
    for context in contexts:
        context.close()


def menu(page: Page) -> list[str]:
    return [str(link.get_attribute("href")) for link in page.get_by_test_id("stSidebarNavLink").all()]


def walk(page: Page, *places: tuple[str, str]) -> list[str]:
    """Every entry of the menu, then these pages with the project of this title."""
    page.goto("/")
    at_rest(page)
    found, titles = [], []
    for href in menu(page):
        page.locator(f'[data-testid=stSidebarNavLink][href="{href}"]').click()
        page.wait_for_url(re.compile(re.escape(href.rpartition("/")[2])))
        found += faults(page)
        titles.append(page.title().partition(" · ")[0])
    assert len(set(titles)) == len(titles), f"pages with the same name in the tab: {titles}"
    for path, project in places:
        open_by_menu(page, path, project)
        found += faults(page)
    return found


def test_pages_before_signing_in(open_as: Callable[[str | None], Page]) -> None:
    page, found = open_as(None), []
    for address in ("/", "/invitation?token=x", "/setup?token=x"):
        page.goto(address)
        found += faults(page)
    assert not found, "\n".join(found)


def test_pages_of_an_annotator(open_as: Callable[[str | None], Page]) -> None:
    found = walk(open_as("Lee Shu Fen"), ("label", RATINGS))
    assert not found, "\n".join(found)


def test_pages_of_a_reviewer(open_as: Callable[[str | None], Page]) -> None:
    page = open_as("Chua Jia Hui")
    found = walk(page, ("review", PAIRS))
    page.keyboard.press("e")
    expect(page.locator(".touchstone-desk .choice").first).to_be_visible()
    found += faults(page)
    assert not found, "\n".join(found)


def test_pages_of_a_lead(open_as: Callable[[str | None], Page]) -> None:
    found = walk(open_as(LEAD), ("stopping", TRIAGE), ("import", WRITING))
    assert not found, "\n".join(found)


def test_a_project_from_tab_to_tab(open_as: Callable[[str | None], Page]) -> None:
    page = open_as(LEAD)
    page.goto("/")
    open_by_menu(page, "projects")
    page.get_by_role("button", name="New project").click()
    page.wait_for_url("**/projects?new=gallery")
    found = faults(page)
    open_by_menu(page, "projects", BANK)
    for tab in TABS:
        open_tab(page, tab)
        found += faults(page)
    assert not found, "\n".join(found)


def test_the_first_page_and_the_menu_of_an_admin(open_as: Callable[[str | None], Page]) -> None:
    found = walk(open_as(ADMIN))
    assert not found, "\n".join(found)


def test_pages_that_are_no_longer_open(open_as: Callable[[str | None], Page], served: Server) -> None:
    page = open_as(MOVED)
    page.goto("/")
    open_by_menu(page, "projects")
    with transaction(served.engine) as session:
        session.scalars(select(Person).where(Person.name == MOVED)).one().role = "annotator"
    page.reload()
    expect(page.get_by_role("heading", name="This page is not open to your role")).to_be_visible(timeout=20_000)
    found = faults(page)
    open_by_menu(page, "compare")
    expect(page.locator(".touchstone-desk .empty-words")).to_be_visible(timeout=20_000)
    with transaction(served.engine) as session:
        moved = session.scalars(select(Person).where(Person.name == MOVED)).one()
        session.scalars(select(Membership).where(Membership.person_id == moved.id)).one().state = "removed"
    page.reload()
    expect(page.get_by_role("link", name="Choose among your projects")).to_be_visible(timeout=20_000)
    found += faults(page)
    assert not found, "\n".join(found)


def test_pages_of_a_viewer(open_as: Callable[[str | None], Page]) -> None:
    found = walk(open_as(VIEWER))
    assert not found, "\n".join(found)


def test_the_pages_of_one_person_and_of_one_item(open_as: Callable[[str | None], Page]) -> None:
    page = open_as(LEAD)
    page.goto("/")
    open_by_menu(page, "annotators", "Mandarin and English preferences")
    expect(page.locator(".js-plotly-plot .scatterlayer .points path").first).to_be_visible(timeout=20_000)
    at_rest(page)
    choose(page, "Look at one annotator", "Koh Hui Min")
    expect(page.get_by_role("link", name="Everyone")).to_be_visible(timeout=20_000)
    found = faults(page)
    page.get_by_role("link", name="Open", exact=True).first.click()
    expect(page.get_by_role("link", name="All items")).to_be_visible(timeout=20_000)
    found += faults(page)
    assert not found, "\n".join(found)


def test_an_answer_that_is_revised(open_as: Callable[[str | None], Page]) -> None:
    page = open_as("Tan Wei Jie")
    page.goto("/")
    open_by_menu(page, "work")
    page.get_by_role("link", name="Revise").first.click()
    expect(page.locator(".touchstone-desk .choice").first).to_be_visible(timeout=20_000)
    found = faults(page)
    assert not found, "\n".join(found)


def test_a_desk_with_nothing_left(open_as: Callable[[str | None], Page]) -> None:
    page = open_as(IDLE)
    page.goto("/")
    expect(page.locator(".touchstone-desk .empty-words")).to_be_visible(timeout=20_000)
    found = faults(page)
    assert not found, "\n".join(found)
