"""Bodies of requests as both desks send them: read up to a limit, parsed, and their fields held to their kinds."""

from collections.abc import Sequence
from typing import Annotated, Any, TypeVar

import orjson
from anyio.to_thread import run_sync
from fastapi import Path, Request
from pydantic import BaseModel, ValidationError

from api import security
from core.errors import InvalidInput, TooLarge

_LARGEST = 4_000_000
_OF_STRANGERS = 64_000
"""Bytes that are read before asking who sends them."""
_DEEPEST = 100
"""Levels of nesting: an answer has five, and a store takes no more than 250."""
Number = Annotated[int, Path(ge=1, lt=2**53)]
Model = TypeVar("Model", bound=BaseModel)
Slug = Annotated[str, Path(max_length=200, pattern=r"^[^\x00]+$")]


async def read(request: Request, most: int = _LARGEST) -> bytes:
    """No more of a body than this route takes, and none of a large one from somebody who is not signed in."""
    announced = _announced(request)
    if announced > most:
        raise _too_large(most)
    if announced > _OF_STRANGERS or "transfer-encoding" in request.headers:
        await run_sync(security.actor, request)
    raw = bytearray()
    async for piece in request.stream():
        raw += piece
        if len(raw) > most:
            raise _too_large(most)
    return bytes(raw)


def _announced(request: Request) -> int:
    length = request.headers.get("content-length", "")
    return int(length) if length.isascii() and length.isdecimal() else 0


def _too_large(most: int) -> TooLarge:
    return TooLarge("This request is too large: {most} bytes at most.", most=most)


def parsed(raw: bytes) -> dict[str, Any]:
    try:
        body = orjson.loads(raw) if raw else {}
    except orjson.JSONDecodeError as error:
        raise InvalidInput("The body is not JSON: {why}", why=str(error)) from None
    if not isinstance(body, dict):
        raise InvalidInput("The body must be a JSON object.")
    if raw.count(b"{") + raw.count(b"[") > _DEEPEST and _depth(body) > _DEEPEST:
        raise InvalidInput("The body is nested too deeply: {most} levels at most.", most=_DEEPEST)
    return body


def _depth(body: dict[str, Any]) -> int:
    """As far as it matters: one level more than is allowed is deep enough."""
    level: list[Any] = [body]
    for depth in range(_DEEPEST + 1):
        if not level:
            return depth
        inner = [one.values() if isinstance(one, dict) else one for one in level]
        level = [value for values in inner for value in values if isinstance(value, dict | list)]
    return _DEEPEST + 1


def shaped(raw: bytes, model: type[Model]) -> Model:
    """The body as this model; the first thing that does not fit is told."""
    try:
        return model.model_validate(parsed(raw))
    except ValidationError as error:
        raise misfit(error.errors()) from None


def misfit(problems: Sequence[Any]) -> InvalidInput:
    """What a model found wrong with a request, as the API says it."""
    first = problems[0]
    where = ".".join(str(part) for part in first["loc"] if part != "body")
    told = InvalidInput("{where}: {problem}", where=where or None, problem=first["msg"])
    told.params["where"] = where or "body"
    return told


def key_in(body: dict[str, Any]) -> str:
    key = body.get("key")
    if not isinstance(key, str) or not 8 <= len(key) <= 100 or "\0" in key:
        raise InvalidInput("key: expected a UUID, new for each answer.", where="key")
    return key


def text_in(body: dict[str, Any], name: str) -> str:
    """Text that both databases can keep: PostgreSQL has no place for NUL."""
    value = body.get(name)
    if not isinstance(value, str) or "\0" in value:
        raise InvalidInput("{name}: expected text.", name=name, where=name)
    return value


def optional_text(body: dict[str, Any], name: str) -> str | None:
    return None if body.get(name) is None else text_in(body, name)


def number_in(body: dict[str, Any], name: str, default: int | None = None) -> int:
    return _number(body.get(name, default), name)


def list_in(body: dict[str, Any], name: str) -> list[int]:
    """Whole numbers, at most a hundred."""
    value = body.get(name)
    if not isinstance(value, list) or len(value) > 100:
        raise InvalidInput("{name}: expected a list of whole numbers.", name=name, where=name)
    return [_number(one, name) for one in value]


def _number(value: Any, name: str) -> int:
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 2**53:
        raise InvalidInput("{name}: expected a whole number.", name=name, where=name)
    return value


def object_in(body: dict[str, Any], name: str) -> dict[str, Any] | None:
    value = body.get(name)
    if value is not None and not isinstance(value, dict):
        raise InvalidInput("{name}: expected an object.", name=name, where=name)
    return value


def desk_of(request: Request) -> str | None:
    desk = request.headers.get("x-touchstone-desk")
    return desk[:100] if desk else None
