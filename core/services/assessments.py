"""Assessments of projects, kept: each knows the event it is good up to, and is worked out anew aside once that is not the last."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from core.permissions import Actor
from core.services import projects, quality
from core.services.kept import kept
from core.services.quality import Assessment
from core.services.scopes import EVERYTHING, Scope, Scopes, scopes

__all__ = ["EVERYTHING", "Current", "Scope", "Scopes", "current", "scopes"]


@dataclass(frozen=True)
class Current:
    """An assessment as it stands; None while the first one is being worked out."""

    assessment: Assessment | None
    at: datetime
    """When the answers were read that it rests on."""
    behind: int = 0
    """Events of the project since then."""
    working: float | None = None
    """Share done of the one being worked out now; None when none is."""


def current(session: Session, actor: Actor, slug: str, *, now: datetime, scope: Scope = EVERYTHING) -> Current:
    """What is kept, at once; worked out first where that is quick, else aside."""
    project = projects.get(session, actor, slug)
    found = kept(
        session,
        ("assessment", actor.role, scope),
        project.id,
        now,
        lambda: quality.assess(session, actor, slug, scope=scope),
    )
    return Current(found.value, found.at)
