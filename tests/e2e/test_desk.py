"""The desk in a browser: every kind of question by keyboard alone, and nothing lost whatever happens to the network."""

import json
import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect
from sqlmodel import col, select

from core.services.sessions import cookie_name
from core.store.engine import transaction
from core.store.tables import Item, Membership, Person, Project
from tests import factories
from tests.e2e.desk_server import PAYLOADS, Worker, Workspace, add_project, serving

pytestmark = pytest.mark.browser
Open = Callable[..., Page]
DESK = ".touchstone-desk"


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    with serving(tmp_path_factory.mktemp("desk")) as workspace:
        yield workspace


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    yield context
    context.close()


@pytest.fixture
def worker(workspace: Workspace, context: BrowserContext) -> Worker:
    worker = workspace.worker()
    sign_in(context, workspace, worker)
    return worker


@pytest.fixture
def open_desk(workspace: Workspace, context: BrowserContext, worker: Worker) -> Open:
    """Opens a desk in a new tab and waits until its item is painted."""

    def open_(slug: str = "pair", *, wait: bool = True, **asked: Any) -> Page:
        page = context.new_page()
        page.goto(f"{workspace.address}/?{urlencode({'slug': slug, 'actor': worker.id, **asked})}")
        if wait:
            painted(page)
        return page

    return open_


def sign_in(context: BrowserContext, workspace: Workspace, worker: Worker) -> None:
    context.add_cookies([{"name": cookie_name(False), "value": worker.cookie, "url": workspace.address}])


def painted(page: Page, other_than: str | None = None) -> str:
    """Wait until an item (another one than that) is painted; its assignment's id."""
    page.wait_for_function(
        "other => { const id = document.querySelector('.touchstone-desk')?.dataset.assignment; return id && id !== other; }",
        arg=other_than,
        timeout=20_000,
    )
    return item_of(page)


def item_of(page: Page) -> str:
    return page.locator(DESK).get_attribute("data-assignment") or ""


def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def submit(page: Page, key: str = "Enter") -> None:
    before = item_of(page)
    press(page, key)
    painted(page, before)


def shown(page: Page) -> list[str]:
    """Ids of the candidates in the order drawn."""
    return [str(node.get_attribute("data-candidate")) for node in page.locator("[data-candidate]").all()]


def saved(page: Page) -> None:
    expect(page.locator(".saved[data-state=done]")).to_contain_text(":")


@pytest.mark.parametrize(
    ("lang", "words"), [("en", r"^{} today · about \d+ left$"), ("zh", r"^今日 {} 条 · 约剩 \d+ 条$")]
)
def test_ones_own_counts_move_by_one(open_desk: Open, lang: str, words: str) -> None:
    page = open_desk("one", lang=lang)
    progress = page.locator(".strip .progress")
    expect(progress).to_have_text(re.compile(words.format(0)))
    before = _last_number(progress.inner_text())
    press(page, "1")
    submit(page)
    expect(progress).to_have_text(re.compile(words.format(1)))
    assert _last_number(progress.inner_text()) == before - 1


@pytest.mark.parametrize(("lang", "words"), [("en", "1 today"), ("zh", "今日 1 条")])
def test_after_the_last_item_it_is_said_once_and_nothing_counts_as_left(
    open_desk: Open, workspace: Workspace, worker: Worker, lang: str, words: str
) -> None:
    slug = f"last-{lang}"
    with transaction(workspace.engine) as session:
        project = add_project(session, slug, "pairwise", {}, {})
        factories.an_item(session, project, payload=PAYLOADS["pairwise"], overlap=50)
        factories.a_member(session, project, session.get_one(Person, worker.id))
    page = open_desk(slug, lang=lang)
    press(page, "a", "Enter")
    empty = page.locator(".empty-words")
    expect(empty).to_be_visible()
    expect(page.locator(".strip .progress")).to_have_text(words)
    expect(page.locator(".status")).to_be_empty()
    expect(page.locator(".unseen[role=status]")).to_have_text(empty.inner_text())


def test_undo_counts_the_answer_back(open_desk: Open) -> None:
    page = open_desk("one")
    progress = page.locator(".strip .progress")
    before = progress.inner_text()
    press(page, "1")
    submit(page)
    expect(progress).to_have_text(re.compile("^1 today"))
    submit(page, "u")
    expect(progress).to_have_text(before)


def _last_number(text: str) -> int:
    return int(re.findall(r"\d+", text)[-1])


# By keyboard alone -----------------------------------------------------------------------------------------------------


def test_pairwise_letters_choose_and_strengthen(open_desk: Open, workspace: Workspace, worker: Worker) -> None:
    page = open_desk("pair", lang="zh")
    ids = shown(page)
    press(page, "b", "b", "ArrowDown", "4")
    submit(page)
    [answer] = workspace.answers(worker)
    assert answer.body == {"preferred": ids[1], "strength": 2}
    assert answer.extras == {"confidence": 4}


