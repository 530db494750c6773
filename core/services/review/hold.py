"""What a reviewer has in hand: who may review, which item is free for whom, claiming it for a stage, and giving it back."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from random import Random
from typing import Any

import orjson
from sqlalchemy import Connection
from sqlmodel import Session

from core.errors import Conflict, NotAllowed, NotFound
from core.permissions import RIGHTS, Actor, Right
from core.services import audit, seats
from core.services.days import day_start
from core.services.fitness import fits
from core.services.review import suggest as review_suggest
from core.services.review.doubt import NO_DOUBTS
from core.services.review.queue import Ranking
from core.services.review.suggest import Suggestion
from core.services.review.view import DRAFTED, Progress, Served, progress, shown
from core.services.seats import Sitting
from core.store import review as store, verdicts as verdicts_store, work
from core.store.work import Found

_NO_RANDOM = Random(0)  # noqa: S311 - it is never drawn from
_AT_ONCE = 40
LOOK_AGAIN = timedelta(seconds=5)
"""When figures that are being worked out may be there."""
NOT_COMPLETE = ("gold", "stub", "withdrawn", "taken")
"""States of items that are not a reviewer's, or not yet."""
_WHY_NOTHING = {
    "passed": "all_skipped",
    "held": "all_held",
    "none_for_you": "none_for_you",
    "own_answer": "only_own",
}
"""What stands against the items that are left, the likeliest to change first, and so why there is nothing."""
_NOT_THEIRS = ("none_for_you", "only_own")
"""Items wait, but none will ever be this reviewer's."""


@dataclass(frozen=True)
class Nothing:
    """No item, and why; of a settled one the verdict that may be reopened."""

    why: str
    progress: Progress
    last: int | None
    verdict: int | None = None
    back_at: datetime | None = None


Next = Served | Nothing


def sit_down(
    session: Session, actor: Actor, *, now: datetime, desk: str | None, slug: str | None = None, project_id: int | None = None
) -> Sitting:  # fmt: skip
    """At the same one desk as for work; raises NotAllowed unless this person reviews in this project."""
    at = seats.sit_down(session, actor, now=now, rng=_NO_RANDOM, desk=desk, slug=slug, project_id=project_id)
    if at.head.role is None or Right.REVIEW not in RIGHTS[at.head.role]:
        raise NotAllowed("You can't do this in this project. Ask its lead.")
    if at.head.standing == "paused":
        raise NotAllowed("You are paused in this project. Ask its lead.", code="paused")
    return at


def own(connection: Connection, actor: Actor, assignment_id: int) -> Found:
    """A review of one's own, with its item and draft."""
    row = work.assigned(connection, assignment_id)
    if row is None or row.person_id != actor.person_id or row.purpose != "review":
        raise NotFound("This item is not assigned to you.")
    return row


def advance(at: Sitting, ranking: Ranking) -> tuple[Next, list[audit.Fact]]:
    """What is in hand, if it is what was asked for, or else a fresh claim; with the facts to record."""
    facts = [_expire(at, row) for row in store.overdue(at.connection, at.me, at.head.project_id, at.now)]
    held = store.held(at.connection, at.me, at.head.project_id)
    if held is not None and ranking.takes(held.item_id):
        if held.lease_until < at.now:
            work.extend(at.connection, held.id, at.lease_until)
        return shown(at, own(at.connection, at.actor, held.id), ranking), facts
    if held is not None:
        facts.append(_expire(at, held))
    item, refusals = _choose(at, ranking)
    if item is None:
        return _nothing(at, ranking, refusals), facts
    assignment_id, claimed = claim(at, item, ranking)
    return shown(at, own(at.connection, at.actor, assignment_id), ranking), [*facts, *claimed]


def put_back(at: Sitting) -> list[audit.Fact]:
    """What is in hand is free for others; its draft is kept."""
    held = store.held(at.connection, at.me, at.head.project_id)
    return [] if held is None else [_expire(at, held)]


def _expire(at: Sitting, row: Found) -> audit.Fact:
    work.expire(at.connection, row.id)
    return audit.Fact("lease.expired", f"assignment:{row.id} item:{row.item_id}", at.head.project_id)


# Choosing -------------------------------------------------------------------------------------------------------------


def _choose(at: Sitting, ranking: Ranking) -> tuple[Found | None, dict[str, Found]]:
    """The first item that is free for this reviewer; else what stood against those there were."""
    since = day_start(at.now, at.head.preferences)
    refusals: dict[str, Found] = {}
    for start in range(0, len(ranking.items), _AT_ONCE):
        ids = ranking.items[start : start + _AT_ONCE].tolist()
        found = store.candidates(at.connection, at.me, ids, since)
        for row in (found[one] for one in ids if one in found):
            complete = row.state != "open" or row.id in ranking.everything
            against = refusal(at, row, named=ranking.chosen is not None) if complete else "not_complete"
            if against is None:
                return row, {}
            refusals[against] = row
    return None, refusals


