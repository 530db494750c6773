"""Taking answers: drafts, the idempotent submit, revisions, and taking the last one back."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from random import Random
from typing import Any

import orjson
from sqlalchemy import Connection
from sqlmodel import Session

from core.errors import Conflict, InvalidAnswer, InvalidInput, NotAllowed, NotFound, TooLarge
from core.permissions import Actor
from core.services import audit, leases, queue, remainder, screens, seats
from core.services.policies import Extras
from core.services.projects import rubric_at
from core.services.queue import Next
from core.services.review.returned import settle_revised
from core.services.seats import Head, Sitting
from core.store import withdrawn, work
from core.store.work import Found
from core.tasks.base import TaskType

OUTCOMES = ("submitted", "skipped", "bad_item", "personal_data", "give_up", "unsafe_for_me")
SET_ASIDE: Mapping[str, str] = {"bad_item": "flagged", "personal_data": "quarantined"}
"""Outcomes that take an item out of the queue until the lead has looked at it."""
HIDDEN = ("gold", "repeat")
"""Purposes that nobody may tell from work: what a verdict closes for work stays open for these, as on any fresh item."""
LONGEST_BODY = 2_000_000
LONGEST_REASON = 2000
LONGEST_TIME_MS = 24 * 3600 * 1000
_NO_RANDOM = Random(0)  # noqa: S311 - it is never drawn from
"""For calls that draw nothing."""
_COPIED = (
    *("assignment_id", "item_id", "person_id", "project_id", "purpose", "nth", "shown"),
    *("guideline_version", "settings_version", "device", "active_ms", "elapsed_ms", "passed", "piloted"),
)


@dataclass(frozen=True)
class Submission:
    """What the desk sends when a person is done with an item."""

    key: str
    rev: int
    outcome: str
    answer: Any
    extras: dict[str, Any] | None = None
    reason: str | None = None
    active_ms: int = 0
    wants_next: bool = False
    device: str = ""

    @property
    def digest(self) -> str:
        """Of what is said, not of how it was sent."""
        return audit.digest_of([self.outcome, self.answer, self.extras, self.reason])


@dataclass(frozen=True)
class _Checked:
    """An answer that fits: body as stored, values by target; payload None where nothing was answered."""

    rubric: TaskType[Any, Any]
    payload: Any
    body: Any
    values: Mapping[str, Any]


@dataclass(frozen=True)
class Submitted:
    answer: int
    next: Next | None


@dataclass(frozen=True)
class OwnAnswer:
    """An answer of one's own, with the screen it was given on."""

    answer: int
    screen: dict[str, Any]
    body: Any
    extras: dict[str, Any]
    outcome: str
    revision: int
    revisable: bool


# Drafts ---------------------------------------------------------------------------------------------------------------


def save_draft(
    session: Session, actor: Actor, assignment_id: int, *, now: datetime, rev: int, answer: Any, extras: Any = None,
    desk: str | None = None,
) -> int:  # fmt: skip
    """Keep what is typed; the same rev and body again is the same, an older or another one is refused."""
    row = seats.own_assignment(audit.in_turn(session), actor, assignment_id)
    at = seats.sit_down(session, actor, now=now, rng=_NO_RANDOM, desk=desk, project_id=row.project_id)
    body = {"answer": answer, "extras": extras}
    check_size(body)
    if row.state not in ("held", "expired"):
        raise Conflict("This item has been submitted; the draft is no longer needed.", code="submitted")
    if rev == row.draft_rev and row.draft == body:
        return rev
    if rev != row.draft_rev + 1:
        raise Conflict("A newer draft of this item is on the server: {rev}.", rev=row.draft_rev, code="stale_draft")
    until = at.lease_until if row.state == "held" else row.lease_until
    work.save_draft(at.connection, assignment_id, rev, body, now, until)
    return rev


# Submitting -----------------------------------------------------------------------------------------------------------