def test_pairwise_one_digit_says_side_and_strength_and_the_next_mends_it(
    open_desk: Open, workspace: Workspace, worker: Worker
) -> None:
    page = open_desk("pair")
    ids = shown(page)
    press(page, "2", "5", "Enter")
    expect(page.locator("[data-ask='~confidence'] .problem")).to_be_visible()
    press(page, "4", "b", "1", "c", "5")
    submit(page)
    [answer] = workspace.answers(worker)
    assert (answer.body, answer.extras) == ({"preferred": ids[0], "strength": 3}, {"confidence": 5})


def test_letters_mean_the_first_question_wherever_the_focus_is(
    open_desk: Open, workspace: Workspace, worker: Worker
) -> None:
    page = open_desk("pair")
    ids = shown(page)
    press(page, "c", "2", "x", "c", "3", "b", "b")
    submit(page)
    [answer] = workspace.answers(worker)
    assert (answer.body, answer.extras) == ({"preferred": ids[1], "strength": 2}, {"confidence": 3})


@pytest.mark.parametrize(("key", "value"), [("t", "tie"), ("=", "tie"), ("x", "both_bad")])
def test_pairwise_tie_and_both_bad(open_desk: Open, workspace: Workspace, worker: Worker, key: str, value: str) -> None:
    page = open_desk("plain", lang="zh")
    press(page, key)
    submit(page)
    assert workspace.answers(worker)[0].body == {"preferred": value}


def test_ranking_with_a_tie(open_desk: Open, workspace: Workspace, worker: Worker) -> None:
    page = open_desk("rank", lang="zh")
    a, b, c = shown(page)
    press(page, "c", "a", "=", "b")
    submit(page)
    assert workspace.answers(worker)[0].body == {"ranks": {c: 1, a: 1, b: 2}}


def test_ranking_moves_and_takes_back(open_desk: Open, workspace: Workspace, worker: Worker) -> None:
    page = open_desk("rank")
    a, b, c = shown(page)
    press(page, "a", "b", "c", "ArrowLeft", "Backspace", "c", "ArrowLeft")
    submit(page)
    assert workspace.answers(worker)[0].body == {"ranks": {a: 1, c: 2, b: 3}}


def test_rating_digits_go_from_criterion_to_criterion(open_desk: Open, workspace: Workspace, worker: Worker) -> None:
    page = open_desk("rate", lang="zh")
    press(page, "4", "3", "5", "k", "2")
    submit(page)
    assert workspace.answers(worker)[0].body == {"scores": {"accuracy": 4, "helpfulness": 2, "clarity": 5}}


def test_classification_single(open_desk: Open, workspace: Workspace, worker: Worker) -> None:
    page = open_desk("one", lang="zh")
    press(page, "1", "4")
    submit(page)
    assert workspace.answers(worker)[0].body == {"labels": ["account"]}


def test_classification_tree_of_several(open_desk: Open, workspace: Workspace, worker: Worker) -> None:
    page = open_desk("tree", lang="zh")
    press(page, "5", "2", "1", "1")
    submit(page)
    assert workspace.answers(worker)[0].body == {"labels": ["lost", "other"]}


def test_demonstration_is_written_and_sent_from_the_field(
    open_desk: Open, workspace: Workspace, worker: Worker
) -> None:
    page = open_desk("write", lang="zh")
    press(page, "w")
    page.keyboard.insert_text("早上好，1 2 3！")
    press(page, "Escape", "1", "w", "End")
    page.keyboard.type(" a b")
    submit(page, "Control+Enter")
    assert workspace.answers(worker)[0].body == {"text": "早上好，1 2 3！ a b", "checks": {"own": True}}


@pytest.mark.parametrize(("lang", "words"), [("en", "1 word"), ("zh", "1 词")])
def test_one_word_is_counted_in_the_singular(open_desk: Open, lang: str, words: str) -> None:
    page = open_desk("rate", lang=lang)
    expect(page.locator("[data-role=response]").get_by_text(words, exact=True)).to_be_visible()


FOCUSED = """() => { const at = document.activeElement;
  return at.ariaLabel || at.dataset.command || (at.classList.contains('submit') ? 'submit' : at.tagName); }"""


OUTSIDE = "!document.querySelector('.touchstone-desk').contains(document.activeElement)"


def test_tab_goes_from_texts_to_the_question_to_submit_to_the_header_and_out(
    open_desk: Open, workspace: Workspace, worker: Worker
) -> None:
    page = open_desk("plain")
    ids = shown(page)
    way = []
    for _ in range(10):
        press(page, "Tab")
        way.append(page.evaluate(FOCUSED))
    assert way == ["Prompt", "Response A", "Response B", "A is better", "s", "submit", "l", "m", "g", "Keys"]
    press(page, "Tab")
    assert not page.evaluate("document.querySelector('.touchstone-desk').contains(document.activeElement)")
    press(page, "Shift+Tab")
    assert page.evaluate(FOCUSED) == "Keys"
    page.get_by_role("radio").first.focus()
    press(page, "ArrowRight", "ArrowRight")
    submit(page)
    assert workspace.answers(worker)[0].body == {"preferred": ids[1]}


