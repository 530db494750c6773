"""Review in a browser: twenty items by keyboard alone, in both languages; what goes back to people comes back from them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from random import Random
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect
from sqlalchemy import Engine, select

from core.language import translate
from core.permissions import Actor
from core.services import labelling, queue, sessions
from core.services.labelling import Submission
from core.services.queue import Served
from core.services.sessions import cookie_name
from core.store.engine import reading, transaction
from core.store.tables import Example, Gold, Membership, Person, Project, Returned, Verdict
from tests import factories
from tests.clock import right_now
from tests.e2e.conftest import Server, open_by_menu, running, settled
from tests.e2e.test_desk_sizes import faults, out_of_reach, resized

pytestmark = pytest.mark.browser
DESK = ".touchstone-desk"
SETTLE_MS = 450
"""Keys pressed sooner after an item is painted than this were meant for the one before it."""
ITEMS = 80
_keys = count(1)
RESPONSES = {"r1": {"text": "Take the ferry from pier two."}, "r2": {"text": "Walk along the river, then left. " * 60}}
TEXTS = {"Jia": "早上好，今天天气真好，祝您愉快。", "Wei": "早上好！今天天气很好，祝你一天愉快。"}


@dataclass
class Workplace:
    """A server with a project of answers that differ, and people with a cookie."""

    server: Server
    browser: Browser
    contexts: list[BrowserContext]

    @property
    def engine(self) -> Engine:
        return self.server.engine

    def person(self, name: str, *, language: str = "en", role: str = "reviewer") -> Actor:
        with transaction(self.engine) as session:
            person = factories.a_person(session, name, language=language)
            for project in session.scalars(select(Project)):
                factories.a_member(session, project, person, role=role)
            return factories.acting(person)

    def named(self, name: str) -> Actor:
        with reading(self.engine) as session:
            return factories.acting(session.scalars(select(Person).where(Person.name == name)).one())

    def open(self, actor: Actor, page_name: str, project: str | None = None, *, width: int = 1280) -> Page:
        """A browser of theirs, signed in; then by clicks to this page and project."""
        with transaction(self.engine) as session:
            cookie = sessions.open_session(session, actor, now=right_now())
        context = self.browser.new_context(base_url=self.server.url, viewport={"width": width, "height": 800})
        context.add_cookies([{"name": cookie_name(False), "value": cookie, "url": self.server.url}])
        self.contexts.append(context)
        page = context.new_page()
        page.goto("/")
        settled(page)
        open_by_menu(page, page_name, project)
        return page

    def rows(self, table: Any, *where: Any) -> list[Any]:
        with reading(self.engine) as session:
            found = list(session.scalars(select(table).where(*where)))
            session.expunge_all()
            return found


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory, fresh_database: Path) -> Iterator[Server]:
    with running(tmp_path_factory.mktemp("review"), fresh_database, seeded=False) as server:
        with transaction(server.engine) as session:
            twice = factories.a_project(session, "twice", overlap=2, policy={"review": {"stages": 2}})
            back = factories.a_project(session, "back", overlap=2)
            texts = factories.a_project(session, "texts", task="demonstration", overlap=2)
            pairs = factories.a_project(
                session, "pairs", overlap=2
            )  # the newest: whoever opens Review takes an item here
            for project, items in ((pairs, ITEMS), (twice, 2), (back, 2)):
                lane = factories.a_lane(session, project)
                for n in range(items):
                    payload = {"prompt": f"{n}: Which way to the harbour?", "responses": RESPONSES}
                    factories.an_item(session, project, f"p{n}", payload=payload, lane=lane, overlap=2)
            for n in range(3):
                factories.an_item(session, texts, f"t{n}", payload={"prompt": f"{n}：请写一句问候。"}, overlap=2)
            for name in ("Jia", "Wei"):
                person = factories.a_person(session, name, language="zh")
                for project in (pairs, twice, back, texts):
                    factories.a_member(session, project, person)
        label_everything(server.engine)
        yield server


def label_everything(engine: Engine) -> None:
    """Jia prefers the first and Wei the second response, everywhere."""
    with reading(engine) as session:
        people = [factories.acting(person) for person in session.scalars(select(Person))]
    for actor in people:
        for slug in ("pairs", "twice", "back", "texts"):
            with transaction(engine) as session:
                while isinstance(held := _next(session, actor, slug), Served):
                    first = {"preferred": "r1" if actor.name == "Jia" else "r2"}
                    answer = {"text": TEXTS[actor.name]} if slug == "texts" else first
                    given = Submission(f"key-{next(_keys):08d}", held.rev, "submitted", answer)
                    labelling.submit(session, actor, held.assignment, given, now=right_now(), rng=Random(1))


def _next(session: Any, actor: Actor, slug: str) -> Any:
    return queue.next_screen(session, actor, now=right_now(), rng=Random(1), slug=slug)


@pytest.fixture
def workplace(served: Server, browser: Browser) -> Iterator[Workplace]:
    place = Workplace(served, browser, [])
    yield place
    for context in place.contexts:
        context.close()


def painted(page: Page, other_than: str | None = None) -> str:
    page.wait_for_function(
        "other => { const id = document.querySelector('.touchstone-desk')?.dataset.assignment; return id && id !== other; }",
        arg=other_than, timeout=40_000,
    )  # fmt: skip
    page.wait_for_timeout(SETTLE_MS)
    return page.locator(DESK).get_attribute("data-assignment") or ""


def press(page: Page, *keys: str) -> None:
    """Names of keys; what begins with a quotation mark is text, as an input method hands it over."""
    for key in keys:
        if key.startswith('"'):
            page.keyboard.insert_text(key[1:])
        else:
            page.keyboard.press(key)


def decide(page: Page, *keys: str) -> None:
    before = page.locator(DESK).get_attribute("data-assignment") or ""
    press(page, *keys)
    painted(page, before)


ACCEPT, PICK = ("Enter",), ("2",)
EDIT = ("e", "t", "Control+Enter")
RETURN = ("r", "1", "e", "Enter", '"看第二段 again', "Control+Enter")
PROMOTE = (
    "p",
    "2",
    "Enter",
    '"Only the ferry goes there.',
    "Control+Enter",
    "w",
    "a",
    "c",
    '"clear',
    "Control+Enter",
    "a",
)
PROPOSE = ("x", '"A good example.', "Control+Enter", "1")
TWENTY = (ACCEPT, PICK, EDIT, PROMOTE, PROPOSE) * 3 + (RETURN, PICK, ("a",), EDIT, ACCEPT)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_reviewer_settles_twenty_items_by_keyboard_alone(workplace: Workplace, language: str) -> None:
    rita = workplace.person(f"Rita {language}", language=language)
    page = workplace.open(rita, "review", "pairs")
    painted(page)
    expect(page.get_by_role("button", name=translate("Accept the suggestion", language))).to_be_visible()
    for keys in TWENTY[:-1]:
        decide(page, *keys)
    press(page, *TWENTY[-1])
    mine = Verdict.by_id == rita.person_id
    expect(page.locator(".progress")).to_contain_text("19")  # what was sent back is no verdict
    verdicts = workplace.rows(Verdict, mine)
    assert [len([v for v in verdicts if v.basis == basis]) for basis in ("accepted", "picked", "edited")] == [8, 7, 4]
    assert {v.body["preferred"] for v in verdicts if v.basis == "edited"} == {"tie"}
    assert {(v.reason, v.comment) for v in verdicts} == {(None, None), ("ambiguous", "clear")}
    golds = workplace.rows(Gold, Gold.created_by == rita.person_id)
    assert [(gold.use, gold.explanation) for gold in golds] == [("reference", "Only the ferry goes there.")] * 3
    assert len(workplace.rows(Example, Example.by_id == rita.person_id)) == 3
    [sent] = workplace.rows(Returned, Returned.by_id == rita.person_id)
    assert (sent.comment, sent.reason) == ("看第二段 again", "annotator_error")


def test_review_fits_every_size(workplace: Workplace) -> None:
    page = workplace.open(workplace.person("Rosa"), "review", "pairs", width=390)  # so that the menu is closed
    painted(page)
    found = faults(page, "reviewing")
    resized(page, 390, 664)
    page.reload()  # the menu opens by itself on a wide window
    painted(page)
    press(page, "e")
    expect(page.locator(f"{DESK} .choice").first).to_be_visible()
    found += faults(page, "editing")
    assert not found, "\n".join(found)
    resized(page, 720, 450)
    press(page, "Escape", "r")
    expect(page.locator("dialog.return")).to_be_visible()
    assert out_of_reach(page) == []


def test_keys_are_printed_on_what_a_wider_window_brings(workplace: Workplace) -> None:
    """As when a phone is turned."""
    page = workplace.open(workplace.person("Rina"), "review", "pairs", width=390)
    painted(page)
    names = page.locator(f"{DESK} .answers .quiet", has_text="Names").locator("kbd")
    expect(names).to_be_hidden()
    resized(page, 1280, 800)
    expect(names).to_have_text("N")
    expect(names).not_to_have_attribute("data-idle", "")


def test_a_list_that_is_open_stays_open_when_an_item_comes(workplace: Workplace) -> None:
    page = workplace.open(workplace.person("Ros"), "review", "pairs")
    painted(page)
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/api/review/pairs/next*", hold)
    with page.expect_request("**/api/review/pairs/next*"):
        page.reload()
    settled(page)
    page.locator(".st-key-address_project").get_by_role("combobox").click()
    options = page.get_by_role("option")
    expect(options.first).to_be_visible()
    held[0].continue_()
    painted(page)
    expect(options.first).to_be_visible()
    press(page, "Escape", "Tab", "c")
    expect(page.locator("dialog")).to_be_visible()


def test_sentences_in_chinese_follow_without_a_space(workplace: Workplace) -> None:
    page = workplace.open(workplace.person("Ruo", language="zh"), "review", "pairs")
    painted(page)
    expect(page.locator(".suggestion .muted")).to_contain_text("。方法：")


def sent_back(page: Page) -> int:
    """What the menu says of answers that wait for their author; nothing beside the page's name is none."""
    entry = page.get_by_test_id("stSidebarNav").locator("a[href$='/work']")
    expect(entry).to_be_visible(timeout=20_000)
    return int(entry.inner_text().partition(" · ")[2] or 0)


