"""What waits for review, in which order, and for whom."""

from datetime import timedelta
from typing import Any

import numpy as np
import pytest
from sqlalchemy import update
from sqlmodel import Session

from core.errors import InvalidInput, NotAllowed, NotFound
from core.services.review import reviewing
from core.services.review.queue import audit_draws
from core.services.review.reviewing import Filter
from core.store import work
from core.store.tables import Batch, TargetValue
from tests import factories
from tests.clock import NOW
from tests.reviewing import PAYLOAD, SLUG, UnderReview


@pytest.fixture
def pairs(session: Session) -> UnderReview:
    """Agreed on by all, by most, and by nobody."""
    made = UnderReview(session)
    for n in range(20):
        made.item(f"agreed{n}", *([("r1", "r2")[n % 2]] * 3))
    made.item("most", "r1", "r1", "r2")
    made.item("split", "r1", "r2", "tie")
    return made


def test_the_most_doubtful_comes_first_and_what_is_sure_does_not_come(pairs: UnderReview) -> None:
    assert pairs.order() == ["split", "most"]


def test_doubt_is_the_probability_that_the_consensus_is_wrong(pairs: UnderReview) -> None:
    ranking = pairs.ranked(pairs.rita)
    wrong = ranking.doubts.of(ranking.items)
    assert wrong[0] > wrong[1] > 0.1
    believed = ranking.doubts.believed(int(ranking.items[1]))
    assert believed is not None
    assert believed.probability == pytest.approx(1 - wrong[1])


def test_the_projects_bar_decides_what_is_doubtful(session: Session) -> None:
    made = UnderReview(session, review={"doubt": 0.99})
    made.item("split", "r1", "r2", "tie")
    assert made.order() == []


@pytest.mark.parametrize("state", ["open", "taken", "gold", "withdrawn", "stub"])
def test_only_items_with_all_their_answers_wait(session: Session, state: str) -> None:
    made = UnderReview(session)
    made.item("split", "r1", "r2", "tie", state=state)
    assert made.order() == []


def test_items_that_imported_labels_have_filled_wait_too(session: Session) -> None:
    made = UnderReview(session)
    full, half = (factories.an_item(session, made.project, key, payload=PAYLOAD, overlap=2) for key in ("full", "half"))
    for item, said in ((full, ("r1", "r2")), (half, ("r1",))):
        for name, what in zip(("p", "q"), said, strict=False):
            person = factories.a_person(session, f"{name}-{item.key}", kind="imported")
            answer = factories.an_answer(session, item, person, {"preferred": what}, purpose="imported")
            session.add(TargetValue(answer_id=answer.id, target="preferred", code=int(what == "r2")))
    session.flush()
    assert made.order() == ["full"]


def test_what_people_flagged_comes_before_doubts(pairs: UnderReview) -> None:
    pairs.item("broken", {"bad_item"}, state="flagged")
    pairs.item("private", {"personal_data"}, state="quarantined")
    pairs.item("unsafe", "r1", "r1", {"unsafe_for_me"})
    assert set(pairs.order()[:3]) == {"broken", "private", "unsafe"}
    assert reviewing.counts(pairs.session, pairs.rita, SLUG, now=NOW) == {
        "reopened": 0, "back": 0, "second": 0, "flag": 3, "doubt": 2, "audit": 0, "returned": 0, "working": 0,
    }  # fmt: skip


def test_batches_due_soon_and_priorities_weigh_more(session: Session) -> None:
    made = UnderReview(session)
    plain, urgent, important = (factories.a_lane(session, made.project, priority=p) for p in (0, 0, 9))
    session.connection().execute(
        update(Batch).where(Batch.id == urgent.batch_id).values(due_at=NOW + timedelta(days=1))  # type: ignore[arg-type]
    )
    for key, lane in (("plain", plain), ("urgent", urgent), ("important", important)):
        made.item(key, "r1", "r2", "tie", lane=lane)
    assert made.order() == ["important", "urgent", "plain"]


def test_without_probabilities_disagreement_orders(session: Session) -> None:
    made = UnderReview(session, task="ranking")
    payload = {"prompt": "Rank.", "responses": {name: {"text": name} for name in ("a", "b", "c")}}
    first, second, last = (
        {"ranks": dict(zip("abc", ranks, strict=True))} for ranks in ((1, 2, 3), (2, 1, 3), (3, 2, 1))
    )
    made.item("same", first, first, first, payload=payload)
    made.item("near", first, first, second, payload=payload)
    made.item("far", first, last, last, payload=payload)
    assert made.order() == ["far", "near"]


# The audit share ------------------------------------------------------------------------------------------------------