def submit(
    session: Session, actor: Actor, assignment_id: int, submission: Submission, *, now: datetime, rng: Random,
    desk: str | None = None,
) -> Submitted:  # fmt: skip
    """Take an answer and, if asked, hand out the next item: one transaction, safe to send again under the same key."""
    row = seats.own_assignment(audit.in_turn(session), actor, assignment_id)
    at = seats.sit_down(session, actor, now=now, rng=rng, desk=desk, project_id=row.project_id)
    former = work.former_submit(at.connection, at.me, submission.key)
    if former is not None:
        return _again(at, former, assignment_id, submission)
    checked = _checked(at, row, submission)
    answer_id = _store(at, row, submission, checked, _occupy(at, row))
    remainder.move(at)
    fact = audit.Fact(
        f"answer.{submission.outcome}", f"answer:{answer_id} item:{row.item_id}", row.project_id, submission.digest
    )
    served, facts = _follow_up(at, submission, row.group_key, answer_id, row.claimed_at)
    audit.record(session, actor, now, fact, *facts)
    return Submitted(answer_id, served)


def _again(at: Sitting, former: Found, assignment_id: int, submission: Submission) -> Submitted:
    if former.body_digest != submission.digest or former.assignment_id != assignment_id:
        raise Conflict("This key was used for another answer. Nothing was changed.", code="key_reused")
    served, facts = _follow_up(at, submission, None, None)
    if facts:
        audit.record(at.session, at.actor, at.now, *facts)
    return Submitted(former.id, served)


def _follow_up(
    at: Sitting, submission: Submission, group: str | None, undo: int | None, begun: datetime | None = None
) -> tuple[Next | None, list[audit.Fact]]:
    if not submission.wants_next:
        return None, []
    try:
        seats.require_fit(at.head)
    except NotAllowed as refusal:
        progress = queue.progress_of(at)
        why, project_id = refusal.error_code, at.head.project_id
        return queue.Nothing(why, refusal.template, refusal.params, None, progress, undo, project_id), []
    return queue.advance(at, after_group=group, undo=undo, begun=begun)


def _checked(at: Sitting, row: Found, submission: Submission) -> _Checked:
    """The answer in its stored form and what it says; raises InvalidAnswer with every problem."""
    check_size([submission.answer, submission.extras])
    if submission.outcome not in OUTCOMES:
        raise InvalidInput("The outcome is one of {known}.", known=", ".join(OUTCOMES), where="outcome")
    if len(submission.reason or "") > LONGEST_REASON:
        raise TooLarge("The reason may have up to {most} characters.", most=LONGEST_REASON, where="reason")
    rubric = _rubric(at, row)
    if submission.outcome != "submitted":
        return _Checked(rubric, None, None, {})
    payload = rubric.parse_payload(orjson.loads(row.payload))
    problems: list[InvalidAnswer] = []
    answer = None
    try:
        answer = rubric.parse_answer(payload, submission.answer)
    except InvalidAnswer as error:
        problems += error.problems
    problems += extras_problems(Extras.model_validate_json(at.head.extras), submission.extras or {})
    if problems:
        raise InvalidAnswer(problems[0].template, ask=problems[0].ask, problems=problems, **problems[0].params)
    body = answer.model_dump(mode="json", exclude_unset=True) if answer else None
    return _Checked(rubric, payload, body, rubric.values(payload, answer))


def _rubric(at: Sitting, row: Found) -> TaskType[Any, Any]:
    """The rubric that the answer was given under."""
    if row.settings_version == at.head.settings_version:
        return at.head.rubric
    return rubric_at(at.session, at.head.project_id, at.head.task, row.settings_version)


