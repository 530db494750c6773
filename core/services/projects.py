"""Projects as everybody reads them, and who stands where."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any

import orjson
from sqlalchemy import Select, bindparam, func, select
from sqlmodel import Session, col

from core.errors import NotAllowed, NotFound
from core.permissions import RIGHTS, Actor, Right, Role
from core.services import kept
from core.services.policies import STORED, Extras, Policy
from core.store.tables import GuidelineVersion, Membership, Project, SettingsVersion, core
from core.tasks import load_task
from core.tasks.base import TaskType
from core.tasks.fitting import LocalisedText


@dataclass(frozen=True)
class ProjectView:
    id: int
    slug: str
    title: LocalisedText
    task: str
    state: str
    policy: Policy
    settings_version: int
    settings: dict[str, Any] = field(hash=False)
    extras: Extras
    guideline_version: int
    guidelines: LocalisedText = field(hash=False)
    split_salt: str
    simulated: bool
    created_at: datetime
    state_at: datetime

    @property
    def rubric(self) -> TaskType[Any, Any]:
        """The task type with this project's settings."""
        return rubric_of(self.task, orjson.dumps(self.settings))


@dataclass(frozen=True)
class Standing:
    """What a person is in a project; role None: nothing."""

    role: Role | None
    state: str = "active"
    qualified: bool = False
    acknowledged_guideline: int | None = None
    avoids: tuple[str, ...] = ()


@lru_cache(maxsize=256)
def rubric_of(task: str, settings: bytes) -> TaskType[Any, Any]:
    return load_task(task, orjson.loads(settings))


# Reading --------------------------------------------------------------------------------------------------------------


def get(session: Session, actor: Actor, slug: str) -> ProjectView:
    """The project, for anybody who has something to do with it."""
    view = kept.once(session, ("project", slug), lambda: view_of(session, row_of(session, slug)))
    if standing(session, actor, view.id).role is None:
        raise NotFound("There is no project {slug}, or you are not a member of it.", slug=slug)
    return view


def listed(session: Session, actor: Actor) -> list[ProjectView]:
    """All projects the actor has something to do with, newest first."""
    return list(kept.once(session, ("listed", actor), lambda: _listed(session, actor)))


def _listed(session: Session, actor: Actor) -> list[ProjectView]:
    query = select(Project).order_by(col(Project.created_at).desc(), col(Project.id).desc())
    if not _sees_all(actor):
        mine = select(_MEMBER.c.project_id).where(_MEMBER.c.person_id == actor.person_id, _MEMBER.c.state != "removed")
        query = query.where(col(Project.id).in_(mine))
    return [kept.note(session, ("project", view.slug), view) for view in _views(session, session.scalars(query).all())]


def where(session: Session, actor: Actor, right: Right) -> list[ProjectView]:
    """The projects in which the actor may do this, newest first."""
    rows = _memberships(session, actor)

    def may_here(view: ProjectView) -> bool:
        here = kept.note(session, ("standing", actor, view.id), _standing(actor, rows.get(view.id)))
        return _has(here, right)

    return [view for view in listed(session, actor) if may_here(view)]


def may(session: Session, actor: Actor, project_id: int, right: Right) -> bool:
    return _has(standing(session, actor, project_id), right)


def standing(session: Session, actor: Actor, project_id: int) -> Standing:
    """Membership decides; an admin is a lead everywhere, a workspace lead too."""
    key = ("standing", actor, project_id)
    return kept.once(session, key, lambda: _standing(actor, _membership_row(session, actor, project_id)))


def _standing(actor: Actor, row: Any) -> Standing:
    if row is not None and row.state != "removed":
        role = Role.LEAD if _sees_all(actor) else Role(row.role)
        return Standing(role, row.state, row.qualified, row.acknowledged_guideline, tuple(row.avoids or ()))
    return Standing(Role.LEAD, qualified=True) if _sees_all(actor) else Standing(None)


def _membership_row(session: Session, actor: Actor, project_id: int) -> Any:
    query = select(_MEMBER).where(_MEMBER.c.person_id == actor.person_id, _MEMBER.c.project_id == project_id)
    return session.connection().execute(query).first()


