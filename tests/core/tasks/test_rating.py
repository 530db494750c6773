"""Rubrics: points and steps, scores that do not apply, turns of a conversation."""

from typing import Any

import pytest

from core.errors import InvalidAnswer, InvalidSettings
from core.records import Labelled, Prompt
from core.tasks import load_task
from core.tasks.rating import Rating, RatingAnswer

ITEM = {"prompt": "Hi", "response": "Hello"}
CHAT = [
    {"role": "user", "content": "Hi"},
    {"role": "assistant", "content": "Hello"},
    {"role": "user", "content": "Why?"},
]


def task_with(*criteria: dict[str, Any]) -> Rating:
    task = load_task("rating", {"criteria": list(criteria)})
    assert isinstance(task, Rating)
    return task


def scores(**given: float | None) -> RatingAnswer:
    return RatingAnswer(scores=given)


def words(task: Rating, answer: dict[str, Any], item: dict[str, Any] = ITEM) -> list[tuple[str, str]]:
    with pytest.raises(InvalidAnswer) as refusal:
        task.parse_answer(task.parse_payload(item), answer)
    return [(problem.ask, str(problem)) for problem in refusal.value.problems]


@pytest.mark.parametrize(
    ("score", "message"),
    [
        (0, "The score goes from 1 to 5."),
        (5.5, "The score goes from 1 to 5."),
        (2.25, "The score goes in steps of 0.5 from 1."),
        (None, "Give a score."),
        (True, "This must be a number."),
        ("3", "This must be a number."),
        (float("nan"), "This must be a number."),
        (float("inf"), "This must be a number."),
    ],
)
def test_a_score_off_the_scale_is_refused_beside_its_criterion(score: object, message: str) -> None:
    assert words(task_with({"id": "a", "step": 0.5}), {"scores": {"a": score}}) == [("scores.a", message)]


def test_every_criterion_is_scored_and_no_other() -> None:
    task = task_with({"id": "a"}, {"id": "b"})
    assert words(task, {"scores": {"b": 9, "c": 1}}) == [
        ("scores.a", "Give a score."),
        ("scores.b", "The score goes from 1 to 5."),
        ("scores.c", "There is no criterion “c”."),
    ]


@pytest.mark.parametrize("score", [0, 0.1, 0.3, 0.7, 0.1 + 0.2, 1, 1.0])
def test_binary_fractions_count_as_on_their_step(score: float) -> None:
    task = task_with({"id": "a", "min": 0, "max": 1, "step": 0.1})
    assert task.parse_answer(task.parse_payload(ITEM), {"scores": {"a": score}}).scores["a"] == score


def test_not_applicable_is_taken_only_where_it_is_offered() -> None:
    task = task_with({"id": "a", "allow_na": True})
    answer = task.parse_answer(task.parse_payload(ITEM), {"scores": {"a": None}})
    assert answer.as_json() == {"scores": {"a": None}}
    assert task.values(task.parse_payload(ITEM), answer) == {"a": None}
    assert task.distance(answer, scores(a=3)) == 1
    assert not task.agrees(answer, scores(a=1))


@pytest.mark.parametrize(("high", "scale"), [(5, "ordinal"), (10, "ordinal"), (11, "interval"), (100, "interval")])
def test_up_to_ten_points_are_ordinal(high: int, scale: str) -> None:
    (target,) = task_with({"id": "a", "max": high}).targets()
    assert (target.scale, target.low, target.high) == (scale, 1, high)


@pytest.mark.parametrize(
    ("criterion", "near", "far"),
    [
        ({"max": 5}, 4, 5),
        ({"max": 3}, 2, 1),
        ({"min": 0, "max": 100}, 13, 14),
        ({"min": 3, "max": 4}, 3, 4),
        ({"min": 1, "max": 5, "step": 0.5}, 3.5, 4),
    ],
)
def test_a_check_passes_near_gold(criterion: dict[str, Any], near: float, far: float) -> None:
    task = task_with({"id": "a", **criterion}, {"id": "b"})
    gold = scores(a=3, b=2)
    assert task.agrees(scores(a=near, b=2), gold)
    assert not task.agrees(scores(a=far, b=2), gold)
    assert not task.agrees(scores(a=near, b=4), gold)


