"""People's quality as a lead reads it: everybody's accuracy against the bar, and one person looked at closely."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Literal

import numpy as np
from sqlmodel import Session

from core.errors import NotFound
from core.permissions import Actor, Right
from core.services import projects
from core.services.progress import date_of, offset_of
from core.services.quality import drift as quality_drift, pace as quality_pace, people as quality_people
from core.services.quality.accuracy import Decision
from core.services.quality.drift import Track
from core.services.quality.look import Confusion, Differing, Leaning, Look, confusions, differing, leaning
from core.services.quality.reporting import Assessment
from core.stats import intervals
from core.stats.intervals import Interval
from core.stats.labels import Codes, Flags
from core.stats.speed import Speeding
from core.store import figure_items

Sign = Literal["fallen", "watch", "warning", "speeding"]
"""Worth a look: accuracy fell below the bar, is half way there, agreement fell, answers come too fast."""
ENOUGH = 5
"""Shared answers from which on one kind of item is told from another."""


@dataclass(frozen=True)
class Standing:
    """Where somebody stands. `accuracy` is as counted; the decision leans on the team while there is little to go by."""

    name: str
    labels: int
    accuracy: Interval | None
    correct: int
    decision: Decision
    consensus: Interval | None
    information: float | None
    pace: Interval | None
    seconds: float | None
    consistency: Interval | None
    upheld: Interval | None
    returned: int
    signs: tuple[Sign, ...]


@dataclass(frozen=True)
class Team:
    """The best first; those without gold last."""

    people: tuple[Standing, ...]
    bar: float
    gold_items: int


@dataclass(frozen=True)
class Group:
    kind: Literal["lang", "tag"]
    name: str
    labels: int
    gold: Interval | None
    consensus: Interval | None
    low: bool = False
    """Agreement below the person's usual beyond chance, all kinds considered."""

    @property
    def enough(self) -> bool:
        return self.consensus is not None and self.consensus.n >= ENOUGH


@dataclass(frozen=True)
class Day:
    day: date
    answers: int
    seconds: float | None
    """Median of an answer."""


@dataclass(frozen=True)
class FastAndSlow:
    """Accuracy on gold answered faster than it can be read, and on the rest."""

    fast: Interval | None
    slow: Interval | None


@dataclass(frozen=True)
class Person:
    standing: Standing
    who: int
    """The place among the evidence's people."""
    bar: float
    target: str
    confusions: tuple[Confusion, ...]
    leaning: Leaning | None
    groups: tuple[Group, ...]
    gold_track: Track
    others_track: Track | None
    days: tuple[Day, ...]
    speeding: Speeding
    fast: FastAndSlow
    returned: int
    revised: int
    differing: tuple[Differing, ...]
    """The newest first."""


def team(session: Session, actor: Actor, assessment: Assessment) -> Team:
    project = assessment.evidence.project
    projects.require_in(session, actor, project.id, Right.SEE_PEOPLE)
    detail = assessment.report["annotators_detail"]
    rows = sorted((standing(name, found) for name, found in detail.items()), key=_best_first)
    return Team(tuple(rows), project.policy.targets.accuracy, assessment.report["gold_items"])


def _best_first(one: Standing) -> tuple[float, str]:
    return -(one.accuracy.value if one.accuracy else -1), one.name


def standing(name: str, found: dict[str, Any]) -> Standing:
    """Out of the report."""
    pace = found["speed"]["pace"]
    return Standing(
        name, found["labels"], quality_people.counted(found["gold"]), found["gold"]["correct"], found["decision"],
        _interval(found["consensus"]), found["information"],
        None if pace is None else Interval(pace["value"], pace["low"], pace["high"], pace["n"]), found["seconds_median"],
        _interval(found["consistency"]), _interval(found["reviewed"]), found["reviewed"]["returned"], _signs(found),
    )  # fmt: skip


def _interval(told: dict[str, Any]) -> Interval | None:
    return None if not told["n"] else Interval(told["share"], told["low"], told["high"], told["n"])


def _signs(found: dict[str, Any]) -> tuple[Sign, ...]:
    gold, others = found["drift"]["gold"], found["drift"]["peers"]
    signs: dict[Sign, bool] = {
        "fallen": gold["alarm"], "watch": gold["watch"] and not gold["alarm"], "warning": others["warning"],
        "speeding": found["speed"]["speeding"]["alarm"],
    }  # fmt: skip
    return tuple(sign for sign, raised in signs.items() if raised)


