"""What task types that compare responses to one prompt have in common: their payload, and how it is shown."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Annotated

from pydantic import AfterValidator

from core.records import Text
from core.tasks import made_up
from core.tasks.base import Context, Payload, PromptText, Response, as_text, show_context, show_prompt, show_turns
from core.tasks.fitting import Identifier, Unfit
from core.tasks.screen import Candidate, Candidates, Show

TIE, BOTH_BAD = "tie", "both_bad"


def _unreserved(name: str) -> str:
    if name in (TIE, BOTH_BAD):
        raise Unfit("A response cannot be called “{id}”: answers use that word.", id=name)
    return name


ResponseId = Annotated[Identifier, AfterValidator(_unreserved)]


class Comparison(Payload):
    """A prompt with responses; the order of the mapping is the payload's own order."""

    prompt: PromptText
    responses: dict[ResponseId, Response]
    context: Context = ()

    @property
    def asked(self) -> Text:
        return as_text(self.prompt)

    def said(self, name: str) -> Text:
        return self.responses[name].body


@dataclass(frozen=True)
class PairVotes:
    """Two responses of an item, and how many answers put the one or the other ahead, or neither."""

    one: str
    other: str
    for_one: int
    for_other: int
    ties: int
    margin: float = 0.0
    """Of the answers that say what most say, the mean."""

    @property
    def winner(self) -> str | None:
        """A response, or TIE; None while equals contend."""
        counts = {self.one: self.for_one, self.other: self.for_other, TIE: self.ties}
        most = max(counts.values())
        first, *others = (name for name, count in counts.items() if count == most)
        return None if others else first

    @property
    def counts(self) -> dict[str, int]:
        counted = {self.one: self.for_one, self.other: self.for_other, TIE: self.ties}
        return {name: count for name, count in counted.items() if count}


def has_cycle(pairs: Iterable[PairVotes]) -> bool:
    """Whether majorities go round: a over b, b over c, c over a."""
    beaten: dict[str, set[str]] = {}
    for pair in pairs:
        if pair.winner in (pair.one, pair.other):
            beaten.setdefault(pair.other if pair.winner == pair.one else pair.one, set()).add(pair.winner)
    while beaten:
        free = [name for name, by in beaten.items() if not by & beaten.keys()]
        if not free:
            return True
        for name in free:
            del beaten[name]
    return False


def show_comparison(payload: Comparison) -> list[Show]:
    candidates = [_candidate(name, response) for name, response in payload.responses.items()]
    return [show_prompt(payload.prompt), *show_context(payload.context), Candidates(candidates)]


def _candidate(name: str, response: Response) -> Candidate:
    return Candidate(name, response.text, show_turns(response.messages or ()))


def made_up_responses(rng: Random, to: str, names: Sequence[str]) -> dict[str, Response]:
    return {name: Response(text=made_up.response(rng, to)) for name in names}


def stub_responses(names: Sequence[str]) -> dict[str, Response]:
    """Empty responses under the names given; two at least, since nobody compares one."""
    missing = [f"unnamed-{n}" for n in range(1, 3 - len(names))]
    return {name: Response(text="") for name in [*names, *missing]}


def renamed(raw: object, names: Mapping[str, str]) -> object:
    """An answer's part with response ids as other names, and everything that is no response id as it was."""
    if isinstance(raw, dict):
        return {names.get(key, key): value for key, value in raw.items()}
    return names.get(raw, raw) if isinstance(raw, str) else raw
