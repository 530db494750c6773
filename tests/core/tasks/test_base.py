"""What every task type inherits: words for what does not fit, and texts that can be stored."""

from typing import Any

import pytest

from core.errors import InvalidAnswer, InvalidPayload, InvalidSettings
from core.tasks import load_task, task_type
from core.tasks.base import Answer, Payload, TaskType

CHAT = [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello"}]


def pairwise(**settings: Any) -> TaskType[Any, Any]:
    return load_task("pairwise", settings)


def a_pair(**changes: Any) -> dict[str, Any]:
    return {"prompt": "Hi", "responses": {"a": {"text": "One"}, "b": {"text": "Two"}}, **changes}


def problems(task: TaskType[Payload, Answer], payload: object, answer: object) -> list[tuple[str, str]]:
    """Where and what, as the desk gets it."""
    with pytest.raises(InvalidAnswer) as refusal:
        task.parse_answer(task.parse_payload(payload), answer)
    return [(problem.ask, str(problem)) for problem in refusal.value.problems]


@pytest.mark.parametrize(
    ("payload", "where", "message"),
    [
        ("text", "", "payload: This must be an object."),
        ({"prompt": "Hi"}, "responses", "responses: This is missing."),
        (a_pair(prompt=""), "prompt", "prompt: This must not be empty."),
        (a_pair(prompt=[]), "prompt", "prompt: This must be text."),
        (a_pair(model="heron-2"), "model", "model: This field is not known here."),
        (a_pair(prompt="a\0b"), "prompt", "prompt: The text contains a NUL character."),
        (a_pair(prompt="ab\ud800"), "prompt", "prompt: The text contains half a character at position 2."),
        (a_pair(**{"\ud800": 1}), "", "payload: The text contains half a character at position 0."),
        (a_pair(responses={"a": {"text": "x"}}), "responses", "responses: This needs at least 2, and has 1."),
        (
            a_pair(responses={"a": {"text": "x"}, "b": {"text": None}}),
            "responses.b",
            "responses.b: Give either text or messages.",
        ),
        (
            a_pair(responses={"a": {"text": "x"}, "tie": {"text": "y"}}),
            "responses.tie",
            "responses.tie: A response cannot be called “tie”: answers use that word.",
        ),
        (
            a_pair(context=[{"kind": "image", "url": "https://example.org/a.png"}]),
            "context.0",
            "context.0: Images, audio, video and documents cannot be shown yet; give a text.",
        ),
        (
            a_pair(responses={"a": {"messages": [{"role": "bot", "content": "x"}]}, "b": {"text": "y"}}),
            "responses.a.messages.0.role",
            "responses.a.messages.0.role: This must be one of: 'system', 'user', 'assistant' or 'tool'.",
        ),
    ],
)
def test_a_payload_that_does_not_fit_is_refused_with_its_place(payload: object, where: str, message: str) -> None:
    with pytest.raises(InvalidPayload) as refusal:
        pairwise().parse_payload(payload)
    assert (refusal.value.where, str(refusal.value)) == (where, message)


@pytest.mark.parametrize(("raw", "text"), [(True, "true"), (36, "36"), (0.5, "0.5"), ("", "")])
def test_a_bare_value_where_a_model_answered_is_read_as_text(raw: object, text: str) -> None:
    payload = pairwise().parse_payload(a_pair(responses={"a": {"text": raw}, "b": {"text": "Two"}}))
    assert payload.said("a") == text


def test_text_is_kept_as_it_came() -> None:
    odd = " \u202e<script>\u200b\r\n\t e\u0301 \U0001f600 "
    assert pairwise().parse_payload(a_pair(prompt=odd)).asked == odd


def test_a_conversation_is_shown_turn_by_turn() -> None:
    task = pairwise()
    show = task.screen(task.parse_payload(a_pair(prompt=CHAT))).as_json()["shows"][0]
    assert show["kind"] == "chat"
    assert show["turns"] == [{"role": "user", "text": "Hi"}, {"role": "assistant", "text": "Hello"}]


def test_context_is_shown_under_its_title_between_prompt_and_responses() -> None:
    task = pairwise()
    shows = task.screen(task.parse_payload(a_pair(context=[{"title": "Menu", "text": "Laksa"}]))).as_json()["shows"]
    assert [show["kind"] for show in shows] == ["passage", "passage", "candidates"]
    assert (shows[1]["label"], shows[1]["text"], shows[1]["role"]) == ("Menu", "Laksa", "context")


@pytest.mark.parametrize("answer", [None, [], "a", 3])
def test_an_answer_that_is_no_object_is_refused(answer: object) -> None:
    assert problems(pairwise(), a_pair(), answer) == [("", "The answer must be an object.")]


def test_a_misshapen_answer_is_refused_beside_the_control_it_belongs_to() -> None:
    task = pairwise(strength_levels=3, dimensions=[{"id": "tone"}])
    answer = {"preferred": 1, "strength": True, "by": {"tone": {"strength": 1.5}, "x": 1}, "why": "because"}
    assert problems(task, a_pair(), answer) == [
        ("preferred", "This must be text."),
        ("preferred", "This must be a whole number."),
        ("by.tone.preferred", "This must be a whole number."),
        ("by.x", "This must be an object."),
        ("why", "This field is not known here."),
    ]


def test_an_unsettled_control_is_missing_rather_than_misshapen() -> None:
    assert problems(pairwise(), a_pair(), {"preferred": None}) == [("preferred", "This is missing.")]


@pytest.mark.parametrize("identifier", ["a.b", "7", "__proto__"])
def test_ids_that_would_break_paths_are_refused(identifier: str) -> None:
    with pytest.raises(InvalidSettings) as refusal:
        pairwise(dimensions=[{"id": identifier}])
    assert refusal.value.where == "dimensions.0.id"


@pytest.mark.parametrize("question", ["", {}, {"en": ""}, 3])
def test_a_localised_text_is_not_empty(question: object) -> None:
    with pytest.raises(InvalidSettings) as refusal:
        pairwise(question=question)
    assert str(refusal.value.where).startswith("question")


def test_settings_that_are_no_object_are_refused() -> None:
    with pytest.raises(InvalidSettings, match="settings: This must be an object"):
        load_task("rating", ["criteria"])


def test_answers_that_cannot_be_learnt_from_are_refused() -> None:
    with pytest.raises(InvalidAnswer) as refusal:
        task_type("rating").infer_settings([{"scores": {"a": 1}}, {"scores": {"a": "good"}}])
    assert refusal.value.ask == "scores.a"


def test_the_medoid_counts_weights() -> None:
    task = pairwise()
    a, b = (task.answer_model(preferred=name) for name in "ab")  # type: ignore[call-arg]
    assert task.consensus([a, a, b]) == a
    assert task.consensus([a, a, b], [0.2, 0.2, 0.9]) == b
