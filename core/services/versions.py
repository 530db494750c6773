"""The versions a project has been through: of its guidelines and of its settings."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import select, update
from sqlmodel import Session

from core.permissions import Actor, Right
from core.services import projects
from core.store.tables import GuidelineVersion, Person, SettingsVersion


@dataclass(frozen=True)
class Version:
    """`content` is the guidelines' text, or the settings; `note` says what changed."""

    number: int
    content: Any = field(hash=False)
    note: str
    by: str | None
    at: datetime
    languages_agree: bool
    """Whether a lead has said so of its texts, though one was edited in one language alone."""


def guidelines(session: Session, actor: Actor, slug: str) -> list[Version]:
    """The newest first."""
    rows = _rows(session, actor, slug, _GUIDELINES, Right.SEE_PROGRESS)
    return [Version(row.number, row.text, row.note, row.name, row.created_at, row.languages_agree) for row in rows]


def settings(session: Session, actor: Actor, slug: str) -> list[Version]:
    """The newest first; the note lists what was said to carry over."""
    rows = _rows(session, actor, slug, _SETTINGS, Right.MANAGE_PROJECT)
    return [
        Version(row.number, row.settings, _carried(row.carries_over), row.name, row.created_at, row.languages_agree)
        for row in rows
    ]


def _carried(carries_over: dict[str, Any] | None) -> str:
    return ", ".join(name for name, carried in (carries_over or {}).items() if carried)


def mark_agreed(session: Session, part: Literal["settings", "guidelines"], project_id: int, number: int) -> None:
    """For callers that have asked whether the actor may."""
    table = _SETTINGS if part == "settings" else _GUIDELINES
    of_version = (table.c.project_id == project_id, table.c.number == number)
    session.connection().execute(update(table).where(*of_version).values(languages_agree=True))


def _rows(session: Session, actor: Actor, slug: str, table: Any, right: Right) -> Sequence[Any]:
    project = projects.get(session, actor, slug)
    projects.require_in(session, actor, project.id, right)
    query = (
        select(table, _PERSON.c.name)
        .outerjoin(_PERSON, _PERSON.c.id == table.c.created_by)
        .where(table.c.project_id == project.id)
        .order_by(table.c.number.desc())
    )
    return session.connection().execute(query).all()


_GUIDELINES = GuidelineVersion.__table__  # type: ignore[attr-defined]
_SETTINGS = SettingsVersion.__table__  # type: ignore[attr-defined]
_PERSON = Person.__table__  # type: ignore[attr-defined]
