"""What review made of people's answers: first answers held against final verdicts by value, and answers sent back."""

from dataclasses import dataclass
from math import inf
from typing import Any

import numpy as np
from sqlalchemy import Row, Text, case, select, type_coerce
from sqlmodel import Session

from core.services.quality.data import Evidence, places_of
from core.stats import intervals
from core.stats.intervals import Interval
from core.stats.labels import MISSING, Codes, Flags
from core.store import figures
from core.store.tables import Returned, Verdict, core


@dataclass(frozen=True)
class Reviewed:
    """Rows of labels on settled items and which the verdict upheld, and rows of answers sent back, some since revised."""

    rows: Codes
    upheld: Flags
    returned: Codes
    revised: Flags

    def share(self, evidence: Evidence, who: int, before: float = inf) -> Interval | None:
        """Of what they answered before a moment (seconds since 1970)."""
        mine = (evidence.person[self.rows] == who) & (evidence.answers.at[self.rows] < before)
        return intervals.share(int(self.upheld[mine].sum()), int(mine.sum()))

    def sent_back(self, evidence: Evidence, who: int) -> tuple[int, int]:
        """How many, and how many of them were revised."""
        mine = evidence.person[self.returned] == who
        return int(mine.sum()), int(self.revised[mine].sum())


def reviewed(session: Session, evidence: Evidence) -> Reviewed:
    rows, upheld = _upheld(session, evidence)
    returned, revised = _returned(session, evidence)
    return Reviewed(rows, upheld, returned, revised)


def _upheld(session: Session, evidence: Evidence) -> tuple[Codes, Flags]:
    verdicts = {row.item_id: row for row in _verdicts(session, evidence.project.id)}
    settled = np.isin(evidence.items, np.array(list(verdicts), np.int64))
    rows = np.flatnonzero(evidence.labels & settled[evidence.item])
    bodies = figures.bodies(session.connection(), evidence.answers.id[rows])
    seen: dict[tuple[str, str], int] = {}
    found = []
    for answer, item in zip(
        evidence.answers.id[rows].tolist(), evidence.items[evidence.item[rows]].tolist(), strict=True
    ):
        verdict, body = verdicts[item], bodies[answer]
        if verdict.answer_id == answer:
            found.append(int(verdict.basis != "edited" or _alike(evidence, body, verdict.body, seen) == 1))
        else:
            found.append(_alike(evidence, body, verdict.body, seen))
    judged = np.array(found, dtype=np.int64)
    return rows[judged != MISSING], judged[judged != MISSING] == 1


def _alike(evidence: Evidence, body: str, verdict: str, seen: dict[tuple[str, str], int]) -> int:
    """As a hidden check is held against its known answer; -1 where a person would have to read both."""
    if body == verdict:
        return 1
    if not evidence.project.rubric.checkable:
        return MISSING
    if (body, verdict) not in seen:
        seen[body, verdict] = _agrees(evidence, body, verdict)
    return seen[body, verdict]


def _agrees(evidence: Evidence, body: str, verdict: str) -> int:
    rubric = evidence.project.rubric
    try:
        answer, final = (rubric.answer_model.model_validate_json(text) for text in (body, verdict))
        return int(rubric.agrees(answer, final))
    except (KeyError, ValueError):
        return MISSING


def _returned(session: Session, evidence: Evidence) -> tuple[Codes, Flags]:
    """By the first answer of the same person and item: what was sent back may be a revision of it."""
    found = session.connection().execute(_RETURNED.where(_BACK.c.project_id == evidence.project.id)).all()
    pairs = _pairs(evidence.items[evidence.item], evidence.people_ids[evidence.person])
    order = np.argsort(pairs, kind="stable")
    item, person, revised = (np.array([row[at] for row in found], np.int64) for at in range(3))
    at, used = places_of(_pairs(item, person), pairs[order])
    return order[at], revised[used] == 1


def _pairs(item: Codes, person: Codes) -> Codes:
    """One number an item and person; ids of people stay far below 2^24."""
    return item * (1 << 24) + person


def _verdicts(session: Session, project_id: int) -> list[Row[Any]]:
    settled = (_VERDICT.c.project_id == project_id, _VERDICT.c.current, _VERDICT.c.final)
    return list(session.connection().execute(_VERDICTS.where(*settled)).all())


def as_json(found: Reviewed, evidence: Evidence, who: int) -> dict[str, Any]:
    share, (back, revised) = found.share(evidence, who), found.sent_back(evidence, who)
    n = 0 if share is None else share.n
    upheld = 0 if share is None else round(share.value * n)
    told = (None, None, None) if share is None else (share.value, share.low, share.high)
    return {
        "n": n, "upheld": upheld, "corrected": n - upheld, **dict(zip(("share", "low", "high"), told, strict=True)),
        "returned": back, "revised": revised,
    }  # fmt: skip


_VERDICT, _BACK = core(Verdict), core(Returned)
_VERDICTS = select(
    _VERDICT.c.item_id, type_coerce(_VERDICT.c.body, Text).label("body"), _VERDICT.c.basis, _VERDICT.c.answer_id
)
_RETURNED = select(_BACK.c.item_id, _BACK.c.person_id, case((_BACK.c.settled == "revised", 1), else_=0))
