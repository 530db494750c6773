"""Records to rows of training formats: field names and shapes as the trainers document them."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Literal

from core.records import Demonstration, Message, PreferencePair, Prompt, Record, Text, Unpaired

Shape = Literal["standard", "conversational"]
"""Plain texts, or lists of messages: trainers look at the first row, so the two are kept in separate files."""
Row = dict[str, Any]


@dataclass(frozen=True)
class LeftOut:
    """A record that the format cannot hold, and why."""

    reason: str


Rows = Iterable[tuple[Shape, Row] | LeftOut]


@dataclass(frozen=True)
class TrainingFormat:
    """`rows` turns the records of one verdict into rows."""

    name: str
    title: str
    contains: str
    takes: tuple[type[Record], ...]
    rows: Callable[[list[Record]], Rows]
    loader: str = 'load_dataset("json", data_files={files})'
    has_meta: bool = False
    """Whether its readers put up with a further column; OpenAI refuses them, and GRPO hands them to rewards."""


def _is_plain(*texts: Text) -> bool:
    return all(isinstance(text, str) for text in texts)


def _messages(text: Text, role: str) -> list[Message]:
    return [{"role": role, "content": text}] if isinstance(text, str) else list(text)


def _said(prompt: Text) -> list[Message]:
    return _messages(prompt, "user")


def _replied(completion: Text) -> list[Message]:
    return _messages(completion, "assistant")


# TRL ------------------------------------------------------------------------------------------------------------------


def _preference(records: list[Record]) -> Rows:
    for pair in _of(records, PreferencePair):
        if _is_plain(pair.prompt, pair.chosen, pair.rejected):
            yield (
                "standard",
                {"prompt": pair.prompt, "chosen": pair.chosen, "rejected": pair.rejected, "margin": pair.margin},
            )
        else:
            row = {
                "prompt": _said(pair.prompt),
                "chosen": _replied(pair.chosen),
                "rejected": _replied(pair.rejected),
                "margin": pair.margin,
            }
            yield "conversational", row


def _unpaired(records: list[Record]) -> Rows:
    for judged in (*_judged(_of(records, PreferencePair)), *_of(records, Unpaired)):
        if _is_plain(judged.prompt, judged.completion):
            yield "standard", {"prompt": judged.prompt, "completion": judged.completion, "label": judged.label}
        else:
            yield (
                "conversational",
                {"prompt": _said(judged.prompt), "completion": _replied(judged.completion), "label": judged.label},
            )


def _judged(pairs: Iterator[PreferencePair]) -> list[Unpaired]:
    """Each response once: good when it won more of its item's comparisons than it lost, bad when it lost more."""
    balance: dict[str, int] = {}
    texts: dict[str, tuple[Text, Text]] = {}
    for pair in pairs:
        for name, text, step in ((pair.chosen_id, pair.chosen, 1), (pair.rejected_id, pair.rejected, -1)):
            balance[name] = balance.get(name, 0) + step
            texts[name] = (pair.prompt, text)
    return [Unpaired(*texts[name], won > 0, name) for name, won in balance.items() if won]


def _demonstration(records: list[Record]) -> Rows:
    for shown in _of(records, Demonstration):
        if _is_plain(shown.prompt, shown.completion):
            yield "standard", {"prompt": shown.prompt, "completion": shown.completion}
        else:
            yield "conversational", {"prompt": _said(shown.prompt), "completion": _replied(shown.completion)}


def _prompt(records: list[Record]) -> Rows:
    for asked in _of(records, Prompt):
        if _is_plain(asked.prompt):
            yield "standard", {"prompt": asked.prompt}
        else:
            yield "conversational", {"prompt": _said(asked.prompt)}


# OpenAI: conversations only ---------------------------------------------------------------------------------------------


def _openai_sft(records: list[Record]) -> Rows:
    for shown in _of(records, Demonstration):
        yield "conversational", {"messages": [*_said(shown.prompt), *_replied(shown.completion)]}


def _openai_dpo(records: list[Record]) -> Rows:
    for pair in _of(records, PreferencePair):
        chosen, rejected = _replied(pair.chosen), _replied(pair.rejected)
        if not _is_one_reply(chosen) or not _is_one_reply(rejected):
            yield LeftOut("more_than_one_message")
        else:
            messages = {"messages": _said(pair.prompt), "tools": [], "parallel_tool_calls": True}
            yield "conversational", {"input": messages, "preferred_output": chosen, "non_preferred_output": rejected}


def _is_one_reply(messages: list[Message]) -> bool:
    return len(messages) == 1 and messages[0]["role"] == "assistant"


def _of(records: list[Record], kind: type[Any]) -> Iterator[Any]:
    return (record for record in records if isinstance(record, kind))


TRAINING_FORMATS: Mapping[str, TrainingFormat] = MappingProxyType(
    {
        f.name: f
        for f in (
            TrainingFormat("trl-preference", "TRL preference", "prompt, chosen, rejected, margin: for DPO, CPO, ORPO and reward models", (PreferencePair,), _preference, has_meta=True),
            TrainingFormat("trl-kto", "TRL unpaired preference", "prompt, completion, label: for KTO and BCO; both bad becomes two bad ones", (PreferencePair, Unpaired), _unpaired, has_meta=True),
            TrainingFormat("trl-sft", "TRL prompt and completion", "prompt, completion: for supervised fine-tuning", (Demonstration,), _demonstration, has_meta=True),
            TrainingFormat("trl-prompt", "TRL prompt only", "prompt: for GRPO, RLOO and online DPO", (Prompt,), _prompt),
            TrainingFormat("openai-sft", "OpenAI fine-tuning", "messages: chat fine-tuning files", (Demonstration,), _openai_sft),
            TrainingFormat("openai-dpo", "OpenAI preference", "input, preferred_output, non_preferred_output: text only", (PreferencePair,), _openai_dpo),
        )
    }
)  # fmt: skip
