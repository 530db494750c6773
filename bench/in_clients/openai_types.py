"""Lines of OpenAI's fine-tuning files, held against the types of its own library and what its guides add to them."""

from typing import Any

from openai.types.chat import (
    ChatCompletionAssistantMessageParam,
    ChatCompletionFunctionToolParam as Tool,
    ChatCompletionMessageParam,
)
from pydantic import BaseModel, ConfigDict, TypeAdapter

MESSAGES: TypeAdapter[Any] = TypeAdapter(list[ChatCompletionMessageParam])
FIELDS = {"role", "content", "tool_call_id", "tool_calls", "name", "weight"}


class _Exact(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Sft(_Exact):
    messages: list[ChatCompletionMessageParam]


class Asked(_Exact):
    messages: list[ChatCompletionMessageParam]
    tools: list[Tool]
    parallel_tool_calls: bool


class Dpo(_Exact):
    input: Asked
    preferred_output: list[ChatCompletionAssistantMessageParam]
    non_preferred_output: list[ChatCompletionAssistantMessageParam]


def check(format_name: str, row: dict[str, Any], number: int) -> None:
    if format_name == "openai-sft":
        Sft.model_validate(row)
        conversation(row["messages"], number)
        assert row["messages"][-1]["role"] == "assistant", f"line {number} ends without a reply"
        return
    Dpo.model_validate(row)
    conversation(row["input"]["messages"], number)
    chosen, rejected = row["preferred_output"], row["non_preferred_output"]
    assert len(chosen) == len(rejected) == 1, f"line {number} has outputs of several messages"
    assert all(output[0]["content"].strip() for output in (chosen, rejected)), f"line {number} has an empty output"
    assert chosen != rejected, f"line {number} has one output twice"


def conversation(messages: list[dict[str, Any]], number: int) -> None:
    """A tool's turn answers a call that was made; nothing unknown stands in a turn."""
    MESSAGES.validate_python(messages)
    called: set[str] = set()
    for turn in messages:
        assert turn.keys() <= FIELDS, f"line {number} has a turn with {sorted(turn)}"
        if turn["role"] == "tool":
            assert turn["tool_call_id"] in called, f"line {number} answers a call that nobody made"
        called |= {call["id"] for call in turn.get("tool_calls", ())}
