"""One project for its lead: the heading, and the parts behind tabs."""

from collections.abc import Callable, Mapping

import streamlit as st

from core.errors import N_
from core.permissions import Actor, Right
from core.services import projects
from core.services.projects import ProjectView
from core.store.engine import reading
from ui import address, headings, navigation
from ui.frame import show_errors
from ui.project import (
    danger as project_danger,
    guidelines as project_guidelines,
    overview as project_overview,
    people as project_people,
    pilot as project_pilot,
    policy as project_policy,
    queue as project_queue,
    rubric as project_rubric,
)
from ui.project.words import STATE_COLOURS, task_name
from ui.text import _, content, plain
from ui.words import state_name

TABS: Mapping[str, tuple[str, Callable[[Actor, ProjectView], None]]] = {
    "overview": (N_("Overview"), project_overview.show),
    "rubric": (N_("Rubric"), project_rubric.show),
    "guidelines": (N_("Guidelines"), project_guidelines.show),
    "people": (N_("People"), project_people.show),
    "policy": (N_("Policy"), project_policy.show),
    "queue": (N_("Queue"), project_queue.show),
    "pilot": (N_("Pilot"), project_pilot.show),
    "close": (N_("Pause, close, delete"), project_danger.show),
}


def show(actor: Actor, slug: str) -> None:
    st.page_link(navigation.page("projects"), label=_("All projects"), icon=":material/arrow_back:")
    with reading() as session:
        project = projects.get(session, actor, slug)
        projects.require_in(session, actor, project.id, Right.MANAGE_PROJECT)
    _heading(project)
    tab = address.pills(
        "tab", _("Part of the project"), list(TABS), lambda name: _(TABS[name][0]), default="overview", collapsed=True
    )
    with show_errors():
        TABS[tab][1](actor, project)


def _heading(project: ProjectView) -> None:
    headings.page_title(plain(content(project.title)))
    with st.container(horizontal=True, vertical_alignment="center"):
        st.badge(state_name(project.state), color=STATE_COLOURS[project.state])
        if project.simulated:
            st.badge(_("Simulated"), color="gray", icon=":material/theater_comedy:")
        st.caption(f"{task_name(project.task)} · {plain(project.slug)}")