def expect_sent_back(page: Page, count: int) -> None:
    """The menu is drawn anew after the page that was left is gone, so wait for it."""
    entry = page.get_by_test_id("stSidebarNav").locator("a[href$='/work']")
    expect(entry).to_have_text(re.compile(rf" · {count}$" if count else "^[^·]+$"), timeout=20_000)


def test_what_is_sent_back_is_revised_or_kept_and_comes_back(workplace: Workplace) -> None:
    reva = workplace.person("Reva")
    desk = workplace.open(reva, "review", "back")
    painted(desk)
    decide(desk, "r", "0", "c", "Enter", '"Is there a ferry at all?', "Control+Enter")
    jia = workplace.open(workplace.named("Jia"), "work")
    waiting = sent_back(jia)
    box = jia.locator("[class*=st-key-returned_]").filter(has_text="Is there a ferry at all?")
    box.get_by_role("link").click()
    painted(jia)
    expect(jia.get_by_text("Is there a ferry at all?")).to_be_visible()
    press(jia, "b", "Enter")
    expect(jia.locator(".empty-words")).to_be_visible()
    open_by_menu(jia, "work")
    expect(jia.locator(".stMainBlockContainer h1")).to_be_visible(timeout=20_000)
    expect(box).to_have_count(0)
    expect_sent_back(jia, waiting - 1)
    wei = workplace.open(workplace.named("Wei"), "work")
    box = wei.locator("[class*=st-key-returned_]").filter(has_text="Is there a ferry at all?")
    box.get_by_test_id("stPopover").get_by_role("button").click()
    wei.locator("[data-testid=stPopoverBody] textarea").fill("有，二号码头。")
    wei.locator("[data-testid=stPopoverBody] [class*=st-key-keep_] button").click()
    expect(box).to_have_count(0, timeout=20_000)
    open_by_menu(desk, "review", "back")
    painted(desk)
    decide(desk, "s")  # the item that was on the desk meanwhile
    expect(desk.locator(".answers-head")).to_contain_text("back from its author")
    expect(desk.locator(".card[data-label='1']")).to_contain_text("revision 2")
    expect(desk.locator(".card[data-label='2']")).to_contain_text("有，二号码头。")
    press(desk, "1")
    expect(desk.locator(".empty-words")).to_be_visible(timeout=20_000)
    settled = {one.settled for one in workplace.rows(Returned, Returned.by_id == reva.person_id)}
    assert settled == {"revised", "kept"}


