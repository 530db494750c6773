"""What is chosen on a page stands in its address: it outlives a reload, a step back undoes it, and a colleague can open it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Browser, Locator, Page, expect
from sqlmodel import col, select

from core.store.engine import transaction
from core.store.tables import Person
from tests import factories
from tests.core.test_quality import LABELS, said
from tests.e2e.conftest import Server, settled, sign_in

pytestmark = pytest.mark.browser
WAIT = 20_000
Copied = tuple[str, Callable[[Page], Locator]]
"""A link, and what whoever opens it must see."""


@pytest.fixture(scope="module")
def busy(server: Server) -> None:
    """A pilot of twelve items that two people see differently, and a project labelled in two batches and two languages."""
    with transaction(server.engine) as session:
        people = [session.scalars(select(Person).where(col(Person.name) == name)).one() for name in ("Jia", "Wei")]
        lead = session.scalars(select(Person).where(col(Person.name) == "Mei Ling")).one()
        trial = factories.a_project(session, "trial", state="pilot")
        here = factories.a_project(session, "here", task="classification", settings=LABELS)
        for project in (trial, here):
            factories.a_member(session, project, lead, role="lead")
            for person in people:
                factories.a_member(session, project, person)
        for n in range(12):
            item = factories.an_item(session, trial, f"question {n:02d}")
            for person, choice in zip(people, sorted(item.payload["responses"]), strict=False):
                factories.an_answer(session, item, person, {"preferred": choice}, purpose="pilot")
        for batch, lang in (("week-1", "en"), ("week-2", "zh")):
            lane = factories.a_lane(session, here, batch=batch)
            for letters in ("aa", "ab", "bb"):
                item = factories.an_item(session, here, settings=LABELS, lane=lane, lang=lang)
                for person, letter in zip(people, letters, strict=True):
                    said(session, item, person, letter)


def main(page: Page) -> Locator:
    return page.get_by_test_id("stMain")


def menu(page: Page, name: str) -> None:
    page.get_by_test_id("stSidebarNav").get_by_role("link", name=name, exact=True).click()
    expect(main(page).get_by_role("heading", name=name, level=1)).to_be_visible(timeout=WAIT)


def holds(page: Page, shown: Locator, /, **parts: str) -> None:
    """The address says so, and a reload shows the same."""
    page.wait_for_url(lambda url: _parts(url).items() >= parts.items(), timeout=WAIT)
    expect(shown).to_be_visible(timeout=WAIT)
    page.reload()
    settled(page)
    expect(shown).to_be_visible(timeout=WAIT)
    assert _parts(page.url).items() >= parts.items()


def _parts(url: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}


@contextmanager
def a_colleague(browser: Browser, server: Server) -> Iterator[Page]:
    """Somebody else with the right to see it all, in a browser of their own."""
    context = browser.new_context(base_url=server.url, locale="en-SG", viewport={"width": 1280, "height": 800})
    page = context.new_page()
    sign_in(page, "Ada")
    yield page
    context.close()


@pytest.mark.usefixtures("busy")
def test_choices_outlive_a_reload_a_step_back_and_a_copied_link(page: Page, server: Server, browser: Browser) -> None:
    sign_in(page, "Mei Ling")
    copied = [_chooses_a_person(page), _turns_a_pilot(page), _tells_agreement_apart(page), _reads_a_report(page)]
    with a_colleague(browser, server) as other:
        for url, shown in copied:
            other.goto(url)
            expect(shown(other)).to_be_visible(timeout=WAIT)
            assert _parts(other.url) == _parts(url)


def _chooses_a_person(page: Page) -> Copied:
    menu(page, "People")
    main(page).get_by_role("button", name="Annotator", exact=True).click()
    expect(main(page).get_by_text("2 people of 5")).to_be_visible(timeout=WAIT)
    table = main(page).get_by_test_id("stDataFrame").first
    for row, name in enumerate(("Jia", "Wei")):
        table.click(position={"x": 15, "y": 52 + 33 * row})
        holds(page, _section(page, name), role="annotator", person=name)
    page.go_back()
    expect(_section(page, "Jia")).to_be_visible(timeout=WAIT)
    expect(_section(page, "Wei")).to_have_count(0)
    return page.url, lambda other: _section(other, "Jia")


def _turns_a_pilot(page: Page) -> Copied:
    menu(page, "Projects")
    main(page).get_by_role("link", name="trial").click()
    main(page).get_by_role("radio", name="Pilot").click()
    expect(_question(page, 0)).to_be_visible(timeout=WAIT)
    main(page).get_by_role("button", name="Increment").click()
    holds(page, _question(page, 11), project="trial", tab="pilot", page="2")
    url = page.url
    page.go_back()
    expect(_question(page, 0)).to_be_visible(timeout=WAIT)
    return url, lambda other: _question(other, 11)


def _tells_agreement_apart(page: Page) -> Copied:
    menu(page, "Agreement")
    _choose_project(page, "here")
    main(page).get_by_role("button", name="Language", exact=True).click()
    by_batch = main(page).get_by_role("button", name="Language", exact=True, pressed=False)
    holds(page, by_batch, project="here", by="batch")
    url = page.url
    page.go_back()
    expect(main(page).get_by_role("button", name="Language", exact=True, pressed=True)).to_be_visible(timeout=WAIT)
    return url, lambda other: main(other).get_by_role("button", name="Language", exact=True, pressed=False)


def _reads_a_report(page: Page) -> Copied:
    menu(page, "Client report")
    _choose_project(page, "here")
    main(page).get_by_role("radio", name="简体中文").click()
    holds(page, _chinese(page), project="here", **{"in": "zh"})
    url = page.url
    page.go_back()
    expect(_chinese(page)).to_have_count(0, timeout=WAIT)
    return url, _chinese


def _choose_project(page: Page, slug: str) -> None:
    main(page).get_by_role("combobox", name="Project").click()
    page.get_by_role("option", name=slug, exact=True).click()
    page.wait_for_url(lambda url: _parts(url).get("project") == slug, timeout=WAIT)


def _section(page: Page, name: str) -> Locator:
    return main(page).get_by_role("heading", name=name, exact=True)


def _question(page: Page, n: int) -> Locator:
    return main(page).get_by_text(f"question {n:02d}", exact=True)


def _chinese(page: Page) -> Locator:
    return main(page).get_by_role("heading", name="数据", exact=False).first


def test_the_admins_start_leads_everyone_else_to_their_day(page: Page, server: Server, busy: None) -> None:
    sign_in(page, "Wei")
    page.goto(f"{server.url}/start")
    page.wait_for_url(lambda url: urlsplit(url).path in ("/label", "/compare"), timeout=WAIT)
    expect(page.get_by_text("This page is not open to your role")).to_have_count(0)
