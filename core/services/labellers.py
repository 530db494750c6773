"""Who may label in a project, and what keeps them from it for now: the one rule of the desk, the counts and the concerns."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import ColumnElement, Select, exists, select
from sqlmodel import Session

from core.permissions import RIGHTS, Actor, Right, Role
from core.services import projects
from core.services.policies import Policy
from core.services.projects import ProjectView
from core.store import work

Gate = Literal["not_qualified", "acknowledge"]
"""What keeps a person from every item: the ladder, or guidelines that they have not read."""


@dataclass(frozen=True)
class Labeller:
    """`role` is what they are in the project."""

    person_id: int
    name: str
    role: Role
    languages: frozenset[str]
    avoids: frozenset[str]
    gate: Gate | None


def labellers(session: Session, actor: Actor, slug: str) -> tuple[Labeller, ...]:
    """Members whose role labels, none paused; and leads of the workspace who have labelled here without being members."""
    project = projects.get(session, actor, slug)
    projects.require_in(session, actor, project.id, Right.SEE_PEOPLE)
    return of_all(session, [project])[project.id]


def of_all(session: Session, views: Sequence[ProjectView]) -> Mapping[int, tuple[Labeller, ...]]:
    """Of many projects at once; for services that have asked whether the actor may know."""
    found: dict[int, list[Labeller]] = defaultdict(list)
    connection, by_id = session.connection(), {view.id: view for view in views}
    for query in (_members(by_id), _leads(by_id)):
        for row in connection.execute(query):
            if _labels(row):
                found[row.project_id].append(_labeller(by_id[row.project_id], row))
    return {one: tuple(sorted(found[one], key=lambda who: who.name)) for one in by_id}


def takers(session: Session, project: ProjectView) -> tuple[Labeller, ...]:
    """Who is to do the work: the annotators, or where there are none whoever else may label."""
    found = of_all(session, [project])[project.id]
    return tuple(one for one in found if one.role is Role.ANNOTATOR) or found


def gate_of(state: str, policy: Policy, *, qualified: bool, acknowledged: int, guidelines: int) -> Gate | None:
    """`guidelines`: the version to have read, 0 where there are none. The ladder is asked of live work only."""
    if state == "live" and policy.ladder and not qualified:
        return "not_qualified"
    return "acknowledge" if acknowledged < guidelines else None


def _labels(row: Any) -> bool:
    return _leads_all(row) or Right.LABEL in RIGHTS[Role(row.role)]


def _leads_all(row: Any) -> bool:
    return Role(row.everywhere) in (Role.ADMIN, Role.LEAD)


def _labeller(project: ProjectView, row: Any) -> Labeller:
    why = gate_of(
        project.state, project.policy, qualified=bool(row.qualified) or _leads_all(row),
        acknowledged=row.acknowledged_guideline or 0, guidelines=project.guideline_version if project.guidelines else 0,
    )  # fmt: skip
    languages, avoids = frozenset(row.languages or ()), frozenset(row.avoids or ())
    return Labeller(row.id, row.name, Role(row.role or Role.LEAD), languages, avoids, why)


# Reading --------------------------------------------------------------------------------------------------------------


def _members(ids: Iterable[int]) -> Select[Any]:
    here = _MEMBER.c.person_id == _PERSON.c.id
    query = select(_MEMBER.c.project_id, *_COLUMNS).select_from(_PERSON.join(_MEMBER, here))
    return query.where(_MEMBER.c.project_id.in_(ids), _MEMBER.c.state == "active", _PERSON.c.active)


def _leads(ids: Iterable[int]) -> Select[Any]:
    project, leads_all = work.project, _PERSON.c.role.in_((Role.ADMIN, Role.LEAD))
    here = (_MEMBER.c.person_id == _PERSON.c.id) & (_MEMBER.c.project_id == project.c.id)
    query = select(project.c.id.label("project_id"), *_COLUMNS).select_from(
        _PERSON.join(project, leads_all).outerjoin(_MEMBER, here)
    )
    nothing_here = (_MEMBER.c.person_id.is_(None)) | (_MEMBER.c.state == "removed")
    return query.where(project.c.id.in_(ids), _PERSON.c.active, nothing_here, _worked(project.c.id))


def _worked(project_id: ColumnElement[int]) -> ColumnElement[bool]:
    had = work.assignment
    mine = (had.c.person_id == _PERSON.c.id, had.c.project_id == project_id, work.NOT_REVIEW)
    return exists(select(had.c.id).where(*mine))


_MEMBER, _PERSON = work.member, work.person
_COLUMNS = (
    _PERSON.c.id, _PERSON.c.name, _PERSON.c.languages, _PERSON.c.role.label("everywhere"), _MEMBER.c.role,
    _MEMBER.c.qualified, _MEMBER.c.acknowledged_guideline, _MEMBER.c.avoids,
)  # fmt: skip
