"""The pilot of a project: who labelled what, and where two people differ most."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import combinations
from statistics import fmean
from typing import Any

from sqlalchemy import func, select
from sqlmodel import Session

from core.errors import InvalidAnswer
from core.permissions import Actor, Right
from core.services import projects
from core.services.projects import ProjectView
from core.services.quality.agreement import agreement_of_part, counted
from core.services.quality.data import gather
from core.services.quality.scopes import Scope
from core.store.tables import Answer, Assignment, Item, Person
from core.tasks.base import TaskType


@dataclass(frozen=True)
class Given:
    """What one person said to one item; `fits` is False where the settings have changed since."""

    person: str
    outcome: str
    reason: str | None
    answer: dict[str, Any] | None = field(hash=False)
    extras: dict[str, Any] = field(hash=False)
    at: datetime
    fits: bool = True


@dataclass(frozen=True)
class Compared:
    """One item with everything said about it; distance None until two answers can be compared."""

    item_id: int
    key: str
    payload: dict[str, Any] = field(hash=False)
    given: tuple[Given, ...]
    distance: float | None


@dataclass(frozen=True)
class Labeller:
    person: str
    submitted: int
    passed_on: int
    in_hand: int
    last_at: datetime | None


@dataclass(frozen=True)
class PilotReport:
    wanted: int
    """Items that the pilot is to have, as far as there are any."""
    overlap: int
    labellers: tuple[Labeller, ...]
    compared: tuple[Compared, ...]
    """The furthest apart first; items with nothing to compare last."""
    agreed: Mapping[str, Mapping[str, Any]] = field(hash=False)
    """Of each target, in the form of `quality --json`, before anybody revised."""

    @property
    def complete(self) -> int:
        return sum(len(item.given) >= self.overlap for item in self.compared)


def report(session: Session, actor: Actor, slug: str) -> PilotReport:
    project = projects.get(session, actor, slug)
    projects.require_in(session, actor, project.id, Right.REVIEW)
    rows = _answers(session, project.id)
    compared = sorted(_compared(project.rubric, rows), key=_furthest_first)
    pilot = project.policy.pilot
    wanted = min(pilot.items, _candidates(session, project.id))
    labellers = _labellers(rows, _in_hand(session, project.id))
    return PilotReport(wanted, pilot.overlap, labellers, tuple(compared), _agreed(session, project))


def _agreed(session: Session, project: ProjectView) -> dict[str, Mapping[str, Any]]:
    """As the report measures it once the answers count as work."""
    evidence = gather(session, project, {}, Scope(pilot=True))
    rows, source = counted(evidence)
    return {
        name: agreement_of_part(evidence.table(measured, rows), measured, source)
        for name, measured in evidence.targets.items()
    }


def _answers(session: Session, project_id: int) -> Sequence[Any]:
    query = (
        select(_ANSWER, _ITEM.c.key, _ITEM.c.payload, _PERSON.c.name)
        .join(_ITEM, _ITEM.c.id == _ANSWER.c.item_id)
        .join(_PERSON, _PERSON.c.id == _ANSWER.c.person_id)
        .where(_ANSWER.c.project_id == project_id, _ANSWER.c.piloted, _ANSWER.c.current)
        .order_by(_ANSWER.c.item_id, _ANSWER.c.id)
    )
    return session.connection().execute(query).all()


def _candidates(session: Session, project_id: int) -> int:
    query = select(func.count()).where(_ITEM.c.project_id == project_id, _ITEM.c.state.in_(("open", "taken", "done")))
    return int(session.connection().execute(query).scalar_one())


def _in_hand(session: Session, project_id: int) -> Mapping[str, int]:
    query = (
        select(_PERSON.c.name, func.count())
        .join(_PERSON, _PERSON.c.id == _ASSIGNMENT.c.person_id)
        .where(_ASSIGNMENT.c.project_id == project_id, _ASSIGNMENT.c.purpose == "pilot", _ASSIGNMENT.c.state == "held")
        .group_by(_PERSON.c.name)
    )
    return {row[0]: row[1] for row in session.connection().execute(query)}


def _labellers(rows: Sequence[Any], in_hand: Mapping[str, int]) -> tuple[Labeller, ...]:
    names = sorted({row.name for row in rows} | set(in_hand))
    return tuple(_labeller(name, [row for row in rows if row.name == name], in_hand.get(name, 0)) for name in names)


def _labeller(name: str, rows: Sequence[Any], in_hand: int) -> Labeller:
    submitted = sum(row.outcome == "submitted" for row in rows)
    return Labeller(name, submitted, len(rows) - submitted, in_hand, max((row.at for row in rows), default=None))


def _compared(rubric: TaskType[Any, Any], rows: Sequence[Any]) -> list[Compared]:
    items: dict[int, list[Any]] = {}
    for row in rows:
        items.setdefault(row.item_id, []).append(row)
    return [_item(rubric, found) for found in items.values()]


def _item(rubric: TaskType[Any, Any], rows: Sequence[Any]) -> Compared:
    payload = rubric.parse_payload(rows[0].payload)
    parsed = [_parsed(rubric, payload, row) for row in rows]
    given = tuple(_given(row, answer) for row, answer in zip(rows, parsed, strict=True))
    answers = [answer for answer in parsed if answer is not None]
    apart = [rubric.distance(left, right) for left, right in combinations(answers, 2)]
    return Compared(rows[0].item_id, rows[0].key, rows[0].payload, given, fmean(apart) if apart else None)


def _parsed(rubric: TaskType[Any, Any], payload: Any, row: Any) -> Any:
    """None for whoever passed on the item, and for answers that the settings of today no longer allow."""
    try:
        return rubric.parse_answer(payload, row.body) if row.outcome == "submitted" else None
    except InvalidAnswer:
        return None


def _given(row: Any, answer: Any) -> Given:
    fits = answer is not None or row.outcome != "submitted"
    return Given(row.name, row.outcome, row.reason, row.body, row.extras or {}, row.at, fits)


def _furthest_first(item: Compared) -> tuple[bool, float, str]:
    return item.distance is None, -(item.distance or 0), item.key


_ANSWER = Answer.__table__  # type: ignore[attr-defined]
_ITEM = Item.__table__  # type: ignore[attr-defined]
_PERSON = Person.__table__  # type: ignore[attr-defined]
_ASSIGNMENT = Assignment.__table__  # type: ignore[attr-defined]
