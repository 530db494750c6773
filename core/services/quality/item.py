"""One item closely: its screen, everything said about it, and how probable each value is."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import numpy as np
import orjson
from sqlalchemy import and_, select
from sqlmodel import Session

from core.errors import InvalidPayload
from core.permissions import RIGHTS, Actor, Right
from core.services import projects
from core.services.projects import ProjectView, Standing
from core.services.quality import item_lines, items as quality_items
from core.services.quality.item_lines import Line
from core.services.quality.items import ItemRow
from core.services.quality.reporting import Assessment, sees_people
from core.services.screens import screen_of
from core.store import review as review_store, work
from core.store.tables import Verdict, core

PURPOSES = ("work", "imported", "gold", "repeat")


@dataclass(frozen=True)
class Said:
    """One answer that stands now."""

    person: str
    machine: bool
    purpose: str
    outcome: str
    reason: str | None
    answer: Mapping[str, Any] | None = field(hash=False)
    rationale: str
    revised: bool
    seconds: float | None
    at: datetime


@dataclass(frozen=True)
class OneItem:
    """`screen` is None where the text is not to be shown in passing, or is not known; `row` where nobody has labelled it."""

    item_id: int
    key: str
    state: str
    lang: str
    tags: tuple[str, ...]
    screen: Mapping[str, Any] | None = field(hash=False)
    said: tuple[Said, ...] | None
    """None for readers who may not see people: what all say together is theirs to see, what each says is not."""
    known: Mapping[str, Any] | None = field(hash=False)
    verdict: Mapping[str, Any] | None = field(hash=False)
    row: ItemRow | None
    probabilities: tuple[tuple[Any, float], ...]
    """Values of the target and how probable each is, the likeliest first."""
    reviewable: bool
    """Whether the reader may settle it, and it has what a verdict rests on."""


def one(session: Session, actor: Actor, assessment: Assessment, target: str, item_id: int) -> OneItem | None:
    """None for an item of another project."""
    project = assessment.evidence.project
    standing = projects.require_in(session, actor, project.id, Right.SEE_PROGRESS)
    row = (
        session.connection()
        .execute(_ITEM.where(work.item.c.id == item_id, work.item.c.project_id == project.id))
        .first()
    )
    if row is None:
        return None
    place, hidden = _place(assessment, item_id), row.hidden
    line = item_lines.lines(session, [item_id])[item_id]
    return OneItem(
        item_id, row.key, row.state, row.lang, tuple(row.tags or ()), _screen(project, row),
        _said(session, item_id, hidden=hidden) if sees_people(standing) else None, None if hidden else row.gold, None if hidden else row.verdict,
        None if place is None else _row(session, assessment, target, place, line), _probabilities(assessment, target, place),
        _may_settle(standing) and review_store.is_reviewable(session.connection(), item_id),
    )  # fmt: skip


def _may_settle(standing: Standing) -> bool:
    return standing.role is not None and Right.REVIEW in RIGHTS[standing.role]


def _place(assessment: Assessment, item_id: int) -> int | None:
    """Among the items of the evidence."""
    items = assessment.evidence.items
    at = int(np.searchsorted(items, item_id))
    return at if at < len(items) and items[at] == item_id else None


def _row(session: Session, assessment: Assessment, target: str, place: int, line: Line) -> ItemRow:
    found = quality_items.columns(session, assessment, target)
    (value,) = quality_items.values_of(session, assessment, target, np.array([place]))
    return quality_items.row_of(assessment.evidence, found, place, line, value)


def _probabilities(assessment: Assessment, target: str, place: int | None) -> tuple[tuple[Any, float], ...]:
    settled, names = assessment.targets[target], assessment.evidence.targets[target].names
    if place is None or settled.posterior is None or not settled.posterior.known[place]:
        return ()
    tempered = settled.posterior.tempered(settled.report["calibration"]["temperature"]).probability[place]
    ordered = np.argsort(-tempered, kind="stable")
    return tuple((names[at], float(tempered[at])) for at in ordered.tolist())


def _screen(project: ProjectView, row: Any) -> Mapping[str, Any] | None:
    """As the desk draws it, in the payload's own order."""
    if row.hidden or row.state == "stub":
        return None
    settings, extras, payload = (
        _text(value) for value in (project.settings, project.extras.model_dump(mode="json"), row.payload)
    )
    try:
        return screen_of(project.task, settings, extras, payload, row.lang)
    except InvalidPayload:
        return None


def _text(value: Any) -> str:
    return orjson.dumps(value).decode()


def _said(session: Session, item_id: int, *, hidden: bool) -> tuple[Said, ...]:
    """Answers may repeat the item's text: where that is hidden, they are."""
    rows = session.connection().execute(_ANSWERS.where(work.answer.c.item_id == item_id))
    return tuple(
        Said(
            row.name, row.kind == "machine", row.purpose, row.outcome, row.reason, None if hidden else row.body,
            "" if hidden else (row.extras or {}).get("rationale") or "", row.revision > 1, None if row.active_ms is None else row.active_ms / 1000, row.at,
        )
        for row in rows
    )  # fmt: skip


_VERDICT = core(Verdict)
_ITEM = (
    select(
        work.item.c.key, work.item.c.state, work.item.c.lang, work.item.c.tags, work.item.c.payload, work.gold.c.answer.label("gold"),
        _VERDICT.c.body.label("verdict"), work.TEXT_HIDDEN,
    )
    .outerjoin(work.gold, work.gold.c.item_id == work.item.c.id)
    .outerjoin(_VERDICT, and_(_VERDICT.c.item_id == work.item.c.id, _VERDICT.c.current, _VERDICT.c.final))
)  # fmt: skip
_ANSWERS = (
    select(
        work.person.c.name, work.person.c.kind, work.answer.c.purpose, work.answer.c.outcome, work.answer.c.reason, work.answer.c.body,
        work.answer.c.extras, work.answer.c.revision, work.answer.c.active_ms, work.answer.c.at,
    )
    .join(work.person, work.person.c.id == work.answer.c.person_id)
    .where(work.answer.c.current, work.answer.c.undone_at.is_(None), work.answer.c.purpose.in_(PURPOSES))
    .order_by(work.answer.c.at, work.answer.c.id)
)  # fmt: skip
