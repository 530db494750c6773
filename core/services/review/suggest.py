"""The verdict that a reviewer is suggested: somebody's whole answer, the nearest to all that say what the item comes to."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import orjson

from core.errors import InvalidAnswer
from core.services.review.doubt import Believed
from core.services.verdicts import VOTED, Decided, Vote, decide, main_target
from core.store.work import Found
from core.tasks.base import TaskType

Rubric = TaskType[Any, Any]
MOST_WEIGHED = 60
"""Answers among which the nearest to all others is looked for: each is held against each, and writers wait."""


@dataclass(frozen=True)
class Given:
    """One answer to the item: its row, the number it goes by, and what it says, where today's settings allow that."""

    row: Found
    label: int
    answer: Any

    @property
    def votes(self) -> bool:
        return self.answer is not None and not self.row.machine


@dataclass(frozen=True)
class Suggestion:
    """As it was shown, for the reviewer to accept; `probability` is None where nothing could be said."""

    answer: Any
    answer_id: int
    label: int
    probability: float | None
    method: str
    gold_items: int
    calibrated: bool

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def given(rubric: Rubric, payload: Any, rows: Sequence[Found]) -> list[Given]:
    return [Given(row, label, _fitting(rubric, payload, row)) for label, row in enumerate(rows, start=1)]


def _fitting(rubric: Rubric, payload: Any, row: Found) -> Any:
    """None for whoever passed on the item, and for answers that the settings of today no longer allow."""
    try:
        return rubric.parse_answer(payload, row.body) if row.outcome == "submitted" else None
    except InvalidAnswer:
        return None


def suggest(rubric: Rubric, payload: Any, answers: Sequence[Given], believed: Believed | None) -> Suggestion | None:
    """What is believed rests on the first answers up to one of them: where an author has revised theirs, or somebody has
    answered since, the answers as they are now decide."""
    voting = [one for one in answers if one.votes]
    if not voting:
        return None
    says = {one.label: rubric.values(payload, one.answer)[main_target(rubric).name] for one in voting}
    if believed is not None and not any(one.row.revision > 1 or one.row.id > believed.up_to for one in voting):
        agreeing = [one for one in voting if says[one.label] == believed.value]
        if agreeing:
            known = (believed.probability, believed.method, believed.gold_items, believed.calibrated)
            return _suggestion(_nearest(rubric, agreeing), *known)
    return _by_vote(rubric, voting, says)


def _by_vote(rubric: Rubric, voting: Sequence[Given], says: dict[int, Any]) -> Suggestion:
    if main_target(rubric).scale not in VOTED:
        voting = voting[:MOST_WEIGHED]
    votes = [Vote(orjson.dumps(one.row.body).decode(), says[one.label], one.row.settings_version) for one in voting]
    found = decide(rubric, votes)
    if isinstance(found, Decided):
        bodies = [vote.body for vote in votes]
        counted = found.source != "majority" or main_target(rubric).scale in VOTED
        return _suggestion(voting[bodies.index(found.body)], None, found.source if counted else "medoid", 0, False)
    return _suggestion(_nearest(rubric, voting), None, "medoid", 0, False)


def _nearest(rubric: Rubric, answers: Sequence[Given]) -> Given:
    said = [one.answer for one in answers[:MOST_WEIGHED]]
    return answers[said.index(rubric.consensus(said))]


def _suggestion(one: Given, probability: float | None, method: str, gold_items: int, calibrated: bool) -> Suggestion:
    return Suggestion(one.row.body, one.row.id, one.label, probability, method, gold_items, calibrated)
