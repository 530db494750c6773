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


class Act(StrEnum):
    """What is done to another person."""

    GIVE_ROLE = "give_role"
    """Add or invite somebody as this, in the workspace or in a project."""
    CHANGE_ROLE = "change_role"
    SET_ACTIVE = "set_active"
    ERASE = "erase"
    RECOVER = "recover"
    """Make a link with which a new password is chosen: whoever holds it can sign in as that person."""
    WITHDRAW_INVITATION = "withdraw_invitation"
    """Of an invitation: the person is who made it."""
    SET_MEMBERSHIP = "set_membership"
    """In a project: role, pause, removal, qualification."""
    SET_TAKING = "set_taking"
    """The languages and the sensitive content that somebody accepts."""


_EVERYBODY = frozenset(Role)
_BELOW_A_LEAD = frozenset({Role.REVIEWER, Role.ANNOTATOR, Role.VIEWER})
_FROM_ABOVE: Mapping[Role, frozenset[Role]] = MappingProxyType({Role.ADMIN: _EVERYBODY, Role.LEAD: _BELOW_A_LEAD})
REACH: Mapping[Act, Mapping[Role, frozenset[Role]]] = MappingProxyType(
    {
        **dict.fromkeys(Act, _FROM_ABOVE),
        Act.GIVE_ROLE: MappingProxyType({Role.ADMIN: _EVERYBODY, Role.LEAD: _BELOW_A_LEAD | {Role.LEAD}}),
    }
)
"""Who may do what to whom: admins to everybody, leads to those below them in the projects that they lead (a lead of the
workspace leads all), nobody to their equals. Whoever leads any project counts as a lead; in a project only it counts.
"""


def reaches(role: Role, act: Act, other: Role) -> bool:
    return other in REACH[act].get(role, frozenset())


def require_reach(role: Role, act: Act, other: Role) -> None:
    if not reaches(role, act, other):
        raise NotAllowed("You can manage people below your own role only. Ask an admin.")


def highest(*roles: Role) -> Role:
    return min(roles, key=tuple(Role).index)


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
