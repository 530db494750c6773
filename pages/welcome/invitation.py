"""Invitation: a one-time link makes an account, or gives its owner a new password."""

import streamlit as st

from core.services import people
from core.services.people import InvitationView
from core.store.engine import reading, transaction
from ui import address, auth, headings, sign_in
from ui.frame import show_errors
from ui.text import _, content, language, plain
from ui.words import role_name


def _form(secret: str, invitation: InvitationView) -> None:
    with st.form("invitation", enter_to_submit=False):
        headings.section(_welcome(invitation))
        name = invitation.name or st.text_input(
            _("Name"),
            key="invited_name",
            autocomplete="username",
            help=_("What you sign in with, and what your lead sees."),
        )
        password = sign_in.new_password("invited")
        if st.form_submit_button(_("Continue"), type="primary"):
            with transaction() as session:
                actor = people.accept_invitation(
                    session, now=auth.now(), secret=secret, name=name, password=password.checked(), language=language()
                )
            sign_in.begin_session(actor, then="/" if invitation.name else "/welcome")


def _welcome(invitation: InvitationView) -> str:
    if invitation.name:
        return _("A new password for {name}").format(name=plain(invitation.name))
    if invitation.project:
        return _("You are invited to the project {project}").format(project=plain(content(invitation.project_title)))
    return _("You are invited as {role}").format(role=role_name(invitation.role))


with sign_in.card(), show_errors():
    secret = address.get("token") or ""
    if not sign_in.pending():
        with reading() as session:
            invitation = people.read_invitation(session, now=auth.now(), secret=secret)
        with show_errors():
            _form(secret, invitation)
    sign_in.finish_session()
