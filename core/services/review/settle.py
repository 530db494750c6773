"""A reviewer's verdict: taken once under its key, final after the last stage, with the gold and examples made of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from random import Random
from typing import Any

import orjson
from sqlmodel import Session

from core.errors import Conflict, InvalidAnswer, InvalidInput, TooLarge
from core.permissions import Actor
from core.services import audit, labelling
from core.services.labelling import extras_problems
from core.services.policies import Extras
from core.services.review import hold as review_hold, reviewing
from core.services.review.hold import Next
from core.services.review.queue import Ranking
from core.services.seats import Sitting
from core.store import intake, returned as returned_store, review as store, verdicts as verdicts_store, work
from core.store.work import Found

BASES = ("accepted", "picked", "edited")
REASONS = ("guideline_gap", "annotator_error", "ambiguous", "bad_item")
LONGEST_TEXT = 5000
_GONE = "This answer has changed since you were shown it. Look at the item again."


@dataclass(frozen=True)
class Promotion:
    """That the item becomes gold: a hidden check or a reference, with the explanation that is shown after it."""

    use: str
    explanation: str


@dataclass(frozen=True)
class Decision:
    """What the review desk sends when a reviewer has decided."""

    key: str
    basis: str
    answer: Any = None
    answer_id: int | None = None
    extras: dict[str, Any] | None = None
    reason: str | None = None
    comment: str | None = None
    active_ms: int = 0
    gold: Promotion | None = None
    example: str | None = None

    @property
    def digest(self) -> str:
        gold = None if self.gold is None else [self.gold.use, self.gold.explanation]
        said = [self.basis, self.answer, self.answer_id, self.extras, self.reason, self.comment]
        return audit.digest_of([*said, gold, self.example])


@dataclass(frozen=True)
class Settled:
    verdict: int
    next: Next | None


@dataclass(frozen=True)
class _Case:
    """One decision on one item, at one stage."""

    at: Sitting
    row: Found
    stage: int
    first: Found | None
    """The first verdict, at the second stage."""
    decision: Decision

    @property
    def final(self) -> bool:
        return self.stage == 2 or self.at.head.policy.review.stages == 1

    @property
    def suggested(self) -> Mapping[str, Any] | None:
        found: Mapping[str, Any] | None = (self.row.draft or {}).get("suggested")
        return found


@dataclass(frozen=True)
class _Said:
    """The verdict's content, and the answer behind it."""

    body: dict[str, Any]
    extras: dict[str, Any] | None
    answer_id: int | None


def settle(
    session: Session, actor: Actor, assignment_id: int, decision: Decision, *, now: datetime, rng: Random,
    ranking: Ranking | None = None, desk: str | None = None,
) -> Settled:  # fmt: skip
    """Take a verdict and, where a ranking is given, the next item: one transaction, safe to send again under its key."""
    row = review_hold.own(audit.in_turn(session), actor, assignment_id)
    at = review_hold.sit_down(session, actor, now=now, desk=desk, project_id=row.project_id)
    _check(decision)
    former = verdicts_store.former_verdict(at.connection, decision.key)
    if former is not None:
        return Settled(_again(former, at, assignment_id, decision), reviewing.follow_up(at, [], ranking))
    case = _case(at, row, decision)
    said = _said(case)
    verdict_id = verdicts_store.add_verdict(at.connection, _verdict_row(case, said))
    facts = [_fact(case, "verdict.settled" if case.final else "verdict.proposed", verdict_id, said.body)]
    facts += _finish(case, said, rng)
    return Settled(verdict_id, reviewing.follow_up(at, facts, ranking))


def _again(former: Found, at: Sitting, assignment_id: int, decision: Decision) -> int:
    if (former.body_digest, former.by_id, former.assignment_id) != (decision.digest, at.me, assignment_id):
        raise Conflict("This key was used for another verdict. Nothing was changed.", code="key_reused")
    return int(former.id)


