"""Everybody's accuracy against the project's bar, what is worth a look, and the way to one person."""

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from core.services.quality import person as quality_person
from core.services.quality.person import Standing, Team
from core.store.engine import reading
from ui import address, charts, figures, headings, navigation
from ui.insight import head, person_page, quality_charts
from ui.insight.head import Opened
from ui.insight.quality_charts import Range
from ui.insight.scope import in_address
from ui.people import words as people_words
from ui.people.words import DECISIONS, MARKS, SHORT_SIGNS, SIGNS
from ui.text import _, _n, plain

SHOWN = 40
"""People in the chart, the lowest of all; the table has everybody."""


def show() -> None:
    opened = head.opened(_("Annotators"))
    if opened is None:
        return
    with reading() as session:
        team = quality_person.team(session, opened.actor, opened.assessment)
    name = address.get("person")
    if name and any(one.name == name for one in team.people):
        person_page.show(opened, name)
    else:
        _everybody(opened, team)


def _everybody(opened: Opened, team: Team) -> None:
    headings.section(_("Accuracy on gold items"))
    _accuracy(opened, team)
    _choose(team)
    _signs(opened, team)
    with st.expander(_("About these figures"), icon=":material/info:"):
        st.markdown(
            _(
                "Accuracy is the share of gold items answered correctly by the current gold answers; "
                "hidden checks and references count together. The line is the 95% confidence "
                "interval. Decisions use the whole interval, which is drawn towards the team's while "
                "there are few answers. “Like the others” compares with the majority of other "
                "annotators, who may all be wrong. Times are compared item by item, so long items do "
                "not count as slow work."
            )
        )


# Accuracy -------------------------------------------------------------------------------------------------------------


def _accuracy(opened: Opened, team: Team) -> None:
    measured = [one for one in team.people if one.accuracy is not None]
    key = f"{opened.slug}-annotators"
    if not measured:
        st.write(_("No gold items have been answered yet. Import gold, or turn on hidden checks in "
                   "the project; then this chart shows who meets the target."))  # fmt: skip
        charts.show_table(key, _table(team.people))
        return
    bar = _("target {share}").format(share=figures.percent(team.bar))
    figure = quality_charts.ranges([_row(one) for one in measured[-SHOWN:]], share=True, line=team.bar, line_name=bar)
    st.markdown(sentence(team))
    picked = st.plotly_chart(
        figure, key=f"{key}_chart", theme=None, config={"displayModeBar": False, "responsive": True}, alt=sentence(team),
        on_select="rerun", selection_mode="points",
    )  # fmt: skip
    charts.show_table(key, _table(team.people))
    if points := picked["selection"]["points"]:
        _open(measured[-SHOWN:][round(points[0]["y"])].name)


def _row(one: Standing) -> Range:
    return Range(
        one.name, people_words.decided(one), one.accuracy, colour=people_words.colour(one.decision), mark=MARKS[one.decision]
    )  # fmt: skip


def sentence(team: Team) -> str:
    measured = [one for one in team.people if one.accuracy is not None]
    by = {decision: [one for one in measured if one.decision == decision] for decision in DECISIONS}
    whole = _n("{n} of {all} annotators meets the target of {bar}.", "{n} of {all} annotators meet the target of {bar}.", len(by["pass"])).format(
        n=len(by["pass"]), all=len(measured), bar=figures.percent(team.bar)
    )  # fmt: skip
    parts = [whole]
    if by["below"]:
        parts.append(_("Significantly below: {names}. Talk it through, train, or pause.").format(names=people_words.people_named(by["below"])))  # fmt: skip
    if by["doubtful"]:
        parts.append(
            _("May be below target; too few gold items to act on: {names}.").format(
                names=people_words.people_named(by["doubtful"])
            )
        )
    if by["measuring"]:
        parts.append(
            _("More hidden checks are needed for {names}.").format(names=people_words.people_named(by["measuring"]))
        )
    return figures.sentences(*parts)


def _table(people: Sequence[Standing]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            _("Person"): [one.name for one in people],
            _("Answers"): [one.labels for one in people],
            _("Gold items"): [0 if one.accuracy is None else one.accuracy.n for one in people],
            _("Correct"): [one.correct for one in people],
            _("Accuracy"): [None if one.accuracy is None else round(one.accuracy.value, 3) for one in people],
            _("Low"): [None if one.accuracy is None else round(one.accuracy.low, 3) for one in people],
            _("High"): [None if one.accuracy is None else round(one.accuracy.high, 3) for one in people],
            _("Decision"): [_(DECISIONS[one.decision]) for one in people],
            _("Like the others"): [None if one.consensus is None else round(one.consensus.value, 3) for one in people],
            _("Bits per answer"): [None if one.information is None else round(one.information, 2) for one in people],
            _("Time relative to the team"): [None if one.pace is None else round(one.pace.value, 2) for one in people],
            _("Repeat consistency"): [
                None if one.consistency is None else round(one.consistency.value, 2) for one in people
            ],
            _("Upheld in review"): [None if one.upheld is None else round(one.upheld.value, 2) for one in people],
            _("Sent back"): [one.returned for one in people],
            _("Signs"): [", ".join(_(SHORT_SIGNS[sign]) for sign in one.signs) for one in people],
        }
    )


def _open(name: str) -> None:
    address.put(person=name)
    st.rerun()


# To one person --------------------------------------------------------------------------------------------------------


def _choose(team: Team) -> None:
    names = [one.name for one in team.people]
    address.optional("person", _("Look at one annotator"), names, placeholder=_("Choose a person"), width=address.WIDTH)


def _signs(opened: Opened, team: Team) -> None:
    watched = [one for one in team.people if one.signs]
    if not watched:
        return
    headings.section(_("Worth a look"))
    for n, one in enumerate(watched):
        with st.container(border=True, key=f"signs_{n}"):
            words, link = st.columns([5, 1.4], vertical_alignment="center")
            words.markdown(f"**{plain(one.name)}** · " + "; ".join(_(SIGNS[sign]) for sign in one.signs))
            link.page_link(
                navigation.page("annotators"), label=_("Look closer"), icon=":material/arrow_forward:", icon_position="right",
                query_params={**in_address(opened.slug, opened.scope), "person": one.name},
            )  # fmt: skip
