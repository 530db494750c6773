"""All of a lead's projects at a glance, in a fixed number of queries however many there are."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlmodel import Session

from core.permissions import Actor, Right
from core.services import labellers, projects
from core.services.projects import ProjectView
from core.store import batches
from core.store.tables import Batch, Gold, Item

FEWEST_CHECKS = 5
"""With fewer hidden checks everybody meets the same ones, and they get known."""


@dataclass(frozen=True)
class Summary:
    project: ProjectView
    items: int
    """Items to be answered, hidden checks not counted."""
    done: int
    people: int
    """Who may label."""
    due_at: datetime | None
    """Of the batch that is due first among those that are unfinished."""


def summaries(session: Session, actor: Actor) -> list[Summary]:
    """Of the projects that the actor manages, the newest first."""
    views = projects.where(session, actor, Right.MANAGE_PROJECT)
    ids = [view.id for view in views]
    if not ids:
        return []
    states, people, due = item_states(session, ids), labellers.of_all(session, views), _due(session, ids)
    return [_summary(view, states[view.id], len(people[view.id]), due.get(view.id)) for view in views]


def item_states(session: Session, ids: Sequence[int]) -> dict[int, dict[str, int]]:
    """Items by state; for services that have asked whether the actor may know."""
    query = select(_ITEM.c.project_id, _ITEM.c.state, func.count()).where(_ITEM.c.project_id.in_(ids))
    found: dict[int, dict[str, int]] = {project_id: {} for project_id in ids}
    for project_id, state, n in session.connection().execute(query.group_by(_ITEM.c.project_id, _ITEM.c.state)):
        found[project_id][state] = n
    return found


def hidden_checks(session: Session, ids: Sequence[int]) -> dict[int, int]:
    """Gold items that are served hidden; for services that have asked whether the actor may know."""
    query = select(_GOLD.c.project_id, func.count()).where(_GOLD.c.project_id.in_(ids), _GOLD.c.use == "check")
    found = dict.fromkeys(ids, 0)
    for project_id, n in session.connection().execute(query.group_by(_GOLD.c.project_id)):
        found[project_id] = n
    return found


def _summary(view: ProjectView, states: Mapping[str, int], people: int, due_at: datetime | None) -> Summary:
    done = states.get("done", 0)
    return Summary(view, done + states.get("open", 0) + states.get("taken", 0), done, people, due_at)


def _due(session: Session, ids: list[int]) -> dict[int, datetime]:
    query = select(_BATCH.c.project_id, _BATCH.c.due_at).where(
        _BATCH.c.project_id.in_(ids), _BATCH.c.due_at.is_not(None), batches.unfinished()
    )
    first: dict[int, Any] = {}
    for project_id, due_at in session.connection().execute(query):
        first[project_id] = min(due_at, first.get(project_id, due_at))
    return first


_BATCH = Batch.__table__  # type: ignore[attr-defined]
_GOLD = Gold.__table__  # type: ignore[attr-defined]
_ITEM = Item.__table__  # type: ignore[attr-defined]
