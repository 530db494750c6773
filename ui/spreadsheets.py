"""A table as a CSV that a spreadsheet opens as it is meant."""

from typing import Any

import pandas as pd

FORMULAS = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet takes for the beginning of one."""


def csv_of(table: pd.DataFrame) -> bytes:
    """The mark at the start keeps Chinese readable; text that would run as a formula has ' put before it."""
    return bytes(table.map(_as_text).to_csv(index=False).encode("utf-8-sig"))


def _as_text(cell: Any) -> Any:
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(FORMULAS) else cell