# One person -----------------------------------------------------------------------------------------------------------


def person(
    session: Session, actor: Actor, assessment: Assessment, name: str, *, target: str | None = None, now: datetime
) -> Person:
    evidence, detail = assessment.evidence, assessment.report["annotators_detail"]
    projects.require_in(session, actor, evidence.project.id, Right.SEE_PEOPLE)
    if name not in detail:
        raise NotFound("{name} has no answers that count here.", name=name)
    who, first = evidence.people.index(name), next(iter(evidence.targets.values()))
    chosen = evidence.targets.get(target or "", first).target.name
    look = Look.at(assessment, who, chosen)
    told, reviewed = standing(name, detail[name]), detail[name]["reviewed"]
    tags = figure_items.tags(session.connection(), evidence.items[np.unique(evidence.item[look.rows])])
    return Person(
        told, who, evidence.project.policy.targets.accuracy, chosen, confusions(look), leaning(look), tuple(_groups(look, tags)),
        quality_drift.on_gold(evidence, assessment.graded, who), quality_drift.on_others(evidence, look.beside, who),
        days(look, offset_of(session, actor, now)), _speeding(assessment), fast_and_slow(look),
        reviewed["returned"], reviewed["revised"], tuple(differing(look)),
    )  # fmt: skip


# By kind of item, day and speed ---------------------------------------------------------------------------------------


def _groups(look: Look, tags: dict[int, list[str]]) -> list[Group]:
    evidence = look.evidence
    langs = {at: [name] if name else [] for at, name in enumerate(evidence.about.langs)}
    of_item = {int(i): tags.get(int(evidence.items[i]), []) for i in np.unique(evidence.item[look.rows])}
    by_lang = _by(look, "lang", {i: langs[int(evidence.about.lang[i])] for i in of_item})
    return _standing_out(look, [*(by_lang if len(by_lang) > 1 else []), *_by(look, "tag", of_item)])


def _standing_out(look: Look, found: Sequence[Group]) -> list[Group]:
    """Of many kinds one lies low by chance: each interval is widened until one in twenty of all of them would."""
    beside = look.own_beside[1]
    compared = sum(group.enough for group in found)
    return [
        replace(group, low=group.enough and _below(group.consensus, float(beside.mean()), compared)) for group in found
    ]


def _below(found: Interval | None, usual: float, compared: int) -> bool:
    wide = None if found is None else intervals.share(found.value * found.n, found.n, 1 - 0.05 / compared)
    return wide is not None and wide.high < usual


def _by(look: Look, kind: Literal["lang", "tag"], names: dict[int, list[str]]) -> list[Group]:
    items: dict[str, list[int]] = {}
    for item, found in names.items():
        for name in found:
            items.setdefault(name, []).append(item)
    groups = [_group(look, kind, name, np.array(chosen)) for name, chosen in items.items()]
    return sorted(groups, key=lambda group: (-group.labels, group.name))


def _group(look: Look, kind: Literal["lang", "tag"], name: str, items: Codes) -> Group:
    inside = np.zeros(len(look.evidence.items), np.bool_)
    inside[items] = True
    (gold, right), (beside, share) = look.graded, look.own_beside
    at = look.evidence.item
    in_gold, in_beside = inside[at[gold]], inside[at[beside]]
    return Group(
        kind, name, int(inside[at[look.own_rows]].sum()), intervals.share(int(right[in_gold].sum()), int(in_gold.sum())),
        intervals.share(float(share[in_beside].sum()), int(in_beside.sum())),
    )  # fmt: skip


def days(look: Look, offset: int) -> tuple[Day, ...]:
    numbers, answers, seconds = quality_pace.by_day(look.evidence, look.rows, offset)
    return tuple(
        Day(date_of(int(day)), int(n), float(middle) if np.isfinite(middle) else None)
        for day, n, middle in zip(numbers, answers, seconds, strict=True)
    )


def _speeding(assessment: Assessment) -> Speeding:
    found: quality_pace.Paces = assessment.view("paces", lambda: quality_pace.paces(assessment.evidence))
    return found.speeding


def fast_and_slow(look: Look) -> FastAndSlow:
    rows, right = look.graded
    timed = quality_pace.timed(look.evidence)[rows]
    fast = quality_pace.too_fast(look.evidence, rows)
    return FastAndSlow(_right(right, timed & fast), _right(right, timed & ~fast))


def _right(right: Flags, used: Flags) -> Interval | None:
    return intervals.share(int(right[used].sum()), int(used.sum()))