def _check(decision: Decision) -> None:
    labelling.check_size([decision.answer, decision.extras])
    if decision.basis not in BASES:
        raise InvalidInput("basis is one of {known}.", known=", ".join(BASES), where="basis")
    check_reason(decision.reason)
    for name, text in (("comment", decision.comment), ("example", decision.example)):
        check_length(name, text)
    if decision.gold is not None:
        check_length("gold.explanation", decision.gold.explanation)
        if decision.gold.use not in ("check", "reference"):
            raise InvalidInput("use is one of {known}.", known="check, reference", where="gold.use")
        if not decision.gold.explanation.strip():
            raise InvalidInput(
                "Explain why this is the right answer: annotators read it after the check.", where="gold.explanation"
            )


def check_reason(reason: str | None) -> None:
    if reason is not None and reason not in REASONS:
        raise InvalidInput("reason is one of {known}.", known=", ".join(REASONS), where="reason")


def check_length(name: str, text: str | None) -> None:
    if len(text or "") > LONGEST_TEXT:
        raise TooLarge("{name} may have up to {most} characters.", name=name, most=LONGEST_TEXT, where=name)


def _case(at: Sitting, row: Found, decision: Decision) -> _Case:
    if row.state in ("done", "released"):
        raise Conflict("You have decided on this item already.", code="settled")
    if row.item_state == "quarantined":
        raise Conflict(
            "This item is on hold because it may contain personal data: return it to the queue or withdraw it.",
            code="quarantined",
        )
    if row.item_state in ("gold", "withdrawn"):
        raise Conflict("Someone has already decided on this item.", code="settled")
    stage = review_hold.occupy(at, row)
    case = _Case(at, row, stage, verdicts_store.verdict_of(at.connection, row.item_id), decision)
    if decision.gold is not None and not case.final:
        raise Conflict("The second reviewer makes it gold, with the last verdict.", code="not_final")
    if decision.gold is not None and verdicts_store.gold_of(at.connection, row.item_id) is not None:
        raise Conflict(
            "This item already has a gold answer. Submit the verdict without making it gold; its lead "
            "can import another.",
            code="gold_known",
        )
    if decision.gold is not None and decision.gold.use == "check" and not at.head.rubric.checkable:
        raise InvalidAnswer("Answers to this task cannot be checked by a machine. Use reference.", ask="gold")
    return case


# What is said ---------------------------------------------------------------------------------------------------------


def _said(case: _Case) -> _Said:
    match case.decision.basis:
        case "accepted":
            found = _confirmed(case.first) if case.first is not None else _suggested(case)
        case "picked":
            found = _picked(case, case.decision.answer_id)
        case _:
            found = _Said(case.decision.answer, None, None)
    extras = found.extras if case.decision.extras is None else case.decision.extras
    return _Said(_fitting(case, found.body, case.decision.extras), extras or None, found.answer_id)


def _confirmed(first: Found) -> _Said:
    return _Said(first.body, first.extras, first.answer_id)


def _suggested(case: _Case) -> _Said:
    if case.suggested is None:
        raise Conflict("There is no suggestion to accept for this item.", code="no_suggestion")
    rows = store.answers_of(case.at.connection, case.row.item_id)
    behind = next((row for row in rows if row.id == case.suggested["answer_id"]), None)
    return _Said(case.suggested["answer"], None if behind is None else behind.extras, case.suggested["answer_id"])


def _picked(case: _Case, answer_id: int | None) -> _Said:
    rows = store.answers_of(case.at.connection, case.row.item_id)
    row = next((row for row in rows if row.id == answer_id), None)
    if row is None or row.outcome != "submitted":
        raise Conflict(_GONE, code="revised")
    return _Said(row.body, row.extras, row.id)


