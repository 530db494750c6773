"""What waits for a reviewer, the most worth their time first: expected gain = probability of being wrong x importance.

An item's place is worked out without a lock and may be a moment old; whoever takes one looks again whether it is free.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray
from sqlmodel import Session

from core.errors import InvalidInput, NotFound
from core.permissions import Actor, Right
from core.services import membership, projects
from core.services.kept import Figure, kept
from core.services.projects import ProjectView
from core.services.quality import assessments
from core.services.review import doubt as review_doubt
from core.services.review.doubt import NO_DOUBTS, Doubts
from core.stats.labels import Codes, Flags, Floats
from core.store import returned as returned_store, review as store, verdicts as verdicts_store

Why = Literal["reopened", "back", "second", "flag", "doubt", "audit", "chosen"]
REASONS: tuple[Why, ...] = get_args(Why)
SLOW = timedelta(seconds=5)
"""What takes longer to gather may be somewhat old: whoever takes an item looks again."""
SOON = timedelta(days=7)
SOON_WEIGHS = 2.0
"""An item of a batch due by then is worth twice the doubt."""
A_PRIORITY_WEIGHS = 1.25
_BLOCK = 4096
MOST_PRIORITY = 10


@dataclass(frozen=True)
class Filter:
    """What a reviewer asks for; a field left at None asks nothing."""

    why: str | None = None
    batch: str | None = None
    lang: str | None = None
    tag: str | None = None
    annotator: str | None = None
    item: str | None = None

    @property
    def chooses(self) -> bool:
        """Whether items are wanted that nothing but the filter brings."""
        return any((self.batch is not None, self.lang is not None, self.tag is not None, self.annotator is not None))


NO_FILTER = Filter()


@dataclass(frozen=True)
class Ranking:
    """Items in the order in which they are to be reviewed, each with why; good up to `at`."""

    filter: Filter
    items: Codes
    why: NDArray[np.int64]
    """One bit for each of REASONS."""
    doubts: Doubts
    at: datetime
    working: bool
    """Whether the figures that doubt rests on are still being worked out."""
    chosen: int | None = None
    """The one item that the filter names."""
    everything: Mapping[int, int] = field(default_factory=dict, hash=False)
    """Why each item waits, whatever the filter."""

    def reasons(self, item_id: int) -> tuple[Why, ...]:
        bits = self.everything.get(item_id, 0)
        found = tuple(why for n, why in enumerate(REASONS) if bits >> n & 1)
        return found or ("chosen",)

    def takes(self, item_id: int) -> bool:
        """Whether an item in hand is one that was asked for."""
        if self.chosen is not None:
            return item_id == self.chosen
        return self.filter == NO_FILTER or bool((self.items == item_id).any())


@dataclass(frozen=True)
class Choices:
    """What there is to filter by."""

    batches: tuple[str, ...]
    languages: tuple[str, ...]
    tags: tuple[str, ...]
    annotators: tuple[str, ...]


@dataclass(frozen=True)
class Queue:
    """A project, how many items wait for a reviewer there, and whether more may once the figures are there."""

    project: ProjectView
    waiting: int
    working: bool


@dataclass(frozen=True)
class _Waiting:
    """Every item that a reviewer might be given, and what is known of each but for doubt."""

    items: Codes
    importance: Floats
    bits: NDArray[np.int64]
    """Of the reasons that do not depend on doubt."""
    draw: Floats
    """The item's fixed random number, that the audit share is drawn by."""
    authors: int
    """Items that wait for authors to answer what was sent back."""


def ranked(session: Session, actor: Actor, slug: str, wanted: Filter = NO_FILTER, *, now: datetime) -> Ranking:
    """Call it in a reading session: it may take a while."""
    project = reviewed_project(session, actor, slug)
    _check(wanted)
    found, doubts, working = _known(session, actor, project, now)
    waiting = found.value
    wrong = doubts.of(waiting.items)
    bits = waiting.bits | _bit("doubt") * (wrong >= max(project.policy.review.doubt, 1e-9)) * ~_pressing(waiting.bits)
    everything = dict(zip(waiting.items.tolist(), bits.tolist(), strict=True))
    whole = Ranking(wanted, waiting.items, bits, doubts, found.at, working, everything=everything)
    if wanted.item is not None:
        return _of_one(session, project, wanted.item, whole)
    rows = np.flatnonzero(_asked_for(session, actor, project, wanted, whole))
    order = _ordered(rows, waiting, wrong, bits, project.policy.review.audit_share)
    return replace(whole, items=waiting.items[order], why=bits[order])


