"""The choice of a project at the top of a page that is about one."""

from collections.abc import Sequence

import streamlit as st

from core.permissions import Actor, Right
from core.services import projects
from core.services.projects import ProjectView
from core.store.engine import reading
from ui import address, navigation


def pick(actor: Actor, right: Right, states: Sequence[str] = ()) -> ProjectView | None:
    """The project in the address, or the one chosen; None when there is none to choose. The newest comes first, or the
    one in the first of these states."""
    with reading() as session:
        found = projects.where(session, actor, right)
    if states:
        found.sort(key=lambda view: states.index(view.state))
    if not found:
        return None
    return address.project(found)


def link_to_templates(label: str) -> None:
    """Where a page finds no project: straight to what one can be made from."""
    st.page_link(navigation.page("projects"), label=label, icon=":material/add:", query_params={"new": "gallery"})