def test_tab_leaves_a_desk_with_nothing_to_do(open_desk: Open, workspace: Workspace) -> None:
    page = open_desk("empty", wait=False)
    expect(page.locator(".empty-words")).to_be_visible()
    reached = set()
    for _ in range(8):
        press(page, "Tab")
        reached.add(page.evaluate(FOCUSED))
    assert {"m", "g", "Keys"} <= reached
    assert page.evaluate("document.querySelector('.empty-state button').tabIndex") == 0


def test_home_and_end_scroll_what_is_open(open_desk: Open) -> None:
    page = open_desk("pair")
    page.set_viewport_size({"width": 720, "height": 450})
    press(page, "?")
    sheet = page.locator("dialog.help")
    press(page, "End")
    page.wait_for_function("() => document.querySelector('dialog.help').scrollTop > 0")
    press(page, "Home")
    page.wait_for_function("() => document.querySelector('dialog.help').scrollTop === 0")
    expect(sheet).to_be_visible()


def test_tab_leads_through_new_guidelines_and_out(open_desk: Open, workspace: Workspace, worker: Worker) -> None:
    with transaction(workspace.engine) as session:
        for member in session.exec(select(Membership).where(Membership.person_id == worker.id)):
            member.acknowledged_guideline = 0
    page = open_desk("plain", wait=False)
    agree = page.locator(".acknowledge button")
    expect(agree).to_be_enabled()
    press(page, "Tab")
    expect(agree).to_be_focused()
    for _ in range(6):
        press(page, "Tab")
    assert page.evaluate(OUTSIDE)
    agree.press("Enter")
    painted(page)


def test_a_text_in_focus_scrolls_and_answers_nothing(open_desk: Open) -> None:
    page = open_desk("pair")
    page.locator("[data-candidate] .pane-body").nth(1).focus()
    press(page, "ArrowRight", "ArrowDown", "ArrowLeft")
    expect(page.locator("[role=radio][aria-checked=true]")).to_have_count(0)


def test_keys_work_after_a_click_on_a_control(open_desk: Open, workspace: Workspace, worker: Worker) -> None:
    page = open_desk("plain")
    ids = shown(page)
    page.get_by_role("radio").first.click()
    press(page, "b")
    submit(page)
    assert workspace.answers(worker)[0].body == {"preferred": ids[1]}


def test_a_note_takes_reasons_by_digit_and_then_words(open_desk: Open, workspace: Workspace, worker: Worker) -> None:
    page = open_desk("reasons")
    press(page, "a", "k", "1", "n")
    page.keyboard.type("2 + 2 is 4")
    submit(page, "Control+Enter")
    assert workspace.answers(worker)[0].extras == {"rationale": "2 + 2 is 4", "reasons": ["facts"]}


def test_a_note_opens_with_the_caret_in_it_and_shuts_by_escape(
    open_desk: Open, workspace: Workspace, worker: Worker
) -> None:
    page = open_desk("noted")
    press(page, "a", "n")
    page.keyboard.type("full of letters")
    expect(page.locator(".flag")).to_have_attribute("aria-pressed", "false")
    press(page, "Escape")
    expect(page.locator(".note-drawer")).to_be_hidden()
    press(page, "2")  # nothing: the reasons are out of sight
    press(page, "n")
    expect(page.locator(".note-drawer textarea")).to_be_focused()
    expect(page.locator(".note-drawer textarea")).to_have_value("full of letters")
    submit(page, "Control+Enter")
    expect(page.locator(".note-drawer")).to_be_hidden()
    [answer] = workspace.answers(worker)
    assert answer.extras == {"rationale": "full of letters"}


def test_ranking_goes_on_to_the_next_question_when_all_are_placed(
    open_desk: Open, workspace: Workspace, worker: Worker
) -> None:
    page = open_desk("ranked")
    a, b, c = shown(page)
    press(page, "b", "4", "a", "c", "4")
    submit(page)
    [answer] = workspace.answers(worker)
    assert (answer.body, answer.extras) == ({"ranks": {b: 1, a: 2, c: 3}}, {"confidence": 4})


def test_skip_with_a_reason(open_desk: Open, workspace: Workspace, worker: Worker) -> None:
    page = open_desk("plain")
    before = item_of(page)
    press(page, "s", "3")
    painted(page, before)
    [answer] = workspace.answers(worker)
    assert (answer.outcome, answer.reason) == ("skipped", "outside_knowledge")


def test_undo_brings_the_answer_back(open_desk: Open, workspace: Workspace, worker: Worker) -> None:
    page = open_desk("plain")
    first, ids = item_of(page), shown(page)
    press(page, "a")
    submit(page)
    second = item_of(page)
    press(page, "u")
    assert painted(page, second) == first
    assert page.locator("[data-point=A1]").get_attribute("aria-checked") == "true"
    press(page, "b")
    submit(page)
    assert [answer.body for answer in workspace.answers(worker)] == [{"preferred": ids[1]}]


