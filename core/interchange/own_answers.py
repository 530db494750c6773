"""Rows of our own exports of all answers, as the labels they are when they come back."""

from collections.abc import Callable, Iterable
from typing import Any

from core.errors import Problem
from core.interchange.files import Row
from core.interchange.jsontext import parse
from core.interchange.outputs import unguarded

_ALWAYS = frozenset(
    ("item", "annotator", "purpose", "outcome", "gold", "guideline_version", "settings_version", "at", "revision")
)
"""Columns that every such row has a value in."""
_LABELS = frozenset(("work", "imported", "gold", "repeat"))
"""Purposes of answers that count; pilots and training do not."""


def is_ours(columns: Iterable[str]) -> bool:
    return set(columns) >= _ALWAYS


def why_left_out(row: Row) -> str | None:
    """Why a row is no label, if so."""
    if row["outcome"] != "submitted":
        return str(row["outcome"])
    return None if row["purpose"] in _LABELS else str(row["purpose"])


def kind(row: Row) -> str:
    """Of its annotator here: a machine and a simulation stay what they are."""
    given = row.get("kind")
    return str(given) if given in ("machine", "simulated") else "imported"


def as_label(row: Row, number: int, *, is_csv: bool) -> Row:
    """Texts of CSV and Parquet are JSON in the columns that are objects; CSV has no other types."""
    cells = {name: value for name, value in row.items() if value not in (None, "")}
    read = {name: _READERS[name](cells[name], number, name) for name in _READERS if name in cells}
    return {_FIELDS.get(name, name): value for name, value in read.items()} | _names(cells, is_csv=is_csv)


def _names(cells: Row, *, is_csv: bool) -> Row:
    return {name: unguarded(cells[name]) if is_csv else cells[name] for name in ("item", "annotator") if name in cells}


def _json(value: Any, number: int, column: str) -> Any:
    return parse(value.encode(), number, column) if isinstance(value, str) else value


def _seconds(value: Any, number: int, column: str) -> float:
    try:
        return float(value)
    except (TypeError, ValueError):
        raise Problem("Expected a number, found {text}.", row=number, column=column, text=repr(value)) from None


def _truth(value: Any, number: int, column: str) -> bool:
    del number, column
    return value in (True, "true")


def _as_it_is(value: Any, number: int, column: str) -> Any:
    del number, column
    return value


_READERS: dict[str, Callable[[Any, int, str], Any]] = {
    "answer": _json,
    "extras": _json,
    "order": _json,
    "probabilities": _json,
    "active_s": _seconds,
    "repeat": _truth,
    "at": _as_it_is,
}
_FIELDS = {"active_s": "seconds"}
