"""Projects: creating, settings and guideline versions, states, members, and who stands where."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

import orjson
import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from sqlalchemy import Select, bindparam, func, select
from sqlmodel import Session, col

from core.config import ROOT
from core.errors import Conflict, InvalidInput, InvalidSettings, NotAllowed, NotFound
from core.permissions import RIGHTS, Actor, Right, Role, require
from core.services import audit, kept
from core.store.tables import Answer, Batch, GuidelineVersion, Item, Membership, Person, Project, SettingsVersion, core
from core.tasks import load_task
from core.tasks.base import TaskType, settings_problem
from core.tasks.fitting import LocalisedText

SLUG = r"^[a-z0-9][a-z0-9-]{1,62}$"
STATES = ("draft", "pilot", "live", "paused", "done")
MOVES: Mapping[str, frozenset[str]] = {
    "draft": frozenset({"pilot", "live"}),
    "pilot": frozenset({"draft", "live", "paused", "done"}),
    "live": frozenset({"paused", "done"}),
    "paused": frozenset({"live", "done"}),
    "done": frozenset({"live"}),
}
"""From a state to those a lead may move it to; `done` reopens to live, on the record."""


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Pilot(_Model):
    overlap: int = Field(default=2, ge=1, le=20, description="People who label each pilot item")
    items: int = Field(default=20, ge=1, le=500, description="Items in the pilot")


class Targets(_Model):
    accuracy: float = Field(default=0.8, ge=0, le=1, description="Accuracy against gold that is asked of everyone")
    per_hour: float | None = Field(default=None, gt=0, description="Answers an active hour")
    hours_per_week: float | None = Field(default=None, gt=0)


class Rates(_Model):
    currency: str = Field(default="USD", min_length=3, max_length=3)
    per_hour: str = Field(default="0.00", pattern=r"^\d+(\.\d{1,2})?$")


class Review(_Model):
    """Which finished items a reviewer looks at, and how many of them settle an item."""

    audit_share: float = Field(default=0.05, ge=0, le=1, description="Share of finished items reviewed at random")
    doubt: float = Field(
        default=0.1, ge=0, le=1, description="Review items whose consensus is wrong with at least this probability"
    )
    stages: int = Field(default=1, ge=1, le=2, description="Reviewers who must settle an item")


class Stopping(_Model):
    """Adaptive overlap: ask for one more answer where the consensus is still in doubt."""

    start: int = Field(default=2, ge=1, le=20, description="Answers every item gets first")
    most: int = Field(default=5, ge=1, le=100, description="Answers an item can get")
    confidence: float = Field(default=0.9, gt=0, lt=1, description="Stop once the consensus is this sure")
    audit_share: float = Field(
        default=0.03, ge=0.0, le=0.5, description="Share of items that get every answer, for unbiased figures"
    )
    error_cost: float | None = Field(
        default=None, gt=0, description="What a wrong label costs, in the project's currency"
    )

    @model_validator(mode="after")
    def _in_order(self) -> "Stopping":
        if self.most < self.start:
            raise ValueError("most: must be at least start")
        return self


class Reason(_Model):
    id: str = Field(min_length=1, max_length=50)
    name: LocalisedText


class Rationale(_Model):
    required: bool = False
    min_chars: int = Field(default=0, ge=0, le=5000)
    reasons: tuple[Reason, ...] = ()


class Extras(_Model):
    """What every task type can ask beside the answer."""

    rationale: Rationale | None = None
    confidence: bool = False
    safety_flag: bool = False


class Policy(_Model):
    """How the work is handed out, checked and paid; may change at any time."""

    overlap: int = Field(default=1, ge=1, le=100, description="Answers wanted for each item")
    gold_rate: float = Field(default=0.0, ge=0, le=0.5, description="Share of hidden checks")
    repeat_rate: float = Field(default=0.0, ge=0, le=0.2, description="Share of hidden repeats of one's own items")
    lease_minutes: int = Field(
        default=60, ge=1, le=24 * 60, description="How long an item is kept for a person who went away"
    )
    daily_limit: int | None = Field(default=None, ge=1, description="Answers a person may give in a day")
    skip_limit: int = Field(
        3, ge=1, le=50, description="People who may pass on an item before it is set aside for the lead"
    )
    pilot: Pilot = Pilot()
    targets: Targets = Targets()
    rates: Rates = Rates()
    review: Review = Review()
    stopping: Stopping | None = Field(default=None, description="Adaptive overlap instead of a fixed one")
    ladder: dict[str, Any] = {}


class ProjectFile(Policy):
    """A project as a file: what templates are and `project export` writes."""

    title: LocalisedText
    summary: LocalisedText = ""
    task: str
    settings: dict[str, Any] = {}
    guidelines: LocalisedText = ""
    extras: Extras = Extras()

    def policy(self) -> Policy:
        return Policy.model_validate({name: getattr(self, name) for name in Policy.model_fields})


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


@dataclass(frozen=True)
class MemberView:
    person_id: int
    name: str
    role: str
    state: str
    qualified: bool
    acknowledged_guideline: int | None
    active: bool
    avoids: tuple[str, ...]


@lru_cache(maxsize=256)
def rubric_of(task: str, settings: bytes) -> TaskType[Any, Any]:
    return load_task(task, orjson.loads(settings))


# Files and templates --------------------------------------------------------------------------------------------------


def read_file(text: str, name: str = "project file") -> ProjectFile:
    try:
        raw = yaml.safe_load(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        row = mark.line + 1 if mark else 1
        raise InvalidInput(
            "{file}, row {row}: this is not YAML. Check indentation, colons and quotes.", file=name, row=row
        ) from None
    if not isinstance(raw, dict):
        raise InvalidInput("{file}: expected a mapping with title, task and settings.", file=name)
    try:
        file = ProjectFile.model_validate(raw)
    except ValidationError as error:
        raise settings_problem(error) from None
    load_task(file.task, file.settings)
    return file


def templates(folder: Path = ROOT / "data" / "templates") -> dict[str, ProjectFile]:
    return {path.stem: read_file(path.read_text(encoding="utf-8"), path.name) for path in sorted(folder.glob("*.yaml"))}


def as_file(session: Session, actor: Actor, slug: str) -> ProjectFile:
    view = get(session, actor, slug)
    require_in(session, actor, view.id, Right.MANAGE_PROJECT)
    return ProjectFile(
        title=view.title,
        task=view.task,
        settings=view.settings,
        extras=view.extras,
        **({"guidelines": view.guidelines} if view.guidelines else {}),
        **{name: getattr(view.policy, name) for name in Policy.model_fields},
    )


# Creating and changing ------------------------------------------------------------------------------------------------


def create(
    session: Session,
    actor: Actor,
    *,
    now: datetime,
    slug: str,
    file: ProjectFile,
    split_salt: str,
    simulated: bool = False,
) -> ProjectView:
    """`split_salt` is random: it keeps the train/test split unpredictable and fixed."""
    require(actor, Right.CREATE_PROJECT)
    _check_slug(session, slug)
    load_task(file.task, file.settings)
    project = Project(
        slug=slug, title=file.title, task=file.task, policy=file.policy().model_dump(mode="json"), split_salt=split_salt,
        simulated=simulated, created_by=actor.person_id, created_at=now, state_at=now,
    )  # fmt: skip
    session.add(project)
    session.flush()
    session.add(_settings_row(_pk(project), 1, file.settings, file.extras, actor, now))
    session.add(_guideline_row(_pk(project), 1, file.guidelines, actor, now))
    session.add(Batch(project_id=_pk(project), name="", created_at=now))
    if actor.person_id is not None:
        session.add(
            Membership(person_id=actor.person_id, project_id=_pk(project), role="lead", qualified=True, created_at=now)
        )
    session.flush()
    audit.record(
        session,
        actor,
        now,
        audit.Fact(
            "project.created", f"project:{project.id}", project.id, audit.digest_of(file.model_dump(mode="json"))
        ),
    )
    return _view(session, project)


def change(
    session: Session,
    actor: Actor,
    slug: str,
    *,
    now: datetime,
    title: LocalisedText | None = None,
    settings: dict[str, Any] | None = None,
    extras: Extras | None = None,
    policy: Policy | None = None,
    guidelines: LocalisedText | None = None,
    note: str = "",
    carries_over: dict[str, Any] | None = None,
) -> ProjectView:
    """Change what is given. Settings in use by a live answer make a new version, and only with `carries_over` said."""
    project = _managed(session, actor, slug)
    edit = _Edit(session, actor, now, project, _view(session, project))
    facts = [
        *(edit.rename(title) if title is not None else ()),
        *(edit.set_policy(policy) if policy is not None else ()),
        *edit.set_rubric(settings, extras, carries_over),
        *(edit.publish(guidelines, note) if guidelines is not None else ()),
    ]
    session.flush()
    if facts:
        audit.record(session, actor, now, *facts)
    return _view(session, project)


@dataclass(frozen=True)
class _Edit:
    """One change of a project: each step stores what differs and says so."""

    session: Session
    actor: Actor
    now: datetime
    project: Project
    before: ProjectView

    def rename(self, title: LocalisedText) -> list[audit.Fact]:
        if title == self.before.title:
            return []
        self.project.title = title
        return [self._fact("project.renamed", title)]

    def set_policy(self, policy: Policy) -> list[audit.Fact]:
        if policy == self.before.policy:
            return []
        self.project.policy = policy.model_dump(mode="json")
        return [self._fact("project.policy_changed", self.project.policy)]

    def set_rubric(
        self, settings: dict[str, Any] | None, extras: Extras | None, carries_over: dict[str, Any] | None
    ) -> list[audit.Fact]:
        settings = self.before.settings if settings is None else settings
        extras = self.before.extras if extras is None else extras
        if settings == self.before.settings and extras == self.before.extras:
            return []
        load_task(self.project.task, settings)
        if settings != self.before.settings and carries_over is None and frozen(self.session, self.before.id):
            raise InvalidSettings(
                "People have answered under these settings. Say what carries over to make a new version, "
                "or start a new project.",
                code="settings_frozen",
            )
        row = _settings_row(self.before.id, self.before.settings_version + 1, settings, extras, self.actor, self.now)
        row.carries_over = carries_over
        self.session.add(row)
        return [self._fact("settings.changed", settings)]

    def publish(self, guidelines: LocalisedText, note: str) -> list[audit.Fact]:
        if guidelines == self.before.guidelines:
            return []
        number = self.before.guideline_version + 1
        row = _guideline_row(self.before.id, number, guidelines, self.actor, self.now)
        row.note = note
        self.session.add(row)
        return [self._fact("guidelines.published", guidelines)]

    def _fact(self, kind: str, content: Any) -> audit.Fact:
        return audit.Fact(kind, f"project:{self.before.id}", self.before.id, audit.digest_of(content))


def set_state(session: Session, actor: Actor, slug: str, state: str, *, now: datetime) -> ProjectView:
    project = _managed(session, actor, slug)
    if state == project.state:
        return _view(session, project)
    if state not in MOVES[project.state]:
        raise Conflict("A project that is {state} cannot become {wanted}.", state=project.state, wanted=state)
    project.state, project.state_at = state, now
    session.flush()
    audit.record(session, actor, now, audit.Fact(f"project.{state}", f"project:{project.id}", project.id))
    return _view(session, project)


def frozen(session: Session, project_id: int) -> bool:
    """Whether an answer outside the pilot refers to the current settings."""
    found = session.connection().execute(
        select(_ANSWER.c.id)
        .where(_ANSWER.c.project_id == project_id, _ANSWER.c.purpose.not_in(("pilot", "imported")))
        .limit(1)
    )
    return found.first() is not None


def _settings_row(
    project_id: int, number: int, settings: dict[str, Any], extras: Extras, actor: Actor, now: datetime
) -> SettingsVersion:
    return SettingsVersion(
        project_id=project_id,
        number=number,
        settings=settings,
        extras=extras.model_dump(mode="json"),
        created_by=actor.person_id,
        created_at=now,
    )


def _guideline_row(project_id: int, number: int, text: LocalisedText, actor: Actor, now: datetime) -> GuidelineVersion:
    return GuidelineVersion(project_id=project_id, number=number, text=text, created_by=actor.person_id, created_at=now)


def _check_slug(session: Session, slug: str) -> None:
    if not re.match(SLUG, slug):
        raise InvalidInput(
            "The short name {slug} must be 2 to 63 small letters, digits and hyphens, such as zh-preferences.",
            slug=repr(slug),
            where="slug",
        )
    if session.connection().execute(select(_PROJECT.c.id).where(_PROJECT.c.slug == slug)).first():
        raise Conflict("A project named {slug} exists already. Choose another short name.", slug=slug, where="slug")


# Reading --------------------------------------------------------------------------------------------------------------


def get(session: Session, actor: Actor, slug: str) -> ProjectView:
    """The project, for anybody who has something to do with it."""
    view = kept.once(session, ("project", slug), lambda: _view(session, _by_slug(session, slug)))
    if standing(session, actor, view.id).role is None:
        raise NotFound("There is no project {slug}, or you are not a member of it.", slug=slug)
    return view


def listed(session: Session, actor: Actor) -> list[ProjectView]:
    """All projects the actor has something to do with, newest first."""
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
        raise NotAllowed("You cannot do this in this project. Ask its lead.")
    return here


def _sees_all(actor: Actor) -> bool:
    return actor.role in (Role.ADMIN, Role.LEAD)


def _by_slug(session: Session, slug: str) -> Project:
    project = session.scalars(select(Project).where(col(Project.slug) == slug)).first()
    if project is None:
        raise NotFound("There is no project {slug}, or you are not a member of it.", slug=slug)
    return project


def _managed(session: Session, actor: Actor, slug: str) -> Project:
    project = _by_slug(session, slug)
    require_in(session, actor, _pk(project), Right.MANAGE_PROJECT)
    return project


def _pk(project: Project) -> int:
    if project.id is None:
        raise ValueError("the project has not been stored yet")
    return project.id


def _view(session: Session, project: Project) -> ProjectView:
    return _views(session, [project])[0]


def _views(session: Session, projects: Sequence[Project]) -> list[ProjectView]:
    """In two queries, however many projects."""
    ids = [_pk(project) for project in projects]
    settings, guidelines = _latest(session, _LATEST_SETTINGS, ids), _latest(session, _LATEST_GUIDELINES, ids)
    return [_view_of(project, settings[_pk(project)], guidelines[_pk(project)]) for project in projects]


def _view_of(project: Project, settings: Any, guideline: Any) -> ProjectView:
    return ProjectView(
        id=_pk(project), slug=project.slug, title=project.title, task=project.task, state=project.state,
        policy=Policy.model_validate(project.policy), settings_version=settings.number, settings=settings.settings,
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


# Members --------------------------------------------------------------------------------------------------------------


def members(session: Session, actor: Actor, slug: str) -> list[MemberView]:
    project = _by_slug(session, slug)
    require_in(session, actor, _pk(project), Right.SEE_PEOPLE)
    query = (
        select(_MEMBER, _PERSON.c.name, _PERSON.c.active)
        .join(_PERSON, _PERSON.c.id == _MEMBER.c.person_id)
        .where(_MEMBER.c.project_id == project.id, _MEMBER.c.state != "removed")
        .order_by(_PERSON.c.name)
    )
    return [
        MemberView(
            r.person_id, r.name, r.role, r.state, r.qualified, r.acknowledged_guideline, r.active, tuple(r.avoids or ())
        )
        for r in session.connection().execute(query)
    ]


def add_member(
    session: Session, actor: Actor, slug: str, person: str, *, now: datetime, role: Literal["annotator", "reviewer", "lead", "viewer"] = "annotator",
    qualified: bool = False,
) -> None:  # fmt: skip
    """Add a person, or change what they are here. `qualified`: past every gate, guidelines acknowledged."""
    project = _managed(session, actor, slug)
    person_id = person_named(session, person)
    member = _membership(session, person_id, _pk(project)) or Membership(
        person_id=person_id, project_id=_pk(project), created_at=now
    )
    member.role, member.state = role, "active"
    if qualified:
        member.qualified, member.acknowledged_guideline = True, _view(session, project).guideline_version
    session.add(member)
    session.flush()
    audit.record(session, actor, now, audit.Fact(f"member.{role}", f"person:{person_id}", project.id))


def set_member(
    session: Session,
    actor: Actor,
    slug: str,
    person: str,
    *,
    now: datetime,
    state: str | None = None,
    qualified: bool | None = None,
) -> None:
    """Pause, resume, remove (the answers stay), or change the standing."""
    project = _managed(session, actor, slug)
    member = _membership(session, person_named(session, person), _pk(project))
    if member is None:
        raise NotFound("{person} is not a member of this project.", person=person)
    if state is not None:
        if state not in ("active", "paused", "removed"):
            raise InvalidInput("A member is active, paused or removed, not {state}.", state=state)
        member.state = state
    if qualified is not None:
        member.qualified = qualified
    session.flush()
    audit.record(
        session,
        actor,
        now,
        audit.Fact("member.changed", f"person:{member.person_id}", project.id, audit.digest_of([state, qualified])),
    )


def acknowledge(session: Session, actor: Actor, slug: str, version: int, *, now: datetime) -> None:
    """The actor has read this version of the guidelines."""
    project = _by_slug(session, slug)
    if actor.person_id is None or standing(session, actor, _pk(project)).role is None:
        raise NotAllowed("You are not a member of this project.")
    member = _membership(session, actor.person_id, _pk(project)) or Membership(
        person_id=actor.person_id, project_id=_pk(project), role="lead", qualified=True, created_at=now
    )
    guideline_text(session, _pk(project), version)
    member.acknowledged_guideline = max(version, member.acknowledged_guideline or 0)
    session.add(member)
    session.flush()
    audit.record(session, actor, now, audit.Fact("guidelines.acknowledged", f"guideline:{version}", project.id))


def counts(session: Session, actor: Actor, project_ids: list[int]) -> dict[int, dict[str, int]]:
    """Items by state of each project, in one query."""
    require(actor, Right.SEE_PROGRESS)
    query = (
        select(_ITEM.c.project_id, _ITEM.c.state, func.count())
        .where(_ITEM.c.project_id.in_(project_ids))
        .group_by(_ITEM.c.project_id, _ITEM.c.state)
    )
    found: dict[int, dict[str, int]] = {project_id: {} for project_id in project_ids}
    for project_id, state, n in session.connection().execute(query):
        found[project_id][state] = n
    return found


def person_named(session: Session, name: str) -> int:
    found = session.connection().execute(select(_PERSON.c.id).where(_PERSON.c.name == name)).scalar()
    if found is None:
        raise NotFound("There is nobody named {name}.", name=name)
    return int(found)


def _membership(session: Session, person_id: int, project_id: int) -> Membership | None:
    return session.scalars(
        select(Membership).where(col(Membership.person_id) == person_id, col(Membership.project_id) == project_id)
    ).first()


_ANSWER = core(Answer)
_PROJECT = core(Project)
_MEMBER = core(Membership)
_PERSON = core(Person)
_ITEM = core(Item)


def _latest_of(table: Any) -> Select[Any]:
    """Made once: a statement takes longer to make than to run."""
    newer = table.alias()
    last = select(func.max(newer.c.number)).where(newer.c.project_id == table.c.project_id).scalar_subquery()
    return select(table).where(table.c.project_id.in_(bindparam("ids", expanding=True)), table.c.number == last)


_LATEST_SETTINGS, _LATEST_GUIDELINES = _latest_of(core(SettingsVersion)), _latest_of(core(GuidelineVersion))
