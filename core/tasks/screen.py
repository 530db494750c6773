"""The vocabulary of a screen: what a task type may show and ask, as plain data that becomes JSON.

Names of asks are paths into the answer: "scores.accuracy", "labels.0", "by.tone.preferred"; a number is a list index.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any, ClassVar

Localised = str | Mapping[str, str]
"""A plain string, or {"en": …, "zh": …}: the desk picks by the person's choice."""


@dataclass(frozen=True)
class Passage:
    """One text to read."""

    kind: ClassVar[str] = "passage"
    label: Localised
    text: str
    role: str = "prompt"
    """prompt, response, context or text: decides weight and place, never meaning."""


@dataclass(frozen=True)
class Chat:
    """A conversation: turns are {"role", "text"}."""

    kind: ClassVar[str] = "chat"
    label: Localised
    turns: Sequence[Mapping[str, str]]


@dataclass(frozen=True)
class Candidate:
    """A response among others: either text, or turns."""

    id: str
    text: str | None = None
    turns: Sequence[Mapping[str, str]] = ()


@dataclass(frozen=True)
class Candidates:
    """Responses to compare; lettered A, B, C as drawn."""

    kind: ClassVar[str] = "candidates"
    candidates: Sequence[Candidate]


@dataclass(frozen=True)
class Option:
    value: str | bool
    label: Localised
    description: Localised | None = None
    parent: str | None = None


@dataclass(frozen=True)
class OneOf:
    kind: ClassVar[str] = "one_of"
    name: str
    label: Localised
    options: Sequence[Option]
    required: bool = True


@dataclass(frozen=True)
class ManyOf:
    """Any of the options, flat or as a tree by `parent`."""

    kind: ClassVar[str] = "many_of"
    name: str
    label: Localised
    options: Sequence[Option]
    at_least: int = 1


@dataclass(frozen=True)
class Scale:
    """A number from low to high; up to 11 points are drawn as points, more as a number field with a slider."""

    kind: ClassVar[str] = "scale"
    name: str
    label: Localised
    low: float
    high: float
    step: float = 1
    anchors: Mapping[str, Localised] = field(default_factory=dict)
    description: Localised | None = None
    allow_na: bool = False
    required: bool = True


@dataclass(frozen=True)
class Prefer:
    """Which candidate, and how strongly: writes `name` and, with levels > 1, its sibling "strength"."""

    kind: ClassVar[str] = "prefer"
    name: str
    label: Localised
    candidates: Sequence[str]
    levels: int = 1
    strengths: Sequence[Localised] = ()
    tie: bool = True
    both_bad: bool = True
    required: bool = True


@dataclass(frozen=True)
class Rank:
    """Every candidate gets a rank, 1 = best: {id: n}."""

    kind: ClassVar[str] = "rank"
    name: str
    label: Localised
    candidates: Sequence[str]
    ties: bool = True


@dataclass(frozen=True)
class Write:
    """A text of one's own; lengths in Unicode code points."""

    kind: ClassVar[str] = "write"
    name: str
    label: Localised
    start: str | None = None
    at_least: int = 1
    at_most: int | None = None
    required: bool = True


Show = Passage | Chat | Candidates
Ask = OneOf | ManyOf | Scale | Prefer | Rank | Write
SHOWS: tuple[type[Show], ...] = (Passage, Chat, Candidates)
ASKS: tuple[type[Ask], ...] = (OneOf, ManyOf, Scale, Prefer, Rank, Write)


@dataclass(frozen=True)
class Screen:
    shows: Sequence[Show]
    asks: Sequence[Ask]
    lang: str = ""

    def ask_at(self, path: str) -> str:
        """The ask that a path into the answer belongs to, or the path itself where none does."""
        return next((ask.name for ask in self.asks if _belongs(path, ask)), path)

    def candidate_ids(self) -> tuple[str, ...]:
        """Ids in the order drawn; empty where nothing is compared."""
        return tuple(c.id for show in self.shows if isinstance(show, Candidates) for c in show.candidates)

    def shuffled(self, rng: Random) -> "Screen":
        """The same screen with its candidates in another order."""
        order = list(self.candidate_ids())
        rng.shuffle(order)
        return self.ordered(order)

    def ordered(self, order: Sequence[str]) -> "Screen":
        """The same screen with its candidates in the order given; asks that name candidates follow."""
        place = {name: n for n, name in enumerate(order)}
        shows = [
            Candidates(sorted(s.candidates, key=lambda c: place[c.id])) if isinstance(s, Candidates) else s
            for s in self.shows
        ]
        asks = [
            replace(a, candidates=sorted(a.candidates, key=place.__getitem__)) if isinstance(a, Prefer | Rank) else a
            for a in self.asks
        ]
        return replace(self, shows=shows, asks=asks)

    def as_json(self) -> dict[str, Any]:
        return {"shows": [_word(s) for s in self.shows], "asks": [_word(a) for a in self.asks], "lang": self.lang}


def _belongs(path: str, ask: Ask) -> bool:
    inside, around = path.startswith(ask.name + "."), ask.name.startswith(path + ".")
    strength = isinstance(ask, Prefer) and path == ask.name.removesuffix("preferred") + "strength"
    return path == ask.name or inside or around or strength


def _word(word: Show | Ask) -> dict[str, Any]:
    return {"kind": word.kind, **_plain(vars(word))}


def _plain(value: Any) -> Any:
    """Like dataclasses.asdict without its deep copies: this runs for every item painted."""
    if value is None or isinstance(value, str | int | float):
        return value
    if isinstance(value, Mapping):
        return {key: _plain(inner) for key, inner in value.items()}
    return [_plain(inner) for inner in value] if isinstance(value, Sequence) else _plain(vars(value))
