"""Machine judges beside people: agreement, the alt-test, rates corrected by people; never part of what people come to."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import orjson
from sqlmodel import Session

from core.errors import N_
from core.services.quality.data import Evidence, Measured
from core.services.quality.probabilities import Believed, believed, combined
from core.services.quality.targets import Settled, finite
from core.stats import agreement, clustered, judges, truth
from core.stats.intervals import Interval
from core.stats.judges import EPSILON, AltTest
from core.stats.labels import MISSING, Codes, Floats, Labels

NOT_JUDGED = N_("The machine judge gave no labels for this target.")
NOT_COUNTED = N_("Texts and marked spans are not compared with the machine judge's here; read them side by side.")
NOBODY_ELSE = N_("No item was labelled by both the machine judge and an annotator.")
TOO_MANY = N_("There are too many different answers for this figure; read the target on a coarser scale.")
NO_OTHER_ITEMS = N_("The machine judge labelled almost no item that annotators did not, so its labels add nothing.")
MOST_CELLS, MOST_CLASSES = 20_000_000, 30
"""Of a table of items x classes; classes of a confusion matrix, the commonest."""


@dataclass(frozen=True)
class Judged:
    """What one machine said of one target: a code for each item (-1 = nothing), and people's labels of those items."""

    name: str
    measured: Measured
    said: Codes
    labels: Labels

    @property
    def theirs(self) -> Codes:
        """The judge's code beside each of people's labels."""
        return self.said[self.labels.item]


def judged(evidence: Evidence, measured: Measured, machine: int, labels: Labels) -> Judged:
    rows = np.flatnonzero(evidence.by_machines & (evidence.person == machine) & (measured.code != MISSING))
    said = np.full(len(evidence.items), MISSING)
    said[evidence.item[rows][::-1]] = measured.code[rows][::-1]  # the first of several counts
    return Judged(evidence.people[machine], measured, said, labels.subset(said[labels.item] != MISSING))


def machines(session: Session, evidence: Evidence, targets: Mapping[str, Settled]) -> dict[str, Any]:
    """The part of the report that is about machine judges."""
    rows = evidence.by_machines
    present = np.unique(evidence.person[rows]).tolist()
    known = believed(session, evidence) if present else {}
    return {evidence.people[who]: _machine(evidence, targets, who, known) for who in present}


def _machine(
    evidence: Evidence, targets: Mapping[str, Settled], who: int, known: Mapping[Any, Believed]
) -> dict[str, Any]:
    its = np.unique(evidence.item[evidence.by_machines & (evidence.person == who)])
    people = np.unique(evidence.item[evidence.labels])
    return {
        "labels": int((evidence.by_machines & (evidence.person == who)).sum()), "items": len(its), "items_of_people": len(people),
        "items_of_both": len(np.intersect1d(its, people)),
        "targets": {
            name: compared(evidence, judged(evidence, measured, who, targets[name].labels), known.get((who, name)))
            for name, measured in evidence.targets.items()
        },
    }  # fmt: skip


def compared(evidence: Evidence, one: Judged, known: Believed | None = None) -> dict[str, Any]:
    scale = one.measured.scale
    if why := _why_not(one):
        return {"scale": scale, "why": why}
    found = _by_distance(one) if scale == "interval" else _by_class(one)
    tests = {name: _test(one, epsilon) for name, epsilon in EPSILON.items()}
    return {
        "scale": scale, **found, "alt_test": {name: _tested(test) for name, test in tests.items()},
        "people": _each(evidence, tests), "rates": _rates(one), "crowdlab": combined(evidence, one.measured, one.labels, known, found),
    }  # fmt: skip


def _why_not(one: Judged) -> str | None:
    if one.measured.scale in ("text", "spans"):
        return NOT_COUNTED
    if (one.said == MISSING).all():
        return NOT_JUDGED
    if len(one.labels) == 0:
        return NOBODY_ELSE
    return TOO_MANY if one.labels.items * one.labels.classes > MOST_CELLS else None


# Agreement ------------------------------------------------------------------------------------------------------------


