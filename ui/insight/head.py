"""What every page of Insight begins with: its title, the project, which answers count, and how fresh the figures are."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

import streamlit as st

from core.permissions import Actor, Right
from core.services import projects
from core.services.quality import assessments
from core.services.quality.assessments import Current, Scope
from core.services.quality.reporting import Assessment
from core.store.engine import reading
from ui import address, auth, figures, fragments, headings, progress_page
from ui.insight import scope as insight_scope
from ui.text import _, _n

POLL = timedelta(seconds=2)


@dataclass(frozen=True)
class Opened:
    """A page's project with the figures it draws."""

    actor: Actor
    slug: str
    scope: Scope
    assessment: Assessment
    manages: bool
    """Whether the reader leads the project."""


@dataclass(frozen=True)
class Begun:
    """A page's reader and project, before any figures."""

    actor: Actor
    slug: str
    manages: bool
    """Whether the reader leads the project."""


def opened(title: str, scope: Scope = assessments.EVERYTHING) -> Opened | None:
    """None where there is nothing to draw yet: the page has said why. The reader may narrow the scope."""
    begun = begin(title)
    return None if begun is None else figured(begun, scope)


def begin(title: str) -> Begun | None:
    actor = auth.current_actor()
    headings.page_title(title)
    if not (listed := progress_page.projects_to_see(actor)):
        progress_page.empty()
        return None
    slug = address.project(listed).slug
    with reading() as session:
        manages = projects.may(session, actor, projects.get(session, actor, slug).id, Right.MANAGE_PROJECT)
    return Begun(actor, slug, manages)


def figured(begun: Begun, scope: Scope = assessments.EVERYTHING, *, without_answers: bool = False) -> Opened | None:
    """`without_answers`: to be drawn though nobody has answered yet."""
    actor, slug = begun.actor, begun.slug
    scope = insight_scope.choose(actor, slug, scope)
    with reading() as session:
        found = assessments.current(session, actor, slug, now=auth.now(), scope=scope)
    if found.assessment is None:
        _wait(actor, slug, scope)
        return None
    _freshness(actor, slug, scope, found)
    if not found.assessment.report["labels"] and not without_answers:
        st.write(_("No answers yet. Once annotators have labelled, this page shows the quality of their answers."))
        return None
    return Opened(actor, slug, scope, found.assessment, begun.manages)


def _wait(actor: Actor, slug: str, scope: Scope) -> None:
    """Looks again until the figures are there."""

    @fragments.polling(actor, POLL)
    def look() -> None:
        with reading() as session:
            found = assessments.current(session, actor, slug, now=auth.now(), scope=scope)
        if found.assessment is not None:
            st.rerun()
        st.progress(found.working or 0.0, text=_("Calculating… Results appear here when ready."))

    look()


def _freshness(actor: Actor, slug: str, scope: Scope, shown: Current) -> None:
    """How old the figures are. While new ones are being worked out it tells how far they are, and leaves it to the reader
    when to show them: what somebody reads does not change under their eyes."""
    if shown.failed is not None:
        st.warning(_("Update failed; showing the previous results. Retrying within a minute."))
    if shown.working is None:
        st.caption(_age(shown))
        return

    @fragments.polling(actor, POLL)
    def look() -> None:
        with reading() as session:
            found = assessments.current(session, actor, slug, now=auth.now(), scope=scope)
        if found.assessment is shown.assessment:
            st.caption(_age(found))
        elif st.button(_("Show newer figures"), key="newer_figures"):
            st.rerun()

    look()


def _age(found: Current) -> str:
    parts: Sequence[str] = [_("Data as of {moment}.").format(moment=figures.moment(found.at))]
    if found.behind:
        since = _n("{n} change since then.", "{n} changes since then.", found.behind)
        parts = [*parts, since.format(n=figures.number(found.behind))]
    if found.working is not None:
        parts = [*parts, _("Recalculating… {share}").format(share=figures.percent(found.working))]
    return figures.sentences(*parts)