def test_a_second_reviewer_sees_the_first_verdict_and_makes_it_final(workplace: Workplace) -> None:
    first, second = workplace.person("Uma"), workplace.person("Vera")
    page = workplace.open(first, "review", "twice")
    painted(page)
    decide(page, "2")
    page = workplace.open(second, "review", "twice")
    painted(page)
    expect(page.locator(".card.first")).to_contain_text("an answer picked")
    expect(page.locator(".answers")).not_to_contain_text("Uma")
    press(page, "a")
    expect(page.locator(".progress")).to_contain_text("1 today", timeout=20_000)
    one, two = workplace.rows(Verdict, Verdict.by_id.in_([first.person_id, second.person_id]))
    assert (one.stage, one.final, two.stage, two.final) == (1, False, 2, True)
    assert one.body == two.body


def test_names_are_hidden_until_asked_for_and_texts_are_marked_by_character(workplace: Workplace) -> None:
    page = workplace.open(workplace.person("Nia"), "review", "texts")
    painted(page)
    answers = page.locator(".answers")
    expect(answers).not_to_contain_text("Jia")
    assert page.locator(".difference ins").all_inner_texts() == ["！", "很", "你一天"]
    press(page, "n")
    expect(answers).to_contain_text("Wei")
    press(page, "d")
    expect(page.locator(".difference")).to_have_count(0)


