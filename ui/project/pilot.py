"""The pilot: who labelled what, and the items on which two people differ most, answers side by side."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
import streamlit as st

from core.permissions import Actor
from core.services import pilot, preview
from core.services.choices import compares
from core.services.pilot import Compared, Given, PilotReport
from core.services.projects import ProjectView
from core.services.readiness import readiness
from core.store.engine import reading
from ui import address, answers, figures, headings, navigation
from ui.insight.agreement_words import whole, why_not
from ui.insight.quality_words import target_name
from ui.project import states
from ui.project.words import OUTCOMES, navigation_has
from ui.text import _, _n, plain

A_PAGE = 10


def show(actor: Actor, project: ProjectView) -> None:
    with reading() as session:
        report = pilot.report(session, actor, project.slug)
    if not report.compared:
        _nothing_yet(project)
        return
    _figures(project, report)
    _labellers(report)
    _close(actor, project, report)
    _disagreements(project, report)


def _nothing_yet(project: ProjectView) -> None:
    st.write(
        _n(
            "Here two annotators' answers to the same {n} item will be shown side by side.",
            "Here two annotators' answers to the same {n} items will be shown side by side, the furthest apart first.",
            project.policy.pilot.items,
        ).format(n=figures.number(project.policy.pilot.items))
    )
    if project.state == "draft":
        st.caption(_("Start the pilot from the overview; then you and a colleague label."))
    elif project.state == "pilot":
        label_link(project)


def label_link(project: ProjectView) -> None:
    page = "compare" if compares(project.task) else "label"
    if navigation_has(page):
        st.page_link(
            navigation.page(page), label=_("Label pilot items yourself"), icon=":material/edit_note:",
            query_params={"project": project.slug},
        )  # fmt: skip


def _figures(project: ProjectView, report: PilotReport) -> None:
    cells = st.columns(2)
    cells[0].metric(
        _("Items with all pilot answers"), _("{have} of {want}").format(have=report.complete, want=report.wanted)
    )
    first = next(iter(report.agreed.values()))
    if first["percent"] is not None:
        pairs = _n("{share} of {n} pair", "{share} of {n} pairs", first["pairs"])
        cells[1].metric(
            _("Same answer"), pairs.format(share=figures.percent(first["percent"]), n=figures.number(first["pairs"])),
            help=_("Counted as on *Agreement*: first answers only."),
        )  # fmt: skip
    for name, agreed in report.agreed.items():
        title = f"{plain(target_name(project, name))}: " if len(report.agreed) > 1 else ""
        words = why_not(agreed) if agreed["percent"] is None else whole(agreed)
        st.caption(f"{title}{words}")


def _labellers(report: PilotReport) -> None:
    rows = [
        {
            _("Person"): who.person,
            _("Answered"): who.submitted,
            _("Skipped"): who.passed_on,
            _("In progress"): who.in_hand,
            _("Last answer"): who.last_at,
        }
        for who in report.labellers
    ]
    last = {_("Last answer"): figures.moment_column(_("Last answer"))}
    st.dataframe(pd.DataFrame(rows), hide_index=True, column_config=last)


def _close(actor: Actor, project: ProjectView, report: PilotReport) -> None:
    states.way_back(actor, project)
    if project.state != "pilot":
        return
    with reading() as session:
        ready = readiness(session, actor, project.slug).ready
    with st.container(horizontal=True, vertical_alignment="center"):
        states.ask_to_go_live(project, _("End the pilot and go live"), enabled=ready, primary=True, key="close_pilot")
        label_link(project)
    states.going_live(actor, project)
    left = report.wanted - report.complete
    if left > 0:
        st.caption(
            _n("{n} pilot item still waits for answers.", "{n} pilot items still wait for answers.", left).format(
                n=left
            )
        )
    if not ready:
        st.caption(_("The overview says what is still needed."))


def _disagreements(project: ProjectView, report: PilotReport) -> None:
    apart = [item for item in report.compared if item.distance != 0]
    same = len(report.compared) - len(apart)
    headings.section(_("Disagreements"))
    if not apart:
        st.success(_("All answers agree on every item. If you expected that, go live."))
        return
    said = _n(
        "The furthest apart first. Discuss them, then decide each case in the guidelines. {n} item with the same answers is not listed.",
        "The furthest apart first. Discuss them, then decide each case in the guidelines. {n} items with the same answers are not listed.",
        same,
    )
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(said.format(n=figures.number(same)))
        if project.state == "pilot":
            st.page_link(
                navigation.page("projects"), label=_("Edit guidelines"), icon=":material/menu_book:", width="content",
                query_params={"project": project.slug, "tab": "guidelines"},
            )  # fmt: skip
    pages = -(-len(apart) // A_PAGE)
    start = (min(address.page(), pages) - 1) * A_PAGE
    for item in apart[start : start + A_PAGE]:
        _item(project, item)
    address.pager(pages)


def _item(project: ProjectView, item: Compared) -> None:
    screen = preview.drawn(project.task, project.settings, project.extras, item.payload)
    with st.container(border=True):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f"**{plain(item.key)}**", width="content")
            if item.distance is not None:
                st.badge(_("distance {d}").format(d=f"{item.distance:.2f}"), color="orange")
        for text in _head(screen["shows"]):
            st.text(text)
        for column, given in zip(st.columns(max(len(item.given), 2)), item.given, strict=False):
            with column:
                _given(screen, given)
        with st.expander(_("The whole item"), key=f"whole_{item.item_id}"):
            _whole(screen["shows"])


def _head(shows: Sequence[Mapping[str, Any]]) -> list[str]:
    """The beginning of the first thing shown."""
    texts = _texts(shows[0]) if shows else []
    return [text if len(text) <= 280 else text[:280] + "…" for _label, text in texts[-1:]]


def _texts(show: Mapping[str, Any]) -> list[tuple[str, str]]:
    """(who or what, text) of a passage, a chat or candidates, these by letter."""
    if show["kind"] == "candidates":
        names = answers.letters([c["id"] for c in show["candidates"]])
        return [(names[c["id"]], _candidate(c)) for c in show["candidates"]]
    if show["kind"] == "chat":
        return [(turn["role"], turn["text"]) for turn in show["turns"]]
    return [("", show["text"])]


def _candidate(candidate: Mapping[str, Any]) -> str:
    return candidate["text"] or "\n\n".join(f"{turn['role']}: {turn['text']}" for turn in candidate["turns"])


def _whole(shows: Sequence[Mapping[str, Any]]) -> None:
    for show in shows:
        for label, text in _texts(show):
            if label:
                st.markdown(f"**{plain(label)}**")
            st.text(text)


def _given(screen: Mapping[str, Any], given: Given) -> None:
    st.markdown(f"**{plain(given.person)}**")
    if given.outcome != "submitted":
        st.markdown(f"*{_(OUTCOMES[given.outcome])}*" + (f": {plain(given.reason)}" if given.reason else ""))
        return
    for question, words in answers.in_words(screen, given.answer):
        st.markdown(f"{plain(question)}  \n**{plain(words)}**")
    if rationale := given.extras.get("rationale"):
        st.caption(_("Reason given"))
        st.text(rationale)
    if not given.fits:
        st.caption(_("Given under earlier settings; not compared."))
