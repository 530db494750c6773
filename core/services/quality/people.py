"""Each annotator's and each machine judge's figures: gold, peers, skill, speed, drift, and what they come to."""

from typing import Any

import numpy as np
from sqlmodel import Session

from core.services.quality import (
    accuracy as quality_accuracy,
    drift as quality_drift,
    pace as quality_pace,
    reviewed as quality_reviewed,
)
from core.services.quality.accuracy import decision
from core.services.quality.data import Evidence, Measured, places_of
from core.services.quality.reviewed import Reviewed
from core.services.quality.targets import Settled, finite
from core.stats import clustered, intervals, people
from core.stats.intervals import Interval
from core.stats.labels import MISSING, Codes, Flags, Floats, Labels

Graded = tuple[Codes, Flags]
"""Rows of answers to items whose answer is known, and which agree with it."""


def graded(session: Session, evidence: Evidence) -> Graded:
    """As `accuracy` has them, among the answers at hand."""
    found = quality_accuracy.graded(session, evidence.project, evidence.scope)
    at, used = places_of(found.answers.id, evidence.answers.id)
    return at, found.right[used]


def of_people(evidence: Evidence, known: Graded, among: Flags | None = None) -> Interval | None:
    """The team's accuracy, of all answers or of some."""
    rows, right = known
    used = ~evidence.machines[evidence.person[rows]] & (True if among is None else among[rows])
    rows = rows[used]
    return clustered.share(right[used], evidence.item[rows], evidence.person[rows])


# People and machines ---------------------------------------------------------------------------------------------------


def people_detail(evidence: Evidence, known: Graded, first: Settled, reviewed: Reviewed) -> dict[str, Any]:
    """Peers, consensus, skill and information are about the first target."""
    labelled = _counted(evidence, evidence.labels)
    asked = np.bincount(evidence.person[known[0]], minlength=len(evidence.people))
    columns = _columns(evidence, known, first, reviewed)
    speed = _seconds(evidence, evidence.labels)
    return {
        evidence.people[who]: _decided(evidence, {
            "labels": int(labelled[who]), **{name: column[who] for name, column in columns.items()}, **speed[who],
        })
        for who in sorted(range(len(evidence.people)), key=evidence.people.__getitem__)
        if not evidence.machines[who] and (labelled[who] or asked[who])
    }  # fmt: skip


def _columns(evidence: Evidence, known: Graded, first: Settled, reviewed: Reviewed) -> dict[str, list[Any]]:
    """A figure for everybody under each name."""
    paces, everybody = quality_pace.paces(evidence), range(len(evidence.people))
    return {
        "gold": _gold(evidence, known), **_beside_the_others(evidence, known, first), **_worth(evidence, first),
        "speed": [quality_pace.as_json(paces, who) for who in everybody],
        "consistency": [_shared(found) for found in quality_pace.consistency(evidence)],
        "reviewed": [quality_reviewed.as_json(reviewed, evidence, who) for who in everybody],
    }  # fmt: skip


def _beside_the_others(evidence: Evidence, known: Graded, first: Settled) -> dict[str, list[Any]]:
    name, measured = next(iter(evidence.targets.items()))
    beside = quality_drift.beside_others(evidence, name, first.labels)
    who, share = evidence.person[beside[0]], beside[1]
    n, agreed = np.bincount(who, minlength=len(evidence.people)), np.bincount(who, share, len(evidence.people))
    return {
        "peer": _peers(first.labels, measured),
        "consensus": [_shared(intervals.share(float(a), int(m))) for a, m in zip(agreed, n, strict=True)],
        "drift": quality_drift.of_all(evidence, known, beside),
    }


def _worth(evidence: Evidence, first: Settled) -> dict[str, list[float | None]]:
    """Modelled accuracy, and the bits that one answer tells, of whoever gave labels."""
    if first.posterior is None:
        return {name: [None] * len(evidence.people) for name in ("skill", "information")}
    given = first.labels.per_annotator > 0
    columns = {"skill": people.skill(first.posterior), "information": people.informativeness(first.posterior)}
    return {
        name: [finite(float(one)) if known else None for one, known in zip(column, given, strict=True)]
        for name, column in columns.items()
    }


def _shared(found: Interval | None) -> dict[str, Any]:
    if found is None:
        return {"n": 0, "share": None, "low": None, "high": None}
    return {"n": found.n, "share": found.value, "low": found.low, "high": found.high}


def _decided(evidence: Evidence, figures_of_one: dict[str, Any]) -> dict[str, Any]:
    gold, bar = figures_of_one["gold"], evidence.project.policy.targets.accuracy
    drifted = figures_of_one["drift"]["gold"]["alarm"]
    return {**figures_of_one, "decision": decision(shrunk(gold), bar, drifted=drifted)}


def counted(gold: dict[str, Any]) -> Interval | None:
    """The accuracy that is told, out of the report."""
    return Interval(gold["accuracy"], gold["low"], gold["high"], gold["n"]) if gold["n"] else None


