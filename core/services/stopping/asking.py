"""Adaptive overlap: switching it on and off, and asking again where the consensus is in doubt."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from random import Random

import numpy as np
from sqlmodel import Session

from core.errors import Conflict
from core.permissions import SYSTEM, Actor, Right
from core.services import audit, project_changes, projects
from core.services.labellers import takers
from core.services.policies import Stopping
from core.services.projects import ProjectView
from core.services.quality import assessments
from core.services.quality.reporting import Assessment
from core.services.stopping.confidence import price_of, rule_of, sureness, worth
from core.store import overlaps

MOST_AT_ONCE = 5000
"""Items asked again after one look; the rest wait for the next, which knows more."""
CHUNK = 200
"""Items asked again in one transaction, so that nobody waits long for the writer."""
MOST_ARRANGED = 500
"""With more that wait, their order matters less than the time it takes."""
Place = tuple[int, int]
"""An item and its lane."""


@dataclass(frozen=True)
class Doubt:
    """An item whose consensus is not sure enough, as a look saw it."""

    item_id: int
    labels: int
    confidence: float
    worth: float


@dataclass(frozen=True)
class Look:
    """Items worth another label, the most first, as of the answer that was seen last; or why nobody can say."""

    doubts: tuple[Doubt, ...]
    seen: int
    fresh: bool
    """Nothing had happened since the figures were worked out."""
    why: str | None = None
    waiting: Mapping[int, float] = field(default_factory=dict)
    """What those are worth that were asked again before and that nobody has taken."""


@dataclass(frozen=True)
class Asked:
    """How many items are asked for one more answer, of how many that were in doubt."""

    asked: int
    doubted: int


@dataclass(frozen=True)
class Switched:
    """What a change of the policy did: items on the audit track, open again, and full with what they have."""

    audit: int
    opened: int
    filled: int


# On and off -----------------------------------------------------------------------------------------------------------


def set_policy(
    session: Session, actor: Actor, slug: str, stopping: Stopping | None, *, now: datetime, rng: Random
) -> Switched:
    """Items in the queue ask for what the policy says, those of a random audit track for every answer; without a policy for
    the project's fixed number. Never for fewer than hold a slot, and nothing is taken from anybody's hands."""
    connection = audit.in_turn(session)
    project = projects.get(session, actor, slug)
    policy = project.policy.model_copy(update={"stopping": stopping})
    project_changes.change(session, actor, slug, now=now, policy=policy)
    on_track = 0
    if stopping is not None:
        on_track = _draw(session, project, stopping.audit_share, rng)
    start, most = (policy.overlap, policy.overlap) if stopping is None else (stopping.start, stopping.most)
    changed = overlaps.set_all(connection, project.id, start, most)
    opened, filled = overlaps.settle_all(connection, project.id)
    digest = audit.digest_of([start, most, on_track, changed])
    fact = audit.Fact("items.overlap_changed", f"project:{project.id}", project.id, digest)
    audit.record(session, actor, now, fact)
    return Switched(on_track, opened, filled)


def _draw(session: Session, project: ProjectView, share: float, rng: Random) -> int:
    """The audit track at its size: who is drawn or dropped is chance alone, so that it stays a fair sample."""
    connection = session.connection()
    marked, others = overlaps.audit_track(connection, project.id)
    size = round(share * (len(marked) + len(others)))
    wanted = max(size, 1) if share and (marked or others) else 0
    if len(marked) > wanted:
        overlaps.mark_audit(connection, rng.sample(marked, len(marked) - wanted), audit=False)
    elif len(marked) < wanted:
        overlaps.mark_audit(connection, rng.sample(others, wanted - len(marked)), audit=True)
    return wanted


# Asking ---------------------------------------------------------------------------------------------------------------


def ask(session: Session, actor: Actor, slug: str, *, now: datetime) -> Asked:
    """Look and ask in one transaction; where people are at work, look outside of it and ask chunk by chunk."""
    found = look(session, actor, slug, now=now)
    asked = raise_overlap(session, actor, slug, found, found.doubts, now=now)
    arrange(session, actor, slug, found)
    return Asked(asked, len(found.doubts))


def look(session: Session, actor: Actor, slug: str, *, now: datetime) -> Look:
    """Reads only."""
    project, _ = _asking(session, actor, slug)
    current = assessments.current(session, SYSTEM, slug, now=now)
    if current.assessment is None:
        return Look((), 0, fresh=False)
    return doubts(project, current.assessment, fresh=current.behind == 0)


def doubts(project: ProjectView, assessment: Assessment, *, fresh: bool = True) -> Look:
    """Finished items worth another label under the project's policy, the least sure first."""
    found, stopping = sureness(assessment), project.policy.stopping
    if isinstance(found, str) or stopping is None:
        return Look((), 0, fresh, found if isinstance(found, str) else None)
    every = worth(found, rule_of(stopping, price_of(found.seconds, project.policy)))
    valued = every * found.done
    first = np.argsort(-valued, kind="stable")[: min(MOST_AT_ONCE, np.count_nonzero(valued))]
    columns = (found.items[first], found.collected[first], found.confidence[first], valued[first])
    rows = zip(*(column.tolist() for column in columns), strict=True)
    waits = np.flatnonzero(found.open & ~found.audit & (found.collected >= stopping.start))
    waiting = dict(zip(found.items[waits].tolist(), every[waits].tolist(), strict=True))
    return Look(tuple(Doubt(*row) for row in rows), found.last_answer, fresh, waiting=waiting)


