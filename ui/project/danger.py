"""Pausing, going back, closing and deleting: what stops people's work stands apart from everything else."""

from collections.abc import Mapping

import streamlit as st

from core.errors import N_
from core.permissions import Actor
from core.services import project_deletion
from core.services.project_changes import MOVES
from core.services.projects import ProjectView
from core.store.engine import reading, transaction
from ui import address, auth, state
from ui.project.states import move
from ui.text import _, content, error_text, plain

STEPS: Mapping[str, tuple[str, str]] = {
    "draft": (
        N_("Back to draft"),
        N_("No one can label until the pilot is started again. Pilot answers so far are kept."),
    ),
    "paused": (N_("Pause the project"), N_("Annotators get no new items and see a notice. Drafts are kept. You can resume the "
"project at "
        "any time.")),
    "done": (N_("Close the project"), N_("No more items are assigned. Answers are kept and can be exported; the project can be "
"opened "
        "again.")),
}  # fmt: skip


def show(actor: Actor, project: ProjectView) -> None:
    for to in STEPS:
        if to in MOVES[project.state]:
            _step(actor, project, to)
    if project.state == "draft":
        _deletion(actor, project)


def _step(actor: Actor, project: ProjectView, to: str) -> None:
    label, consequence = STEPS[to]
    with st.container(border=True):
        st.markdown(f"**{_(label)}**")
        st.write(_(consequence))
        sure = to != "done" or st.checkbox(_("Yes, close the project"), key=f"sure:{project.slug}")
        if st.button(_(label), key=f"stop_{to}", disabled=not sure):
            move(actor, project, to)


def _deletion(actor: Actor, project: ProjectView) -> None:
    with reading() as session:
        refusal = project_deletion.obstacle(session, actor, project.slug)
    with st.container(border=True):
        st.markdown(f"**{_('Delete the project')}**")
        if refusal is not None:
            st.write(plain(error_text(refusal)))
            return
        st.write(
            _("Its items, guidelines, members, invitations and files are removed for good. It has no answers.")
        )  # fmt: skip
        typed = st.text_input(
            _("Type the short name to confirm: {slug}").format(slug=plain(project.slug)),
            key=f"delete_name:{project.slug}",
        )
        if st.button(_("Delete project"), key="delete_project", icon=":material/delete_forever:"):
            _delete(actor, project, typed)


def _delete(actor: Actor, project: ProjectView, typed: str) -> None:
    if typed.strip() != project.slug:
        st.error(_("This is not the short name of the project. Nothing was deleted."))
        return
    with transaction() as session:
        project_deletion.delete(session, actor, project.slug, now=auth.now())
    state.flash(_("{title} is deleted.").format(title=plain(content(project.title))))
    address.only()
    st.rerun()