def counts(session: Session, actor: Actor, slug: str, *, now: datetime) -> dict[str, int]:
    """Items by why they wait, items that wait for their authors (`returned`), and 1 while figures are worked out."""
    project = reviewed_project(session, actor, slug)
    waiting, _, working = _known(session, actor, project, now)
    ranking = ranked(session, actor, slug, now=now)
    found: dict[str, int] = {why: int((ranking.why & _bit(why) > 0).sum()) for why in REASONS if why != "chosen"}
    return {**found, "returned": waiting.value.authors, "working": int(working)}


def queues(session: Session, actor: Actor, *, now: datetime) -> list[Queue]:
    """Own projects in which something waits or may wait, the fullest first. Drafts and pilots have nothing to review."""
    mine = [view for view in projects.where(session, actor, Right.REVIEW) if view.state not in ("draft", "pilot")]
    rankings = [(view, ranked(session, actor, view.slug, now=now)) for view in mine]
    found = [Queue(view, len(ranking.items), ranking.working) for view, ranking in rankings]
    return sorted((queue for queue in found if queue.waiting or queue.working), key=lambda queue: -queue.waiting)


def filters(session: Session, actor: Actor, slug: str) -> Choices:
    project = reviewed_project(session, actor, slug)
    connection = session.connection()
    batches = sorted({row.name for row in store.lanes(connection, project.id) if row.name})
    return Choices(
        tuple(batches),
        tuple(store.languages(connection, project.id)),
        tuple(store.tags(connection, project.id)),
        tuple(store.labellers(connection, project.id)),
    )


def reviewed_project(session: Session, actor: Actor, slug: str) -> ProjectView:
    project = projects.get(session, actor, slug)
    projects.require_in(session, actor, project.id, Right.REVIEW)
    return project


def _check(wanted: Filter) -> None:
    if wanted.why is not None and wanted.why not in REASONS:
        raise InvalidInput("why is one of {known}.", known=", ".join(REASONS), where="why")


# What is known --------------------------------------------------------------------------------------------------------


def _known(
    session: Session, actor: Actor, project: ProjectView, now: datetime
) -> tuple[Figure[_Waiting], Doubts, bool]:
    waiting = kept(session, "waiting for review", project.id, now, lambda: _waiting(session, project, now), dear=SLOW)
    doubts = _doubts(session, actor, project, now)
    return waiting, NO_DOUBTS if doubts is None else doubts, doubts is None


def _doubts(session: Session, actor: Actor, project: ProjectView, now: datetime) -> Doubts | None:
    """Verdicts change no doubt, and one answer little: what took long rests longer than the figures that it is read from."""

    def work_out() -> Doubts | None:
        current = assessments.current(session, actor, project.slug, now=now).assessment
        if current is None:
            return None
        found = review_doubt.read(current)
        return found if review_doubt.has_posterior(found) else review_doubt.apart(session.connection(), project)

    return kept(session, "doubts of review", project.id, now, work_out).value or work_out()


def _waiting(session: Session, project: ProjectView, now: datetime) -> _Waiting:
    connection = session.connection()
    verdicts = verdicts_store.standing_verdicts(connection, project.id)
    sent = returned_store.sent_back(connection, project.id)
    authors = {item for item, waits in sent.items() if waits}
    out = authors.union(item for item, final in verdicts.items() if final)
    rows = [row for row in store.reviewable(connection, project.id) if row.id not in out]
    items = np.array([row.id for row in rows], np.int64)
    weight = _weights(store.lanes(connection, project.id), now)
    importance = np.array([weight[row.lane_id] for row in rows], np.float64)
    draw = audit_draws(project.split_salt, items)
    aside = {row.id for row in rows if row.state in store.SET_ASIDE}
    of_items: Mapping[Why, Any] = {
        "reopened": verdicts_store.reopened_items(connection, project.id),
        "back": sent.keys() - authors,
        "second": verdicts,
        "flag": aside | store.flagged_items(connection, project.id),
        "audit": items[draw < project.policy.review.audit_share],
    }
    bits = sum(_bit(why) * np.isin(items, np.array(list(found), np.int64)) for why, found in of_items.items())
    return _Waiting(items, importance, np.asarray(bits), draw, len(authors))


