"""Every page of every role, in both themes: nothing serious that axe-core finds, headings in order, a tab with a name."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from typing import Any

import axe_playwright_python
import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select

from core.permissions import SYSTEM
from core.services import demo, sessions
from core.services.demo_cast import LEAD
from core.services.sessions import cookie_name
from core.store.engine import transaction
from core.store.tables import Person
from tests import factories
from tests.clock import right_now
from tests.e2e.conftest import Server, choose, open_by_menu, running, settled

pytestmark = pytest.mark.browser
AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text(encoding="utf-8")
THEMES = ("light", "dark")
ADMIN, VIEWER, IDLE = "Ada", "Vik", "Idle"
"""Beside the people of the demo; the project of the last one has no items."""
PAIRS, BANK, WRITING = "zh-en-preferences", "bank-intents", "ideal-answers"

STREAMLITS_OWN = {
    ("list", "[data-testid=stSidebarNavItems]"): "the menu's list holds a div for each section",
    ("listitem", "[data-testid=stSidebarNavItems] li"): "and so its entries stand in a div",
}
"""Rule and place, and why it is left: no setting of ours changes it."""

LOOK = """async ([known, only]) => {
  const some = only.length ? { runOnly: only } : {};
  const { violations } = await axe.run(document, { resultTypes: ['violations'], ...some });
  const own = (rule, node) => known.some(([of, place]) => of === rule && node?.matches(place));
  const faults = violations.filter(one => ['serious', 'critical'].includes(one.impact)).flatMap(one => one.nodes
    .filter(node => !own(one.id, document.querySelector(node.target[0])))
    .map(node => `${one.id} at ${node.target[0]}: ${node.failureSummary.split('\\n').slice(1).join(' ')} ${node.html.slice(0, 120)}`));
  // axe's own rule takes the keys that are printed on a button for its words.
  const bare = text => text.replace(/[^\\p{L}\\p{N}]/gu, '').toLowerCase();
  for (const node of document.querySelectorAll('.touchstone-desk button[aria-label]')) {
    const read = node.cloneNode(true);
    read.querySelectorAll('kbd, [aria-hidden=true]').forEach(one => one.remove());
    if (!bare(node.ariaLabel).includes(bare(read.textContent))) faults.push(`${node.ariaLabel} reads ${read.textContent}`);
  }
  // The form of sign-in draws its own heading, of the third level: streamlit-authenticator's.
  const headings = [...document.querySelectorAll('h1, h2, h3, h4, h5, h6')].filter(one => one.checkVisibility())
    .filter(one => !one.closest('.text') && !one.matches('form h3, [data-testid=stForm] h3')).map(one => Number(one.tagName[1]));
  return { faults, headings };
}"""


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory, fresh_database: Path) -> Iterator[Server]:
    with running(tmp_path_factory.mktemp("axe"), fresh_database, seeded=False) as server:
        with transaction(server.engine) as session:
            demo.load(session, SYSTEM, now=right_now(), rng=Random(7))
            factories.a_person(session, ADMIN, role="admin")
            factories.a_person(session, VIEWER, role="viewer")
            factories.a_member(session, factories.a_project(session, "done already"), factories.a_person(session, IDLE))
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


def at_rest(page: Page) -> None:
    settled(page)
    expect(page.get_by_test_id("stSkeleton")).to_have_count(0, timeout=20_000)
    expect(page).to_have_title(re.compile(" · Touchstone$"), timeout=10_000)
    if page.locator(".touchstone-desk").count():
        expect(page.locator(".touchstone-desk :is(.submit, .empty-words)").first).to_be_visible(timeout=20_000)


def faults(page: Page) -> list[str]:
    """What is wrong with the page as it stands, in both themes."""
    at_rest(page)
    page.evaluate(AXE)
    where = f"{page.url.partition('//')[2].partition('/')[2]} ({page.title()})"
    found = []
    for theme in THEMES:
        page.emulate_media(color_scheme=theme)
        expect(page.get_by_test_id("stApp")).to_have_css("color-scheme", theme)
        only = ["color-contrast"] if theme == "dark" else []  # the rest does not depend on colours
        seen: dict[str, Any] = page.evaluate(LOOK, [[list(known) for known in STREAMLITS_OWN], only])
        found += [f"{where} {theme}: {fault}" for fault in seen["faults"]]
    levels = seen["headings"]
    if levels.count(1) != 1 or any(after > before + 1 for before, after in zip([0, *levels], levels, strict=False)):
        found.append(f"{where}: headings of levels {levels}")
    return found


def menu(page: Page) -> list[str]:
    return [str(link.get_attribute("href")) for link in page.get_by_test_id("stSidebarNavLink").all()]


def walk(page: Page, *addresses: str) -> list[str]:
    """Every entry of the menu by a click, then these addresses."""
    page.goto("/")
    at_rest(page)
    found, titles = [], []
    for href in menu(page):
        page.locator(f'[data-testid=stSidebarNavLink][href="{href}"]').click()
        page.wait_for_url(re.compile(re.escape(href.rpartition("/")[2])))
        found += faults(page)
        titles.append(page.title().partition(" · ")[0])
    assert len(set(titles)) == len(titles), f"pages with the same name in the tab: {titles}"
    for address in addresses:
        page.goto(address)
        found += faults(page)
    return found


def test_pages_before_signing_in(open_as: Callable[[str | None], Page]) -> None:
    page, found = open_as(None), []
    for address in ("/", "/invitation?token=x", "/setup?token=x"):
        page.goto(address)
        found += faults(page)
    assert not found, "\n".join(found)


def test_pages_of_an_annotator(open_as: Callable[[str | None], Page]) -> None:
    desks = (f"/compare?project={PAIRS}", "/label?project=answer-quality", f"/label?project={BANK}", "/today")
    found = walk(open_as("Lee Shu Fen"), *desks)
    assert not found, "\n".join(found)


def test_pages_of_a_reviewer(open_as: Callable[[str | None], Page]) -> None:
    page = open_as("Chua Jia Hui")
    found = walk(page, f"/review?project={PAIRS}")
    page.keyboard.press("e")
    expect(page.locator(".touchstone-desk .choice").first).to_be_visible()
    found += faults(page)
    assert not found, "\n".join(found)


def test_pages_of_a_lead(open_as: Callable[[str | None], Page]) -> None:
    found = walk(open_as(LEAD), "/stopping?project=message-triage", f"/import?project={WRITING}")
    assert not found, "\n".join(found)


def test_a_project_from_tab_to_tab(open_as: Callable[[str | None], Page]) -> None:
    page, found = open_as(LEAD), []
    page.goto("/projects?new=gallery")
    found += faults(page)
    for tab in ("overview", "rubric", "guidelines", "people", "policy", "queue", "pilot", "close"):
        page.goto(f"/projects?project={BANK}&tab={tab}")
        found += faults(page)
    assert not found, "\n".join(found)


def test_the_first_page_and_the_menu_of_an_admin(open_as: Callable[[str | None], Page]) -> None:
    found = walk(open_as(ADMIN), "/start")
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
