"""Taking answers: drafts, idempotent submits, outcomes, revisions and undo."""

from random import Random
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlmodel import Session

from core.errors import Conflict, InvalidAnswer, InvalidInput, NotFound
from core.services import audit, labelling, queue
from core.services.labelling import Submission
from core.services.queue import Served
from core.store import work
from tests.clock import NOW, Clock
from tests.core.test_queue import an_answer_for, claim, give, state_of
from tests.factories import a_member, a_project, acting


def submit(session: Session, actor: Any, served: Served, answer: Any, key: str = "key-0001", **fields: Any) -> Any:
    submission = Submission(key, 0, fields.pop("outcome", "submitted"), answer, **fields)
    return labelling.submit(session, actor, served.assignment, submission, now=NOW, rng=Random(1))


def test_the_same_submit_again_is_the_same_answer(session: Session) -> None:
    project = a_project(session, items=3)
    ann = acting(a_member(session, project))
    served = claim(session, ann, project)
    answer = an_answer_for(session, served, project)
    first = submit(session, ann, served, answer, wants_next=True)
    again = submit(session, ann, served, answer, wants_next=True)
    assert first.answer == again.answer
    assert first.next.assignment == again.next.assignment
    assert session.connection().execute(select(func.count()).select_from(work.answer)).scalar() == 1


def test_the_same_key_with_another_body_is_refused(session: Session) -> None:
    project = a_project(session, items=1)
    ann = acting(a_member(session, project))
    served = claim(session, ann, project)
    submit(session, ann, served, {"preferred": "tie"})
    with pytest.raises(Conflict) as refusal:
        submit(session, ann, served, {"preferred": "both_bad"})
    assert refusal.value.error_code == "key_reused"


def test_an_answer_that_does_not_fit_is_refused_beside_its_control_and_keeps_the_item(session: Session) -> None:
    project = a_project(session, items=1)
    ann = acting(a_member(session, project))
    served = claim(session, ann, project)
    with pytest.raises(InvalidAnswer) as refusal:
        submit(session, ann, served, {"preferred": "somebody"})
    assert refusal.value.ask == "preferred"
    assert claim(session, ann, project).assignment == served.assignment


@pytest.mark.parametrize(
    ("extras", "ask"),
    [
        ({}, "confidence"),
        ({"confidence": 6}, "confidence"),
        ({"confidence": 3, "rationale": "短"}, "rationale"),
        ({"confidence": 3, "reasons": ["unknown"]}, "reasons"),
        ({"confidence": 3, "colour": "red"}, "colour"),
    ],
)
def test_extras_are_checked_as_the_project_asks_for_them(extras: dict[str, Any], ask: str) -> None:
    asked = labelling.Extras.model_validate(
        {
            "confidence": True,
            "rationale": {"required": False, "min_chars": 5, "reasons": [{"id": "fact", "name": "Facts"}]},
        }
    )
    assert [problem.ask for problem in labelling.extras_problems(asked, extras)] == [ask]


def test_a_draft_is_kept_by_revision(session: Session) -> None:
    project = a_project(session, items=1)
    ann = acting(a_member(session, project))
    served = claim(session, ann, project)

    def save(rev: int, answer: Any) -> int:
        return labelling.save_draft(session, ann, served.assignment, now=NOW, rev=rev, answer=answer)

    assert save(1, {"preferred": "tie"}) == 1
    assert save(1, {"preferred": "tie"}) == 1
    for rev in (1, 3):
        with pytest.raises(Conflict):
            save(rev, {"preferred": "both_bad"})
    assert save(2, {"preferred": "both_bad"}) == 2
    assert claim(session, ann, project).draft["answer"] == {"preferred": "both_bad"}


def test_nobody_writes_into_anothers_item(session: Session) -> None:
    project = a_project(session, items=1)
    ann, ben = acting(a_member(session, project)), acting(a_member(session, project))
    served = claim(session, ann, project)
    with pytest.raises(NotFound):
        labelling.save_draft(session, ben, served.assignment, now=NOW, rev=1, answer={})
    with pytest.raises(NotFound):
        submit(session, ben, served, {"preferred": "tie"})


@pytest.mark.parametrize(
    ("outcome", "state"),
    [
        ("bad_item", "flagged"), ("personal_data", "quarantined"), ("skipped", "open"), ("give_up", "open"),
        ("unsafe_for_me", "open"),
    ],
)  # fmt: skip
def test_outcomes_decide_where_the_item_goes(session: Session, outcome: str, state: str) -> None:
    project = a_project(session, items=1)
    ann = acting(a_member(session, project))
    served = claim(session, ann, project)
    submit(session, ann, served, None, outcome=outcome, reason="because")
    assert state_of(session, served) == state


def test_an_item_that_many_pass_on_is_set_aside_for_the_lead(session: Session) -> None:
    project = a_project(session, items=1, policy={"skip_limit": 2})
    for n in range(2):
        person = acting(a_member(session, project))
        served = claim(session, person, project)
        submit(session, person, served, None, key=f"skip-{n:04}", outcome="skipped")
    assert state_of(session, served) == "flagged"


