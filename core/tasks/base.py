"""The boundary at which the product grows: what every task type is, gives and inherits."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Annotated, Any, ClassVar, Generic, Literal, NoReturn, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from core.errors import InvalidAnswer, InvalidInput, InvalidPayload, InvalidSettings
from core.records import Message, Record, Text
from core.tasks.fitting import (
    LocalisedText,
    NonEmpty,
    OutputText,
    PathId,
    StoredText,
    Unfit,
    first_problem,
    problems_of,
)
from core.tasks.screen import Chat, Localised, Passage, Screen, Show

ScaleName = Literal["nominal", "ordinal", "interval", "set", "rank", "spans", "text"]


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
"""nominal: a category; ordinal and interval: a number; set: sorted ids; rank: "1,2,2" in the payload's order.

None = not applicable.
"""


class Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    def __hash__(self) -> int:
        return hash((type(self), *map(_hashable, self.__dict__.values())))

    def as_json(self) -> dict[str, Any]:
        """As it is stored and exported: what was left at its default is left out."""
        return self.model_dump(mode="json", exclude_defaults=True)


def _hashable(value: object) -> object:
    if isinstance(value, dict):
        return frozenset((key, _hashable(inner)) for key, inner in value.items())
    return tuple(map(_hashable, value)) if isinstance(value, tuple) else value


class Named(Strict):
    """A dimension, label or check: its id is stored, its name is shown."""

    id: PathId
    name: LocalisedText = ""

    @property
    def label(self) -> Localised:
        return self.name or self.id


def require_unique(ids: Sequence[str], where: str = "") -> None:
    for place, name in enumerate(ids):
        if name in ids[:place]:
            raise Unfit("The id “{id}” is used twice.", at=f"{where}{place}.id", id=name)


class Turn(Strict):
    role: Literal["system", "user", "assistant", "tool"]
    content: StoredText


class ContextText(Strict):
    """A text that goes with the prompt."""

    title: StoredText | None = None
    text: StoredText

    @model_validator(mode="before")
    @classmethod
    def _is_text(cls, raw: object) -> object:
        if isinstance(raw, dict) and "text" not in raw:
            raise Unfit("Images, audio, video and documents cannot be shown yet; give a text.")
        return raw


class Payload(Strict):
    """What an item must bring."""


class Answer(Strict):
    """What an annotator says: the final shapes of the contract. Fields have empty defaults, so that an unfinished draft
    passes the shape and `check` can say beside each control what is missing."""


Conversation = Annotated[tuple[Turn, ...], Field(min_length=1)]
PromptText = NonEmpty | Conversation
Context = tuple[ContextText, ...]


class Response(Strict):
    """One model output. `model` is taken at import, kept apart, and never reaches a screen."""

    text: OutputText | None = None
    messages: Conversation | None = None
    model: StoredText | None = None

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.text is None) == (self.messages is None):
            raise Unfit("Give either text or messages.")
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
    return Chat(label, show_turns(prompt))


def show_response(response: str | tuple[Turn, ...]) -> Show:
    if isinstance(response, str):
        return Passage(RESPONSE, response, role="response")
    return Chat(RESPONSE, show_turns(response))


def show_turns(turns: Sequence[Turn]) -> list[dict[str, str]]:
    return [{"role": turn.role, "text": turn.content} for turn in turns]


def show_context(context: Sequence[ContextText]) -> list[Show]:
    return [Passage(c.title or CONTEXT, c.text, role="context") for c in context]


AnyAnswer = TypeVar("AnyAnswer", bound=Answer)
P = TypeVar("P", bound=Payload)
A = TypeVar("A", bound=Answer)


class TaskType(Strict, ABC, Generic[P, A]):
    """One kind of question. Its fields are the settings an owner may choose; an instance is a project's rubric."""

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
            screen = self.screen(payload)
            refuse([_at(screen.ask_at(path), problem) for path, problem in problems_of(error)])
        self.check(payload, answer)
        return answer

    @abstractmethod
    def stub(self, item: str, responses: Sequence[str] = ()) -> P:
        """A stand-in for an item of which only labels are known, here by the ids they give its responses."""

    def responses_in(self, raw: Mapping[str, Any]) -> set[str]:
        """Ids of responses that a raw answer names."""
        return set()

    def rename(self, raw: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
        """A raw answer that calls responses by other names, as import and export need."""
        return dict(raw)

    @classmethod
    def infer_settings(cls, answers: Iterable[dict[str, Any]]) -> dict[str, Any]:  # noqa: ARG003 - subclasses use it
        """The narrowest settings that these answers, collected elsewhere, fit."""
        return {}


def shapes(model: type[AnyAnswer], answers: Iterable[dict[str, Any]]) -> list[AnyAnswer]:
    """Answers in their shape alone, before there are settings to hold them against."""
    try:
        return [model.model_validate(raw) for raw in answers]
    except ValidationError as error:
        refuse([_at(path, problem) for path, problem in problems_of(error)])


def refuse(problems: Sequence[InvalidAnswer]) -> NoReturn:
    first = problems[0]
    raise InvalidAnswer(first.template, ask=first.ask, problems=list(problems), **first.params) from None


def refuse_any(problems: Iterable[InvalidAnswer]) -> None:
    """Raise all problems at once, if there are any."""
    if found := list(problems):
        refuse(found)


def settings_problem(error: ValidationError) -> InvalidSettings:
    path, message = first_problem(error)
    return InvalidSettings("{path}: {message}", where=path, path=path or "settings", message=message)


def _at(ask: str, problem: InvalidInput) -> InvalidAnswer:
    return InvalidAnswer(problem.template, ask=ask, **problem.params)