def extras_problems(asked: Extras, given: Mapping[str, Any]) -> list[InvalidAnswer]:
    """What is wrong with the extras, each with the control it belongs to."""
    problems = [
        InvalidAnswer("This extra is not known.", ask=name)
        for name in given
        if name not in ("rationale", "reasons", "confidence", "flagged", "lang")
    ]
    rationale = given.get("rationale") or ""
    if not isinstance(rationale, str):
        return [*problems, InvalidAnswer("The rationale must be text.", ask="rationale")]
    if asked.rationale is not None:
        least = asked.rationale.min_chars if rationale or asked.rationale.required else 0
        least = max(least, 1) if asked.rationale.required else least
        if len(rationale.strip()) < least:
            problems.append(
                InvalidAnswer("Please give a reason of at least {least} characters.", ask="rationale", least=least)
            )
        known = {reason.id for reason in asked.rationale.reasons}
        if not isinstance(given.get("reasons", []), list) or not known.issuperset(map(str, given.get("reasons") or ())):
            problems.append(InvalidAnswer("Choose among the reasons shown.", ask="reasons"))
    confidence = given.get("confidence")
    if confidence is not None and (
        not isinstance(confidence, int) or isinstance(confidence, bool) or not 1 <= confidence <= 5
    ):
        problems.append(InvalidAnswer("Confidence is a number from 1 to 5.", ask="confidence"))
    elif confidence is None and asked.confidence:
        problems.append(InvalidAnswer("Rate your confidence.", ask="confidence"))
    return problems


def _occupy(at: Sitting, row: Found) -> int | None:
    """The slot this answer fills: the one held, or a free one when the lease is over."""
    if row.state == "held":
        return int(row.slot) if row.slot is not None else None
    if row.state == "done":
        raise Conflict("You have submitted this item already.", code="submitted")
    if row.state == "expired" and leases.take_back(at, row.id):
        taken = seats.own_assignment(at.connection, at.actor, row.id)
        return int(taken.slot) if taken.slot is not None else None
    if row.item_state == "withdrawn":
        raise Conflict("This item has been withdrawn from the work. Your draft is kept.", code="slot_gone")
    raise Conflict(
        "Your time on this item expired, and someone else has taken it. Your draft is saved.", code="slot_gone"
    )


def _store(at: Sitting, row: Found, submission: Submission, checked: _Checked, slot: int | None) -> int:
    answer = {
        "assignment_id": row.id, "item_id": row.item_id, "person_id": row.person_id, "project_id": row.project_id,
        "purpose": row.purpose, "nth": row.nth, "revision": _revision(at, row), "current": True,
        "outcome": submission.outcome, "reason": submission.reason, "body": checked.body,
        "extras": submission.extras or None, "shown": row.shown, "guideline_version": row.guideline_version,
        "settings_version": row.settings_version, "device": submission.device,
        "active_ms": min(max(submission.active_ms, 0), LONGEST_TIME_MS),
        "elapsed_ms": max(0, int((at.now - row.claimed_at).total_seconds() * 1000)), "submit_key": submission.key,
        "body_digest": submission.digest, "passed": _passed(at, row, checked), "at": at.now,
        "piloted": row.purpose == "pilot",
    }  # fmt: skip
    answer_id = work.add_answer(at.connection, answer)
    work.add_values(at.connection, target_rows(answer_id, checked.values, checked.rubric))
    if answer["revision"] > 1 and row.purpose == "work":
        settle_revised(at.connection, row.person_id, row.item_id, at.now)
    work.finish(at.connection, row.id, slot if submission.outcome == "submitted" else None)
    if row.draft_rev:
        work.drop_draft(at.connection, row.id)
    _settle_item(at, row, submission.outcome)
    return answer_id


def _revision(at: Sitting, row: Found) -> int:
    """1, unless the answer had been given and undone before; only then has a fresh assignment a draft."""
    return work.revisions(at.connection, row) + 1 if row.draft_rev else 1


def _passed(at: Sitting, row: Found, checked: _Checked) -> bool | None:
    """For a hidden check: whether the answer agrees with the gold; None when the item has lost its gold since."""
    if row.purpose != "gold" or checked.payload is None or not checked.rubric.checkable:
        return None
    gold = work.gold_answer(at.connection, row.item_id)
    if gold is None:
        return None
    parse = checked.rubric.parse_answer
    return checked.rubric.agrees(parse(checked.payload, checked.body), parse(checked.payload, gold))


