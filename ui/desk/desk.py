"""The desk: mounts the component that shows a screen and takes the answer."""

import re
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

import streamlit as st
from streamlit.components.v2.types import ComponentRenderer

from core.tasks.screen import Localised

Mode = Literal["label", "preview", "revise", "review"]

HERE = Path(__file__).parent
IDLE_MS = 120_000
"""After so long without a sign of life the clock stops: reading takes time, lunch takes longer."""
PREVIEW_HEIGHT = 640

MODULES = (
    *("registry", "strings", "dates", "dom", "text", "answer", "net", "drafts", "identity", "activity", "shows"),
    *("asks", "options", "one_of", "many_of", "scale", "prefer", "rank", "difference", "write"),
    *("extras", "trouble", "panels", "table", "keys", "layout", "fitting"),
    *("arriving", "painting", "moving", "sending", "keeping", "undisturbed"),
    *("answers", "verdict_dialogs", "reviewing", "desk"),
)
"""In the order in which they need each other."""


def desk(
    *,
    key: str,
    mode: Mode,
    actor: str,
    language: str,
    ui_strings: Mapping[str, str],
    slug: str | None = None,
    title: Localised = "",
    screen: Mapping[str, Any] | None = None,
    answer: Mapping[str, Any] | None = None,
    answer_id: str | None = None,
    guidelines: Mapping[str, Any] | None = None,
    filter_by: Mapping[str, str] | None = None,
    content_language: str | None = None,
    home: str | None = None,
    idle_ms: int = IDLE_MS,
    height: int | None = None,
) -> None:
    """Draw a desk.

    "label" works through `slug`; "review" through its finished items, those that `filter_by` lets through (why, batch,
    lang, tag, annotator, item), below whatever stands above it on the page; "revise" shows one's own answer `answer_id`; "preview" shows `screen`
    (Screen.as_json(), with "extras" as GET next gives them) and sends nothing. Without `height`, "label"
    fills the page below the header: nothing else on the page is seen then. "revise" fills what is left below whatever
    stands above it, or is as high as the window where that is too little.
    """
    fill = height is None and mode != "preview"
    data = {
        "mode": mode, "actor": actor, "language": language, "strings": dict(ui_strings), "slug": slug, "title": title,
        "screen": screen, "answer": answer, "answer_id": answer_id, "guidelines": guidelines,
        "filter": dict(filter_by or {}),
        "content_language": content_language, "home": home, "idle_ms": idle_ms, "fill": fill,
        "height": height or PREVIEW_HEIGHT, "api": "/api",
    }  # fmt: skip
    _component()(key=key, data=data)


@lru_cache(maxsize=1)
def _component() -> ComponentRenderer:
    """Styles are not isolated: text can be selected across browsers only outside a shadow root."""
    return st.components.v2.component("touchstone_desk", js=script(), css=styles(), isolate_styles=False)


@lru_cache(maxsize=1)
def script() -> str:
    """All modules as one script; desk.js comes last and keeps its default export."""
    *parts, last = [(name, (HERE / f"{name}.js").read_text("utf-8")) for name in MODULES]
    return "\n".join(["const modules = {};", *(_enclosed(*part) for part in parts), _linked(last[1])])


@lru_cache(maxsize=1)
def styles() -> str:
    return (HERE / "desk.css").read_text("utf-8")


def _linked(source: str) -> str:
    return re.sub(r'^import (\{.*?\}) from "\./(\w+)\.js";$', r"const \1 = modules.\2;", source, flags=re.MULTILINE)


def _enclosed(name: str, source: str) -> str:
    """One module in a scope of its own, giving what it exports."""
    exported = re.findall(r"^export (?:async )?(?:const|function|class) (\w+)", source, flags=re.MULTILINE)
    body = re.sub(r"^export ", "", _linked(source), flags=re.MULTILINE)
    return f"modules.{name} = (() => {{\n{body}\nreturn {{ {', '.join(exported)} }};\n}})();"