def test_nothing_typed_vanishes_and_an_edit_goes_on_after_a_reload(workplace: Workplace) -> None:
    page = workplace.open(workplace.person("Tess"), "review", "texts")
    item = painted(page)
    press(page, "r", "1", "Enter", '"half a thought', "Escape", "e", "w", "End", '"你好', "Escape")
    expect(page.locator(".saved[data-state=done]")).to_contain_text(":")
    page.reload()
    assert painted(page) == item
    press(page, "r")
    expect(page.locator("dialog textarea")).to_have_value("half a thought")
    press(page, "Escape", "e")
    expect(page.locator(".stage textarea")).to_have_value(f"{TEXTS['Jia']}你好")


PRINTED = """() => [...document.querySelectorAll('.touchstone-desk [aria-keyshortcuts]')].filter(node => node.checkVisibility())
  .map(node => [node.getAttribute('aria-keyshortcuts').split(' ')[0].toLowerCase(), [...node.querySelectorAll('kbd')].map(cap => cap.textContent)])"""
SEEN = """() => ({ dialog: document.querySelector('dialog')?.ariaLabel, editing: document.querySelector('.touchstone-desk').dataset.editing,
  pressed: [...document.querySelectorAll('[aria-pressed]')].map(node => node.ariaPressed), guidelines: Boolean(document.querySelector('.guidelines')),
  answers: document.querySelector('.answers').innerText, language: document.querySelector('[data-command=l]').innerText })"""


@pytest.mark.parametrize("editing", [False, True])
def test_every_key_printed_in_review_does_what_its_control_does(workplace: Workplace, editing: bool) -> None:
    page = workplace.open(workplace.person(f"Kay {editing}"), "review", "pairs")
    item = painted(page)
    if editing:
        press(page, "e")
    printed = page.evaluate(PRINTED)
    keys = [key for key, _ in printed]
    assert sorted(keys) == sorted(set(keys)), "a key is printed twice"
    named = {"enter": "⏎", "escape": "Esc"}
    assert all(not caps or caps[0] == named.get(key, key.upper()) for key, caps in printed)
    assert (
        {"t", "x"} <= set(keys)
        if editing
        else {"a", "1", "2", "e", "r", "w", "c", "p", "x", "s", "u", "n", "d"} <= set(keys)
    )
    press(page, "?")
    rows = [row.inner_text().split("\n") for row in page.locator(".help-row").all()]
    assert editing or {"1", "2", "A", "E", "R", "⏎"} <= {key for row in rows for key in row[:-1]}
    assert ["N", "Names"] in rows
    press(page, "Escape")
    decides = {"a", "1", "2", "s", "u", "enter"}  # each has a test of its own
    for key in [key for key in keys if key not in decides]:
        done = []
        for by in ("click", "key"):
            if by == "key":
                press(page, key if len(key) == 1 else key.capitalize())
            else:
                page.locator(f'.touchstone-desk [aria-keyshortcuts~="{key}" i]').first.click()
            page.wait_for_timeout(60)
            done.append(page.evaluate(SEEN))
            if done[-1]["dialog"] or done[-1]["guidelines"] or (done[-1]["editing"] is not None) != editing:
                press(page, "e" if key == "escape" else "Escape")
            if key in "ndml":
                press(page, key)
        assert done[0] == done[1], f"{key} is not what is printed"
    assert page.locator(DESK).get_attribute("data-assignment") == item


