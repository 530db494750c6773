"""Every item of a project with its state, a page at a time, for whoever leads it: others see items once they are answered."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlmodel import Session

from core.errors import NotFound
from core.permissions import Actor, Right
from core.services import projects
from core.services.excerpts import excerpt
from core.services.summaries import item_states
from core.store import intake, item_list as store
from core.store.figure_items import STATES
from core.store.item_list import Way

ADJUDICATED = "adjudicated"
"""Beside the states of items: those with a final verdict."""


@dataclass(frozen=True)
class Wanted:
    """Which items; None leaves a condition out. `key` is one item's id, and leaves the others out."""

    state: str | None = None
    import_id: int | None = None
    key: str = ""


@dataclass(frozen=True)
class ListedItem:
    item_id: int
    key: str
    excerpt: str
    """Empty for text that may hold personal data, and where only labels are known."""
    state: str
    batch: str
    answers: int
    wanted: int | None
    """None where no number of answers is aimed at, as of hidden checks."""
    in_progress: int
    adjudicated: bool


@dataclass(frozen=True)
class Leaf:
    rows: tuple[ListedItem, ...]
    counts: Mapping[str, int] = field(hash=False)
    """All items of the project by state, and those adjudicated."""
    earlier: bool
    later: bool


def leaf(
    session: Session, actor: Actor, slug: str, wanted: Wanted, *, way: Way = "after", start: int = 0, size: int = 25
) -> Leaf:
    """The items after (or before) the one with this id, in the order of their import."""
    project = projects.get(session, actor, slug)
    projects.require_in(session, actor, project.id, Right.MANAGE_PROJECT)
    found = _ids(session, project.id, wanted, way, start, size + 1)
    more = len(found) > size
    shown = (found[:size] if way == "after" else found[-size:]) if more else found
    earlier, later = (start > 0, more) if way == "after" else (more, True)
    rows = tuple(_listed(row) for row in store.rows(session.connection(), shown)) if shown else ()
    return Leaf(rows, _counts(session, project.id), earlier and not wanted.key, later and not wanted.key)


def _ids(session: Session, project_id: int, wanted: Wanted, way: Way, start: int, limit: int) -> Sequence[int]:
    connection = session.connection()
    if wanted.key:
        return store.named(connection, project_id, wanted.key)
    if wanted.state == ADJUDICATED:
        return store.adjudicated(connection, project_id, way, start, limit)
    if wanted.import_id is not None:
        job = intake.job_by(connection, wanted.import_id)
        if job is None or job.project_id != project_id:
            raise NotFound("There is no import {id} in this project.", id=wanted.import_id)
    states = [wanted.state] if wanted.state in STATES else STATES
    return store.ids(connection, project_id, states, way, start, limit, import_id=wanted.import_id)


def _counts(session: Session, project_id: int) -> dict[str, int]:
    decided = store.count_adjudicated(session.connection(), project_id)
    return {**item_states(session, [project_id])[project_id], **({ADJUDICATED: decided} if decided else {})}


def _listed(row: Any) -> ListedItem:
    words = "" if row.hidden or row.state == "stub" else excerpt(row.payload)
    aimed = row.overlap if row.state in ("open", "taken", "done") else None
    return ListedItem(
        row.id, row.key, words, row.state, row.batch, row.answers, aimed, row.holding, row.adjudicated
    )  # fmt: skip