def _memberships(session: Session, actor: Actor) -> dict[int, Any]:
    query = select(_MEMBER).where(_MEMBER.c.person_id == actor.person_id)
    return {row.project_id: row for row in session.connection().execute(query)}


def _has(here: Standing, right: Right) -> bool:
    return here.role is not None and right in RIGHTS[here.role]


def require_in(session: Session, actor: Actor, project_id: int, right: Right) -> Standing:
    """The actor's standing, if its role has the right; raises NotAllowed."""
    here = standing(session, actor, project_id)
    if not _has(here, right):
        raise NotAllowed("You can't do this in this project. Ask its lead.")
    return here


def _sees_all(actor: Actor) -> bool:
    return actor.role in (Role.ADMIN, Role.LEAD)


def row_of(session: Session, slug: str) -> Project:
    project = session.scalars(select(Project).where(col(Project.slug) == slug)).first()
    if project is None:
        raise NotFound("There is no project {slug}, or you are not a member of it.", slug=slug)
    return project


def managed(session: Session, actor: Actor, slug: str) -> Project:
    project = row_of(session, slug)
    require_in(session, actor, pk(project), Right.MANAGE_PROJECT)
    return project


def pk(project: Project) -> int:
    if project.id is None:
        raise ValueError("the project has not been stored yet")
    return project.id


def view_of(session: Session, project: Project) -> ProjectView:
    return _views(session, [project])[0]


def _views(session: Session, projects: Sequence[Project]) -> list[ProjectView]:
    """In two queries, however many projects."""
    ids = [pk(project) for project in projects]
    settings, guidelines = _latest(session, _LATEST_SETTINGS, ids), _latest(session, _LATEST_GUIDELINES, ids)
    return [_viewed(project, settings[pk(project)], guidelines[pk(project)]) for project in projects]


def _viewed(project: Project, settings: Any, guideline: Any) -> ProjectView:
    return ProjectView(
        id=pk(project), slug=project.slug, title=project.title, task=project.task, state=project.state,
        policy=Policy.model_validate(project.policy, context=STORED), settings_version=settings.number, settings=settings.settings,
        extras=Extras.model_validate(settings.extras), guideline_version=guideline.number, guidelines=guideline.text,
        split_salt=project.split_salt, simulated=project.simulated, created_at=project.created_at, state_at=project.state_at,
    )  # fmt: skip


def _latest(session: Session, versions: Select[Any], ids: Sequence[int]) -> dict[int, Any]:
    """Of each project, the version with the highest number."""
    return {row.project_id: row for row in session.connection().execute(versions, {"ids": ids})} if ids else {}


def guideline_text(session: Session, project_id: int, number: int) -> LocalisedText:
    row = session.scalars(
        select(GuidelineVersion).where(
            col(GuidelineVersion.project_id) == project_id, col(GuidelineVersion.number) == number
        )
    ).first()
    if row is None:
        raise NotFound("There is no guideline version {number}.", number=number)
    text: LocalisedText = row.text
    return text


def rubric_at(session: Session, project_id: int, task: str, number: int) -> TaskType[Any, Any]:
    """The task type under an earlier settings version, for answers given then."""
    row = session.scalars(
        select(SettingsVersion).where(
            col(SettingsVersion.project_id) == project_id, col(SettingsVersion.number) == number
        )
    ).one()
    return rubric_of(task, orjson.dumps(row.settings))


_MEMBER = core(Membership)


def _latest_of(table: Any) -> Select[Any]:
    """Made once: a statement takes longer to make than to run."""
    newer = table.alias()
    last = select(func.max(newer.c.number)).where(newer.c.project_id == table.c.project_id).scalar_subquery()
    return select(table).where(table.c.project_id.in_(bindparam("ids", expanding=True)), table.c.number == last)


_LATEST_SETTINGS, _LATEST_GUIDELINES = _latest_of(core(SettingsVersion)), _latest_of(core(GuidelineVersion))
