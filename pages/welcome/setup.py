"""Set up: the one-time link from the console makes the first admin."""

import streamlit as st

from core.services import people
from core.store.engine import reading, transaction
from ui import address, auth, headings, sign_in
from ui.frame import show_errors
from ui.text import _, language


def _form(secret: str) -> None:
    with st.form("setup", enter_to_submit=False):
        headings.section(_("Make the first admin"))
        name = st.text_input(_("Name"), key="setup_name", autocomplete="username", help=_("What you sign in with."))
        email = st.text_input(_("E-mail (optional)"), key="setup_email", autocomplete="email")
        password = sign_in.new_password("setup")
        if st.form_submit_button(_("Create the admin"), type="primary"):
            with transaction() as session:
                actor = people.set_up(
                    session, now=auth.now(), secret=secret, name=name, password=password.checked(), email=email,
                    language=language(),
                )  # fmt: skip
            sign_in.begin_session(actor, then="/start")


with sign_in.card(), show_errors():
    secret = address.get("token") or ""
    if not sign_in.pending():
        with reading() as session:
            people.check_setup(session, now=auth.now(), secret=secret)
        with show_errors():
            _form(secret)
    sign_in.finish_session()
