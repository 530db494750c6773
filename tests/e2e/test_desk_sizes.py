"""The desk at every size, zoomed and on a phone: the content keeps its share, and Submit can be pressed."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect
from sqlmodel import Session, col, select

from core.services.sessions import cookie_name
from core.store.tables import Answer
from tests.e2e.desk_server import PROJECTS, Workspace, serving

pytestmark = pytest.mark.browser
SIZES = [(320, 568), (390, 664), (720, 450), (960, 600), (1000, 744), (1280, 800)]
LEAST_SHARE = 0.4
SETTLE_MS = 400
"""A key pressed sooner may have been meant for the item before."""
MEASURE = """() => {
  const box = selector => document.querySelector(`.touchstone-desk ${selector}`)?.getBoundingClientRect();
  const [stage, submit] = [box('.stage'), box('.submit')];
  const at = (x, y) => document.elementFromPoint(x, y);
  const hit = (node, r = node.getBoundingClientRect()) => node.contains(at(r.x + r.width / 2, r.y + r.height / 2));
  const bar = document.querySelector('.touchstone-desk .bar');
  const choices = [...bar.querySelectorAll('.choice, textarea, .bar .quiet')].filter(node => node.offsetParent);
  const slides = node => { const row = node.closest(".tools"); return row && row.scrollWidth > row.clientWidth; };
  const cut = node => !slides(node) && node.getBoundingClientRect().right > bar.getBoundingClientRect().right;
  const wide = choices.filter(cut).map(node => `${node.textContent} cut off at the side`);
  const lost = choices.filter(node => { node.scrollIntoView({ block: 'nearest', inline: 'nearest' }); return !hit(node); });
  bar.scrollTop = bar.scrollLeft = 0;
  const readable = [...document.querySelectorAll('.touchstone-desk .main .pane-body, .touchstone-desk .stage .write-field')]
    .map(node => Math.round(node.getBoundingClientRect().height));
  return {
    share: stage.height / innerHeight,
    submit: submit.top >= 0 && submit.bottom <= innerHeight && submit.left >= 0 && submit.right <= innerWidth
      && hit(document.querySelector('.touchstone-desk .submit')),
    lost: [...wide, ...lost.map(node => {
      const r = node.getBoundingClientRect(), over = at(r.x + r.width / 2, r.y + r.height / 2);
      return `${node.textContent || node.className} under ${over?.className}`;
    })],
    readable,
  };
}"""


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    with serving(tmp_path_factory.mktemp("sizes")) as workspace:
        yield workspace


@pytest.fixture(scope="module")
def context(browser: Browser, workspace: Workspace) -> Iterator[BrowserContext]:
    context = browser.new_context()
    yield context
    context.close()


@pytest.fixture
def open_desk(workspace: Workspace, context: BrowserContext) -> Iterator[Callable[..., Page]]:
    pages: list[Page] = []

    def open_(slug: str, **asked: Any) -> Page:
        worker = workspace.worker()
        context.add_cookies([{"name": cookie_name(False), "value": worker.cookie, "url": workspace.address}])
        page = context.new_page()
        pages.append(page)
        page.goto(f"{workspace.address}/?{urlencode({'slug': slug, 'actor': worker.id, **asked})}")
        page.wait_for_function("() => document.querySelector('.touchstone-desk')?.dataset.assignment")
        return page

    yield open_
    for page in pages:
        page.close()


def resized(page: Page, width: int, height: int) -> None:
    page.set_viewport_size({"width": width, "height": height})
    page.wait_for_function("() => document.querySelector('.touchstone-desk').offsetWidth <= innerWidth")
    page.evaluate("() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")


def faults(page: Page, state: str, sizes: Sequence[tuple[int, int]] = SIZES) -> list[str]:
    """What is wrong at each size, in words."""
    found = []
    for width, height in sizes:
        resized(page, width, height)
        seen = page.evaluate(MEASURE)
        where = f"{width}x{height} {state}"
        if seen["share"] < LEAST_SHARE - 0.001:
            found.append(f"{where}: the content has {seen['share']:.0%}")
        if not seen["submit"]:
            found.append(f"{where}: Submit is out of reach")
        if seen["lost"]:
            found.append(f"{where}: out of reach: {seen['lost']}")
        if any(pixels < 40 for pixels in seen["readable"]):
            found.append(f"{where}: {seen['readable']} pixels to read")
    return found


@pytest.mark.parametrize(
    ("slug", "lang"), [*((slug, "en") for slug in PROJECTS), *((slug, "zh") for slug in ("full", "many", "tree"))]
)
def test_the_content_keeps_its_share_and_submit_is_in_reach(
    open_desk: Callable[..., Page], slug: str, lang: str
) -> None:
    page = open_desk(slug, lang=lang)
    found = faults(page, "fresh")
    page.wait_for_timeout(SETTLE_MS)
    page.keyboard.press("Enter")
    expect(page.locator(".status[data-tone=wrong]")).to_be_visible()
    found += faults(page, "with problems")
    note = page.locator(".tools [aria-expanded]")
    if note.count():
        note.click()
        found += faults(page, "with the note open")
    assert not found, "\n".join(found)


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_phone_says_how_much_better_on_each_button(open_desk: Callable[..., Page], lang: str) -> None:
    page = open_desk("pair", lang=lang)
    resized(page, 320, 568)
    strengths = page.locator(".prefer small")
    expect(strengths).to_have_count(6)
    for words in strengths.all():
        expect(words).to_be_visible()
        assert words.evaluate("node => node.scrollWidth <= node.closest('button').clientWidth"), words.inner_text()


@pytest.mark.parametrize("size", [(320, 568), (720, 450)])
def test_what_opens_over_the_desk_can_be_reached(open_desk: Callable[..., Page], size: tuple[int, int]) -> None:
    page = open_desk("pair")
    resized(page, *size)
    page.wait_for_timeout(SETTLE_MS)
    page.keyboard.press("s")
    page.keyboard.press("5")
    expect(page.locator("dialog.skip textarea")).to_be_focused()
    assert out_of_reach(page) == []
    page.locator("dialog .close").click()
    page.keyboard.press("g")
    close, panel = (page.locator(f".guidelines{part}").bounding_box() for part in (" .close", ""))
    assert close
    assert panel
    assert panel["x"] + panel["width"] - close["x"] - close["width"] < 24, "the way out is not in its corner"


def out_of_reach(page: Page) -> list[str]:
    """Controls of what is open that cannot be scrolled to and pressed, and texts with no room to write in."""
    found: list[str] = (
        page.evaluate("""() => [...document.querySelectorAll('dialog :is(button, textarea)')].filter(node => {
      if (!node.checkVisibility()) return false;
      node.scrollIntoView({ block: 'nearest' });
      const box = node.getBoundingClientRect();
      const seen = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
      return !node.contains(seen) || (node.tagName === 'TEXTAREA' && box.height < 40);
    }).map(node => node.ariaLabel || node.textContent)""")
    )
    return found


TO_THE_END = """node => { const words = document.createRange();
  words.selectNodeContents(node);
  return words.getBoundingClientRect().right; }"""


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_ones_own_counts_can_be_read_at_every_size(open_desk: Callable[..., Page], lang: str) -> None:
    page = open_desk("full", lang=lang, title="Preferences of customers in two languages")
    page.wait_for_timeout(SETTLE_MS)
    page.keyboard.press("1")
    expect(page.locator(".saved[data-state=done]")).to_contain_text(":")
    for width, height in SIZES:
        resized(page, width, height)
        counts, clock, header = (page.locator(one).bounding_box() for one in (".progress", ".clock", ".strip"))
        assert counts
        assert clock
        assert header
        assert counts["x"] + counts["width"] <= clock["x"], f"{width}: under the clock"
        assert counts["y"] + counts["height"] <= header["y"] + header["height"], f"{width}: out of the header"
        assert page.locator(".progress").evaluate(TO_THE_END) <= counts["x"] + counts["width"] + 1, f"{width}: cut off"
        assert page.evaluate("document.querySelector('.strip-right').scrollWidth") <= width


def revising(open_desk: Callable[..., Page], workspace: Workspace, above: int) -> Page:
    page = open_desk("sure")
    page.wait_for_timeout(SETTLE_MS)
    page.keyboard.press("1")
    page.locator("[data-ask='~confidence'] [role=radio]").first.click()
    before = page.locator(".touchstone-desk").get_attribute("data-assignment")
    page.keyboard.press("Enter")
    expect(page.locator(".touchstone-desk")).not_to_have_attribute("data-assignment", str(before))
    with Session(workspace.engine) as session:
        newest = session.exec(select(Answer).order_by(col(Answer.id).desc())).first()
    assert newest
    page.goto(f"{page.url.replace('slug=sure', 'mode=revise')}&answer={newest.id}&above={above}")
    page.wait_for_function("() => document.querySelector('.touchstone-desk')?.dataset.assignment?.startsWith('revise')")
    return page


def test_an_answer_that_is_revised_fits_every_size(open_desk: Callable[..., Page], workspace: Workspace) -> None:
    page = revising(open_desk, workspace, above=1)
    found = faults(page, "revising")
    assert not found, "\n".join(found)
    assert page.get_by_test_id("stMain").evaluate("node => node.scrollHeight <= node.clientHeight")


def test_below_much_to_read_the_desk_is_scrolled_to(open_desk: Callable[..., Page], workspace: Workspace) -> None:
    page = revising(open_desk, workspace, above=8)
    for size in ((720, 450), (320, 568)):
        resized(page, *size)
        expect(page.get_by_text("What a reviewer said of this answer").first).to_be_in_viewport()
        page.keyboard.press("Tab")
        page.locator(".touchstone-desk").evaluate("node => node.scrollIntoView({ block: 'end' })")
        assert not faults(page, "below much to read", [size])
        page.get_by_test_id("stMain").evaluate("node => node.scrollTo(0, 0)")


def test_guidelines_stand_beside_what_is_answered(open_desk: Callable[..., Page]) -> None:
    page = open_desk("pair")
    resized(page, 1280, 800)
    page.keyboard.press("g")
    guidelines, submit = (page.locator(one).bounding_box() for one in (".guidelines", ".submit"))
    assert guidelines
    assert submit
    assert submit["x"] + submit["width"] <= guidelines["x"]
    expect(page.locator(".waits")).to_be_hidden()
    page.keyboard.press("2")
    expect(page.locator(".prefer [aria-checked=true]")).to_have_count(1)
    assert not faults(page, "beside the guidelines", [(1280, 800)])


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_what_is_asked_beside_a_text_stays_together(open_desk: Callable[..., Page], lang: str) -> None:
    """In what is left of a window beside the guidelines, and in a narrow one without them."""
    page = open_desk("sure", lang=lang)
    resized(page, 1280, 800)
    page.keyboard.press("g")
    found = []
    for size in ((1280, 800), (1000, 744), (960, 600)):
        found += faults(page, "beside the guidelines", [size])
        assert page.evaluate(LONGEST_GAP) < 40
    page.keyboard.press("g")
    found += faults(page, "without", [(870, 700)])
    assert page.evaluate(LONGEST_GAP) < 40
    assert not found, "\n".join(found)


LONGEST_GAP = """() => {
  const parts = document.querySelectorAll('.touchstone-desk .bar :is(.asks, .foot > .ask, .tools, .send)');
  const boxes = [...parts].map(node => node.getBoundingClientRect()).sort((one, other) => one.top - other.top);
  return Math.max(...boxes.slice(1).map((box, i) => box.top - boxes[i].bottom));
}"""


@pytest.mark.parametrize("size", [(720, 450), (390, 664)])
def test_nothing_is_answered_beneath_the_guidelines(open_desk: Callable[..., Page], size: tuple[int, int]) -> None:
    page = open_desk("pair")
    resized(page, *size)
    page.wait_for_timeout(SETTLE_MS)
    page.keyboard.press("g")
    expect(page.locator(".waits")).to_be_visible()
    for key in ("2", "t", "s", "Enter", "Control+Enter", "5"):
        page.keyboard.press(key)
    expect(page.locator(".waits[data-pressed]")).to_be_visible()
    expect(page.locator("[aria-checked=true], dialog, .status:not(:empty)")).to_have_count(0)
    page.keyboard.press("Escape")
    expect(page.locator(".guidelines")).to_have_count(0)
    page.keyboard.press("2")
    expect(page.locator(".prefer [aria-checked=true]")).to_have_count(1)


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_refused_answer_says_why_in_full(open_desk: Callable[..., Page], lang: str) -> None:
    page = open_desk("full", lang=lang)
    page.wait_for_timeout(SETTLE_MS)
    before = page.locator(".strip").inner_text()
    page.keyboard.press("Enter")
    said = page.locator(".status[data-tone=wrong]")
    for width, height in SIZES:
        resized(page, width, height)
        box, bar = said.bounding_box(), page.locator(".bar").bounding_box()
        assert box
        assert bar
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= width
        assert bar["y"] - 16 <= box["y"] + box["height"] <= bar["y"]
        assert said.evaluate("node => node.scrollWidth <= node.clientWidth && node.scrollHeight <= node.clientHeight")
    assert "。 " not in said.inner_text()
    assert page.locator(".strip").inner_text().split("\n")[0] == before.split("\n")[0]
    page.get_by_role("radio").first.click()
    page.locator("[data-ask='~confidence'] [role=radio]").first.click()
    expect(said).to_have_count(0)


def test_the_desk_beneath_a_notice_that_stops_it_is_not_seen(open_desk: Callable[..., Page]) -> None:
    page = open_desk("plain")
    second = page.context.new_page()
    second.goto(page.url)
    expect(second.locator(".veil")).to_have_css("background-color", "rgb(251, 250, 247)", timeout=20_000)
    second.close()
