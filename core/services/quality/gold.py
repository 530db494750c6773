"""Known answers: which of them today's settings understand, and what they say of each target."""

from collections.abc import Sequence
from typing import Any

import orjson
from sqlalchemy import Row

from core.services import labelling
from core.tasks.base import TaskType

Rubric = TaskType[Any, Any]
Typed = dict[str, dict[str, Any]]
"""Target to its value as a typed row."""


def usable(rubric: Rubric, golds: Sequence[Row[Any]]) -> tuple[list[Row[Any]], list[Typed]]:
    """Of the item only the ids of its responses matter to what an answer says."""
    seen: dict[Any, Typed | None] = {}
    rows, found = [], []
    for row in golds:
        ids = tuple(orjson.loads(row.payload)["responses"]) if row.payload else ()
        key = (row.answer, ids)
        if key not in seen:
            seen[key] = _typed(rubric, row.answer, ids)
        if (typed := seen[key]) is not None:
            rows.append(row)
            found.append(typed)
    return rows, found


def _typed(rubric: Rubric, answer: str, ids: Sequence[str]) -> Typed | None:
    """None for gold that the settings of today do not know any more: it measures nothing."""
    known, stub = rubric.answer_model.model_validate_json(answer), rubric.stub("gold", ids)
    try:
        values = rubric.values(stub, known)
        return {typed["target"]: typed for typed in labelling.target_rows(0, values, rubric)}
    except (KeyError, ValueError):
        return None
