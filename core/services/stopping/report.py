"""What adaptive overlap has saved in a project, at what risk, and what it would ask next."""

from dataclasses import dataclass
from math import sqrt
from typing import Any

import numpy as np
from sqlmodel import Session

from core.permissions import RIGHTS, Actor, Right
from core.services import projects
from core.services.labellers import takers
from core.services.policies import Stopping
from core.services.projects import ProjectView
from core.services.quality.reporting import Assessment
from core.services.stopping import asking
from core.services.stopping.confidence import Sureness, price_of, rule_of, sureness, worth
from core.stats import intervals, overlap
from core.stats.calibration import Calibration
from core.stats.intervals import Interval
from core.stats.labels import MISSING, Flags, Floats
from core.stats.overlap import Audited, Policy
from core.stats.rounding import reaches
from core.store import figures, overlaps

BINS = 20
NEXT = 25
USUAL = Stopping()
"""What the page supposes where the policy is off."""


@dataclass(frozen=True)
class Depth:
    """Answered items with this many labels: sure enough, in doubt and to be asked again, in doubt though a label would cost
    more than it saves or with every label they get, and those of the audit track, which get every label anyway."""

    labels: int
    sure: int
    doubted: int
    dear: int
    spent: int
    audit: int


@dataclass(frozen=True)
class Spared:
    """Labels that finished items did not need, against every label for each of them, and what those would have cost."""

    items: int
    labels: int
    in_full: int
    hours: float | None
    amount: float | None

    @property
    def saved(self) -> int:
        return self.in_full - self.labels


@dataclass(frozen=True)
class Next:
    item: str
    labels: int
    confidence: float
    gain: float | None
    """How much less likely one more label is expected to make an error."""


@dataclass(frozen=True)
class Report:
    """`rule` is the project's policy, or the usual one where it is off."""

    project: ProjectView
    rule: Stopping
    on: bool
    target: str
    calibration: Calibration
    seconds: float | None
    price: float | None
    least_gain: float
    answered: int
    sure: int
    """Of those answered, how many are sure enough."""
    depths: tuple[Depth, ...]
    confidence: tuple[int, ...]
    """Answered items by confidence, in bins from 0 to 1."""
    spared: Spared | None
    expected_wrong: Interval | None
    """Of finished items, by the model's own word."""
    wrong_on_gold: Interval | None
    """Of finished items with gold."""
    audited: Audited | None
    audit_items: int
    next: tuple[Next, ...]
    to_ask: int
    nobody_left: int
    manages: bool
    """Whether the reader leads the project."""

    @property
    def may_ask(self) -> bool:
        return self.manages and self.on and self.project.state == "live"


def report(session: Session, actor: Actor, slug: str, assessment: Assessment) -> Report | str:
    """Or why there is nothing to say."""
    project = projects.get(session, actor, slug)
    standing = projects.require_in(session, actor, project.id, Right.SEE_PROGRESS)
    manages = standing.role is not None and Right.MANAGE_PROJECT in RIGHTS[standing.role]
    found = sureness(assessment)
    if isinstance(found, str):
        return found
    rule, price = project.policy.stopping or USUAL, price_of(found.seconds, project.policy)
    worked = assessment.view(
        ("stopping: report", rule, price), lambda: _Worked(found, rule_of(rule, price), rule, price)
    )
    asked = _to_ask(session, project, assessment, worked)
    return Report(
        project, rule, project.policy.stopping is not None, found.target, found.calibration, found.seconds, price,
        worked.policy.least_gain, worked.answered, worked.sure, worked.depths, worked.histogram, worked.spared, worked.expected_wrong,
        worked.wrong_on_gold, worked.audited, int((found.audit & (found.labels.per_item > 0)).sum()), *asked,
        manages,
    )  # fmt: skip


