"""Sending answers back to their authors from the review desk; the item waits until they have answered."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from core.errors import Conflict, InvalidInput
from core.permissions import Actor
from core.services import audit
from core.services.review import hold as review_hold, reviewing
from core.services.review.hold import Next
from core.services.review.queue import Ranking
from core.services.review.reopen import lift
from core.services.review.settle import check_length, check_reason
from core.services.seats import Sitting
from core.store import returned as returned_store, review as store, verdicts as verdicts_store, work
from core.store.work import Found


@dataclass(frozen=True)
class Sending:
    """Which answers go back, and what their authors are told."""

    answers: tuple[int, ...]
    comment: str
    reason: str | None = None


@dataclass(frozen=True)
class Sent:
    returned: tuple[int, ...]
    next: Next | None


def send_back(
    session: Session, actor: Actor, assignment_id: int, sending: Sending, *, now: datetime, ranking: Ranking | None = None,
    desk: str | None = None,
) -> Sent:  # fmt: skip
    """Safe to send again: the same from the same review is the same."""
    row = review_hold.own(audit.in_turn(session), actor, assignment_id)
    at = review_hold.sit_down(session, actor, now=now, desk=desk, project_id=row.project_id)
    _check(sending)
    before = _sent_before(at, row, sending)
    if before:
        return Sent(before, reviewing.follow_up(at, [], ranking))
    review_hold.occupy(at, row)
    answers = _answers(at, row, sending)
    ids = tuple(returned_store.add_returned(at.connection, [_row(at, answer, sending) for answer in answers]))
    work.finish(at.connection, row.id, None)
    work.drop_draft(at.connection, row.id)
    digest = audit.digest_of([sending.comment, sending.reason])
    facts = [
        audit.Fact("answer.returned", f"answer:{answer.id} item:{row.item_id}", row.project_id, digest)
        for answer in answers
    ]
    first = verdicts_store.verdict_of(at.connection, row.item_id)
    facts += [] if first is None else lift(at, first, sending.comment)
    return Sent(ids, reviewing.follow_up(at, facts, ranking))


def _check(sending: Sending) -> None:
    check_reason(sending.reason)
    check_length("comment", sending.comment)
    if not sending.comment.strip():
        raise InvalidInput("Say what is to be looked at again.", where="comment")
    if not sending.answers:
        raise InvalidInput("Choose at least one answer to send back.", where="answers")


def _sent_before(at: Sitting, row: Found, sending: Sending) -> tuple[int, ...]:
    """What this very request has stored already."""
    if row.state != "done":
        return ()
    same = [
        one.id
        for one in returned_store.returned_of(at.connection, row.item_id)
        if one.answer_id in sending.answers and (one.by_id, one.comment, one.reason) == (at.me, sending.comment, sending.reason)
    ]  # fmt: skip
    if len(same) < len(set(sending.answers)):
        raise Conflict("You have decided on this item already.", code="settled")
    return tuple(same)


def _answers(at: Sitting, row: Found, sending: Sending) -> Sequence[Found]:
    """Of people who can still answer, each once."""
    rows = store.answers_of(at.connection, row.item_id)
    chosen = [(label, one) for label, one in enumerate(rows, start=1) if one.id in sending.answers]
    if len(chosen) < len(set(sending.answers)):
        raise Conflict("This answer has changed since you were shown it. Look at the item again.", code="revised")
    here = returned_store.still_here(at.connection, at.head.project_id, [one.person_id for _, one in chosen])
    for label, one in chosen:
        if one.purpose != "work" or one.outcome != "submitted" or one.person_id not in here:
            raise Conflict(
                "Answer {label} can't be sent back: it has no author here who can reply.",
                label=label,
                code="cannot_return",
            )
    return [one for _, one in chosen]


def _row(at: Sitting, answer: Found, sending: Sending) -> dict[str, object]:
    return {
        "answer_id": answer.id, "item_id": answer.item_id, "project_id": answer.project_id, "person_id": answer.person_id,
        "reason": sending.reason, "comment": sending.comment, "by_id": at.me, "at": at.now,
    }  # fmt: skip
