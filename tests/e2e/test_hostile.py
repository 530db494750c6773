"""Hostile text in every field that anybody can fill: shown as text on every page, and nothing is fetched because of it."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect
from sqlmodel import Session, select

from core.store.engine import transaction
from core.store.tables import Draft, GuidelineVersion, Item, Person, Project, SettingsVersion
from tests import factories
from tests.clock import right_now
from tests.e2e.conftest import Server, choose, open_by_menu, open_tab, part_of, password_hash, running, settled, sign_in
from ui.navigation import SECTIONS
from ui.project.page import TABS

pytestmark = pytest.mark.browser
MARKER = "<script>window.pwned=1</script>"
EVIL = (
    f"{MARKER}<img src=https://evil.example/a.gif onerror=window.pwned=2> ![beacon](https://evil.example/b.png) "
    "[click](javascript:window.pwned=3) <a href=https://evil.example/c>link</a> <style>@import'https://evil.example/d'</style> "
    "$x^2$ :material/home: :red[red] {0} {name} %s \u202egnp.exe\u202c zero\u200bwidth"
)
LONG = "y" * 1_000_000
PAIR = {
    "prompt": EVIL,
    "responses": {"r1": {"text": f"{EVIL}\n\n**bold** | table |", "model": EVIL}, "r2": {"text": LONG, "model": "m"}},
}
LEAD, ANNOTATOR = f"lead {EVIL}", f"annotator {EVIL}"
TITLES = {entry.path: entry.title for entries in SECTIONS.values() for entry in entries}
STREAMLITS_OWN = "script-src wasm-eval"
"""It asks for WebAssembly on every page, and does without."""
_WATCH = "document.addEventListener('securitypolicyviolation', e => (window.violations ??= []).push(`${e.violatedDirective} ${e.blockedURI}`));"


@dataclass
class Watched:
    """A signed-in browser page that notes whatever the text brings it to do."""

    page: Page
    server: Server
    elsewhere: list[str] = field(default_factory=list)
    dialogs: list[str] = field(default_factory=list)

    @property
    def main(self) -> Locator:
        return self.page.get_by_test_id("stMain")

    def open(self, path: str) -> None:
        open_by_menu(self.page, path)
        expect(self.main.get_by_role("heading", name=TITLES[path], level=1, exact=True)).to_be_visible(timeout=20_000)

    def open_project(self, slug: str) -> None:
        """From the list; its title begins with its short name."""
        self.open("projects")
        self.main.get_by_role("link", name=slug).click()
        expect(self.main.get_by_role("radio", name="Overview", checked=True)).to_be_attached(timeout=20_000)
        settled(self.page)

    def choose_project(self, slug: str) -> None:
        self.page.wait_for_url(lambda url: part_of(url, "project") is not None, timeout=20_000)
        if part_of(self.page.url, "project") != slug:
            choose(self.page, "Project", slug)
            self.page.wait_for_url(lambda url: part_of(url, "project") == slug, timeout=20_000)
        settled(self.page)

    def shows_the_text(self) -> None:
        expect(self.main).to_contain_text(MARKER, timeout=20_000)

    def is_unharmed(self) -> None:
        page = self.page
        assert page.evaluate("window.pwned") is None
        assert set(page.evaluate("window.violations ?? []")) <= {STREAMLITS_OWN}
        assert page.get_by_role("img", name="home icon").count() == 0
        assert page.locator("[src*='evil.example'], [href*='evil.example'], [href^='javascript:']").count() == 0
        assert (self.elsewhere, self.dialogs) == ([], [])


def watched(context: BrowserContext, server: Server, name: str) -> Watched:
    context.add_init_script(_WATCH)
    made = Watched(context.new_page(), server)
    made.page.on("request", lambda request: _note(made, request.url))
    made.page.on("dialog", lambda dialog: made.dialogs.append(dialog.message) or dialog.dismiss())
    sign_in(made.page, name)
    return made


def _note(here: Watched, url: str) -> None:
    own = (here.server.url, here.server.url.replace("http", "ws", 1), "data:", "blob:")
    if not url.startswith(own):
        here.elsewhere.append(url)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory, fresh_database: Path) -> Iterator[Server]:
    with running(tmp_path_factory.mktemp("hostile"), fresh_database) as server:
        with transaction(server.engine) as session:
            people = [
                factories.a_person(session, name, role=role, password_hash=password_hash())
                for name, role in ((LEAD, "admin"), (ANNOTATOR, "annotator"))
            ]
            _pairs(session, people[1])
            _labels(session, people[1])
        yield server


def _pairs(session: Session, annotator: Person) -> None:
    """Comparisons with hostile text in all that a lead writes, an importer brings and an annotator adds."""
    project = _project(
        session, "evil-pairs", "pairwise",
        settings={"question": EVIL, "dimensions": [{"id": "d", "name": EVIL}]},
        extras={"rationale": {"required": False, "min_chars": 1, "reasons": [{"id": "r", "name": EVIL}]}},
    )  # fmt: skip
    factories.a_member(session, project, annotator)
    lane = factories.a_lane(session, project, batch=EVIL)
    items = [
        factories.an_item(session, project, f"{n} {EVIL}", payload=PAIR, lane=lane, group_key=EVIL, tags=[EVIL], meta={EVIL: EVIL})
        for n in range(4)
    ]  # fmt: skip
    body = {"preferred": "r1", "by": {"d": {"preferred": "tie"}}}
    _answered(session, items[0], annotator, body=body, extras={"rationale": EVIL, "reasons": ["r"]})
    _answered(session, items[1], annotator, outcome="bad_item", reason=EVIL)
    _answered(session, items[2], annotator, outcome="skipped", reason=EVIL)
    items[1].state = "flagged"
    factories.a_gold(session, items[3], body, explanation=EVIL)


def _labels(session: Session, annotator: Person) -> None:
    labels = [{"id": f"l{n}", "name": {"en": EVIL, "zh": EVIL}, "description": EVIL} for n in range(3)]
    project = _project(
        session, "evil-labels", "classification", settings={"labels": labels, "question": EVIL}, extras={}
    )
    factories.a_member(session, project, annotator)
    lane = factories.a_lane(session, project, batch=f"{EVIL} too")
    for _ in range(2):
        item = factories.an_item(session, project, payload={"text": EVIL}, lane=lane)
    held = factories.an_assignment(session, item, annotator, state="expired", draft_rev=1)
    body = {"answer": {"labels": ["l0"]}, "extras": {"rationale": EVIL}}
    session.add(Draft(assignment_id=held.id, rev=1, body=body, saved_at=right_now()))


def _project(session: Session, slug: str, task: str, *, settings: Any, extras: Any) -> Project:
    """Made by hand: what the form would refuse today may be in the store of yesterday."""
    project = factories.a_project(session, slug, task=task)
    project.title = {"en": f"{slug} {EVIL}", "zh": EVIL}
    version = session.exec(select(SettingsVersion).where(SettingsVersion.project_id == project.id)).one()
    version.settings, version.extras = settings, extras
    session.exec(select(GuidelineVersion).where(GuidelineVersion.project_id == project.id)).one().text = {
        "en": EVIL,
        "zh": EVIL,
    }
    return project


def _answered(session: Session, item: Item, person: Person, *, body: Any = None, **fields: Any) -> None:
    held = factories.an_assignment(session, item, person, state="done", slot=1 if body else None)
    factories.an_answer(session, item, person, body, assignment_id=held.id, at=right_now(), **fields)


@pytest.fixture
def context(browser: Browser, world: Server) -> Iterator[BrowserContext]:
    context = browser.new_context(base_url=world.url, locale="en-SG", viewport={"width": 1280, "height": 800})
    yield context
    context.close()


def test_on_the_desk(context: BrowserContext, world: Server) -> None:
    here = watched(context, world, ANNOTATOR)
    open_by_menu(here.page, "compare")
    desk = here.page.locator(".touchstone-desk[data-assignment]")
    desk.wait_for(timeout=30_000)
    here.page.wait_for_function("document.querySelector('.touchstone-desk').dataset.assignment")
    expect(desk.locator(".side .text").first).to_contain_text(MARKER)
    assert {"RLO", "PDF", "ZWSP"} <= set(
        desk.locator(".hidden-mark").evaluate_all("marks => marks.map(m => m.dataset.mark)")
    )
    for key, inside in (("g", ".guidelines-body"), ("m", ".pane-body")):
        here.page.keyboard.press(key)
        expect(desk.locator(inside).first).to_contain_text(MARKER)
        here.is_unharmed()
    here.page.keyboard.press("?")
    expect(here.page.get_by_role("dialog")).to_contain_text(MARKER)
    assert here.page.evaluate("[...document.querySelectorAll('.pane-body')].every(p => p.scrollWidth <= p.clientWidth)")
    here.is_unharmed()
    here.page.keyboard.press("Escape")
    open_by_menu(here.page, "label")
    expect(here.page.locator(".touchstone-desk")).to_contain_text("evil-labels", timeout=30_000)
    expect(here.page.locator(".bar")).to_contain_text(MARKER)
    here.is_unharmed()


def test_on_an_annotators_pages(context: BrowserContext, world: Server) -> None:
    here = watched(context, world, ANNOTATOR)
    here.open("work")
    here.shows_the_text()
    here.is_unharmed()
    here.main.get_by_role("link", name="Revise").click()
    expect(here.page.locator(".touchstone-desk .side .text").first).to_contain_text(MARKER, timeout=20_000)
    here.is_unharmed()
    here.open("account")
    expect(here.page.get_by_test_id("stSidebar")).to_contain_text(MARKER)
    here.is_unharmed()


def test_on_the_pages_of_a_lead(context: BrowserContext, world: Server) -> None:
    here = watched(context, world, LEAD)
    for path in ("today", "projects", "people"):
        here.open(path)
        here.shows_the_text()
        here.is_unharmed()
    here.open("progress")
    for slug in ("evil-labels", "evil-pairs"):
        here.choose_project(slug)
        here.shows_the_text()
        here.is_unharmed()
    for path in ("import", "export"):
        here.open(path)
        here.choose_project("evil-pairs")
        here.is_unharmed()
    here.open("account")
    here.is_unharmed()


@pytest.mark.parametrize("slug", ["evil-pairs", "evil-labels"])
def test_on_the_parts_of_a_project(context: BrowserContext, world: Server, slug: str) -> None:
    here = watched(context, world, LEAD)
    here.open_project(slug)
    for tab in TABS:
        open_tab(here.page, tab)
        here.shows_the_text()
        here.is_unharmed()
