"""A lead sets a project up in a real browser: tables, refreshes, the live preview."""

from contextlib import suppress

from playwright.sync_api import Page, TimeoutError as TooSlow, expect
from sqlmodel import col, select

from core.permissions import SYSTEM
from core.services import projects
from core.store.engine import reading, transaction
from core.store.tables import Answer, Person
from tests import factories
from tests.e2e.conftest import Server, open_by_menu, settled, sign_in


def type_into_cell(page: Page, row: int, text: str) -> None:
    """Tables are drawn on a canvas: reach the first column of a row by its place, again where what is above pushed it."""
    grid = page.get_by_test_id("stDataFrame").first
    editor = page.locator("#portal textarea, #portal input").first
    for _ in range(5):
        settled(page)
        grid.scroll_into_view_if_needed()
        box = grid.locator("canvas").first.bounding_box()
        assert box is not None
        page.mouse.click(box["x"] + 130, box["y"] + 36 * row + 18)
        page.keyboard.press("Enter")
        with suppress(TooSlow):
            editor.fill(text, timeout=4_000)
            page.keyboard.press("Enter")
            return
    raise AssertionError(f"no cell of row {row} opens")


def test_a_lead_shapes_a_rubric_and_loses_nothing_on_the_way(page: Page, server: Server) -> None:
    sign_in(page, "Mei Ling")
    open_by_menu(page, "projects")
    page.get_by_role("button", name="New project").click()
    page.locator(".st-key-use_classification button").click()
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


def test_the_menu_leads_from_a_project_to_the_list_and_the_back_button_returns(page: Page) -> None:
    sign_in(page, "Mei Ling")
    open_by_menu(page, "projects", "pairs")
    main = page.get_by_test_id("stMain")
    main.get_by_role("radio", name="People").click()
    expect(main.get_by_role("button", name="Make an invitation link")).to_be_visible(timeout=20_000)
    open_by_menu(page, "projects")
    expect(main.get_by_role("heading", name="Projects")).to_be_visible(timeout=20_000)
    page.go_back()
    expect(main.get_by_role("radio", name="People", checked=True)).to_be_visible(timeout=20_000)


def test_a_long_title_wraps_in_the_list_and_is_never_cut(page: Page, server: Server) -> None:
    title = "Compare two responses: helpful and harmless, for people who write in Chinese and in English"
    with transaction(server.engine) as session:
        factories.a_project(session, "long-title").title = title
    sign_in(page, "Mei Ling")
    open_by_menu(page, "projects")
    page.set_viewport_size({"width": 390, "height": 800})
    words = page.get_by_test_id("stMain").get_by_role("link", name=title).locator("p")
    expect(words).to_be_visible(timeout=20_000)
    assert words.evaluate("one => one.scrollWidth <= one.clientWidth")


def test_the_live_preview_never_takes_the_keys_from_the_form(page: Page, server: Server) -> None:
    sign_in(page, "Mei Ling")
    open_by_menu(page, "projects", "pairs")
    page.get_by_role("radio", name="Rubric").click()
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


def test_a_lead_closes_a_pilot_by_clicks_and_can_go_back(page: Page, server: Server) -> None:
    with transaction(server.engine) as session:
        project = factories.a_project(
            session, "tried", state="pilot", overlap=2, policy={"pilot": {"overlap": 2, "items": 2}}
        )
        people = {person.name: person for person in session.scalars(select(Person))}
        for n in range(3):
            item = factories.an_item(session, project, f"t{n}", overlap=2)
            for slot, name in enumerate(("Jia", "Wei"), start=1):
                if n < 2:
                    held = factories.an_assignment(
                        session, item, people[name], purpose="pilot", state="done", slot=slot
                    )
                    factories.an_answer(
                        session, item, people[name], {"preferred": f"r{slot}"}, purpose="pilot", assignment_id=held.id
                    )
        for name in ("Jia", "Wei"):
            factories.a_member(session, project, people[name])
    sign_in(page, "Mei Ling")
    open_by_menu(page, "projects", "tried")
    page.get_by_role("button", name="End the pilot and go live").click()
    panel = page.locator(".st-key-going_live")
    expect(panel).to_contain_text("The pilot has 4 answers.", timeout=20_000)
    expect(panel).to_contain_text("Items finished: 2; open: 1, which need 2 more answers.")
    expect(panel).to_contain_text("Items finished: 0; open: 3, which need 6 more answers.")
    expect(panel).to_contain_text("Can label the pilot items again: Jia, Wei.")
    expect(panel.get_by_role("button", name="Go live")).to_be_disabled()
    panel.get_by_text("Count them as work").click()
    panel.get_by_role("button", name="Go live").click()
    expect(page.get_by_text("The project is now: Live.")).to_be_visible(timeout=20_000)
    page.get_by_role("button", name="Return to the pilot").click()
    expect(page.get_by_text("The project is now: Pilot.")).to_be_visible(timeout=20_000)
    with reading(server.engine) as session:
        assert set(session.scalars(select(Answer.purpose).where(col(Answer.piloted)))) == {"pilot"}
