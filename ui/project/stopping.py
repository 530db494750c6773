"""Adaptive overlap of a project: whether answers are asked for where the consensus is in doubt, and how sure is enough."""

from dataclasses import dataclass
from random import SystemRandom

import streamlit as st

from core.permissions import Actor
from core.services.policies import Stopping
from core.services.projects import ProjectView
from core.services.stopping import asking
from core.services.stopping.asking import Switched
from core.services.stopping.confidence import NO_CONFIDENCE, decidable
from core.store.engine import transaction
from ui import auth, figures, headings, navigation, state
from ui.project.words import navigation_has
from ui.text import _, _n, plain

WIDTH = 220


@dataclass(frozen=True)
class _Typed:
    """What stands in the form; `problem` says why it cannot be saved."""

    wanted: Stopping | None
    problem: str = ""


def show(actor: Actor, project: ProjectView) -> None:
    headings.section(_("Adaptive overlap"))
    st.caption(
        _(
            "Collects few answers for every item first and requests more only where the consensus is "
            "in doubt. Items in the queue change at once. Answers are kept, and items in progress "
            "stay with their annotators."
        )
    )
    now = project.policy.stopping
    if not decidable(project.rubric):
        st.write(_(NO_CONFIDENCE))
        if now is None:
            return
    on = st.toggle(
        _("Request more answers where the consensus is in doubt"), now is not None, key=f"adaptive:{project.slug}"
    )
    typed = _fields(project, now or Stopping()) if on else _Typed(None)
    if typed.problem:
        st.markdown(f":red[:material/error: {typed.problem}]")
    elif not on and now is not None:
        n = project.policy.overlap
        st.caption(
            _n(
                "Every item then needs {n} answer, finished ones too.",
                "Every item then needs {n} answers, finished ones too.",
                n,
            ).format(n=n)
        )
    with st.container(horizontal=True, vertical_alignment="center"):
        ready = not typed.problem and typed.wanted != now
        if st.button(_("Save adaptive overlap"), disabled=not ready, key="save_stopping"):
            _save(actor, project, typed.wanted)
        if now is not None and navigation_has("stopping"):
            st.page_link(
                navigation.page("stopping"), label=_("See what it saves"), icon=":material/front_hand:",
                query_params={"project": project.slug},
            )  # fmt: skip


def _fields(project: ProjectView, rule: Stopping) -> _Typed:
    slug, currency = project.slug, project.policy.rates.currency
    with st.container(horizontal=True, gap="medium"):
        start = st.number_input(_("Initial answers per item"), 1, 20, rule.start, key=f"stop_start:{slug}", width=WIDTH)
        most = st.number_input(_("Maximum answers"), 1, 100, rule.most, key=f"stop_most:{slug}", width=WIDTH)
        sure = st.number_input(
            _("Confidence threshold (%)"), 51, 99, round(rule.confidence * 100), key=f"stop_sure:{slug}", width=WIDTH,
            help=_("No more answers are requested for an item whose consensus is at least this likely to be correct."),
        )  # fmt: skip
        share = st.number_input(
            _("Audit sample (%)"), 0, 50, round(rule.audit_share * 100), key=f"stop_audit:{slug}", width=WIDTH,
            help=_("Items drawn at random get every answer. Agreement and the cost of stopping early are "
                "measured on them."),
        )  # fmt: skip
        cost = st.number_input(
            _("Cost per error ({currency})").format(currency=plain(currency)), 0.0, None, rule.error_cost, step=0.5,
            key=f"stop_cost:{slug}", width=WIDTH, placeholder=_("not given"),
            help=_("With an hourly rate set, no label is requested where it costs more than the errors it "
"may prevent."),
        )  # fmt: skip
    if most < start:
        return _Typed(None, _("The maximum number of answers can't be below the initial number."))
    changed = {"start": int(start), "most": int(most), "error_cost": cost or None}
    shares = {"confidence": _kept(rule.confidence, sure), "audit_share": _kept(rule.audit_share, share)}
    return _Typed(Stopping(**changed, **shares))


def _kept(before: float, percent: float) -> float:
    """A share with parts of a percent stays as it is while nobody touches it."""
    return before if round(before * 100) == percent else percent / 100


def _save(actor: Actor, project: ProjectView, wanted: Stopping | None) -> None:
    with transaction() as session:
        done = asking.set_policy(session, actor, project.slug, wanted, now=auth.now(), rng=SystemRandom())
    state.flash(_said(done, wanted))
    st.rerun()


def _said(done: Switched, wanted: Stopping | None) -> str:
    opened = _n("{n} item came open again.", "{n} items came open again.", done.opened).format(
        n=figures.number(done.opened)
    )
    if wanted is None:
        return figures.sentences(_("Saved."), opened)
    track = _n("{n} item is in the audit sample.", "{n} items are in the audit sample.", done.audit).format(
        n=figures.number(done.audit)
    )
    return figures.sentences(_("Saved."), opened, track)