def test_undone_revised_or_brought_back_the_first_question_has_the_focus(
    open_desk: Open, workspace: Workspace, worker: Worker
) -> None:
    first = {"accuracy": 4, "helpfulness": 3, "clarity": 5}
    page = open_desk("rate")
    before = item_of(page)
    press(page, "4", "3", "5")
    saved(page)
    page.reload()
    painted(page)
    press(page, "5", "Enter")
    after = painted(page, before)
    press(page, "u")
    painted(page, after)
    press(page, "2")
    submit(page)
    assert workspace.answers(worker)[0].body == {"scores": {**first, "accuracy": 2}}
    page.close()
    again = open_desk(mode="revise", answer=workspace.answers(worker)[0].id)
    press(again, "1", "Enter")
    expect(again.locator(".empty-words")).to_be_visible()
    assert workspace.answers(worker)[0].body == {"scores": {**first, "accuracy": 1}}


def test_one_s_own_answer_can_be_revised(open_desk: Open, workspace: Workspace, worker: Worker) -> None:
    page = open_desk("plain")
    ids = shown(page)
    press(page, "a")
    submit(page)
    page.close()
    again = open_desk(mode="revise", answer=workspace.answers(worker)[0].id)
    expect(again.locator("[data-point=A1]")).to_have_attribute("aria-checked", "true")
    assert shown(again) == ids
    press(again, "b", "Enter")
    expect(again.locator(".empty-words")).to_have_text("Your revision is saved.")
    [answer] = workspace.answers(worker)
    assert (answer.body, answer.revision) == ({"preferred": ids[1]}, 2)


def test_an_unsent_revision_is_kept_until_it_is_sent(open_desk: Open, workspace: Workspace, worker: Worker) -> None:
    page = open_desk("write")
    page.locator(".write textarea").fill("The first words.")
    press(page, "Escape", "1")
    submit(page, "Enter")
    page.close()
    answer_id = workspace.answers(worker)[0].id
    again = open_desk(mode="revise", answer=answer_id)
    words, told = again.locator(".write textarea"), again.locator(".notice[data-name=revision]")
    expect(told).to_have_count(0)
    words.fill("Better words.")
    expect(again.locator(".saved")).to_have_text("kept in this browser")
    again.reload()
    painted(again)
    expect(words).to_have_value("Better words.")
    expect(told).to_contain_text("Your unsent changes to this answer were restored.")
    other = open_desk("write")  # another desk leaves it alone
    other.close()
    again.reload()
    told.get_by_role("button", name="Discard changes").click()
    expect(words).to_have_value("The first words.")
    words.fill("The best words.")
    tab = open_desk(mode="revise", answer=answer_id)
    expect(tab.locator(".write textarea")).to_have_value("The best words.")
    again.close()
    tab.locator(".write textarea").fill("The best words of all.")
    press(tab, "Escape", "Enter")
    expect(tab.locator(".empty-words")).to_have_text("Your revision is saved.")
    [answer] = workspace.answers(worker)
    assert (answer.body or {})["text"] == "The best words of all."
    newest = open_desk(mode="revise", answer=answer.id)
    expect(newest.locator(".write textarea")).to_have_value("The best words of all.")
    expect(newest.locator(".notice")).to_have_count(0)
    assert tab.evaluate("Object.keys(localStorage).filter(name => name.includes('revision'))") == []


def test_changes_to_an_answer_revised_elsewhere_stay_within_reach(
    open_desk: Open, workspace: Workspace, worker: Worker
) -> None:
    page = open_desk("write")
    page.locator(".write textarea").fill("The first words.")
    press(page, "Escape", "1")
    submit(page, "Enter")
    page.close()
    answer_id = workspace.answers(worker)[0].id
    here, there = (open_desk(mode="revise", answer=answer_id) for _ in range(2))
    there.locator(".write textarea").fill("Sent from there.")
    press(there, "Escape", "Enter")
    expect(there.locator(".empty-words")).to_have_text("Your revision is saved.")
    here.locator(".write textarea").fill("Typed here.")
    here.reload()
    here.get_by_role("button", name="Show what I had").click()
    expect(here.locator("dialog textarea")).to_have_value("Typed here.")


def test_guidelines_open_and_close_by_key(open_desk: Open) -> None:
    page = open_desk("plain")
    press(page, "g")
    expect(page.locator(".guidelines-body")).to_contain_text("Decide with care.")
    expect(page.locator(".touchstone-desk kbd", has_text=re.compile("^G$"))).to_have_count(1)
    press(page, "Escape")
    expect(page.locator(".guidelines")).to_have_count(0)


# What must not happen --------------------------------------------------------------------------------------------------


