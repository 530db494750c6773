"""People's quality: figures worked by hand, decisions by the interval, and odd projects that must not break anything."""

from datetime import timedelta
from typing import Any

import numpy as np
import pytest
from sqlmodel import Session, select

from core.errors import NotAllowed, NotFound
from core.permissions import SYSTEM
from core.services.quality import accuracy as quality_accuracy, person as quality_person, reporting
from core.services.quality.person import Person, Standing
from core.services.quality.reporting import Assessment
from core.stats.intervals import Interval
from core.store.tables import Item, Person as PersonRow, Project, Returned
from tests.clock import NOW
from tests.core.test_quality import LABELS, SHAPES, answered, said
from tests.factories import a_gold, a_member, a_person, a_project, a_verdict, acting, an_actor, an_answer, an_item


def assessed(session: Session) -> Assessment:
    return reporting.assess(session, SYSTEM, "here")


def seen(session: Session, name: str, **fields: Any) -> Person:
    return quality_person.person(session, SYSTEM, assessed(session), name, now=NOW, **fields)


def labelled(session: Session, rows: str, *names: str, **fields: Any) -> tuple[list[Item], list[PersonRow]]:
    """A word for each item, a letter for each person's label; "." is none."""
    project = a_project(session, "here", task="classification", settings=LABELS)
    people = [a_person(session, name) for name in names]
    items = [an_item(session, project, settings=LABELS, **fields) for _ in rows.split()]
    for item, word in zip(items, rows.split(), strict=True):
        for person, letter in zip(people, word, strict=True):
            if letter != ".":
                said(session, item, person, letter)
    return items, people


def gold_answers(session: Session, person: PersonRow, right: list[bool], **fields: Any) -> None:
    """Hidden checks in the order of time."""
    project = the_project(session)
    for hour, one in enumerate(right):
        item = an_item(session, project, settings=LABELS, state="gold")
        a_gold(session, item, {"labels": ["a"]})
        at = NOW - timedelta(days=30) + timedelta(hours=hour)
        said(session, item, person, "a" if one else "b", purpose="gold", passed=one, at=at, **fields)


def the_project(session: Session) -> Project:
    return session.exec(select(Project).where(Project.slug == "here")).one()


# Decisions ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("low", "high", "n", "drifted", "decision"),
    [
        (0.81, 0.95, 40, False, "pass"),
        (0.81, 0.95, 4, False, "measuring"),
        (0.7, 0.9, 400, False, "measuring"),
        (0.5, 0.7, 49, False, "doubtful"),
        (0.5, 0.7, 49, True, "below"),
        (0.5, 0.7, 50, False, "below"),
    ],
)
def test_decisions_are_by_the_whole_interval(low: float, high: float, n: int, drifted: bool, decision: str) -> None:
    assert quality_accuracy.decision(Interval(0.8, low, high, n), 0.8, drifted=drifted) == decision


def test_without_gold_nothing_is_decided(session: Session) -> None:
    labelled(session, "aa ab", "mei", "raj")
    (mei, _raj) = quality_person.team(session, SYSTEM, assessed(session)).people
    assert (mei.accuracy, mei.decision, mei.signs) == (None, "measuring", ())


def test_the_team_is_listed_from_the_best_down(session: Session) -> None:
    _items, people = labelled(session, "aaa", "mei", "raj", "tan")
    for person, right in zip(people, (10, 20, 15), strict=True):
        gold_answers(session, person, [True] * right + [False] * (20 - right))
    found = quality_person.team(session, SYSTEM, assessed(session))
    assert [one.name for one in found.people] == ["raj", "tan", "mei"]
    assert [one.correct for one in found.people] == [20, 15, 10]


# One person -----------------------------------------------------------------------------------------------------------


def test_confusion_against_gold_and_against_most_of_the_others(session: Session) -> None:
    items, _people = labelled(session, "abb bbb caa cbb", "mei", "raj", "tan")
    a_gold(session, items[0], {"labels": ["b"]}, use="reference")
    gold, others = seen(session, "mei").confusions
    assert (gold.against, gold.n, gold.counts[1, 0]) == ("gold", 1, 1)
    assert (others.against, others.names) == ("consensus", ("a", "b", "c"))
    assert others.counts.tolist() == [[0, 0, 1], [1, 1, 1], [0, 0, 0]]


def test_equal_others_share_a_label(session: Session) -> None:
    labelled(session, "aab", "mei", "raj", "tan")
    (others,) = seen(session, "mei").confusions
    assert others.counts.tolist() == [[0.5, 0, 0], [0.5, 0, 0], [0, 0, 0]]
    assert seen(session, "mei").standing.consensus is not None


