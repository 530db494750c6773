"""Uploaded files: which of them to import, how long each stays, and clearing them away."""

import streamlit as st

from core.permissions import Actor
from core.services import uploads
from core.services.projects import ProjectView
from core.services.uploads import UploadView
from core.store.engine import reading, transaction
from ui import address, auth, figures, state
from ui.frame import show_errors
from ui.text import _, _n, plain
from ui.upload import upload

_CHOSEN = "file"


def choose(actor: Actor, project: ProjectView) -> UploadView | None:
    """The file to import, if one is here."""
    if arrived := upload(project.slug):
        address.put(**{_CHOSEN: arrived})
    with reading() as session:
        found = uploads.listed(session, actor, project.slug)
    st.caption(
        _n(
            "Nothing changes before you press Import. Files are removed from the server {n} day after their upload.",
            "Nothing changes before you press Import. Files are removed from the server {n} days after their upload.",
            uploads.KEPT.days,
        ).format(n=uploads.KEPT.days)
    )
    if not found:
        return None
    chosen = _pick(found)
    _clearing(actor, project, found)
    return chosen


def _pick(found: list[UploadView]) -> UploadView:
    by_id = {one.id: one for one in found}
    chosen = address.choice(_CHOSEN, _("File to import"), list(by_id), lambda id_: _name(by_id[id_]))
    if len(found) == 1:
        st.markdown(f":material/description: {plain(_name(found[0]))}")
    address.fill(_CHOSEN, chosen)
    return by_id[chosen]


def _name(one: UploadView) -> str:
    words = _("{name} · {size} · {by}, {at}").format(
        name=one.name, size=_size(one.size), by=one.by, at=figures.moment(one.at)
    )
    return f"{words} · {_('imported')}" if one.imported else words


def _size(size: int) -> str:
    return f"{size / 1e6:,.1f} MB" if size >= 100_000 else f"{size / 1e3:,.1f} kB"


# Clearing -------------------------------------------------------------------------------------------------------------


def _clearing(actor: Actor, project: ProjectView, found: list[UploadView]) -> None:
    label = _n("{n} uploaded file", "{n} uploaded files", len(found)).format(n=len(found))
    with st.expander(label, key="import_files", icon=":material/folder:"):
        for one in found:
            _row(actor, project, one)
        if len(found) > 1 and st.button(_("Remove all files"), icon=":material/delete_sweep:", key="import_clear"):
            with show_errors():
                with transaction() as session:
                    n = uploads.clear(session, actor, project.slug, now=auth.now())
                _done(_n("{n} file removed.", "{n} files removed.", n).format(n=n))


def _row(actor: Actor, project: ProjectView, one: UploadView) -> None:
    with st.container(horizontal=True, vertical_alignment="center", key=f"upload_row_{one.id}"):
        until = _("until {date}").format(date=figures.day(one.until))
        st.markdown(f"{plain(_name(one))} · {until}")
        if st.button(_("Remove file"), icon=":material/delete:", key=f"import_remove_{one.id}", type="tertiary"):
            with show_errors():
                with transaction() as session:
                    uploads.discard(session, actor, project.slug, one.id, now=auth.now())
                _done(_n("{n} file removed.", "{n} files removed.", 1).format(n=1))


def _done(said: str) -> None:
    address.put(**{_CHOSEN: None})
    state.flash(said)
    st.rerun()
