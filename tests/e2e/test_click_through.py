"""Every page by clicks, as people reach it: from sign-in on, through every link, tab and button."""

import pytest
from playwright.sync_api import Page, expect
from sqlmodel import col, select

from core.store.engine import transaction
from core.store.tables import Person
from tests import factories
from tests.e2e.conftest import Server, settled, sign_in

pytestmark = pytest.mark.browser


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
