"""After an import: what a lead usually does next, as links."""

from collections.abc import Iterator, Mapping
from typing import Any

import streamlit as st

from core.permissions import Actor
from core.services import membership
from core.services.projects import ProjectView
from core.store.engine import reading
from ui import navigation
from ui.text import _

Step = tuple[str, Mapping[str, str], str, str]
"""page, what else its address says, label, icon"""


def show(actor: Actor, project: ProjectView, report: Mapping[str, Any], *, invited: bool) -> None:
    """`invited`: the page offers to invite people already."""
    with reading() as session:
        alone = not invited and len(membership.members(session, actor, project.slug)) < 2
    with st.container(border=True, key="import_next"):
        st.markdown(f"**{_('Next steps')}**")
        with st.container(horizontal=True):
            for page, at, label, icon in _steps(project, report, alone=alone):
                query = {"project": project.slug, **at}
                st.page_link(navigation.page(page), label=label, icon=icon, query_params=query, width="content")


def _steps(project: ProjectView, report: Mapping[str, Any], *, alone: bool) -> Iterator[Step]:
    kind = report["kind"]
    if kind == "labels":
        yield "agreement", {}, _("See how far the labels agree"), ":material/handshake:"
    if kind == "gold":
        yield "projects", {"tab": "policy"}, _("Set how often hidden checks come"), ":material/verified:"
    if alone:
        yield "projects", {"tab": "people"}, _("Invite people"), ":material/person_add:"
    if project.state == "draft":
        yield "projects", {}, _("Start the pilot"), ":material/science:"
    elif project.state == "pilot":
        yield "projects", {"tab": "pilot"}, _("See the pilot"), ":material/science:"
    else:
        yield "progress", {}, _("See progress"), ":material/monitoring:"
    brought = {"import": str(report["job"])} if kind == "items" and report["job"] is not None else {}
    yield "items", brought, _("Look at the items"), ":material/list_alt:"
    guidelines = _("Edit guidelines") if project.guidelines else _("Write guidelines")
    yield "projects", {"tab": "guidelines"}, guidelines, ":material/menu_book:"
