"""How sure a project may be of each item, as adaptive overlap decides by it, and what another label costs."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from core.errors import N_
from core.services.policies import Policy as ProjectPolicy, Stopping
from core.services.quality.data import Evidence, Measured
from core.services.quality.reporting import Assessment
from core.stats import overlap
from core.stats.calibration import Calibration
from core.stats.grading import METHODS
from core.stats.labels import MISSING, Codes, Flags, Floats, Labels
from core.stats.overlap import Policy
from core.stats.truth import Posterior
from core.store import figure_items
from core.tasks.base import TaskType

MOST_CELLS = 20_000_000
NO_CONFIDENCE = N_(
    "Answers of this kind are near or far, not right or wrong, so confidence can't be estimated. Use "
    "a fixed number of answers instead."
)
TOO_MANY = N_("There are too many different answers here to estimate confidence.")
_CLASSES = ("nominal", "ordinal", "set", "rank")
_OPEN, _DONE = figure_items.STATES.index("open"), figure_items.STATES.index("done")


@dataclass(frozen=True)
class Sureness:
    """One target's items, as many as anybody has answered: labels in the order they came, and the tempered posterior in
    which each item's own gold is unknown. `confidence` is that of the recommended method's answer."""

    target: str
    method: str
    items: Codes
    collected: Codes
    """Answers of each item; those to which the target does not apply are no labels."""
    labels: Labels
    gold: Codes
    posterior: Posterior
    said: Codes
    """What each item comes to by the recommended method; -1 unknown."""
    confidence: Floats
    calibration: Calibration
    team: Floats | None
    audit: Flags
    done: Flags
    open: Flags
    seconds: float | None
    """Mean active time of a label."""
    last_answer: int
    """The newest answer that was looked at."""


def sureness(assessment: Assessment) -> Sureness | str:
    """Worked out once for an assessment; why not, where it cannot be."""
    return assessment.view("stopping: sureness", lambda: _sureness(assessment))


def _sureness(assessment: Assessment) -> Sureness | str:
    evidence = assessment.evidence
    measured = next((one for one in evidence.targets.values() if one.scale in _CLASSES), None)
    if measured is None:
        return NO_CONFIDENCE
    size = max(len(evidence.items), len(evidence.people) * len(measured.names)) * max(len(measured.names), 1)
    if size > MOST_CELLS:
        return TOO_MANY
    return _of(assessment, evidence, measured)


def _of(assessment: Assessment, evidence: Evidence, measured: Measured) -> Sureness:
    labels = evidence.table(measured, evidence.labels)
    posterior, calibration = overlap.sure(labels, measured.gold)
    method = assessment.targets[measured.target.name].report["recommended"] or "map_dawid_skene"
    said = METHODS[method](labels).best if method in METHODS else posterior.best
    return Sureness(
        measured.target.name, method, evidence.items, _collected(evidence), labels, measured.gold, posterior, said, _confidence(said, posterior),
        calibration, overlap.team_of(posterior, labels), evidence.about.audit, evidence.about.state == _DONE,
        evidence.about.state == _OPEN,
        _seconds(evidence), int(evidence.answers.id.max(initial=0)),
    )  # fmt: skip


def _collected(evidence: Evidence) -> Codes:
    return np.bincount(evidence.item[evidence.labels], minlength=len(evidence.items)).astype(np.int64)


def _confidence(said: Codes, posterior: Posterior) -> Floats:
    """Other methods have answers of their own; how probable those are, the model says that was held against gold."""
    own = posterior.probability[np.arange(len(said)), np.maximum(said, 0)]
    return np.where(said == MISSING, posterior.confidence, own)


def _seconds(evidence: Evidence) -> float | None:
    spent = evidence.answers.seconds[evidence.labels]
    spent = spent[np.isfinite(spent)]
    return float(spent.mean()) if len(spent) else None


def price_of(seconds: float | None, policy: ProjectPolicy) -> float | None:
    """What one more label costs; None while nobody has timed work, or no rate is set."""
    rate = float(policy.rates.per_hour)
    return seconds * rate / 3600 if seconds and rate else None


def rule_of(stopping: Stopping, price: float | None) -> Policy:
    """The project's policy as the statistics take it."""
    dear = price is not None and stopping.error_cost is not None
    least = price / stopping.error_cost if dear and price and stopping.error_cost else 0.0
    return Policy(stopping.start, stopping.most, stopping.confidence, stopping.audit_share, least)


def worth(found: Sureness, rule: Policy) -> Floats:
    """Of one more label on each item, as core.stats.overlap.priority has it; none where people say that the target does not
    apply, however unsure that leaves it."""
    valued = overlap.priority(
        found.posterior, found.collected, rule, found.audit, found.team, confidence=found.confidence
    )
    silent = (found.labels.per_item == 0) & (found.collected >= rule.start) & ~found.audit
    return np.where(silent, 0.0, valued)


def decidable(rubric: TaskType[Any, Any]) -> bool:
    """Whether any of its answers are right or wrong, so that one can be sure of them."""
    return any(target.scale in _CLASSES for target in rubric.targets())
