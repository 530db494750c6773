"""Which column of a foreign file is which field of ours: guessed, shown, corrected by a mapping."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from core.errors import InvalidInput, Problem
from core.interchange import own_answers
from core.interchange.cells import ABSENT, Reader, reader
from core.interchange.files import Row

Kind = Literal["items", "labels", "gold"]
KINDS: tuple[Kind, ...] = ("items", "labels", "gold")

FIELDS: Mapping[Kind, frozenset[str]] = {
    "items": frozenset(
        (
            "id",
            "payload",
            "lang",
            "response_lang",
            "group",
            "batch",
            "tags",
            "sensitive",
            "overlap",
            "priority",
            "gold",
            "meta",
        )
    ),
    "labels": frozenset(("item", "annotator", "answer", "extras", "at", "seconds", "order", "repeat", "probabilities")),
    "gold": frozenset(("item", "answer", "explanation", "use")),
}
CONTENT: Mapping[Kind, str] = {"items": "payload", "labels": "answer", "gold": "answer"}
"""The field that a flat row's own keys go into."""
IGNORED = ""

_SYNONYMS: Mapping[Kind, Mapping[str, tuple[str, ...]]] = {
    "items": {
        "id": ("item_id", "example_id", "question_id", "uid", "key", "idx", "index"),
        "lang": ("language", "locale"),
        "group": ("group_id", "conversation_id", "conversation", "family"),
        "batch": ("batch_id",),
        "payload.prompt": ("instruction", "question", "input", "query", "source"),
        "payload.response": ("output", "completion", "answer", "target", "summary"),
        "payload.text": ("sentence", "content", "utterance", "message", "comment", "review"),
        "payload.responses": ("candidates", "outputs"),
    },
    "labels": {
        "item": ("item_id", "id", "example_id", "task", "task_id", "question_id"),
        "annotator": (
            "annotator_id",
            "worker",
            "worker_id",
            "user",
            "user_id",
            "rater",
            "rater_id",
            "labeler",
            "judge",
        ),
        "at": ("timestamp", "created_at", "time", "date", "submitted_at"),
        "seconds": ("duration", "duration_s", "lead_time", "active_s", "elapsed_s"),
        "extras.rationale": ("rationale", "reason", "explanation", "comment"),
        "extras.confidence": ("confidence",),
    },
    "gold": {
        "item": ("item_id", "id", "example_id", "task", "task_id", "question_id"),
        "explanation": ("rationale", "reason"),
    },
}
_RESPONSE = re.compile(
    r"^(?:response|answer|output|completion|candidate|reply)[_ -]?([a-z]|\d{1,2})(?:[_.-](text|model))?$", re.IGNORECASE
)
_MODEL = re.compile(r"^model[_ -]?([a-z]|\d{1,2})$", re.IGNORECASE)
_CHOSEN = re.compile(r"^(chosen|rejected)(?:[_.-](text|model))?$")


@dataclass(frozen=True)
class Shape:
    """What one project's task type takes: the payload's fields and the paths its asks write to."""

    payload: frozenset[str]
    asks: tuple[str, ...]
    answer: frozenset[str]


def guess(kind: Kind, columns: Iterable[str], shape: Shape) -> dict[str, str]:
    """Source column to target path; what nothing is known about goes to meta (items) or is ignored, never into the content."""
    taken: dict[str, str] = {}
    for column in columns:
        target = _target(kind, column, shape)
        taken[column] = target if target not in taken.values() else _spare(kind, column)
    return taken


def _target(kind: Kind, column: str, shape: Shape) -> str:
    name = column.strip()
    root = name.split(".")[0]
    if root in FIELDS[kind] or (kind == "labels" and root == "extras"):
        return name
    known = _content_target(kind, name, shape) or _synonym(kind, name.lower(), shape)
    return known or _spare(kind, name)


def _content_target(kind: Kind, name: str, shape: Shape) -> str | None:
    if kind != "items":
        return _ask_target(name, shape)
    if name.split(".", maxsplit=1)[0] in shape.payload:
        return f"payload.{name}"
    return _response_target(name) if "responses" in shape.payload else None


def _ask_target(name: str, shape: Shape) -> str | None:
    if name.split(".", maxsplit=1)[0] in shape.answer:
        return f"answer.{name}"
    for ask in shape.asks:
        if name in (ask, ask.split(".")[-1]):
            return f"answer.{ask}"
    return "answer.labels.0" if name == "label" and "labels" in shape.answer else None


def _response_target(name: str) -> str | None:
    if found := _RESPONSE.match(name):
        return f"payload.responses.{found[1].lower()}.{(found[2] or 'text').lower()}"
    if found := _MODEL.match(name):
        return f"payload.responses.{found[1].lower()}.model"
    if found := _CHOSEN.match(name):
        return f"payload.responses.{found[1]}.{found[2] or 'text'}"
    return None