def test_tab_leads_through_review_and_out(workplace: Workplace) -> None:
    page = workplace.open(workplace.person("Tabea"), "review", "pairs")
    painted(page)
    inside = "document.querySelector('.touchstone-desk').contains(document.activeElement)"
    stops = []
    while page.evaluate(inside) and len(stops) < 60:
        press(page, "Tab")
        stops.append(page.evaluate("document.activeElement.dataset.command ?? document.activeElement.className"))
    assert {"pane-body", "answers", "1", "2", "e", "s", "a", "g", "?"} <= set(stops)
    assert not page.evaluate(inside)
    for _ in range(12):
        press(page, "Tab")
        if page.evaluate("document.activeElement.dataset.testid") == "stSidebarNavLink":
            break
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid", "focus is seen on links"


@pytest.mark.parametrize(("name", "way_on"), [("Jia", ".empty-state button"), ("Newcomer", ".acknowledge button")])
def test_tab_leaves_a_desk_without_items_for_the_menu_and_comes_back(
    workplace: Workplace, name: str, way_on: str
) -> None:
    if name == "Newcomer":
        workplace.person(name, role="annotator")
        with transaction(workplace.engine) as session:
            for member in session.scalars(
                select(Membership).where(Membership.person_id == workplace.named(name).person_id)
            ):
                member.acknowledged_guideline = 0
    page = workplace.open(workplace.named(name), "label")
    button = page.locator(way_on)
    expect(button).to_be_enabled(timeout=20_000)
    button.focus()
    there = stops_until(page, "Tab", "node => Boolean(node.closest('[data-testid=stSidebar]'))")
    assert there, "focus goes on to the menu"
    back = stops_until(page, "Shift+Tab", f"node => node.matches('{way_on}')")
    assert back, "and comes back"


def stops_until(page: Page, key: str, wanted: str) -> bool:
    for _ in range(40):
        press(page, key)
        if page.evaluate(f"({wanted})(document.activeElement)"):
            return True
    return False


def test_a_key_meant_for_the_item_before_decides_nothing(workplace: Workplace) -> None:
    quick = workplace.person("Quick")
    page = workplace.open(quick, "review", "pairs")
    before = painted(page)
    press(page, "a", "a", "a", "2")
    painted(page, before)
    assert len(workplace.rows(Verdict, Verdict.by_id == quick.person_id)) == 1


def test_composing_chinese_sends_nothing(workplace: Workplace) -> None:
    page = workplace.open(workplace.person("Ime"), "review", "pairs")
    item = painted(page)
    press(page, "r", "1", "Enter", '"看')
    page.locator("dialog textarea").evaluate(
        "node => node.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', ctrlKey: true, isComposing: true, bubbles: true, composed: true }))"
    )
    expect(page.locator("dialog")).to_be_visible()
    assert page.locator(DESK).get_attribute("data-assignment") == item


@pytest.mark.parametrize("key", ["c", "u"])
def test_what_is_half_composed_in_review_is_kept_nowhere(workplace: Workplace, key: str) -> None:
    page = workplace.open(workplace.person(f"Pin {key}"), "review", "pairs")
    before = painted(page)
    if key == "u":
        decide(page, "1")
    sent: list[str] = []
    page.on("request", lambda request: request.method in ("PUT", "POST") and sent.append(request.post_data or ""))
    press(page, key)
    area = page.locator("dialog textarea")
    expect(area).to_be_focused()
    ime = page.context.new_cdp_session(page)
    kept = "JSON.stringify(Object.entries(localStorage))"
    for typed in ("qx", "qxz"):
        ime.send("Input.imeSetComposition", {"text": typed, "selectionStart": len(typed), "selectionEnd": len(typed)})
        expect(area).to_have_value(typed)
        area.dispatch_event("keydown", {"key": "Enter", "ctrlKey": True, "isComposing": True, "bubbles": True})
    page.wait_for_timeout(500)  # longer than a draft waits before it is sent
    expect(page.locator("dialog")).to_be_visible()
    assert "qx" not in page.evaluate(kept)
    assert not [body for body in sent if "qx" in body]
    assert (page.locator(DESK).get_attribute("data-assignment") == before) == (key == "c")
    ime.send("Input.insertText", {"text": "看清楚"})
    page.wait_for_function(f"{kept}.includes('看清楚')")


