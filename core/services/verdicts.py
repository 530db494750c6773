"""What an item's answers come to: a single one, all alike, a majority, or an adjudicated one; ties stay unresolved."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

from core.tasks.base import Target, TaskType

Source = Literal["single", "unanimous", "majority", "recommended", "adjudicated", "unresolved"]
VOTED = ("nominal", "set", "rank")
"""Scales on which the value that most people gave wins; on the others the nearest answer does."""


@dataclass(frozen=True, slots=True)
class Vote:
    """One person's answer; `says` is what it says about the task's first target."""

    body: str
    says: int | str | None
    settings_version: int


@dataclass(frozen=True, slots=True)
class Decided:
    body: str
    source: Source
    settings_version: int


@dataclass(frozen=True, slots=True)
class Unresolved:
    """As many votes for one value as for another."""

    counts: dict[int | str | None, int]


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where a verdict came from; of adjudicated ones also how, why and by how many reviewers, one a stage."""

    source: Source
    answers: int
    """That voted on the item."""
    method: str = ""
    """How votes were weighed; empty where no vote was needed or none counted."""
    probability: float | None = None
    """Of the verdict: of a majority its share of the votes, of models calibrated on gold; None of reviewers' verdicts."""
    votes: tuple[dict[str, Any], ...] = ()
    """What answers said and how many said it, the most frequent first."""
    votes_for: int = 0
    """Answers that say what the verdict says."""
    cycle: bool = False
    """Of rankings: majorities that go round."""
    basis: str = ""
    reason: str = ""
    stages: int = 0
    reviewers: int = 0

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def main_target(rubric: TaskType[Any, Any]) -> Target:
    """The one that votes are counted on."""
    return rubric.targets()[0]


def decide(rubric: TaskType[Any, Any], votes: Sequence[Vote]) -> Decided | Unresolved:
    """One vote or more."""
    if len(votes) == 1:
        return _as("single", votes[0])
    if len({vote.body for vote in votes}) == 1:
        return _as("unanimous", votes[0])
    if main_target(rubric).scale not in VOTED:
        return _as("majority", _closest(rubric, votes))
    (first, most), *others = Counter(vote.says for vote in votes).most_common()
    if others and others[0][1] == most:
        return Unresolved(dict(Counter(vote.says for vote in votes)))
    winners = [vote for vote in votes if vote.says == first]
    return _as("majority" if others else "unanimous", _closest(rubric, winners))


def decide_as(rubric: TaskType[Any, Any], votes: Sequence[Vote], said: Sequence[Vote]) -> Decided | Unresolved:
    """The answer nearest to all that say what a method came to; unresolved where nobody says it."""
    if not said:
        return Unresolved(dict(Counter(vote.says for vote in votes)))
    source: Source = "single" if len(votes) == 1 else "unanimous" if all_alike(votes) else "recommended"
    return _as(source, _closest(rubric, said))


def all_alike(votes: Sequence[Vote]) -> bool:
    return len({vote.body for vote in votes}) == 1 or (votes[0].says is not None and len({v.says for v in votes}) == 1)


def _as(source: Source, vote: Vote) -> Decided:
    return Decided(vote.body, source, vote.settings_version)


def _closest(rubric: TaskType[Any, Any], votes: Sequence[Vote]) -> Vote:
    """The answer nearest to all others."""
    if len({vote.body for vote in votes}) == 1:
        return votes[0]
    answers = [rubric.answer_model.model_validate_json(vote.body) for vote in votes]
    chosen = rubric.consensus(answers)
    return votes[answers.index(chosen)]


def margin(counts: Iterable[int]) -> float:
    """Lead of the most frequent value over the next, as a share of all votes."""
    ordered = sorted(counts, reverse=True)
    if not ordered:
        return 0.0
    runner_up = ordered[1] if len(ordered) > 1 else 0
    return (ordered[0] - runner_up) / sum(ordered)