def raise_overlap(
    session: Session, actor: Actor, slug: str, look: Look, chosen: Sequence[Doubt], *, now: datetime
) -> int:
    """Ask for one more answer of those that are as they were seen, at the ends of their lanes; how many there were. To do
    it twice does nothing more."""
    connection = audit.in_turn(session)
    project, stopping = _asking(session, actor, slug)
    people, asked = [one.person_id for one in takers(session, project)], []
    for start in range(0, len(chosen), CHUNK):
        chunk = chosen[start : start + CHUNK]
        able = overlaps.askable(
            connection, [doubt.item_id for doubt in chunk], most=stopping.most, seen=look.seen, people=people
        )
        raised = [doubt for doubt in chunk if doubt.item_id in able]
        overlaps.raise_by_one(connection, [able[doubt.item_id] for doubt in raised])
        asked += raised
    if asked:
        audit.record(session, actor, now, *(_fact(project.id, doubt) for doubt in asked))
    return len(asked)


def arrange(session: Session, actor: Actor, slug: str, look: Look) -> int:
    """Those that wait to be answered again stand in the order of what an answer is worth, whichever look asked for them; how
    many are moved. Items only ever move towards the end, so everybody still finds them."""
    worth_of = {**look.waiting, **{doubt.item_id: doubt.worth for doubt in look.doubts}}
    if not look.doubts or len(worth_of) > MOST_ARRANGED:
        return 0
    connection = audit.in_turn(session)
    _asking(session, actor, slug)
    moved = [row for lane in overlaps.places(connection, list(worth_of)) for row in _out_of_order(lane, worth_of)]
    overlaps.reopen(connection, moved)
    return len(moved)


def _out_of_order(lane: Sequence[Place], worth_of: Mapping[int, float]) -> Sequence[Place]:
    """From the first that stands wrong on, all in the right order."""
    wanted = sorted(lane, key=lambda place: -worth_of[place[0]])
    wrong = (at for at, (is_there, belongs) in enumerate(zip(lane, wanted, strict=True)) if is_there != belongs)
    return wanted[next(wrong, len(lane)) :]


def _fact(project_id: int, doubt: Doubt) -> audit.Fact:
    digest = audit.digest_of([doubt.labels, round(doubt.confidence, 6)])
    return audit.Fact("item.asked_again", f"item:{doubt.item_id}", project_id, digest)


def _asking(session: Session, actor: Actor, slug: str) -> tuple[ProjectView, Stopping]:
    project = projects.get(session, actor, slug)
    projects.require_in(session, actor, project.id, Right.MANAGE_PROJECT)
    stopping = project.policy.stopping
    if stopping is None:
        raise Conflict("This project uses a fixed number of answers. Turn on adaptive overlap first.")
    if project.state != "live":
        raise Conflict("Answers are only requested while the project is live.")
    return project, stopping
