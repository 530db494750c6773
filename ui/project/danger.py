"""Pausing, going back and closing: what stops people's work stands apart from everything else."""

from collections.abc import Mapping

import streamlit as st

from core.errors import N_
from core.permissions import Actor
from core.services.project_changes import MOVES
from core.services.projects import ProjectView
from ui.project.states import move
from ui.text import _

STEPS: Mapping[str, tuple[str, str]] = {
    "draft": (
        N_("Back to draft"),
        N_("Nobody can label until the pilot is started again. Pilot answers so far are kept."),
    ),
    "paused": (N_("Pause the project"), N_("People get no new items and are told so. Drafts are kept. You can go on at any time.")),
    "done": (N_("Close the project"), N_("Nothing is handed out any more. Answers stay and can be exported; it can be opened again.")),
}  # fmt: skip


def show(actor: Actor, project: ProjectView) -> None:
    offered = [to for to in STEPS if to in MOVES[project.state]]
    if not offered:
        st.write(_("There is nothing to pause or close now."))
    for to in offered:
        _step(actor, project, to)


def _step(actor: Actor, project: ProjectView, to: str) -> None:
    label, consequence = STEPS[to]
    with st.container(border=True):
        st.markdown(f"**{_(label)}**")
        st.write(_(consequence))
        sure = to != "done" or st.checkbox(_("Yes, close it"), key=f"sure:{project.slug}")
        if st.button(_(label), key=f"stop_{to}", disabled=not sure):
            move(actor, project, to)
