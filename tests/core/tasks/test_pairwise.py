"""Preferences: what fits, what they are worth, how far apart they are."""

from typing import Any

import pytest

from core.errors import InvalidAnswer, InvalidSettings
from core.records import PreferencePair, Prompt, Tie, Unpaired
from core.tasks import load_task
from core.tasks.pairwise import Pairwise, PairwiseAnswer, PairwisePayload

ITEM = {"prompt": "Hi", "responses": {"b": {"text": "Two", "model": "heron-2"}, "a": {"text": "One"}}}


def task_with(**settings: Any) -> Pairwise:
    task = load_task("pairwise", settings)
    assert isinstance(task, Pairwise)
    return task


def item() -> PairwisePayload:
    return task_with().parse_payload(ITEM)


def given(**answer: Any) -> PairwiseAnswer:
    return PairwiseAnswer.model_validate(answer)


def words(task: Pairwise, **answer: Any) -> list[tuple[str, str]]:
    with pytest.raises(InvalidAnswer) as refusal:
        task.parse_answer(item(), answer)
    return [(problem.ask, str(problem)) for problem in refusal.value.problems]


def test_strength_is_asked_of_a_preference_and_refused_elsewhere() -> None:
    task = task_with(strength_levels=3)
    assert task.parse_answer(item(), {"preferred": "a", "strength": 3}).strength == 3
    assert task.parse_answer(item(), {"preferred": "tie"}).strength is None
    assert words(task, preferred="a") == [("preferred", "Say how much better the response is.")]
    assert words(task, preferred="a", strength=4) == [("preferred", "Strength goes from 1 to 3.")]
    assert words(task, preferred="a", strength=0) == [("preferred", "Strength goes from 1 to 3.")]
    assert words(task, preferred="tie", strength=1) == [("preferred", "Strength goes with a preferred response only.")]


def test_what_is_not_offered_is_refused() -> None:
    task = task_with(allow_tie=False, allow_both_bad=False)
    assert words(task, preferred="tie") == [("preferred", "A tie is not offered here; choose a response.")]
    assert words(task, preferred="both_bad") == [("preferred", "“Both bad” is not offered here; choose a response.")]
    assert words(task, preferred="c") == [("preferred", "There is no response “c” on this item.")]


def test_all_problems_are_told_at_once() -> None:
    task = task_with(dimensions=[{"id": "tone"}, {"id": "facts"}])
    assert [ask for ask, _ in words(task, by={"tone": {"preferred": "a"}, "style": {"preferred": "a"}})] == [
        "preferred",
        "by.facts.preferred",
        "by.style",
    ]


def test_values_are_places_in_the_payloads_own_order() -> None:
    task = task_with(dimensions=[{"id": "tone"}])
    answer = given(preferred="b", by={"tone": {"preferred": "a"}})
    assert task.values(item(), answer) == {"preferred": "first", "by.tone": "second"}
    assert [target.name for target in task.targets()] == ["preferred", "by.tone"]


def test_distances_put_a_tie_between_and_direction_before_strength() -> None:
    task = task_with(strength_levels=3)
    weak, strong, other = (
        given(preferred="a", strength=1),
        given(preferred="a", strength=3),
        given(preferred="b", strength=1),
    )
    tie, bad = given(preferred="tie"), given(preferred="both_bad")
    assert task.distance(weak, strong) == 0.25
    assert task.distance(weak, tie) == task.distance(tie, bad) == 0.5
    assert task.distance(weak, other) == task.distance(weak, bad) == 1
    assert task.agrees(weak, strong)
    assert not task.agrees(weak, tie)


def test_dimensions_together_weigh_as_much_as_the_main_question() -> None:
    task = task_with(dimensions=[{"id": "tone"}, {"id": "facts"}])
    left = given(preferred="a", by={"tone": {"preferred": "a"}, "facts": {"preferred": "a"}})
    right = given(preferred="a", by={"tone": {"preferred": "b"}, "facts": {"preferred": "a"}})
    assert task.distance(left, right) == 0.25


def test_a_preference_is_worth_a_pair_with_its_margin() -> None:
    task = task_with(strength_levels=4)
    assert list(task.records(item(), given(preferred="a", strength=1))) == [
        Prompt("Hi"),
        PreferencePair("Hi", "One", "Two", 0.25, "a", "b"),
    ]


def test_a_tie_and_both_bad_are_kept_apart() -> None:
    task = task_with()
    assert list(task.records(item(), given(preferred="tie")))[1:] == [Tie("Hi", ("Two", "One"), ("b", "a"))]
    assert list(task.records(item(), given(preferred="both_bad")))[1:] == [
        Unpaired("Hi", "Two", False, "b"),
        Unpaired("Hi", "One", False, "a"),
    ]


@pytest.mark.parametrize(
    ("settings", "where"),
    [
        ({"strength_levels": 0}, "strength_levels"),
        ({"strength_levels": 6}, "strength_levels"),
        ({"strength_levels": 2, "strengths": ["a bit"]}, "strengths"),
        ({"dimensions": [{"id": "tone"}, {"id": "tone"}]}, "dimensions.1.id"),
    ],
)
def test_settings_that_contradict_themselves_are_refused(settings: dict[str, Any], where: str) -> None:
    with pytest.raises(InvalidSettings) as refusal:
        task_with(**settings)
    assert refusal.value.where == where


def test_every_level_of_strength_has_a_name() -> None:
    for levels in range(2, 6):
        (ask,) = task_with(strength_levels=levels).screen(item()).as_json()["asks"]
        assert len(ask["strengths"]) == ask["levels"] == levels


def test_settings_are_inferred_from_answers() -> None:
    answers = [
        {"preferred": "a", "strength": 2, "by": {"tone": {"preferred": "tie"}}},
        {"preferred": "b", "strength": 1},
    ]
    assert Pairwise.infer_settings(answers) == {
        "allow_tie": True,
        "allow_both_bad": False,
        "strength_levels": 2,
        "dimensions": [{"id": "tone", "name": "tone"}],
    }
