"""Cells of tables as the fields they fill take them."""

import re
from collections.abc import Callable
from typing import Any

from core.errors import Problem
from core.interchange.jsontext import parse

Reader = Callable[[Any, int, str], Any]
"""Of a cell, its row and its column."""
ABSENT = object()
"""What an empty cell is read as."""


def reader(target: str, tabular: bool) -> Reader | None:
    """How a cell of text becomes what the field takes; None: as it stands."""
    if not tabular:
        return None
    return next((read for pattern, read in _READERS if pattern.match(target)), _plain)


def _plain(text: str, _row: int, _column: str) -> Any:
    return text or ABSENT


def _as_it_came(text: str, _row: int, _column: str) -> Any:
    return text


def _conversation_or_text(text: str, row: int, column: str) -> Any:
    """A cell that holds a JSON list of messages is a conversation; any other text is itself."""
    if not text.lstrip().startswith("[{"):
        return text
    try:
        value = parse(text.encode(), row, column)
    except Problem:
        return text
    return value if all(isinstance(turn, dict) and turn.keys() >= {"role", "content"} for turn in value) else text


def _object(text: str, row: int, column: str) -> Any:
    return parse(text.encode(), row, column) if text.strip() else ABSENT


def _object_or_text(text: str, row: int, column: str) -> Any:
    return parse(text.encode(), row, column) if text.lstrip().startswith("{") else _plain(text, row, column)


def _list(text: str, row: int, column: str) -> Any:
    if not text.strip():
        return ABSENT
    if text.lstrip().startswith("["):
        return parse(text.encode(), row, column)
    return [part.strip() for part in re.split(r"[;|,]", text) if part.strip()]


def _number(text: str, row: int, column: str) -> Any:
    if not text.strip():
        return ABSENT
    try:
        return int(text)
    except ValueError:
        pass
    try:
        return float(text)
    except ValueError:
        raise Problem("Expected a number, found {text}.", row=row, column=column, text=repr(text[:40])) from None


_TRUTH = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}


def _boolean(text: str, row: int, column: str) -> Any:
    if not text.strip():
        return ABSENT
    if (value := _TRUTH.get(text.strip().lower())) is None:
        raise Problem("Expected true or false, found {text}.", row=row, column=column, text=repr(text[:40]))
    return value


_READERS: tuple[tuple[re.Pattern[str], Reader], ...] = tuple(
    (re.compile(pattern), read)
    for pattern, read in (
        (r"^payload\.responses\.[^.]+\.text$|^payload\.(text|brief|draft)$", _as_it_came),
        (r"^payload\.(prompt|response)$|.*\.messages$", _conversation_or_text),
        (
            r"^(payload|meta|gold|answer|extras|probabilities)$|^payload\.(responses|context)$|^answer\.(by|ranks|scores|checks)$|^gold\.answer$",
            _object,
        ),
        (r"^(gold\.)?explanation$", _object_or_text),
        (r"^(tags|sensitive|order|extras\.reasons)$|^(gold\.)?answer\.labels$", _list),
        (
            r"^(overlap|priority|seconds|extras\.confidence)$|^probabilities\.|^(gold\.)?answer\.(scores|ranks)\.|.*\.strength$",
            _number,
        ),
        (r"^repeat$|^(gold\.)?answer\.checks\.", _boolean),
    )
)
