"""The quality report of a project, in the form of `quality --json`, and what its items come to by each method.

Answers of purposes work and imported, first submissions, by people; machine judges stand apart, hidden checks count for the
accuracy of people only, and the pilot not at all. What cannot be known is null, with the reason beside it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from sqlmodel import Session

from core.permissions import RIGHTS, Actor, Right
from core.services import projects
from core.services.quality_data import Evidence, gather
from core.services.quality_models import comparative
from core.services.quality_people import graded, machines_detail, people_detail
from core.services.quality_targets import Settled, settled
from core.store import figures


@dataclass(frozen=True)
class Assessment:
    report: dict[str, Any]
    evidence: Evidence
    targets: Mapping[str, Settled]


def quality(session: Session, actor: Actor, slug: str, *, scales: Mapping[str, str] | None = None) -> dict[str, Any]:
    """`scales` reads a target's values on another scale than the task type's."""
    return assess(session, actor, slug, scales=scales).report


def assess(session: Session, actor: Actor, slug: str, *, scales: Mapping[str, str] | None = None) -> Assessment:
    project = projects.get(session, actor, slug)
    standing = projects.require_in(session, actor, project.id, Right.SEE_PROGRESS)
    evidence = gather(session, project, scales or {})
    targets = {name: settled(evidence, measured) for name, measured in evidence.targets.items()}
    report = {
        "project": project.slug, "task": project.task, **_counts(session, evidence),
        "targets": {name: found.report for name, found in targets.items()},
        **_people(session, evidence, targets, named=standing.role is not None and Right.SEE_PEOPLE in RIGHTS[standing.role]),
        **comparative(session, evidence),
    }  # fmt: skip
    return Assessment(report, evidence, targets)


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
        "items": figures.items(session.connection(), evidence.project.id), "labels": int(rows.sum()),
        "annotators": len(np.unique(evidence.person[rows])), "gold_items": len(evidence.golds), "labels_of_other_settings": evidence.outdated,
    }  # fmt: skip


def _people(session: Session, evidence: Evidence, targets: Mapping[str, Settled], *, named: bool) -> dict[str, Any]:
    """Names are for those who may see people."""
    if not named:
        return {"annotators_detail": {}, "machines_detail": {}}
    known = graded(session, evidence)
    return {
        "annotators_detail": people_detail(evidence, known, next(iter(targets.values()))),
        "machines_detail": machines_detail(evidence, known),
    }