def test_what_is_half_composed_is_kept_nowhere(
    open_desk: Open, context: BrowserContext, workspace: Workspace, worker: Worker
) -> None:
    page = open_desk("write")
    drafts: list[str] = []
    page.on("request", lambda request: request.url.endswith("/draft") and drafts.append(request.post_data or ""))
    press(page, "w")
    ime = context.new_cdp_session(page)
    for typed in ("n", "ni", "niha"):
        ime.send("Input.imeSetComposition", {"text": typed, "selectionStart": len(typed), "selectionEnd": len(typed)})
        page.wait_for_timeout(500)
    kept = "Object.entries(localStorage).filter(([name]) => name.includes('draft')).map(([, text]) => text).join()"
    assert "ni" not in page.evaluate(kept)
    assert drafts == []
    ime.send("Input.insertText", {"text": "你好，世界"})
    saved(page)
    assert "你好，世界" in page.evaluate(kept)
    assert ["你好，世界" in draft for draft in drafts] == [True]


def test_composing_chinese_submits_nothing(
    open_desk: Open, context: BrowserContext, workspace: Workspace, worker: Worker
) -> None:
    page = open_desk("write")
    press(page, "w")
    ime = context.new_cdp_session(page)
    ime.send("Input.imeSetComposition", {"text": "nihao", "selectionStart": 5, "selectionEnd": 5})
    for extra in ("isComposing: true", "keyCode: 229"):
        page.evaluate(
            f"document.activeElement.dispatchEvent(new KeyboardEvent('keydown', {{key: 'Enter', ctrlKey: true, bubbles: true, composed: true, {extra}}}))"
        )
    ime.send("Input.insertText", {"text": "你好，世界"})
    expect(page.locator("textarea")).to_have_value("你好，世界")
    saved(page)
    assert workspace.answers(worker) == []


def test_keys_pressed_before_the_next_item_is_painted_answer_nothing(
    open_desk: Open, workspace: Workspace, worker: Worker
) -> None:
    page = open_desk("plain")
    before = item_of(page)
    press(page, "a")
    page.evaluate(
        "['Enter', 'b', 'Enter', 'b', 'Enter'].forEach(key => document.body.dispatchEvent(new KeyboardEvent('keydown', {key, bubbles: true})))"
    )
    painted(page, before)
    expect(page.locator("[role=radio][aria-checked=true]")).to_have_count(0)
    assert len(workspace.answers(worker)) == 1


def test_a_double_click_and_a_held_key_submit_once(open_desk: Open, workspace: Workspace, worker: Worker) -> None:
    page = open_desk("plain")
    before = item_of(page)
    press(page, "a")
    page.locator(".submit").dblclick()
    second = painted(page, before)
    press(page, "b")
    page.keyboard.down("Enter")
    for _ in range(5):
        page.keyboard.down("Enter")
    page.keyboard.up("Enter")
    painted(page, second)
    assert len(workspace.answers(worker)) == 2


def test_an_incomplete_answer_is_refused_beside_its_question(
    open_desk: Open, workspace: Workspace, worker: Worker
) -> None:
    page = open_desk("rate")
    press(page, "4", "Enter")
    expect(page.locator("[data-ask='scores.helpfulness'] .problem")).to_have_text("Choose a point on the scale.")
    expect(page.locator("[data-ask='scores.accuracy'] .problem")).to_be_hidden()
    expect(page.locator(".status")).to_contain_text("Helpfulness, Clarity — Choose a point on the scale.")
    assert page.evaluate("document.activeElement.closest('[data-ask]').dataset.ask") == "scores.helpfulness"
    assert workspace.answers(worker) == []


def test_what_the_server_refuses_is_said_beside_its_question(
    open_desk: Open, workspace: Workspace, worker: Worker
) -> None:
    page = open_desk("reasons")
    press(page, "a", "n")
    page.keyboard.type(" " * 8)
    press(page, "Control+Enter")
    expect(page.locator("[data-ask='~rationale'] .problem")).to_contain_text("at least 5")
    page.keyboard.type("wrong sum")
    submit(page, "Control+Enter")
    assert len(workspace.answers(worker)) == 1


def test_hostile_text_is_shown_as_text(open_desk: Open) -> None:
    page = open_desk("hostile")
    assert page.evaluate("window.pwned") is None
    expect(page.locator(".side .text")).to_contain_text("<script>window.pwned=1</script>")
    assert page.locator(".hidden-mark").evaluate_all("marks => marks.map(mark => mark.dataset.mark)") == [
        "RLO",
        "PDF",
        "ZWSP",
    ]
    assert page.locator("[data-candidate] a, [data-candidate] b").count() == 0
    assert page.evaluate(
        "[...document.querySelectorAll('.pane-body')].every(pane => pane.scrollWidth <= pane.clientWidth)"
    )


def test_typing_elsewhere_on_the_page_does_not_reach_a_preview(open_desk: Open) -> None:
    screen = {
        "shows": [{"kind": "passage", "label": "Text", "text": "Hello", "role": "text"}],
        "asks": [
            {
                "kind": "scale",
                "name": "scores.x",
                "label": "X",
                "low": 1,
                "high": 3,
                "step": 1,
                "anchors": {},
                "allow_na": False,
                "required": True,
            }
        ],
        "lang": "en",
    }
    page = open_desk(mode="preview", screen=json.dumps(screen), wait=False)
    page.get_by_role("textbox").fill("2")
    press(page, "2")
    expect(page.locator("[role=radio][aria-checked=true]")).to_have_count(0)
    page.get_by_role("radio").first.click()
    press(page, "2", "Enter")
    expect(page.locator(".status")).to_contain_text("nothing is sent")
    expect(page.locator("[role=radio][aria-checked=true] .choice-label")).to_have_text("2")


