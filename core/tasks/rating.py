"""A response scored on a rubric: one scale a criterion, an anchor text for each point that has one."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from itertools import chain
from math import isfinite
from random import Random
from typing import Annotated, Any, ClassVar, Self

from pydantic import BeforeValidator, Field, PlainValidator, field_validator, model_validator

from core.errors import InvalidAnswer
from core.records import Labelled, Prompt, Record
from core.tasks import made_up
from core.tasks.base import (
    Answer,
    Context,
    Conversation,
    Named,
    Payload,
    PromptText,
    ScaleName,
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
from core.tasks.fitting import LocalisedText, OutputText, StoredText, Unfit
from core.tasks.screen import Localised, Scale, Screen

ORDINAL_UP_TO = 10
SLACK = 1e-6
"""How far a score may lie from its step: less than anybody means, more than binary fractions err."""


def _number(raw: object) -> int | float | None:
    if raw is None:
        return None
    if isinstance(raw, bool) or not isinstance(raw, int | float) or not isfinite(raw):
        raise Unfit("This must be a number.")
    return int(raw) if raw == int(raw) else raw


def _text_keys(raw: object) -> object:
    """YAML reads the 1 of an anchor as a number; a path's key is text."""
    return {f"{k:g}" if isinstance(k, int | float) else k: v for k, v in raw.items()} if isinstance(raw, dict) else raw


Score = Annotated[int | float | None, PlainValidator(_number)]
Scores = dict[StoredText, Score]


class Criterion(Named):
    """One row of the rubric."""

    description: LocalisedText | None = None
    min: int | float = 1
    max: int | float = 5
    step: int | float = Field(1, gt=0)
    anchors: Annotated[dict[str, LocalisedText], BeforeValidator(_text_keys)] = Field({})
    allow_na: bool = False

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.min >= self.max:
            raise Unfit("The lowest score must be below the highest.", at="max")
        if not self.on_step(self.max):
            raise Unfit(
                "Steps of {step} from {low} do not meet {high}.", at="step", step=self.step, low=self.min, high=self.max
            )
        for point in self.anchors:
            self._check_anchor(point)
        return self

    def _check_anchor(self, point: str) -> None:
        try:
            fits = self.fits(float(point))
        except ValueError:
            fits = False
        if not fits:
            raise Unfit("There is no point {point} on this scale for an anchor.", at=f"anchors.{point}", point=point)

    @property
    def points(self) -> int:
        return round((self.max - self.min) / self.step) + 1

    @property
    def tolerance(self) -> float:
        """How far from gold a score may lie: one point, but not the whole of a two-point scale; 10 % of a long one."""
        if self.points > ORDINAL_UP_TO:
            return (self.max - self.min) / 10
        return self.step if self.points > 2 else 0

    def on_step(self, score: float) -> bool:
        steps = (score - self.min) / self.step
        return abs(steps - round(steps)) * self.step <= SLACK

    def fits(self, score: float) -> bool:
        return self.min <= score <= self.max and self.on_step(score)

    def apart(self, left: float | None, right: float | None) -> float:
        """Share of the scale between two scores; "not applicable" is as far from a number as can be."""
        if left is None or right is None:
            return float(left is not right)
        return abs(left - right) / (self.max - self.min)

    def close(self, left: float | None, right: float | None) -> bool:
        if left is None or right is None:
            return left is right
        return abs(left - right) <= self.tolerance + SLACK


OVERALL = Criterion(id="overall", name={"en": "Overall quality", "zh": "总体质量"})


class RatingPayload(Payload):
    prompt: PromptText
    response: OutputText | Conversation
    context: Context = ()

    @property
    def roles(self) -> tuple[str, ...]:
        """Who speaks at each turn of the conversation that the response ends; empty where it is no conversation."""
        if isinstance(self.prompt, str) and isinstance(self.response, str):
            return ()
        prompt = ("user",) if isinstance(self.prompt, str) else tuple(turn.role for turn in self.prompt)
        response = ("assistant",) if isinstance(self.response, str) else tuple(turn.role for turn in self.response)
        return prompt + response


class RatingAnswer(Answer):
    scores: Scores = Field({})
    by_turn: dict[StoredText, Scores] = Field({})
    """Scores of single assistant turns, by the turn's index, counted from 0 through prompt and response."""


