"""The simulator: a project's own labels collected again under another policy, worked out aside and kept."""

import hashlib
import logging
import threading
from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass

import numpy as np
from sqlmodel import Session

from core.errors import N_
from core.permissions import Actor, Right
from core.services import projects
from core.services.aside import Aside, Tell, Work
from core.services.policies import Stopping
from core.services.quality.reporting import Assessment
from core.services.stopping.confidence import Sureness, price_of, rule_of, sureness
from core.stats import replay
from core.stats.labels import Codes, Flags, Labels
from core.stats.overlap import Policy
from core.stats.replay import Replay

LEAST_ITEMS = 20
MOST_ITEMS = 2000
"""More are drawn from at random: the curve would not be told apart."""
MOST_KEPT = 32
TOO_THIN = N_(
    "A replay needs {least} items with more labels than the start of {start}; so far: {n}. Request "
    "more answers for some items first."
)
TOO_THIN_TRACK = N_(
    "A replay needs {least} items of the audit sample with more labels than the start of {start}; so "
    "far: {n}. Other items can't be used: those with more labels are harder."
)
_aside = Aside("replays")
_log = logging.getLogger("touchstone")


@dataclass(frozen=True)
class Thin:
    """Why a project's labels cannot be replayed: a message with its parameters."""

    message: str
    params: dict[str, int]


@dataclass(frozen=True)
class Rehearsal:
    """A replay, or how far it is, or what went wrong."""

    found: Replay | None = None
    share: float | None = None
    failed: bool = False


@dataclass(frozen=True)
class Ground:
    """What is replayed, and whether it is the audit track alone."""

    labels: Labels
    gold: Codes
    audit_only: bool
    drawn_from: int

    @property
    def digest(self) -> str:
        """Of all that a replay rests on: gold may change, or the audit track, and the number of labels stay."""
        parts = (self.labels.item, self.labels.annotator, self.labels.code, self.gold)
        return hashlib.blake2b(b"|".join(part.tobytes() for part in parts)).hexdigest()


def ground(assessment: Assessment, project_is_adaptive: bool, start: int) -> Ground | Thin | str:
    """Items with more labels than the start. Where labels were collected by doubt, only the audit track is a fair sample."""
    found = sureness(assessment)
    if isinstance(found, str):
        return found
    return assessment.view(
        ("stopping: ground", project_is_adaptive, start), lambda: _ground(found, project_is_adaptive, start)
    )


def _ground(found: Sureness, adaptive: bool, start: int) -> Ground | Thin:
    deep = found.labels.per_item > start
    if adaptive:
        deep = deep & found.audit
    n = int(deep.sum())
    if n < LEAST_ITEMS:
        return Thin(TOO_THIN_TRACK if adaptive else TOO_THIN, {"n": n, "start": start, "least": LEAST_ITEMS})
    return _only(found, deep, adaptive)


def _only(found: Sureness, which: Flags, adaptive: bool) -> Ground:
    items = np.flatnonzero(which)
    chosen = np.sort(np.random.default_rng(found.last_answer).permutation(items)[:MOST_ITEMS])
    labels, rows = found.labels, np.isin(found.labels.item, chosen)
    people, annotator = np.unique(labels.annotator[rows], return_inverse=True)
    item = np.searchsorted(chosen, labels.item[rows])
    kept = Labels(item, annotator, labels.code[rows], len(chosen), len(people), labels.classes)
    return Ground(kept, found.gold[chosen], adaptive, len(items))


class _Shelf:
    """Replays as they were worked out; a failure is kept until something changes, not to fail again at each look."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._kept: OrderedDict[Hashable, Rehearsal] = OrderedDict()

    def look(self, key: Hashable) -> Rehearsal | None:
        with self._guard:
            return self._kept.get(key)

    def put(self, key: Hashable, found: Rehearsal) -> None:
        with self._guard:
            self._kept[key] = found
            self._kept.move_to_end(key)
            while len(self._kept) > MOST_KEPT:
                self._kept.popitem(last=False)


_shelf = _Shelf()


def rehearse(
    session: Session, actor: Actor, slug: str, assessment: Assessment, wanted: Stopping, *, start: bool
) -> Rehearsal | Thin | str | None:
    """The replay under the wanted policy: as kept, or under way; begun only where `start` says so, else None. Too few labels
    say why."""
    project = projects.get(session, actor, slug)
    projects.require_in(session, actor, project.id, Right.SEE_PROGRESS)
    adaptive = project.policy.stopping is not None
    found, here = sureness(assessment), ground(assessment, adaptive, wanted.start)
    if isinstance(found, str):
        return found
    if not isinstance(here, Ground):
        return here
    rule = rule_of(wanted, price_of(found.seconds, project.policy))
    key = (str(session.connection().engine.url), project.id, adaptive, rule, here.digest)
    if (kept := _shelf.look(key)) is not None:
        return kept
    job = _aside.ask(key, _work(key, here, rule, slug)) if start else _aside.under_way(key)
    return Rehearsal(share=job.share) if job else None


def _work(key: Hashable, here: Ground, rule: Policy, slug: str) -> Work:
    def work(tell: Tell) -> None:
        try:
            found = replay.replay(here.labels, rule, np.random.default_rng(1), here.gold, on_progress=tell)
            _shelf.put(key, Rehearsal(found))
        except Exception:  # noqa: BLE001 - whoever asked is told, and the log has it
            _log.exception("the labels of project %s could not be replayed", slug)
            _shelf.put(key, Rehearsal(failed=True))

    return work
