"""The projects a person may label in now, and what is left there for them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from random import Random
from typing import Any

from sqlalchemy import exists, func, select
from sqlmodel import Session

from core.permissions import RIGHTS, Actor, Right
from core.services import projects
from core.services.fitness import fits
from core.services.projects import ProjectView, Standing
from core.store import work
from core.tasks import load_task

MOST_COUNTED = 500
OPEN_TO_WORK = ("pilot", "live", "paused")


@dataclass(frozen=True)
class Choice:
    """A project to work in; `left` is counted up to MOST_COUNTED."""

    project: ProjectView
    compares: bool
    """Whether responses stand side by side."""
    left: int
    languages: tuple[str, ...]
    due_at: datetime | None
    paused: bool


def choices(session: Session, actor: Actor) -> list[Choice]:
    """Own projects open to work, those with work left first."""
    found = [
        _choice(session, actor, project, standing)
        for project in projects.listed(session, actor)
        if project.state in OPEN_TO_WORK and _may_label(standing := projects.standing(session, actor, project.id))
    ]
    return sorted(found, key=lambda choice: (choice.paused, not choice.left))


def _may_label(standing: Standing) -> bool:
    return standing.role is not None and Right.LABEL in RIGHTS[standing.role]


def _choice(session: Session, actor: Actor, project: ProjectView, standing: Standing) -> Choice:
    me = actor.person_id or 0
    lanes = _fit_lanes(session, actor, project.id, standing)
    return Choice(
        project,
        compares(project.task),
        _left_in_pilot(session, me, project, lanes) if project.state == "pilot" else _left(session, me, lanes),
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


def _left(session: Session, me: int, lanes: Sequence[_Ahead]) -> int:
    left = 0
    for lane in lanes:
        if left >= MOST_COUNTED:
            break
        left += _fresh_in(session, me, lane, MOST_COUNTED - left)
    return left


def _fresh_in(session: Session, me: int, lane: _Ahead, most: int) -> int:
    item, had = work.item, work.assignment
    seen = exists(select(had.c.id).where(had.c.item_id == item.c.id, had.c.person_id == me, work.NOT_PILOT))
    ahead = select(item.c.id, seen.label("seen")).where(item.c.lane_id == lane.id, work.OPEN)
    some = ahead.where(item.c.position > lane.position).order_by(item.c.position).limit(most).subquery()
    return int(session.connection().execute(select(func.count()).select_from(some).where(~some.c.seen)).scalar_one())


def _left_in_pilot(session: Session, me: int, project: ProjectView, lanes: Sequence[_Ahead]) -> int:
    fit = {lane.id for lane in lanes}
    rows = work.pilot_items(session.connection(), me, project.id, project.policy.pilot.items)
    return sum(not row.seen and row.lane_id in fit for row in rows)
