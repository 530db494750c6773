"""Every page by clicks, as people reach it: from sign-in on, through every link, tab and button."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlmodel import col, select

from core.store.engine import transaction
from core.store.tables import Person
from tests import factories
from tests.e2e import workspace
from tests.e2e.conftest import Server, password_hash, running, settled, sign_in
from tests.e2e.crawl import Walk
from tests.e2e.crawl_scripts import WATCH
from tests.e2e.places import Known
from ui.navigation import SECTIONS
from ui.project.page import TABS

pytestmark = pytest.mark.browser
TITLES = {entry.path: entry.title for entries in SECTIONS.values() for entry in entries}


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


def test_the_menu_entry_of_the_page_that_one_is_on_names_the_project_again(page: Page) -> None:
    sign_in(page, "Mei Ling")
    entry = page.get_by_test_id("stSidebarNav").get_by_role("link", name="Export")
    entry.click()
    page.wait_for_url("**/export?project=*")
    page.evaluate("history.replaceState('before', '')")
    entry.click()
    page.wait_for_function(
        "() => history.state !== 'before' && location.search.startsWith('?project=')", timeout=10_000
    )


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
        ("English", "Same as the interface", "Account"),
    ):
        menu.get_by_role("radio", name=language).click()
        expect(main.get_by_role("heading", level=1, name=heading)).to_be_visible(timeout=20_000)
        expect(main.get_by_role("radio", name=language, checked=True).first).to_be_attached()
        expect(main.get_by_role("radio", name=follows, checked=True)).to_be_attached()


# Everything that can be clicked -----------------------------------------------------------------------------------------

LEAST = {"Vik": (16, 50), "Wei": (6, 30), "Rui": (16, 60), "Mei Ling": (60, 250)}
"""Kinds of places and clicks that each person's walk has at least; fewer, and it has not looked."""
ADMINS_CLICKS = 15
"""The same of the admin's, who looks at one page only."""
LEADS = {
    "# sent back": "My work",
    "Add people": "Projects",
    "All items": "Items",
    "All projects": "Projects",
    "Answers that can be saved": "Stopping rule",
    "Back to my work": "My work",
    "Continue": "answers",
    "Edit guidelines": "Projects",
    "Everyone": "Annotators",
    **{f"{place}: {slug}": TITLES[place] for place in ("label", "compare") for slug in workspace.SLUGS},
    "Import items": "Import",
    "Items in doubt": "Items",
    "Look at one annotator": "Annotators",
    "Open the project": "Projects",
    "Open the projects": "Projects",
    "Read": "My work",
    "Review item": "Review",
    "Revise": "My work",
    "Label pilot items yourself": "Label",
    "See invitations": "People",
    "See progress": "Progress",
    "See the pilot": "Projects",
    "Start": "answers",
    "See what it saves": "Stopping rule",
    "Work by person": "Progress",
}
"""A link's words to what the page behind it is called, where that does not repeat them."""
LEFT = {
    "English": "the walk changes the language on every page with fields",
    "简体中文": "as English",
    "Sign out": "ends the walk: pressed last",
    "Sign out everywhere": "as Sign out",
}
"""What the walk does not press on its way, and why."""
LAST = {"Deactivate": "the person leaves the list", "Erase personal data…": "as Deactivate"}
"""What is pressed after all else, and why."""
QUIET = {
    "A": "scrolls to a text, in the narrow preview",
    "B": "as A",
    "Refresh": "asks the server once more, and nothing new has come",
}
"""What may change nothing that is seen, and why."""
_TYPES_ONLY = "needs a number or a table changed, and the walk types in fields of words only"
DISABLED = {
    **dict.fromkeys(("Save the batches", "Save the changes", "Save the policy", "Save"), _TYPES_ONLY),
    **dict.fromkeys(("Keep items from this person", "Allow again"), "needs a group, and the items here have none"),
    "Add to the project": "needs a project that the person is not in, and everybody is in all",
    "Go live without a pilot": "needs the pilot of a project to be given up",
    "Undo": "needs an answer sent, and the walk gives no whole answer to a rubric",
}
"""What the workspace never enables, and why."""
DRAFTS = frozenset(("projects", tab) for tab in ("rubric", "guidelines", "policy"))
_INSIGHT = {entry.path for entry in SECTIONS["Insight"]} - {"today"}
OF_PROJECT = {
    **dict.fromkeys(_INSIGHT | {"export", "import"}, ""),
    "label": "h1:has-text('Label')",
    "compare": "h1:has-text('Compare')",
    "review": "h1:has-text('Review')",
    "quality": "p:has-text('Once you have answered')",
}
"""Pages that are about one project, and what stands there while there is none, or a choice."""


