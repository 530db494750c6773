"""Which of two responses is better, how strongly, and by which dimension."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from random import Random
from typing import Annotated, Any, ClassVar, Self

from pydantic import Field, StrictInt, model_validator

from core.errors import InvalidAnswer
from core.records import PreferencePair, Prompt, Record, Tie, Unpaired
from core.tasks import made_up
from core.tasks.base import Answer, Named, Response, Target, TaskType, Value, refuse_any, require_unique, shapes
from core.tasks.comparing import (
    BOTH_BAD,
    TIE,
    Comparison,
    ResponseId,
    made_up_responses,
    renamed,
    show_comparison,
    stub_responses,
)
from core.tasks.fitting import LocalisedText, StoredText, Unfit
from core.tasks.screen import Localised, Prefer, Screen

FIRST, SECOND = "first", "second"
SIDES = (FIRST, SECOND, TIE, BOTH_BAD)
QUESTION: LocalisedText = {"en": "Which response is better?", "zh": "哪个回答更好？"}
STRENGTHS: Mapping[int, tuple[Localised, ...]] = {
    2: ({"en": "Slightly better", "zh": "略好"}, {"en": "Clearly better", "zh": "明显更好"}),
    3: (
        {"en": "Slightly better", "zh": "略好"},
        {"en": "Better", "zh": "较好"},
        {"en": "Much better", "zh": "好得多"},
    ),
    4: (
        {"en": "Barely better", "zh": "几乎一样"},
        {"en": "Slightly better", "zh": "略好"},
        {"en": "Better", "zh": "较好"},
        {"en": "Much better", "zh": "好得多"},
    ),
    5: (
        {"en": "Barely better", "zh": "几乎一样"},
        {"en": "Slightly better", "zh": "略好"},
        {"en": "Better", "zh": "较好"},
        {"en": "Much better", "zh": "好得多"},
        {"en": "Better beyond question", "zh": "毫无疑问更好"},
    ),
}


class PairwisePayload(Comparison):
    responses: Annotated[dict[ResponseId, Response], Field(min_length=2, max_length=2)]


class Preference(Answer):
    preferred: StoredText = ""
    strength: StrictInt | None = None


class PairwiseAnswer(Preference):
    by: dict[StoredText, Preference] = Field({})


class Pairwise(TaskType[PairwisePayload, PairwiseAnswer]):
    key = "pairwise"
    title: ClassVar[Localised] = {"en": "Compare two responses", "zh": "比较两个回答"}
    payload_model = PairwisePayload
    answer_model = PairwiseAnswer

    question: LocalisedText = QUESTION
    allow_tie: bool = True
    allow_both_bad: bool = True
    strength_levels: int = Field(1, ge=1, le=5)
    strengths: tuple[LocalisedText, ...] = ()
    dimensions: tuple[Named, ...] = ()

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        require_unique([d.id for d in self.dimensions], "dimensions.")
        if self.strengths and len(self.strengths) != self.strength_levels:
            raise Unfit("Name each of the {levels} strength levels.", at="strengths", levels=self.strength_levels)
        return self

    def screen(self, payload: PairwisePayload) -> Screen:
        asks = [self._ask("preferred", self.question, payload)]
        asks += [self._ask(f"by.{d.id}.preferred", d.label, payload) for d in self.dimensions]
        return Screen(show_comparison(payload), asks)

    def _ask(self, name: str, label: Localised, payload: PairwisePayload) -> Prefer:
        return Prefer(
            name,
            label,
            tuple(payload.responses),
            levels=self.strength_levels,
            strengths=self.strengths or STRENGTHS.get(self.strength_levels, ()),
            tie=self.allow_tie,
            both_bad=self.allow_both_bad,
        )

    def check(self, payload: PairwisePayload, answer: PairwiseAnswer) -> None:
        refuse_any(self._problems(payload, answer))

    def _problems(self, payload: PairwisePayload, answer: PairwiseAnswer) -> Iterator[InvalidAnswer]:
        yield from self._misfits(payload, answer, "preferred")
        for dimension in self.dimensions:
            given = answer.by.get(dimension.id, Preference())
            yield from self._misfits(payload, given, f"by.{dimension.id}.preferred")
        for unknown in sorted(answer.by.keys() - {d.id for d in self.dimensions}):
            yield InvalidAnswer("There is no dimension “{id}”.", ask=f"by.{unknown}", id=unknown)

    def _misfits(self, payload: PairwisePayload, given: Preference, ask: str) -> Iterator[InvalidAnswer]:
        chosen = given.preferred in payload.responses
        if not given.preferred:
            yield InvalidAnswer("Choose which response is better.", ask=ask)
        elif given.preferred == TIE and not self.allow_tie:
            yield InvalidAnswer("A tie is not offered here; choose a response.", ask=ask)
        elif given.preferred == BOTH_BAD and not self.allow_both_bad:
            yield InvalidAnswer("“Both bad” is not offered here; choose a response.", ask=ask)
        elif not chosen and given.preferred not in (TIE, BOTH_BAD):
            yield InvalidAnswer("There is no response “{id}” on this item.", ask=ask, id=given.preferred)
        elif not chosen and given.strength is not None:
            yield InvalidAnswer("Strength goes with a preferred response only.", ask=ask)
        elif chosen and given.strength is None and self.strength_levels > 1:
            yield InvalidAnswer("Say how much better the response is.", ask=ask)
        if given.strength is not None and not 1 <= given.strength <= self.strength_levels:
            yield InvalidAnswer("Strength goes from 1 to {levels}.", ask=ask, levels=self.strength_levels)

    def targets(self) -> tuple[Target, ...]:
        names = ["preferred", *(f"by.{d.id}" for d in self.dimensions)]
        return tuple(Target(name, "nominal", SIDES) for name in names)

    def values(self, payload: PairwisePayload, answer: PairwiseAnswer) -> Mapping[str, Value]:
        side = {**dict(zip(payload.responses, (FIRST, SECOND), strict=True)), TIE: TIE, BOTH_BAD: BOTH_BAD}
        by = {f"by.{d.id}": side[answer.by[d.id].preferred] for d in self.dimensions}
        return {"preferred": side[answer.preferred], **by}

    def distance(self, left: PairwiseAnswer, right: PairwiseAnswer) -> float:
        """The overall preference weighs as much as all dimensions together."""
        overall = self._apart(left, right)
        if not self.dimensions:
            return overall
        apart = [self._apart(left.by[d.id], right.by[d.id]) for d in self.dimensions]
        return (overall + sum(apart) / len(apart)) / 2

    def _apart(self, left: Preference, right: Preference) -> float:
        """A tie lies half-way between everything else; strength alone is worth at most a quarter."""
        if left.preferred == right.preferred:
            span = max(self.strength_levels - 1, 1)
            return abs((left.strength or 1) - (right.strength or 1)) / span / 4
        return 0.5 if TIE in (left.preferred, right.preferred) else 1.0

    def agrees(self, answer: PairwiseAnswer, gold: PairwiseAnswer) -> bool:
        return answer.preferred == gold.preferred

    def records(self, payload: PairwisePayload, answer: PairwiseAnswer) -> Iterable[Record]:
        yield Prompt(payload.asked)
        ids = tuple(payload.responses)
        if answer.preferred == TIE:
            yield Tie(payload.asked, tuple(map(payload.said, ids)), ids)
        elif answer.preferred == BOTH_BAD:
            yield from (Unpaired(payload.asked, payload.said(name), False, name) for name in ids)
        else:
            yield self._pair(payload, answer)

    def _pair(self, payload: PairwisePayload, answer: PairwiseAnswer) -> PreferencePair:
        chosen = answer.preferred
        (rejected,) = (name for name in payload.responses if name != chosen)
        margin = (answer.strength or 1) / self.strength_levels
        return PreferencePair(payload.asked, payload.said(chosen), payload.said(rejected), margin, chosen, rejected)

    def sample_payload(self, rng: Random) -> PairwisePayload:
        prompt = made_up.prompt(rng)
        return PairwisePayload(prompt=prompt, responses=made_up_responses(rng, prompt, ("r1", "r2")))

    def sample_answer(self, payload: PairwisePayload, rng: Random) -> PairwiseAnswer:
        by = {d.id: self._guess(payload, rng) for d in self.dimensions}
        return PairwiseAnswer(**dict(self._guess(payload, rng)), by=by)

    def _guess(self, payload: PairwisePayload, rng: Random) -> Preference:
        offered = [*payload.responses, *([TIE] * self.allow_tie), *([BOTH_BAD] * self.allow_both_bad)]
        preferred = rng.choice(offered)
        strong = self.strength_levels > 1 and preferred in payload.responses
        return Preference(preferred=preferred, strength=rng.randint(1, self.strength_levels) if strong else None)

    def stub(self, item: str, responses: Sequence[str] = ()) -> PairwisePayload:
        return PairwisePayload(prompt=item, responses=stub_responses(responses))

    def responses_in(self, raw: Mapping[str, Any]) -> set[str]:
        by = raw.get("by")
        parts = [raw, *(by.values() if isinstance(by, dict) else ())]
        named = [part.get("preferred") for part in parts if isinstance(part, Mapping)]
        return {name for name in named if isinstance(name, str)} - {TIE, BOTH_BAD}

    def rename(self, raw: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
        by = raw.get("by")
        inner = {"by": {d: self._renamed(part, names) for d, part in by.items()}} if isinstance(by, dict) else {}
        return {**self._renamed(raw, names), **inner}

    @staticmethod
    def _renamed(part: Any, names: Mapping[str, str]) -> Any:
        if isinstance(part, Mapping) and "preferred" in part:
            return {**part, "preferred": renamed(part["preferred"], names)}
        return part

    @classmethod
    def infer_settings(cls, answers: Iterable[dict[str, Any]]) -> dict[str, Any]:
        given = shapes(PairwiseAnswer, answers)
        every = [part for answer in given for part in (answer, *answer.by.values())]
        dimensions = dict.fromkeys(name for answer in given for name in answer.by)
        return {
            "allow_tie": any(part.preferred == TIE for part in every),
            "allow_both_bad": any(part.preferred == BOTH_BAD for part in every),
            "strength_levels": max((part.strength or 1 for part in every), default=1),
            "dimensions": [{"id": name, "name": name} for name in dimensions],
        }
