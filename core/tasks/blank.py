"""Texts with nothing to read: an item that shows one is refused when it is brought in."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from unicodedata import category

from pydantic import BaseModel

from core.errors import InvalidInput, InvalidPayload
from core.tasks.base import Payload

NOT_SHOWN = frozenset({"role", "model", "title"})
"""Fields of payloads that are no text to read, or need none."""


def refuse_blank(payload: Payload) -> None:
    """Raise InvalidPayload, with the place, for a text of white space only. An empty response is evidence: the model said
    nothing; where a text is needed its own field refuses an empty one."""
    for place, text in _shown(payload, ""):
        if text and not _visible(text):
            message = InvalidInput(
                "This text is white space only, so there is nothing to read. Give the text; where a model said nothing, leave it empty."
            )
            raise InvalidPayload("{path}: {message}", where=place, path=place, message=message)


def _visible(text: str) -> bool:
    """Zero-width characters draw nothing, either."""
    return any(not one.isspace() and category(one) not in ("Cc", "Cf") for one in text)


def _shown(value: Any, at: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield at, value
    elif isinstance(value, BaseModel):
        for name in type(value).model_fields:
            if name not in NOT_SHOWN:
                yield from _shown(getattr(value, name), _below(at, name))
    elif isinstance(value, tuple | Mapping):
        pairs: Iterable[tuple[object, Any]] = value.items() if isinstance(value, Mapping) else enumerate(value)
        for place, one in pairs:
            yield from _shown(one, _below(at, place))


def _below(at: str, name: object) -> str:
    return f"{at}.{name}" if at else str(name)
