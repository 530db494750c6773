"""Rows of Parquet files, read a few thousand at a time."""

from collections.abc import Iterator
from typing import Any

import orjson
import pyarrow as pa
import pyarrow.parquet as pq

from core.errors import Problem
from core.interchange.files import Numbered, Source
from core.interchange.jsontext import refuse_oversized, refuse_unstorable
from core.interchange.refusals import refused

_AT_ONCE = 2000


def rows(source: Source) -> Iterator[Numbered]:
    number, name = 0, source.name
    try:
        with pq.ParquetFile(source.path) as file:
            for batch in file.iter_batches(batch_size=_AT_ONCE):
                source.share_read = number / max(file.metadata.num_rows, 1)
                for raw in batch.to_pylist(maps_as_pydicts="strict"):
                    number += 1
                    yield number, _checked(raw, number)
    except (pa.ArrowException, OSError) as error:
        reason = str(error).splitlines()[0]
        raise refused(
            name, Problem("The Parquet file cannot be read ({reason}). Write it again.", reason=reason)
        ) from None
    except UnicodeDecodeError as error:
        at = error.start + 1
        raise refused(
            name, Problem("Byte {byte} of a text is not UTF-8. Write the file again.", row=number + 1, byte=at)
        ) from None


def count(source: Source) -> int:
    try:
        return int(pq.read_metadata(source.path).num_rows)
    except (pa.ArrowException, OSError):  # told in words when its rows are read
        return 0


def _checked(raw: dict[str, Any], number: int) -> dict[str, Any] | Problem:
    row: dict[str, Any] = _without_nulls(raw)
    try:
        refuse_oversized(row, number)
        if b"\\u0000" in orjson.dumps(row, default=str):
            refuse_unstorable(row, number)
    except Problem as problem:
        return problem
    return row


def _without_nulls(value: Any) -> Any:
    """A struct has every field of its type; those without a value were not in the row."""
    if isinstance(value, dict):
        return {str(key): _without_nulls(inner) for key, inner in value.items() if inner is not None}
    if isinstance(value, list):
        return [_without_nulls(inner) for inner in value]
    return value
