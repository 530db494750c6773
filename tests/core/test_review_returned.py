"""Answers sent back: who is told what, revised or kept, and what it does to the item, the figures and the lead's morning."""

from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import Session

from core.errors import Conflict, InvalidAnswer, InvalidInput, NotFound
from core.services import concerns, labelling, membership, mywork, project_changes, projects
from core.services.quality import reporting
from core.services.review import examples as review_examples, returned as review_returned, sending_back as review_return
from core.services.review.reviewing import Served, counts
from core.services.review.sending_back import Sending
from core.services.richtext import render
from core.store import returned as returned_store, review as store, verdicts as verdicts_store
from tests import factories
from tests.clock import NOW
from tests.reviewing import SLUG, UnderReview

HOSTILE = "<img src=x onerror=alert(1)> **bold** [x](javascript:1) {name} %s 中文"


@pytest.fixture
def pairs(session: Session) -> UnderReview:
    made = UnderReview(session)
    made.item("split", "r1", "r2", "tie")
    return made


def send(made: UnderReview, served: Served, *names: str, comment: str = HOSTILE, **fields: Any) -> tuple[int, ...]:
    answers = tuple(made.label(served, name) for name in names)
    sending = Sending(answers, comment, **fields)
    return review_return.send_back(made.session, made.rita, served.assignment, sending, now=NOW).returned


def refused(call: Any, code: str) -> None:
    with pytest.raises(Conflict) as refusal:
        call()
    assert refusal.value.error_code == code


def revise(made: UnderReview, actor: Any, answer_id: int, said: str = "r1", key: str = "revision-1") -> int:
    return labelling.revise(made.session, actor, answer_id, now=NOW, key=key, answer={"preferred": said})


def settled(made: UnderReview) -> list[tuple[str | None, str | None]]:
    item = store.item_of(made.session.connection(), made.project.id or 0, "split") or 0
    return [(row.settled, row.reply) for row in returned_store.returned_of(made.session.connection(), item)]


def test_the_author_is_told_what_to_look_at_and_nothing_of_others(pairs: UnderReview) -> None:
    shown = pairs.serve(pairs.rita)
    (returned,) = send(pairs, shown, "Ben", reason="annotator_error")
    (told,) = mywork.returned(pairs.session, pairs.ben)
    assert (told.id, told.answer_id, told.slug, told.excerpt) == (
        returned,
        pairs.label(shown, "Ben"),
        SLUG,
        "Which way?",
    )
    assert (told.comment, told.reason, told.revisable) == (HOSTILE, "annotator_error", True)
    assert not any(name in str(told) for name in ("Rita", "Ann", "Cai", "r1"))
    assert mywork.returned(pairs.session, pairs.ann) == mywork.returned(pairs.session, pairs.cai) == ()


def test_the_item_waits_until_everybody_has_answered(pairs: UnderReview) -> None:
    shown = pairs.serve(pairs.rita)
    _, cai = send(pairs, shown, "Ben", "Cai")
    assert counts(pairs.session, pairs.rob, SLUG, now=NOW)["returned"] == 1
    assert pairs.why_nothing(pairs.rob) == "none_left"
    revise(pairs, pairs.ben, pairs.label(shown, "Ben"))
    assert pairs.why_nothing(pairs.rob) == "none_left"
    review_returned.keep(pairs.session, pairs.cai, cai, reply=HOSTILE, now=NOW)
    assert settled(pairs) == [("revised", None), ("kept", HOSTILE)]
    back = pairs.serve(pairs.rob)
    assert back.why == ("back",)
    assert [(one.label, one.settled, one.reply) for one in back.returned] == [
        (2, "revised", None),
        (3, "kept", HOSTILE),
    ]
    assert [(side.name, side.revision) for side in back.answers] == [("Ann", 1), ("Ben", 2), ("Cai", 1)]
    assert back.suggested is not None
    assert (back.suggested["answer"], back.suggested["method"]) == ({"preferred": "r1"}, "majority")