def _by_class(one: Judged) -> dict[str, Any]:
    labels = one.labels
    same = clustered.share(labels.code == one.theirs, labels.item, labels.annotator)
    return {
        "agreement": _shared(same), "people_agree": _shared(_among_people(labels)), "alpha": _alpha(one),
        "confusion": _confusion(one),
    }  # fmt: skip


def _among_people(labels: Labels) -> Interval | None:
    """How often a person's label is another person's of the same item: the same figure as the judge's."""
    others = labels.per_item[labels.item] - 1
    used = others > 0
    same = (labels.counts[labels.item, labels.code] - 1)[used] / others[used]
    return clustered.share(same, labels.item[used], labels.annotator[used])


def _alpha(one: Judged) -> dict[str, Any]:
    """Between the judge and the majority of people, where there is one."""
    best = most_said(one.labels)
    items = np.flatnonzero((best != MISSING) & (one.said != MISSING))
    two = Labels.of(
        np.tile(items, 2), np.repeat([0, 1], len(items)), np.r_[best[items], one.said[items]], classes=one.labels.classes
    )  # fmt: skip
    table = agreement.tabled(two)
    found = agreement.alpha_ordinal(table) if one.measured.scale == "ordinal" else agreement.alpha_nominal(table)
    told = {"value": finite(found.value), "low": finite(found.low), "high": finite(found.high), "n": found.units}
    return told if found.why is None else {**told, "why": found.why}


def most_said(labels: Labels) -> Codes:
    """The class that more people gave than any other, -1 without."""
    share = truth.majority(labels)
    top = share.probability >= share.confidence[:, None] - 1e-9
    return np.asarray(np.where((top.sum(axis=1) == 1) & (labels.per_item > 0), share.best, MISSING))


def _confusion(one: Judged) -> dict[str, Any] | None:
    """People's labels (rows) by the judge's (columns), of the classes that occur; of many those that occur most."""
    if one.measured.scale not in ("nominal", "ordinal"):
        return None
    size = one.labels.classes
    counts = np.bincount(one.labels.code * size + one.theirs, minlength=size * size).reshape(size, size)
    often = counts.sum(axis=0) + counts.sum(axis=1)
    kept = np.sort(np.argsort(-often, kind="stable")[:MOST_CLASSES])
    kept = kept[often[kept] > 0]
    return {"classes": [one.measured.names[at] for at in kept], "counts": counts[np.ix_(kept, kept)].tolist()}


def _by_distance(one: Judged) -> dict[str, Any]:
    """On a long scale: how far the judge's score is from a person's, beside how far people are from each other."""
    labels, worth, target = one.labels, one.measured.numbers, one.measured.target
    furthest = None if target.low is None or target.high is None else target.high - target.low
    away = np.abs(worth[labels.code] - worth[one.theirs])
    first, second = _pairs(labels)
    apart = np.abs(worth[labels.code[first]] - worth[labels.code[second]])
    return {
        "distance": _valued(clustered.mean(away, labels.item, labels.annotator, low=0.0, high=furthest)),
        "people_distance": _valued(clustered.mean(apart, labels.item[first], low=0.0, high=furthest)) if len(first) else None,
        "agreement": None, "people_agree": None, "alpha": None, "confusion": None,
    }  # fmt: skip


def _pairs(labels: Labels) -> tuple[Codes, Codes]:
    """Each label beside the next of its item: every label twice at most, whatever the overlap."""
    order = np.argsort(labels.item, kind="stable")
    same = labels.item[order][1:] == labels.item[order][:-1]
    return order[:-1][same], order[1:][same]


# The alt-test ---------------------------------------------------------------------------------------------------------


def _test(one: Judged, epsilon: float) -> AltTest:
    if one.measured.scale != "interval":
        return judges.alt_test(one.labels, one.said, epsilon)
    worth = one.measured.numbers
    scores = np.where(one.said == MISSING, np.nan, worth[one.said])
    labels = one.labels
    return judges.alt_test_of_scores(labels.item, labels.annotator, worth[labels.code], scores, epsilon)


