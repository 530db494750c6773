"""What reviewers have decided on items: it stands above what people's answers come to."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from sqlalchemy import select
from sqlmodel import Session

from core.services import projects
from core.services.projects import ProjectView
from core.services.quality.data import Evidence
from core.stats.labels import Flags
from core.store import verdicts as verdicts_store, work
from core.store.tables import Verdict, core


def reviewed(session: Session, evidence: Evidence) -> Flags:
    """Of the items in the evidence, those with a final verdict."""
    standing = verdicts_store.standing_verdicts(session.connection(), evidence.project.id)
    return np.isin(evidence.items, [item for item, final in standing.items() if final])


def values(session: Session, project: ProjectView, target: str, ids: Sequence[int]) -> dict[int, Any]:
    """What the final verdicts on these items say of a target: as `values_of` gives it."""
    rows = session.connection().execute(_FINAL.where(_VERDICT.c.item_id.in_(ids)))
    return {row.item_id: _value(session, project, target, row) for row in rows}


def _value(session: Session, project: ProjectView, target: str, row: Any) -> Any:
    """Both were checked when they were stored: under the settings of then they still fit."""
    rubric = projects.rubric_at(session, project.id, project.task, row.settings_version)
    payload = rubric.parse_payload(row.payload)
    value = rubric.values(payload, rubric.parse_answer(payload, row.body)).get(target)
    return list(value) if isinstance(value, tuple) else value


_VERDICT = core(Verdict)
_FINAL = (
    select(_VERDICT.c.item_id, _VERDICT.c.body, _VERDICT.c.settings_version, work.item.c.payload)
    .join(work.item, work.item.c.id == _VERDICT.c.item_id)
    .where(_VERDICT.c.current, _VERDICT.c.final)
)
