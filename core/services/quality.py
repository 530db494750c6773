"""What is known of a project's quality: counts, raw agreement, accuracy against gold. In the form of `quality --json`.

Figures that need a model of chance or of annotators are null, with the reason beside them.
"""

from collections import defaultdict
from collections.abc import Mapping
from statistics import median
from typing import Any

from sqlmodel import Session

from core.permissions import Actor, Right
from core.services import projects
from core.services.projects import ProjectView
from core.stats import intervals
from core.store import figures
from core.tasks.base import Target

NOT_YET = "not computed by this version"


def quality(session: Session, actor: Actor, slug: str) -> dict[str, Any]:
    """Answers of purposes work and imported, first submissions; hidden checks count for accuracy only, the pilot not at all."""
    project = projects.get(session, actor, slug)
    projects.require_in(session, actor, project.id, Right.SEE_PROGRESS)
    connection = session.connection()
    gold = _gold_results(session, project)
    counted = figures.counts(connection, project.id)
    agreeing = figures.agreeing_pairs(connection, project.id)
    return {
        "project": project.slug, "task": project.task, "items": counted.items, "labels": counted.labels, "annotators": counted.annotators,
        "gold_items": counted.gold_items,
        "targets": {target.name: _target(target, agreeing.get(target.name)) for target in project.rubric.targets()},
        "annotators_detail": _annotators(session, project, gold),
        "models": [], "bias": {},
    }  # fmt: skip


def _target(target: Target, found: figures.Agreeing | None) -> dict[str, Any]:
    pairs = found.pairs if found else 0
    agreement: dict[str, Any] = {
        "alpha": None, "alpha_low": None, "alpha_high": None, "percent": found.alike / pairs if found and pairs else None, "ac1": None,
        "units": found.units if found else 0, "pairs": pairs, "why": NOT_YET if pairs else "no item has two labels",
    }  # fmt: skip
    return {"scale": target.scale, "agreement": agreement, "consensus": {}, "recommended": None, "why": NOT_YET}


def _annotators(session: Session, project: ProjectView, gold: Mapping[str, list[bool]]) -> dict[str, Any]:
    times: dict[str, list[int]] = defaultdict(list)
    labels: dict[str, int] = defaultdict(int)
    for row in figures.labels(session.connection(), project.id):
        labels[row.name] += 1
        if row.active_ms is not None:
            times[row.name].append(row.active_ms)
    return {
        name: _annotator(labels.get(name, 0), times.get(name, []), gold.get(name, []))
        for name in sorted(labels.keys() | gold.keys())
    }


def _annotator(labels: int, times: list[int], gold: list[bool]) -> dict[str, Any]:
    typical = median(times) / 1000 if times else None
    sure = intervals.share(sum(gold), len(gold))
    accuracy = (
        {"accuracy": sure.value, "low": sure.low, "high": sure.high}
        if sure
        else {"accuracy": None, "low": None, "high": None}
    )
    return {
        "labels": labels, "gold": {"n": len(gold), "correct": sum(gold), **accuracy}, "peer": {"n": 0, "agreement": None}, "skill": None,
        "seconds_median": typical, "rate_per_hour": 3600 / typical if typical else None,
    }  # fmt: skip


def _gold_results(session: Session, project: ProjectView) -> dict[str, list[bool]]:
    """Whether each answer to an item with gold agrees with it, by annotator; as judged when it was given, where it was a check."""
    rubric = project.rubric
    found: dict[str, list[bool]] = defaultdict(list)
    if not rubric.checkable:
        return found
    for row in figures.answers_with_gold(session.connection(), project.id):
        passed = row.passed
        if passed is None:
            gold = rubric.answer_model.model_validate(row.gold)
            passed = rubric.agrees(rubric.answer_model.model_validate(row.body), gold)
        found[row.name].append(passed)
    return found
