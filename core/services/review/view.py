"""What a reviewer is shown: the item, all answers side by side, where they differ, and what became of it so far."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from core.permissions import RIGHTS, Right
from core.services import screens
from core.services.days import day_start
from core.services.export_answers import value_at
from core.services.review.doubt import MOST_COMPARED
from core.services.review.queue import Ranking
from core.services.review.suggest import Given, Rubric, given
from core.services.seats import Sitting
from core.store import returned as returned_store, review as store, verdicts as verdicts_store
from core.store.work import Found

DRAFTED = ("answer", "extras", "comment", "reason")
"""What of a draft is the reviewer's own; the rest is what they were shown."""


@dataclass(frozen=True)
class Side:
    """One answer, by its number on this item."""

    id: int
    label: int
    name: str | None
    answer: Any
    extras: dict[str, Any] | None
    outcome: str
    reason: str | None
    at: datetime
    revision: int
    guideline_version: int
    same_as: tuple[int, ...]
    machine: bool
    fits: bool
    returned: bool


@dataclass(frozen=True)
class Former:
    """A verdict that was given before."""

    verdict: int
    answer: Any
    extras: dict[str, Any] | None
    basis: str
    reason: str | None
    comment: str | None
    at: datetime
    reopened_at: datetime | None
    reopened_why: str | None
    stage: int
    final: bool
    by: str | None


@dataclass(frozen=True)
class SentBack:
    """An answer that went back to its author, and what came of it."""

    label: int | None
    comment: str
    at: datetime
    settled: str | None
    reply: str | None


@dataclass(frozen=True)
class Progress:
    today: int
    left: int


@dataclass(frozen=True)
class Served:
    """An item in a reviewer's hands: what the desk draws."""

    assignment: int
    rev: int
    item: str
    stage: int
    state: str
    why: tuple[str, ...]
    screen: dict[str, Any]
    answers: tuple[Side, ...]
    differs: tuple[str, ...]
    suggested: dict[str, Any] | None
    first_verdict: Former | None
    history: tuple[Former, ...]
    returned: tuple[SentBack, ...]
    draft: dict[str, Any] | None
    lease_until: datetime
    progress: Progress
    last: int | None


def shown(at: Sitting, row: Found, ranking: Ranking | None) -> Served:
    """`row` is the assignment with its item and draft."""
    rubric, key = at.head.rubric, _key(at, row.item_id)
    payload = rubric.parse_payload(orjson.loads(row.payload))
    screen = screens.screen_of(at.head.task, at.head.settings, at.head.extras, row.payload, row.lang)
    answers = given(rubric, payload, store.answers_of(at.connection, row.item_id))
    returned = returned_store.returned_of(at.connection, row.item_id)
    history = [_former(at, one) for one in verdicts_store.verdicts_of(at.connection, row.item_id)]
    first = _first(at, row)
    kept = row.draft or {}
    return Served(
        row.id, row.draft_rev, key, row.slot, row.item_state, _why(row, ranking), screen, _sides(at, rubric, answers, returned),
        _differs(rubric, payload, screen, answers), kept.get("suggested"), next((one for one in history if one.verdict == first), None),
        tuple(one for one in history if one.verdict != first), tuple(_sent_back(one, answers) for one in returned), _drafted(kept),
        row.lease_until, progress(at, ranking), verdicts_store.last_verdict(at.connection, at.head.project_id, at.me),
    )  # fmt: skip


def progress(at: Sitting, ranking: Ranking | None) -> Progress:
    """What is left is what was ranked, less what has been settled since."""
    project_id, since = at.head.project_id, day_start(at.now, at.head.preferences)
    today = verdicts_store.settled_since(at.connection, project_id, since, at.me)
    left = 0
    if ranking is not None:
        left = max(0, len(ranking.items) - verdicts_store.settled_since(at.connection, project_id, ranking.at))
    return Progress(today, left)


def _key(at: Sitting, item_id: int) -> str:
    return str(store.candidates(at.connection, at.me, [item_id], at.now)[item_id].key)


