"""Annotators, Items and My quality on the demo workspace, in a real browser: by mouse, on a phone, in Chinese, in the dark."""

from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import update

from core.permissions import SYSTEM
from core.services import demo, passwords
from core.store.engine import transaction
from core.store.tables import Person, core
from tests.clock import right_now
from tests.e2e.conftest import PASSWORD, Server, choose, open_by_menu, running, settled, sign_in

LEAD, ANNOTATOR, READS_CHINESE = "Lim Mei Ling", "Tan Wei Jie", "Lee Shu Fen"
SLOW = 20_000
"""Milliseconds that another page may take to come."""
DOTS = ".js-plotly-plot .scatterlayer .points path"
PROJECT = "Mandarin and English preferences"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, fresh_database: Path) -> Iterator[Server]:
    """The demo workspace, with one password for everybody."""
    with running(tmp_path_factory.mktemp("demo"), fresh_database, seeded=False) as started:
        with transaction(started.engine) as session:
            demo.load(session, SYSTEM, now=right_now(), rng=Random(7))
            session.connection().execute(update(core(Person)).values(password_hash=passwords.hashed(PASSWORD)))
        yield started


def chosen(page: Page, label: str, name: str) -> None:
    expect(page.locator(DOTS).first).to_be_visible(timeout=SLOW)
    settled(page)
    choose(page, label, name)


def fits(page: Page) -> bool:
    """Nothing has to be scrolled sideways."""
    return bool(
        page.evaluate(
            """() => { const main = document.querySelector('[data-testid="stMain"]');
            return main.scrollWidth <= main.clientWidth + 1 }"""
        )
    )


def answered_items(page: Page) -> None:
    page.get_by_test_id("stMain").get_by_role("radio", name="Answered items").click()


def open_first_item(page: Page) -> None:
    cells = page.get_by_test_id("stDataFrame").last.locator(".dvn-scroller")
    cells.click(position={"x": 150, "y": 52})
    expect(page.get_by_text("Consensus")).to_be_visible(timeout=SLOW)


def test_a_lead_goes_from_everybody_to_one_person_to_an_item(page: Page) -> None:
    sign_in(page, LEAD)
    open_by_menu(page, "annotators", PROJECT)
    expect(page.get_by_role("heading", name="Accuracy on gold items")).to_be_visible()
    expect(page.get_by_text("target of 80%").first).to_be_visible(timeout=SLOW)
    chosen(page, "Look at one annotator", "Koh Hui Min")
    expect(page.get_by_role("heading", name="Koh Hui Min")).to_be_visible(timeout=SLOW)
    settled(page)
    assert "person=Koh" in page.url
    for heading in ("Confusion matrix", "Time", "Review", "Answers that differ from most"):
        expect(page.get_by_role("heading", name=heading)).to_be_visible()
    page.get_by_role("link", name="Open", exact=True).first.click()
    expect(page.get_by_text("Consensus")).to_be_visible(timeout=SLOW)
    assert "item=" in page.url


def test_a_dot_of_the_chart_opens_its_person(page: Page) -> None:
    sign_in(page, LEAD)
    open_by_menu(page, "annotators", PROJECT)
    settled(page)
    dots = page.locator(DOTS)
    expect(dots.first).to_be_visible()
    dots.first.click(force=True)
    expect(page.get_by_role("link", name="Everyone")).to_be_visible(timeout=SLOW)
    assert "person=" in page.url
    page.get_by_role("link", name="Everyone").click()
    expect(page.get_by_role("heading", name="Accuracy on gold items")).to_be_visible(timeout=SLOW)
    settled(page)
    expect(page.get_by_role("link", name="Everyone")).to_have_count(0)


def test_an_item_opens_on_the_desk_beside_its_answers(page: Page) -> None:
    sign_in(page, LEAD)
    open_by_menu(page, "items", PROJECT)
    answered_items(page)
    expect(page.get_by_text("items with answers").first).to_be_visible(timeout=SLOW)
    settled(page)
    open_first_item(page)
    expect(page.get_by_role("button", name="Check the answer")).to_be_visible()
    page.get_by_role("link", name="All items").click()
    expect(page.get_by_text("items with answers").first).to_be_visible(timeout=SLOW)
    settled(page)
    expect(page.get_by_text("Consensus")).to_have_count(0)


def test_an_annotator_sees_their_own_quality_only(page: Page) -> None:
    sign_in(page, ANNOTATOR)
    open_by_menu(page, "quality")
    expect(page.get_by_role("heading", name="What to work on")).to_be_visible()
    expect(page.get_by_role("heading", name="Speed", exact=True)).to_be_visible()
    text = page.get_by_test_id("stMain").inner_text()
    assert "Koh Hui Min" not in text
    page.goto("/annotators?project=zh-en-preferences&person=Koh+Hui+Min")
    expect(page.get_by_text("This page is not open to your role")).to_be_visible(timeout=SLOW)
    assert "Koh Hui Min" not in page.get_by_test_id("stMain").inner_text()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_on_a_phone_everything_fits(browser: Browser, server: Server, scheme: str) -> None:
    phone = {"width": 390, "height": 844}
    context = browser.new_context(base_url=server.url, viewport=phone, color_scheme=scheme, locale="zh-CN")  # type: ignore[arg-type]
    page = context.new_page()
    sign_in(page, LEAD)
    open_by_menu(page, "annotators", PROJECT)
    looked_over(page)
    chosen(page, "Look at one annotator", "Koh Hui Min")
    expect(page.get_by_role("heading", name="Koh Hui Min")).to_be_visible(timeout=SLOW)
    looked_over(page)
    open_by_menu(page, "items", PROJECT)
    looked_over(page)
    answered_items(page)
    expect(page.get_by_text("items with answers").first).to_be_visible(timeout=SLOW)
    looked_over(page)
    open_first_item(page)
    looked_over(page)
    context.close()


def looked_over(page: Page) -> None:
    settled(page)
    expect(page.get_by_test_id("stException")).to_have_count(0)
    assert fits(page)


def test_a_reader_of_chinese_reads_their_quality_in_chinese(page: Page) -> None:
    sign_in(page, READS_CHINESE)
    open_by_menu(page, "quality")
    expect(page.get_by_role("heading", name="我的质量")).to_be_visible()
    expect(page.get_by_test_id("stException")).to_have_count(0)
