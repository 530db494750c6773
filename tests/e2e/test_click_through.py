"""Every page by clicks, as people reach it: from sign-in on, through every link, tab and button."""

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import settled, sign_in

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