class Rating(TaskType[RatingPayload, RatingAnswer]):
    key = "rating"
    title: ClassVar[Localised] = {"en": "Rate a response", "zh": "给回答打分"}
    payload_model = RatingPayload
    answer_model = RatingAnswer

    criteria: tuple[Criterion, ...] = Field((OVERALL,), min_length=1)

    @field_validator("criteria")
    @classmethod
    def _unique(cls, criteria: tuple[Criterion, ...]) -> tuple[Criterion, ...]:
        require_unique([c.id for c in criteria])
        return criteria

    def screen(self, payload: RatingPayload) -> Screen:
        shows = [show_prompt(payload.prompt), *show_context(payload.context), show_response(payload.response)]
        return Screen(shows, [_ask(criterion) for criterion in self.criteria])

    def check(self, payload: RatingPayload, answer: RatingAnswer) -> None:
        refuse_any(chain(self._missing(answer), self._misfits(answer.scores, "scores"), self._turns(payload, answer)))

    def _missing(self, answer: RatingAnswer) -> Iterator[InvalidAnswer]:
        for criterion in self.criteria:
            if criterion.id not in answer.scores:
                yield InvalidAnswer("Give a score.", ask=f"scores.{criterion.id}")

    def _misfits(self, scores: Scores, where: str) -> Iterator[InvalidAnswer]:
        known = {criterion.id: criterion for criterion in self.criteria}
        for name, score in scores.items():
            if name not in known:
                yield InvalidAnswer("There is no criterion “{id}”.", ask=f"{where}.{name}", id=name)
            elif problem := _misfit(known[name], score, f"{where}.{name}"):
                yield problem

    def _turns(self, payload: RatingPayload, answer: RatingAnswer) -> Iterator[InvalidAnswer]:
        spoken = {str(n) for n, role in enumerate(payload.roles) if role == "assistant"}
        for turn, scores in answer.by_turn.items():
            if turn not in spoken:
                yield InvalidAnswer("Turn {turn} is no assistant turn.", ask=f"by_turn.{turn}", turn=turn)
            yield from self._misfits(scores, f"by_turn.{turn}")

    def targets(self) -> tuple[Target, ...]:
        return tuple(_target(criterion) for criterion in self.criteria)

    def values(self, payload: RatingPayload, answer: RatingAnswer) -> Mapping[str, Value]:
        return {criterion.id: answer.scores[criterion.id] for criterion in self.criteria}

    def distance(self, left: RatingAnswer, right: RatingAnswer) -> float:
        apart = [c.apart(left.scores[c.id], right.scores[c.id]) for c in self.criteria]
        return sum(apart) / len(apart)

    def agrees(self, answer: RatingAnswer, gold: RatingAnswer) -> bool:
        return all(c.close(answer.scores[c.id], gold.scores[c.id]) for c in self.criteria)

    def records(self, payload: RatingPayload, answer: RatingAnswer) -> Iterable[Record]:
        prompt = as_text(payload.prompt)
        yield Prompt(prompt)
        yield Labelled(
            prompt, as_text(payload.response), {"scores": answer.scores, **_if_any("by_turn", answer.by_turn)}
        )

    def sample_payload(self, rng: Random) -> RatingPayload:
        prompt = made_up.prompt(rng)
        return RatingPayload(prompt=prompt, response=made_up.response(rng, prompt))

    def sample_answer(self, payload: RatingPayload, rng: Random) -> RatingAnswer:
        return RatingAnswer(scores={criterion.id: _guess(criterion, rng) for criterion in self.criteria})

    def stub(self, item: str, responses: Sequence[str] = ()) -> RatingPayload:
        return RatingPayload(prompt=item, response="")

    @classmethod
    def infer_settings(cls, answers: Iterable[dict[str, Any]]) -> dict[str, Any]:
        seen: dict[str, list[float | None]] = {}
        for answer in shapes(RatingAnswer, answers):
            for scores in (answer.scores, *answer.by_turn.values()):
                for name, score in scores.items():
                    seen.setdefault(name, []).append(score)
        return {"criteria": [_inferred(name, scores) for name, scores in seen.items()]} if seen else {}


def _ask(criterion: Criterion) -> Scale:
    return Scale(
        f"scores.{criterion.id}",
        criterion.label,
        criterion.min,
        criterion.max,
        criterion.step,
        criterion.anchors,
        criterion.description,
        criterion.allow_na,
    )


def _misfit(criterion: Criterion, score: float | None, ask: str) -> InvalidAnswer | None:
    low, high, step = criterion.min, criterion.max, criterion.step
    if score is None:
        return None if criterion.allow_na else InvalidAnswer("Give a score.", ask=ask)
    if not low <= score <= high:
        return InvalidAnswer("The score goes from {low} to {high}.", ask=ask, low=low, high=high)
    if not criterion.on_step(score):
        return InvalidAnswer("The score goes in steps of {step} from {low}.", ask=ask, step=step, low=low)
    return None


def _target(criterion: Criterion) -> Target:
    scale: ScaleName = "ordinal" if criterion.points <= ORDINAL_UP_TO else "interval"
    return Target(criterion.id, scale, low=criterion.min, high=criterion.max)


def _if_any(name: str, value: Mapping[str, object]) -> dict[str, object]:
    return {name: value} if value else {}


def _guess(criterion: Criterion, rng: Random) -> int | float | None:
    if criterion.allow_na and rng.random() < 0.1:
        return None
    score = round(criterion.min + rng.randrange(criterion.points) * criterion.step, 6)
    return int(score) if score == int(score) else score


def _inferred(name: str, scores: list[float | None]) -> dict[str, Any]:
    """Bounds as seen, on the coarsest step that every score lies on."""
    given = [score for score in scores if score is not None]
    low, high = (min(given), max(given)) if given else (1, 5)
    step = _coarsest(given)
    top = high if high > low else low + step
    return {"id": name, "name": name, "min": low, "max": top, "step": step, "allow_na": len(given) < len(scores)}


def _coarsest(scores: list[float]) -> int | float:
    """1, 0.5, 0.1, 0.01 … down to a millionth."""
    fine = max((_decimals(score) for score in scores), default=0)
    if fine == 1 and all((score * 2).is_integer() for score in map(float, scores)):
        return 0.5
    return float(10**-fine) if fine else 1


def _decimals(score: float) -> int:
    exponent = Decimal(str(score)).as_tuple().exponent
    return min(6, max(0, -exponent)) if isinstance(exponent, int) else 0
