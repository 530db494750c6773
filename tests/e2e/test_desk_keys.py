"""What is printed on a key is what it does: random keys on every kind of question, from every state in which a person starts.

Nothing here knows what a key ought to do. A control with a key printed on it is clicked, and its key is pressed, from the same
state: answer, focus and everything else to be seen must be the same. A key that is printed nowhere changes no answer.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from core import language
from core.tasks.screen import Candidate, Candidates, ManyOf, OneOf, Option, Passage, Prefer, Rank, Scale, Screen, Write
from ui.desk.desk import script, styles
from ui.desk.words import STRINGS

pytestmark = pytest.mark.browser
LETTERS_AND_SIGNS = "abcdefhinopqrstuvwxyz0123456789=-/"
"""All but the keys that redraw everything (g, l, m and ?) and those that move to another question (j and k)."""
PAIR = Candidates([Candidate("r1", "First."), Candidate("r2", "Second. " * 30)])
FOUR = Candidates([Candidate(f"r{n}", f"Text {n}.") for n in range(1, 5)])
TEXT = Passage("Text", "我的卡不见了。", role="text")
YES_NO = (Option("yes", "Yes"), Option("no", "No"))
EXTRAS = {
    "confidence": True,
    "safety_flag": True,
    "rationale": {"required": False, "min_chars": 0, "reasons": [{"id": "facts", "name": "Facts"}]},
}
REQUIRED = {**EXTRAS, "rationale": {**EXTRAS["rationale"], "required": True}}  # type: ignore[dict-item]


def options(n: int) -> tuple[Option, ...]:
    return tuple(Option(f"o{i}", {"en": f"Option {i}", "zh": f"选项 {i}"}) for i in range(n))


def scales(*bounds: tuple[float, float], na: bool = False) -> tuple[Scale, ...]:
    return tuple(
        Scale(f"scores.s{i}", f"Scale {i}", low, high, anchors={"1": "bad"}, allow_na=na)
        for i, (low, high) in enumerate(bounds)
    )


def by(name: str, levels: int) -> Prefer:
    return Prefer(name, name, ("r1", "r2"), levels=levels)


STARTS: dict[str, tuple[Screen, dict[str, Any] | None, dict[str, Any]]] = {
    "compare": (Screen([TEXT, PAIR], [by("preferred", 1)]), EXTRAS, {}),
    "compare by strength": (Screen([PAIR], [by("preferred", 3)]), EXTRAS, {}),
    "compare by strength, brought back": (
        Screen([PAIR], [by("preferred", 3)]),
        EXTRAS,
        {"preferred": "r1", "strength": 2},
    ),
    "compare by dimensions": (Screen([PAIR], [by("preferred", 1), by("by.tone.preferred", 1)]), REQUIRED, {}),
    "compare by dimensions and strength": (
        Screen([PAIR], [by("preferred", 2), by("by.tone.preferred", 2)]),
        None,
        {"preferred": "tie", "by": {"tone": {"preferred": "r2", "strength": 1}}},
    ),
    "rank": (Screen([FOUR], [Rank("ranks", "Rank", ("r1", "r2", "r3", "r4"))]), EXTRAS, {}),
    "rank, brought back": (
        Screen([FOUR], [Rank("ranks", "Rank", ("r1", "r2", "r3", "r4"))]),
        EXTRAS,
        {"ranks": {"r3": 1, "r1": 2, "r2": 2}},
    ),
    "rate": (Screen([TEXT], scales((1, 5), (0, 10), (1, 3), na=True)), EXTRAS, {}),
    "rate, brought back": (
        Screen([TEXT], scales((1, 5), (0, 10), (0, 100))),
        REQUIRED,
        {"scores": {"s0": 3, "s1": None}},
    ),
    "choose one": (Screen([TEXT], [OneOf("labels.0", "Topic", options(24))]), EXTRAS, {}),
    "choose several": (
        Screen([TEXT], [ManyOf("labels", "Topics", options(6)), OneOf("checks.own", "Mine", YES_NO)]),
        EXTRAS,
        {"labels": ["o1"]},
    ),
    "write": (
        Screen([TEXT], [Write("text", "Write"), OneOf("checks.a", "A", YES_NO), OneOf("checks.b", "B", YES_NO)]),
        EXTRAS,
        {"text": "早上好"},
    ),
}

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
    answer: { flag, asks: asks.map(ask => [ask.dataset.ask, said(ask)]) },
    hidden: asks.filter(ask => !ask.checkVisibility()).map(ask => [ask.dataset.ask, said(ask)]),
    focus: asks.filter(ask => ask.classList.contains('active')).map(ask => ask.dataset.ask),
    caret: [active.tagName, active.className, active.closest('[data-ask]')?.dataset.ask ?? '', active.dataset?.point ?? ''],
    seen: [!desk.querySelector('.note-drawer').hidden, desk.querySelector('dialog')?.ariaLabel ?? '', Boolean(desk.querySelector('.guidelines')), desk.lang],
    status: desk.querySelector('.status').textContent,
  };
}"""