# Whatever happens to the network ---------------------------------------------------------------------------------------


def test_offline_work_is_kept_and_sent_once(
    open_desk: Open, context: BrowserContext, workspace: Workspace, worker: Worker
) -> None:
    page = open_desk("plain")
    before = item_of(page)
    context.set_offline(True)
    press(page, "b", "Enter")
    expect(page.locator(".notice.trouble")).to_contain_text("You are offline")
    press(page, "a", "Enter")
    assert item_of(page) == before
    context.set_offline(False)
    painted(page, before)
    expect(page.locator(".notice.trouble")).to_have_count(0)
    assert len(workspace.answers(worker)) == 1


def test_a_reply_that_got_lost_does_not_double_the_answer(
    open_desk: Open, workspace: Workspace, worker: Worker
) -> None:
    page = open_desk("plain")
    before = item_of(page)
    lost: list[str] = []

    def swallow_the_first(route: Any) -> None:
        if not lost:
            lost.append(route.request.post_data)
            route.fetch()
            route.abort()
        else:
            assert route.request.post_data == lost[0]
            route.continue_()

    page.route("**/submit", swallow_the_first)
    press(page, "b", "Enter")
    painted(page, before)
    assert len(workspace.answers(worker)) == 1


def test_an_answer_on_its_way_survives_a_reload(
    open_desk: Open, context: BrowserContext, workspace: Workspace, worker: Worker
) -> None:
    page = open_desk("plain")
    before = item_of(page)
    page.route("**/submit", lambda route: route.abort())
    press(page, "b", "Enter")
    expect(page.locator(".notice.trouble")).to_be_visible(timeout=20_000)
    page.unroute("**/submit")
    page.reload()
    painted(page, before)
    assert len(workspace.answers(worker)) == 1


def test_a_draft_survives_a_reload_and_another_browser(
    open_desk: Open, browser: Browser, workspace: Workspace, worker: Worker
) -> None:
    page = open_desk("plain")
    press(page, "b")
    saved(page)
    page.reload()
    painted(page)
    expect(page.locator("[data-point=B1]")).to_have_attribute("aria-checked", "true")
    other = browser.new_context()  # the first stays open: a tab that closes may give up its seat, or have no time to
    sign_in(other, workspace, worker)
    tab = other.new_page()
    tab.goto(f"{workspace.address}/?slug=plain&actor={worker.id}")
    tab.get_by_role("button", name="Work here instead").click()
    painted(tab)
    expect(tab.locator("[data-point=B1]")).to_have_attribute("aria-checked", "true")
    other.close()


def test_a_draft_that_never_left_the_browser_is_there_after_a_reload(open_desk: Open) -> None:
    page = open_desk("write")
    page.route("**/draft", lambda route: route.abort())
    press(page, "w")
    page.keyboard.insert_text("离线写下的话")
    expect(page.locator(".saved")).to_contain_text("kept in this browser")
    page.unroute("**/draft")
    page.reload()
    painted(page)
    expect(page.locator("textarea")).to_have_value("离线写下的话")
    saved(page)


REACHABLE = """() => [...document.querySelectorAll('.touchstone-desk :is(button, a, textarea, [tabindex="0"])')]
  .filter(node => node.checkVisibility() && !node.closest('[inert]')).map(node => node.textContent)"""


def test_a_second_desk_is_told_and_can_take_over(open_desk: Open, workspace: Workspace, worker: Worker) -> None:
    first = open_desk("plain")
    press(first, "a")
    saved(first)
    second = open_desk("plain", wait=False)
    expect(second.locator(".veil")).to_be_visible()
    expect(second.get_by_role("button", name="Work here instead")).to_be_focused()
    assert second.evaluate(REACHABLE) == ["Work here instead"]
    press(second, "Enter")
    painted(second)
    assert len(second.evaluate(REACHABLE)) > 5
    expect(second.locator("[data-point=A1]")).to_have_attribute("aria-checked", "true")
    press(first, "b")
    expect(first.locator(".veil")).to_be_visible()
    assert first.evaluate(REACHABLE) == ["Work here instead"]
    press(first, "b", "x")
    first.locator("[data-point=B1]").evaluate("node => node.focus()")
    assert first.evaluate("document.activeElement.dataset.point") is None, "what lies beneath takes no focus"
    assert workspace.answers(worker) == []


@pytest.mark.parametrize("leave", ["closed", "elsewhere"])
def test_a_desk_that_was_closed_leaves_its_seat_and_its_draft_to_the_next(open_desk: Open, leave: str) -> None:
    first = open_desk("write")
    before = item_of(first)
    press(first, "w")
    first.keyboard.insert_text("刚写下的话")
    if leave == "closed":
        first.close(run_before_unload=True)
    else:
        first.goto("about:blank")
    second = open_desk("write")
    assert item_of(second) == before
    expect(second.locator(".veil")).to_have_count(0)
    expect(second.locator("textarea")).to_have_value("刚写下的话")


