"""Screens before anybody works on them: of settings not saved yet, and of rows not imported yet."""

from collections.abc import Mapping
from random import Random
from typing import Any

import orjson
from sqlalchemy import select
from sqlmodel import Session

from core.errors import InvalidPayload
from core.interchange import item_rows
from core.permissions import Actor, Right
from core.services import projects
from core.services.policies import Extras
from core.services.screens import screen_of
from core.store.tables import Item, Lane
from core.tasks import load_task


def screen(session: Session, actor: Actor, slug: str, settings: dict[str, Any], extras: Extras) -> dict[str, Any]:
    """As the desk gets it, on the project's first item or on a made-up one; raises InvalidSettings."""
    project = projects.get(session, actor, slug)
    projects.require_in(session, actor, project.id, Right.MANAGE_PROJECT)
    payload, lang = _first_item(session, project.id) or ({}, "")
    return drawn(project.task, settings, extras, payload, lang)


def of_row(session: Session, actor: Actor, slug: str, row: Mapping[str, Any]) -> dict[str, Any]:
    """The screen of an item row that is not imported yet; raises Problem or InvalidPayload where it does not fit."""
    project = projects.get(session, actor, slug)
    projects.require_in(session, actor, project.id, Right.MANAGE_PROJECT)
    item = item_rows.read_item(dict(row), 1)
    project.rubric.parse_payload(item.payload)
    shown = item_rows.part(item.payload, item.meta, Random(1)).payload  # noqa: S311 - the same ids every time
    return drawn(project.task, project.settings, project.extras, shown, item.lang)


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