def _settle_item(at: Sitting, row: Found, outcome: str) -> None:
    """What an answer means for its item's place in the queue."""
    if outcome == "personal_data":
        work.set_item_state(at.connection, row.item_id, "quarantined")
        withdrawn.close(at.connection, [row.item_id], at.me, at.now)
    elif row.purpose != "work" or row.item_state == "withdrawn":
        return
    elif outcome == "submitted":
        _settle_answered(at, row)
    elif outcome in SET_ASIDE:
        work.set_item_state(at.connection, row.item_id, SET_ASIDE[outcome])
    elif work.people_who_passed(at.connection, row.item_id) >= at.head.policy.skip_limit:
        work.set_item_state(at.connection, row.item_id, "flagged")
    else:
        leases.release_slot(at.connection, row.item_id)


def _settle_answered(at: Sitting, row: Found) -> None:
    """The last of an item's answers makes it done; an open item has slots left, so there is nothing to look up."""
    waited_out = row.state != "held"
    if row.item_state == "taken" or waited_out:
        slots, held = work.live_work(at.connection, row.item_id) if row.overlap > 1 else (1, 0)
        if slots >= row.overlap and not held:
            work.set_item_state(at.connection, row.item_id, "done")


def settle(connection: Connection, item_id: int, lane_id: int, overlap: int) -> None:
    """The state of a queued item, worked out from its assignments."""
    slots, held = work.live_work(connection, item_id)
    if slots < overlap:
        leases.ask_again(connection, item_id, lane_id)
    else:
        work.set_item_state(connection, item_id, "taken" if held else "done")


def target_rows(answer_id: int, values: Mapping[str, Any], rubric: TaskType[Any, Any]) -> list[dict[str, Any]]:
    """Values as typed rows: nominal as the category's code, ordinal and interval as a number, sets and ranks as a symbol."""
    rows: list[dict[str, Any]] = []
    if not values:
        return rows
    for target in rubric.targets():
        value = values.get(target.name)
        if value is None or target.scale == "text":
            continue
        row: dict[str, Any] = {
            "answer_id": answer_id,
            "target": target.name,
            "code": None,
            "number": None,
            "symbol": None,
        }
        if target.scale == "nominal":
            row["code"] = target.categories.index(value)
        elif target.scale in ("ordinal", "interval"):
            row["number"] = float(value)
        else:
            row["symbol"] = value if isinstance(value, str) else orjson.dumps(value).decode()
        rows.append(row)
    return rows


# Afterwards -----------------------------------------------------------------------------------------------------------


def own_answer(session: Session, actor: Actor, answer_id: int) -> OwnAnswer:
    """One's own answer as it is now, for reading again or revising; an earlier revision leads to the current one."""
    connection = session.connection()
    row = _own(connection, actor, answer_id, any_revision=True)
    if not row.current:
        row = _own(connection, actor, work.current_revision(connection, row) or answer_id)
    head = seats.head_of(connection, actor, project_id=row.project_id)
    drawn = screens.screen_of(head.task, head.settings, head.extras, row.payload, "")
    return OwnAnswer(
        row.id,
        screens.in_order(drawn, row.shown),
        row.body,
        row.extras or {},
        row.outcome,
        row.revision,
        _revisable(connection, head, row),
    )


def revise(
    session: Session, actor: Actor, answer_id: int, *, now: datetime, key: str, answer: Any,
    extras: dict[str, Any] | None = None,
) -> int:  # fmt: skip
    """A new revision of one's own answer, while the project is open and no verdict stands; safe to send again."""
    row = _own(audit.in_turn(session), actor, answer_id, any_revision=True)
    at = seats.sit_down(session, actor, now=now, rng=_NO_RANDOM, desk=None, project_id=row.project_id)
    submission = Submission(key, 0, "submitted", answer, extras)
    former = work.former_submit(at.connection, at.me, key)
    if former is not None:
        if former.body_digest != submission.digest:
            raise Conflict("This key was used for another answer. Nothing was changed.", code="key_reused")
        return int(former.id)
    if not row.current or not _revisable(at.connection, at.head, row):
        raise Conflict("This answer can no longer be changed.", code="closed")
    checked = _checked(at, row, submission)
    revision = work.revisions(at.connection, row) + 1
    work.retire(at.connection, row)
    new = {
        **{name: getattr(row, name) for name in _COPIED}, "revision": revision, "current": True,
        "outcome": "submitted", "reason": None, "body": checked.body, "extras": extras or None, "submit_key": key,
        "body_digest": submission.digest, "at": now,
    }  # fmt: skip
    new_id = work.add_answer(at.connection, new)
    work.add_values(at.connection, target_rows(new_id, checked.values, checked.rubric))
    if row.purpose == "work":
        settle_revised(at.connection, at.me, row.item_id, now)
    subject = f"answer:{new_id} item:{row.item_id}"
    audit.record(session, actor, now, audit.Fact("answer.revised", subject, row.project_id, submission.digest))
    return new_id