def _to_ask(
    session: Session, project: ProjectView, assessment: Assessment, worked: "_Worked"
) -> tuple[tuple[Next, ...], int, int]:
    """What a look would ask for now, and how many of those nobody is left for."""
    if project.policy.stopping is None:
        return (), 0, 0
    look = asking.doubts(project, assessment)
    ids = [doubt.item_id for doubt in look.doubts]
    people = [one.person_id for one in takers(session, project)]
    stuck = sum(
        overlaps.without_takers(session.connection(), ids[start : start + 500], people)
        for start in range(0, len(ids), 500)
    )
    first = look.doubts[:NEXT]
    keys = figures.keys(session.connection(), np.array([doubt.item_id for doubt in first], dtype=np.int64))
    rows = tuple(
        Next(keys[doubt.item_id], doubt.labels, doubt.confidence, worked.gain_of(doubt.item_id)) for doubt in first
    )
    return rows, len(ids), stuck


class _Worked:
    """What is worked out once for an assessment and a policy."""

    def __init__(self, found: Sureness, policy: Policy, rule: Stopping, price: float | None) -> None:
        self._found, self.policy, self._rule, self._price = found, policy, rule, price
        self._answered: Flags = found.labels.per_item > 0
        self._worth = worth(found, policy)
        self._finished: Flags = found.done & self._answered & (self._worth == 0)
        self._gain: Floats | None = None if found.team is None else overlap.expected_gain(found.posterior, found.team)
        self.answered = int(self._answered.sum())
        self.sure = int((self._answered & reaches(found.confidence, rule.confidence)).sum())
        self.depths = tuple(self._depths())
        self.histogram = self._histogram()
        self.spared = self._spared()
        self.expected_wrong = self._expected_wrong()
        self.wrong_on_gold = self._wrong_on_gold()
        self.audited = overlap.audited(
            found.labels, found.audit, policy, found.calibration.temperature, found.gold
        )  # fmt: skip

    def gain_of(self, item_id: int) -> float | None:
        if self._gain is None:
            return None
        return float(self._gain[np.searchsorted(self._found.items, item_id)])

    def _depths(self) -> list[Depth]:
        per_item = self._found.collected
        audit = self._found.audit
        sure = ~audit & reaches(self._found.confidence, self._rule.confidence)
        spent = ~audit & ~sure & (per_item >= self._rule.most)
        rest = ~audit & ~sure & ~spent
        dear = rest & self._found.done & (self._worth == 0)
        by = (sure, rest & ~dear, dear, spent, audit)
        deepest = int(per_item.max(initial=0))
        counts: list[Any] = [np.bincount(per_item[which & self._answered], minlength=deepest + 1) for which in by]
        return [Depth(n, *(int(count[n]) for count in counts)) for n in range(1, deepest + 1)]

    def _histogram(self) -> tuple[int, ...]:
        sure = self._found.confidence[self._answered]
        return tuple(np.histogram(sure, BINS, (0.0, 1.0))[0].tolist())

    def _spared(self) -> Spared | None:
        """The audit track gets everything, so it saves nothing."""
        which = self._finished & ~self._found.audit
        if not which.any():
            return None
        given = self._found.collected[which]
        full = np.maximum(given, self._rule.most)
        saved = float((full - given).sum())
        hours = None if self._found.seconds is None else saved * self._found.seconds / 3600
        amount = None if self._price is None else saved * self._price
        return Spared(int(which.sum()), int(given.sum()), int(full.sum()), hours, amount)

    def _expected_wrong(self) -> Interval | None:
        """What as many draws at the stated odds may come to."""
        wrong = 1 - self._found.confidence[self._finished]
        if not len(wrong):
            return None
        mean, reach = float(wrong.mean()), 1.96 * sqrt(float((wrong * (1 - wrong)).sum())) / len(wrong)
        return Interval(mean, max(mean - reach, 0), min(mean + reach, 1), len(wrong))

    def _wrong_on_gold(self) -> Interval | None:
        known = self._finished & (self._found.gold != MISSING)
        wrong = self._found.said[known] != self._found.gold[known]
        return intervals.share(int(wrong.sum()), int(known.sum()))
