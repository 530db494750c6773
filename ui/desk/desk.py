"""The desk: mounts the component that shows a screen and takes the answer, and names every fixed word on it."""

import re
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

import streamlit as st
from streamlit.components.v2.types import ComponentRenderer

from core.errors import N_
from core.tasks.screen import Localised

Mode = Literal["label", "preview", "revise"]

HERE = Path(__file__).parent
IDLE_MS = 120_000
"""After so long without a sign of life the clock stops: reading takes time, lunch takes longer."""
PREVIEW_HEIGHT = 640

MODULES = (
    *("registry", "strings", "dom", "text", "answer", "net", "drafts", "identity", "activity", "shows"),
    *("asks", "options", "one_of", "many_of", "scale", "prefer", "rank", "write"),
    *("extras", "trouble", "panels", "keys", "layout", "moving", "sending", "keeping", "desk"),
)
"""In the order in which they need each other."""


STRINGS: tuple[str, ...] = (
    N_("A newer version of this answer came from another window. What you had here is kept."),
    N_("About equal"),
    N_("All bad"),
    N_("Another reason…"),
    N_("Assistant"),
    N_("At most {most} characters; there are {n}."),
    N_("Back at {time}."),
    N_("Back to the overview"),
    N_("Better"),
    N_("Both bad"),
    N_("Check the answer"),
    N_("Choose a point on the scale."),
    N_("Choose a response, or say that they are equal."),
    N_("Choose at least {n}."),
    N_("Choose one."),
    N_("Clock paused: {why}"),
    N_("Close"),
    N_("Complete. This is a preview: nothing is sent."),
    N_("Confidence"),
    N_("Find an option ( / )"),
    N_("Formatted"),
    N_("Formatted or plain text"),
    N_("Formatted text"),
    N_("Give a number from {low} to {high} in steps of {step}."),
    N_("Go there"),
    N_("Guidelines"),
    N_("I have read them and work by them"),
    N_("I should not have to read this"),
    N_("I tried and cannot decide"),
    N_("In a few words"),
    N_("It cannot be taken back any more."),
    N_("It contains personal data"),
    N_("It is too long"),
    N_("Kept in this browser"),
    N_("Keys"),
    N_("Language of questions and guidelines"),
    N_("Load the page again"),
    N_("Loading…"),
    N_("Look again"),
    N_("Mark this item as a safety concern"),
    N_("Move between questions"),
    N_("Move within a question"),
    N_("Much better"),
    N_("Not a language I work in"),
    N_("Not applicable"),
    N_("Not saved: {why}"),
    N_("Note"),
    N_("Outside my knowledge"),
    N_("Pass this item on"),
    N_("Place {letter} next"),
    N_("Plain text, as it came"),
    N_("Rank every response exactly once."),
    N_("Reasons"),
    N_("Report it"),
    N_("Response {letter}"),
    N_("Safety concern"),
    N_("Save the revision"),
    N_("Scroll the texts"),
    N_("Sending your answer…"),
    N_("Show what I had"),
    N_("Sign in again"),
    N_("Skip"),
    N_("Skip it, because"),
    N_("Skip or report"),
    N_("Skip with this reason"),
    N_("Slightly better"),
    N_("Somebody else has signed in in this browser."),
    N_("Strength {n}"),
    N_("Submit"),
    N_("Submit; with Ctrl also from a text field"),
    N_("System"),
    N_("Take back the last answer"),
    N_("The guidelines cannot be loaded now. Try again in a moment."),
    N_("The item is broken"),
    N_("The item is unclear"),
    N_("The server cannot be reached. Your work is kept in this browser and is sent as soon as it answers."),
    N_("The server has a problem. Your work is kept in this browser and is sent as soon as it answers."),
    N_("There is no item for you at the moment."),
    N_("There is nothing to take back."),
    N_("This browser cannot keep a copy of your work ({why}). Drafts still go to the server."),
    N_("This item is no longer yours."),
    N_("This item went to somebody else, because its time had run out."),
    N_("This list"),
    N_("Tie with the one before"),
    N_("Time counted today. It pauses when the tab is hidden or nothing happens for {n} minutes."),
    N_("Tool"),
    N_("Try now"),
    N_("Undo"),
    N_("Use mine instead"),
    N_("User"),
    N_("Version {n}"),
    N_("Why?"),
    N_("Work here instead"),
    N_("Write at least {least} characters; there are {n}."),
    N_("Write something."),
    N_("You are offline. Your work is kept in this browser and is sent when the connection is back."),
    N_("You are signed out. Your work is kept in this browser and is sent once you have signed in again."),
    N_("You have this desk open in another tab or on another device. Only one can work at a time."),
    N_("Your last answer is open again."),
    N_("Your revision is saved."),
    N_("a guess"),
    N_("certain"),
    N_("counted today"),
    N_("kept in this browser"),
    N_("leave the field"),
    N_("n/a"),
    N_("no activity for a while"),
    N_("saved {time}"),
    N_("saving…"),
    N_("the desk is open elsewhere"),
    N_("the project is paused"),
    N_("this tab is in the background"),
    N_("write"),
    N_("{ask} — letter again for stronger, digit for side and strength"),
    N_("{ask} — letters from best to worst, = ties, arrows move, ⌫ takes back"),
    N_("{done} of {total} done"),
    N_("{letter} is better"),
    N_("{letter}, rank {n}. Take it back"),
    N_("{letter}: {strength}"),
    N_("{n} characters"),
    N_("{n} of at least {least} characters"),
    N_("{n} of {most} characters"),
    N_("{n} to answer"),
    N_("{n} today"),
    N_("{n} words"),
)


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
    content_language: str | None = None,
    home: str | None = None,
    idle_ms: int = IDLE_MS,
    height: int | None = None,
) -> None:
    """Draw a desk.

    "label" works through `slug`; "revise" shows one's own answer `answer_id`; "preview" shows `screen`
    (Screen.as_json(), with "extras" as GET next gives them) and sends nothing. Without `height`, "label" and
    "revise" fill the page below the header: nothing else on the page is seen then.
    """
    fill = height is None and mode != "preview"
    data = {
        "mode": mode, "actor": actor, "language": language, "strings": dict(ui_strings), "slug": slug, "title": title,
        "screen": screen, "answer": answer, "answer_id": answer_id, "guidelines": guidelines,
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
