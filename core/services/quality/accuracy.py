"""How right people are: the one place where answers are held against gold, for every page, the API and the command line.

What counts is what somebody said first of an item whose answer is known, as that gold stands now: gold that was corrected is
held against anew, gold that was withdrawn counts no more. A hidden check that was taken back counts as first given.
"""

from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Literal

import numpy as np
import orjson
from sqlmodel import Session

from core.services.projects import ProjectView, rubric_of
from core.services.quality import drift
from core.services.quality.data import compatible, given_once, in_scope
from core.services.quality.gold import Rubric, usable
from core.services.quality.scopes import EVERYTHING, Scope
from core.stats import clustered, intervals, people
from core.stats.intervals import Interval
from core.stats.labels import MISSING, Codes, Flags
from core.store import figures
from core.store.columns import Ints
from core.store.figures import Answers
from core.tasks.comparing import Comparison

Decision = Literal["pass", "measuring", "doubtful", "below"]
"""By the whole interval; "doubtful" lies below the bar but rests on too little gold to act on."""
GOLD_TO_ACT, GOLD_TO_PASS = 50, 5
FEWEST_CHECKS = 5
"""An accuracy over fewer would say how a single answer fared."""
MOST_JUDGED = 20_000
"""Pairs of an answer and a known answer that are remembered: few bytes each, as neither is free text."""
BLOCK = 20
"""Own figures move only with every so many answers, of whatever purpose: a move must not tell which answer was a check."""


@dataclass(frozen=True)
class Graded:
    """First answers to items with gold, and which of them agree with it."""

    answers: Answers
    right: Flags
    machines: Flags

    def _of(self, person_id: int) -> Flags:
        return np.asarray(self.answers.person == person_id)

    def person(self, person_id: int) -> Interval | None:
        return self._share(self._of(person_id))

    def _share(self, rows: Flags) -> Interval | None:
        return intervals.share(int(self.right[rows].sum()), int(rows.sum()))

    @cached_property
    def team(self) -> Interval | None:
        """Of people; answers to one item, and by one person, are alike."""
        rows = ~self.machines
        return clustered.share(self.right[rows], self.answers.item[rows], self.answers.person[rows])

    def decisions(self, bar: float) -> dict[int, Decision]:
        """What each person's accuracy comes to; it leans on the team's while there is little to go by."""
        used = ~self.machines
        who, at = np.unique(self.answers.person[used], return_inverse=True)
        n, right = np.bincount(at, minlength=len(who)), self.right[used]
        leaning = people.accuracy(np.bincount(at, right, len(who)) * 1.0, n)
        by_time = np.lexsort((self.answers.id[used], self.answers.at[used]))
        parts = [right[by_time][at[by_time] == one] for one in range(len(who))]
        return {
            int(person): decision(leaning.of(one), bar, drifted=drift.fallen(parts[one], bar))
            for one, person in enumerate(who)
        }

    def released(self, person_id: int, given: Ints) -> Interval | None:
        """What the person may know of it, out of the times of all that they have given, in order."""
        mine = self._of(person_id)
        at = self.answers.at
        return self._share(mine & (at <= released_until(given, np.sort(at[mine]))))


def graded(
    session: Session, project: ProjectView, scope: Scope = EVERYTHING, *, person_id: int | None = None
) -> Graded:  # fmt: skip
    """Answers under settings that meant something else do not count."""
    connection, rubric = session.connection(), project.rubric
    found = in_scope(figures.graded(connection, scope.within(project.id), person_id), scope)
    found = found.subset(np.isin(found.version, list(compatible(connection, project, scope))))
    found = found.subset(given_once(found))
    found = found.subset(_understood(session, rubric, found.item))
    passed = found.passed.astype(np.int64)
    if rubric.checkable:
        passed[passed < 0] = _held_against(session, project, found.id[passed < 0])
    kinds = figures.people(connection, np.unique(found.person))
    known = (passed >= 0) & rubric.checkable
    machines = np.array([kinds[one].kind == "machine" for one in found.person.tolist()], dtype=np.bool_)
    return Graded(found.subset(known), passed[known] == 1, machines[known])


def _understood(session: Session, rubric: Rubric, items: Ints) -> Flags:
    """Gold that the settings of today do not know any more measures nothing; which of two is better, they always know."""
    if issubclass(rubric.payload_model, Comparison):
        return np.ones(len(items), dtype=np.bool_)
    known, _values = usable(rubric, figures.golds_of(session.connection(), np.unique(items)))
    return np.isin(items, [row.item_id for row in known])


def _held_against(session: Session, project: ProjectView, ids: Ints) -> Codes:
    """Of answers that were not judged by the gold as it stands: 1 agrees, 0 does not, -1 cannot be held against it."""
    settings = orjson.dumps(project.settings)
    by_id = {
        row.id: _agrees(project.task, settings, row.body, row.gold)
        for row in figures.beside_gold(session.connection(), ids)
    }
    return np.array([by_id[one] for one in ids.tolist()], dtype=np.int64)


@lru_cache(maxsize=MOST_JUDGED)
def _agrees(task: str, settings: bytes, body: str, gold: str) -> int:
    """Settings of today may ask what an answer was not asked. It depends on these texts alone, and never gets old."""
    rubric = rubric_of(task, settings)
    try:
        answer, known = (rubric.answer_model.model_validate_json(text) for text in (body, gold))
        return int(rubric.agrees(answer, known))
    except KeyError:
        return MISSING


def decision(found: Interval | None, bar: float, *, drifted: bool = False) -> Decision:
    """Below GOLD_TO_ACT answers nobody is below the bar on gold alone, unless the drift alarm says so too; below
    GOLD_TO_PASS nobody passes on the merit of the team."""
    judged = intervals.judged(found, bar)
    if judged == "pass" and found is not None and found.n < GOLD_TO_PASS:
        return "measuring"
    if judged == "below" and found is not None and found.n < GOLD_TO_ACT and not drifted:
        return "doubtful"
    return judged


# To oneself -----------------------------------------------------------------------------------------------------------


def given_by(session: Session, person_id: int, before: int) -> dict[int, Ints]:
    """When the person gave each answer, in order, by project: checks, repeats and work alike, before a moment."""
    project, at = figures.given_times(session.connection(), person_id, before)
    return {int(one): np.sort(at[project == one]) for one in np.unique(project)}


def told(session: Session, project: ProjectView, person_id: int, given: Ints) -> Interval | None:
    """One's own accuracy, as far as one may know it after these answers."""
    return graded(session, project, person_id=person_id).released(person_id, given) if told_until(given) else None


def told_until(given: Ints) -> int:
    """The last full block: what is told of oneself beside gold goes so far."""
    return int(given[len(given) // BLOCK * BLOCK - 1]) if len(given) >= BLOCK else 0


def released_until(given: Ints, checked: Ints) -> int:
    """The last full block at which FEWEST_CHECKS more were checked: neither a day nor an answer brings a move of its own."""
    until, told = 0, 0
    for moment in given[BLOCK - 1 :: BLOCK].tolist():
        n = int(np.searchsorted(checked, moment, side="right"))
        if n - told >= FEWEST_CHECKS:
            until, told = moment, n
    return until