def refusal(at: Sitting, row: Found, *, named: bool) -> str | None:
    """What stands against giving this item to this reviewer; `named`: they asked for this very one."""
    against = {
        "not_complete": row.state in NOT_COMPLETE,
        "settled": row.verdict is not None and row.final,
        "own_answer": bool(row.own or row.begun) or (row.verdict is not None and row.by_id == at.me),
        "none_for_you": bool(row.excluded) or not fits(row, at.head.languages, at.head.avoids),
        "held": bool(row.held),
        "waiting": bool(row.waiting) and not named,
        "passed": bool(row.passed) and not named,
    }
    return next((why for why, true in against.items() if true), None)


def _nothing(at: Sitting, ranking: Ranking, refusals: Mapping[str, Found]) -> Nothing:
    last = verdicts_store.last_verdict(at.connection, at.head.project_id, at.me)
    done = progress(at, ranking)
    if ranking.chosen is not None and refusals:
        why, row = next(iter(refusals.items()))
        return Nothing(why, done, last, verdict=row.verdict if why == "settled" else None)
    if ranking.working and not refusals:
        return Nothing("working", done, last, back_at=at.now + LOOK_AGAIN)
    why = next((why for against, why in _WHY_NOTHING.items() if against in refusals), "none_left")
    return Nothing(why, replace(done, left=0) if why in _NOT_THEIRS else done, last)


# Claiming -------------------------------------------------------------------------------------------------------------


def claim(
    at: Sitting, item: Found, ranking: Ranking | None, draft: Mapping[str, Any] | None = None
) -> tuple[int, list[audit.Fact]]:
    """Hold the item for its next stage, taking up one's own draft; that it was read is recorded where it is locked away."""
    stage = 1 if item.verdict is None else 2
    former = store.reviews_of(at.connection, at.me, item.id)
    dropped = next((row for row in former if row.state == "expired"), None)
    assignment_id = _take_up(at, dropped, stage) if dropped is not None else _add(at, item, stage, len(former))
    _pin(at, assignment_id, stage, ranking, draft)
    subject = f"assignment:{assignment_id} item:{item.id}"
    facts = [audit.Fact("review.claimed", subject, at.head.project_id)]
    if item.state == "quarantined":
        facts.append(audit.Fact("item.revealed", f"item:{item.id}", at.head.project_id))
    return assignment_id, facts


def _add(at: Sitting, item: Found, stage: int, nth: int) -> int:
    row = {
        "item_id": item.id, "overlap": item.overlap, "person_id": at.me, "project_id": at.head.project_id, "purpose": "review", "nth": nth,
        "state": "held", "slot": stage, "shown": None, "settings_version": at.head.settings_version,
        "guideline_version": at.head.guideline_version, "claimed_at": at.now, "lease_until": at.lease_until, "draft_rev": 0,
    }  # fmt: skip
    return work.add_assignment(at.connection, row)


def _take_up(at: Sitting, row: Found, stage: int) -> int:
    versions = {"settings_version": at.head.settings_version, "guideline_version": at.head.guideline_version}
    store.change_assignment(
        at.connection, row.id, state="held", slot=stage, lease_until=at.lease_until, claimed_at=at.now, **versions
    )
    return int(row.id)


def _pin(at: Sitting, assignment_id: int, stage: int, ranking: Ranking | None, draft: Mapping[str, Any] | None) -> None:
    """Keep what the reviewer is shown with their draft: what they accept is what they saw."""
    row = own(at.connection, at.actor, assignment_id)
    kept = draft if draft is not None else {name: (row.draft or {}).get(name) for name in DRAFTED}
    found = _suggestion(at, row, ranking)
    body = {**kept, "stage": stage, "suggested": None if found is None else found.as_json()}
    store.put_draft(at.connection, assignment_id, row.draft_rev, body, at.now)


def _suggestion(at: Sitting, row: Found, ranking: Ranking | None) -> Suggestion | None:
    rubric = at.head.rubric
    payload = rubric.parse_payload(orjson.loads(row.payload))
    answers = review_suggest.given(rubric, payload, store.answers_of(at.connection, row.item_id))
    doubts = NO_DOUBTS if ranking is None else ranking.doubts
    return review_suggest.suggest(rubric, payload, answers, doubts.believed(row.item_id))


def occupy(at: Sitting, row: Found) -> int:
    """The stage that a review in hand is for; one whose time ran out is taken up again while nobody else has it."""
    stage = int((row.draft or {}).get("stage", 1))
    if row.state == "held":
        return stage
    if row.state == "expired":
        item = store.candidates(at.connection, at.me, [row.item_id], at.now)[row.item_id]
        free = refusal(at, item, named=True) is None and stage == (1 if item.verdict is None else 2)
        if free and store.held(at.connection, at.me, at.head.project_id) is None:
            work.hold(at.connection, row.id, stage, at.lease_until)
            return stage
    raise Conflict(
        "This item is no longer assigned to you. Your draft is saved; open the item again.", code="lease_over"
    )
