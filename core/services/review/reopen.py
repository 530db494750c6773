"""Reopening a verdict: it is kept on record, takes with it what was made of it, and the item is settled anew."""

from datetime import datetime

from sqlmodel import Session

from core.errors import Conflict, InvalidInput, NotFound
from core.permissions import Actor
from core.services import audit
from core.services.review import hold as review_hold, reviewing
from core.services.review.settle import check_length
from core.services.review.view import Served, shown
from core.services.seats import Sitting
from core.store import review as store, verdicts as verdicts_store, work
from core.store.work import Found


def reopen(
    session: Session, actor: Actor, verdict_id: int, *, comment: str, now: datetime, desk: str | None = None
) -> Served:
    """The item is to be settled anew, from its first stage, and is in the hands of whoever reopened it."""
    verdict = verdicts_store.verdict_by(audit.in_turn(session), verdict_id)
    if verdict is None:
        raise NotFound("There is no such verdict.")
    at = review_hold.sit_down(session, actor, now=now, desk=desk, project_id=verdict.project_id)
    check_length("comment", comment)
    if not comment.strip():
        raise InvalidInput("Say why it is reopened.", where="comment")
    _check_reopenable(at, verdict)
    lifted = lift(at, verdict, comment)
    facts = [*lifted, *review_hold.put_back(at)]
    draft = {"answer": verdict.body, "extras": verdict.extras, "comment": comment, "reason": verdict.reason}
    item = store.candidates(at.connection, at.me, [verdict.item_id], now)[verdict.item_id]
    assignment_id, claimed = review_hold.claim(at, item, None, draft)
    audit.record(session, actor, now, *facts, *claimed)
    return shown(at, review_hold.own(at.connection, actor, assignment_id), None)


def _check_reopenable(at: Sitting, verdict: Found) -> None:
    item = store.candidates(at.connection, at.me, [verdict.item_id], at.now)[verdict.item_id]
    if not verdict.current:
        raise Conflict("This verdict is no longer valid.", code="closed")
    if item.state == "withdrawn":
        raise Conflict("This item is withdrawn. Restore it before you reopen its verdict.", code="withdrawn")
    if item.own:
        raise Conflict(reviewing.MESSAGES["own_answer"], code="own_answer")
    if item.held:
        raise Conflict(reviewing.MESSAGES["held"], code="held")


def lift(at: Sitting, verdict: Found, why: str) -> list[audit.Fact]:
    """A verdict that stands no longer takes with it the gold that was made of it."""
    verdicts_store.reopen(at.connection, verdict.id, at.me, why, at.now)
    subject = f"verdict:{verdict.id} item:{verdict.item_id}"
    facts = [audit.Fact("verdict.reopened", subject, verdict.project_id, audit.digest_of(why))]
    gold = verdicts_store.gold_of(at.connection, verdict.item_id)
    if gold is not None and (gold.created_at, gold.created_by) == (verdict.at, verdict.by_id):
        verdicts_store.drop_gold(at.connection, verdict.item_id)
        if work.item_state(at.connection, verdict.item_id) == "gold":
            work.set_item_state(at.connection, verdict.item_id, "done")
        facts.append(audit.Fact("gold.withdrawn", f"item:{verdict.item_id}", verdict.project_id))
    return facts
