"""The quality report of a project, in the form of `quality --json`, and what its items come to by each method.

Answers of purposes work and imported, first submissions, by people; machine judges stand apart, hidden checks count for the
accuracy of people only, and the pilot not at all. What cannot be known is null, with the reason beside it.
"""

from collections.abc import Callable, Hashable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

import numpy as np
from sqlmodel import Session

from core.permissions import RIGHTS, Actor, Right
from core.services import projects
from core.services.aside import Tell
from core.services.projects import ProjectView, Standing
from core.services.quality.bias import biases
from core.services.quality.contest import Contest, contest
from core.services.quality.data import Evidence, gather
from core.services.quality.judges import machines
from core.services.quality.models import comparative
from core.services.quality.people import Graded, graded, machines_detail, people_detail
from core.services.quality.reviewed import Reviewed, reviewed
from core.services.quality.scopes import EVERYTHING, Scope
from core.services.quality.scores import Makers, makers, scored
from core.services.quality.targets import Settled, settled
from core.store import figures

View = TypeVar("View")
READ, SETTLED = 0.5, 0.35
"""Shares of the time that reading and settling take, as a rule."""


@dataclass(frozen=True)
class Assessment:
    """A project's figures, and what they rest on. It holds no session, and is shared by all who look at it."""

    report: dict[str, Any]
    evidence: Evidence
    targets: Mapping[str, Settled]
    graded: Graded
    """Which answers were held against gold, and which of them agree with it."""
    contest: Contest | None
    """What was compared, of task types that compare."""
    makers: Makers | None
    """Which model each item is about, of the others."""
    reviewed: Reviewed
    """What review made of the answers."""
    _views: dict[Hashable, Any] = field(default_factory=dict, repr=False, compare=False)

    def view(self, name: Hashable, work_out: Callable[[], View]) -> View:
        """What a page makes of it, made once: `work_out` must depend on nothing but the assessment and the name."""
        if name not in self._views:
            self._views[name] = work_out()
        view: View = self._views[name]
        return view

    def without_names(self) -> "Assessment":
        names = tuple(
            name if machine else "" for name, machine in zip(self.evidence.people, self.evidence.machines, strict=True)
        )
        return replace(self, report=_nameless(self.report), evidence=replace(self.evidence, people=names), _views={})


def _nameless(report: dict[str, Any]) -> dict[str, Any]:
    """What is told person by person, left out."""
    judges = {
        name: {**one, "targets": {target: {**found, "people": {}} for target, found in one["targets"].items()}}
        for name, one in report["judges"].items()
    }
    bias = {**report["bias"], "people": {}} if report["bias"] else {}
    return {**report, "annotators_detail": {}, "machines_detail": {}, "bias": bias, "judges": judges}


def quality(session: Session, actor: Actor, slug: str, *, scales: Mapping[str, str] | None = None) -> dict[str, Any]:
    """`scales` reads a target's values on another scale than the task type's."""
    return assess(session, actor, slug, scales=scales).report


def assess(
    session: Session,
    actor: Actor,
    slug: str,
    *,
    scales: Mapping[str, str] | None = None,
    scope: Scope = EVERYTHING,
    tell: Tell = lambda _: None,
) -> Assessment:
    """Names are for those who may see people."""
    project = projects.get(session, actor, slug)
    standing = projects.require_in(session, actor, project.id, Right.SEE_PROGRESS)
    found = worked_out(session, project, scales=scales, scope=scope, tell=tell)
    return found if sees_people(standing) else found.without_names()


def sees_people(standing: Standing) -> bool:
    return standing.role is not None and Right.SEE_PEOPLE in RIGHTS[standing.role]


def worked_out(
    session: Session,
    project: ProjectView,
    *,
    scales: Mapping[str, str] | None = None,
    scope: Scope = EVERYTHING,
    tell: Tell = lambda _: None,
) -> Assessment:
    """With names, whoever asks: what is told to whom is the caller's to see to."""
    evidence = gather(session, project, scales or {}, scope, lambda share: tell(READ * share))
    targets = {}
    for done, (name, measured) in enumerate(evidence.targets.items()):
        tell(READ + SETTLED * done / len(evidence.targets))
        targets[name] = settled(evidence, measured)
    tell(READ + SETTLED)
    known, duels, made = graded(session, evidence), contest(session, evidence), makers(session, evidence)
    looked_at = reviewed(session, evidence)
    report = {
        "project": project.slug, "task": project.task, **_counts(session, evidence),
        "targets": {name: found.report for name, found in targets.items()},
        "annotators_detail": people_detail(evidence, known, next(iter(targets.values())), looked_at),
        "machines_detail": machines_detail(evidence, known),
        **comparative(duels), **biases(duels, evidence), **scored(evidence, made), "judges": machines(session, evidence, targets),
    }  # fmt: skip
    return Assessment(report, evidence, targets, known, duels, made, looked_at)


def predictions(session: Session, assessment: Assessment) -> Iterator[dict[str, Any]]:
    """A row an item and target: each method's value, and how probable it is."""
    keys = figures.keys(session.connection(), assessment.evidence.items)
    ids = assessment.evidence.items.tolist()
    for target, found in assessment.targets.items():
        for item, row in found.predictions():
            yield {"item": keys[ids[item]], "target": target, **row}


def _counts(session: Session, evidence: Evidence) -> dict[str, Any]:
    rows = evidence.labels
    return {
        "items": figures.count_items(session.connection(), evidence.scope.within(evidence.project.id)), "labels": int(rows.sum()),
        "annotators": len(np.unique(evidence.person[rows])), "gold_items": len(evidence.golds), "labels_of_other_settings": evidence.outdated,
        "labels_given_twice": evidence.twice,
    }  # fmt: skip