def test_the_audit_share_is_fixed_hidden_and_independent_of_doubt(session: Session) -> None:
    made = UnderReview(session, review={"audit_share": 0.5, "doubt": 1.0})
    for n in range(24):
        made.item(f"i{n:02}", *(("r1", "r1", "r1") if n % 2 else ("r1", "r2", "tie")))
    drawn = made.order()
    assert drawn == made.order()
    assert 4 <= len(drawn) <= 20
    ids = {row.key: row.id for row in session.connection().execute(work.item.select())}
    of_salt, of_other = (audit_draws(salt, np.array(list(ids.values()))) for salt in ("salt", "other"))
    assert set(drawn) == {key for key, draw in zip(ids, of_salt, strict=True) if draw < 0.5}
    assert ((of_salt < 0.5) != (of_other < 0.5)).any()


def test_audited_items_are_spread_among_the_doubtful_ones(session: Session) -> None:
    made = UnderReview(session, review={"audit_share": 0.5, "doubt": 0.1})
    for n in range(30):
        made.item(f"sure{n:02}", *([("r1", "r2")[n % 2]] * 3))
        if n % 3 == 0:
            made.item(f"split{n:02}", "r1", "r2", "tie")
    order = ["sure" if key.startswith("sure") else "split" for key in made.order()]
    assert order.count("split") == 10
    assert order.count("sure") >= 8
    half = order[: len(order) // 2]
    assert 2 <= half.count("sure") < len(half)


def test_an_audit_of_everything_queues_what_all_agree_on(session: Session) -> None:
    made = UnderReview(session, review={"audit_share": 1.0})
    made.item("agreed", "r1", "r1", "r1")
    assert made.serve(made.rita).why == ("audit",)


def test_a_draw_is_spread_evenly() -> None:
    drawn = audit_draws("salt", np.arange(20_000))
    assert abs((drawn < 0.05).mean() - 0.05) < 0.006
    assert 0 <= drawn.min() < drawn.max() < 1
    assert audit_draws("salt", np.array([19_999, 5])).tolist() == [drawn[19_999], drawn[5]]


# Filters --------------------------------------------------------------------------------------------------------------


def test_filters_bring_also_what_nobody_doubts(session: Session) -> None:
    made = UnderReview(session)
    lane = factories.a_lane(session, made.project, batch="May")
    made.item("may", "r1", "r1", "r1", lane=lane, lang="zh", tags=["math", "hard"])
    made.item("june", "r1", "r1", "r1", lang="en", tags=["hardly"])
    made.item("alone", "r1", lang="en")
    for wanted, expected in (
        (Filter(batch="May"), {"may"}),
        (Filter(lang="en"), {"june", "alone"}),
        (Filter(tag="hard"), {"may"}),
        (Filter(annotator="Ben"), {"may", "june"}),
        (Filter(annotator="Ben", lang="zh"), {"may"}),
        (Filter(why="doubt", lang="zh"), set()),
        (Filter(item="june"), {"june"}),
        (Filter(), set()),
    ):
        assert set(made.order(wanted)) == expected, wanted
    choices = reviewing.filters(session, made.rita, SLUG)
    assert (choices.languages, choices.tags) == (("en", "zh"), ("hard", "hardly", "math"))
    assert choices.annotators == ("Ann", "Ben", "Cai")
    assert "May" in choices.batches


@pytest.mark.parametrize(
    ("wanted", "error"),
    [
        (Filter(item="nothing"), NotFound),
        (Filter(annotator="nobody"), NotFound),
        (Filter(why="fun"), InvalidInput),
    ],
)
def test_filters_that_name_nothing_are_refused(pairs: UnderReview, wanted: Filter, error: type[Exception]) -> None:
    with pytest.raises(error):
        pairs.ranked(pairs.rita, wanted)


# Who may --------------------------------------------------------------------------------------------------------------


def test_annotators_viewers_and_strangers_see_nothing_of_it(pairs: UnderReview) -> None:
    viewer = pairs.joins("Vic", "viewer")
    stranger = factories.an_actor(pairs.session, "Sam", role="reviewer")
    for actor, error in ((pairs.ann, NotAllowed), (viewer, NotAllowed), (stranger, NotFound)):
        for look in (pairs.ranked, _counts(pairs), _filters(pairs)):
            with pytest.raises(error):
                look(actor)


def _counts(pairs: UnderReview) -> Any:
    return lambda actor: reviewing.counts(pairs.session, actor, SLUG, now=NOW)


def _filters(pairs: UnderReview) -> Any:
    return lambda actor: reviewing.filters(pairs.session, actor, SLUG)


def test_a_project_without_any_answers_has_nothing_to_review(session: Session) -> None:
    made = UnderReview(session)
    assert made.why_nothing(made.rita) == "none_left"
    made.item("bare", state="open")
    assert made.why_nothing(made.rita, item="bare") == "not_complete"
