"""What a person who has just joined sees first: their projects and how to begin, or that a lead adds them."""

from collections.abc import Mapping
from datetime import UTC, datetime

import streamlit as st

from core.errors import N_
from core.permissions import Actor, Right
from core.services import people, projects
from core.services.choices import Choice, choices, not_open_yet
from core.services.projects import ProjectView
from core.store.engine import reading
from ui import headings, navigation
from ui.project.words import STATE_COLOURS, task_name
from ui.text import _, content, plain
from ui.words import state_name

STEPS = (
    N_("Open a project. Its guidelines come first: read and accept them."),
    N_("Answer at your own pace. Every answer is saved as you give it, and active time is counted."),
    N_("Press G for the guidelines and ? for the keys at any time."),
    N_("Under My work you find your answers, and what a reviewer sends back to you."),
)
BEGINNINGS: Mapping[Right, tuple[str, str]] = {
    Right.MANAGE_PROJECT: ("projects", N_("Open projects")),
    Right.REVIEW: ("review", N_("Open the review queue")),
    Right.SEE_PROGRESS: ("overview", N_("Open the overview")),
}
"""Where those begin who do not label, by the first right that they have: page and words."""


def show(actor: Actor) -> None:
    headings.page_title(_("Welcome, {name}").format(name=plain(actor.name)))
    with reading() as session:
        mine, labelled = projects.listed(session, actor), choices(session, actor, now=datetime.now(UTC))
        drafts = not_open_yet(session, actor)
        rights = people.rights(session, actor)
    if not mine:
        st.write(_("You are not in a project yet. Your lead adds you to one; then it appears here and in the menu."))
        return
    headings.section(_("Your projects"))
    by_slug = {choice.project.slug: choice for choice in labelled}
    waiting = {project.slug for project in drafts}
    for project in mine:
        _project(project, by_slug.get(project.slug), waits=project.slug in waiting)
    if labelled or (waiting and Right.MANAGE_PROJECT not in rights):
        _steps()
        return
    for page, words in [begin for right, begin in BEGINNINGS.items() if right in rights][:1]:
        st.page_link(navigation.page(page), label=_(words), icon=":material/arrow_forward:")


def _project(project: ProjectView, choice: Choice | None, *, waits: bool) -> None:
    with st.container(border=True, horizontal=True, vertical_alignment="center", key=f"welcome_{project.slug}"):
        about = (
            f"{task_name(project.task)} · {_('not open yet: its lead starts it')}" if waits else task_name(project.task)
        )
        st.container().markdown(f"**{plain(content(project.title))}**  \n:small[{about}]")
        st.badge(state_name(project.state), color=STATE_COLOURS[project.state])
        if choice and not choice.paused:
            st.page_link(
                navigation.page("compare" if choice.compares else "label"),
                label=_("Start"),
                icon=":material/arrow_forward:",
                icon_position="right",
                width="content",
                query_params={"project": project.slug},
            )


def _steps() -> None:
    headings.section(_("Next steps"))
    st.markdown("\n".join(f"{n}. {_(step)}" for n, step in enumerate(STEPS, 1)))