def test_a_desk_taken_away_from_its_page_leaves_its_seat_after_its_last_words(
    open_desk: Open, browser: Browser, workspace: Workspace, worker: Worker
) -> None:
    first = open_desk("write")
    press(first, "w")
    first.keyboard.insert_text("最后一句")
    with first.expect_response(lambda reply: reply.request.method == "DELETE"):
        first.evaluate("history.pushState({}, '', '?mode=preview')")  # as another page of the menu does
        first.evaluate("window.dispatchEvent(new PopStateEvent('popstate'))")
    other = browser.new_context()
    sign_in(other, workspace, worker)
    tab = other.new_page()
    tab.goto(f"{workspace.address}/?slug=write&actor={worker.id}")
    painted(tab)
    expect(tab.locator("textarea")).to_have_value("最后一句")
    other.close()


def test_a_reason_for_skipping_is_there_when_the_desk_comes_back(
    open_desk: Open, workspace: Workspace, worker: Worker
) -> None:
    first, words = open_desk("plain"), "两个回答都被截断了"
    before = item_of(first)
    first.route("**/draft", lambda route: route.abort())
    press(first, "a", "s", "5")
    first.keyboard.insert_text(words)
    second = open_desk("plain", wait=False)
    second.get_by_role("button", name="Work here instead").click()
    painted(second)
    first.unroute("**/draft")
    first.evaluate("window.dispatchEvent(new Event('online'))")
    first.get_by_role("button", name="Work here instead").click()
    reason = first.locator("dialog textarea")
    expect(reason).to_have_value(words)
    expect(reason).to_be_focused()
    first.reload()
    painted(first)
    expect(first.locator(".status")).to_contain_text("Press S to continue")
    press(first, "s")
    expect(reason).to_have_value(words)
    press(first, "Control+Enter")
    painted(first, before)
    assert [(answer.outcome, answer.reason) for answer in workspace.answers(worker)] == [("skipped", words)]
    press(first, "s")
    expect(reason).to_be_hidden()


def test_another_person_signed_in_elsewhere_is_not_answered_for(
    open_desk: Open, context: BrowserContext, workspace: Workspace, worker: Worker
) -> None:
    page = open_desk("plain")
    other = workspace.worker()
    sign_in(context, workspace, other)
    press(page, "a", "Enter")
    expect(page.locator(".veil")).to_contain_text("signed in")
    assert workspace.answers(worker) == [] == workspace.answers(other)


def test_signed_out_keeps_everything_and_resumes(
    open_desk: Open, context: BrowserContext, workspace: Workspace, worker: Worker
) -> None:
    page = open_desk("plain")
    before = item_of(page)
    context.clear_cookies()
    press(page, "a", "Enter")
    expect(page.locator(".notice.trouble")).to_contain_text("signed out")
    sign_in(context, workspace, worker)
    painted(page, before)
    assert len(workspace.answers(worker)) == 1


def test_a_newer_draft_from_elsewhere_wins_and_one_s_own_is_within_reach(
    open_desk: Open, workspace: Workspace, worker: Worker
) -> None:
    page = open_desk("write")
    address = f"{workspace.address}/api/work/assignments/{item_of(page)}/draft"
    headers = {"X-Touchstone": "1", "Origin": workspace.address}
    newer = page.request.put(
        address, headers=headers, data={"rev": 1, "answer": {"text": "from elsewhere"}, "extras": {}}
    )
    assert newer.ok
    press(page, "w")
    page.keyboard.type("typed here")
    expect(page.locator("textarea")).to_have_value("from elsewhere")
    page.get_by_role("button", name="Use mine instead").click()
    expect(page.locator("textarea")).to_have_value("typed here")
    saved(page)


def test_an_item_that_went_to_somebody_else_is_said_and_the_text_kept(
    open_desk: Open, workspace: Workspace, worker: Worker
) -> None:
    page = open_desk("write")
    before = item_of(page)
    press(page, "w")
    page.keyboard.type("half an hour of work")
    press(page, "Escape", "1")
    saved(page)
    workspace.lose(int(before))
    press(page, "Enter")
    painted(page, before)
    expect(page.locator(".notice")).to_contain_text("someone else")
    page.get_by_role("button", name="Show what I had").click()
    expect(page.locator("dialog textarea")).to_have_value("half an hour of work")
    assert workspace.answers(worker) == []


def test_time_at_the_desk_is_reported_and_shown(open_desk: Open) -> None:
    page = open_desk("plain")
    with page.expect_response("**/api/activity") as reply:
        page.mouse.move(200, 300)
    assert reply.value.status == 200
    expect(page.locator(".clock-time")).to_have_text("0:00")


