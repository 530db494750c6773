"""Nested settings as flat table rows and back. Draws nothing."""

import re
from collections.abc import Mapping, Sequence
from math import isnan
from typing import Any

import pandas as pd
from pydantic import BaseModel

from ui.fields import default_of, shape_of

Json = dict[str, Any]
CODES = ("en", "zh")
MOST_POINTS = 11
"""Scales with more points have no table of what each means."""


def sides(text: Any) -> dict[str, str]:
    """A localised text by language; a plain string stands on the English side."""
    if isinstance(text, Mapping):
        return {**dict.fromkeys(CODES, ""), **{code: str(value) for code, value in text.items()}}
    return {"en": text or "", "zh": ""}


def joined(row: Mapping[str, Any]) -> Any:
    """The localised text of a row's languages: a plain string where only English is given, None where nothing is."""
    given = {code: text for code in CODES if (text := row.get(code))}
    return given.get("en") if set(given) == {"en"} else given or None


def flat_rows(model: type[BaseModel], rows: Sequence[Json]) -> list[Json]:
    return [_flat(model, row) for row in rows]


def _flat(model: type[BaseModel], row: Json) -> Json:
    flat: Json = {}
    for name, info in model.model_fields.items():
        kind, value = shape_of(info.annotation).kind, row.get(name, default_of(info))
        if kind == "localised":
            flat |= {f"{name}.{code}": text for code, text in sides(value).items()}
        elif kind != "points":
            flat[name] = value
    return flat


def nested_rows(model: type[BaseModel], flat: Sequence[Json], before: Sequence[Json]) -> list[Json]:
    """Rows as settings have them; a new row without an id gets one from its name."""
    known = {row.get("id"): row for row in before}
    rows: list[Json] = []
    for row in flat:
        nested = _nested(model, row)
        if nested:
            nested = _identified(nested, {r.get("id") for r in rows})
            rows.append({**_kept(model, known.get(nested.get("id"), {})), **nested})
    return rows


def _nested(model: type[BaseModel], row: Json) -> Json:
    nested: Json = {}
    for name, info in model.model_fields.items():
        localised = shape_of(info.annotation).kind == "localised"
        value = joined({code: row.get(f"{name}.{code}") for code in CODES}) if localised else row.get(name)
        if value not in (None, ""):
            nested[name] = value
    return nested if any(name in nested for name in ("id", "name")) else {}


def _kept(model: type[BaseModel], before: Json) -> Json:
    """What a table cannot show and so must not lose."""
    return {
        name: before[name]
        for name, info in model.model_fields.items()
        if name in before and shape_of(info.annotation).kind == "points"
    }


def _identified(row: Json, taken: set[Any]) -> Json:
    if "id" in row or "name" not in row:
        return row
    stem = re.sub(r"[^a-z0-9]+", "_", sides(row["name"])["en"].lower()).strip("_")
    stem = stem if stem and not stem.isdigit() else "item"
    numbered = [stem, *(f"{stem}_{n}" for n in range(2, len(taken) + 3))]
    return {**row, "id": next(name for name in numbered if name not in taken)}


def points(row: Json) -> list[str]:
    """The points of a row's scale as anchors name them; none where there are too many."""
    low, high, step = row.get("min", 1), row.get("max", 5), row.get("step", 1)
    if not step or step <= 0 or high <= low or (high - low) / step > MOST_POINTS - 1:
        return []
    return [f"{low + n * step:g}" for n in range(round((high - low) / step) + 1)]


def plain_rows(frame: pd.DataFrame) -> list[Json]:
    """What a data editor returns as JSON values; rows without anything are left out."""
    rows = [{str(name): _plain(value) for name, value in row.items()} for row in frame.to_dict("records")]
    return [row for row in rows if any(value not in (None, "", False) for value in row.values())]


def _plain(value: Any) -> Any:
    if value is None or (isinstance(value, float) and isnan(value)):
        return None
    value = value.item() if hasattr(value, "item") else value
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value.strip() if isinstance(value, str) else value
