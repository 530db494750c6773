"""Items as lines of a list: key and the beginning of the text."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlmodel import Session

from core.services.excerpts import excerpt
from core.store import work


@dataclass(frozen=True)
class Line:
    """Empty are the excerpts of text that may hold personal data, and of items of which only labels are known."""

    key: str
    excerpt: str
    state: str


def lines(session: Session, item_ids: Sequence[int]) -> dict[int, Line]:
    """For callers that have asked whether the reader may see them."""
    item = work.item.c
    query = select(item.id, item.key, item.state, item.payload, work.TEXT_HIDDEN).where(item.id.in_(item_ids))
    return {row.id: Line(row.key, _text(row), row.state) for row in session.connection().execute(query)}


def _text(row: Any) -> str:
    return "" if row.hidden or row.state == "stub" else excerpt(row.payload)
