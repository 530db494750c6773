"""What a project still lacks before it can go on to its next state."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from sqlmodel import Session

from core.permissions import Actor, Right
from core.services import pilot, projects
from core.services.labellers import labellers
from core.services.projects import ProjectView
from core.services.summaries import FEWEST_CHECKS, hidden_checks, item_states

Need = Literal["items", "guidelines", "people", "gold", "pilot_done", "all_done"]
NEXT: Mapping[str, str] = {"draft": "pilot", "pilot": "live", "live": "done", "paused": "live", "done": "live"}


@dataclass(frozen=True)
class Step:
    """One thing to have: how much there is and how much is wanted. Without a `must` step the project cannot go on."""

    need: Need
    have: int
    want: int
    must: bool

    @property
    def met(self) -> bool:
        return self.have >= self.want


@dataclass(frozen=True)
class Readiness:
    next_state: str
    steps: tuple[Step, ...]
    counts: Mapping[str, int] = field(hash=False)
    """Items by state."""

    @property
    def ready(self) -> bool:
        return all(step.met for step in self.steps if step.must)


def readiness(session: Session, actor: Actor, slug: str) -> Readiness:
    project = projects.get(session, actor, slug)
    projects.require_in(session, actor, project.id, Right.MANAGE_PROJECT)
    counts = item_states(session, [project.id])[project.id]
    return Readiness(NEXT[project.state], tuple(_STEPS[project.state](session, actor, project, counts)), counts)


Counts = Mapping[str, int]


def _for_pilot(session: Session, actor: Actor, project: ProjectView, counts: Counts) -> list[Step]:
    return [
        Step("items", _workable(counts), 1, must=True),
        Step("guidelines", int(bool(project.guidelines)), 1, must=False),
        Step("people", len(labellers(session, actor, project.slug)), project.policy.pilot.overlap, must=False),
    ]


def _for_live(session: Session, actor: Actor, project: ProjectView, counts: Counts) -> list[Step]:
    overlap = project.policy.overlap
    steps = [
        Step("items", _workable(counts), 1, must=True),
        Step("guidelines", int(bool(project.guidelines)), 1, must=False),
        Step("people", len(labellers(session, actor, project.slug)), overlap, must=True),
    ]
    if project.policy.gold_rate:
        steps.append(Step("gold", hidden_checks(session, [project.id])[project.id], FEWEST_CHECKS, must=False))
    if project.state == "pilot":
        report = pilot.report(session, actor, project.slug)
        steps.append(Step("pilot_done", report.complete, report.wanted, must=False))
    return steps


def _for_done(_session: Session, _actor: Actor, _project: ProjectView, counts: Counts) -> list[Step]:
    return [Step("all_done", counts.get("done", 0), _workable(counts), must=False)]


_STEPS: Mapping[str, Any] = {
    "draft": _for_pilot,
    "pilot": _for_live,
    "paused": _for_live,
    "live": _for_done,
    "done": _for_live,
}


def _workable(counts: Counts) -> int:
    return sum(counts.get(state, 0) for state in ("open", "taken", "done"))
