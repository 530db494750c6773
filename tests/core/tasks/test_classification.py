"""Labels: one or several, flat or as a tree."""

from typing import Any

import pytest

from core.errors import InvalidAnswer, InvalidPayload, InvalidSettings
from core.records import Labelled, Prompt
from core.tasks import load_task
from core.tasks.classification import Classification, ClassificationAnswer

LABELS = [{"id": "card"}, {"id": "card.lost", "parent": "card"}, {"id": "3"}]
TEXT = {"text": "我的卡丢了"}


def task_with(**settings: Any) -> Classification:
    task = load_task("classification", {"labels": LABELS, **settings})
    assert isinstance(task, Classification)
    return task


def labelled(*labels: str) -> ClassificationAnswer:
    return ClassificationAnswer(labels=labels)


def words(task: Classification, *labels: object) -> list[tuple[str, str]]:
    with pytest.raises(InvalidAnswer) as refusal:
        task.parse_answer(task.parse_payload(TEXT), {"labels": list(labels)})
    return [(problem.ask, str(problem)) for problem in refusal.value.problems]


def test_one_label_is_asked_for_as_the_first_of_the_list() -> None:
    task = task_with()
    (ask,) = task.screen(task.parse_payload(TEXT)).as_json()["asks"]
    assert (ask["kind"], ask["name"]) == ("one_of", "labels.0")
    assert [option["parent"] for option in ask["options"]] == [None, "card", None]
    assert words(task) == [("labels.0", "Choose a label.")]
    assert words(task, "3", "card") == [("labels.0", "Choose one label only.")]
    assert words(task, "fees") == [("labels.0", "There is no label “fees”.")]


def test_several_labels_are_a_set() -> None:
    task = task_with(multiple=True)
    (ask,) = task.screen(task.parse_payload(TEXT)).as_json()["asks"]
    assert (ask["kind"], ask["name"]) == ("many_of", "labels")
    assert words(task, "3", "3") == [("labels", "Choose each label once.")]
    assert words(task, "b", "a") == [("labels", "There is no label “a”."), ("labels", "There is no label “b”.")]
    answer = task.parse_answer(task.parse_payload(TEXT), {"labels": ["card", "3"]})
    assert task.values(task.parse_payload(TEXT), answer) == {"labels": ("3", "card")}
    assert answer.as_json() == {"labels": ["card", "3"]}


def test_distance_is_the_share_of_labels_that_only_one_chose() -> None:
    task = task_with(multiple=True)
    assert task.distance(labelled("card", "3"), labelled("3", "card")) == 0
    assert task.distance(labelled("card"), labelled("card", "3")) == 0.5
    assert task.distance(labelled("card"), labelled("3")) == 1
    assert task.agrees(labelled("card", "3"), labelled("3", "card"))
    assert not task.agrees(labelled("card"), labelled("3", "card"))


@pytest.mark.parametrize(
    ("labels", "where"),
    [
        ([], "labels"),
        ([{"id": "a"}, {"id": "a"}], "labels.1.id"),
        ([{"id": "a"}, {"id": "b", "parent": "c"}], "labels.1.parent"),
        ([{"id": "a", "parent": "a"}], "labels.0.parent"),
        ([{"id": "x"}, {"id": "a", "parent": "b"}, {"id": "b", "parent": "a"}], "labels.1.parent"),
        ([{"id": ""}], "labels.0.id"),
    ],
)
def test_labels_that_are_no_tree_are_refused(labels: list[dict[str, Any]], where: str) -> None:
    with pytest.raises(InvalidSettings) as refusal:
        task_with(labels=labels)
    assert refusal.value.where == where


@pytest.mark.parametrize(
    "payload", [{}, {"prompt": "Hi"}, {"response": "Hi"}, {"text": "a", "prompt": "b", "response": "c"}]
)
def test_an_item_is_a_text_or_a_prompt_with_its_response(payload: dict[str, Any]) -> None:
    with pytest.raises(InvalidPayload, match="Give either text, or prompt and response"):
        task_with().parse_payload(payload)


def test_labels_are_worth_a_labelled_text() -> None:
    task = task_with()
    both = task.parse_payload({"prompt": "Hi", "response": "Hello"})
    assert list(task.records(task.parse_payload(TEXT), labelled("3"))) == [
        Prompt("我的卡丢了"),
        Labelled("我的卡丢了", None, {"labels": ["3"]}),
    ]
    assert list(task.records(both, labelled("3"))) == [Prompt("Hi"), Labelled("Hi", "Hello", {"labels": ["3"]})]


def test_classes_are_inferred_from_answers() -> None:
    assert Classification.infer_settings([{"labels": ["1"]}, {"labels": ["0"]}]) == {
        "labels": [{"id": "0", "name": "0"}, {"id": "1", "name": "1"}],
        "multiple": False,
    }
    assert Classification.infer_settings([{"labels": ["b", "a"]}])["multiple"]
