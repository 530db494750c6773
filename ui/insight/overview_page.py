"""Overview: the page that answers most days, with everything behind it one click below."""

from collections.abc import Callable, Mapping

import streamlit as st

from core.permissions import Right
from core.services import overview
from core.services.overview import Overview
from core.services.quality.assessments import EVERYTHING
from core.store.engine import reading
from ui import auth, headings, navigation
from ui.insight import head, overview_charts, overview_words, scope as insight_scope
from ui.insight.head import Opened
from ui.insight.overview_words import ACTIONS, COLOURS, ICONS, STATES, State
from ui.text import _, _n

Link = tuple[str, str]
"""A page's path, and what to say on the way there."""


def show() -> None:
    if opened := head.opened(_("Overview")):
        with reading() as session:
            found = overview.overview(session, opened.actor, opened.assessment, now=auth.now())
        st.markdown(f"**{overview_words.headline(found)}**")
        if opened.scope != EVERYTHING:
            st.caption(
                _("Quality is that of the answers chosen above; speed, cost and finish are the whole project's.")
            )
        _decisions(opened, found)
        _blocks(opened, found)


def _decisions(opened: Opened, found: Overview) -> None:
    if not found.decisions:
        if Right.REVIEW in found.rights:
            st.caption(_("Nothing waits for a decision."))
        return
    n = len(found.decisions)
    headings.section(_n("{n} thing waits for a decision", "{n} things wait for a decision", n).format(n=n))
    for decision in found.decisions:
        with st.container(border=True, key=f"decision_{decision.kind}"):
            words, link = st.columns([5, 1.5], vertical_alignment="center")
            words.markdown(overview_words.decision(found, decision))
            with link:
                _link(opened, found, (decision.page, _(ACTIONS[decision.page])), dict(decision.query))


def _blocks(opened: Opened, found: Overview) -> None:
    drawn: list[Callable[[], None]] = [lambda: _quality(opened, found), lambda: _speed(opened, found)]
    if found.cost is not None:
        drawn.append(lambda: _cost(opened, found))
    drawn.append(lambda: _finish(opened, found))
    for start in range(0, len(drawn), 2):
        for column, draw in zip(st.columns(2), drawn[start : start + 2], strict=False):
            with column, st.container(border=True, height="stretch"):
                draw()


def _quality(opened: Opened, found: Overview) -> None:
    _head(_("Quality"), overview_words.quality_state(found.quality))
    overview_charts.quality(found)
    links = [("agreement", _("Agreement")), ("annotators", _("Annotators")), ("items", _("Items in doubt"))]
    _links(opened, found, links)


def _speed(opened: Opened, found: Overview) -> None:
    _head(_("Speed"), overview_words.speed_state(found.speed))
    overview_charts.speed(found)
    _links(opened, found, [("progress", _("Work by person")), ("annotators", _("Annotators"))])


def _cost(opened: Opened, found: Overview) -> None:
    if found.cost is not None:
        _head(_("Cost"), None)
        overview_charts.cost(found, found.cost)
        _links(
            opened, found, [("progress", _("Labelling hours by person")), ("stopping", _("Answers that can be saved"))]
        )


def _finish(opened: Opened, found: Overview) -> None:
    _head(_("Finish"), overview_words.finish_state(found.finish))
    overview_charts.finish(found)
    _links(opened, found, [("progress", _("Progress")), ("items", _("Items"))])


def _head(title: str, state: State | None) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        headings.section(title, width="content")
        if state is not None:
            st.badge(_(STATES[state]), icon=ICONS[state], color=COLOURS[state])


VIEWS: Mapping[str, Mapping[str, str]] = {"items": {"view": "answered"}}
"""Which view of a page the figures here are about."""


def _links(opened: Opened, found: Overview, links: list[Link]) -> None:
    with st.container(horizontal=True, gap="medium"):
        for link in links:
            _link(opened, found, link)


def _link(opened: Opened, found: Overview, link: Link, more: Mapping[str, str] | None = None) -> None:
    """Only to pages that there are and that the reader may open."""
    path, words = link
    entry = next((entry for entry in navigation.entries() if entry.path == path), None)
    if entry is not None and entry.open_to(found.rights):
        st.page_link(
            navigation.page(path), label=words, icon=":material/arrow_forward:", icon_position="right", width="content",
            query_params={**insight_scope.in_address(opened.slug, opened.scope), **VIEWS.get(path, {}), **(more or {})},
        )  # fmt: skip
