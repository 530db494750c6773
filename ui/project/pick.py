"""The choice of a project at the top of a page that is about one."""

from collections.abc import Sequence

import streamlit as st

from core.permissions import Actor, Right
from core.services import projects
from core.services.projects import ProjectView
from core.store.engine import reading
from ui.text import _, content


def pick(actor: Actor, right: Right, states: Sequence[str] = ()) -> ProjectView | None:
    """The project in the address, or the one chosen; None when there is none to choose. The newest comes first, or the
    one in the first of these states."""
    with reading() as session:
        found = projects.where(session, actor, right)
    if states:
        found.sort(key=lambda view: states.index(view.state))
    if not found:
        return None
    slugs = [view.slug for view in found]
    wanted = st.query_params.get("project")
    titles = {view.slug: f"{content(view.title)} · {view.slug}" for view in found}
    chosen = st.selectbox(
        _("Project"), slugs, index=slugs.index(wanted) if wanted in slugs else 0, format_func=titles.__getitem__, key="project_pick"
    )  # fmt: skip
    st.query_params["project"] = chosen
    return next(view for view in found if view.slug == chosen)
