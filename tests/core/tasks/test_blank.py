"""No item shows a text with nothing to read, of whatever task type and wherever in its payload."""

from collections.abc import Iterator
from copy import deepcopy
from random import Random
from typing import Any

import pytest

from core.errors import InvalidPayload
from core.tasks import TASK_TYPES, load_task
from core.tasks.blank import NOT_SHOWN, refuse_blank

NOTHING = " \n\t\u3000\u00a0\u200b\ufeff"


def places(value: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Of every text in a payload as JSON."""
    if isinstance(value, str):
        yield at
    for name, one in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        if name not in NOT_SHOWN:
            yield from places(one, (*at, name))


def blanked(payload: Any, at: tuple[Any, ...], text: str) -> Any:
    changed = deepcopy(payload)
    inner = changed
    for name in at[:-1]:
        inner = inner[name]
    inner[at[-1]] = text
    return changed


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("key", list(TASK_TYPES))
def test_a_blank_text_is_refused_at_its_place(key: str, seed: int) -> None:
    rubric = load_task(key, {})
    payload = {**rubric.sample_payload(Random(seed)).as_json(), "context": [{"title": "", "text": "Background"}]}
    if "context" not in rubric.payload_model.model_fields:
        payload.pop("context")
    refuse_blank(rubric.parse_payload(payload))
    found = list(places(payload))
    assert found
    for at in found:
        with pytest.raises(InvalidPayload) as refusal:
            refuse_blank(rubric.parse_payload(blanked(payload, at, NOTHING)))
        assert refusal.value.where == ".".join(map(str, at))


def test_turns_of_a_conversation_are_texts_too() -> None:
    rubric = load_task("rating", {})
    turns = [{"role": "user", "content": "Hello"}, {"role": "assistant", "content": " "}]
    with pytest.raises(InvalidPayload) as refusal:
        refuse_blank(rubric.parse_payload({"prompt": "Hello", "response": turns}))
    assert refusal.value.where == "response.1.content"


def test_a_text_of_signs_or_one_letter_is_no_blank() -> None:
    rubric = load_task("rating", {})
    for text in ("0", "…", "是", "\u200b!"):
        refuse_blank(rubric.parse_payload({"prompt": text, "response": text}))


def test_an_empty_response_is_what_the_model_said() -> None:
    rubric = load_task("rating", {})
    refuse_blank(rubric.parse_payload({"prompt": "Hello", "response": ""}))
    with pytest.raises(InvalidPayload):
        rubric.parse_payload({"prompt": "", "response": "Hello"})