def _why(row: Found, ranking: Ranking | None) -> tuple[str, ...]:
    found = ranking.reasons(row.item_id) if ranking is not None else ("chosen",)
    return ("second", *(why for why in found if why not in ("second", "chosen"))) if row.slot == 2 else found


def _first(at: Sitting, row: Found) -> int | None:
    """The first verdict, which a second reviewer confirms or changes."""
    standing = verdicts_store.verdict_of(at.connection, row.item_id)
    return standing.id if standing is not None and not standing.final else None


def _sees_people(at: Sitting) -> bool:
    return at.head.role is not None and Right.SEE_PEOPLE in RIGHTS[at.head.role]


def _drafted(kept: Mapping[str, Any]) -> dict[str, Any] | None:
    found = {name: kept.get(name) for name in DRAFTED}
    return found if any(value is not None for value in found.values()) else None


# Answers --------------------------------------------------------------------------------------------------------------


def _sides(at: Sitting, rubric: Rubric, answers: Sequence[Given], returned: Sequence[Found]) -> tuple[Side, ...]:
    waiting = {one.person_id for one in returned if one.settled is None}
    named, alike = _sees_people(at), _alike(rubric, answers)
    return tuple(
        Side(
            one.row.id, one.label, one.row.name if named else None, one.row.body, one.row.extras, one.row.outcome, one.row.reason, one.row.at,
            one.row.revision, one.row.guideline_version, alike.get(one.label, ()), bool(one.row.machine), one.answer is not None,
            one.row.person_id in waiting,
        )
        for one in answers
    )  # fmt: skip


def _alike(rubric: Rubric, answers: Sequence[Given]) -> dict[int, tuple[int, ...]]:
    """Each answer's number to those of the others that say the same. Writers wait for this: what is word for word the same
    is compared once, and of very many different answers not every two."""
    groups: list[list[Given]] = []
    known: dict[bytes, list[Given]] = {}
    for one in answers:
        if one.answer is not None:
            body = orjson.dumps(one.row.body, option=orjson.OPT_SORT_KEYS)
            if body not in known:
                known[body] = _group_of(rubric, one, groups)
            known[body].append(one)
    return {one.label: tuple(other.label for other in group if other is not one) for group in groups for one in group}


def _group_of(rubric: Rubric, one: Given, groups: list[list[Given]]) -> list[Given]:
    """Those that say the same, or a new group."""
    same = (group for group in groups[:MOST_COMPARED] if rubric.distance(one.answer, group[0].answer) == 0)
    found = next(same, None)
    if found is None:
        groups.append(found := [])
    return found


def _differs(rubric: Rubric, payload: Any, screen: Mapping[str, Any], answers: Sequence[Given]) -> tuple[str, ...]:
    """Names of asks first, then of targets that are no ask, on which people's answers are not all the same."""
    voting = [one for one in answers if one.votes]
    asks = [ask["name"] for ask in screen["asks"]]
    found = [name for name in asks if _many(value_at(one.row.body, name) for one in voting)]
    values = [rubric.values(payload, one.answer) for one in voting]
    asked = {part for name in asks for part in (name, name.rpartition(".")[2])}
    targets = [target.name for target in rubric.targets() if target.name not in asked]
    return (*found, *(name for name in targets if _many(each.get(name) for each in values)))


def _many(values: Any) -> bool:
    return len({orjson.dumps(value, option=orjson.OPT_SORT_KEYS) for value in values}) > 1


# What became of it ----------------------------------------------------------------------------------------------------


def _former(at: Sitting, row: Found) -> Former:
    name = row.name if _sees_people(at) else None
    return Former(
        row.id, row.body, row.extras, row.basis, row.reason, row.comment, row.at, row.reopened_at, row.reopened_why, row.stage, row.final, name
    )  # fmt: skip


def _sent_back(row: Found, answers: Sequence[Given]) -> SentBack:
    label = next((one.label for one in answers if one.row.person_id == row.person_id), None)
    return SentBack(label, row.comment, row.at, row.settled, row.reply)
