"""The screen that settings make, before anybody saves them: on the project's first item, or on a made-up one."""

from random import Random
from typing import Any

import orjson
from sqlalchemy import select
from sqlmodel import Session

from core.errors import InvalidPayload
from core.permissions import Actor, Right
from core.services import projects
from core.services.policies import Extras
from core.services.screens import screen_of
from core.store.tables import Item, Lane
from core.tasks import load_task


def screen(session: Session, actor: Actor, slug: str, settings: dict[str, Any], extras: Extras) -> dict[str, Any]:
    """As the desk gets it; raises InvalidSettings."""
    project = projects.get(session, actor, slug)
    projects.require_in(session, actor, project.id, Right.MANAGE_PROJECT)
    payload, lang = _first_item(session, project.id) or ({}, "")
    return drawn(project.task, settings, extras, payload, lang)


def drawn(task: str, settings: dict[str, Any], extras: Extras, payload: Any, lang: str = "") -> dict[str, Any]:
    """The screen of a payload; of a made-up one where this one does not fit the task."""
    rubric = load_task(task, settings)
    try:
        rubric.parse_payload(payload)
    except InvalidPayload:
        payload, lang = rubric.sample_payload(Random(1)).as_json(), ""  # noqa: S311 - the same example every time
    return screen_of(task, _text(settings), _text(extras.model_dump(mode="json")), _text(payload), lang)


def _first_item(session: Session, project_id: int) -> tuple[Any, str] | None:
    query = (
        select(_ITEM.c.payload, _LANE.c.lang)
        .join(_LANE, _LANE.c.id == _ITEM.c.lane_id)
        .where(_ITEM.c.project_id == project_id, _ITEM.c.state.in_(("open", "taken", "done")))
        .order_by(_ITEM.c.id)
        .limit(1)
    )
    row = session.connection().execute(query).first()
    return None if row is None else (row.payload, row.lang)


def _text(value: Any) -> str:
    return orjson.dumps(value).decode()


_ITEM = Item.__table__  # type: ignore[attr-defined]
_LANE = Lane.__table__  # type: ignore[attr-defined]
