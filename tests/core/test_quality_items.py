"""Items as their answers show them: figures worked by hand, conditions, and what may be shown to whom."""

from typing import Any

import pytest
from sqlmodel import Session

from core.permissions import SYSTEM
from core.services.quality import item as quality_item, items as quality_items, reporting
from core.services.quality.item import OneItem
from core.services.quality.items import Leaf, Wanted
from core.store.tables import Item
from tests.core.test_quality import LABELS, SHAPES, answered, said
from tests.core.test_quality_person import labelled, the_project
from tests.factories import a_gold, a_member, a_person, a_project, a_verdict, acting, an_answer, an_item


def leaf(session: Session, wanted: Wanted | None = None, **page: int) -> Leaf:
    assessment = reporting.assess(session, SYSTEM, "here")
    return quality_items.leaf(session, SYSTEM, assessment, wanted or Wanted(), **page)


def rows(session: Session, wanted: Wanted | None = None) -> dict[int, Any]:
    return {row.item_id: row for row in leaf(session, wanted).rows}


def opened(session: Session, item: Item, target: str = "labels", **fields: Any) -> OneItem | None:
    actor = fields.get("actor", SYSTEM)
    return quality_item.one(session, actor, reporting.assess(session, actor, "here"), target, item.id or 0)


def test_disagreement_is_the_share_of_pairs_that_differ(session: Session) -> None:
    items, _people = labelled(session, "aab abc aaa a..", "mei", "raj", "tan")
    found = rows(session)
    assert [found[item.id or 0].disagreement for item in items] == [pytest.approx(2 / 3), 1.0, 0.0, None]
    assert [found[item.id or 0].labels for item in items] == [3, 3, 3, 1]


def test_on_scales_of_numbers_it_is_the_mean_distance(session: Session) -> None:
    project = a_project(session, "here", task="rating")
    people = [a_person(session) for _ in range(3)]
    item, alike = an_item(session, project), an_item(session, project)
    for person, score in zip(people, (1, 3, 5), strict=True):
        answered(session, item, person, {"scores": {"overall": score}})
        answered(session, alike, person, {"scores": {"overall": 4}})
    found = rows(session)
    assert found[item.id or 0].disagreement == pytest.approx((2 + 2 + 4) / 3 / 4)
    assert found[alike.id or 0].disagreement == 0
    assert found[alike.id or 0].value == 4


def test_difficulty_leans_on_the_usual_where_there_are_few_answers(session: Session) -> None:
    items, _people = labelled(session, "aaaa aaab aaaa aaaa", "mei", "raj", "tan", "lee")
    found = rows(session)
    usual = 1 / 16
    assert found[items[1].id or 0].difficulty == pytest.approx((1 + 2 * usual) / 6)
    assert found[items[0].id or 0].difficulty == pytest.approx(2 * usual / 6)


def test_a_known_answer_that_most_contradict_comes_first(session: Session) -> None:
    items, _people = labelled(session, "aab bba aaa", "mei", "raj", "tan")
    a_gold(session, items[0], {"labels": ["a"]}, use="reference")
    a_gold(session, items[1], {"labels": ["a"]}, use="reference")
    first = leaf(session).rows[0]
    assert (first.item_id, first.known, first.value) == (items[1].id, True, "a")
    assert "disputed" in first.reasons
    assert "disputed" not in rows(session)[items[0].id or 0].reasons


def test_known_items_are_not_in_the_picture_of_confidence(session: Session) -> None:
    items, _people = labelled(session, "aab aaa bbb", "mei", "raj", "tan")
    a_gold(session, items[1], {"labels": ["a"]}, use="reference")
    found = leaf(session)
    assert (sum(found.histogram), found.answered, found.calibrated) == (2, 3, None)


def test_conditions_orders_and_pages(session: Session) -> None:
    items, _people = labelled(session, "aab abc aaa a..", "mei", "raj", "tan")
    items[0].tags = ["rare", "long"]
    items[2].tags = ["long"]
    items[2].state = "done"
    session.flush()
    ids = [item.id for item in items]
    assert set(rows(session, Wanted(tag="rare"))) == {ids[0]}
    assert set(rows(session, Wanted(tag="long", state="done"))) == {ids[2]}
    assert set(rows(session, Wanted(reason="alone"))) == {ids[3]}
    assert set(rows(session, Wanted(disagreement=(0.5, 0.9)))) == {ids[0]}
    assert rows(session, Wanted(tag="unknown")) == {}
    assert [row.item_id for row in leaf(session, Wanted(order="disagreement")).rows] == [ids[1], ids[0], ids[2], ids[3]]
    assert leaf(session, Wanted(order="labels"), start=3, size=2).rows[0].item_id == ids[3]
    assert leaf(session).choices.tags == ("long", "rare")
    sure = leaf(session, Wanted(order="confidence")).rows
    assert [row.confidence for row in sure] == sorted(row.confidence or 0 for row in sure)


