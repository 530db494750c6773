"""The projects a person may label in now, and what is left there for them."""

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from random import Random
from typing import Any

from sqlalchemy import select
from sqlmodel import Session

from core.permissions import Actor, Right
from core.services import projects, remainder
from core.services.fitness import fits
from core.services.projects import ProjectView, Standing
from core.services.remainder import MOST_COUNTED
from core.store import work
from core.tasks import load_task

OPEN_TO_WORK = ("pilot", "live", "paused")


@dataclass(frozen=True)
class Choice:
    """A project to work in; `left` is about how many items there are, up to MOST_COUNTED."""

    project: ProjectView
    compares: bool
    """Whether responses stand side by side."""
    left: int
    languages: tuple[str, ...]
    due_at: datetime | None
    paused: bool


def open_to(session: Session, actor: Actor) -> list[ProjectView]:
    """Own projects open to work, whatever is left in them."""
    return [view for view in projects.where(session, actor, Right.LABEL) if view.state in OPEN_TO_WORK]


def not_open_yet(session: Session, actor: Actor) -> list[ProjectView]:
    """Own projects to label in that are still drafts."""
    return [view for view in projects.where(session, actor, Right.LABEL) if view.state == "draft"]


def choices(session: Session, actor: Actor, *, now: datetime) -> list[Choice]:
    """Own projects open to work, those with work left first."""
    found = [
        _choice(session, actor, project, projects.standing(session, actor, project.id), now)
        for project in open_to(session, actor)
    ]
    return sorted(found, key=lambda choice: (choice.paused, not choice.left))


def _choice(session: Session, actor: Actor, project: ProjectView, standing: Standing, now: datetime) -> Choice:
    me = actor.person_id or 0
    lanes = _fit_lanes(session, actor, project.id, standing)
    left = remainder.left_ahead(session.connection(), me, project, lanes, now=now)
    return Choice(
        project,
        compares(project.task),
        MOST_COUNTED if left is None else left,
        tuple(sorted({tag for lane in lanes for tag in (lane.lang, lane.response_lang) if tag})),
        min((lane.due_at for lane in lanes if lane.due_at is not None), default=None),
        project.state == "paused" or standing.state == "paused",
    )


@lru_cache(maxsize=64)
def compares(task: str) -> bool:
    """Read off the screen that the task type draws, so that a new type needs no mention here."""
    rubric = load_task(task, {})
    return bool(rubric.screen(rubric.sample_payload(Random(0))).candidate_ids())  # noqa: S311 - a made-up item


def _fit_lanes(session: Session, actor: Actor, project_id: int, standing: Standing) -> list[Any]:
    """Lanes with open items ahead of this person, in languages and content that they take."""
    connection = session.connection()
    spoken = select(work.person.c.languages).where(work.person.c.id == actor.person_id)
    languages = frozenset(connection.execute(spoken).scalar() or ())
    ahead = work.open_lanes(connection, actor.person_id or 0, project_id)
    fit = [lane for lane in ahead if fits(lane, languages, frozenset(standing.avoids))]
    due = select(work.lane.c.id, work.batch.c.due_at).join(work.batch, work.batch.c.id == work.lane.c.batch_id)
    dates = {row.id: row for row in connection.execute(due.where(work.lane.c.id.in_([lane.id for lane in fit])))}
    return [_Ahead(lane.id, lane.lang, lane.response_lang, lane.position, dates[lane.id].due_at) for lane in fit]


@dataclass(frozen=True)
class _Ahead:
    id: int
    lang: str
    response_lang: str
    position: int
    due_at: datetime | None