def undo(session: Session, actor: Actor, answer_id: int, *, now: datetime, desk: str | None = None) -> Next:
    """Take the last answer back: its item is in hand again with the answer as the draft, while its slot allows."""
    row = _own(audit.in_turn(session), actor, answer_id)
    at = seats.sit_down(session, actor, now=now, rng=_NO_RANDOM, desk=desk, project_id=row.project_id)
    seats.require_fit(at.head)
    last = work.last_answer(at.connection, at.me, row.project_id)
    if last is None or last.id != answer_id or row.assignment_id is None:
        raise Conflict("Only the last answer can be undone.", code="closed")
    if _closed(at.connection, row) or not leases.of_this_state(at.head.state, row.purpose):
        raise Conflict("This answer can no longer be changed.", code="closed")
    held = seats.own_assignment(at.connection, actor, row.assignment_id)
    work.retire(at.connection, row, undone_at=now)
    _hold_again(at, row, held)
    remainder.move(at, -1)
    draft = {"answer": row.body, "extras": row.extras}
    work.save_draft(at.connection, row.assignment_id, held.draft_rev + 1, draft, now, at.lease_until)
    subject = f"answer:{answer_id} item:{row.item_id}"
    audit.record(session, actor, now, audit.Fact("answer.undone", subject, row.project_id))
    return queue.show(at, row.assignment_id, None)


def _hold_again(at: Sitting, row: Found, held: Found) -> None:
    slot = held.slot
    if row.purpose == "work" and slot is None:
        slots = work.taken_slots(at.connection, row.item_id, "work")
        slot = next((n for n in range(1, held.overlap + 1) if n not in slots), None)
        if slot is None:
            raise Conflict("Someone else has taken this item.", code="slot_gone")
    work.hold(at.connection, held.id, slot, at.lease_until)
    if row.item_state == "withdrawn" or _set_aside_by_others(at, row):
        return
    if row.purpose == "work":
        settle(at.connection, row.item_id, row.lane_id, held.overlap)
    elif row.purpose == "gold" and row.item_state == "quarantined":
        work.set_item_state(at.connection, row.item_id, "gold")


def _set_aside_by_others(at: Sitting, row: Found) -> bool:
    """What others reported while the answer stood still waits for the lead."""
    if row.item_state not in SET_ASIDE.values():
        return False
    passed = work.people_who_passed(at.connection, row.item_id)
    return work.reported(at.connection, row.item_id) or passed >= at.head.policy.skip_limit


def _own(connection: Connection, actor: Actor, answer_id: int, *, any_revision: bool = False) -> Found:
    row = work.current_answer(connection, answer_id)
    if row is None or row.person_id != actor.person_id or not (row.current or any_revision):
        raise NotFound("This answer is not yours, or is no longer current.")
    return row


def _revisable(connection: Connection, head: Head, row: Found) -> bool:
    return (
        row.outcome == "submitted"
        and row.purpose in ("work", "gold", "repeat", "pilot")
        and leases.of_this_state(head.state, row.purpose)
        and not _closed(connection, row)
    )


def _closed(connection: Connection, row: Found) -> bool:
    return row.purpose not in HIDDEN and work.has_verdict(connection, row.item_id)


def check_size(body: Any) -> None:
    if len(orjson.dumps(body)) > LONGEST_BODY:
        raise TooLarge("This answer is too long: {most} bytes at most.", most=LONGEST_BODY)