def _synonym(kind: Kind, name: str, shape: Shape) -> str | None:
    for target, names in _SYNONYMS[kind].items():
        field = target.removeprefix("payload.")
        if name in names and (field == target or field in shape.payload):
            return target
    return None


def _spare(kind: Kind, column: str) -> str:
    return f"meta.{column}" if kind == "items" else IGNORED


def check_mapping(kind: Kind, mapping: Mapping[str, str], columns: Iterable[str]) -> None:
    known = set(columns)
    for column, target in mapping.items():
        if column not in known:
            raise InvalidInput("The file has no column {column}.", column=column)
        if target and target.split(".")[0] not in FIELDS[kind]:
            fields = ", ".join(sorted(FIELDS[kind]))
            raise InvalidInput("There is no field {target}. Choose one of: {fields}.", target=target, fields=fields)


# Rows as they are meant ----------------------------------------------------------------------------------------------


class Arranger:
    """Turns foreign rows into ours; rows that are ours already pass as they are."""

    def __init__(
        self,
        kind: Kind,
        shape: Shape,
        *,
        tabular: bool,
        untyped: bool = False,
        mapping: Mapping[str, str] | None = None,
    ) -> None:
        self._kind, self._shape, self._tabular, self._untyped = kind, shape, tabular, untyped
        self._given = dict(mapping or {})
        self._plans: dict[tuple[str, ...], Callable[[Row, int], Row] | None] = {}
        self.mapping: dict[str, str] = {}
        """What was used, over all rows so far."""
        self.left_out: Counter[str] = Counter()
        """Rows of our own exports that are no labels, by outcome or purpose."""
        self.kinds: dict[str, str] | None = None
        """Of our own exports, which say it, what the annotators are."""

    def __call__(self, row: Row, number: int) -> Row | None:
        """The row as it is meant; None where it is left out."""
        columns = tuple(row)
        if self._kind == "labels" and not self._given and own_answers.is_ours(columns):
            return self._own(row, number)
        if columns not in self._plans:
            self._plans[columns] = self._plan(columns)
        plan = self._plans[columns]
        return plan(row, number) if plan else row

    def _own(self, row: Row, number: int) -> Row | None:
        if reason := own_answers.why_left_out(row):
            self.left_out[reason] += 1
            return None
        label = own_answers.as_label(row, number, is_csv=self._untyped)
        self.kinds = self.kinds or {}
        kind = own_answers.kind(row)
        if kind != "imported" or label["annotator"] not in self.kinds:
            self.kinds[label["annotator"]] = kind
        return label

    def _plan(self, columns: tuple[str, ...]) -> Callable[[Row, int], Row] | None:
        if not self._tabular and not self._given and CONTENT[self._kind] in columns:
            return None
        mapping = guess(self._kind, columns, self._shape) | {k: v for k, v in self._given.items() if k in columns}
        self.mapping |= mapping
        steps = [_step(column, target, self._tabular) for column, target in mapping.items() if target]
        return lambda row, number: _arranged(row, number, steps)


@dataclass(frozen=True)
class _Step:
    column: str
    path: tuple[str, ...]
    read: Reader | None
    alone: bool
    """The value is the only one of a list: "labels.0"."""


def _step(column: str, target: str, tabular: bool) -> _Step:
    path = tuple(target.removesuffix(".0").split("."))
    return _Step(column, path, reader(target, tabular), target.endswith(".0"))


def _arranged(row: Row, number: int, steps: list[_Step]) -> Row:
    out: Row = {}
    for step in steps:
        value = row[step.column]
        if step.read is not None and isinstance(value, str):
            value = step.read(value, number, step.column)
        if value is not ABSENT:
            _put(out, step, [value] if step.alone else value, number)
    return out


def _put(out: Row, step: _Step, value: Any, number: int) -> None:
    here = out
    *parents, last = _place(step.path, value)
    for part in parents:
        here = here.setdefault(part, {})
        if not isinstance(here, dict):
            raise Problem(
                "This column and another both fill {field}. Map one of them elsewhere.",
                row=number,
                column=step.column,
                field=part,
            )
    before = here.get(last)
    here[last] = before | value if isinstance(before, dict) and isinstance(value, dict) else value


def _place(path: tuple[str, ...], value: Any) -> tuple[str, ...]:
    """A response that is a list is a conversation."""
    is_text = len(path) > 2 and path[:2] == ("payload", "responses") and path[-1] == "text"
    return (*path[:-1], "messages") if is_text and isinstance(value, list) else path
