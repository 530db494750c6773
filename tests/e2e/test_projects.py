"""A lead sets a project up in a real browser: tables, refreshes, the live preview."""

from playwright.sync_api import Page, expect

from core.permissions import SYSTEM
from core.services import projects
from core.store.engine import reading
from tests.e2e.conftest import Server, settled, sign_in


def type_into_cell(page: Page, row: int, text: str) -> None:
    """Tables are drawn on a canvas: reach the first column of a row by its place."""
    grid = page.get_by_test_id("stDataFrame").first
    grid.scroll_into_view_if_needed()
    box = grid.locator("canvas").first.bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + 130, box["y"] + 36 * row + 18)
    page.keyboard.press("Enter")
    page.locator("#portal textarea, #portal input").first.fill(text)
    page.keyboard.press("Enter")


def test_a_lead_shapes_a_rubric_and_loses_nothing_on_the_way(page: Page, server: Server) -> None:
    sign_in(page, "Mei Ling", path="/projects?new=classification")
    page.get_by_label("Title · English").fill("Shop messages")
    page.get_by_label("Title · English").press("Tab")
    expect(page.get_by_placeholder("shop-messages")).to_be_visible()
    page.get_by_role("button", name="Create the project").click()
    expect(page.get_by_role("heading", name="Next: Pilot")).to_be_visible(timeout=20_000)

    page.get_by_role("radio", name="Rubric").click()
    preview = page.get_by_role("radio", name="Scam or fraud").or_(page.get_by_role("button", name="Scam or fraud"))
    expect(preview.first).to_be_visible(timeout=20_000)
    type_into_cell(page, 1, "Tricked")
    expect(page.get_by_text("Not saved yet")).to_be_visible(timeout=20_000)
    changed = page.get_by_role("radio", name="Tricked").or_(page.get_by_role("button", name="Tricked"))
    expect(changed.first).to_be_visible(timeout=20_000)

    page.reload()
    settled(page)
    expect(changed.first).to_be_visible(timeout=20_000)
    page.get_by_role("button", name="Save the settings").click()
    expect(page.get_by_text("Saved.")).to_be_visible(timeout=20_000)
    with reading(server.engine) as session:
        label = projects.get(session, SYSTEM, "shop-messages").settings["labels"][0]
    assert (label["id"], label["name"]) == ("scam", {"en": "Tricked", "zh": "诈骗或盗用"})


def test_the_live_preview_never_takes_the_keys_from_the_form(page: Page, server: Server) -> None:
    sign_in(page, "Mei Ling", path="/projects?project=pairs&tab=rubric")
    field = page.get_by_label("Question · 简体中文")
    shown = page.locator(".touchstone-desk")
    expect(shown).to_contain_text("Which response is better?", timeout=20_000)
    expect(shown).not_to_be_focused()
    field.fill("")
    for typed in ("哪个", "回答", "更有帮助？"):
        page.keyboard.insert_text(typed)
        page.keyboard.press("Enter")
        shown.locator(".choice").first.wait_for()
        page.wait_for_timeout(300)  # the redraw that must not take the keys
        expect(field).to_be_focused()
    expect(field).to_have_value("哪个回答更有帮助？")
    page.get_by_label("Question · English").fill("Which one helps?")
    page.keyboard.press("Enter")
    expect(shown).to_contain_text("Which one helps?", timeout=20_000)
    expect(page.get_by_label("Question · English")).to_be_focused()
    page.keyboard.type(" a2b")
    expect(page.get_by_label("Question · English")).to_have_value("Which one helps? a2b")
    expect(shown.locator("[aria-checked=true]")).to_have_count(0)
    shown.get_by_role("radio").first.click()
    page.keyboard.press("2")
    expect(shown.locator("[aria-checked=true]")).to_have_count(1)
