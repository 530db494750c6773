"""How probable it is that what an item's answers come to is wrong, and what they come to: what review is ordered by."""

from dataclasses import dataclass
from itertools import combinations, groupby
from math import isfinite
from operator import attrgetter
from statistics import fmean
from typing import Any

import numpy as np
from sqlalchemy import Connection

from core.services.export_job import Rubrics
from core.services.projects import ProjectView
from core.services.quality.data import Measured
from core.services.quality.reporting import Assessment
from core.services.quality.targets import Settled
from core.services.verdicts import main_target
from core.stats import grading
from core.stats.labels import MISSING, Codes, Floats
from core.stats.truth import Posterior
from core.store import bulk
from core.tasks.base import TaskType

MOST_COMPARED = 12
"""Answers of one item that are held against each other where there is no posterior."""
UNTEMPERED = 1.0


@dataclass(frozen=True)
class Believed:
    """What one item comes to on the first target: the value, and how probable it is, as far as gold calibrated that."""

    value: Any
    probability: float
    method: str
    gold_items: int
    calibrated: bool
    up_to: int
    """The last answer that it rests on."""


@dataclass(frozen=True)
class Chosen:
    """A target's consensus by the recommended method: a class for each item (-1 unknown), and its tempered probability."""

    names: tuple[Any, ...]
    code: Codes
    probability: Floats
    method: str
    gold_items: int
    calibrated: bool


@dataclass(frozen=True)
class Doubts:
    """Items in the order of their ids, with the probability that their consensus is wrong; NaN where it is not known."""

    items: Codes
    wrong: Floats
    first: Chosen | None
    """Of the target that verdicts are suggested from; None where it has no probabilities."""
    up_to: int = 0

    def of(self, ids: Codes) -> Floats:
        """0 for items that nothing is known of."""
        place, known = _places(ids, self.items)
        found = np.zeros(len(ids))
        found[known] = np.nan_to_num(self.wrong[place[known]])
        return found

    def believed(self, item_id: int) -> Believed | None:
        place, known = _places(np.array([item_id]), self.items)
        first = self.first
        if first is None or not known[0] or first.code[place[0]] == MISSING:
            return None
        probability = float(first.probability[place[0]])
        if not isfinite(probability):
            return None
        name = first.names[first.code[place[0]]]
        return Believed(name, probability, first.method, first.gold_items, first.calibrated, self.up_to)


NO_DOUBTS = Doubts(np.zeros(0, np.int64), np.zeros(0), None)


def read(assessment: Assessment) -> Doubts:
    """The most doubtful of an item's targets speaks for it; targets without probabilities say nothing here."""
    evidence = assessment.evidence
    chosen = {name: _chosen(found, evidence.targets[name]) for name, found in assessment.targets.items()}
    wrong = [1 - one.probability for one in chosen.values() if one is not None]
    worst = np.fmax.reduce(wrong) if wrong else np.full(len(evidence.items), np.nan)
    first = chosen.get(main_target(evidence.project.rubric).name)
    return Doubts(evidence.items, worst, first, int(evidence.answers.id.max(initial=0)))


def has_posterior(doubts: Doubts) -> bool:
    return bool(np.isfinite(doubts.wrong).any())


def _chosen(settled: Settled, measured: Measured) -> Chosen | None:
    if settled.posterior is None:
        return None
    calibration, method = settled.report.get("calibration", {}), settled.report["recommended"]
    tempered = settled.posterior.tempered(calibration.get("temperature", UNTEMPERED))
    code = _best(settled, tempered, method)
    probability = np.where(code == MISSING, np.nan, tempered.probability[np.arange(len(code)), code])
    gold_items, fitted = calibration.get("gold_items", 0), calibration.get("fitted", False)
    return Chosen(measured.names, code, probability, method, gold_items, fitted)


def _best(settled: Settled, tempered: Posterior, method: str) -> Codes:
    """The recommended method's classes; among its equals the likelier one."""
    if method not in grading.METHODS:
        return tempered.best
    found = grading.METHODS[method](settled.labels)
    top = found.probability >= found.confidence[:, None] - 1e-9
    code = np.where(top, tempered.probability, -1.0).argmax(axis=1)
    return np.asarray(np.where(found.known, code, MISSING))


def _places(ids: Codes, known: Codes) -> tuple[Codes, Any]:
    at = np.searchsorted(known, ids)
    there = at < len(known)
    there[there] = known[at[there]] == ids[there]
    return at, there


# Without probabilities ------------------------------------------------------------------------------------------------


def apart(connection: Connection, project: ProjectView) -> Doubts:
    """Disagreement in place of doubt: how far an item's answers lie apart on average."""
    rubrics = Rubrics(connection, project)
    rows = bulk.votes(connection, project.id, main_target(project.rubric).name)
    found = {item: _mean_distance(rubrics, list(votes)) for item, votes in groupby(rows, attrgetter("item_id"))}
    return Doubts(np.array(list(found), np.int64), np.array(list(found.values()), np.float64), None)


def _mean_distance(rubrics: Rubrics, votes: list[Any]) -> float:
    """Answers under other settings are not held against each other."""
    if len({vote.body for vote in votes}) < 2:
        return 0.0
    pairs = combinations(votes[:MOST_COMPARED], 2)
    alike = [pair for pair in pairs if pair[0].settings_version == pair[1].settings_version]
    return fmean(_distance(rubrics.at(left.settings_version), left, right) for left, right in alike) if alike else 0.0


def _distance(rubric: TaskType[Any, Any], left: Any, right: Any) -> float:
    """Stored answers were checked when they were stored: only their shape is read again."""
    parse = rubric.answer_model.model_validate_json
    return 0.0 if left.body == right.body else rubric.distance(parse(left.body), parse(right.body))
