"""An answer in words, as its screen would show it: for lists in which answers stand side by side."""

from collections.abc import Callable, Mapping
from string import ascii_uppercase
from typing import Any

from ui.text import _, content

Json = Mapping[str, Any]
NOTHING = "—"


def in_words(screen: Json, answer: Json | None) -> list[tuple[str, str]]:
    """(question, what was said) for every question; letters as the payload's own order has them."""
    return [(content(ask["label"]), said(ask, answer or {})) for ask in screen["asks"]]


def said(ask: Json, answer: Json) -> str:
    value = at(answer, ask["name"])
    if value is None or value == "":
        return _("not applicable") if ask.get("allow_na") and ask["name"].partition(".")[0] in answer else NOTHING
    return _WORDS[ask["kind"]](ask, value, answer)


def at(answer: Any, path: str) -> Any:
    """The value at an ask's name; a number is a place in a list."""
    for part in path.split("."):
        if isinstance(answer, list) and part.isdigit() and int(part) < len(answer):
            answer = answer[int(part)]
        else:
            answer = answer.get(part) if isinstance(answer, Mapping) else None
    return answer


def letters(candidates: list[str]) -> dict[str, str]:
    return dict(zip(candidates, ascii_uppercase, strict=False))


def _prefer(ask: Json, value: Any, answer: Json) -> str:
    fixed = {"tie": _("About equal"), "both_bad": _("Both bad")}
    if value in fixed:
        return fixed[value]
    letter = letters(ask["candidates"]).get(value, str(value))
    strength = at(answer, ask["name"].removesuffix("preferred") + "strength")
    names = ask.get("strengths") or ()
    if isinstance(strength, int) and 0 < strength <= len(names):
        return f"{letter} · {content(names[strength - 1])}"
    return letter if strength is None else f"{letter} · {strength}"


def _rank(ask: Json, value: Any, _answer: Json) -> str:
    """A > B = C."""
    names = letters(ask["candidates"])
    levels: dict[int, list[str]] = {}
    for name, rank in value.items():
        levels.setdefault(rank, []).append(names.get(name, name))
    return " > ".join(" = ".join(sorted(levels[rank])) for rank in sorted(levels))


def _scale(ask: Json, value: Any, _answer: Json) -> str:
    anchor = ask["anchors"].get(f"{value:g}")
    return f"{value:g} · {content(anchor)}" if anchor else f"{value:g}"


def _one_of(ask: Json, value: Any, _answer: Json) -> str:
    return _option(ask, value)


def _many_of(ask: Json, value: Any, _answer: Json) -> str:
    return ", ".join(_option(ask, name) for name in value) or NOTHING


def _option(ask: Json, value: Any) -> str:
    return next((content(option["label"]) for option in ask["options"] if option["value"] == value), str(value))


def _write(_ask: Json, value: Any, _answer: Json) -> str:
    return str(value)


_WORDS: Mapping[str, Callable[[Json, Any, Json], str]] = {
    "prefer": _prefer,
    "rank": _rank,
    "scale": _scale,
    "one_of": _one_of,
    "many_of": _many_of,
    "write": _write,
}
