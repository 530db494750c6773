"""JSON that is not trusted: depth is limited before it is parsed, and what cannot be stored is found with its place."""

import json
import re
from collections.abc import Iterator
from typing import Any

import orjson

from core.errors import Problem

DEPTH_LIMIT = 64
FIELD_LIMIT = 1024 * 1024
"""Bytes of one text in UTF-8: 1 MiB."""

_TOKENS = re.compile(rb'"(?:[^"\\]|\\.)*"|[\[\]{}]')


def parse(raw: bytes, row: int, column: str | None = None) -> Any:
    """The value, or Problem raised."""
    if raw.count(b"[") + raw.count(b"{") > DEPTH_LIMIT and _depth(raw) > DEPTH_LIMIT:
        raise Problem(
            "The data nest deeper than {limit} levels. Flatten them.", row=row, column=column, limit=DEPTH_LIMIT
        )
    try:
        value = orjson.loads(raw)
    except orjson.JSONDecodeError:
        raise _diagnosis(raw, row, column) from None
    if b"\\" in raw and b"\\u0000" in raw:  # one byte is found faster than six
        refuse_unstorable(value, row)
    if len(raw) > FIELD_LIMIT:
        refuse_oversized(value, row)
    return value


def refuse_unstorable(value: Any, row: int) -> None:
    """NUL cannot be stored by PostgreSQL; half a character (a lone surrogate) by nobody."""
    for path, text in texts(value):
        if "\0" in text:
            raise Problem(
                "The text has a NUL character at position {at}. Remove it.",
                row=row,
                column=path,
                at=text.index("\0") + 1,
            )
        if (at := _lone_surrogate(text)) is not None:
            raise Problem(
                "The text has half a character (a lone surrogate) at position {at}. Remove it.",
                row=row,
                column=path,
                at=at + 1,
            )


def refuse_oversized(value: Any, row: int) -> None:
    for path, text in texts(value):
        if len(text) > FIELD_LIMIT // 4 and len(text.encode()) > FIELD_LIMIT:
            raise too_long(row, path)


def too_long(row: int, column: str | None) -> Problem:
    return Problem(
        "The text is longer than {limit} MB. Shorten or split it.", row=row, column=column, limit=FIELD_LIMIT // 1024**2
    )


def texts(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Every text in a value (keys too) with its dotted path."""
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, list):
        for n, inner in enumerate(value):
            yield from texts(inner, f"{path}.{n}" if path else str(n))
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield path or "keys", str(key)
            yield from texts(inner, f"{path}.{key}" if path else str(key))


def _depth(raw: bytes) -> int:
    depth = deepest = 0
    for token in _TOKENS.finditer(raw):
        mark = token[0]
        depth += mark in (b"[", b"{")
        depth -= mark in (b"]", b"}")
        deepest = max(deepest, depth)
    return deepest


def _diagnosis(raw: bytes, row: int, column: str | None) -> Problem:
    """Why the strict parser refused: the lenient one reads on and shows where."""
    try:
        value = json.loads(raw.decode())
        refuse_unstorable(value, row)
    except Problem as problem:
        return problem
    except UnicodeDecodeError as error:
        return Problem(
            "Byte {byte} of the row is not UTF-8. Save the file as UTF-8.", row=row, column=column, byte=error.start + 1
        )
    except json.JSONDecodeError as error:
        return Problem(
            "This is not JSON from character {at} on ({reason}). JSON Lines has one complete object per line.",
            row=row, column=column, at=error.pos + 1, reason=error.msg,
        )  # fmt: skip
    return Problem(
        "NaN, Infinity and numbers beyond 1e308 are not JSON. Use null or leave them out.", row=row, column=column
    )


def _lone_surrogate(text: str) -> int | None:
    try:
        text.encode()
    except UnicodeEncodeError as error:
        return error.start
    return None
