"""What pages about scores share: the target and class that the reader chose, the axis, and the groups of items."""

from collections.abc import Sequence

from core.errors import N_
from core.services.quality import scores as quality_scores
from core.services.quality.data import Evidence
from core.services.quality.scores import Amount
from core.stats.intervals import Interval
from core.stats.labels import Flags
from ui import address, figures
from ui.insight import scope
from ui.insight.head import Opened
from ui.insight.quality_words import class_name
from ui.text import _

LENGTHS = {"short": N_("the shortest third"), "middle": N_("the middle third"), "long": N_("the longest third")}


def amount(found: Opened) -> Amount | None:
    """None for targets that have nothing to average."""
    evidence = found.assessment.evidence
    project = evidence.project
    target = scope.target(project, evidence.targets)
    amounts = quality_scores.amounts(evidence, evidence.targets[target])
    if not amounts:
        return None
    if amounts[0].label is None:
        return amounts[0]
    labels = [one.label or "" for one in amounts]
    label = address.choice("label", _("Class"), labels, lambda name: class_name(project, name))
    return amounts[labels.index(label)]


def ends(amount: Amount, rows: Sequence[tuple[str, Interval | None]]) -> tuple[float, float] | None:
    """Of the axis: the scale's, or, where it has none, those of the figures; None for shares."""
    if amount.label is not None:
        return None
    if amount.low is not None and amount.high is not None:
        return amount.low, amount.high
    found = [one for _name, one in rows if one is not None]
    return min([0.0, *(one.low for one in found)]), max([1.0, *(one.high for one in found)])


def languages(evidence: Evidence) -> dict[str, Flags]:
    """By their names."""
    return {
        figures.language_name(tag) if tag else _("no language given"): items
        for tag, items in quality_scores.by_language(evidence).items()
    }


def lengths(evidence: Evidence) -> dict[str, Flags]:
    return {_(LENGTHS[name]): items for name, items in quality_scores.by_length(evidence).items()}
