"""Records to rows of training formats: field names and shapes as the trainers document them."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Literal

import pyarrow as pa

from core.records import Demonstration, Message, PreferencePair, Prompt, Record, Text, Unpaired

Shape = Literal["plain", "conversational"]
"""Texts, or lists of messages. Trainers decide by the first row, so a file has one shape."""
Row = dict[str, Any]

_MESSAGES = pa.list_(pa.struct([("role", pa.string()), ("content", pa.string())]))
_CALLS = pa.list_(
    pa.struct(
        [
            ("id", pa.string()),
            ("type", pa.string()),
            ("function", pa.struct([("name", pa.string()), ("arguments", pa.string())])),
        ]
    )
)
_OPENAI = pa.list_(
    pa.struct([("role", pa.string()), ("content", pa.string()), ("tool_call_id", pa.string()), ("tool_calls", _CALLS)])
)
_META = pa.struct(
    [(name, pa.string()) for name in ("item", "row", "verdict", "method", "basis", "reason")]
    + [("probability", pa.float64()), ("votes_for", pa.int64()), ("answers", pa.int64()), ("reviewers", pa.int64())]
)
_SPEAKERS: Mapping[str, str] = {
    "prompt": "user",
    "completion": "assistant",
    "chosen": "assistant",
    "rejected": "assistant",
}
"""Columns that come in either shape, and who speaks where they are plain."""


@dataclass(frozen=True)
class LeftOut:
    """A record that the format cannot hold, and why."""

    reason: str


Rows = Iterable[Row | LeftOut]


@dataclass(frozen=True)
class TrainingFormat:
    """`rows` turns the records of one verdict into rows, each in the shape its texts came in."""

    name: str
    title: str
    contains: str
    takes: tuple[type[Record], ...]
    rows: Callable[[list[Record]], Rows]
    columns: Mapping[str, pa.DataType | None]
    """None: texts or messages, as the shape has it."""
    has_meta: bool = False
    """Whether its readers put up with a further column; OpenAI refuses them, and GRPO hands them to rewards."""
    least: int = 1
    """Rows without which its trainer refuses the file."""

    @property
    def has_shapes(self) -> bool:
        return None in self.columns.values()

    def schema(self, shape: Shape) -> pa.Schema:
        text = pa.string() if shape == "plain" else _MESSAGES
        columns = [(name, text if kind is None else kind) for name, kind in self.columns.items()]
        return pa.schema(columns + [("meta", _META)] * self.has_meta)


# Shapes ---------------------------------------------------------------------------------------------------------------


def shape_of(row: Row) -> Shape:
    return "conversational" if any(isinstance(row.get(name), list) for name in _SPEAKERS) else "plain"


def as_conversation(row: Row) -> Row:
    return {name: _said(name, value) if name in _SPEAKERS else value for name, value in row.items()}


def as_plain(row: Row) -> Row | LeftOut:
    """Of conversations, those of one turn, by the one who would speak there."""
    if not all(_is_one_turn(name, row[name]) for name in _SPEAKERS if name in row):
        return LeftOut("not_plain")
    return {name: _only_text(value) if name in _SPEAKERS else value for name, value in row.items()}


def _said(column: str, text: Any) -> list[Message]:
    return [{"role": _SPEAKERS[column], "content": text}] if isinstance(text, str) else list(text)


def _is_one_turn(column: str, text: Any) -> bool:
    return isinstance(text, str) or [turn["role"] for turn in text] == [_SPEAKERS[column]]


def _only_text(text: Any) -> str:
    return text if isinstance(text, str) else str(text[0]["content"])


def _row(**columns: Any) -> Row:
    """In the shape that its texts need."""
    if all(isinstance(columns[name], str) for name in _SPEAKERS if name in columns):
        return columns
    return as_conversation(columns)


# TRL ------------------------------------------------------------------------------------------------------------------


def _preference(records: list[Record]) -> Rows:
    for pair in _of(records, PreferencePair):
        yield _row(prompt=pair.prompt, chosen=pair.chosen, rejected=pair.rejected, margin=pair.margin)


def _unpaired(records: list[Record]) -> Rows:
    for judged in (*_judged(_of(records, PreferencePair)), *_of(records, Unpaired)):
        yield _row(prompt=judged.prompt, completion=judged.completion, label=judged.label)


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
        yield _row(prompt=shown.prompt, completion=shown.completion)


def _prompt(records: list[Record]) -> Rows:
    for asked in _of(records, Prompt):
        yield _row(prompt=asked.prompt)


# OpenAI: conversations only ---------------------------------------------------------------------------------------------


def _openai_sft(records: list[Record]) -> Rows:
    for shown in _of(records, Demonstration):
        reply = _said("completion", shown.completion)
        if _is_empty(reply):
            yield LeftOut("empty_output")
        else:
            yield {"messages": _with_calls([*_said("prompt", shown.prompt), *reply])}


def _openai_dpo(records: list[Record]) -> Rows:
    for pair in _of(records, PreferencePair):
        chosen, rejected = _said("chosen", pair.chosen), _said("rejected", pair.rejected)
        if reason := _unfit(chosen, rejected):
            yield LeftOut(reason)
        else:
            asked = {"messages": _with_calls(_said("prompt", pair.prompt)), "tools": [], "parallel_tool_calls": True}
            yield {"input": asked, "preferred_output": chosen, "non_preferred_output": rejected}


def _unfit(chosen: list[Message], rejected: list[Message]) -> str | None:
    """Why OpenAI would refuse the pair, if so."""
    if not all(_is_one_turn("chosen", output) for output in (chosen, rejected)):
        return "more_than_one_message"
    if _is_empty(chosen) or _is_empty(rejected):
        return "empty_output"
    return "identical_outputs" if chosen == rejected else None


def _is_empty(output: list[Message]) -> bool:
    return not any(turn["content"].strip() for turn in output if turn["role"] == "assistant")


def _with_calls(messages: list[Message]) -> list[Row]:
    """OpenAI wants a call's id in every tool turn, and the call in the assistant's turn before. Items have neither: the
    ids are counted, and the calls say no more than that there was one."""
    out: list[Row] = []
    for turn in messages:
        if turn["role"] != "tool":
            out.append(dict(turn))
            continue
        made = f"call_{sum(one['role'] == 'tool' for one in out) + 1}"
        out.append({"role": "tool", "tool_call_id": made, "content": turn["content"]})
        caller = next((one for one in reversed(out) if one["role"] != "tool"), None)
        if caller is not None and caller["role"] == "assistant":
            call = {"id": made, "type": "function", "function": {"name": "tool", "arguments": "{}"}}
            caller["tool_calls"] = [*caller.get("tool_calls", ()), call]
    return out


def _of(records: list[Record], kind: type[Any]) -> Iterator[Any]:
    return (record for record in records if isinstance(record, kind))


_INPUT = pa.struct([("messages", _OPENAI), ("tools", pa.list_(pa.string())), ("parallel_tool_calls", pa.bool_())])
_FORMATS = (
    TrainingFormat(
        "trl-preference",
        "TRL preference",
        "prompt, chosen, rejected, margin: for DPO, CPO, ORPO and reward models",
        (PreferencePair,),
        _preference,
        {"prompt": None, "chosen": None, "rejected": None, "margin": pa.float64()},
        has_meta=True,
    ),
    TrainingFormat(
        "trl-kto",
        "TRL unpaired preference",
        "prompt, completion, label: for KTO and BCO; both bad becomes two bad ones",
        (PreferencePair, Unpaired),
        _unpaired,
        {"prompt": None, "completion": None, "label": pa.bool_()},
        has_meta=True,
    ),
    TrainingFormat(
        "trl-sft",
        "TRL prompt and completion",
        "prompt, completion: for supervised fine-tuning",
        (Demonstration,),
        _demonstration,
        {"prompt": None, "completion": None},
        has_meta=True,
    ),
    TrainingFormat(
        "trl-prompt",
        "TRL prompt only",
        "prompt: for GRPO, RLOO and online DPO",
        (Prompt,),
        _prompt,
        {"prompt": None},
    ),
    TrainingFormat(
        "openai-sft",
        "OpenAI fine-tuning",
        "messages: chat fine-tuning files",
        (Demonstration,),
        _openai_sft,
        {"messages": _OPENAI},
        least=10,
    ),
    TrainingFormat(
        "openai-dpo",
        "OpenAI preference",
        "input, preferred_output, non_preferred_output: text only",
        (PreferencePair,),
        _openai_dpo,
        {"input": _INPUT, "preferred_output": _MESSAGES, "non_preferred_output": _MESSAGES},
        least=10,
    ),
)
TRAINING_FORMATS: Mapping[str, TrainingFormat] = MappingProxyType({made.name: made for made in _FORMATS})
