"""Where keys are held against the controls on which they are printed: a desk without a page around it, set up anew at will.

Nothing here knows what a key ought to do. A control with a key printed on it is clicked, and its key is pressed, from the same
state: answer, focus and everything else to be seen must be the same. A key that is printed nowhere changes nothing.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from random import Random
from typing import Any

from playwright.sync_api import Browser, Page

from core import language
from ui.desk.desk import script, styles
from ui.desk.words import STRINGS

LETTERS_AND_SIGNS = "abcdefhinopqrstuvwxyz0123456789=-/"
"""All but the keys that redraw everything (g, l, m and ?) and those that move to another question (j and k)."""
MOVES = ("ArrowDown", "ArrowUp", "ArrowRight", "Escape", "j", "k")
State = dict[str, Any]

READ = """() => {
  const desk = document.querySelector('.touchstone-desk');
  const words = node => [node.dataset.point ?? '', node.dataset.id ?? '', node.querySelector('.choice-label')?.textContent ?? ''].join('|');
  const said = root => ({
    chosen: [...root.querySelectorAll('[aria-checked=true], .choice[aria-pressed=true]')].map(words),
    texts: [...root.querySelectorAll('textarea, input[type=number]')].map(field => field.value),
    slots: [...root.querySelectorAll('.rank-slot')].map(slot => [...slot.querySelectorAll('.rank-chip')].map(words)),
  });
  const asks = [...desk.querySelectorAll('[data-ask]')];
  const flag = desk.querySelector('.flag')?.getAttribute('aria-pressed');
  const active = document.activeElement;
  return {
    answer: { flag, asks: asks.map(ask => [ask.dataset.ask, said(ask)]), attached: desk.querySelector('.attached-row')?.textContent },
    hidden: asks.filter(ask => !ask.checkVisibility()).map(ask => [ask.dataset.ask, said(ask)]),
    focus: asks.filter(ask => ask.classList.contains('active')).map(ask => ask.dataset.ask),
    caret: [active.tagName, active.className, active.closest('[data-ask]')?.dataset.ask ?? '', active.dataset?.point ?? ''],
    seen: [!desk.querySelector('.note-drawer')?.hidden, desk.querySelector('dialog')?.ariaLabel ?? '', Boolean(desk.querySelector('.guidelines')), desk.lang],
    review: [desk.dataset.editing, ...[...desk.querySelectorAll('.answers [aria-pressed]')].map(node => node.ariaPressed), desk.querySelector('.answers')?.innerText],
    status: desk.querySelector('.status').textContent,
    item: desk.dataset.assignment,
  };
}"""

PRINTED = """() => {
  const keys = { '⏎': 'Enter', '⌫': 'Backspace', 'Esc': 'Escape' };
  const desk = document.querySelector('.touchstone-desk');
  const within = desk.querySelector('dialog[open]') ?? desk;
  const seen = node => node.checkVisibility({ visibilityProperty: true }) && node.textContent && getComputedStyle(node).visibility !== 'hidden';
  window.printed = [];
  const found = [];
  for (const node of within.querySelectorAll('button, .ask-label, textarea, input')) {
    if (!node.checkVisibility() || node.disabled) continue;
    const caps = [...node.querySelectorAll('kbd')].filter(seen).map(cap => keys[cap.textContent] ?? cap.textContent);
    const said = node.getAttribute('aria-keyshortcuts')?.split(' ') ?? [];
    if (!caps.length && !said.length) continue;
    found.push({ at: window.printed.push(node) - 1, name: node.ariaLabel || node.textContent, caps, said });
  }
  return found;
}"""

# A desk that is left sends its last words: the next one is set up when they have arrived.
SET_UP = """
const calls = new Set();
const send = window.fetch;
window.fetch = (...call) => {
  const sent = send(...call);
  calls.add(sent);
  sent.finally(() => calls.delete(sent)).catch(() => {});
  return sent;
};
window.leaveDesk = async () => {
  window.leave?.();
  window.leave = null;
  document.getElementById('place')?.remove();
  const turn = () => new Promise(resolve => setTimeout(resolve));
  for (await turn(); calls.size; await turn()) await Promise.allSettled([...calls]);
};
window.setUp = async data => {
  await window.leaveDesk();
  const place = document.createElement('div');
  place.id = 'place';
  document.body.append(place);
  localStorage.clear();
  window.leave = window.mountDesk({ parentElement: place, data });
  const desk = document.querySelector('.touchstone-desk');
  const since = performance.now();
  while (desk.dataset.assignment === undefined) {
    if (performance.now() - since > 10000) throw new Error(desk.innerText);
    await new Promise(requestAnimationFrame);
  }
  desk.focus(); // a preview does not take the keyboard by itself
};
"""


@dataclass(frozen=True)
class Start:
    """A state in which a person finds the desk."""

    name: str
    reach: Callable[["Bench"], None]
    sending: frozenset[str] = frozenset()
    """Keys that send the item on: each has a test of its own."""
    opening: frozenset[str] = frozenset()
    """Keys that open something in which further keys would send: they are pressed alone."""


@dataclass
class Bench:
    page: Page

    def mount(self, mode: str, **data: Any) -> None:
        usual = {
            "mode": mode, "actor": "1", "language": "en", "title": "Keys", "fill": False, "height": 780, "idle_ms": 9e9,
            "strings": {msgid: language.translate(msgid, "en") for msgid in STRINGS}, "api": "/api",
            "guidelines": {"version": 1, "text": {"en": "Decide with care."}, "html": {"en": None}},
        }  # fmt: skip
        self.page.evaluate("async data => { await window.setUp(data); }", {**usual, **data})

    def call(self, method: str, path: str, body: Any = None) -> dict[str, Any]:
        """What the API answers whoever is signed in here, without a desk."""
        found: dict[str, Any] = self.page.evaluate(
            """async ([method, path, body]) => {
              const headers = { 'Content-Type': 'application/json', 'X-Touchstone': '1' };
              const reply = await fetch('/api' + path, { method, headers, body: body && JSON.stringify(body) });
              if (!reply.ok) throw new Error(await reply.text());
              return reply.json();
            }""",
            [method, path, body],
        )
        return found

    def leave(self) -> None:
        """What the desk had to say has arrived."""
        self.page.evaluate("async () => { await window.leaveDesk(); }")

    def set_up(self, start: Start, sequence: list[str]) -> State:
        start.reach(self)
        for key in sequence:
            self.page.keyboard.press(key)
        return self.read()

    def read(self) -> State:
        found: State = self.page.evaluate(READ)
        return found

    def printed(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.page.evaluate(PRINTED)
        return found

    def click(self, at: int) -> State:
        self.page.evaluate("at => window.printed[at].scrollIntoView({ block: 'nearest' })", at)
        box = self.page.evaluate(
            "at => { const b = window.printed[at].getBoundingClientRect(); return [b.x + b.width / 2, b.y + b.height / 2]; }",
            at,
        )
        self.page.mouse.click(*box)
        return self.read()

    def press(self, key: str) -> State:
        self.page.keyboard.press(key.lower() if len(key) == 1 else key)
        return self.read()

    def same_again(self, start: Start, sequence: list[str], before: State) -> None:
        again = self.set_up(start, sequence)
        assert again == before, f"{sequence} does not lead to the same again: {apart(again, before)}"
        self.printed()


def apart(one: State, other: State) -> dict[str, tuple[Any, Any]]:
    return {name: (one[name], other[name]) for name in one if one[name] != other[name]}


@contextmanager
def bench_at(browser: Browser, address: str) -> Iterator[Bench]:
    """An empty page at this address, with the desk's own script; what the address serves else is really there."""
    context = browser.new_context(viewport={"width": 1280, "height": 800}, reduced_motion="reduce")
    page = context.new_page()
    page.route(
        "**/bench", lambda route: route.fulfill(body="<!doctype html><body style='margin:0'>", content_type="text/html")
    )
    page.goto(f"{address}/bench")
    page.add_style_tag(content=styles())
    page.add_script_tag(
        content=script().replace("export default function", "window.mountDesk = function") + SET_UP, type="module"
    )
    page.wait_for_function("() => Boolean(window.setUp)")
    yield Bench(page)
    context.close()


