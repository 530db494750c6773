"""The beginning of an item's text, to recognise it by in a list."""

import re
from collections.abc import Iterator
from typing import Any

_FIRST = ("prompt", "brief", "text", "response")
_BLANKS = re.compile(r"\s+")


def excerpt(payload: Any, most: int = 120) -> str:
    """The first text of a payload on one line: what was asked, rather than what was answered."""
    text = _BLANKS.sub(" ", next(_texts(payload), "")[: most * 4]).strip()
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


def whole_text(payload: Any, most: int) -> str:
    """All texts of a payload, a blank line between them."""
    text = "\n\n".join(_texts(payload))
    return text if len(text) <= most else text[: most - 1] + "…"


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        if value.strip():
            yield value
    elif isinstance(value, list):
        for part in value:
            yield from _texts(part.get("content") if isinstance(part, dict) and "content" in part else part)
    elif isinstance(value, dict):
        for name in (*_FIRST, *(key for key in value if key not in _FIRST)):
            yield from _texts(value.get(name))
