"""What the desk draws of an item: its screen as data, texts rendered, candidates in the order shown."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import orjson

from core.services.policies import Extras
from core.services.projects import rubric_of
from core.services.richtext import render


@lru_cache(maxsize=2048)
def screen_of(task: str, settings: str, extras: str, payload: str, lang: str) -> dict[str, Any]:
    """The screen of an item as JSON, its texts rendered where they hold Markdown. Not to be changed: it is shared."""
    rubric = rubric_of(task, settings.encode())
    screen = rubric.screen(rubric.parse_payload(orjson.loads(payload))).as_json()
    for show in screen["shows"]:
        for part in (show, *show.get("turns", ()), *show.get("candidates", ())):
            _add_html(part)
        for candidate in show.get("candidates", ()):
            for turn in candidate.get("turns", ()):
                _add_html(turn)
    screen["lang"] = lang
    screen["extras"] = Extras.model_validate_json(extras).model_dump(mode="json")
    return screen


def _add_html(part: Any) -> None:
    if isinstance(part.get("text"), str):
        html = render(part["text"])
        if html is not None:
            part["html"] = html


def in_order(screen: dict[str, Any], order: Sequence[str] | None) -> dict[str, Any]:
    """The screen with its candidates in the order given, wherever they are named."""
    if not order:
        return screen
    place = {name: n for n, name in enumerate(order)}
    shows = [
        {**show, "candidates": sorted(show["candidates"], key=lambda c: place[c["id"]])}
        if show["kind"] == "candidates"
        else show
        for show in screen["shows"]
    ]
    asks = [
        {**ask, "candidates": sorted(ask["candidates"], key=place.__getitem__)} if "candidates" in ask else ask
        for ask in screen["asks"]
    ]
    return {**screen, "shows": shows, "asks": asks}