def test_on_scales_of_numbers_bias_and_spread_are_told(session: Session) -> None:
    project = a_project(session, "here", task="rating")
    mei, raj = (a_person(session, name) for name in ("mei", "raj"))
    for high, low in ((3, 2), (4, 2), (5, 4), (4, 2)):
        item = an_item(session, project)
        answered(session, item, mei, {"scores": {"overall": high}})
        answered(session, item, raj, {"scores": {"overall": low}})
    found = seen(session, "mei").leaning
    assert found is not None
    assert (found.bias.value, found.bias.n) == (1.5, 4)
    assert found.spread == pytest.approx(np.std([1, 2, 1, 2], ddof=1))
    assert found.bias.low == pytest.approx(1.5 - 3.182446 * found.spread / 2)


def test_answers_unlike_the_rest_are_told_with_what_was_expected(session: Session) -> None:
    items, _people = labelled(session, "abb aab aa. abb", "mei", "raj", "tan")
    a_gold(session, items[3], {"labels": ["c"]}, use="reference")
    found = {one.item_id: one for one in seen(session, "mei").differing}
    assert set(found) == {items[0].id, items[3].id}
    assert (found[items[0].id].said, found[items[0].id].expected, found[items[0].id].known) == ("a", ("b",), False)
    assert (found[items[3].id].expected, found[items[3].id].known) == (("c",), True)


def test_a_kind_of_items_stands_out_only_beyond_chance(session: Session) -> None:
    project = a_project(session, "here", task="classification", settings=LABELS)
    mei, raj, tan = (a_person(session, name) for name in ("mei", "raj", "tan"))
    for n in range(40):
        tags = ["hard", "long"] if n < 12 else ["easy", "odd"] if n == 12 else ["easy"]
        item = an_item(session, project, settings=LABELS, tags=tags)
        said(session, item, mei, "b" if n <= 12 else "a")
        for other in (raj, tan):
            said(session, item, other, "a")
    found = {group.name: group for group in seen(session, "mei").groups}
    assert {name for name, group in found.items() if group.low} == {"hard", "long"}
    assert (found["easy"].labels, found["odd"].enough) == (28, False)


# Drift, speed, repeats, review ----------------------------------------------------------------------------------------


def test_a_fall_below_the_bar_raises_the_alarm_and_says_since_when(session: Session) -> None:
    _items, (mei, raj) = labelled(session, "aa", "mei", "raj")
    gold_answers(session, mei, [True] * 30 + [False] * 12)
    gold_answers(session, raj, [True] * 30 + [False, True] * 3)
    found = seen(session, "mei")
    assert found.standing.signs == ("fallen",)
    assert found.gold_track.began == 30
    assert reporting.quality(session, SYSTEM, "here")["annotators_detail"]["raj"]["drift"]["gold"]["alarm"] is False


def test_checks_count_in_the_order_of_time_whatever_their_ids(session: Session) -> None:
    _items, (mei, _raj) = labelled(session, "aa", "mei", "raj")
    gold_answers(session, mei, [True] * 20)
    first = [seen(session, "mei").gold_track.right.tolist()]
    item = an_item(session, the_project(session), settings=LABELS, state="gold")
    a_gold(session, item, {"labels": ["a"]})
    said(session, item, mei, "b", purpose="gold", passed=False, at=NOW - timedelta(days=60))
    assert seen(session, "mei").gold_track.right.tolist() == [False, *first[0]]


def test_pace_is_against_the_team_on_the_same_items_and_speeding_is_a_rate(session: Session) -> None:
    project = a_project(session, "here", task="classification", settings=LABELS)
    people = [a_person(session, name) for name in ("mei", "raj", "tan")]
    for n in range(30):
        item = an_item(session, project, settings=LABELS, words=300)
        for person, seconds in zip(people, (4, 60, 60), strict=True):
            said(session, item, person, "a", active_ms=seconds * (1000 + n))
    detail = reporting.quality(session, SYSTEM, "here")["annotators_detail"]
    assert detail["mei"]["speed"]["pace"]["value"] == pytest.approx(4 / 60, rel=0.01)
    assert detail["raj"]["speed"]["pace"]["value"] == pytest.approx(1, rel=0.01)
    assert (
        detail["mei"]["speed"]["speeding"] | {"fast": 30, "n": 30, "alarm": True} == detail["mei"]["speed"]["speeding"]
    )
    assert detail["raj"]["speed"]["speeding"]["alarm"] is False
    assert "speeding" in seen(session, "mei").standing.signs


def test_alone_nobody_has_a_pace_and_the_report_says_why(session: Session) -> None:
    _items, (mei,) = labelled(session, "a", "mei")
    assert speed_of_mei(session)["why"] == "No times were recorded."
    for n in range(6):
        said(session, an_item(session, the_project(session), settings=LABELS), mei, "a", active_ms=9000)
        if n == 2:
            assert speed_of_mei(session)["why"] == "Fewer than 5 answers with a time."
    assert (speed_of_mei(session)["pace"], speed_of_mei(session)["why"]) == (
        None,
        "No other annotator to compare with yet.",
    )


