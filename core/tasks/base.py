"""The boundary at which the product grows: what every task type is, gives and inherits."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Annotated, Any, ClassVar, Generic, Literal, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from core.errors import InvalidAnswer, InvalidPayload, InvalidSettings
from core.records import Message, Record, Text
from core.tasks.screen import Chat, Localised, Passage, Screen, Show

ScaleName = Literal["nominal", "ordinal", "interval", "set", "rank", "spans", "text"]
LocalisedText = str | dict[str, str]
Identifier = Annotated[str, Field(min_length=1, max_length=100)]

PROMPT: Localised = {"en": "Prompt", "zh": "提示"}
RESPONSE: Localised = {"en": "Response", "zh": "回答"}
CONTEXT: Localised = {"en": "Context", "zh": "背景资料"}


@dataclass(frozen=True)
class Target:
    """Something that is measured: a name, its scale, and for nominal ones the categories in code order."""

    name: str
    scale: ScaleName
    categories: tuple[str, ...] = ()
    low: float | None = None
    high: float | None = None


Value = str | float | tuple[str, ...] | None
"""nominal: a category; ordinal and interval: a number; set: sorted ids; rank: "1,2,2" in the payload's order; None = not applicable."""


class Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Turn(Strict):
    role: Literal["system", "user", "assistant", "tool"]
    content: str


class ContextText(Strict):
    """A text that goes with the prompt."""

    title: str | None = None
    text: str


class Payload(Strict):
    """What an item must bring."""


class Answer(Strict):
    """What an annotator says: the final shapes of the contract."""


Conversation = Annotated[tuple[Turn, ...], Field(min_length=1)]
PromptText = Annotated[str, Field(min_length=1)] | Conversation


class Response(Strict):
    """One model output. `model` is taken at import, kept apart, and never reaches a screen."""

    text: str | None = None
    messages: Conversation | None = None
    model: str | None = None

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.text is None) == (self.messages is None):
            raise ValueError("give either text or messages")
        return self

    @property
    def body(self) -> Text:
        return self.text if self.text is not None else as_messages(self.messages or ())


def as_messages(turns: Sequence[Turn]) -> tuple[Message, ...]:
    return tuple({"role": t.role, "content": t.content} for t in turns)


def as_text(prompt: str | tuple[Turn, ...]) -> Text:
    return prompt if isinstance(prompt, str) else as_messages(prompt)


def show_prompt(prompt: str | tuple[Turn, ...], label: Localised = PROMPT) -> Show:
    if isinstance(prompt, str):
        return Passage(label, prompt)
    return Chat(label, [{"role": t.role, "text": t.content} for t in prompt])


def show_context(context: Sequence[ContextText]) -> list[Show]:
    return [Passage(c.title or CONTEXT, c.text, role="context") for c in context]


P = TypeVar("P", bound=Payload)
A = TypeVar("A", bound=Answer)


class TaskType(Strict, ABC, Generic[P, A]):
    """One kind of question. Its fields are the settings a project owner may choose; the instance is the project's rubric."""

    key: ClassVar[str]
    title: ClassVar[Localised]
    payload_model: ClassVar[type[Payload]]
    answer_model: ClassVar[type[Answer]]
    checkable: ClassVar[bool] = True
    """Whether an answer can be held against gold without a person reading both."""

    @abstractmethod
    def screen(self, payload: P) -> Screen:
        """What to show and ask; never names models, gold or people."""

    @abstractmethod
    def check(self, payload: P, answer: A) -> None:
        """Raise InvalidAnswer unless the answer fits item and settings."""

    @abstractmethod
    def targets(self) -> tuple[Target, ...]:
        """What is measured, in a fixed order."""

    @abstractmethod
    def values(self, payload: P, answer: A) -> Mapping[str, Value]:
        """Target name to the value this answer gives it."""

    @abstractmethod
    def distance(self, left: A, right: A) -> float:
        """Disagreement in [0, 1]; symmetric; 0 for equal answers."""

    @abstractmethod
    def records(self, payload: P, answer: A) -> Iterable[Record]:
        """What a verdict is worth as training data."""

    @abstractmethod
    def sample_payload(self, rng: Random) -> P:
        """A made-up item."""

    @abstractmethod
    def sample_answer(self, payload: P, rng: Random) -> A:
        """A valid answer, blind to the content."""

    def score(self, answer: A, gold: A) -> float:
        """How right an answer is, in [0, 1]."""
        return 1 - self.distance(answer, gold)

    def agrees(self, answer: A, gold: A) -> bool:
        """Whether a hidden check counts as passed."""
        return self.distance(answer, gold) == 0

    def consensus(self, answers: Sequence[A], weights: Sequence[float] | None = None) -> A:
        """The answer that is closest to all others: the weighted medoid, first given wins a tie."""
        weights = weights or [1.0] * len(answers)
        costs = [sum(w * self.distance(a, b) for b, w in zip(answers, weights, strict=True)) for a in answers]
        return answers[costs.index(min(costs))]

    def parse_payload(self, raw: object) -> P:
        try:
            return self.payload_model.model_validate(raw)  # type: ignore[return-value]
        except ValidationError as error:
            path, message = first_problem(error)
            raise InvalidPayload("{path}: {message}", where=path, path=path or "payload", message=message) from None

    def parse_answer(self, payload: P, raw: object) -> A:
        """Shape first, then fit. A browser's or a file's worth of trust: none."""
        if not isinstance(raw, dict):
            raise InvalidAnswer("The answer must be an object.")
        try:
            answer: A = self.answer_model.model_validate(raw)  # type: ignore[assignment]
        except ValidationError as error:
            problems = [InvalidAnswer(_words(e), ask=_path(e["loc"])) for e in error.errors(include_url=False)]
            raise InvalidAnswer(problems[0].template, ask=problems[0].ask, problems=problems) from None
        self.check(payload, answer)
        return answer


def first_problem(error: ValidationError) -> tuple[str, str]:
    """The place and the words of the first thing pydantic found."""
    first = error.errors(include_url=False)[0]
    return _path(first["loc"]), _words(first)


def settings_problem(error: ValidationError) -> InvalidSettings:
    path, message = first_problem(error)
    return InvalidSettings("{path}: {message}", where=path, path=path or "settings", message=message)


def _path(loc: Iterable[str | int]) -> str:
    """Dotted, without pydantic's own names of union members."""
    return ".".join(str(part) for part in loc if not (isinstance(part, str) and ("[" in part or part in {"str", "dict", "constrained-str"})))


def _words(problem: Mapping[str, Any]) -> str:
    match problem["type"]:
        case "missing":
            return "This is missing."
        case "extra_forbidden":
            return "This field is not known here."
    return str(problem["msg"]).replace("Value error, ", "").rstrip(".").replace("{", "{{").replace("}", "}}") + "."
