"""Columns of a file as the YAML of a dataset card declares them."""

from typing import Any

import pyarrow as pa

from core.interchange.outputs import JSON


def features(schema: pa.Schema) -> list[dict[str, Any]]:
    """As `datasets.Features` writes them."""
    return [{"name": field.name, **_kind(field.type)} for field in schema]


def _kind(kind: pa.DataType) -> dict[str, Any]:
    if pa.types.is_list(kind):
        inner = _kind(kind.value_type)
        return {"list": inner.get("dtype") or inner.get("struct") or inner}
    if pa.types.is_struct(kind):
        return {"struct": [{"name": field.name, **_kind(field.type)} for field in kind]}
    return {"dtype": "json" if kind == JSON else _NAMES.get(kind, str(kind))}


_NAMES = {pa.float64(): "float64"}