def shrunk(gold: dict[str, Any]) -> Interval | None:
    """The accuracy to decide on, out of the report."""
    lean = gold["shrunk"]
    return None if lean is None else Interval(lean["accuracy"], lean["low"], lean["high"], gold["n"])


def machines_detail(evidence: Evidence, known: Graded) -> dict[str, Any]:
    """As of people; peers are the people who labelled the same items, never other machines."""
    rows = evidence.by_machines
    if not rows.any():
        return {}
    labelled, speed, gold = _counted(evidence, rows), _seconds(evidence, rows), _gold(evidence, known)
    measured = next(iter(evidence.targets.values()))
    return {
        evidence.people[who]: {
            "labels": int(labelled[who]), "gold": gold[who], "peer": _against_people(evidence, measured, who), **speed[who],
        }
        for who in np.flatnonzero(evidence.machines).tolist()
        if labelled[who]
    }  # fmt: skip


def _counted(evidence: Evidence, rows: Flags) -> Codes:
    return np.bincount(evidence.person[rows], minlength=len(evidence.people))


def _gold(evidence: Evidence, known: Graded) -> list[dict[str, Any]]:
    """The share right as counted, with its own interval; `shrunk` leans on the team while there is little to go by."""
    rows, right = known
    who = evidence.person[rows]
    n = np.bincount(who, minlength=len(evidence.people))
    correct = np.bincount(who[right], minlength=len(evidence.people))
    human = ~evidence.machines
    team = people.accuracy(np.where(human, correct, 0) * 1.0, np.where(human, n, 0))
    return [_graded(int(correct[at]), int(n[at]), team.of(at), team.method) for at in range(len(evidence.people))]


def _graded(correct: int, n: int, shrunk: intervals.Interval | None, how: str) -> dict[str, Any]:
    own = intervals.share(correct, n)
    lean = None if shrunk is None else {"accuracy": shrunk.value, "low": shrunk.low, "high": shrunk.high, "how": how}
    told = (None, None, None) if own is None else (own.value, own.low, own.high)
    return {"n": n, "correct": correct, **dict(zip(("accuracy", "low", "high"), told, strict=True)), "shrunk": lean}


def _peers(labels: Labels, measured: Measured) -> list[dict[str, Any]]:
    if len(labels) == 0:
        return [{"n": 0, "agreement": None}] * labels.annotators
    if measured.scale == "interval":
        return _nearness(labels, measured)
    return [
        {"n": 0, "agreement": None} if one is None else {"n": one.n, "agreement": one.value}
        for one in people.peer_agreement(labels)
    ]


def _nearness(labels: Labels, measured: Measured) -> list[dict[str, Any]]:
    """On a scale of scores: one minus the distance to the others' mean, as a share of the scale."""
    values = measured.numbers[labels.code]
    others = labels.per_item[labels.item] - 1
    mean = (np.bincount(labels.item, values, labels.items)[labels.item] - values) / np.maximum(others, 1)
    low, high = measured.target.low, measured.target.high
    span = float(np.ptp(values)) if low is None or high is None else high - low
    near = 1 - np.abs(values - mean) / (span or 1.0)
    return _means(labels.annotator[others > 0], near[others > 0], labels.annotators)


def _against_people(evidence: Evidence, measured: Measured, machine: int) -> dict[str, Any]:
    """The share of people's labels on the machine's items that are the machine's own."""
    rows = evidence.by_machines & (evidence.person == machine) & (measured.code != MISSING)
    said = np.full(len(evidence.items), MISSING)
    said[evidence.item[rows][::-1]] = measured.code[rows][::-1]  # the first of several counts
    theirs = evidence.labels & (measured.code != MISSING) & (said[evidence.item] != MISSING)
    same = measured.code[theirs] == said[evidence.item[theirs]]
    found = intervals.share(int(same.sum()), len(same))
    return {"n": 0, "agreement": None} if found is None else {"n": found.n, "agreement": found.value}


def _means(who: Codes, values: Floats, size: int) -> list[dict[str, Any]]:
    n, total = np.bincount(who, minlength=size), np.bincount(who, values, size)
    return [{"n": int(m), "agreement": float(t / m) if m else None} for t, m in zip(total, n, strict=True)]


def _seconds(evidence: Evidence, rows: Flags) -> list[dict[str, Any]]:
    timed = rows & np.isfinite(evidence.answers.seconds)
    who, spent = evidence.person[timed], evidence.answers.seconds[timed]
    order = np.lexsort((spent, who))
    n = np.bincount(who, minlength=len(evidence.people))
    start = np.cumsum(n) - n
    return [
        _speed(spent[order[first : first + count]]) for first, count in zip(start.tolist(), n.tolist(), strict=True)
    ]


def _speed(ascending: Floats) -> dict[str, Any]:
    count = len(ascending)
    typical = float(ascending[(count - 1) // 2] + ascending[count // 2]) / 2 if count else None
    return {"seconds_median": typical, "rate_per_hour": 3600 / typical if typical else None}