def test_a_reviewer_may_settle_it_meanwhile(pairs: UnderReview) -> None:
    send(pairs, pairs.serve(pairs.rita), "Ben")
    meanwhile = pairs.serve(pairs.rob, item="split")
    assert [side.returned for side in meanwhile.answers] == [False, True, False]
    pairs.settle(pairs.rob, meanwhile)
    assert settled(pairs) == [("withdrawn", None)]
    assert mywork.returned(pairs.session, pairs.ben) == ()
    refused(lambda: revise(pairs, pairs.ben, pairs.label(meanwhile, "Ben")), "closed")


def test_revised_answers_stay_out_of_quality(pairs: UnderReview) -> None:
    pairs.item("agreed", "r1", "r1", "r1")
    shown = pairs.serve(pairs.rita, item="split")
    before = reporting.quality(pairs.session, pairs.lead, SLUG)
    send(pairs, shown, "Ben", "Cai")
    revise(pairs, pairs.ben, pairs.label(shown, "Ben"))
    revise(pairs, pairs.cai, pairs.label(shown, "Cai"), key="revision-2")
    after = reporting.quality(pairs.session, pairs.lead, SLUG)
    assert after["labels"] == before["labels"] == 6
    assert after["targets"] == before["targets"]


def test_keeping_is_the_authors_own_and_needs_a_word(pairs: UnderReview) -> None:
    (returned,) = send(pairs, pairs.serve(pairs.rita), "Ben")
    keep = lambda who, reply: review_returned.keep(pairs.session, who, returned, reply=reply, now=NOW)  # noqa: E731
    for stranger in (pairs.ann, pairs.rita, pairs.lead):
        with pytest.raises(NotFound):
            keep(stranger, "Mine.")
    for empty in ("", "  \n", "x" * 5001):
        with pytest.raises(InvalidInput):
            keep(pairs.ben, empty)
    keep(pairs.ben, "I stay with it.")
    keep(pairs.ben, "I stay with it.")
    refused(lambda: keep(pairs.ben, "Another word."), "closed")


def test_sending_back_twice_is_once(pairs: UnderReview) -> None:
    shown = pairs.serve(pairs.rita)
    assert send(pairs, shown, "Ben", "Cai") == send(pairs, shown, "Ben", "Cai")
    assert len(settled(pairs)) == 2
    refused(lambda: send(pairs, shown, "Ben", comment="Something else."), "settled")
    refused(lambda: pairs.settle(pairs.rita, shown), "settled")


@pytest.mark.parametrize(("comment", "names"), [("", ("Ben",)), ("   ", ("Ben",)), ("Look.", ())])
def test_nothing_goes_back_without_a_word_or_an_answer(
    pairs: UnderReview, comment: str, names: tuple[str, ...]
) -> None:
    shown = pairs.serve(pairs.rita)
    with pytest.raises(InvalidInput):
        send(pairs, shown, *names, comment=comment)


def test_answers_that_nobody_can_answer_for_do_not_go_back(session: Session) -> None:
    made = UnderReview(session)
    item = made.item("split", "r1", "r2", {"skipped"})
    old = factories.a_person(session, "Old", kind="imported", active=False)
    factories.an_answer(session, item, old, {"preferred": "tie"}, purpose="imported")
    session.flush()
    shown = made.serve(made.rita, item="split")
    for name in ("Old", "Cai"):
        refused(lambda name=name: send(made, shown, name), "cannot_return")
    membership.set_member(session, made.lead, SLUG, "Ben", now=NOW, state="removed")
    refused(lambda: send(made, shown, "Ben"), "cannot_return")
    refused(
        lambda: review_return.send_back(session, made.rita, shown.assignment, Sending((999_999,), "?"), now=NOW),
        "revised",
    )


def test_an_answer_that_changed_meanwhile_cannot_be_picked(pairs: UnderReview) -> None:
    shown = pairs.serve(pairs.rita)
    old = pairs.label(shown, "Ben")
    revise(pairs, pairs.ben, old)
    refused(lambda: pairs.settle(pairs.rita, shown, "picked", answer_id=old), "revised")
    refused(lambda: send(pairs, shown, "Ann", "Ben"), "revised")
    assert pairs.serve(pairs.rita).answers[1].revision == 2