def test_distance_is_the_mean_share_of_the_scales() -> None:
    task = task_with({"id": "a"}, {"id": "b", "min": 0, "max": 100})
    assert task.distance(scores(a=1, b=0), scores(a=5, b=50)) == 0.75


def test_scores_by_turn_go_with_assistant_turns_of_a_conversation() -> None:
    task = task_with({"id": "a"})
    item = {"prompt": CHAT, "response": "Because."}
    answer = {"scores": {"a": 3}, "by_turn": {"1": {"a": 2}, "3": {"a": 5}}}
    assert task.parse_answer(task.parse_payload(item), answer).as_json() == answer
    wrong = {"scores": {"a": 3}, "by_turn": {"0": {"a": 2}, "4": {"a": 2}, "1": {"a": 9}, "01": {}}}
    assert words(task, wrong, item) == [
        ("by_turn.0", "Turn 0 is no assistant turn."),
        ("by_turn.4", "Turn 4 is no assistant turn."),
        ("by_turn.1.a", "The score goes from 1 to 5."),
        ("by_turn.01", "Turn 01 is no assistant turn."),
    ]
    assert words(task, {"scores": {"a": 3}, "by_turn": {"1": {"a": 2}}}) == [
        ("by_turn.1", "Turn 1 is no assistant turn.")
    ]


def test_a_rating_is_worth_its_prompt_and_its_scores() -> None:
    task = task_with({"id": "a"})
    assert list(task.records(task.parse_payload(ITEM), scores(a=4))) == [
        Prompt("Hi"),
        Labelled("Hi", "Hello", {"scores": {"a": 4}}),
    ]


@pytest.mark.parametrize(
    ("criteria", "where"),
    [
        ([], "criteria"),
        ([{"id": "a"}, {"id": "b"}, {"id": "a"}], "criteria.2.id"),
        ([{"id": "a", "min": 5, "max": 5}], "criteria.0.max"),
        ([{"id": "a", "step": 0.3}], "criteria.0.step"),
        ([{"id": "a", "step": 0}], "criteria.0.step"),
        ([{"id": "a", "min": float("-inf")}], "criteria.0.min"),
        ([{"id": "a", "anchors": {"0": "None"}}], "criteria.0.anchors.0"),
        ([{"id": "a", "anchors": {"best": "All"}}], "criteria.0.anchors.best"),
        ([{"id": "a", "anchors": {"nan": "All"}}], "criteria.0.anchors.nan"),
    ],
)
def test_settings_that_contradict_themselves_are_refused(criteria: list[dict[str, Any]], where: str) -> None:
    with pytest.raises(InvalidSettings) as refusal:
        task_with(*criteria)
    assert refusal.value.where == where


def test_anchors_may_be_numbers_as_yaml_reads_them() -> None:
    assert task_with({"id": "a", "anchors": {1: "Wrong", 5.0: "Right"}}).criteria[0].anchors == {
        "1": "Wrong",
        "5": "Right",
    }


@pytest.mark.parametrize(
    ("seen", "criterion"),
    [
        ([10, 95], {"min": 10, "max": 95, "step": 1, "allow_na": False}),
        ([1, 2.5, None], {"min": 1, "max": 2.5, "step": 0.5, "allow_na": True}),
        ([0.25, 1], {"min": 0.25, "max": 1, "step": 0.01, "allow_na": False}),
        ([1 / 3, 1], {"min": 1 / 3, "max": 1, "step": 1e-6, "allow_na": False}),
        ([4, 4], {"min": 4, "max": 5, "step": 1, "allow_na": False}),
        ([None], {"min": 1, "max": 5, "step": 1, "allow_na": True}),
    ],
)
def test_criteria_and_bounds_are_inferred_from_answers(seen: list[float | None], criterion: dict[str, Any]) -> None:
    inferred = Rating.infer_settings([{"scores": {"a": score}} for score in seen])
    assert inferred == {"criteria": [{"id": "a", "name": "a", **criterion}]}
    task = load_task("rating", inferred)
    for score in seen:
        assert task.parse_answer(task.stub("item-1"), {"scores": {"a": score}}).scores == {"a": score}
