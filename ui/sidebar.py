"""Beside every page: whose session this is, the language, the way out."""

import streamlit as st

from core.language import LANGUAGES
from core.services import people, sessions
from core.store.engine import transaction
from ui import auth, state
from ui.auth import Visitor
from ui.text import _, language, plain
from ui.words import role_name

_LANGUAGE = "sidebar_language"


def show(visitor: Visitor) -> None:
    with st.container(vertical_alignment="bottom"):
        st.markdown(f"**{plain(visitor.actor.name)}**  \n:small[{role_name(visitor.actor.role)}]")
        _language()
        st.button(_("Sign out"), icon=":material/logout:", type="tertiary", on_click=_sign_out, key="sign_out")


def _language() -> None:
    state.keep(_LANGUAGE, language())  # the account page has a switch for the same
    st.segmented_control(
        _("Language"), list(LANGUAGES), format_func=LANGUAGES.__getitem__, key=_LANGUAGE,
        label_visibility="collapsed", on_change=_take_language, required=True,
    )  # fmt: skip


def _take_language() -> None:
    if chosen := state.recall(_LANGUAGE, ""):
        change_language(chosen)


def change_language(code: str) -> None:
    """The person's choice, for this browser and every other."""
    actor = auth.current_actor()
    with transaction() as session:
        people.set_language(session, actor, now=auth.now(), language=code)
    state.hold_choices()
    state.set_language(code)


def _sign_out() -> None:
    if token := auth.session_token():
        with transaction() as session:
            sessions.sign_out(session, now=auth.now(), token=token)
    state.forget_all()
