"""What review must not give away: which answers were checks or second looks, and what others say to who still answers."""

from random import Random
from typing import Any

import pytest
from sqlmodel import Session, col, select

from core.services import labelling, mywork
from core.services.labelling import Submission
from core.services.review.settle import Promotion
from core.store import work
from tests import factories
from tests.clock import NOW
from tests.reviewing import UnderReview


@pytest.fixture
def pairs(session: Session) -> UnderReview:
    made = UnderReview(session)
    made.item("split", "r1", "r2", "tie")
    return made


def held_by(made: UnderReview, name: str, key: str, **fields: Any) -> Any:
    item = made.session.scalars(select(factories.Item).where(col(factories.Item.key) == key)).one()
    person = made.session.scalars(select(factories.Person).where(col(factories.Person.name) == name)).one()
    return factories.an_assignment(made.session, item, person, **{"slot": None, **fields})


def answered(made: UnderReview, actor: Any, assignment: Any) -> int:
    said = Submission("a-key-of-its-own", 0, "submitted", {"preferred": "r1"})
    return labelling.submit(made.session, actor, assignment.id, said, now=NOW, rng=Random(1)).answer


def test_an_answer_to_a_check_made_in_review_may_be_changed_like_any_other(pairs: UnderReview) -> None:
    """A verdict stands behind it: were it closed at once, that would tell which items are checks."""
    pairs.settle(pairs.rita, pairs.serve(pairs.rita), gold=Promotion("check", "Why."))
    dan = pairs.joins("Dan")
    given = answered(pairs, dan, held_by(pairs, "Dan", "split", purpose="gold"))
    assert labelling.own_answer(pairs.session, dan, given).revisable
    assert [row.revisable for row in mywork.answers(pairs.session, dan).rows] == [True]
    labelling.revise(pairs.session, dan, given, now=NOW, key="another-key", answer={"preferred": "r2"})
    last = work.last_answer(pairs.session.connection(), dan.person_id or 0, pairs.project.id or 0)
    labelling.undo(pairs.session, dan, last.id, now=NOW)


def test_a_second_look_at_a_settled_item_may_be_changed_and_answers_nothing_that_was_sent_back(
    pairs: UnderReview,
) -> None:
    pairs.settle(pairs.rita, pairs.serve(pairs.rita))
    given = answered(pairs, pairs.ann, held_by(pairs, "Ann", "split", purpose="repeat", nth=1))
    assert labelling.own_answer(pairs.session, pairs.ann, given).revisable
    rows = {row.answer_id: row.revisable for row in mywork.answers(pairs.session, pairs.ann).rows}
    assert sorted(rows.values()) == [False, True]


def test_who_holds_an_item_for_work_does_not_get_to_review_it(pairs: UnderReview) -> None:
    """They would see what others say before they say it."""
    pairs.item("unclear", "r1", {"bad_item"}, state="flagged")
    held_by(pairs, "Rita", "unclear", slot=3)
    assert pairs.why_nothing(pairs.rita, item="unclear") == "own_answer"
    assert pairs.serve(pairs.rob, item="unclear").item == "unclear"
