"""Two or more responses from best to worst."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import combinations
from random import Random
from typing import Annotated, Any, ClassVar

from pydantic import Field, StrictInt

from core.errors import InvalidAnswer
from core.records import PreferencePair, Prompt, Record, Tie
from core.tasks import made_up
from core.tasks.base import Answer, Response, Target, TaskType, Value, refuse_any, shapes
from core.tasks.comparing import (
    TIE,
    Comparison,
    PairVotes,
    ResponseId,
    made_up_responses,
    renamed,
    show_comparison,
    stub_responses,
)
from core.tasks.fitting import LocalisedText, StoredText
from core.tasks.screen import Localised, Rank, Screen

QUESTION: LocalisedText = {"en": "Rank the responses from best to worst", "zh": "把回答从好到差排序"}
CLOSE_ENOUGH = 0.2
"""Kendall distance up to which a hidden check counts as passed: one swap of neighbours among four."""


class RankingPayload(Comparison):
    responses: Annotated[dict[ResponseId, Response], Field(min_length=2, max_length=26)]


class RankingAnswer(Answer):
    ranks: dict[StoredText, StrictInt] = Field({})


class Ranking(TaskType[RankingPayload, RankingAnswer]):
    key = "ranking"
    title: ClassVar[Localised] = {"en": "Rank responses", "zh": "给回答排序"}
    payload_model = RankingPayload
    answer_model = RankingAnswer

    question: LocalisedText = QUESTION
    allow_ties: bool = True

    def screen(self, payload: RankingPayload) -> Screen:
        ask = Rank("ranks", self.question, tuple(payload.responses), ties=self.allow_ties)
        return Screen(show_comparison(payload), [ask])

    def check(self, payload: RankingPayload, answer: RankingAnswer) -> None:
        refuse_any(self._problems(payload, answer))

    def _problems(self, payload: RankingPayload, answer: RankingAnswer) -> Iterator[InvalidAnswer]:
        given = list(answer.ranks.values())
        if answer.ranks.keys() != payload.responses.keys():
            yield InvalidAnswer("Rank every response exactly once.", ask="ranks")
        elif not self.allow_ties and len(set(given)) < len(given):
            yield InvalidAnswer("Ties are not offered here; give every response a rank of its own.", ask="ranks")
        elif given not in (_dense(given), _with_gaps(given)):
            yield InvalidAnswer("Ranks count from 1, the best; equal ranks are ties.", ask="ranks")

    def targets(self) -> tuple[Target, ...]:
        return (Target("ranks", "rank"),)

    def values(self, payload: RankingPayload, answer: RankingAnswer) -> Mapping[str, Value]:
        return {"ranks": ",".join(map(str, _dense([answer.ranks[name] for name in payload.responses])))}

    def distance(self, left: RankingAnswer, right: RankingAnswer) -> float:
        """Kendall's: the share of pairs that are turned round; a pair tied on one side only counts half."""
        pairs = list(combinations(sorted(left.ranks), 2))
        return sum(abs(_order(left, *pair) - _order(right, *pair)) for pair in pairs) / 2 / len(pairs)

    def agrees(self, answer: RankingAnswer, gold: RankingAnswer) -> bool:
        return self.distance(answer, gold) <= CLOSE_ENOUGH

    def records(self, payload: RankingPayload, answer: RankingAnswer) -> Iterable[Record]:
        yield Prompt(payload.asked)
        for pair in combinations(payload.responses, 2):
            better, worse = sorted(pair, key=answer.ranks.__getitem__)
            if _order(answer, better, worse):
                yield self._pair(payload, answer, better, worse)
            else:
                yield Tie(payload.asked, (payload.said(better), payload.said(worse)), (better, worse))

    @staticmethod
    def _pair(payload: RankingPayload, answer: RankingAnswer, better: str, worse: str) -> PreferencePair:
        margin = _margin(answer, better, worse)
        return PreferencePair(payload.asked, payload.said(better), payload.said(worse), margin, better, worse)

    def pair_votes(self, payload: RankingPayload, answers: Sequence[RankingAnswer]) -> tuple[PairVotes, ...]:
        """Whole orders seldom repeat, but two responses are nearly always ranked one way by most."""
        return tuple(_votes(answers, one, other) for one, other in combinations(payload.responses, 2))

    def pair_record(self, payload: RankingPayload, votes: PairVotes) -> PreferencePair | Tie | None:
        """What most say of two responses; None while equals contend."""
        if votes.winner is None:
            return None
        if votes.winner == TIE:
            both = (votes.one, votes.other)
            return Tie(payload.asked, (payload.said(votes.one), payload.said(votes.other)), both)
        better, worse = (votes.one, votes.other) if votes.winner == votes.one else (votes.other, votes.one)
        return PreferencePair(payload.asked, payload.said(better), payload.said(worse), votes.margin, better, worse)

    def sample_payload(self, rng: Random) -> RankingPayload:
        prompt, names = made_up.prompt(rng), [f"r{n}" for n in range(1, rng.randint(3, 5) + 1)]
        return RankingPayload(prompt=prompt, responses=made_up_responses(rng, prompt, names))

    def sample_answer(self, payload: RankingPayload, rng: Random) -> RankingAnswer:
        places = list(range(1, len(payload.responses) + 1))
        rng.shuffle(places)
        if self.allow_ties:
            places = _dense([(place + 1) // 2 if rng.random() < 0.3 else place for place in places])
        return RankingAnswer(ranks=dict(zip(payload.responses, places, strict=True)))

    def stub(self, item: str, responses: Sequence[str] = ()) -> RankingPayload:
        return RankingPayload(prompt=item, responses=stub_responses(responses))

    def responses_in(self, raw: Mapping[str, Any]) -> set[str]:
        ranks = raw.get("ranks")
        return set(ranks) if isinstance(ranks, dict) else set()

    def rename(self, raw: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
        return {**raw, "ranks": renamed(raw["ranks"], names)} if "ranks" in raw else dict(raw)

    @classmethod
    def infer_settings(cls, answers: Iterable[dict[str, Any]]) -> dict[str, Any]:
        given = [list(answer.ranks.values()) for answer in shapes(RankingAnswer, answers)]
        return {"allow_ties": any(len(set(ranks)) < len(ranks) for ranks in given)}


def _dense(ranks: list[int]) -> list[int]:
    """1, 2, 2, 3: the next rank after a tie is the next number."""
    place = {rank: n for n, rank in enumerate(sorted(set(ranks)), start=1)}
    return [place[rank] for rank in ranks]


def _with_gaps(ranks: list[int]) -> list[int]:
    """1, 2, 2, 4: the next rank after a tie counts who is ahead."""
    ordered = sorted(ranks)
    return [ordered.index(rank) + 1 for rank in ranks]


def _margin(answer: RankingAnswer, better: str, worse: str) -> float:
    """How far apart, as a share of how far two responses can be apart."""
    place = dict(zip(answer.ranks, _dense(list(answer.ranks.values())), strict=True))
    return (place[worse] - place[better]) / (len(place) - 1)


def _votes(answers: Sequence[RankingAnswer], one: str, other: str) -> PairVotes:
    ahead = [_order(answer, one, other) for answer in answers]
    counts = (ahead.count(1), ahead.count(-1), ahead.count(0))
    side = 1 if counts[0] > counts[1] else -1
    margins = [abs(_margin(answer, one, other)) for answer, said in zip(answers, ahead, strict=True) if said == side]
    return PairVotes(one, other, *counts, margin=sum(margins) / len(margins) if margins else 0.0)


def _order(answer: RankingAnswer, one: str, other: str) -> int:
    """1: the first is better; -1: the second; 0: tied."""
    left, right = answer.ranks[one], answer.ranks[other]
    return (left < right) - (left > right)