def _tested(test: AltTest) -> dict[str, Any]:
    return {
        "epsilon": test.epsilon, "winning": test.winning, "advantage": test.advantage, "passed": test.passed, "annotators": test.annotators,
        **({} if test.why is None else {"why": test.why}),
    }  # fmt: skip


def _each(evidence: Evidence, tests: Mapping[str, AltTest]) -> dict[str, Any]:
    """Person by person: on what share of the shared items the judge, and the person, is at least as near to the others."""
    each = next(iter(tests.values())).each
    if each is None:
        return {}
    return {
        evidence.people[who]: {
            "n": int(n), "judge": float(judge), "person": float(person), "reach": finite(float(reach)),
            "replaced": [name for name, test in tests.items() if who in test.replaced],
        }
        for who, n, judge, person, reach in zip(each.annotator.tolist(), each.n, each.judge, each.person, each.reach, strict=True)
    }  # fmt: skip


# Rates ----------------------------------------------------------------------------------------------------------------


def _rates(one: Judged) -> dict[str, Any]:
    """How often each class is right, or the mean score: the judge's, moved by how far people are from it."""
    if one.measured.scale == "rank":
        return {}
    worth = _worth(one.measured)
    present = {name: values for name, values in worth.items() if _seen(one, values)}
    kept = list(present)[:MOST_CLASSES]
    return {name: _rate(one, present[name]) for name in kept}


def _worth(measured: Measured) -> dict[str, Floats]:
    """What each code counts as: of scores its number, of classes 1 for each in turn, of sets for each member."""
    if measured.scale == "set":
        sets = [frozenset(orjson.loads(name)) for name in measured.names]
        return {member: np.array([float(member in one) for one in sets]) for member in sorted(set().union(*sets))}
    if measured.scale in ("ordinal", "interval"):
        return {"mean": measured.numbers}
    return {str(name): np.eye(len(measured.names))[at] for at, name in enumerate(measured.names)}


def _seen(one: Judged, worth: Floats) -> bool:
    return bool((worth[one.labels.code] != 0).any() or (worth[one.said[one.said != MISSING]] != 0).any())


def _rate(one: Judged, worth: Floats) -> dict[str, Any]:
    labels = one.labels
    people = np.bincount(labels.item, worth[labels.code], labels.items)
    both, alone = labels.per_item > 0, (labels.per_item == 0) & (one.said != MISSING)
    human = people[both] / labels.per_item[both]
    found = judges.predicted_mean(worth[one.said[alone]], worth[one.said[both]], human)
    low, high = _ends(one.measured)
    of_people = clustered.mean(
        worth[labels.code],
        labels.item,
        labels.annotator,
        weight=1 / labels.per_item[labels.item],
        low=low,
        high=high,
    )
    return {
        "corrected": _valued(_held(found, one.measured)), "people": _valued(of_people), "judge": float(worth[one.said[one.said != MISSING]].mean()),
        "items_of_both": int(both.sum()), "items_of_judge": int(alone.sum()), **({} if found else {"why": NO_OTHER_ITEMS}),
    }  # fmt: skip


def _ends(measured: Measured) -> tuple[float | None, float | None]:
    if measured.scale in ("ordinal", "interval"):
        return measured.target.low, measured.target.high
    return 0.0, 1.0


def _held(found: Interval | None, measured: Measured) -> Interval | None:
    """Within the scale."""
    if found is None:
        return None
    low, high = _ends(measured)
    floor, ceiling = -np.inf if low is None else low, np.inf if high is None else high
    value, least, most = (float(np.clip(at, floor, ceiling)) for at in (found.value, found.low, found.high))
    return Interval(value, least, most, found.n)


def _shared(found: Interval | None) -> dict[str, Any] | None:
    return None if found is None else {"share": found.value, "low": found.low, "high": found.high, "n": found.n}


def _valued(found: Interval | None) -> dict[str, Any] | None:
    return None if found is None else {"value": found.value, "low": found.low, "high": found.high, "n": found.n}
