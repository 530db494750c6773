"""What a person typed into a form and has not saved yet: kept over refreshes, until they save or discard it."""

from typing import Any

import orjson
from sqlalchemy import select, update
from sqlmodel import Session

from core.errors import TooLarge
from core.permissions import Actor
from core.store.tables import Person

_UNSAVED = "unsaved"
LIMIT = 1_000_000
"""Bytes of all unsaved forms of one person."""


def recall(session: Session, actor: Actor, form: str) -> Any:
    """The form's fields as they were left, or None."""
    return _preferences(session, actor).get(_UNSAVED, {}).get(form)


def keep(session: Session, actor: Actor, form: str, fields: Any) -> None:
    preferences = _preferences(session, actor)
    _store(session, actor, preferences | {_UNSAVED: preferences.get(_UNSAVED, {}) | {form: fields}})


def drop(session: Session, actor: Actor, form: str) -> None:
    preferences = _preferences(session, actor)
    unsaved = {name: fields for name, fields in preferences.get(_UNSAVED, {}).items() if name != form}
    _store(session, actor, preferences | {_UNSAVED: unsaved})


def _preferences(session: Session, actor: Actor) -> dict[str, Any]:
    found = session.connection().execute(select(_PERSON.c.preferences).where(_PERSON.c.id == actor.person_id)).scalar()
    return dict(found or {})


def _store(session: Session, actor: Actor, preferences: dict[str, Any]) -> None:
    if len(orjson.dumps(preferences)) > LIMIT:
        raise TooLarge("Too much is unsaved in your forms. Save or discard one of them first.")
    session.connection().execute(update(_PERSON).where(_PERSON.c.id == actor.person_id).values(preferences=preferences))


_PERSON = Person.__table__  # type: ignore[attr-defined]
