"""A warning where an item is to get more answers than the team has people: nobody answers an item twice."""

import streamlit as st

from core.permissions import Actor
from core.services import membership
from core.services.projects import ProjectView
from core.store.engine import reading
from ui import navigation
from ui.text import _, _n


def warn(actor: Actor, project: ProjectView, answers: int) -> None:
    with reading() as session:
        people = membership.labellers(session, actor, project.slug)
    if answers <= people:
        return
    st.warning(
        _n(
            "{want} answers per item, but {n} person can label: items stay unfinished. Invite people or ask for fewer.",
            "{want} answers per item, but {n} people can label: items stay unfinished. Invite people or ask for fewer.",
            people,
        ).format(want=answers, n=people),
        icon=":material/group_off:",
    )
    with st.container(width="content"):
        st.page_link(
            navigation.page("projects"), label=_("Invite people"), icon=":material/person_add:",
            query_params={"project": project.slug, "tab": "people"},
        )  # fmt: skip
