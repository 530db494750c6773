"""Responses that people write: lengths, checks, conversations."""

from typing import Any

import pytest

from core.errors import InvalidAnswer, InvalidSettings
from core.records import Demonstration as Demonstrated, Prompt
from core.tasks import load_task
from core.tasks.demonstration import Demonstration, DemonstrationAnswer

ITEM = {"prompt": "用一句话解释复利。"}
TURNS = [
    {"role": "assistant", "content": "Which?"},
    {"role": "user", "content": "Both."},
    {"role": "assistant", "content": "Fine."},
]


def task_with(**settings: Any) -> Demonstration:
    task = load_task("demonstration", settings)
    assert isinstance(task, Demonstration)
    return task


def words(task: Demonstration, **answer: Any) -> list[tuple[str, str]]:
    with pytest.raises(InvalidAnswer) as refusal:
        task.parse_answer(task.parse_payload(ITEM), answer)
    return [(problem.ask, str(problem)) for problem in refusal.value.problems]


def test_lengths_are_counted_in_characters_of_any_script() -> None:
    task = task_with(min_chars=4, max_chars=6)
    assert task.parse_answer(task.parse_payload(ITEM), {"text": "利滚利😀"}).text == "利滚利😀"
    assert words(task, text="利滚利") == [("text", "Write at least 4 characters; so far: 3.")]
    assert words(task, text="利息生利息！！") == [("text", "Write at most 6 characters; so far: 7.")]


@pytest.mark.parametrize("text", ["", "   ", "\n\u3000\n"])
def test_blank_is_no_response(text: str) -> None:
    assert words(task_with(), text=text) == [("text", "Write a response.")]


def test_every_check_is_answered_yes_or_no() -> None:
    task = task_with(checks=[{"id": "own"}, {"id": "facts"}])
    assert words(task, text="Fine.", checks={"own": True, "style": True}) == [
        ("checks.facts", "Answer yes or no."),
        ("checks.style", "There is no checklist entry “style”."),
    ]
    assert words(task, text="Fine.", checks={"own": "yes", "facts": 1}) == [
        ("checks.own", "This must be true or false."),
        ("checks.facts", "This must be true or false."),
    ]
    answer = task.parse_answer(task.parse_payload(ITEM), {"text": "Fine.", "checks": {"facts": False, "own": True}})
    assert task.values(task.parse_payload(ITEM), answer) == {"text": "Fine.", "checks.own": "yes", "checks.facts": "no"}


def test_a_conversation_ends_with_the_assistant() -> None:
    task = task_with()
    payload = task.parse_payload(ITEM)
    answer = task.parse_answer(payload, {"messages": TURNS})
    assert list(task.records(payload, answer)) == [Prompt(ITEM["prompt"]), Demonstrated(ITEM["prompt"], tuple(TURNS))]
    assert words(task, messages=TURNS[:2]) == [("text", "The last turn must be the assistant's.")]
    assert words(task, messages=TURNS, text="Fine.") == [("text", "Give either text or messages.")]


def test_distance_orders_texts_by_shared_wording() -> None:
    task = task_with()
    one, near, far = (DemonstrationAnswer(text=text) for text in ("利息再生利息", "利息又生利息", "Buy low, sell high"))
    assert 0 < task.distance(one, near) < task.distance(one, far) == 1
    assert not task.checkable


def test_a_long_text_is_compared_quickly() -> None:
    task = task_with()
    long = DemonstrationAnswer(text="利息再生利息。" * 20_000)
    assert task.distance(long, DemonstrationAnswer(text="利息又生利息。" * 20_000)) < 0.5


@pytest.mark.parametrize(
    ("settings", "where"),
    [
        ({"min_chars": 0}, "min_chars"),
        ({"min_chars": 9, "max_chars": 8}, "max_chars"),
        ({"checks": [{"id": "a"}, {"id": "a"}]}, "checks.1.id"),
    ],
)
def test_settings_that_contradict_themselves_are_refused(settings: dict[str, Any], where: str) -> None:
    with pytest.raises(InvalidSettings) as refusal:
        task_with(**settings)
    assert refusal.value.where == where


def test_checks_are_inferred_from_answers() -> None:
    answers = [{"text": "a", "checks": {"own": True}}, {"text": "b", "checks": {"facts": True, "own": False}}]
    assert Demonstration.infer_settings(answers) == {
        "checks": [{"id": "own", "name": "own"}, {"id": "facts", "name": "facts"}]
    }