def audit_draws(salt: str, items: Codes) -> Floats:
    """Numbers in [0, 1) that are the items' own for good, that nobody can foretell, and that nothing they say changes."""
    found = np.zeros(len(items))
    for block in np.unique(items // _BLOCK).tolist():
        rows = items // _BLOCK == block
        found[rows] = _block_of_draws(salt, block)[items[rows] % _BLOCK]
    return found


@lru_cache(maxsize=2048)
def _block_of_draws(salt: str, block: int) -> Floats:
    """Of items whose numbers follow each other: hashing each of a hundred thousand anew takes longer than all the rest."""
    texts = (f"{salt}:review:{item}".encode() for item in range(block * _BLOCK, (block + 1) * _BLOCK))
    return np.array([int.from_bytes(hashlib.blake2b(text, digest_size=8).digest()) / 2**64 for text in texts])


def _weights(lanes: Sequence[Any], now: datetime) -> dict[int, float]:
    """How much more than another an item of a lane is worth: by priority, and where the batch is due soon or overdue."""
    return {
        lane.id: A_PRIORITY_WEIGHS ** max(-MOST_PRIORITY, min(lane.priority + lane.batch_priority, MOST_PRIORITY))
        * (SOON_WEIGHS if lane.due_at is not None and lane.due_at < now + SOON else 1.0)
        for lane in lanes
    }  # fmt: skip


# The order ------------------------------------------------------------------------------------------------------------


def _bit(why: Why) -> int:
    return 1 << REASONS.index(why)


def _pressing(bits: NDArray[np.int64]) -> Flags:
    """What somebody waits for, whatever the doubt: nobody else settles these."""
    urgent = _bit("reopened") | _bit("back") | _bit("second") | _bit("flag")
    return np.asarray(bits & urgent > 0)


def _ordered(rows: Codes, waiting: _Waiting, wrong: Floats, bits: NDArray[np.int64], share: float) -> Codes:
    """What presses first; then by expected gain, with the audited items spread evenly among the doubtful ones at places
    of their own draw: neither kind is left for ever, and the audit stays a fair sample however far one gets."""
    gain = (np.where(_pressing(bits), 1.0, wrong) * waiting.importance)[rows]
    audited = bits[rows] & _bit("audit") > 0
    drawn_only = audited & (bits[rows] & ~_bit("audit") == 0)
    place = np.zeros(len(rows))
    place[~drawn_only] = np.argsort(np.argsort(-gain[~drawn_only], kind="stable")) / max(int((~drawn_only).sum()), 1)
    lot = waiting.draw[rows] / max(share, 1e-9)
    place = np.where(drawn_only, lot, np.where(audited, np.minimum(place, lot), place))
    return np.asarray(rows[np.lexsort((waiting.draw[rows], -gain, place, ~_pressing(bits[rows])))])


def _asked_for(session: Session, actor: Actor, project: ProjectView, wanted: Filter, whole: Ranking) -> Flags:
    bits = whole.why
    if wanted.why is not None and wanted.why != "chosen":
        found = bits & _bit(_why(wanted.why)) > 0
    else:
        found = np.ones(len(bits), np.bool_) if wanted.chooses or wanted.why == "chosen" else bits > 0
    if not wanted.chooses:
        return np.asarray(found)
    annotator = None if wanted.annotator is None else _annotator(session, actor, project, wanted.annotator)
    members = store.matching(
        session.connection(), project.id, batch_name=wanted.batch, lang=wanted.lang, tag=wanted.tag, annotator=annotator
    )
    return np.asarray(found & np.isin(whole.items, np.array(list(members), np.int64)))


def _why(name: str) -> Why:
    return next(why for why in REASONS if why == name)


def _annotator(session: Session, actor: Actor, project: ProjectView, name: str) -> int:
    projects.require_in(session, actor, project.id, Right.SEE_PEOPLE)
    return membership.person_named(session, name)


def _of_one(session: Session, project: ProjectView, key: str, whole: Ranking) -> Ranking:
    """The item that was named, even where nothing brings it; what is against it is found when it is taken."""
    item_id = store.item_of(session.connection(), project.id, key)
    if item_id is None:
        raise NotFound("There is no item {item} in this project.", item=key)
    bits = np.array([whole.everything.get(item_id, 0)], np.int64)
    return replace(whole, items=np.array([item_id], np.int64), why=bits, chosen=item_id)
