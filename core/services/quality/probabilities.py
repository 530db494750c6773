"""How probable machine judges hold each class to be, and people's labels and a judge's probabilities as one (CROWDLAB)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from sqlmodel import Session

from core.errors import N_
from core.services.import_probabilities import THOUSANDTHS
from core.services.quality.data import Evidence, Measured, as_now, compatible, places_of
from core.services.quality.gold import Rubric
from core.services.quality.targets import accurate
from core.stats import grading, truth
from core.stats.crowdlab import crowdlab
from core.stats.intervals import Interval
from core.stats.labels import MISSING, Codes, Floats, Labels
from core.store import figure_judges
from core.store.figures import Small

NOBODY_TWICE = N_(
    "No item of the machine judge's was labelled by two annotators, so it can't be compared with an annotator."
)
WEAKER = N_(
    "The machine judge agrees with annotators less than they do with each other: its probabilities "
    "would lower the accuracy of the consensus."
)
LESS_ON_GOLD = N_("On this project's gold majority is more accurate than annotators and machine judge combined.")
AS_GOOD = N_(
    "The machine judge agrees with annotators as well as they do with each other, so its probabilities may help."
)


@dataclass(frozen=True)
class Believed:
    """One judge's probabilities of one target: items by their place, and items x classes."""

    item: Codes
    probability: Floats


def believed(session: Session, evidence: Evidence) -> dict[tuple[int, str], Believed]:
    """By judge and target."""
    answers, targets, codes, values = figure_judges.probabilities(session.connection(), evidence.project.id)
    if len(answers) == 0:
        return {}
    at, used = places_of(answers, evidence.answers.id)
    machine = evidence.by_machines[at]
    answers, targets, codes, values = at[machine], targets[used][machine], codes[used][machine], values[used][machine]
    rubrics = compatible(session.connection(), evidence.project, evidence.scope)
    found: dict[tuple[int, str], Believed] = {}
    for name, measured in evidence.targets.items():
        mine = targets == name
        for who in np.unique(evidence.person[answers[mine]]).tolist():
            rows = mine & (evidence.person[answers] == who)
            code = _codes(measured, codes[rows], evidence.answers.version[answers[rows]], rubrics)
            found[who, name] = _table(evidence.item[answers[rows]], code, values[rows], len(measured.names))
    return {key: one for key, one in found.items() if len(one.item)}


def _codes(measured: Measured, stored: Codes, version: Small, rubrics: Mapping[int, Rubric]) -> Codes:
    """As the target counts its classes now, -1 for those it has no more."""
    if measured.target.categories:
        codes = stored.copy()
        as_now(codes, measured.target, version, rubrics)
        return codes
    place = {round(float(point) * THOUSANDTHS): at for at, point in enumerate(measured.names)}
    return np.array([place.get(one, MISSING) for one in stored.tolist()], dtype=np.int64)


def _table(item: Codes, code: Codes, value: Floats, classes: int) -> Believed:
    """Rows that add up to 1 again where a class is gone; items that were sure of a class that is gone are left out."""
    known = code != MISSING
    items, at = np.unique(item[known], return_inverse=True)
    found = np.bincount(at * classes + code[known], value[known], len(items) * classes).reshape(len(items), classes)
    total = found.sum(axis=1)
    kept = total > 0.5
    return Believed(items[kept], found[kept] / total[kept, None])


def combined(
    evidence: Evidence, measured: Measured, labels: Labels, known: Believed | None, found: Mapping[str, Any]
) -> dict[str, Any] | None:
    """What people and the judge come to together, held against gold; recommended only for a judge as good as a person."""
    if known is None or measured.scale not in ("nominal", "ordinal"):
        return None
    place = np.full(len(evidence.items), MISSING)
    place[known.item] = np.arange(len(known.item))
    used = place[labels.item] != MISSING
    mine = Labels.of(
        place[labels.item[used]], labels.annotator[used], labels.code[used], items=len(known.item), annotators=labels.annotators,
        classes=labels.classes,
    )  # fmt: skip
    both, alone, gold = crowdlab(mine, known.probability), truth.majority(mine), measured.gold[known.item]
    gold = np.where(mine.per_item > 0, gold, MISSING)
    together, majority = grading.accuracy(both, gold), grading.accuracy(alone, gold)
    why = _why_not(found, together, majority)
    return {
        "items": len(known.item), "accuracy": accurate(together), "majority": accurate(majority), "recommended": why is None, "why": why or AS_GOOD,
    }  # fmt: skip


def _why_not(found: Mapping[str, Any], together: Interval | None, majority: Interval | None) -> str | None:
    judge, people = found["agreement"], found["people_agree"]
    if people is None or judge is None:
        return NOBODY_TWICE
    if judge["share"] < people["share"]:
        return WEAKER
    return LESS_ON_GOLD if together and majority and together.value < majority.value else None
