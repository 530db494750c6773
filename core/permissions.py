"""Who may do what: one table, asked by every service."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from core.errors import NotAllowed


class Role(StrEnum):
    ADMIN = "admin"
    LEAD = "lead"
    REVIEWER = "reviewer"
    ANNOTATOR = "annotator"
    VIEWER = "viewer"


class Right(StrEnum):
    LABEL = "label"
    REVIEW = "review"
    SEE_PROGRESS = "see_progress"
    SEE_PEOPLE = "see_people"
    MANAGE_PROJECT = "manage_project"
    CREATE_PROJECT = "create_project"
    EXPORT = "export"
    MANAGE_PEOPLE = "manage_people"
    MANAGE_WORKSPACE = "manage_workspace"


_ANNOTATOR = frozenset({Right.LABEL})
_VIEWER = frozenset({Right.SEE_PROGRESS})
_REVIEWER = frozenset({Right.LABEL, Right.REVIEW, Right.SEE_PROGRESS, Right.SEE_PEOPLE})
_LEAD = _REVIEWER | {Right.MANAGE_PROJECT, Right.CREATE_PROJECT, Right.EXPORT, Right.MANAGE_PEOPLE}

RIGHTS: Mapping[Role, frozenset[Right]] = MappingProxyType(
    {
        Role.ADMIN: frozenset(Right),
        Role.LEAD: _LEAD,
        Role.REVIEWER: _REVIEWER,
        Role.ANNOTATOR: _ANNOTATOR,
        Role.VIEWER: _VIEWER,
    }
)


@dataclass(frozen=True)
class Actor:
    """Whoever is doing it: a signed-in person, or the system itself (person_id None, role admin)."""

    person_id: int | None
    name: str
    role: Role
    language: str = "en"

    def may(self, right: Right) -> bool:
        """By the workspace role alone; what a project role adds, services.projects.standing knows."""
        return right in RIGHTS[self.role]


SYSTEM = Actor(None, "system", Role.ADMIN)


def require(actor: Actor, right: Right) -> None:
    if not actor.may(right):
        raise NotAllowed("Your role ({role}) does not allow this. Ask an admin or your lead.", role=actor.role.value)
