"""The review desk: the next item, its lease and draft, passing it on, and deciding on what people set aside."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlmodel import Session

from core.errors import N_, Conflict, InvalidInput
from core.permissions import Actor
from core.services import audit, flags, labelling
from core.services.review import hold as review_hold
from core.services.review.hold import Next, Nothing
from core.services.review.queue import NO_FILTER, Choices, Filter, Queue, Ranking, counts, filters, queues, ranked
from core.services.review.view import DRAFTED, Served
from core.services.seats import Sitting
from core.store import review as store, work
from core.store.work import Found

__all__ = [
    "MESSAGES", "NO_FILTER", "Choices", "Filter", "Next", "Nothing", "Queue", "Ranking", "Served", "counts", "decide_flag", "filters", "next_item",
    "pass_on", "queues", "ranked", "renew", "save_draft", "slug_of",
]  # fmt: skip
MESSAGES: Mapping[str, str] = {
    "none_left": N_("Nothing waits for review. Items come here when their answers are complete and in doubt, or when they are on hold."),
    "all_skipped": N_("You skipped every item that is left for you. They come back tomorrow."),
    "all_held": N_("Other reviewers are working on every item left for you. Check again later."),
    "none_for_you": N_(
        "No items left for you to review. You've answered or reviewed the rest, or they need "
        "languages or content you haven't selected."
    ),
    "only_own": N_(
        "You answered or reviewed every item that waits here, so someone else has to review them. "
        "A lead adds reviewers on the project's People tab."
    ),
    "settled": N_("This item is adjudicated. Reopen its verdict to change it."),
    "not_complete": N_("This item does not have all its answers yet."),
    "own_answer": N_("You answered or reviewed this item yourself, so someone else has to review it."),
    "held": N_("Another reviewer is working on this item."),
    "working": N_("Calculating which items are in doubt. Check again in a moment."),
}  # fmt: skip


def next_item(
    session: Session, actor: Actor, slug: str, ranking: Ranking, *, now: datetime, desk: str | None = None
) -> Next:
    """What is in hand, or else the first of the ranking that is free for this reviewer."""
    audit.in_turn(session)
    at = review_hold.sit_down(session, actor, now=now, desk=desk, slug=slug)
    found, facts = review_hold.advance(at, ranking)
    _record(at, facts)
    return found


def renew(session: Session, actor: Actor, assignment_id: int, *, now: datetime) -> datetime:
    """A longer lease for an item in hand."""
    row = review_hold.own(audit.in_turn(session), actor, assignment_id)
    at = review_hold.sit_down(session, actor, now=now, desk=None, project_id=row.project_id)
    if row.state != "held":
        raise Conflict("This item is no longer assigned to you. Your draft is saved; open the item again.", code="lease_over")  # fmt: skip
    work.extend(at.connection, assignment_id, at.lease_until)
    return at.lease_until


def save_draft(
    session: Session, actor: Actor, assignment_id: int, *, now: datetime, rev: int, draft: Mapping[str, Any], desk: str | None = None
) -> int:  # fmt: skip
    """Keep what is typed; the same rev and body again is the same, an older or another one is refused."""
    row = review_hold.own(audit.in_turn(session), actor, assignment_id)
    at = review_hold.sit_down(session, actor, now=now, desk=desk, project_id=row.project_id)
    typed = {name: draft.get(name) for name in DRAFTED}
    labelling.check_size(typed)
    if row.state not in ("held", "expired"):
        raise Conflict("This item has been adjudicated; the draft is no longer needed.", code="settled")
    before = row.draft or {}
    if rev == row.draft_rev and all(before.get(name) == value for name, value in typed.items()):
        return rev
    if rev != row.draft_rev + 1:
        raise Conflict("A newer draft of this item is on the server: {rev}.", rev=row.draft_rev, code="stale_draft")
    store.put_draft(at.connection, assignment_id, rev, {**before, **typed}, now)
    if row.state == "held":
        work.extend(at.connection, assignment_id, at.lease_until)
    return rev


def pass_on(
    session: Session, actor: Actor, assignment_id: int, *, now: datetime, ranking: Ranking | None = None, desk: str | None = None
) -> Next | None:  # fmt: skip
    """Leave the item to others; it is not offered to this reviewer again today."""
    row = review_hold.own(audit.in_turn(session), actor, assignment_id)
    at = review_hold.sit_down(session, actor, now=now, desk=desk, project_id=row.project_id)
    facts = []
    if row.state in ("held", "expired"):
        store.change_assignment(at.connection, row.id, state="released", slot=None)
        facts.append(_fact(row, "review.passed"))
    return follow_up(at, facts, ranking)


def decide_flag(
    session: Session, actor: Actor, assignment_id: int, decision: str, *, now: datetime, ranking: Ranking | None = None,
    desk: str | None = None,
) -> Next | None:  # fmt: skip
    """Put an item that people set aside into the queue again, or take it out of the work."""
    row = review_hold.own(audit.in_turn(session), actor, assignment_id)
    at = review_hold.sit_down(session, actor, now=now, desk=desk, project_id=row.project_id)
    if decision not in ("put_back", "withdraw"):
        raise InvalidInput("decision is one of {known}.", known="put_back, withdraw", where="decision")
    review_hold.occupy(at, row)
    work.finish(at.connection, row.id, None)
    decide = flags.put_back if decision == "put_back" else flags.withdraw
    decide(session, actor, at.head.slug, row.item_id, now=now)
    return follow_up(at, [], ranking)


def follow_up(at: Sitting, facts: list[audit.Fact], ranking: Ranking | None) -> Next | None:
    """Record what was done, and take the next item where one is asked for."""
    found: Next | None = None
    if ranking is not None:
        found, more = review_hold.advance(at, ranking)
        facts = [*facts, *more]
    _record(at, facts)
    return found


def slug_of(session: Session, actor: Actor, assignment_id: int) -> str:
    """The project of a review of one's own."""
    project_id = review_hold.own(session.connection(), actor, assignment_id).project_id
    return str(
        session.connection().execute(select(work.project.c.slug).where(work.project.c.id == project_id)).scalar_one()
    )


def _record(at: Sitting, facts: list[audit.Fact]) -> None:
    if facts:
        audit.record(at.session, at.actor, at.now, *facts)


def _fact(row: Found, kind: str) -> audit.Fact:
    return audit.Fact(kind, f"assignment:{row.id} item:{row.item_id}", row.project_id)
