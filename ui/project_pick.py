"""The choice of a project at the top of a page that is about one."""

import streamlit as st
from sqlmodel import Session

from core.permissions import RIGHTS, Actor, Right
from core.services import projects
from core.services.projects import ProjectView
from core.store.engine import reading
from ui.text import _, content


def pick(actor: Actor, right: Right) -> ProjectView | None:
    """The project in the address, or the one chosen; None when there is none to choose."""
    with reading() as session:
        found = [view for view in projects.listed(session, actor) if _may(session, actor, view, right)]
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


def _may(session: Session, actor: Actor, view: ProjectView, right: Right) -> bool:
    role = projects.standing(session, actor, view.id).role
    return role is not None and right in RIGHTS[role]
