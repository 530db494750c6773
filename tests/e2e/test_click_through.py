"""Every page by clicks, as people reach it: from sign-in on, through every link, tab and button."""

from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect
from sqlmodel import col, select

from core.store.engine import transaction
from core.store.tables import Person
from tests import factories
from tests.e2e.conftest import PEOPLE, Server, settled, sign_in
from ui.navigation import SECTIONS

pytestmark = pytest.mark.browser
TITLES = {entry.path: entry.title for entries in SECTIONS.values() for entry in entries}
LEAST = {"Wei": 3, "Vik": 5}
"""Entries that each person's menu has at least; fewer, and the walk has not looked."""


def test_a_lead_reaches_every_tab_of_a_project_by_clicks(page: Page) -> None:
    sign_in(page, "Mei Ling")
    page.get_by_test_id("stSidebarNav").get_by_role("link", name="Projects").click()
    main = page.get_by_test_id("stMain")
    main.get_by_role("link", name="pairs").click()
    expect(main.get_by_role("heading", name="pairs")).to_be_visible(timeout=20_000)
    main.get_by_role("radio", name="People").click()
    expect(main.get_by_role("button", name="Make an invitation link")).to_be_visible(timeout=20_000)
    main.get_by_role("button", name="Make an invitation link").click()
    expect(main.get_by_test_id("stCode").filter(has_text="/invitation?token=")).to_be_visible(timeout=20_000)

    page.reload()
    settled(page)
    expect(main.get_by_role("button", name="Make an invitation link")).to_be_visible(timeout=20_000)
    page.go_back()
    expect(main.get_by_role("radio", name="Overview", checked=True)).to_be_visible(timeout=20_000)
    page.go_back()
    expect(main.get_by_role("heading", name="Projects")).to_be_visible(timeout=20_000)
    page.go_back()
    expect(main.get_by_role("heading", name="Today")).to_be_visible(timeout=20_000)


def test_a_page_that_chooses_a_project_says_which_without_a_step_back(page: Page) -> None:
    sign_in(page, "Mei Ling")
    main, menu = page.get_by_test_id("stMain"), page.get_by_test_id("stSidebarNav")
    menu.get_by_role("link", name="Export").click()
    expect(main.get_by_role("heading", name="Export", exact=True)).to_be_visible(timeout=20_000)
    page.wait_for_url("**/export?project=*")
    menu.get_by_role("link", name="Progress").click()
    expect(main.get_by_role("heading", name="Progress")).to_be_visible(timeout=20_000)
    page.wait_for_url("**/progress?project=*")
    page.go_back()
    expect(main.get_by_role("heading", name="Export", exact=True)).to_be_visible(timeout=20_000)
    page.go_back()
    expect(main.get_by_role("heading", name="Today")).to_be_visible(timeout=20_000)


def test_the_title_at_the_desk_leads_to_the_other_projects(page: Page, server: Server) -> None:
    with transaction(server.engine) as session:
        wei = session.scalars(select(Person).where(col(Person.name) == "Wei")).one()
        factories.a_member(session, factories.a_project(session, "more pairs", items=3), wei)
    sign_in(page, "Wei")
    menu, main = page.get_by_test_id("stSidebarNav"), page.get_by_test_id("stMain")
    menu.get_by_role("link", name="Compare").click()
    expect(main.get_by_text("2 projects")).to_be_visible(timeout=20_000)
    main.get_by_role("link", name="Start").first.click()
    title = page.locator(".touchstone-desk").get_by_role("link", name="pairs")
    expect(title).to_be_visible(timeout=20_000)
    title.focus()
    page.keyboard.press("Enter")
    expect(main.get_by_text("2 projects")).to_be_visible(timeout=20_000)


def test_what_is_chosen_outlives_a_change_of_language(page: Page) -> None:
    sign_in(page, "Mei Ling")
    main, menu = page.get_by_test_id("stMain"), page.get_by_test_id("stSidebar")
    menu.get_by_role("link", name="People").click()
    role = main.get_by_test_id("stSelectbox").first.get_by_role("combobox")
    role.click()
    page.get_by_role("option", name="Reviewer").click()
    for language, shown, heading in (("简体中文", "复核员", "成员"), ("English", "Reviewer", "People")):
        menu.get_by_role("radio", name=language).click()
        expect(main.get_by_role("heading", level=1, name=heading)).to_be_visible(timeout=20_000)
        expect(role).to_have_value(shown)
    menu.get_by_role("link", name="Account").click()
    for language, follows, heading in (
        ("简体中文", "与界面相同", "我的账号"),
        ("English", "As the screens", "Account"),
    ):
        menu.get_by_role("radio", name=language).click()
        expect(main.get_by_role("heading", level=1, name=heading)).to_be_visible(timeout=20_000)
        expect(main.get_by_role("radio", name=language, checked=True).first).to_be_attached()
        expect(main.get_by_role("radio", name=follows, checked=True)).to_be_attached()


@pytest.mark.parametrize("name", LEAST)
def test_each_menu_entry_leads_to_its_page_which_outlives_a_reload_and_a_step_back(page: Page, name: str) -> None:
    sign_in(page, name)
    links = page.get_by_test_id("stSidebarNav").locator("a[href]")
    paths = [urlsplit(href).path for href in links.evaluate_all("all => all.map(one => one.href)")]
    assert len(paths) >= LEAST[name], f"the menu of the {PEOPLE[name]} has {paths}"
    for before, path in zip([None, *paths], paths, strict=False):
        page.get_by_test_id("stSidebarNav").locator(f'a[href$="{path}"]').click()
        _stands_at(page, path)
        page.reload()
        _stands_at(page, path)
        if before is not None:
            page.go_back()
            _stands_at(page, before)
            page.go_forward()
            _stands_at(page, path)


def _stands_at(page: Page, path: str) -> None:
    """The address, the heading (or the desk in its place) and no error."""
    page.wait_for_url(lambda url: urlsplit(url).path == path, timeout=20_000)
    main = page.get_by_test_id("stMain")
    heading = main.get_by_role("heading", level=1).filter(has_text=TITLES[path.strip("/")])
    expect(heading.or_(main.locator(".touchstone-desk")).first).to_be_visible(timeout=20_000)
    settled(page)
    expect(page.get_by_test_id("stException")).to_have_count(0)
    expect(main.get_by_text("Page not found")).to_have_count(0)