PRINTED = """() => {
  const keys = { '⏎': 'Enter', '⌫': 'Backspace' };
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


@dataclass
class Bench:
    """A desk without a page around it: the preview, which sends nothing, set up anew in no time."""

    page: Page

    def set_up(self, start: str, sequence: list[str]) -> dict[str, Any]:
        screen, extras, answer = STARTS[start]
        data = {
            "mode": "preview", "actor": "1", "language": "en", "title": "Keys", "fill": False, "height": 780, "idle_ms": 9e9,
            "strings": {msgid: language.translate(msgid, "en") for msgid in STRINGS},
            "screen": {**screen.as_json(), "extras": extras}, "answer": answer,
            "guidelines": {"version": 1, "text": {"en": "Decide with care."}, "html": {"en": None}}, "api": "/api",
        }  # fmt: skip
        self.page.evaluate("async data => { await window.setUp(data); }", data)
        for key in sequence:
            self.page.keyboard.press(key)
        return self.read()

    def read(self) -> dict[str, Any]:
        found: dict[str, Any] = self.page.evaluate(READ)
        return found

    def printed(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.page.evaluate(PRINTED)
        return found

    def click(self, at: int) -> dict[str, Any]:
        self.page.evaluate("at => window.printed[at].scrollIntoView({ block: 'nearest' })", at)
        box = self.page.evaluate(
            "at => { const b = window.printed[at].getBoundingClientRect(); return [b.x + b.width / 2, b.y + b.height / 2]; }",
            at,
        )
        self.page.mouse.click(*box)
        return self.read()

    def press(self, key: str) -> dict[str, Any]:
        self.page.keyboard.press(key.lower() if len(key) == 1 else key)
        return self.read()


SET_UP = """
window.setUp = async data => {
  window.leave?.();
  document.getElementById('place')?.remove();
  const place = document.createElement('div');
  place.id = 'place';
  document.body.append(place);
  localStorage.clear();
  window.leave = window.mountDesk({ parentElement: place, data });
  const desk = document.querySelector('.touchstone-desk');
  while (desk.dataset.assignment === undefined) await new Promise(requestAnimationFrame);
  desk.focus(); // a preview does not take the keyboard by itself
};
"""


@pytest.fixture(scope="module")
def bench(browser: Browser) -> Iterator[Bench]:
    context = browser.new_context(viewport={"width": 1280, "height": 800}, reduced_motion="reduce")
    page = context.new_page()
    page.route(
        "**/bench", lambda route: route.fulfill(body="<!doctype html><body style='margin:0'>", content_type="text/html")
    )
    page.goto("http://desk.test/bench")
    page.add_style_tag(content=styles())
    page.add_script_tag(
        content=script().replace("export default function", "window.mountDesk = function") + SET_UP, type="module"
    )
    page.wait_for_function("() => Boolean(window.setUp)")
    yield Bench(page)
    context.close()


def sequences(start: str, rng: Random) -> list[list[str]]:
    """Nothing at all, then whatever: keys that are there, keys that are not, and keys that move."""
    keys = [*LETTERS_AND_SIGNS, *"1234567890abtx", *("ArrowDown", "ArrowUp", "ArrowRight", "Escape", "j", "k") * 3]
    return [[], *([rng.choice(keys) for _ in range(rng.randint(1, 5))] for _ in range(3))]


@pytest.mark.parametrize("start", STARTS)
def test_a_printed_key_does_what_its_control_does_and_no_other_key_answers(bench: Bench, start: str) -> None:
    rng = Random(start)
    for sequence in sequences(start, rng):
        before = bench.set_up(start, sequence)
        controls = [one for one in bench.printed() if "Enter" not in one["said"]]
        assert controls
        keys = [key for one in controls for key in one["said"] or one["caps"]]
        assert sorted(keys) == sorted(set(keys)), f"after {sequence}, a key is printed twice: {keys}"
        assert all(set(one["caps"]) <= set(one["said"]) for one in controls), controls
        if not sequence:
            first = next(iter(before["answer"]["asks"]))[0]
            assert before["focus"] in ([], [first]), "at first the first question has the focus"
        in_a_text = before["caret"][0] in ("TEXTAREA", "INPUT") or bench.page.locator("dialog").count()
        for one in rng.sample(controls, min(4, len(controls))) if not in_a_text else []:
            clicked = same_again(bench, start, sequence, before) and bench.click(one["at"])
            for key in one["said"]:
                same_again(bench, start, sequence, before)
                assert bench.press(key) == clicked, f"after {sequence}, {key} is not {one['name']}"
        bench.set_up(start, sequence)
        for key in [key for key in LETTERS_AND_SIGNS if key.upper() not in keys and key not in keys and not in_a_text]:
            assert bench.press(key)["answer"] == before["answer"], f"after {sequence}, {key} is printed nowhere"


def same_again(bench: Bench, start: str, sequence: list[str], before: dict[str, Any]) -> bool:
    again = bench.set_up(start, sequence)
    bench.printed()
    assert again == before
    return True