def test_what_may_be_personal_is_not_shown_in_passing(session: Session) -> None:
    items, _people = labelled(session, "aab", "mei", "raj", "tan")
    assert leaf(session).rows[0].excerpt
    items[0].state = "quarantined"
    session.flush()
    (row,) = leaf(session).rows
    found = opened(session, items[0])
    assert (row.excerpt, row.reasons[0]) == ("", "set_aside")
    assert found is not None
    assert found.screen is None
    assert [one.answer for one in found.said] == [None] * 3, "an answer may repeat the text"


@pytest.mark.parametrize("shape", SHAPES)
def test_odd_projects_have_items_too(session: Session, shape: str) -> None:
    project = a_project(session, "here", task="classification", settings=LABELS)
    items = [an_item(session, project, settings=LABELS) for _ in range(6)]
    people = [a_person(session) for _ in range(max((person for _, person in SHAPES[shape]), default=0) + 1)]
    for (item, person), label in SHAPES[shape].items():
        said(session, items[item], people[person], label)
    for order in quality_items.ORDERS:
        assert leaf(session, Wanted(order=order)).fit == len({item for item, _ in SHAPES[shape]})


def test_rankings_and_sets_come_to_the_answer_nearest_to_all(session: Session) -> None:
    project = a_project(session, "here", task="classification", settings={**LABELS, "multiple": True})
    item = an_item(session, project, settings={**LABELS, "multiple": True})
    for labels in (["a", "b"], ["a", "b"], ["c"]):
        answered(session, item, a_person(session), {"labels": labels})
    (row,) = leaf(session).rows
    assert (row.value, row.confidence, row.disagreement) == (["a", "b"], None, pytest.approx(2 / 3))


def test_what_a_reviewer_decided_stands_above_the_answers(session: Session) -> None:
    items, _people = labelled(session, "ab. ab. a..", "mei", "raj", "tan")
    before = leaf(session)
    assert {row.reasons for row in before.rows if row.item_id == items[0].id} == {("unsure", "split")}
    a_verdict(session, items[0], {"labels": ["c"]})
    found = rows(session)
    row = found[items[0].id or 0]
    assert (row.value, row.reviewed, row.reasons, row.confidence) == ("c", True, (), None)
    assert found[items[1].id or 0].reasons == ("unsure", "split")
    assert sum(leaf(session).histogram) == sum(before.histogram) - 1
    assert leaf(session).rows[-1].item_id == items[0].id
    assert items[0].id not in rows(session, Wanted(reason="split"))
    one = opened(session, items[0])
    assert one is not None
    assert one.row is not None
    assert (one.row.value, one.row.reviewed) == ("c", True)


# One item -------------------------------------------------------------------------------------------------------------


def test_an_item_is_shown_with_everything_said_about_it(session: Session) -> None:
    items, (mei, _raj, _tan) = labelled(session, "aab", "mei", "raj", "tan", lang="en", tags=["rare"])
    an_answer(session, items[0], a_person(session, "lee"), None, outcome="skipped", reason="unclear")
    said(session, items[0], mei, "b", purpose="repeat", nth=1)
    a_verdict(session, items[0], {"labels": ["a"]})
    found = opened(session, items[0])
    assert found is not None
    assert [(one.person, one.outcome) for one in found.said][:4] == [
        ("mei", "submitted"), ("raj", "submitted"), ("tan", "submitted"), ("lee", "skipped"),
    ]  # fmt: skip
    assert (found.lang, found.tags, found.verdict) == ("en", ("rare",), {"labels": ["a"]})
    assert sum(share for _value, share in found.probabilities) == pytest.approx(1)
    assert found.probabilities[0][0] == "a"
    assert found.screen is not None


def test_what_each_person_said_is_for_those_who_may_see_people(session: Session) -> None:
    items, _people = labelled(session, "ab", "mei", "raj")
    project = a_project(session, "elsewhere", task="classification", settings=LABELS)
    viewer = a_person(session, "vik", role="viewer")
    a_member(session, the_project(session), viewer, role="viewer")
    found = opened(session, items[0], actor=acting(viewer))
    assert found is not None
    assert (found.said, found.reviewable) == (None, False)
    assert found.row is not None
    assert opened(session, an_item(session, project, settings=LABELS)) is None


def test_an_item_without_answers_that_count_still_opens(session: Session) -> None:
    labelled(session, "ab", "mei", "raj")
    found = opened(session, an_item(session, the_project(session), settings=LABELS))
    assert found is not None
    assert (found.row, found.said, found.probabilities) == (None, (), ())


@pytest.mark.parametrize(("state", "reviewable"), [("open", False), ("done", True), ("flagged", True), ("gold", False)])
def test_only_an_item_that_review_would_hand_out_offers_it(session: Session, state: str, reviewable: bool) -> None:
    labelled(session, "ab", "mei", "raj")
    found = opened(session, an_item(session, the_project(session), settings=LABELS, state=state))
    assert found is not None
    assert found.reviewable is reviewable


def test_an_open_item_that_imported_labels_have_filled_offers_its_review(session: Session) -> None:
    labelled(session, "ab", "mei", "raj")
    item = an_item(session, the_project(session), settings=LABELS)
    said(session, item, a_person(session, "lee"), "a", purpose="imported")
    found = opened(session, item)
    assert found is not None
    assert found.reviewable
