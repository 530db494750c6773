"""Stopping: what adaptive overlap has saved, at what risk, what it asks next, and what other settings would have done."""

import pandas as pd
import streamlit as st

from core.services.stopping import report as stopping_report, rounds as stopping_rounds
from core.services.stopping.report import Report
from core.store.engine import reading
from ui import auth, charts, figures, headings, navigation, state
from ui.frame import show_errors
from ui.insight import head, stopping_charts, stopping_replay, stopping_words
from ui.insight.quality_words import target_name
from ui.text import _, _n, plain


def show() -> None:
    found = head.opened(_("Stopping rule"))
    if found is None:
        return
    with reading() as session:
        report = stopping_report.report(session, found.actor, found.slug, found.assessment)
    if isinstance(report, str):
        st.write(_(report))
        return
    _policy(report)
    if report.on:
        _saved(report)
        _risk(report)
        _next(report)
    headings.section(_("Item status"))
    stopping_charts.depths(report)
    stopping_charts.confidence(report)
    headings.section(_("Other settings compared"))
    stopping_replay.show(found, report)


def _policy(report: Report) -> None:
    name = plain(target_name(report.project, report.target))
    with st.container(horizontal=True, vertical_alignment="center"):
        st.badge(_("on") if report.on else _("off"), color="green" if report.on else "gray", icon=None)
        st.caption(_("by the answers to: {target}").format(target=name))
    if report.on:
        st.markdown(stopping_words.policy(report.rule))
    else:
        st.markdown(_off(report))
    st.caption(figures.sentences(stopping_words.calibration(report), stopping_words.cost(report)))
    if report.manages:
        _link_to_project(report)


def _off(report: Report) -> str:
    n = report.project.policy.overlap
    start = _n("Every item here needs {n} answer.", "Every item here needs {n} answers.", n).format(n=n)
    rest = _(
        "Adaptive overlap collects few answers first and requests more only where the consensus is "
        "in doubt. The charts below use its default settings; turn it on in the project, under Queue."
    )
    return figures.sentences(start, rest)


# What it saves ---------------------------------------------------------------------------------------------------------


def _saved(report: Report) -> None:
    spared = report.spared
    headings.section(_("Saved so far"))
    if spared is None:
        st.write(_("No item is finished yet. Once some are, this shows how many answers they did not need."))
        return
    st.markdown(stopping_words.saved(spared))
    with st.container(horizontal=True, gap="medium"):
        share = spared.saved / spared.in_full if spared.in_full else 0
        _figure(_("Answers saved"), figures.number(spared.saved), figures.percent(share))
        _figure(_("Active hours saved"), "–" if spared.hours is None else figures.hours(spared.hours))
        amount = "–" if spared.amount is None else stopping_words.money(report, spared.amount)
        _figure(_("Money saved"), amount, "" if spared.amount is not None else _("no hourly rate is set"))


def _figure(label: str, value: str, note: str = "") -> None:
    with st.container(width="content"):
        end = f" :small[:gray[{note}]]" if note else ""
        st.markdown(f":small[:gray[{label}]]  \n**{value}**{end}")


def _risk(report: Report) -> None:
    if report.spared is None and report.audited is None:
        return
    headings.section(_("Risk"))
    stopping_charts.risk(report)
    if report.audited is None:
        track = _n("{n} answered item is in the audit sample.", "{n} answered items are in the audit sample.", report.audit_items)  # fmt: skip
        st.caption(track.format(n=figures.number(report.audit_items)))


# What comes next -------------------------------------------------------------------------------------------------------


def _next(report: Report) -> None:
    headings.section(_("Next to request"))
    if not report.to_ask:
        st.write(_("No requests are due: every finished item is confident enough or has all its answers."))
        return
    st.markdown(_to_ask(report))
    if report.may_ask:
        _ask_now(report)
    rows = report.next
    table = pd.DataFrame(
        {
            _("Item"): [row.item for row in rows],
            _("Answers"): [row.labels for row in rows],
            _("Confidence"): [round(row.confidence * 100, 1) for row in rows],
            _("Expected gain from one more answer"): [
                None if row.gain is None else round(row.gain * 100, 1) for row in rows
            ],
        }
    )
    percent = st.column_config.NumberColumn(format="%.1f%%")
    charts.show_table(
        f"{report.project.slug}-next", table, **{_("Confidence"): percent, _("Expected gain from one more answer"): percent}
    )  # fmt: skip


def _to_ask(report: Report) -> str:
    start = _n(
        "{n} finished item is in doubt and gets one more request, least confident first. This "
"happens about once a minute while the project is live.",
        "{n} finished items are in doubt and get one more request each, least confident first. "
"This happens about once a minute while the project is live.",
        report.to_ask,
    ).format(n=figures.number(report.to_ask))  # fmt: skip
    if not report.nobody_left:
        return start
    stuck = _n(
        "{n} of them waits: every annotator here has answered it. Add annotators, or submit a verdict.",
        "{n} of them wait: every annotator here has answered them. Add annotators, or submit verdicts.",
        report.nobody_left,
    ).format(n=figures.number(report.nobody_left))  # fmt: skip
    return figures.sentences(start, stuck)


def _ask_now(report: Report) -> None:
    if not st.button(_("Request answers now"), key="ask_now", icon=":material/front_hand:"):
        return
    with show_errors():
        asked = stopping_rounds.ask_now(auth.current_actor(), report.project.slug, now=auth.now()).asked
        words = _n(
            "One more answer is requested for {n} item.", "One more answer each is requested for {n} items.", asked
        )
        none = _("No more answers can be requested right now.")
        state.flash(words.format(n=figures.number(asked)) if asked else none, "success" if asked else "info")
        st.rerun()


def _link_to_project(report: Report) -> None:
    st.page_link(
        navigation.page("projects"), label=_("Open the project"), icon=":material/arrow_forward:",
        query_params={"project": report.project.slug, "tab": "queue"},
    )  # fmt: skip
