"""Assessments of projects, kept: each knows the event it is good up to; a large project's is worked out anew aside.

A small project's is worked out on the spot whenever something has changed. What is kept belongs to no reader: names are taken
out for those who may not see people, at the end.
"""

import logging
import threading
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta
from time import perf_counter
from typing import Any

from sqlalchemy import func, select
from sqlmodel import Session

from core.permissions import SYSTEM, Actor, Right
from core.services import projects
from core.services.aside import Aside, Job, Tell
from core.services.quality import freshness, reporting
from core.services.quality.freshness import Mark
from core.services.quality.reporting import Assessment
from core.services.quality.scopes import EVERYTHING, Scope, Scopes, scopes
from core.store.engine import reading
from core.store.tables import Answer, core

__all__ = ["EVERYTHING", "Current", "Scope", "Scopes", "current", "scopes"]

SMALL = 2_000
"""Answers of a project whose figures nobody has to wait for."""
MOST = 6_000_000
"""Labels times targets that are kept in all: some hundred MB."""
REST = 10
"""Figures worked out aside rest for this many times as long as they took before they are worked out again."""
AGAIN = timedelta(minutes=1)
"""What failed is tried again after this, or once something has changed."""
PATIENCE = 0.7
"""Seconds that somebody who would see nothing at all waits for the first figures."""
_ANSWER = core(Answer)
_log = logging.getLogger("touchstone")


@dataclass(frozen=True)
class Current:
    """An assessment as it stands; None while the first one is being worked out."""

    assessment: Assessment | None
    at: datetime
    """When the answers were read that it rests on."""
    behind: int = 0
    """Events of the project since then that may change it."""
    working: float | None = None
    """Share done of the one being worked out now; None when none is."""
    failed: Exception | None = None
    """Why newer figures could not be worked out."""


@dataclass(frozen=True)
class Wanted:
    """What is kept apart from everything else: a store's project, and which of its answers."""

    url: str
    project_id: int
    scope: Scope


@dataclass(frozen=True)
class Kept:
    assessment: Assessment
    mark: Mark | None
    at: datetime
    cost: timedelta

    @property
    def weight(self) -> int:
        evidence = self.assessment.evidence
        return len(evidence.answers) * (1 + len(evidence.targets))


@dataclass(frozen=True)
class Failure:
    error: Exception
    mark: Mark | None
    at: datetime


