"""Projects to sit down at, as cards: what each is, how much is left there, and the way in."""

from collections.abc import Sequence

import streamlit as st

from core.services.projects import ProjectView
from ui import navigation
from ui.project.words import STATE_COLOURS
from ui.text import _, _n, content, plain
from ui.words import state_name


def count(projects: int) -> None:
    st.caption(_n("{n} project", "{n} projects", projects).format(n=projects))


def card(
    project: ProjectView, page: str, *, about: Sequence[str], left: str, open_now: bool, paused: bool = False
) -> None:
    """`about`: particulars in a few words; `page` is where its desk is."""
    with st.container(border=True, key=f"choice_{project.slug}"):
        words, how_much, go = st.columns([5, 2, 1.4], vertical_alignment="center")
        with words.container(gap="xxsmall"):
            st.markdown(f"**{plain(content(project.title))}**")
            st.caption(" · ".join(about))
        how_much.markdown(left)
        if paused:
            go.badge(state_name("paused"), color=STATE_COLOURS["paused"])
        elif open_now:
            go.page_link(
                navigation.page(page), label=_("Start"), icon=":material/arrow_forward:", icon_position="right",
                query_params={"project": project.slug},
            )  # fmt: skip