def test_in_the_second_stage_it_lifts_the_first_verdict(session: Session) -> None:
    made = UnderReview(session, review={"stages": 2})
    made.item("split", "r1", "r2", "tie")
    made.settle(made.rob, made.serve(made.rob))
    second = made.serve(made.rita)
    send(made, second, "Ben")
    item = store.item_of(session.connection(), made.project.id or 0, "split") or 0
    assert verdicts_store.verdict_of(session.connection(), item) is None
    revise(made, made.ben, made.label(second, "Ben"))
    again = made.serve(made.rob)
    assert (again.stage, set(again.why)) == (1, {"back", "reopened"})


def test_the_lead_is_told_what_is_left_unanswered_for_long(pairs: UnderReview) -> None:
    send(pairs, pairs.serve(pairs.rita), "Ben", "Cai")
    soon = concerns.today(pairs.session, pairs.lead, now=NOW + timedelta(days=1))
    later = concerns.today(pairs.session, pairs.lead, now=NOW + timedelta(days=4))
    assert "returned" not in {one.kind for one in soon.concerns}
    (concern,) = (one for one in later.concerns if one.kind == "returned")
    assert (concern.figures["n"], concern.figures["since"], concern.page) == (2, NOW, "review")


# Examples -------------------------------------------------------------------------------------------------------------


def test_a_proposed_example_becomes_a_new_version_of_the_guidelines(pairs: UnderReview) -> None:
    pairs.settle(pairs.rita, pairs.serve(pairs.rita), example=HOSTILE)
    (proposed,) = review_examples.pending(pairs.session, pairs.lead, SLUG)
    assert (proposed.item, proposed.excerpt, proposed.note, proposed.by) == ("split", "Which way?", HOSTILE, "Rita")
    (concern,) = (one for one in concerns.today(pairs.session, pairs.lead, now=NOW).concerns if one.kind == "examples")
    assert concern.figures["n"] == 1
    assert review_examples.take(pairs.session, pairs.lead, SLUG, proposed.id, now=NOW) == 2
    text = projects.get(pairs.session, pairs.lead, SLUG).guidelines
    assert text.startswith("Decide with care.\n\n## Examples\n\n> Which way?\n\n")
    html = render(text)
    assert html is not None
    assert not any(tag in html for tag in ("<img", "<a ", "<strong>"))
    assert review_examples.pending(pairs.session, pairs.lead, SLUG) == ()
    with pytest.raises(NotFound):
        review_examples.decline(pairs.session, pairs.lead, SLUG, proposed.id, now=NOW)


def test_examples_stand_under_one_heading_in_every_language(pairs: UnderReview) -> None:
    project_changes.change(pairs.session, pairs.lead, SLUG, now=NOW, guidelines={"en": "Be fair.", "zh": "请公平。"})
    pairs.item("other", "r1", "tie", "r2")
    for key in ("split", "other"):
        pairs.settle(pairs.rita, pairs.serve(pairs.rita, item=key), example=f"Note on {key}.")
    for proposed in review_examples.pending(pairs.session, pairs.lead, SLUG):
        review_examples.take(pairs.session, pairs.lead, SLUG, proposed.id, now=NOW)
    text = projects.get(pairs.session, pairs.lead, SLUG).guidelines
    assert text["en"].count("## Examples") == 1
    assert text["en"].index("Note on split") < text["en"].index("Note on other")
    assert text["zh"].startswith("请公平。\n\n## ")
    assert text["zh"].count("## ") == 1


def test_only_a_lead_decides_on_examples(pairs: UnderReview) -> None:
    pairs.settle(pairs.rita, pairs.serve(pairs.rita), example="A good one.")
    (proposed,) = review_examples.pending(pairs.session, pairs.lead, SLUG)
    for actor in (pairs.rita, pairs.ann):
        for use in (review_examples.take, review_examples.decline):
            with pytest.raises(Exception, match="can't do this"):
                use(pairs.session, actor, SLUG, proposed.id, now=NOW)
    review_examples.decline(pairs.session, pairs.lead, SLUG, proposed.id, now=NOW)
    assert projects.get(pairs.session, pairs.lead, SLUG).guideline_version == 1


def test_a_revision_that_does_not_fit_leaves_it_open(pairs: UnderReview) -> None:
    shown = pairs.serve(pairs.rita)
    send(pairs, shown, "Ben")
    with pytest.raises(InvalidAnswer):
        revise(pairs, pairs.ben, pairs.label(shown, "Ben"), "nobody")
    assert settled(pairs) == [(None, None)]
