"""Which label fits a text, or which of several do."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from random import Random
from typing import Any, ClassVar, Self

from pydantic import Field, field_validator, model_validator

from core.errors import InvalidAnswer
from core.records import Labelled, Prompt, Record
from core.tasks import made_up
from core.tasks.base import (
    Answer,
    Context,
    Conversation,
    Payload,
    PromptText,
    Strict,
    Target,
    TaskType,
    Value,
    as_text,
    refuse_any,
    require_unique,
    shapes,
    show_context,
    show_prompt,
    show_response,
)
from core.tasks.fitting import Identifier, LocalisedText, NonEmpty, OutputText, StoredText, Unfit
from core.tasks.screen import Localised, ManyOf, OneOf, Option, Passage, Screen, Show

TEXT: Localised = {"en": "Text", "zh": "文本"}
QUESTION_ONE: LocalisedText = {"en": "Which label fits?", "zh": "哪个类别合适？"}
QUESTION_MANY: LocalisedText = {"en": "Which labels fit?", "zh": "哪些类别合适？"}


class Label(Strict):
    """A label; ids are values of answers, so numbers and dots are fine."""

    id: Identifier
    name: LocalisedText = ""
    description: LocalisedText | None = None
    parent: Identifier | None = None


YES_NO = (Label(id="yes", name={"en": "Yes", "zh": "是"}), Label(id="no", name={"en": "No", "zh": "否"}))


class ClassificationPayload(Payload):
    """A text, or a prompt with a response to it."""

    text: NonEmpty | None = None
    prompt: PromptText | None = None
    response: OutputText | Conversation | None = None
    context: Context = ()

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.prompt is None) != (self.response is None) or (self.text is None) == (self.prompt is None):
            raise Unfit("Give either text, or prompt and response.")
        return self


class ClassificationAnswer(Answer):
    labels: tuple[StoredText, ...] = ()


class Classification(TaskType[ClassificationPayload, ClassificationAnswer]):
    key = "classification"
    title: ClassVar[Localised] = {"en": "Classify a text", "zh": "给文本分类"}
    payload_model = ClassificationPayload
    answer_model = ClassificationAnswer

    question: LocalisedText | None = None
    labels: tuple[Label, ...] = Field(YES_NO, min_length=1)
    multiple: bool = False

    @field_validator("labels")
    @classmethod
    def _is_forest(cls, labels: tuple[Label, ...]) -> tuple[Label, ...]:
        require_unique([label.id for label in labels])
        parents = {label.id: label.parent for label in labels}
        for place, label in enumerate(labels):
            _check_line(label.id, parents, f"{place}.parent")
        return labels

    def screen(self, payload: ClassificationPayload) -> Screen:
        options = [Option(label.id, label.name or label.id, label.description, label.parent) for label in self.labels]
        if self.multiple:
            return Screen(_shows(payload), [ManyOf("labels", self.question or QUESTION_MANY, options)])
        return Screen(_shows(payload), [OneOf("labels.0", self.question or QUESTION_ONE, options)])

    def check(self, payload: ClassificationPayload, answer: ClassificationAnswer) -> None:
        refuse_any(self._problems(answer))

    def _problems(self, answer: ClassificationAnswer) -> Iterator[InvalidAnswer]:
        ask = "labels" if self.multiple else "labels.0"
        if not answer.labels:
            yield InvalidAnswer("Choose a label.", ask=ask)
        if len(answer.labels) > 1 and not self.multiple:
            yield InvalidAnswer("Choose one label only.", ask=ask)
        if len(set(answer.labels)) < len(answer.labels):
            yield InvalidAnswer("Choose each label once.", ask=ask)
        for unknown in sorted(set(answer.labels) - {label.id for label in self.labels}):
            yield InvalidAnswer("There is no label “{id}”.", ask=ask, id=unknown)

    def targets(self) -> tuple[Target, ...]:
        return (Target("labels", "set" if self.multiple else "nominal", tuple(label.id for label in self.labels)),)

    def values(self, payload: ClassificationPayload, answer: ClassificationAnswer) -> Mapping[str, Value]:
        return {"labels": tuple(sorted(answer.labels)) if self.multiple else answer.labels[0]}

    def distance(self, left: ClassificationAnswer, right: ClassificationAnswer) -> float:
        """Jaccard's: the share of all labels chosen that only one of the two chose."""
        one, other = set(left.labels), set(right.labels)
        return len(one ^ other) / len(one | other) if one | other else 0.0

    def records(self, payload: ClassificationPayload, answer: ClassificationAnswer) -> Iterable[Record]:
        values: dict[str, object] = {"labels": list(answer.labels)}
        if payload.prompt is None or payload.response is None:
            yield Prompt(payload.text or "")
            yield Labelled(payload.text or "", None, values)
        else:
            yield Prompt(as_text(payload.prompt))
            yield Labelled(as_text(payload.prompt), as_text(payload.response), values)

    def sample_payload(self, rng: Random) -> ClassificationPayload:
        prompt = made_up.prompt(rng)
        if rng.random() < 0.5:
            return ClassificationPayload(text=prompt)
        return ClassificationPayload(prompt=prompt, response=made_up.response(rng, prompt))

    def sample_answer(self, payload: ClassificationPayload, rng: Random) -> ClassificationAnswer:
        ids = [label.id for label in self.labels]
        return ClassificationAnswer(labels=tuple(rng.sample(ids, rng.randint(1, len(ids)) if self.multiple else 1)))

    def stub(self, item: str, responses: Sequence[str] = ()) -> ClassificationPayload:
        return ClassificationPayload(text=item)

    @classmethod
    def infer_settings(cls, answers: Iterable[dict[str, Any]]) -> dict[str, Any]:
        given = shapes(ClassificationAnswer, answers)
        ids = sorted({name for answer in given for name in answer.labels})
        multiple = any(len(answer.labels) > 1 for answer in given)
        return {"labels": [{"id": name, "name": name} for name in ids], "multiple": multiple} if ids else {}


def _check_line(name: str, parents: Mapping[str, str | None], at: str) -> None:
    """Follow a label's parents to the top."""
    passed = {name}
    while (parent := parents[name]) is not None:
        if parent not in parents:
            raise Unfit("There is no label “{id}” to be a parent.", at=at, id=parent)
        if parent in passed:
            raise Unfit("The label “{id}” is its own ancestor.", at=at, id=parent)
        passed.add(parent)
        name = parent


def _shows(payload: ClassificationPayload) -> list[Show]:
    context = show_context(payload.context)
    if payload.prompt is None or payload.response is None:
        return [Passage(TEXT, payload.text or "", role="text"), *context]
    return [show_prompt(payload.prompt), *context, show_response(payload.response)]
