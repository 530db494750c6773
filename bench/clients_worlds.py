"""Projects whose exports clients have to load: every task type, plain and conversational, with all that has no row."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import product
from random import Random
from typing import Any

Rows = Iterator[dict[str, Any]]
ITEMS = 48
MANY = 30_000
ODD = ("NA", "None", "null", "nan", "yes", "=no", "2026-01-31", "007")
WORDS = [
    "why",
    "does",
    "the",
    "sea",
    "look",
    "blue",
    "when",
    "rain",
    "falls",
    "at",
    "night",
    "and",
    "who",
    "counts",
    "every",
    "drop",
]
TOOLS = [
    {"role": "system", "content": "Be brief."},
    {"role": "user", "content": "Is it raining?"},
    {"role": "assistant", "content": "Let me look."},
    {"role": "tool", "content": "2026-01-31"},
]


@dataclass(frozen=True)
class World:
    """A project: its task, its settings and the rows to import."""

    task: str
    settings: dict[str, Any]
    items: Callable[[], Rows]
    labels: Callable[[], Rows]
    only: str = ""
    """Formats whose names begin with it."""

    def later(self) -> Rows:
        """As many answers again, by other people, who say of each item what was said of the next one."""
        rows = list(self.labels())
        for row, following in zip(rows, [*rows[1:], *rows[:1]], strict=True):
            yield {**row, "annotator": f"later-{row['annotator']}", "answer": following["answer"]}


def text(n: int, length: int = 6) -> str:
    rng = Random(f"{n}/{length}")
    return " ".join(rng.choices(WORDS, k=length)) + f" {n}."


def prompt(n: int, kind: str) -> Any:
    if kind == "plain" or (kind == "mixed" and n % 3):
        return text(n)
    return TOOLS if kind == "tools" and n % 2 else [{"role": "user", "content": text(n)}]


def response(n: int, kind: str) -> dict[str, Any]:
    if kind == "plain" or (kind == "mixed" and n % 3):
        return {"text": text(n, 9)}
    several = [{"role": "user", "content": "Why?"}, {"role": "assistant", "content": text(n, 3)}] if n % 5 == 0 else []
    return {"messages": [{"role": "assistant", "content": text(n, 9)}, *several]}


def comparisons(names: str, kind: str) -> Rows:
    for n in range(ITEMS):
        responses = {name: {**response(7 * n + k, kind), "model": f"m{k}"} for k, name in enumerate(names)}
        if n % 12 == 11:
            responses["b"] = responses["a"]
        yield {"id": f"i{n}", "payload": {"prompt": prompt(n, kind), "responses": responses}, "lang": "en-SG"}


def preferences(values: tuple[str, ...], levels: int = 1) -> Rows:
    """Of every fourth item people think differently."""
    for n, who in product(range(ITEMS), ("mei", "raj", "tan", "lim")):
        rng = Random(f"{n}/{who if n % 4 == 3 else ''}")
        chosen = rng.choice(values)
        strength = {"strength": rng.randint(1, levels)} if levels > 1 and chosen in ("a", "b") else {}
        yield {"item": f"i{n}", "annotator": who, "answer": {"preferred": chosen, **strength}}


def ranks(ties: bool) -> Rows:
    for n, who in product(range(ITEMS), ("mei", "raj", "tan")):
        rng = Random(f"{n}/{who if n % 3 == 2 else ''}")
        order = rng.sample("abc", 3)
        placed = {name: max(1, place - (ties and n % 4 == 0)) for place, name in enumerate(order, 1)}
        yield {"item": f"i{n}", "annotator": who, "answer": {"ranks": placed}}


def single(fields: Callable[[int], dict[str, Any]]) -> Rows:
    for n in range(ITEMS):
        yield {"id": f"i{n}", "payload": fields(n)}


def answers(count: int, answer: Callable[[int], dict[str, Any]], *, late: bool = False) -> Rows:
    """With `late`, what may be missing is missing from nearly all of them."""
    for n in range(count):
        last = n >= count - 3
        more = {"seconds": 1.5, "extras": {"rationale": "late"}, "order": ["a", "b"]} if late and last else {}
        yield {"item": f"i{n}", "annotator": f"p{n % 4}", "answer": answer(n), **more}


def many_pairs() -> Rows:
    for n in range(MANY):
        yield {"id": f"i{n}", "payload": {"prompt": text(n), "responses": {"a": {"text": "A."}, "b": {"text": "B."}}}}


def _compared(kind: str, values: tuple[str, ...] = ("a", "b"), levels: int = 1) -> World:
    settings = {"strength_levels": levels}
    return World("pairwise", settings, partial(comparisons, "ab", kind), partial(preferences, values, levels))


def _shown(kind: str) -> World:
    replies = partial(answers, ITEMS, lambda n: {"text": "2026-01-31" if n % 9 == 0 else text(n, 9)})
    return World("demonstration", {}, partial(single, lambda n: {"prompt": prompt(n, kind)}), replies)


WORLDS: dict[str, World] = {
    "pairs-plain": _compared("plain", levels=3),
    "pairs-chat": _compared("chat"),
    "pairs-mixed": _compared("mixed", levels=2),
    "pairs-tools": _compared("tools"),
    "pairs-ties": _compared("mixed", ("a", "b", "tie", "both_bad")),
    "pairs-all-tied": _compared("plain", ("tie",)),
    "ranks-plain": World("ranking", {}, partial(comparisons, "abc", "plain"), partial(ranks, False)),
    "ranks-ties": World("ranking", {}, partial(comparisons, "abc", "mixed"), partial(ranks, True)),
    "replies-plain": _shown("plain"),
    "replies-chat": _shown("chat"),
    "replies-mixed": _shown("mixed"),
    "replies-tools": _shown("tools"),
    "classes": World(
        "classification",
        {"labels": [{"id": name} for name in ODD]},
        partial(single, lambda n: {"text": text(n)}),
        partial(answers, ITEMS, lambda n: {"labels": [ODD[n % len(ODD)]]}),
    ),
    "classes-many": World(
        "classification",
        {"labels": [{"id": name} for name in ODD], "multiple": True},
        partial(single, lambda n: {"prompt": prompt(n, "mixed"), "response": text(n)}),
        partial(answers, ITEMS, lambda n: {"labels": list(ODD[: 1 + n % 3])}),
    ),
    "scores": World(
        "rating",
        {"criteria": [{"id": "clear", "min": 1, "max": 5, "allow_na": True}, {"id": "right", "min": 0, "max": 100}]},
        partial(single, lambda n: {"prompt": prompt(n, "mixed"), "response": text(n)}),
        partial(answers, ITEMS, lambda n: {"scores": {"clear": 1 + n % 5 if n % 7 else None, "right": n}}),
    ),
    "late": World(
        "pairwise",
        {},
        many_pairs,
        partial(answers, MANY, lambda n: {"preferred": "ab"[n % 2]}, late=True),
        only="answers-",
    ),
}
