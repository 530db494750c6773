"""Making a project and changing it: settings, policies, guidelines, states."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlmodel import Session

from core.errors import Conflict, InvalidInput, InvalidSettings
from core.permissions import Actor, Right, require
from core.services import audit, pilot_answers, projects
from core.services.pilot_answers import PilotAnswers
from core.services.policies import Extras, Policy, ProjectFile
from core.services.projects import ProjectView
from core.store import bulk
from core.store.tables import Answer, Batch, GuidelineVersion, Membership, Project, SettingsVersion, core
from core.tasks import load_task
from core.tasks.fitting import LocalisedText

SLUG = r"^[a-z0-9][a-z0-9-]{1,62}$"
STATES = ("draft", "pilot", "live", "paused", "done")
MOVES: Mapping[str, frozenset[str]] = {
    "draft": frozenset({"pilot", "live"}),
    "pilot": frozenset({"draft", "live", "paused", "done"}),
    "live": frozenset({"pilot", "paused", "done"}),
    "paused": frozenset({"pilot", "live", "done"}),
    "done": frozenset({"live"}),
}
"""From a state to those a lead may move it to; back to the pilot only while nothing live was answered."""


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
    """`split_salt` is random: it keeps the train/test split unpredictable and fixed. The first project's is everybody's."""
    require(actor, Right.CREATE_PROJECT)
    _check_slug(session, slug)
    load_task(file.task, file.settings)
    split_salt = bulk.workspace_salt(session.connection()) or split_salt
    project = Project(
        slug=slug, title=file.title, task=file.task, policy=file.policy().model_dump(mode="json"), split_salt=split_salt,
        simulated=simulated, created_by=actor.person_id, created_at=now, state_at=now,
    )  # fmt: skip
    session.add(project)
    session.flush()
    session.add(_settings_row(projects.pk(project), 1, file.settings, file.extras, actor, now))
    session.add(_guideline_row(projects.pk(project), 1, file.guidelines, actor, now))
    session.add(Batch(project_id=projects.pk(project), name="", created_at=now))
    if actor.person_id is not None:
        session.add(
            Membership(
                person_id=actor.person_id, project_id=projects.pk(project), role="lead", qualified=True, created_at=now
            )
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
    return projects.view_of(session, project)


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
    project = projects.managed(session, actor, slug)
    edit = _Edit(session, actor, now, project, projects.view_of(session, project))
    facts = [
        *(edit.rename(title) if title is not None else ()),
        *(edit.set_policy(policy) if policy is not None else ()),
        *edit.set_rubric(settings, extras, carries_over),
        *(edit.publish(guidelines, note) if guidelines is not None else ()),
    ]
    session.flush()
    if facts:
        audit.record(session, actor, now, *facts)
    return projects.view_of(session, project)


def restore_guidelines(
    session: Session, actor: Actor, slug: str, number: int, *, now: datetime, note: str = ""
) -> ProjectView:
    """Publish an earlier version's text as a new version: versions that answers refer to never change."""
    project = projects.managed(session, actor, slug)
    text = projects.guideline_text(session, projects.pk(project), number)
    if text == projects.view_of(session, project).guidelines:
        raise Conflict("Version {number} says the same as the version in force. Nothing was changed.", number=number)
    return change(session, actor, slug, now=now, guidelines=text, note=note)


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
                "These settings have answers. Say what carries over to make a new version, or start a new project.",
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


def set_state(
    session: Session, actor: Actor, slug: str, state: str, *, now: datetime, answers: PilotAnswers = "apart"
) -> ProjectView:
    """`answers`: what becomes of a pilot's when the project goes live."""
    project = projects.managed(session, actor, slug)
    if state == project.state:
        return projects.view_of(session, project)
    if state not in MOVES[project.state]:
        raise Conflict("A project that is {state} cannot become {wanted}.", state=project.state, wanted=state)
    before = projects.view_of(session, project)
    facts = pilot_answers.decide(session, before, answers) if state == "live" else []
    if state == "pilot" and project.state != "draft":
        facts = pilot_answers.take_up_again(session, before)
    project.state, project.state_at = state, now
    session.flush()
    audit.record(session, actor, now, audit.Fact(f"project.{state}", f"project:{project.id}", project.id), *facts)
    return projects.view_of(session, project)


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
    if not re.fullmatch(SLUG, slug):
        raise InvalidInput(
            "The short name {slug} must be 2 to 63 small letters, digits and hyphens, such as zh-preferences.",
            slug=repr(slug),
            where="slug",
        )
    if session.connection().execute(select(_PROJECT.c.id).where(_PROJECT.c.slug == slug)).first():
        raise Conflict("A project named {slug} exists already. Choose another short name.", slug=slug, where="slug")


_ANSWER = core(Answer)
_PROJECT = core(Project)
