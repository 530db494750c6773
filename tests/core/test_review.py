"""Holding and settling: one reviewer an item and stage, verdicts once under their key, two stages, reopening, gold."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlmodel import Session

from core.errors import Conflict, InvalidAnswer, InvalidInput, NotAllowed, NotFound, TooLarge
from core.services import audit, labelling, queue, routing, seats, withdrawals
from core.services.labelling import Submission
from core.services.quality import reporting
from core.services.review import reopen as review_reopen, reviewing, settle as review_settle
from core.services.review.settle import Decision, Promotion
from core.store import verdicts as verdicts_store, work
from tests import factories
from tests.clock import NOW
from tests.reviewing import SLUG, UnderReview

HOSTILE = "<script>alert(1)</script> [x](javascript:1) \u202e ' OR 1=1 -- 中文"


@pytest.fixture
def pairs(session: Session) -> UnderReview:
    made = UnderReview(session)
    made.item("split", "r1", "r2", "tie")
    made.item("halves", "r2", "r1", "tie")
    return made


@pytest.fixture
def twice(session: Session) -> UnderReview:
    """Settled by two reviewers."""
    made = UnderReview(session, review={"stages": 2})
    made.item("split", "r1", "r2", "tie")
    return made


def refused(call: Any, code: str, kind: type[Exception] = Conflict) -> None:
    with pytest.raises(kind) as refusal:
        call()
    assert getattr(refusal.value, "error_code", None) == code


def verdicts(made: UnderReview, key: str = "split") -> list[Any]:
    item = made.session.connection().execute(select(work.item.c.id).where(work.item.c.key == key)).scalar_one()
    return list(verdicts_store.verdicts_of(made.session.connection(), item))


def state_of(made: UnderReview, key: str) -> str:
    return str(made.session.connection().execute(select(work.item.c.state).where(work.item.c.key == key)).scalar_one())


def kinds(made: UnderReview) -> list[str]:
    return [event.kind for event in reversed(audit.recent(made.session, made.project.id or 0))]


# In hand --------------------------------------------------------------------------------------------------------------


def test_who_holds_an_item_gets_it_again_and_nobody_else_does(pairs: UnderReview) -> None:
    first = pairs.serve(pairs.rita)
    assert pairs.serve(pairs.rita).assignment == first.assignment
    assert pairs.serve(pairs.rob).item != first.item
    assert pairs.why_nothing(pairs.lead) == "all_held"
    assert pairs.why_nothing(pairs.lead, item=first.item) == "held"


def test_all_answers_stand_side_by_side_with_what_differs(session: Session) -> None:
    made = UnderReview(session)
    made.item("split", "r1", "r2", "r1", state="done")
    shown = made.serve(made.rita)
    assert [(side.label, side.name, side.answer, side.same_as) for side in shown.answers] == [
        (1, "Ann", {"preferred": "r1"}, (3,)), (2, "Ben", {"preferred": "r2"}, ()), (3, "Cai", {"preferred": "r1"}, (1,)),
    ]  # fmt: skip
    assert shown.differs == ("preferred",)
    assert shown.suggested is not None
    assert shown.suggested["answer"] == {"preferred": "r1"}
    assert (shown.suggested["label"], shown.suggested["gold_items"], shown.suggested["calibrated"]) == (1, 0, False)
    assert 0.4 < shown.suggested["probability"] < 0.999


def test_a_reviewer_never_reviews_what_they_answered(pairs: UnderReview) -> None:
    both = pairs.joins("Both", "reviewer")
    item = pairs.item("own", "r1", "r2")
    pairs.answers(item, both, "tie", 3)
    assert pairs.serve(both).item != "own"
    assert pairs.why_nothing(both, item="own") == "own_answer"


def test_a_lease_runs_out_and_the_draft_stays_with_its_owner(pairs: UnderReview) -> None:
    mine = pairs.serve(pairs.rita)
    draft = {"answer": {"preferred": "tie"}, "extras": None, "comment": HOSTILE, "reason": "ambiguous"}

    def save(rev: int, body: Any) -> int:
        return reviewing.save_draft(pairs.session, pairs.rita, mine.assignment, now=NOW, rev=rev, draft=body)

    assert (save(1, draft), save(1, draft)) == (1, 1)
    refused(lambda: save(1, {**draft, "comment": "other"}), "stale_draft")
    later = NOW + timedelta(hours=2)
    assert pairs.serve(pairs.rob, later, item=mine.item).assignment != mine.assignment
    refused(lambda: reviewing.renew(pairs.session, pairs.rita, mine.assignment, now=later), "lease_over")
    refused(lambda: pairs.settle(pairs.rita, mine, now=later), "lease_over")
    much_later = later + timedelta(hours=2)
    again = pairs.serve(pairs.rita, much_later, item=mine.item)
    assert (again.assignment, again.draft, again.rev) == (mine.assignment, draft, 1)


def test_a_lease_that_ran_out_unnoticed_may_still_be_settled(pairs: UnderReview) -> None:
    mine = pairs.serve(pairs.rita)
    later = NOW + timedelta(hours=2)
    pairs.serve(pairs.rob, later, item="split" if mine.item != "split" else "halves")
    assert pairs.settle(pairs.rita, mine, now=later).verdict


def test_renewing_moves_the_end(pairs: UnderReview) -> None:
    mine = pairs.serve(pairs.rita)
    until = reviewing.renew(pairs.session, pairs.rita, mine.assignment, now=NOW + timedelta(minutes=30))
    assert until == NOW + timedelta(minutes=90)
    with pytest.raises(NotFound):
        reviewing.renew(pairs.session, pairs.rob, mine.assignment, now=NOW)


def test_what_was_passed_on_comes_back_tomorrow_or_when_it_is_asked_for(pairs: UnderReview) -> None:
    first = pairs.serve(pairs.rita)
    reviewing.pass_on(pairs.session, pairs.rita, first.assignment, now=NOW)
    assert reviewing.pass_on(pairs.session, pairs.rita, first.assignment, now=NOW) is None
    second = pairs.serve(pairs.rita)
    assert second.item != first.item
    reviewing.pass_on(pairs.session, pairs.rita, second.assignment, now=NOW)
    assert pairs.why_nothing(pairs.rita) == "all_skipped"
    assert pairs.serve(pairs.rob).item in (first.item, second.item)
    assert pairs.serve(pairs.rita, item="split" if pairs.serve(pairs.rob).item != "split" else "halves").stage == 1
    pairs.settle(pairs.rob, pairs.serve(pairs.rob))
    tomorrow = pairs.serve(pairs.rita, NOW + timedelta(days=1))
    assert tomorrow.item in (first.item, second.item)


def test_another_filter_puts_back_what_does_not_match(pairs: UnderReview) -> None:
    first = pairs.serve(pairs.rita)
    other = "halves" if first.item == "split" else "split"
    assert pairs.serve(pairs.rita, item=other).item == other
    assert pairs.serve(pairs.rob).item == first.item


def test_the_work_desk_knows_nothing_of_reviews(pairs: UnderReview) -> None:
    held = pairs.serve(pairs.rita)
    submission = Submission("key-00001", 0, "submitted", {"preferred": "tie"})
    rng = factories.Random(1)
    with pytest.raises(NotFound):
        labelling.submit(pairs.session, pairs.rita, held.assignment, submission, now=NOW, rng=rng)
    with pytest.raises(NotFound):
        labelling.save_draft(pairs.session, pairs.rita, held.assignment, now=NOW, rev=1, answer={})
    work_next = queue.next_screen(pairs.session, pairs.rita, now=NOW, rng=rng, slug=SLUG)
    assert isinstance(work_next, queue.Nothing)
    fresh = pairs.item("fresh", state="open")
    served = queue.next_screen(pairs.session, pairs.rita, now=NOW, rng=rng, slug=SLUG)
    assert isinstance(served, queue.Served)
    assert seats.own_assignment(pairs.session.connection(), pairs.rita, served.assignment).item_id == fresh.id


def test_annotators_cannot_use_the_review_desk(pairs: UnderReview) -> None:
    ranking = pairs.ranked(pairs.rita)
    held = pairs.serve(pairs.rita)
    verdict = pairs.settle(pairs.rita, held).verdict
    with pytest.raises(NotAllowed):
        reviewing.next_item(pairs.session, pairs.ann, SLUG, ranking, now=NOW)
    with pytest.raises(NotFound):
        pairs.settle(pairs.ann, held)
    with pytest.raises(NotAllowed):
        review_reopen.reopen(pairs.session, pairs.ann, verdict, comment="no", now=NOW)


def test_people_who_do_not_take_an_items_content_do_not_get_it(session: Session) -> None:
    made = UnderReview(session)
    made.item("violent", "r1", "r2", "tie", lane=factories.a_lane(session, made.project, sensitive="violence"))
    for member in session.scalars(select(factories.Membership)):
        member.avoids = ["violence"] if member.person_id == made.rita.person_id else None
    session.flush()
    assert made.why_nothing(made.rita) == "none_for_you"
    assert made.serve(made.rob).item == "violent"


def test_who_answered_all_that_waits_is_told_that_someone_else_has_to_review_it(session: Session) -> None:
    made = UnderReview(session)
    one = made.item("one", "r1", "r2")
    made.answers(one, made.lead, "r1", 3)
    found = made.next(made.lead)
    assert isinstance(found, reviewing.Nothing)
    assert (found.why, found.progress.left) == ("only_own", 0)
    assert "someone else" in reviewing.MESSAGES[found.why]
    assert made.serve(made.rita).item == "one"


# Settling -------------------------------------------------------------------------------------------------------------


def test_accepting_keeps_what_was_shown(pairs: UnderReview) -> None:
    shown = pairs.serve(pairs.rita, item="split")
    pairs.settle(pairs.rita, shown, comment=HOSTILE, reason="ambiguous", active_ms=4321)
    (row,) = verdicts(pairs)
    assert shown.suggested is not None
    assert (row.body, row.answer_id) == (shown.suggested["answer"], shown.suggested["answer_id"])
    assert (row.suggested, row.confidence) == (shown.suggested["answer"], shown.suggested["probability"])
    assert (row.basis, row.final, row.current, row.stage, row.reason) == ("accepted", True, True, 1, "ambiguous")
    assert (row.comment, row.active_ms, row.by_id) == (HOSTILE, 4321, pairs.rita.person_id)
    assert "verdict.settled" in kinds(pairs)
    assert pairs.why_nothing(pairs.rob, item="split") == "settled"


def test_picking_takes_an_answer_with_its_extras(session: Session) -> None:
    made = UnderReview(session)
    item = made.item("split", "r1", "r2")
    third = made.answers(item, made.cai, "tie", 3, extras={"rationale": "Both fine."})
    shown = made.serve(made.rita)
    made.settle(made.rita, shown, "picked", answer_id=third.id)
    (row,) = verdicts(made)
    assert (row.body, row.extras, row.answer_id) == ({"preferred": "tie"}, {"rationale": "Both fine."}, third.id)


def test_editing_is_held_against_the_task(pairs: UnderReview) -> None:
    shown = pairs.serve(pairs.rita, item="split")
    for wrong in (None, {}, {"preferred": "r9"}, {"preferred": "r1", "model": "gpt"}):
        with pytest.raises(InvalidAnswer):
            pairs.settle(pairs.rita, shown, "edited", answer=wrong)
    with pytest.raises(InvalidAnswer):
        pairs.settle(pairs.rita, shown, "edited", answer={"preferred": "tie"}, extras={"mood": "good"})
    assert verdicts(pairs) == []
    pairs.settle(pairs.rita, shown, "edited", answer={"preferred": "both_bad"})
    assert [(row.body, row.answer_id) for row in verdicts(pairs)] == [({"preferred": "both_bad"}, None)]


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        ({"basis": "guessed"}, InvalidInput),
        ({"reason": "mood"}, InvalidInput),
        ({"comment": "x" * 5001}, TooLarge),
        ({"example": "x" * 5001}, TooLarge),
        ({"gold": Promotion("check", "  ")}, InvalidInput),
        ({"gold": Promotion("secret", "Why.")}, InvalidInput),
        ({"basis": "picked"}, Conflict),
        ({"basis": "picked", "answer_id": 999_999}, Conflict),
    ],
)
def test_decisions_that_make_no_sense_change_nothing(pairs: UnderReview, wrong: Any, error: type[Exception]) -> None:
    shown = pairs.serve(pairs.rita)
    with pytest.raises(error):
        pairs.settle(pairs.rita, shown, **{"basis": "accepted", **wrong})
    assert pairs.serve(pairs.rita).assignment == shown.assignment
    assert verdicts(pairs) == []


def test_the_same_decision_again_is_the_same_verdict_and_another_is_refused(pairs: UnderReview) -> None:
    shown = pairs.serve(pairs.rita)
    first = pairs.settle(pairs.rita, shown, key="the-same-key", comment="a")
    assert pairs.settle(pairs.rita, shown, key="the-same-key", comment="a").verdict == first.verdict
    refused(lambda: pairs.settle(pairs.rita, shown, key="the-same-key", comment="b"), "key_reused")
    other = pairs.serve(pairs.rob)
    refused(lambda: pairs.settle(pairs.rob, other, key="the-same-key", comment="a"), "key_reused")
    refused(lambda: pairs.settle(pairs.rita, shown, key="another-key"), "settled")


def test_an_item_that_nobody_answered_has_nothing_to_accept(session: Session) -> None:
    made = UnderReview(session)
    made.item("broken", {"bad_item"}, {"give_up"}, state="flagged")
    shown = made.serve(made.rita)
    assert (shown.suggested, shown.state, shown.why) == (None, "flagged", ("flag",))
    assert [(side.outcome, side.answer) for side in shown.answers] == [("bad_item", None), ("give_up", None)]
    refused(lambda: made.settle(made.rita, shown), "no_suggestion")
    made.settle(made.rita, shown, "edited", answer={"preferred": "tie"})
    assert state_of(made, "broken") == "done"


def test_an_item_with_personal_data_is_put_back_or_taken_out(session: Session) -> None:
    made = UnderReview(session)
    made.item("private", {"personal_data"}, state="quarantined")
    made.item("broken", {"bad_item"}, state="flagged")
    shown = made.serve(made.rita, item="private")
    assert "item.revealed" in kinds(made)
    refused(lambda: made.settle(made.rita, shown, "edited", answer={"preferred": "tie"}), "quarantined")
    with pytest.raises(InvalidInput):
        reviewing.decide_flag(session, made.rita, shown.assignment, "burn", now=NOW)
    reviewing.decide_flag(session, made.rita, shown.assignment, "withdraw", now=NOW)
    again = made.serve(made.rita, item="broken")
    reviewing.decide_flag(session, made.rita, again.assignment, "put_back", now=NOW)
    assert (state_of(made, "private"), state_of(made, "broken")) == ("withdrawn", "open")


def test_the_next_item_comes_with_the_verdict(pairs: UnderReview) -> None:
    shown = pairs.serve(pairs.rita)
    ranking = pairs.ranked(pairs.rita)
    decision = Decision("review-key-x", "accepted")
    rng = factories.Random(1)
    done = review_settle.settle(
        pairs.session, pairs.rita, shown.assignment, decision, now=NOW, rng=rng, ranking=ranking
    )
    assert isinstance(done.next, reviewing.Served)
    assert done.next.item != shown.item
    assert (done.next.progress.today, done.next.progress.left, done.next.last) == (1, 1, done.verdict)


def test_answers_under_settings_that_no_longer_allow_them_cannot_be_picked(session: Session) -> None:
    made = UnderReview(session, settings={"strength_levels": 3})
    made.item("split", {"preferred": "r1", "strength": 3}, {"preferred": "r2", "strength": 1})
    row = factories.SettingsVersion(
        project_id=made.project.id, number=2, settings={"strength_levels": 2}, extras={}, created_at=NOW,
        carries_over={"answers": True},
    )  # fmt: skip
    session.add(row)
    session.flush()
    shown = made.serve(made.rita, item="split")
    assert [side.fits for side in shown.answers] == [False, True]
    with pytest.raises(InvalidAnswer):
        made.settle(made.rita, shown, "picked", answer_id=shown.answers[0].id)
    assert shown.suggested is not None
    assert shown.suggested["label"] == 2


# Two stages -----------------------------------------------------------------------------------------------------------


def test_a_second_reviewer_confirms_or_changes_the_first_verdict(twice: UnderReview) -> None:
    first = twice.serve(twice.rita)
    twice.settle(twice.rita, first, "edited", answer={"preferred": "both_bad"}, comment="Both are wrong.")
    assert [(row.final, row.current) for row in verdicts(twice)] == [(False, True)]
    assert twice.why_nothing(twice.rita, item="split") == "own_answer"
    assert reviewing.counts(twice.session, twice.rob, SLUG, now=NOW)["second"] == 1
    second = twice.serve(twice.rob, why="second")
    assert (second.stage, second.why[0]) == (2, "second")
    assert second.first_verdict is not None
    assert (second.first_verdict.answer, second.first_verdict.comment) == ({"preferred": "both_bad"}, "Both are wrong.")
    assert second.history == ()
    twice.settle(twice.rob, second)
    assert [(row.stage, row.final, row.current, row.body["preferred"]) for row in verdicts(twice)] == [
        (1, False, False, "both_bad"), (2, True, True, "both_bad"),
    ]  # fmt: skip
    assert kinds(twice).count("verdict.proposed") == kinds(twice).count("verdict.settled") == 1


def test_the_second_verdict_is_the_one_that_counts(twice: UnderReview) -> None:
    twice.settle(twice.rita, twice.serve(twice.rita), "edited", answer={"preferred": "both_bad"})
    twice.settle(twice.rob, twice.serve(twice.rob), "edited", answer={"preferred": "tie"})
    final = verdicts_store.final_verdicts(twice.session.connection(), twice.project.id or 0)
    assert [row.body for row in final.values()] == ['{"preferred":"tie"}']
    reviewers = verdicts_store.reviewers_of(twice.session.connection(), twice.project.id or 0)
    assert {item: [one.name for one in those] for item, those in reviewers.items()} == {
        next(iter(final)): ["Rita", "Rob"]
    }


def test_only_the_last_verdict_makes_gold(twice: UnderReview) -> None:
    first = twice.serve(twice.rita)
    refused(lambda: twice.settle(twice.rita, first, gold=Promotion("check", "Why.")), "not_final")
    twice.settle(twice.rita, first)
    twice.settle(twice.rob, twice.serve(twice.rob), gold=Promotion("reference", "Why."))
    assert state_of(twice, "split") == "done"


# Reopening ------------------------------------------------------------------------------------------------------------


def test_a_reopened_verdict_is_kept_and_settled_anew(pairs: UnderReview) -> None:
    done = pairs.settle(pairs.rita, pairs.serve(pairs.rita, item="split"), reason="ambiguous")
    with pytest.raises(InvalidInput):
        review_reopen.reopen(pairs.session, pairs.rob, done.verdict, comment="  ", now=NOW)
    again = review_reopen.reopen(pairs.session, pairs.rob, done.verdict, comment=HOSTILE, now=NOW)
    assert (again.item, again.stage, [one.verdict for one in again.history]) == ("split", 1, [done.verdict])
    assert again.draft is not None
    assert (again.draft["comment"], again.draft["answer"]) == (HOSTILE, again.history[0].answer)
    (row,) = verdicts(pairs)
    assert (row.current, row.reopened_at, row.reopened_by) == (False, NOW, pairs.rob.person_id)
    assert row.reopened_why
    refused(lambda: review_reopen.reopen(pairs.session, pairs.rob, done.verdict, comment="twice", now=NOW), "closed")
    assert "verdict.reopened" in kinds(pairs)
    assert pairs.serve(pairs.rob).assignment == again.assignment
    pairs.settle(pairs.rob, again, "edited", answer={"preferred": "both_bad"})
    assert [row.current for row in verdicts(pairs)] == [False, True]


def test_reopening_lays_aside_what_is_in_hand(pairs: UnderReview) -> None:
    done = pairs.settle(pairs.rita, pairs.serve(pairs.rita, item="split"))
    other = pairs.serve(pairs.rita)
    review_reopen.reopen(pairs.session, pairs.rita, done.verdict, comment="Wrong key.", now=NOW)
    assert pairs.serve(pairs.rob).item == other.item


def test_what_a_second_reviewer_holds_is_not_pulled_away(twice: UnderReview) -> None:
    done = twice.settle(twice.rita, twice.serve(twice.rita))
    twice.serve(twice.rob)
    refused(lambda: review_reopen.reopen(twice.session, twice.rita, done.verdict, comment="Oh.", now=NOW), "held")


def test_a_withdrawn_item_is_restored_before_its_verdict_is_reopened(pairs: UnderReview) -> None:
    done = pairs.settle(pairs.rita, pairs.serve(pairs.rita, item="split"))
    withdrawals.withdraw(pairs.session, pairs.lead, SLUG, now=NOW, whole="item", names=["split"])
    refused(lambda: review_reopen.reopen(pairs.session, pairs.rita, done.verdict, comment="Oh.", now=NOW), "withdrawn")


def test_whoever_answered_an_item_does_not_reopen_its_verdict(pairs: UnderReview) -> None:
    both = pairs.joins("Both", "reviewer")
    item = pairs.item("own", "r1", "r2")
    pairs.answers(item, both, "tie", 3)
    done = pairs.settle(pairs.rita, pairs.serve(pairs.rita, item="own"))
    refused(lambda: review_reopen.reopen(pairs.session, both, done.verdict, comment="Mine.", now=NOW), "own_answer")


# Gold -----------------------------------------------------------------------------------------------------------------


def test_a_promoted_item_leaves_work_and_its_answers_keep_counting(pairs: UnderReview) -> None:
    before = reporting.quality(pairs.session, pairs.lead, SLUG)["labels"]
    done = pairs.settle(
        pairs.rita,
        pairs.serve(pairs.rita, item="split"),
        "edited",
        answer={"preferred": "r1"},
        gold=Promotion("check", HOSTILE),
    )
    gold = pairs.session.scalars(select(factories.Gold)).one()
    assert (gold.answer, gold.explanation, gold.use, gold.created_by) == (
        {"preferred": "r1"}, HOSTILE, "check", pairs.rita.person_id,
    )  # fmt: skip
    assert (0 <= gold.draw < 1, state_of(pairs, "split")) == (True, "gold")
    report = reporting.quality(pairs.session, pairs.lead, SLUG)
    assert (report["labels"], report["gold_items"]) == (before, 1)
    assert report["annotators_detail"]["Ann"]["gold"]["correct"] == 1
    assert report["annotators_detail"]["Ben"]["gold"]["correct"] == 0
    assert pairs.why_nothing(pairs.rob, item="split") == "not_complete"
    review_reopen.reopen(pairs.session, pairs.rob, done.verdict, comment="Not so clear.", now=NOW)
    assert pairs.session.connection().execute(select(work.gold)).first() is None
    assert (state_of(pairs, "split"), "gold.withdrawn" in kinds(pairs)) == ("done", True)


def test_answers_that_no_machine_can_check_become_references_only(session: Session) -> None:
    made = UnderReview(session, task="demonstration", review={"audit_share": 1.0})
    made.item("d", {"text": "Hello."}, payload={"prompt": "Say hello."})
    shown = made.serve(made.rita)
    with pytest.raises(InvalidAnswer):
        made.settle(made.rita, shown, gold=Promotion("check", "Why."))
    made.settle(made.rita, shown, gold=Promotion("reference", "Why."))
    assert session.scalars(select(factories.Gold)).one().answer == {"text": "Hello."}


def test_the_log_is_whole_and_holds_no_content(pairs: UnderReview) -> None:
    done = pairs.settle(pairs.rita, pairs.serve(pairs.rita, item="split"), comment=HOSTILE, example=HOSTILE)
    review_reopen.reopen(pairs.session, pairs.rob, done.verdict, comment=HOSTILE, now=NOW)
    assert audit.verify(pairs.session).broken_at is None
    for event in audit.recent(pairs.session, pairs.project.id or 0):
        assert "script" not in event.subject + event.digest


def test_a_settled_item_is_not_asked_for_again_when_more_answers_are_wanted(pairs: UnderReview) -> None:
    pairs.settle(pairs.rita, pairs.serve(pairs.rita, item="split"))
    routing.set_overlap(pairs.session, pairs.lead, SLUG, 5, now=NOW)
    assert (state_of(pairs, "split"), state_of(pairs, "halves")) == ("done", "open")


def test_what_differs_is_named_by_what_was_asked(session: Session) -> None:
    criteria = [{"id": name, "name": name, "min": 1, "max": 5} for name in ("clarity", "tone")]
    made = UnderReview(session, task="rating", settings={"criteria": criteria})
    said = [{"scores": {"clarity": clarity, "tone": 3}} for clarity in (1, 5, 3)]
    made.item("r", *said, payload={"prompt": "Say hello.", "response": "Hello."})
    assert made.serve(made.rita, item="r").differs == ("scores.clarity",)