class Shelf:
    """What is kept, the least looked at thrown away first, and what failed since."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._kept: OrderedDict[Wanted, Kept] = OrderedDict()
        self._failures: dict[Wanted, Failure] = {}

    def look(self, wanted: Wanted) -> tuple[Kept | None, Failure | None]:
        with self._guard:
            if wanted in self._kept:
                self._kept.move_to_end(wanted)
            return self._kept.get(wanted), self._failures.get(wanted)

    def put(self, wanted: Wanted, found: Kept) -> None:
        with self._guard:
            self._failures.pop(wanted, None)
            self._kept[wanted] = found
            self._kept.move_to_end(wanted)
            while sum(one.weight for one in self._kept.values()) > MOST and len(self._kept) > 1:
                self._kept.popitem(last=False)

    def fail(self, wanted: Wanted, failure: Failure) -> None:
        with self._guard:
            self._failures[wanted] = failure

    def clear(self) -> None:
        with self._guard:
            self._kept.clear()
            self._failures.clear()


shelf = Shelf()
_aside = Aside("assessments")
_on_the_spot = threading.Lock()
"""One at a time: several would take as long together."""


def current(session: Session, actor: Actor, slug: str, *, now: datetime, scope: Scope = EVERYTHING) -> Current:
    """What is kept, at once; worked out first where that is quick, else aside."""
    project = projects.get(session, actor, slug)
    standing = projects.require_in(session, actor, project.id, Right.SEE_PROGRESS)
    wanted = Wanted(str(session.connection().engine.url), project.id, scope)
    found = (
        _on_spot(session, slug, wanted, now) if _small(session, project.id) else _from_aside(session, slug, wanted, now)
    )
    if found.assessment is None or reporting.sees_people(standing):
        return found
    nameless = found.assessment.view("without names", found.assessment.without_names)
    return Current(nameless, found.at, found.behind, found.working, found.failed)


def _small(session: Session, project_id: int) -> bool:
    some = select(_ANSWER.c.id).where(_ANSWER.c.project_id == project_id).limit(SMALL + 1).subquery()
    return int(session.connection().execute(select(func.count()).select_from(some)).scalar_one()) <= SMALL


def _behind(session: Session, wanted: Wanted, since: Mark | None) -> int | None:
    """None where it cannot be said."""
    return None if since is None else freshness.changes(session, wanted.project_id, since)


def _good(session: Session, wanted: Wanted) -> bool:
    """Whether what is kept needs nothing: somebody may have been faster."""
    kept, _ = shelf.look(wanted)
    return kept is not None and _behind(session, wanted, kept.mark) == 0


# On the spot ----------------------------------------------------------------------------------------------------------


def _on_spot(session: Session, slug: str, wanted: Wanted, now: datetime) -> Current:
    with _on_the_spot:
        kept, _ = shelf.look(wanted)
        if kept is None or not _good(session, wanted):
            kept = _worked_out(session, slug, wanted, now, lambda _: None)
            shelf.put(wanted, kept)
    return Current(kept.assessment, kept.at)


def _worked_out(session: Session, slug: str, wanted: Wanted, now: datetime, tell: Tell) -> Kept:
    began, mark = perf_counter(), freshness.mark(session, wanted.project_id)
    project = projects.get(session, SYSTEM, slug)
    found = reporting.worked_out(session, project, scope=wanted.scope, tell=tell)
    return Kept(found, mark, now, timedelta(seconds=perf_counter() - began))


# Aside ----------------------------------------------------------------------------------------------------------------


def _from_aside(session: Session, slug: str, wanted: Wanted, now: datetime) -> Current:
    kept, failure = shelf.look(wanted)
    behind = None if kept is None else 0 if kept.mark is None else _behind(session, wanted, kept.mark)
    if kept is not None and behind == 0:
        return Current(kept.assessment, kept.at)
    job = _asked(session, slug, wanted, now, kept if behind is not None else None, failure)
    if kept is None or behind is None:
        return _first(wanted, now, job, failure)
    return Current(kept.assessment, kept.at, behind, job.share if job else None, failure.error if failure else None)


def _asked(
    session: Session, slug: str, wanted: Wanted, now: datetime, kept: Kept | None, failure: Failure | None
) -> Job | None:
    """The job that makes new figures; None while the last ones rest, or trying again would fail again."""
    if (job := _aside.under_way(wanted)) is not None:
        return job
    if kept is not None and timedelta(0) <= now - kept.at < REST * kept.cost:
        return None
    if failure is not None and now - failure.at < AGAIN and _behind(session, wanted, failure.mark) == 0:
        return None
    engine: Any = session.connection().engine

    def work(tell: Tell) -> None:
        mark = None
        try:
            with reading(engine) as own:
                mark = freshness.mark(own, wanted.project_id)
                if not _good(own, wanted):
                    shelf.put(wanted, _worked_out(own, slug, wanted, now, tell))
        except Exception as error:  # noqa: BLE001 - whatever it is, whoever looks next is told
            _log.exception("the figures of project %s could not be worked out", slug)
            shelf.fail(wanted, Failure(error, mark, now))

    return _aside.ask(wanted, work)


def _first(wanted: Wanted, now: datetime, job: Job | None, failure: Failure | None) -> Current:
    """Nothing to show yet: a little patience may be enough."""
    if job is None and failure is not None:
        raise failure.error
    if job is not None and job.done.wait(PATIENCE):
        kept, failure = shelf.look(wanted)
        if failure is not None:
            raise failure.error
        if kept is not None:
            return Current(kept.assessment, kept.at)
    return Current(None, now, working=job.share if job else 0.0)
