"""Models, Bias and Machine judges on the demo workspace, in a real browser: every page shows something, and its choices stay."""

from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest
from playwright.sync_api import Browser, Page, expect

from core.permissions import SYSTEM
from core.services import demo
from core.services.demo_cast import LEAD
from core.store.engine import transaction
from tests.clock import right_now
from tests.e2e.conftest import Server, open_by_menu, running, settled, sign_in

PREFERENCES, SCORES = "Mandarin and English preferences", "Answer quality on a rubric"


@pytest.fixture(scope="module")
def demo_server(tmp_path_factory: pytest.TempPathFactory, fresh_database: Path) -> Iterator[tuple[Server, str]]:
    """The demo as it is loaded, and the lead's password."""
    with running(tmp_path_factory.mktemp("demo"), fresh_database, seeded=False) as server:
        with transaction(server.engine) as session, pytest.MonkeyPatch.context() as patch:
            patch.setenv("TOUCHSTONE_DATA_DIR", str(server.data_dir))
            made = demo.load(session, SYSTEM, now=right_now(), rng=Random(7))
        yield server, made.passwords[LEAD]


@pytest.fixture(scope="module")
def lead(browser: Browser, demo_server: tuple[Server, str]) -> Iterator[Page]:
    server, password = demo_server
    """Signed in once for all of these tests."""
    context = browser.new_context(base_url=server.url, locale="en-SG", viewport={"width": 1280, "height": 900})
    page = context.new_page()
    sign_in(page, LEAD, password)
    yield page
    context.close()


def charts(page: Page) -> int:
    page.locator(".js-plotly-plot").first.wait_for()
    return page.locator(".js-plotly-plot").count()


def test_models_shows_who_leads_and_remembers_the_scale(lead: Page) -> None:
    open_by_menu(lead, "models", PREFERENCES)
    expect(lead.get_by_role("heading", name="Pairwise win rates")).to_be_visible()
    expect(lead.get_by_text("Taking away").or_(lead.get_by_text("The leader is stable")).first).to_be_visible()
    assert charts(lead) >= 4
    lead.get_by_text("Ties as half wins").click()
    expect(lead.get_by_text("400 points are odds of ten to one")).to_be_visible()
    assert "scale=arena" in lead.url
    lead.reload()
    settled(lead)
    expect(lead.get_by_text("400 points are odds of ten to one")).to_be_visible()


def test_models_of_scores_are_told_criterion_by_criterion(lead: Page) -> None:
    open_by_menu(lead, "models", SCORES)
    lead.get_by_role("combobox", name="Target").click()
    lead.get_by_role("option", name="Clarity").click()
    expect(lead.get_by_text("has the highest mean for")).to_be_visible()
    assert charts(lead) >= 1


def test_bias_shows_what_sways_people(lead: Page) -> None:
    open_by_menu(lead, "bias", PREFERENCES)
    for heading in ("The order shown", "By annotator", "The same comparison again", "Length"):
        expect(lead.get_by_role("heading", name=heading, exact=True)).to_be_visible()
    expect(lead.get_by_text("The order shown is fair")).to_be_visible()
    open_by_menu(lead, "bias", SCORES)
    expect(lead.get_by_role("heading", name="Use of the scale by annotator")).to_be_visible()


def test_the_judge_stands_beside_people_at_the_margin_chosen(lead: Page) -> None:
    open_by_menu(lead, "judges", PREFERENCES)
    expect(lead.get_by_text("simulated-judge labelled 32 items")).to_be_visible()
    lead.get_by_test_id("stMain").get_by_text("Crowd workers", exact=True).click()
    expect(lead.get_by_text("margin −10%")).to_be_visible()
    assert "margin=crowd" in lead.url
    expect(lead.get_by_text("can be combined (CROWDLAB)")).to_be_visible()


def test_the_pages_fit_a_phone(lead: Page) -> None:
    lead.set_viewport_size({"width": 390, "height": 844})
    expect(lead.get_by_test_id("stExpandSidebarButton")).to_be_visible()  # the menu has made way
    for path in ("models", "bias", "judges"):
        open_by_menu(lead, path, PREFERENCES)
        charts(lead)
        wider = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
        assert lead.evaluate(wider) <= 0, path
