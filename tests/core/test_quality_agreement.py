"""Agreement of a target: classes, the pool, the audit track; and where alpha alone misleads."""

from collections.abc import Sequence
from typing import Any

import pytest
from sqlmodel import Session

from core.permissions import SYSTEM
from core.services.quality import agreement as quality_agreement, reporting
from tests.core.test_quality import LABELS, answered, said
from tests.factories import a_person, a_project, an_item


def agreed(session: Session, **scales: str) -> dict[str, Any]:
    found: dict[str, Any] = reporting.quality(session, SYSTEM, "here", scales=scales)["targets"]["labels"]["agreement"]
    return found


def labelled(session: Session, pairs: Sequence[tuple[str, ...]], **project: Any) -> None:
    made = a_project(session, "here", task="classification", settings=LABELS, **project)
    people = [a_person(session, f"p{at}") for at in range(max(map(len, pairs)))]
    for labels in pairs:
        item = an_item(session, made, settings=LABELS)
        for person, label in zip(people, labels, strict=False):
            said(session, item, person, label)


def test_classes_say_how_often_another_gives_the_class_too(session: Session) -> None:
    labelled(session, [("a", "a"), ("a", "b"), ("b", "b"), ("b", "b"), ("a",)])
    classes = agreed(session)["classes"]
    assert set(classes) == {"a", "b"}, "a class that nobody gave has no figure"
    assert (classes["a"]["agreement"], classes["a"]["labels"]) == (pytest.approx(2 / 3), 4)
    assert classes["b"]["agreement"] == pytest.approx(4 / 5)
    assert classes["a"]["low"] <= classes["a"]["agreement"] <= classes["a"]["high"]


def test_a_rare_class_makes_alpha_and_ac1_tell_different_stories(session: Session) -> None:
    labelled(session, [("a", "a")] * 36 + [("a", "b")] * 2 + [("b", "a")] * 2)
    found = agreed(session)
    assert found["alpha"] < 0
    assert found["ac1"] > 0.8
    name, share = quality_agreement.rare_class(found) or ("", 0)
    assert name == "a"
    assert share == pytest.approx(0.95)


def test_balanced_classes_tell_one_story(session: Session) -> None:
    labelled(session, [("a", "a"), ("b", "b")] * 9 + [("a", "b"), ("b", "a")])
    found = agreed(session)
    assert found["alpha"] == pytest.approx(found["ac1"], abs=0.1)
    assert quality_agreement.rare_class(found) is None


def test_the_pool_is_wider_than_the_items(session: Session) -> None:
    labelled(session, [("a", "a", "b"), ("b", "b", "b"), ("c", "c", "a"), ("a", "a", "a"), ("b", "b", "c")] * 3)
    found = agreed(session)
    assert found["pool_high"] - found["pool_low"] > found["alpha_high"] - found["alpha_low"]
    assert found["pool_interval"] == "bootstrap over items and people"


def test_sets_agree_label_by_label(session: Session) -> None:
    settings = {**LABELS, "multiple": True}
    project = a_project(session, "here", task="classification", settings=settings)
    mei, raj = a_person(session, "mei"), a_person(session, "raj")
    for one, other in ((["a"], ["a", "b"]), (["b"], ["b"]), (["c"], ["a", "c"])):
        item = an_item(session, project, settings=settings)
        answered(session, item, mei, {"labels": one})
        answered(session, item, raj, {"labels": other})
    classes = agreed(session)["classes"]
    assert {name: (one["agreement"], one["labels"]) for name, one in classes.items()} == {
        "a": (pytest.approx(2 / 3), 3), "b": (pytest.approx(2 / 3), 3), "c": (1.0, 2),
    }  # fmt: skip


STOPPING = {"stopping": {"start": 2, "most": 5}}
HARD, EASY = ("a", "b", "a", "b", "a"), ("a", "a")


def test_with_adaptive_overlap_the_first_answers_of_each_item_count(session: Session) -> None:
    labelled(session, [EASY] * 4 + [HARD] * 2, policy=STOPPING)
    found = agreed(session)
    assert (found["source"], found["pairs"], found["percent"]) == ("first", 6, pytest.approx(4 / 6))


def test_with_an_audit_track_it_alone_counts(session: Session) -> None:
    project = a_project(session, "here", task="classification", settings=LABELS, policy=STOPPING)
    people = [a_person(session) for _ in range(5)]
    for at in range(40):
        item = an_item(session, project, settings=LABELS, audit=at < 30)
        for person, label in zip(people, ("a", "a", "b") if at < 30 else HARD, strict=False):
            said(session, item, person, label)
    found = agreed(session)
    assert (found["source"], found["units"], found["pairs"]) == ("audit", 30, 90)


def test_scores_have_no_classes_but_a_pool(session: Session) -> None:
    project = a_project(session, "here", task="rating")
    people = [a_person(session) for _ in range(3)]
    for at in range(12):
        item = an_item(session, project)
        for n, person in enumerate(people):
            answered(session, item, person, {"scores": {"overall": 1 + (at + (n == 2)) % 5}})
    found = reporting.quality(session, SYSTEM, "here", scales={"overall": "interval"})["targets"]["overall"][
        "agreement"
    ]
    assert found["classes"] == {}
    assert found["pool_low"] < found["alpha"] < found["pool_high"]
