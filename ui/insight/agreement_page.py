"""Agreement: how far people agree on each target, on its classes, by batch, with each other and with themselves."""

from collections.abc import Sequence

import streamlit as st

from core.services.quality import cuts as quality_cuts
from core.services.quality.cuts import Dimension
from ui import address, headings
from ui.insight import agreement_charts, agreement_words, head, scope
from ui.insight.head import Opened
from ui.text import _


def show() -> None:
    if found := head.opened(_("Agreement")):
        target = _target(found)
        _whole(found, target)
        _classes(found, target)
        _cuts(found, target)
        _people(found, target)
        _oneself(found, target)


def _target(found: Opened) -> str:
    """The one in the address, or the first; where there are several, all of them come first on the page."""
    targets = list(found.assessment.targets)
    project = found.assessment.evidence.project
    if len(targets) > 1:
        agreement_charts.targets(found)
    return scope.target(project, targets)


def _whole(found: Opened, target: str) -> None:
    agreed = found.assessment.report["targets"][target]["agreement"]
    if agreed["percent"] is None:
        st.write(agreement_words.why_not(agreed))
        return
    agreement_charts.whole(found, target)
    for note in agreement_words.notes(found, target):
        st.caption(note)


def _classes(found: Opened, target: str) -> None:
    if found.assessment.report["targets"][target]["agreement"]["classes"]:
        headings.section(_("Agreement by class"))
        agreement_charts.classes(found, target)


def _cuts(found: Opened, target: str) -> None:
    differing = quality_cuts.differing(found.assessment)
    if not differing:
        return
    headings.section(_("By batch, language and guideline version"))
    by = differing if len(differing) == 1 else _chosen(differing)
    agreement_charts.cuts(found, target, by)


def _chosen(differing: Sequence[Dimension]) -> tuple[Dimension, ...]:
    """Which of them to tell apart; all of them unless the reader says otherwise."""
    names = {str(name): words for name, words in agreement_words.dimensions().items()}
    chosen = address.several("by", _("Break down by"), differing, names.__getitem__, default=differing)
    return tuple(name for name in differing if name in chosen)


def _people(found: Opened, target: str) -> None:
    team = quality_cuts.team(found.assessment, target)
    if team is not None:
        headings.section(_("Between annotators"))
        agreement_charts.people(found, target, team)


def _oneself(found: Opened, target: str) -> None:
    headings.section(_("Self-consistency"))
    again = quality_cuts.again(found.assessment, target)
    if again is None:
        st.write(agreement_words.no_repeats(found.assessment.evidence.project.policy.repeat_rate))
    else:
        agreement_charts.oneself(found, again)