def speed_of_mei(session: Session) -> dict[str, Any]:
    found: dict[str, Any] = reporting.quality(session, SYSTEM, "here")["annotators_detail"]["mei"]["speed"]
    return found


def test_second_looks_tell_how_steady_somebody_is(session: Session) -> None:
    items, (mei, _raj) = labelled(session, "aa bb ca", "mei", "raj")
    for item, label in zip(items, "abb", strict=True):
        said(session, item, mei, label, purpose="repeat", nth=1)
    consistency = reporting.quality(session, SYSTEM, "here")["annotators_detail"]["mei"]["consistency"]
    assert (consistency["n"], consistency["share"]) == (3, pytest.approx(2 / 3))


def test_review_upholds_corrects_and_sends_back(session: Session) -> None:
    items, (mei, raj) = labelled(session, "ab ab aa ..", "mei", "raj")
    a_verdict(session, items[0], {"labels": ["a"]}, basis="picked")
    a_verdict(session, items[1], {"labels": ["c"]})
    a_verdict(session, items[2], {"labels": ["b"]}, final=False)
    answer = said(session, items[3], mei, "a")
    for settled in ("revised", None):
        back = {"answer_id": answer.id, "item_id": answer.item_id, "project_id": answer.project_id, "person_id": mei.id}
        session.add(Returned(**back, comment="?", at=NOW, settled=settled))
    session.flush()
    detail = reporting.quality(session, SYSTEM, "here")["annotators_detail"]
    counts = {name: detail["mei"]["reviewed"][name] for name in ("n", "upheld", "corrected", "returned", "revised")}
    assert counts == {"n": 2, "upheld": 1, "corrected": 1, "returned": 2, "revised": 1}
    assert (detail[raj.name]["reviewed"]["upheld"], detail[raj.name]["reviewed"]["corrected"]) == (0, 2)


def test_texts_are_upheld_only_as_they_stand(session: Session) -> None:
    project = a_project(session, "here", task="demonstration")
    mei, raj = (a_person(session, name) for name in ("mei", "raj"))
    item = an_item(session, project)
    mine = answered(session, item, mei, {"text": "A good answer."})
    answered(session, item, raj, {"text": "Another one."})
    a_verdict(session, item, {"text": "A good answer."}, basis="picked", answer_id=mine.id)
    detail = reporting.quality(session, SYSTEM, "here")["annotators_detail"]
    assert detail["mei"]["reviewed"]["upheld"] == 1
    assert detail["raj"]["reviewed"]["n"] == 0


# Whoever looks, whatever is there -------------------------------------------------------------------------------------


def test_people_are_for_those_who_may_see_them(session: Session) -> None:
    labelled(session, "aa", "mei", "raj")
    viewer = a_member(session, the_project(session), a_person(session, role="viewer"), role="viewer")
    seen_by_viewer = reporting.assess(session, acting(viewer), "here")
    with pytest.raises(NotAllowed):
        quality_person.team(session, acting(viewer), seen_by_viewer)
    with pytest.raises((NotAllowed, NotFound)):
        quality_person.person(session, an_actor(session, role="annotator"), assessed(session), "mei", now=NOW)
    with pytest.raises(NotFound):
        seen(session, "nobody")


@pytest.mark.parametrize("gold", [None, "a", "c"], ids=["no gold", "gold a", "gold c"])
@pytest.mark.parametrize("shape", SHAPES)
def test_odd_projects_have_people_too(session: Session, shape: str, gold: str | None) -> None:
    project = a_project(session, "here", task="classification", settings=LABELS)
    items = [an_item(session, project, settings=LABELS) for _ in range(6)]
    people = [a_person(session) for _ in range(max((person for _, person in SHAPES[shape]), default=0) + 1)]
    for (item, person), label in SHAPES[shape].items():
        said(session, items[item], people[person], label, active_ms=0)
    if gold:
        a_gold(session, items[0], {"labels": [gold]}, use="reference")
    found = quality_person.team(session, SYSTEM, assessed(session))
    assert len(found.people) == len({person for _, person in SHAPES[shape]})
    for one in found.people[:3]:
        assert isinstance(one, Standing)
        assert seen(session, one.name).standing == one


def test_somebody_with_hidden_checks_only_has_a_page(session: Session) -> None:
    _items, (mei, _raj) = labelled(session, ".a", "mei", "raj")
    gold_answers(session, mei, [True, False])
    found = seen(session, "mei")
    assert (found.standing.labels, found.others_track, found.leaning) == (0, None, None)


def test_an_answer_without_an_item_of_others_is_compared_with_nobody(session: Session) -> None:
    items, (_mei,) = labelled(session, "a", "mei")
    an_answer(session, items[0], a_person(session), None, outcome="skipped")
    found = seen(session, "mei")
    assert found.standing.consensus is None
    assert found.confusions == ()
