"""Bodies of requests as both desks send them: read up to a limit, parsed, and their fields held to their kinds."""

from typing import Annotated, Any

import orjson
from fastapi import Path, Request

from core.errors import InvalidInput, TooLarge

_LARGEST = 4_000_000
Number = Annotated[int, Path(ge=1, lt=2**53)]
Slug = Annotated[str, Path(max_length=200, pattern=r"^[^\x00]+$")]


async def read(request: Request) -> bytes:
    """No more of a body than anybody may send: who is asking is not known yet."""
    raw = bytearray()
    async for piece in request.stream():
        raw += piece
        if len(raw) > _LARGEST:
            raise TooLarge("This request is too large: {most} bytes at most.", most=_LARGEST)
    return bytes(raw)


def parsed(raw: bytes) -> dict[str, Any]:
    try:
        body = orjson.loads(raw) if raw else {}
    except orjson.JSONDecodeError as error:
        raise InvalidInput("The body is not JSON: {why}", why=str(error)) from None
    if not isinstance(body, dict):
        raise InvalidInput("The body must be a JSON object.")
    return body


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
