"""A table as a CSV that a spreadsheet opens as it is meant."""

from typing import Any

import pandas as pd

from core.interchange.outputs import without_formula


def csv_of(table: pd.DataFrame) -> bytes:
    """The mark at the start keeps Chinese readable; text that would run as a formula has ' put before it."""
    return bytes(table.rename(columns=_as_text).map(_as_text).to_csv(index=False).encode("utf-8-sig"))


def _as_text(cell: Any) -> Any:
    return without_formula(cell) if isinstance(cell, str) else cell
