"""One's own quality: how right, fast and steady one's answers are, told in blocks; never which items were checks."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import numpy as np
from sqlalchemy import select
from sqlmodel import Session

from core.errors import NotAllowed
from core.permissions import SYSTEM, Actor
from core.services import activity, days, progress, projects
from core.services.projects import ProjectView
from core.services.quality import (
    accuracy as quality_accuracy,
    assessments,
    pace as quality_pace,
    person as quality_person,
)
from core.services.quality.accuracy import FEWEST_CHECKS, Decision, decision
from core.services.quality.look import Confusion, Leaning, Look, confusions, leaning
from core.services.quality.reporting import Assessment
from core.stats import intervals
from core.stats.intervals import Interval
from core.store import figures, work
from core.store.columns import Ints

FEWEST_PEOPLE = 5
"""Others below whom a band of the team would say who is who."""
FEWEST_MIXED, SHARE_MIXED = 3, 0.2
"""How often, and of how many, one class must be taken for another to be worth a word."""
MOST_MIXED = 3
NOTHING: Ints = np.empty(0, dtype=np.int64)


@dataclass(frozen=True)
class Mixed:
    """Where most of the others say `others`, one said `own` so often."""

    target: str
    others: Any
    own: Any
    times: float
    of: float


@dataclass(frozen=True)
class Leans:
    target: str
    found: Leaning


@dataclass(frozen=True)
class Own:
    """Shares from FEWEST_CHECKS answers on, None below. All moves in blocks but what moves alike with every answer (`per_hour`),
    and what its author is told of one by one (`returned`). `band` is where the middle half of the others lies."""

    project: ProjectView
    answers: int
    gold: Interval | None
    decision: Decision
    band: tuple[float, float] | None
    consensus: Interval | None
    per_hour: Interval | None
    pace: Interval | None
    consistency: Interval | None
    upheld: Interval | None
    returned: int
    revised: int
    mixed: tuple[Mixed, ...]
    leaning: tuple[Leans, ...]


@dataclass(frozen=True)
class Mine:
    """`own` is None while it is worked out for the first time, or while none of one's answers counts."""

    own: Own | None
    working: bool


def worked_on(session: Session, actor: Actor) -> list[ProjectView]:
    """Projects in which one has answered."""
    given = (
        select(work.answer.c.project_id)
        .distinct()
        .where(work.answer.c.person_id == _person(actor), work.answer.c.purpose.in_(figures.PURPOSES))
    )
    mine = set(session.connection().execute(given).scalars())
    return [view for view in projects.listed(session, actor) if view.id in mine]


def mine(session: Session, actor: Actor, slug: str, *, now: datetime) -> Mine:
    """What is worked out for the lead, and of it one's own part alone."""
    me = _person(actor)
    project = projects.get(session, actor, slug)
    found = assessments.current(session, SYSTEM, slug, now=now)
    if found.assessment is None:
        return Mine(None, True)
    places = np.flatnonzero(found.assessment.evidence.people_ids == me)
    name = found.assessment.evidence.people[places[0]] if len(places) else None
    if name is None or name not in found.assessment.report["annotators_detail"]:
        return Mine(None, False)
    midnight = int(days.day_start(now, activity.preferences(session, me)).timestamp())
    given = quality_accuracy.given_by(session, me, midnight).get(project.id, NOTHING)
    gold = quality_accuracy.told(session, project, me, given)
    until = quality_accuracy.told_until(given)
    own = _own(project, found.assessment, int(places[0]), gold, until)
    return Mine(replace(own, answers=int((given <= until).sum()), per_hour=_per_hour(session, slug, me, now)), False)


def _own(project: ProjectView, assessment: Assessment, who: int, gold: Interval | None, until: int) -> Own:
    detail, name = assessment.report["annotators_detail"], assessment.evidence.people[who]
    back = detail[name]["reviewed"]
    pace = assessment.view(("own pace", who, until), lambda: quality_pace.until(assessment.evidence, who, until + 1))
    upheld = assessment.reviewed.share(assessment.evidence, who, until + 1)
    looks = {target: Look.at(assessment, who, target).until(until + 1) for target in assessment.evidence.targets}
    first = next(iter(looks.values()))
    share = first.own_beside[1]
    return Own(
        project, 0, gold, decision(gold, project.policy.targets.accuracy), _band(detail, name),
        _from_enough(intervals.share(float(share.sum()), len(share))), None, pace, _consistency(assessment, who, until + 1),
        _from_enough(upheld), back["returned"], back["revised"], tuple(_mixed(looks))[:MOST_MIXED], tuple(_leans(looks)),
    )  # fmt: skip


def _from_enough(found: Interval | None) -> Interval | None:
    return found if found is not None and found.n >= FEWEST_CHECKS else None


def _band(detail: dict[str, Any], name: str) -> tuple[float, float] | None:
    """Nobody is named, and nobody can be guessed."""
    others = [quality_person.standing(other, found) for other, found in detail.items() if other != name]
    known = [one.accuracy.value for one in others if one.accuracy is not None and one.accuracy.n >= FEWEST_CHECKS]
    if len(known) < FEWEST_PEOPLE:
        return None
    low, high = np.quantile(known, (0.25, 0.75))
    return float(low), float(high)


def _consistency(assessment: Assessment, who: int, until: int) -> Interval | None:
    evidence = assessment.evidence
    measured, repeats = next(iter(evidence.targets.values())), evidence.repeats
    first, again = measured.code[repeats.first], measured.again
    used = (evidence.person[repeats.first] == who) & (repeats.answers.at < until) & (first >= 0) & (again >= 0)
    return _from_enough(intervals.share(int((first == again)[used].sum()), int(used.sum())))


def _per_hour(session: Session, slug: str, me: int, now: datetime) -> Interval | None:
    overview = progress.overview(session, SYSTEM, slug, now=now)
    return next((person.per_hour_range for person in overview.people if person.person_id == me), None)


# What to work on ------------------------------------------------------------------------------------------------------


def _mixed(looks: dict[str, Look]) -> Iterator[Mixed]:
    """Against the others only: known answers would say which items were checks."""
    for target, look in looks.items():
        if look.measured.scale == "nominal":
            for found in confusions(look):
                if found.against == "consensus":
                    yield from sorted(_often(target, found), key=lambda one: -one.times)


def _often(target: str, found: Confusion) -> Iterator[Mixed]:
    totals = found.counts.sum(axis=1)
    for others, own in np.argwhere(found.counts >= FEWEST_MIXED).tolist():
        times, of = float(found.counts[others, own]), float(totals[others])
        if others != own and times >= SHARE_MIXED * of:
            yield Mixed(target, found.names[others], found.names[own], times, of)


def _leans(looks: dict[str, Look]) -> Iterator[Leans]:
    """On scales of numbers, where it is beyond chance."""
    for target, look in looks.items():
        found = leaning(look)
        if found is not None and found.bias.n >= FEWEST_CHECKS and not found.bias.low <= 0 <= found.bias.high:
            yield Leans(target, found)


def _person(actor: Actor) -> int:
    if actor.person_id is None:
        raise NotAllowed("Only a person has work of their own.")
    return actor.person_id