@pytest.mark.parametrize(("outcome", "state"), [("bad_item", "flagged"), ("personal_data", "quarantined")])
def test_what_somebody_else_reported_outlives_an_undo(session: Session, outcome: str, state: str) -> None:
    project = a_project(session, items=1, overlap=2)
    ann, ben = acting(a_member(session, project)), acting(a_member(session, project))
    served, other = claim(session, ann, project), claim(session, ben, project)
    done = submit(session, ann, served, {"preferred": "tie"})
    submit(session, ben, other, None, key="report-0001", outcome=outcome, reason="because")
    back = labelling.undo(session, ann, done.answer, now=NOW)
    assert isinstance(back, Served)
    assert state_of(session, served) == state


def test_ones_own_report_is_taken_back_with_the_answer(session: Session) -> None:
    project = a_project(session, items=1)
    ann = acting(a_member(session, project))
    served = claim(session, ann, project)
    done = submit(session, ann, served, None, outcome="bad_item", reason="because")
    labelling.undo(session, ann, done.answer, now=NOW)
    assert state_of(session, served) == "taken"


def test_an_unknown_outcome_is_refused(session: Session) -> None:
    project = a_project(session, items=1)
    ann = acting(a_member(session, project))
    with pytest.raises(InvalidInput):
        submit(session, ann, claim(session, ann, project), None, outcome="bored")


def test_undo_brings_the_last_item_back_with_its_answer_as_the_draft(session: Session) -> None:
    project = a_project(session, items=2)
    ann = acting(a_member(session, project))
    served = claim(session, ann, project)
    done = submit(session, ann, served, {"preferred": "tie"}, wants_next=True)
    back = labelling.undo(session, ann, done.answer, now=NOW)
    assert isinstance(back, Served)
    assert back.assignment == served.assignment
    assert back.draft is not None
    assert back.draft["answer"] == {"preferred": "tie"}
    assert claim(session, ann, project).assignment == served.assignment
    again = submit(session, ann, back, {"preferred": "both_bad"}, key="key-0002", wants_next=True)
    assert again.next.assignment == done.next.assignment
    rows = session.connection().execute(
        select(work.answer.c.current, work.answer.c.revision, work.answer.c.undone_at).order_by(work.answer.c.id)
    )
    assert [(r.current, r.revision, r.undone_at is None) for r in rows] == [(False, 1, False), (True, 2, True)]
    assert state_of(session, served) == "done"


def test_undoing_a_skip_needs_a_free_slot(session: Session) -> None:
    project = a_project(session, items=1)
    ann, ben = acting(a_member(session, project)), acting(a_member(session, project))
    served = claim(session, ann, project)
    done = submit(session, ann, served, None, outcome="skipped")
    claim(session, ben, project)
    with pytest.raises(Conflict):
        labelling.undo(session, ann, done.answer, now=NOW)


def test_a_revision_is_a_new_row_and_safe_to_send_again(session: Session) -> None:
    project = a_project(session, items=1)
    ann = acting(a_member(session, project))
    served = claim(session, ann, project)
    first = submit(session, ann, served, {"preferred": "tie"}).answer
    new = labelling.revise(session, ann, first, now=NOW, key="revision-1", answer={"preferred": "both_bad"})
    assert labelling.revise(session, ann, first, now=NOW, key="revision-1", answer={"preferred": "both_bad"}) == new
    own = labelling.own_answer(session, ann, new)
    assert (own.body, own.revision, own.revisable) == ({"preferred": "both_bad"}, 2, True)
    assert labelling.own_answer(session, ann, first) == own, "the earlier one's address leads to the current one"
    with pytest.raises(Conflict):
        labelling.revise(session, ann, first, now=NOW, key="revision-2", answer={"preferred": "tie"})


def test_every_answer_carries_its_circumstances(session: Session, clock: Clock) -> None:
    project = a_project(session, items=1)
    ann = acting(a_member(session, project))
    served = claim(session, ann, project)
    give(session, ann, project, served, clock.advance(seconds=90), active_ms=61_000, device="phone")
    row = session.connection().execute(select(work.answer)).one()
    assert (row.guideline_version, row.settings_version, row.device) == (1, 1, "phone")
    assert (row.active_ms, row.elapsed_ms) == (61_000, 90_000)
    assert row.shown == [c["id"] for c in served.screen["shows"][-1]["candidates"]]
    codes = session.connection().execute(select(work.target_value.c.target, work.target_value.c.code)).all()
    assert [(r.target, r.code is not None) for r in codes] == [("preferred", True)]


def test_the_log_is_whole_and_shows_tampering(session: Session) -> None:
    project = a_project(session, items=3)
    ann = acting(a_member(session, project))
    found = claim(session, ann, project)
    while isinstance(found, Served):
        found = give(session, ann, project, found, wants_next=True).next
    assert audit.verify(session).broken_at is None
    assert audit.verify(session).events == 6
    facts = session.connection().execute(select(audit._EVENT.c.digest, audit._EVENT.c.subject))
    assert all(len(r.digest) in (0, 64) and "preferred" not in r.subject for r in facts)


def test_a_paused_project_takes_the_answer_but_hands_out_nothing(session: Session) -> None:
    project = a_project(session, items=2)
    ann = acting(a_member(session, project))
    served = claim(session, ann, project)
    project.state = "paused"
    session.flush()
    done = submit(session, ann, served, {"preferred": "tie"}, wants_next=True)
    assert isinstance(done.next, queue.Nothing)
    assert done.next.why == "paused"
