"""A lead looks at what adaptive overlap does, has it asked, and replays other settings, in a real browser."""

from random import Random

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import func, select

from core.permissions import SYSTEM
from core.services import project_changes, projects
from core.store import work
from core.store.engine import reading, transaction
from tests.clock import NOW
from tests.core.test_stopping import POLICY, a_zoo, label_all
from tests.e2e.conftest import Server, open_by_menu, sign_in


@pytest.fixture(scope="module")
def zoo(server: Server) -> str:
    with transaction(server.engine) as session:
        project, people = a_zoo(session, 40, 5, slug="zoo")
        label_all(session, project, people, Random(1))
    return "zoo"


@pytest.fixture(scope="module")
def fixed(server: Server) -> str:
    """Thirty items with four answers each, asked of all alike."""
    with transaction(server.engine) as session:
        policy = {**POLICY, "start": 4, "most": 4, "audit_share": 0.0}
        project, people = a_zoo(session, 30, 4, policy=policy, slug="fixed")
        label_all(session, project, people, Random(1))
        plain = projects.get(session, SYSTEM, "fixed").policy.model_copy(update={"stopping": None, "overlap": 4})
        project_changes.change(session, SYSTEM, "fixed", now=NOW, policy=plain)
    return "fixed"


def asked_again(server: Server) -> int:
    with reading(server.engine) as session:
        query = select(func.count()).where(work.item.c.overlap == POLICY["start"] + 1, work.item.c.state == "open")
        return int(session.connection().execute(query).scalar_one())


def test_a_lead_has_doubtful_items_asked_again(page: Page, server: Server, zoo: str) -> None:
    """The server's own round may come first, a minute after its start: then nothing is left to ask."""
    sign_in(page, "Mei Ling")
    open_by_menu(page, "stopping", zoo)
    button = page.get_by_role("button", name="Request answers now")
    nothing = page.get_by_text("No requests are due")
    expect(button.or_(nothing).first).to_be_visible(timeout=30_000)
    if button.is_visible():
        button.click()
        expect(page.get_by_text("One more answer").first).to_be_visible(timeout=30_000)
    expect(nothing).to_be_visible(timeout=30_000)
    assert asked_again(server) > 0


def test_a_replay_shows_how_far_it_is_and_then_its_curve(page: Page, fixed: str) -> None:
    sign_in(page, "Mei Ling")
    open_by_menu(page, "stopping", fixed)
    page.get_by_label("Confidence threshold (%)").fill("95")
    page.get_by_label("Confidence threshold (%)").press("Tab")
    page.get_by_role("button", name="Replay").click()
    expect(page.get_by_text("Replayed on 30 items.")).to_be_visible(timeout=60_000)
    expect(page.locator(".js-plotly-plot").last).to_be_visible(timeout=30_000)


def test_the_page_fits_a_phone(page: Page, fixed: str) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    sign_in(page, "Mei Ling")
    open_by_menu(page, "stopping", fixed)
    expect(page.get_by_text("Item status")).to_be_visible(timeout=30_000)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_switching_it_on_changes_the_queue_at_once(page: Page, server: Server, fixed: str) -> None:
    sign_in(page, "Mei Ling")
    open_by_menu(page, "projects", fixed)
    page.get_by_role("radio", name="Queue").click()
    page.get_by_text("Request more answers where the consensus is in doubt").click()
    page.get_by_label("Maximum answers").fill("6")
    page.get_by_label("Maximum answers").press("Tab")
    page.get_by_role("button", name="Save adaptive overlap").click()
    expect(page.get_by_text("in the audit sample")).to_be_visible(timeout=30_000)
    with reading(server.engine) as session:
        assert projects.get(session, SYSTEM, fixed).policy.stopping is not None
        query = select(func.count()).where(work.item.c.audit, work.item.c.overlap == 6)
        assert session.connection().execute(query).scalar_one() == 1
