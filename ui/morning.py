"""The page to open each morning: what needs the lead, topic by topic, and how every project stands."""

from collections.abc import Sequence
from itertools import groupby

import streamlit as st

from core.services.concerns import Concern, Morning
from core.services.progress import Overview
from ui import concern_words, figures, headings, navigation
from ui.concern_words import ICONS, TOPICS
from ui.project.pick import link_to_templates
from ui.project.words import STATE_COLOURS, navigation_has
from ui.text import _, _n, content, plain
from ui.words import state_name

LINE_WIDTHS = (4, 1.2)
"""What is the matter, and the way there: beneath each other on a phone."""
ORDER = ("live", "pilot", "paused", "draft", "done")
"""Of projects on a page: where work goes on comes first."""


def show(morning: Morning) -> None:
    headings.page_title(_("Today"))
    if not morning.projects:
        _empty()
        return
    st.markdown(_headline(morning.pressing))
    for topic, causes in groupby(morning.causes, key=lambda cause: cause[0].topic):
        headings.section(_(TOPICS[topic]))
        for cause in causes:
            with st.container(border=True, key=f"concern_{topic}_{cause[0].kind}"):
                _cause(cause)
    headings.section(_("Projects"))
    _standings(morning.projects)


def _headline(pressing: int) -> str:
    if not pressing:
        return _("Nothing needs your attention.")
    return _n("{n} thing needs your attention.", "{n} things need your attention.", pressing).format(n=pressing)


def _empty() -> None:
    st.write(_("Each morning this page says what needs you: what is blocked, late, waiting or unusual."))
    with st.container(width="content"):
        link_to_templates(_("Create your first project"))


def _cause(cause: Sequence[Concern]) -> None:
    """One row; where it concerns several projects or people, a line for each."""
    icon = ICONS[cause[0].topic]
    if len(cause) > 1:
        st.markdown(f"{icon} **{concern_words.cause(cause[0].kind)}** · {figures.number(len(cause))}")
    for concern in cause:
        line(concern, _named(concern) if len(cause) > 1 else f"{icon} {_named(concern)}")


def _named(concern: Concern) -> str:
    return f"**{plain(content(concern.project.title))}** · " if concern.project else ""


def line(concern: Concern, before: str = "") -> None:
    """What is so, and the way to where it is mended."""
    words, way = st.columns(LINE_WIDTHS, vertical_alignment="center")
    words.markdown(f"{before}{concern_words.sentence(concern)}")
    if navigation_has(concern.page):
        with way:
            st.page_link(
                navigation.page(concern.page), label=concern_words.action(concern), icon=":material/arrow_forward:",
                icon_position="right", query_params=_place(concern), width="content",
            )  # fmt: skip


def _place(concern: Concern) -> dict[str, str]:
    return {**({"project": concern.project.slug} if concern.project else {}), **concern.at}


def _standings(overviews: Sequence[Overview]) -> None:
    for overview in sorted(overviews, key=lambda one: ORDER.index(one.project.state)):
        with st.container(border=True, gap="xxsmall"):
            project = overview.project
            with st.container(horizontal=True, vertical_alignment="center"):
                st.page_link(
                    navigation.page("progress"), label=f"**{plain(content(project.title))}**", icon=":material/monitoring:",
                    query_params={"project": project.slug},
                )  # fmt: skip
                st.badge(state_name(project.state), color=STATE_COLOURS[project.state])
            st.caption(" · ".join(filter(None, (_answers(overview), _accuracy(overview), _finish(overview)))))


def _answers(overview: Overview) -> str:
    if not overview.answers_wanted:
        return _("no items yet")
    if overview.project.state == "pilot":
        pilot = sum(count.answers for count in overview.days if count.purpose == "pilot")
        return _n("{n} answer in the pilot", "{n} answers in the pilot", pilot).format(n=figures.number(pilot))
    given, wanted = overview.answers_given, overview.answers_wanted
    said = _n("{given} of {wanted} answer", "{given} of {wanted} answers", wanted)
    return said.format(given=figures.number(given), wanted=figures.number(wanted))


def _accuracy(overview: Overview) -> str:
    return (
        ""
        if overview.gold is None
        else _("{found} accuracy on gold items").format(found=figures.percent_range(overview.gold))
    )


def _finish(overview: Overview) -> str:
    if overview.answers_wanted and not overview.finish.remaining:
        return _("all answered")
    expected = overview.finish.expected
    if expected is None or overview.project.state != "live":
        return ""
    return _("done about {date}").format(date=figures.day(expected))