def sequences(start: Start, rng: Random, many: int) -> list[list[str]]:
    """Nothing at all, then whatever: keys that are there, keys that are not, and keys that move."""
    keys = [
        key for key in (*LETTERS_AND_SIGNS, *"1234567890abtx", *MOVES * 3) if key not in start.sending | start.opening
    ]
    return [[], *([rng.choice(keys) for _ in range(rng.randint(1, 5))] for _ in range(many))]


def check(bench: Bench, start: Start, *, many: int = 2, controls: int = 3) -> None:
    """After nothing and after so many random sequences: every key printed has the printed effect, no other has any."""
    rng = Random(start.name)
    for sequence in sequences(start, rng, many):
        before = bench.set_up(start, sequence)
        printed = [one for one in bench.printed() if "Enter" not in one["said"]]
        assert printed
        keys = [key for one in printed for key in one["said"] or one["caps"]]
        assert sorted(keys) == sorted(set(keys)), f"after {sequence}, a key is printed twice: {keys}"
        assert all(set(one["caps"]) <= set(one["said"]) for one in printed), printed
        if not sequence and before["answer"]["asks"]:
            first = next(iter(before["answer"]["asks"]))[0]
            assert before["focus"] in ([], [first]), "at first the first question has the focus"
        in_a_text = before["caret"][0] in ("TEXTAREA", "INPUT") or bench.page.locator("dialog").count()
        if in_a_text:
            continue
        staying = [one for one in printed if not start.sending & {key.lower() for key in one["said"]}]
        for one in rng.sample(staying, min(controls, len(staying))):
            bench.same_again(start, sequence, before)
            clicked = bench.click(one["at"])
            for key in one["said"]:
                bench.same_again(start, sequence, before)
                pressed = bench.press(key)
                assert pressed == clicked, f"after {sequence}, {key} is not {one['name']}: {apart(pressed, clicked)}"
        bench.set_up(start, sequence)
        for key in [key for key in LETTERS_AND_SIGNS if key.upper() not in keys and key not in keys]:
            assert bench.press(key)["answer"] == before["answer"], f"after {sequence}, {key} is printed nowhere"
