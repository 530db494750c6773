"""Overview, Client report and Agreement on the demo workspace, in a real browser, in both languages and on a phone."""

import re
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest
from playwright.sync_api import Browser, Page, expect

from core.permissions import SYSTEM
from core.services import demo
from core.services.demo_cast import LEAD, REVIEWER
from core.store.engine import transaction
from tests.clock import right_now
from tests.e2e.conftest import Server, open_by_menu, running, settled, sign_in

PROJECT, IN_CHINESE = "Mandarin and English preferences", "中英文回答偏好"
PAGES = {"overview": 3, "report": 2, "agreement": 4}
"""Page, and the fewest charts that it draws."""


@pytest.fixture(scope="module")
def demo_server(
    tmp_path_factory: pytest.TempPathFactory, fresh_database: Path
) -> Iterator[tuple[Server, dict[str, str]]]:
    """The demo as it is loaded, and everybody's password."""
    with running(tmp_path_factory.mktemp("demo"), fresh_database, seeded=False) as server:
        with transaction(server.engine) as session, pytest.MonkeyPatch.context() as patch:
            patch.setenv("TOUCHSTONE_DATA_DIR", str(server.data_dir))
            made = demo.load(session, SYSTEM, now=right_now(), rng=Random(7))
        yield server, dict(made.passwords)


def signed_in(browser: Browser, demo_server: tuple[Server, dict[str, str]], who: str, width: int = 1280) -> Page:
    server, passwords = demo_server
    context = browser.new_context(base_url=server.url, locale="en-SG", viewport={"width": width, "height": 900})
    page = context.new_page()
    sign_in(page, who, passwords[who])
    return page


def drawn(page: Page, charts: int) -> None:
    """Charts are there, and nothing went wrong."""
    expect(page.locator(".js-plotly-plot").nth(charts - 1)).to_be_visible(timeout=20_000)
    settled(page)
    expect(page.get_by_test_id("stException")).to_have_count(0)
    expect(page.get_by_test_id("stAlert")).to_have_count(0)


def too_wide(page: Page) -> int:
    """Pixels by which the page is wider than the window."""
    return int(page.evaluate("document.documentElement.scrollWidth - window.innerWidth"))


def test_each_page_says_something_in_english(browser: Browser, demo_server: tuple[Server, dict[str, str]]) -> None:
    page = signed_in(browser, demo_server, LEAD)
    open_by_menu(page, "overview", PROJECT)
    drawn(page, 4)
    expect(page.get_by_text("answers per active hour over the last four weeks")).to_be_visible()
    expect(page.get_by_text("of active time in labelling, review and training at")).to_be_visible()
    open_by_menu(page, "report", PROJECT)
    drawn(page, PAGES["report"])
    expect(page.get_by_role("heading", name="What to bear in mind")).to_be_visible()
    open_by_menu(page, "agreement", PROJECT)
    drawn(page, PAGES["agreement"])
    expect(page.get_by_text("items with two labels or more")).to_be_visible()
    page.context.close()


def test_each_page_speaks_chinese(browser: Browser, demo_server: tuple[Server, dict[str, str]]) -> None:
    page = signed_in(browser, demo_server, REVIEWER)
    for path, charts in PAGES.items():
        open_by_menu(page, path, IN_CHINESE)
        drawn(page, charts)
        expect(page.locator("h1")).to_have_text(re.compile("[\u4e00-\u9fff]"))
    page.context.close()


def test_each_page_fits_a_phone(browser: Browser, demo_server: tuple[Server, dict[str, str]]) -> None:
    page = signed_in(browser, demo_server, LEAD, width=390)
    for path, charts in PAGES.items():
        open_by_menu(page, path, PROJECT)
        drawn(page, charts)
        assert too_wide(page) <= 0, path
    page.context.close()


def test_the_overview_leads_to_what_is_behind_it_and_keeps_the_scope(
    browser: Browser, demo_server: tuple[Server, dict[str, str]]
) -> None:
    page = signed_in(browser, demo_server, LEAD)
    open_by_menu(page, "overview", PROJECT)
    drawn(page, 4)
    page.get_by_role("combobox", name="Batch").click()
    page.get_by_role("option", name="week-1").click()
    expect(page.get_by_text("Quality is that of the answers chosen above")).to_be_visible(timeout=20_000)
    page.get_by_test_id("stMain").get_by_role("link", name="Agreement").first.click()
    expect(page.get_by_role("heading", name="Between annotators")).to_be_visible(timeout=20_000)
    assert "batch=week-1" in page.url
    page.context.close()


def test_the_report_comes_as_one_file_that_stands_alone(
    browser: Browser, demo_server: tuple[Server, dict[str, str]], tmp_path: Path
) -> None:
    page = signed_in(browser, demo_server, LEAD)
    open_by_menu(page, "report", PROJECT)
    drawn(page, PAGES["report"])
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Download to print").click()
    file = tmp_path / waiting.value.suggested_filename
    waiting.value.save_as(file)
    assert file.name == "zh-en-preferences-quality-en.html"
    text = file.read_text(encoding="utf-8")
    for name in demo_server[1]:
        assert name not in text, "nobody is named"
    asked: list[str] = []
    alone = page.context.new_page()
    alone.on("request", lambda request: asked.append(request.url))
    alone.goto(file.as_uri())
    expect(alone.get_by_role("heading", name="Measurement")).to_be_visible()
    assert asked == [file.as_uri()], "it fetches nothing"
    page.context.close()