def test_the_keys_that_leave_an_item_in_review_do_what_their_controls_do(workplace: Workplace) -> None:
    page = workplace.open(workplace.person("Lea"), "review", "pairs")
    seen = [painted(page)]
    for act in (lambda: press(page, "s"), lambda: page.locator("[data-command=s]").click()):
        act()
        seen.append(painted(page, seen[-1]))
    assert len(set(seen)) == 3, "an item skipped does not come back at once"
    decide(page, "1")
    for act in (lambda: press(page, "u"), lambda: page.locator("[data-command=u]").click()):
        act()
        expect(page.locator("dialog")).to_have_attribute("aria-label", "Reopen the verdict")
        press(page, "Escape")
        expect(page.locator("dialog")).to_have_count(0)


def test_a_verdict_given_without_a_connection_arrives_once(workplace: Workplace) -> None:
    away = workplace.person("Away")
    page = workplace.open(away, "review", "pairs")
    before = painted(page)
    page.context.set_offline(True)
    press(page, "2")
    expect(page.locator(".notice.trouble")).to_be_visible(timeout=20_000)
    page.context.set_offline(False)
    painted(page, before)
    assert len(workplace.rows(Verdict, Verdict.by_id == away.person_id)) == 1


def test_the_last_verdict_is_reopened_with_a_reason(workplace: Workplace) -> None:
    page = workplace.open(workplace.person("Ria"), "review", "pairs")
    item = page.locator(DESK)
    before = painted(page)
    decide(page, "1")
    press(page, "u", '"Too quick.', "Control+Enter")
    expect(item).not_to_have_attribute("data-assignment", before)
    expect(page.locator(".history summary")).to_contain_text("1", timeout=20_000)
    page.wait_for_timeout(SETTLE_MS)
    page.locator(".history summary").click()
    expect(page.locator(".history")).to_contain_text("Too quick.")
    decide(page, "2")
    assert [v.current for v in workplace.rows(Verdict, Verdict.by_id == workplace.named("Ria").person_id)] == [
        False,
        True,
    ]


def test_a_reason_for_reopening_belongs_to_its_verdict(workplace: Workplace) -> None:
    page = workplace.open(workplace.person("Rob"), "review", "pairs")
    painted(page)
    decide(page, "1")
    reason = page.locator("dialog.reopen textarea")
    press(page, "u")
    reason.fill("Too quick.")
    page.reload()
    painted(page)
    press(page, "u")
    expect(reason).to_have_value("Too quick.")
    press(page, "Escape")
    page.wait_for_timeout(SETTLE_MS)
    decide(page, "1")
    press(page, "u")
    expect(reason).to_have_value("")


def test_another_filter_brings_another_queue(workplace: Workplace) -> None:
    page = workplace.open(workplace.person("Flo"), "review", "pairs")
    painted(page)
    press(page, "f")
    page.locator("[data-testid=stPopoverBody] [data-testid=stSelectbox]").first.click()
    page.get_by_role("option", name="Flagged").click()
    expect(page.locator(".empty-words")).to_contain_text("No items match your filters", timeout=20_000)


def test_a_phone_shows_the_item_and_its_answers_in_turn(workplace: Workplace) -> None:
    page = workplace.open(workplace.person("Pia"), "review", "pairs", width=390)
    before = painted(page)
    expect(page.locator(".answers")).to_be_hidden()
    page.locator(".turn-tab").nth(1).click()
    page.locator(".card[data-label='1'] .pick").click()
    painted(page, before)
    wider = page.evaluate("document.querySelector('.touchstone-desk').scrollWidth > innerWidth")
    assert not wider
