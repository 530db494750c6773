"""What becomes of an item once it is settled: its gold and its place in the queue; and items with very many answers."""

from datetime import timedelta
from random import Random
from time import process_time

import pytest
from sqlmodel import Session, col, select

from core.errors import Conflict
from core.services import flags, labelling, queue
from core.services.labelling import Submission
from core.services.review import reopen as review_reopen, reviewing
from core.services.review.settle import Promotion
from core.store import work
from tests import factories
from tests.clock import NOW
from tests.reviewing import SLUG, UnderReview


@pytest.fixture
def pairs(session: Session) -> UnderReview:
    made = UnderReview(session)
    made.item("split", "r1", "r2", "tie")
    return made


def item_of(made: UnderReview, key: str) -> factories.Item:
    return made.session.scalars(select(factories.Item).where(col(factories.Item.key) == key)).one()


def state_of(made: UnderReview, key: str) -> str:
    return work.item_state(made.session.connection(), item_of(made, key).id or 0)


def test_a_known_answer_that_was_there_before_is_not_replaced(pairs: UnderReview) -> None:
    item = item_of(pairs, "split")
    imported = factories.a_gold(pairs.session, item, {"preferred": "r2"}, use="reference")
    shown = pairs.serve(pairs.rita, item="split")
    with pytest.raises(Conflict, match="already has a gold answer"):
        pairs.settle(pairs.rita, shown, gold=Promotion("reference", "Why."))
    done = pairs.settle(pairs.rita, shown)
    review_reopen.reopen(pairs.session, pairs.rob, done.verdict, comment="Not so clear.", now=NOW)
    assert pairs.session.scalars(select(factories.Gold)).one().answer == imported.answer


def test_reopening_leaves_a_check_that_may_hold_personal_data_locked_away(pairs: UnderReview) -> None:
    done = pairs.settle(pairs.rita, pairs.serve(pairs.rita, item="split"), gold=Promotion("check", "Why."))
    item = item_of(pairs, "split")
    work.set_item_state(pairs.session.connection(), item.id or 0, "quarantined")
    review_reopen.reopen(pairs.session, pairs.rob, done.verdict, comment="Not so clear.", now=NOW)
    assert state_of(pairs, "split") == "quarantined"


@pytest.mark.parametrize("how", ["their time runs out", "they pass on it", "it is put back"])
def test_a_settled_item_does_not_come_back_to_the_queue(session: Session, how: str) -> None:
    made = UnderReview(session)
    item = made.item("unclear", "r1", {"bad_item"}, state="flagged")
    cai = session.get_one(factories.Person, made.cai.person_id)
    held = factories.an_assignment(session, item, cai, slot=3, lease_until=NOW + timedelta(hours=1))
    made.settle(made.rita, made.serve(made.rita))
    if how == "their time runs out":
        queue.next_screen(session, made.ann, now=NOW + timedelta(hours=2), rng=Random(1), slug=SLUG)
    elif how == "they pass on it":
        skipped = Submission("a-key-of-its-own", 0, "skipped", None)
        labelling.submit(session, made.cai, held.id or 0, skipped, now=NOW, rng=Random(1))
    else:
        work.set_item_state(session.connection(), item.id or 0, "quarantined")
        flags.put_back(session, made.lead, SLUG, item.id or 0, now=NOW)
    assert state_of(made, "unclear") == "done"


@pytest.mark.parametrize("task", ["pairwise", "demonstration"])
def test_an_item_with_300_answers_does_not_hold_the_writer_up(session: Session, task: str) -> None:
    made = UnderReview(session, task=task, review={"audit_share": 1.0})
    payload = {"prompt": "Say hello."} if task == "demonstration" else None
    item = made.item("crowded", payload=payload)
    for n in range(300):
        said = {"text": f"Hello number {n} to you."} if task == "demonstration" else ("r1", "r2", "tie")[n % 3]
        made.answers(item, made.joins(f"person-{n:03}"), said)
    ranking = made.ranked(made.rita)
    began = process_time()
    shown = reviewing.next_item(session, made.rita, SLUG, ranking, now=NOW)
    assert process_time() - began < 2
    assert isinstance(shown, reviewing.Served)
    assert {len(side.same_as) for side in shown.answers} == ({0} if task == "demonstration" else {99})