# Looks -----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [(1280, 800), (390, 844)])
@pytest.mark.parametrize("slug", ["pair", "rank", "rate", "tree", "write"])
def test_it_fits_the_window_and_nothing_shifts(open_desk: Open, size: tuple[int, int], slug: str) -> None:
    page = open_desk(slug)
    page.set_viewport_size({"width": size[0], "height": size[1]})
    page.wait_for_timeout(150)
    boxes = "[document.querySelector('.bar'), document.querySelector('.stage')].map(node => { const b = node.getBoundingClientRect(); return [b.left, b.top, b.width, b.height].join(); })"
    before = page.evaluate(boxes)
    assert page.evaluate(
        "document.scrollingElement.scrollHeight <= innerHeight && document.documentElement.scrollWidth <= innerWidth"
    )
    assert page.evaluate("Math.round(document.querySelector('.submit').getBoundingClientRect().bottom) <= innerHeight")
    first = item_of(page)
    press(page, "s", "1")
    painted(page, first)
    assert page.evaluate(boxes) == before


WATCH = """() => {
  const boxes = () => Object.fromEntries([...document.querySelectorAll('.touchstone-desk :is(.strip, .strip button, .strip-title, .stage, .bar, .submit, [data-ask])')]
    .filter(node => node.checkVisibility())
    .map(node => { const b = node.getBoundingClientRect(); return [node.dataset.command ?? node.dataset.ask ?? node.classList[0], [b.left, b.top, b.width, b.height].map(Math.round).join()]; }));
  const first = boxes();
  window.moved = {};
  window.frames = 0;
  const look = () => {
    window.frames += 1;
    Object.entries(boxes()).forEach(([name, box]) => { if (box !== first[name]) window.moved[name] = [first[name], box]; });
    requestAnimationFrame(look);
  };
  look();
}"""


@pytest.mark.parametrize("size", [(1280, 800), (390, 844)])
@pytest.mark.parametrize(("slug", "keys"), [("pair", ["b", "c", "4"]), ("rate", ["4", "3", "5"]), ("one", ["1"])])
def test_nothing_moves_while_the_next_item_comes_or_when_it_is_there(
    open_desk: Open, size: tuple[int, int], slug: str, keys: list[str]
) -> None:
    page = open_desk(slug, title="A project")
    page.set_viewport_size({"width": size[0], "height": size[1]})
    before = item_of(page)
    page.wait_for_timeout(450)
    page.evaluate(WATCH)

    def slowly(route: Route) -> None:
        page.wait_for_timeout(500)  # longer than the desk waits before it says that it is sending
        route.continue_()

    page.route("**/submit", slowly)
    press(page, *keys, "Enter")
    painted(page, before)
    page.wait_for_timeout(100)
    assert page.evaluate("window.frames") > 10
    moved = page.evaluate("window.moved")
    assert moved == {}, moved


def test_the_desk_has_a_heading_and_says_that_another_item_has_come(open_desk: Open) -> None:
    page = open_desk("rate", title="Rate a response")
    expect(page.get_by_role("heading", level=1)).to_have_text("Rate a response")
    voice = page.locator(".touchstone-desk [role=status].unseen")
    expect(voice).to_have_text("New item. Accuracy")
    expect(page.get_by_role("radio", name="5, good", exact=True)).to_have_count(3)
    expect(page.get_by_role("radio", name="3", exact=True)).to_have_count(3)


def test_the_key_sheet_is_the_table_of_keys(open_desk: Open) -> None:
    page = open_desk("pair")
    press(page, "?")
    rows = {
        row.locator("span").last.inner_text(): row.locator("kbd").all_inner_texts()
        for row in page.locator(".help-row").all()
    }
    assert [keys for words, keys in rows.items() if "letter again" in words] == [["1–6", "A", "T", "=", "B", "X"]]
    assert rows["Self-rated confidence"] == ["1–5", "C"]
    assert rows["Skip or report"] == ["S"]
    assert rows["Move between questions"] == ["↓", "J", "↑", "K"]


def test_the_page_says_its_language(open_desk: Open) -> None:
    page = open_desk("plain", lang="zh")
    assert page.evaluate("document.documentElement.lang") == "zh-Hans"


def test_content_is_read_in_the_language_chosen(open_desk: Open) -> None:
    page = open_desk("tree", lang="en")
    expect(page.get_by_role("checkbox").first).to_contain_text("Cards")
    press(page, "l")
    expect(page.get_by_role("checkbox").first).to_contain_text("银行卡")
    with suppress(Exception):
        page.close()


def test_a_conversation_opens_at_its_last_turn(workspace: Workspace, open_desk: Open) -> None:
    turns = [{"role": "user" if n % 2 == 0 else "assistant", "content": f"Turn {n}. " + "word " * 60} for n in range(9)]
    with transaction(workspace.engine) as session:
        for item in session.exec(
            select(Item).join(Project, col(Item.project_id) == Project.id).where(Project.slug == "plain")
        ):
            item.payload = {**item.payload, "prompt": turns}
    page = open_desk("plain")
    expect(page.get_by_text("Turn 8.")).to_be_in_viewport()