def _fitting(case: _Case, raw: Any, extras: Mapping[str, Any] | None) -> dict[str, Any]:
    """The answer in its stored form; raises InvalidAnswer with every problem. A reviewer need not give extras."""
    rubric = case.at.head.rubric
    answer = rubric.parse_answer(rubric.parse_payload(orjson.loads(case.row.payload)), raw)
    problems = extras_problems(_optional(Extras.model_validate_json(case.at.head.extras)), extras or {})
    if problems:
        raise InvalidAnswer(problems[0].template, ask=problems[0].ask, problems=problems, **problems[0].params)
    body: dict[str, Any] = answer.model_dump(mode="json", exclude_unset=True)
    return body


def _optional(asked: Extras) -> Extras:
    if asked.rationale is None:
        return asked.model_copy(update={"confidence": False})
    free = asked.rationale.model_copy(update={"required": False, "min_chars": 0})
    return asked.model_copy(update={"confidence": False, "rationale": free})


# Storing --------------------------------------------------------------------------------------------------------------


def _verdict_row(case: _Case, said: _Said) -> dict[str, Any]:
    decision, suggested = case.decision, case.suggested or {}
    return {
        "item_id": case.row.item_id, "project_id": case.row.project_id, "assignment_id": case.row.id, "stage": case.stage, "current": True,
        "final": case.final, "body": said.body, "extras": said.extras, "basis": decision.basis, "answer_id": said.answer_id,
        "suggested": suggested.get("answer"), "confidence": suggested.get("probability"), "reason": decision.reason,
        "comment": decision.comment or None, "settings_version": case.at.head.settings_version,
        "guideline_version": case.at.head.guideline_version, "submit_key": decision.key, "body_digest": decision.digest,
        "active_ms": min(max(decision.active_ms, 0), labelling.LONGEST_TIME_MS), "by_id": case.at.me, "at": case.at.now,
    }  # fmt: skip


def _finish(case: _Case, said: _Said, rng: Random) -> list[audit.Fact]:
    """The review is done, authors need not answer any more, and the item is what the verdict makes of it."""
    connection, row = case.at.connection, case.row
    work.finish(connection, row.id, None)
    work.drop_draft(connection, row.id)
    returned_store.settle_returned(
        connection, "withdrawn", case.at.now, returned_store.returned.c.item_id == row.item_id
    )
    if row.item_state in ("flagged", "open"):
        work.set_item_state(connection, row.item_id, "done")
    facts = [] if case.decision.gold is None else [_promote(case, said, case.decision.gold, rng)]
    return facts + ([] if not (case.decision.example or "").strip() else [_propose(case)])


def _promote(case: _Case, said: _Said, gold: Promotion, rng: Random) -> audit.Fact:
    """A check leaves the work; the answers it has got keep counting, measured against it from now on."""
    row = {
        "item_id": case.row.item_id, "project_id": case.row.project_id, "answer": said.body, "explanation": gold.explanation, "use": gold.use,
        "draw": rng.random(), "created_by": case.at.me, "created_at": case.at.now,
    }  # fmt: skip
    intake.insert_golds(case.at.connection, [row])
    if gold.use == "check":
        work.set_item_state(case.at.connection, case.row.item_id, "gold")
    digest = audit.digest_of([said.body, gold.use, gold.explanation])
    return audit.Fact("gold.promoted", f"item:{case.row.item_id}", case.row.project_id, digest)


def _propose(case: _Case) -> audit.Fact:
    row = {
        "item_id": case.row.item_id, "project_id": case.row.project_id, "note": case.decision.example, "by_id": case.at.me, "at": case.at.now,
    }  # fmt: skip
    example = returned_store.add_example(case.at.connection, row)
    subject = f"example:{example} item:{case.row.item_id}"
    return audit.Fact("example.proposed", subject, case.row.project_id, audit.digest_of(case.decision.example))


def _fact(case: _Case, kind: str, verdict_id: int, content: Any) -> audit.Fact:
    return audit.Fact(
        kind, f"verdict:{verdict_id} item:{case.row.item_id}", case.row.project_id, audit.digest_of(content)
    )
