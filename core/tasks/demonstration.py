"""A person writes the response that a model should have given."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from random import Random
from typing import Any, ClassVar, Self

from pydantic import Field, StrictBool, model_validator

from core.errors import InvalidAnswer
from core.records import Demonstration as Demonstrated, Prompt, Record, Text
from core.tasks import made_up
from core.tasks.base import (
    Answer,
    Context,
    Conversation,
    Named,
    Payload,
    PromptText,
    Target,
    TaskType,
    Value,
    as_messages,
    as_text,
    refuse_any,
    require_unique,
    shapes,
    show_context,
    show_prompt,
)
from core.tasks.fitting import LocalisedText, StoredText, Unfit
from core.tasks.screen import Localised, OneOf, Option, Screen, Write

QUESTION: LocalisedText = {"en": "Write the best response", "zh": "写出最好的回答"}
YES_NO = (Option(True, {"en": "Yes", "zh": "是"}), Option(False, {"en": "No", "zh": "否"}))
CHECKED = {True: "yes", False: "no"}


class DemonstrationPayload(Payload):
    prompt: PromptText
    context: Context = ()


class DemonstrationAnswer(Answer):
    """A text; where it was collected elsewhere, also a conversation that ends with the assistant."""

    text: StoredText = ""
    messages: Conversation | None = None
    checks: dict[StoredText, StrictBool] = Field({})

    @property
    def written(self) -> str:
        return self.text or "\n\n".join(turn.content for turn in self.messages or () if turn.role == "assistant")

    @property
    def completion(self) -> Text:
        return self.text or as_messages(self.messages or ())


class Demonstration(TaskType[DemonstrationPayload, DemonstrationAnswer]):
    key = "demonstration"
    title: ClassVar[Localised] = {"en": "Write a response", "zh": "撰写回答"}
    payload_model = DemonstrationPayload
    answer_model = DemonstrationAnswer
    checkable = False

    question: LocalisedText = QUESTION
    min_chars: int = Field(1, ge=1)
    max_chars: int | None = Field(None, ge=1)
    checks: tuple[Named, ...] = ()

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        require_unique([c.id for c in self.checks], "checks.")
        if self.max_chars is not None and self.max_chars < self.min_chars:
            raise Unfit("The longest text must not be shorter than the shortest.", at="max_chars")
        return self

    def screen(self, payload: DemonstrationPayload) -> Screen:
        write = Write("text", self.question, at_least=self.min_chars, at_most=self.max_chars)
        checks = [OneOf(f"checks.{check.id}", check.label, YES_NO) for check in self.checks]
        return Screen([show_prompt(payload.prompt), *show_context(payload.context)], [write, *checks])

    def check(self, payload: DemonstrationPayload, answer: DemonstrationAnswer) -> None:
        refuse_any([*self._misfits(answer), *self._unchecked(answer)])

    def _misfits(self, answer: DemonstrationAnswer) -> Iterator[InvalidAnswer]:
        length = len(answer.written)
        if answer.text and answer.messages:
            yield InvalidAnswer("Give either text or messages.", ask="text")
        if answer.messages and answer.messages[-1].role != "assistant":
            yield InvalidAnswer("The last turn must be the assistant's.", ask="text")
        if not answer.written.strip():
            yield InvalidAnswer("Write a response.", ask="text")
        elif length < self.min_chars:
            yield InvalidAnswer(
                "Write at least {least} characters; so far: {n}.", ask="text", least=self.min_chars, n=length
            )
        if self.max_chars is not None and length > self.max_chars:
            yield InvalidAnswer(
                "Write at most {most} characters; so far: {n}.", ask="text", most=self.max_chars, n=length
            )

    def _unchecked(self, answer: DemonstrationAnswer) -> Iterator[InvalidAnswer]:
        for check in self.checks:
            if check.id not in answer.checks:
                yield InvalidAnswer("Answer yes or no.", ask=f"checks.{check.id}")
        for unknown in sorted(answer.checks.keys() - {c.id for c in self.checks}):
            yield InvalidAnswer("There is no checklist entry “{id}”.", ask=f"checks.{unknown}", id=unknown)

    def targets(self) -> tuple[Target, ...]:
        checks = (Target(f"checks.{check.id}", "nominal", tuple(CHECKED.values())) for check in self.checks)
        return (Target("text", "text"), *checks)

    def values(self, payload: DemonstrationPayload, answer: DemonstrationAnswer) -> Mapping[str, Value]:
        return {"text": answer.written, **{f"checks.{c.id}": CHECKED[answer.checks[c.id]] for c in self.checks}}

    def distance(self, left: DemonstrationAnswer, right: DemonstrationAnswer) -> float:
        """How much of the wording is not shared: it orders disagreement, it does not tell right from wrong."""
        one, other = _wording(left.written), _wording(right.written)
        return 1 - 2 * (one & other).total() / ((one + other).total() or 1) if one != other else 0.0

    def records(self, payload: DemonstrationPayload, answer: DemonstrationAnswer) -> Iterable[Record]:
        prompt = as_text(payload.prompt)
        yield Prompt(prompt)
        yield Demonstrated(prompt, answer.completion)

    def sample_payload(self, rng: Random) -> DemonstrationPayload:
        return DemonstrationPayload(prompt=made_up.prompt(rng))

    def sample_answer(self, payload: DemonstrationPayload, rng: Random) -> DemonstrationAnswer:
        text = made_up.response(rng, payload.prompt if isinstance(payload.prompt, str) else "")
        while len(text) < self.min_chars:
            text += "\n" + made_up.response(rng, text)
        return DemonstrationAnswer(text=text[: self.max_chars], checks={c.id: rng.random() < 0.5 for c in self.checks})

    def stub(self, item: str, responses: Sequence[str] = ()) -> DemonstrationPayload:
        return DemonstrationPayload(prompt=item)

    @classmethod
    def infer_settings(cls, answers: Iterable[dict[str, Any]]) -> dict[str, Any]:
        checks = dict.fromkeys(name for answer in shapes(DemonstrationAnswer, answers) for name in answer.checks)
        return {"checks": [{"id": name, "name": name} for name in checks]}


def _wording(text: str) -> Counter[str]:
    """Neighbouring characters: good for any script, and quick however long the text."""
    return Counter(map("".join, pairwise(f" {text} ")))
