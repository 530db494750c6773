"""Rows of labels and of gold: their fields checked in words; answers stay as they came, for the task type to check."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from core.errors import Problem
from core.interchange.columns import FIELDS, Kind
from core.interchange.files import Row

_LONGEST_NAME = 200
_EXTRAS = frozenset(("rationale", "reasons", "confidence", "lang", "flagged"))
_YEAR_S = 366 * 24 * 3600
Use = Literal["check", "reference"]


@dataclass(frozen=True, slots=True)
class LabelRow:
    number: int
    item: str
    annotator: str
    answer: Row
    extras: Row | None
    at: datetime | None
    seconds: float | None
    order: list[str] | None
    repeat: bool
    probabilities: Any = None
    """Of machine judges, as they came."""


@dataclass(frozen=True, slots=True)
class GoldRow:
    number: int
    item: str
    answer: Row
    explanation: Any
    use: Use | None


def read_label(row: Row, number: int) -> LabelRow:
    _refuse_unknown("labels", row, number)
    return LabelRow(
        number, _name(row, number, "item"), _name(row, number, "annotator"), _object(row, number, "answer"), _extras(row, number),
        _moment(row.get("at"), number), _seconds(row.get("seconds"), number), _order(row.get("order"), number), _repeat(row, number),
        row.get("probabilities"),
    )  # fmt: skip


def read_gold(row: Row, number: int) -> GoldRow:
    _refuse_unknown("gold", row, number)
    answer, explanation, use = gold_parts(row, number)
    return GoldRow(number, _name(row, number, "item"), answer, explanation, use)


def gold_parts(row: Row, number: int, under: str = "") -> tuple[Row, Any, Use | None]:
    """Answer, explanation and use of gold, in a file of its own or inside an item's row."""
    use = row.get("use")
    if use not in (None, "check", "reference"):
        raise Problem("Expected check or reference.", row=number, column=under + "use")
    explanation = row.get("explanation")
    if explanation is not None and not _is_localised(explanation):
        raise Problem(
            "Expected a text, or one a language such as {example}.",
            row=number,
            column=under + "explanation",
            example='{"en": "…"}',
        )
    return _object(row, number, "answer", under), explanation, use


def responses_named(answer: Row, order: Iterable[str] | None) -> set[str]:
    """Ids of responses that a label of an unknown item speaks of."""
    named = set(order or ())
    for part in (answer, *_parts(answer.get("by"))):
        preferred = part.get("preferred")
        if isinstance(preferred, str) and preferred not in ("tie", "both_bad", ""):
            named.add(preferred)
    ranks = answer.get("ranks")
    return named | set(ranks) if isinstance(ranks, dict) else named


def _parts(by: Any) -> list[Row]:
    return [part for part in by.values() if isinstance(part, dict)] if isinstance(by, dict) else []


def _refuse_unknown(kind: Kind, row: Row, number: int) -> None:
    if unknown := sorted(row.keys() - FIELDS[kind]):
        known = ", ".join(sorted(FIELDS[kind]))
        raise Problem("This field is not known. Known are {known}.", row=number, column=unknown[0], known=known)


def _name(row: Row, number: int, field: str) -> str:
    value = row.get(field)
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if not isinstance(value, str) or not value or len(value) > _LONGEST_NAME:
        raise Problem("Expected a text of 1 to {limit} characters.", row=number, column=field, limit=_LONGEST_NAME)
    return value


def _object(row: Row, number: int, field: str, under: str = "") -> Row:
    value = row.get(field)
    if not isinstance(value, dict):
        raise Problem("Expected an object.", row=number, column=under + field)
    return value


def _extras(row: Row, number: int) -> Row | None:
    value = row.get("extras")
    if value is None:
        return None
    if not isinstance(value, dict) or value.keys() - _EXTRAS:
        raise Problem(
            "Expected an object with any of: {known}.", row=number, column="extras", known=", ".join(sorted(_EXTRAS))
        )
    return value or None


def _moment(value: Any, number: int) -> datetime | None:
    """Without a time zone it is taken as UTC."""
    if value is None:
        return None
    try:
        at = value if isinstance(value, datetime) else datetime.fromisoformat(value)
    except (TypeError, ValueError):
        raise Problem(
            "Expected a time such as {example}.", row=number, column="at", example="2026-01-31T09:30:00+08:00"
        ) from None
    return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)


def _seconds(value: Any, number: int) -> float | None:
    if value is None:
        return None
    if (
        isinstance(value, bool)
        or not isinstance(value, int | float)
        or not math.isfinite(value)
        or not 0 <= value <= _YEAR_S
    ):
        raise Problem("Expected a number of seconds, 0 or more.", row=number, column="seconds")
    return float(value)


def _order(value: Any, number: int) -> list[str] | None:
    if value is None:
        return None
    if not isinstance(value, list) or not all(isinstance(name, str) for name in value) or len(set(value)) < len(value):
        raise Problem("Expected a list of response ids, each once.", row=number, column="order")
    return value or None


def _repeat(row: Row, number: int) -> bool:
    value = row.get("repeat", False)
    if not isinstance(value, bool):
        raise Problem("Expected true or false.", row=number, column="repeat")
    return value


def _is_localised(value: Any) -> bool:
    return isinstance(value, str) or (isinstance(value, dict) and all(isinstance(text, str) for text in value.values()))
