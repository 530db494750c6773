"""Scores and labels by whose output they are about, by how each person uses the scale, and by language and length."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import orjson
from sqlmodel import Session

from core.errors import N_
from core.services.quality.data import Evidence, Measured
from core.stats import clustered, intervals
from core.stats.intervals import Interval
from core.stats.labels import MISSING, Codes, Flags, Floats
from core.store import figure_items, figure_judges
from core.tasks.comparing import Comparison

NO_MODELS = N_("No item names the model that it is about.")
COUNTED = ("nominal", "ordinal", "interval", "set")
MOST_CLASSES = 12
"""Classes whose shares are worked out one by one, the commonest first."""


@dataclass(frozen=True)
class Makers:
    """Which model made what an item shows: a place in `names`, -1 where nobody says."""

    names: tuple[str, ...]
    of_item: Codes

    @property
    def groups(self) -> dict[str, Flags]:
        return {name: self.of_item == at for at, name in enumerate(self.names)}


@dataclass(frozen=True)
class Amount:
    """What is averaged of a target: its score, or the share of one class (then `low` and `high` are 0 and 1)."""

    target: str
    label: str | None
    low: float | None
    high: float | None
    answer: Codes
    """Rows of answers."""
    value: Floats


@dataclass(frozen=True)
class Use:
    """How one person uses a scale: their mean, spread and share at its ends, and by how much they score higher than the
    others do on the same items."""

    person: int
    n: int
    mean: float
    spread: float
    ends: Interval | None
    above: Interval | None


def makers(session: Session, evidence: Evidence) -> Makers | None:
    """From the items' meta, under "model"; None for task types whose responses name their own."""
    if issubclass(evidence.project.rubric.payload_model, Comparison):
        return None
    named = figure_judges.models(session.connection(), evidence.items)
    names = tuple(sorted(set(named.values())))
    place = {name: at for at, name in enumerate(names)}
    codes = [place[named[item]] if item in named else MISSING for item in evidence.items.tolist()]
    return Makers(names, np.array(codes, dtype=np.int64))


def scored(evidence: Evidence, found: Makers | None) -> dict[str, Any]:
    """The part of the report on models of task types that compare nothing."""
    if found is None:
        return {}
    if not found.names:
        return {"model_scores": {}, "model_scores_why": NO_MODELS}
    return {"model_scores": {name: _told(evidence, found, measured) for name, measured in evidence.targets.items()}}


def _told(evidence: Evidence, found: Makers, measured: Measured) -> dict[str, Any]:
    return {
        amount.label or "mean": [_row(name, one) for name, one in averages(evidence, amount, found.groups)]
        for amount in amounts(evidence, measured)
    }


def _row(name: str, found: Interval | None) -> dict[str, Any]:
    if found is None:
        return {"model": name, "value": None, "low": None, "high": None, "n": 0}
    return {"model": name, "value": found.value, "low": found.low, "high": found.high, "n": found.n}


# Amounts --------------------------------------------------------------------------------------------------------------


def amounts(evidence: Evidence, measured: Measured) -> list[Amount]:
    """Scores are averaged as they are; of classes each one's share is, of sets each member's."""
    rows = _rows(evidence, measured)
    if measured.scale not in COUNTED or len(rows) == 0:
        return []
    if measured.scale in ("ordinal", "interval") and not isinstance(measured.names[0], str):
        target = measured.target
        return [Amount(target.name, None, target.low, target.high, rows, measured.numbers[measured.code[rows]])]
    shares = _members(measured, rows) if measured.scale == "set" else _classes(measured, rows)
    commonest = sorted(shares.items(), key=lambda one: -float(one[1].sum()))[:MOST_CLASSES]
    return [Amount(measured.target.name, label, 0, 1, rows, value) for label, value in commonest]


def _rows(evidence: Evidence, measured: Measured) -> Codes:
    return np.flatnonzero(evidence.labels & (measured.code != MISSING))


def _classes(measured: Measured, rows: Codes) -> dict[str, Floats]:
    code = measured.code[rows]
    return {str(name): (code == at) * 1.0 for at, name in enumerate(measured.names)}