TABLES = {
    "address_person": ("tick",),
    "held": ("tick",),
    "withdrawn": ("tick",),
    "_list_": ("tick", "cell"),
    "_items_": ("tick", "cell"),
}
"""Tables by a part of their key, and what of them can be clicked."""
ROWS = {"people": "Jia"}
"""The row to click, where it is not the first."""
CONFIRMED = {"Type the name to confirm": "person", "Type the short name to confirm": "project"}
"""Fields that ask to be sure, by their words, and the part of the address that they want typed."""
FORGOTTEN = {
    **dict.fromkeys(("Role in the workspace", "Straight into a project (optional)"), "an invitation not made yet"),
    **dict.fromkeys(("Role here", "Role in this project", "People", "Add to a project"), "a membership not given yet"),
    **dict.fromkeys(("Languages", "Content I don't want to see"), "preferences not saved yet"),
    **dict.fromkeys(("Annotators", "Shape of training rows", "Verdicts"), "folded away while they are as usual"),
    "Person": "an exclusion not made yet",
}
"""What is chosen in a form that keeps no draft, and which; and what F5 folds away."""


@pytest.mark.timeout(600)  # a walk of a minute, on a machine that does other things too
@pytest.mark.parametrize("name", [pytest.param(name, marks=pytest.mark.xdist_group(f"walk {name}")) for name in LEAST])
def test_everything_that_can_be_clicked_does_what_it_says(
    name: str, browser: Browser, tmp_path: Path, fresh_database: Path
) -> None:
    with walking(name, browser, tmp_path, fresh_database) as walk:
        walk.everything()
    assert walk.never_enabled() <= DISABLED.keys()
    places, clicks = LEAST[name]
    assert len(walk.explored) >= places, walk.explored
    assert walk.clicks >= clicks
    if name == "Mei Ling":
        assert {"Deactivate", "Remove", "Release item"} <= {key[3] for key in walk.pressed}


@pytest.mark.xdist_group("walk Ada")
def test_an_admin_manages_a_lead_too(browser: Browser, tmp_path: Path, fresh_database: Path) -> None:
    """All that an admin has beyond a lead; the rest is the lead's walk."""
    with walking("Ada", browser, tmp_path, fresh_database, {"people": "Mei Ling"}, but=("Deactivate",)) as walk:
        walk.page_of_menu("People")
    assert walk.never_enabled() <= DISABLED.keys()
    assert walk.explored == {("people",), ("people", "person")}
    assert walk.clicks >= ADMINS_CLICKS
    pressed = {key[3] for key in walk.pressed}
    assert {"Save the role", "Make a link for a new password", "Erase personal data…", "Erase"} <= pressed


@contextmanager
def walking(
    name: str,
    browser: Browser,
    folder: Path,
    fresh_database: Path,
    rows: Mapping[str, str] = ROWS,
    but: tuple[str, ...] = ("Erase personal data…", "Save the role"),
) -> Iterator[Walk]:
    """A walk that begins at sign-in and must find no fault. One row is deactivated or erased: `but` is left."""
    file = folder / "items.jsonl"
    file.write_text(json.dumps(workspace.FILE) + "\n", encoding="utf-8")
    tabs = frozenset(title for title, _show in TABS.values())
    known = Known(
        TITLES,
        LEADS,
        {**LEFT, **dict.fromkeys(but, "another walk presses it")},
        QUIET,
        tabs,
        DRAFTS,
        OF_PROJECT,
        TABLES,
        rows,
        CONFIRMED,
        FORGOTTEN,
        LAST,
        file,
    )
    with running(folder / "walk", fresh_database, seeded=False) as server:
        with transaction(server.engine) as session:
            workspace.furnish(session, password_hash())
        context = browser.new_context(base_url=server.url, locale="en-SG", viewport={"width": 1280, "height": 800})
        context.add_init_script(WATCH)
        walk = Walk(context.new_page(), known)
        sign_in(walk.page, name)
        yield walk
        context.close()
        log = server.log.read_text(encoding="utf-8")
    assert not walk.faults, "\n".join(walk.faults)
    assert "Traceback" not in log, log


def test_signing_out_leads_to_the_form(page: Page) -> None:
    for place, button in (("Projects", "Sign out"), ("Account", "Sign out everywhere")):
        sign_in(page, "Mei Ling")
        page.get_by_test_id("stSidebarNav").get_by_role("link", name=place).click()
        expect(page.get_by_test_id("stMain").get_by_role("heading", level=1, name=place)).to_be_visible(timeout=20_000)
        page.get_by_role("button", name=button, exact=True).click()
        expect(page.get_by_role("button", name="Sign in")).to_be_visible(timeout=20_000)
        page.reload()
        expect(page.get_by_role("button", name="Sign in")).to_be_visible(timeout=20_000)