def _members(measured: Measured, rows: Codes) -> dict[str, Floats]:
    sets = [frozenset(orjson.loads(name)) for name in measured.names]
    return {
        member: np.array([member in one for one in sets], dtype=np.float64)[measured.code[rows]]
        for member in sorted(set().union(*sets))
    }


def averages(
    evidence: Evidence, amount: Amount, groups: Mapping[str, Flags]
) -> list[tuple[str, Interval | None]]:  # fmt: skip
    """By group of items: each item weighs the same, however many people labelled it. The highest first."""
    found = [(name, _average(evidence, amount, items)) for name, items in groups.items()]
    return sorted(found, key=lambda one: (-(one[1].value if one[1] else -np.inf), one[0]))


def _average(evidence: Evidence, amount: Amount, items: Flags) -> Interval | None:
    used = items[evidence.item[amount.answer]]
    rows, values = amount.answer[used], amount.value[used]
    item, person = evidence.item[rows], evidence.person[rows]
    labels = np.bincount(item, minlength=len(evidence.items))
    return clustered.mean(values, item, person, weight=1 / labels[item], low=amount.low, high=amount.high)


# Groups of items ------------------------------------------------------------------------------------------------------


def by_language(evidence: Evidence) -> dict[str, Flags]:
    return {name: evidence.about.lang == at for at, name in enumerate(evidence.about.langs)}


def by_length(evidence: Evidence) -> dict[str, Flags]:
    """Thirds of the items by their words; empty where they hardly differ. Keys are short, middle, long."""
    words = evidence.about.words
    if len(words) < 3:
        return {}
    low, high = np.quantile(words, (1 / 3, 2 / 3))
    if low >= high:
        return {}
    return {"short": words <= low, "middle": (words > low) & (words <= high), "long": words > high}


def by_tag(session: Session, evidence: Evidence) -> dict[str, Flags]:
    found: dict[str, list[int]] = {}
    place = {item: at for at, item in enumerate(evidence.items.tolist())}
    for item, tags in figure_items.tags(session.connection(), evidence.items).items():
        for tag in tags:
            found.setdefault(tag, []).append(place[item])
    return {tag: _flags(places, len(evidence.items)) for tag, places in found.items()}


def _flags(places: Sequence[int], size: int) -> Flags:
    flags = np.zeros(size, dtype=np.bool_)
    flags[list(places)] = True
    return flags


# People ---------------------------------------------------------------------------------------------------------------


def uses(evidence: Evidence, amount: Amount) -> list[Use]:
    """The one who scores highest against the others first."""
    person, item = evidence.person[amount.answer], evidence.item[amount.answer]
    above, shared = _above_others(amount.value, item, len(evidence.items))
    found = [_use(amount, int(who), person == who, above, shared & (person == who), item) for who in np.unique(person)]
    return sorted(found, key=lambda one: (-(one.above.value if one.above else 0.0), one.person))


def _above_others(value: Floats, item: Codes, items: int) -> tuple[Floats, Flags]:
    """By how much each label is above the mean of the others on its item, and where there are others."""
    n, total = np.bincount(item, minlength=items)[item] - 1, np.bincount(item, value, items)[item] - value
    return value - np.divide(total, n, out=np.zeros_like(total), where=n > 0), n > 0


def _use(amount: Amount, who: int, mine: Flags, above: Floats, shared: Flags, item: Codes) -> Use:
    values = amount.value[mine]
    spread = float(values.std(ddof=1)) if len(values) > 1 else 0.0
    span = None if amount.low is None or amount.high is None else amount.high - amount.low
    gap = clustered.mean(above[shared], item[shared], low=None if span is None else -span, high=span)
    return Use(who, len(values), float(values.mean()), spread, _ends(amount, values), gap)


def _ends(amount: Amount, values: Floats) -> Interval | None:
    if amount.low is None or amount.high is None:
        return None
    return intervals.share(int(((values == amount.low) | (values == amount.high)).sum()), len(values))
