"""Parts of the account page: languages, password, sessions, access tokens."""

import streamlit as st

from core.language import LANGUAGES
from core.permissions import Actor
from core.services import people, sessions
from core.services.people import PersonView
from core.services.sessions import SessionView, TokenView
from core.store.engine import reading, transaction
from ui import auth, figures, headings, sidebar, sign_in, state
from ui.devices import device_name
from ui.frame import show_errors
from ui.text import _, language, plain

_NEW_TOKEN, _LANGUAGE, _CONTENT_LANGUAGE = "new_token", "account_language", "account_content"


def languages(person: PersonView) -> None:
    headings.section(_("Language"))
    state.keep(_LANGUAGE, language())  # the menu has a switch for the same
    st.radio(
        _("Interface"),
        list(LANGUAGES),
        key=_LANGUAGE,
        format_func=LANGUAGES.__getitem__,
        horizontal=True,
        on_change=_take_language,
    )
    state.keep(_CONTENT_LANGUAGE, person.content_language)
    st.radio(
        _("Of guidelines, questions and labels"),
        ["", *LANGUAGES],
        key=_CONTENT_LANGUAGE,
        format_func=lambda code: LANGUAGES.get(code) or _("Same as the interface"),
        horizontal=True,
        help=_("Leads write these; where one language is missing, the other is shown."),
        on_change=_take_content_language,
    )


def _take_language() -> None:
    sidebar.change_language(state.recall(_LANGUAGE, "en"))


def _take_content_language() -> None:
    chosen = state.recall(_CONTENT_LANGUAGE, "")
    with transaction() as session:
        people.set_language(session, auth.current_actor(), now=auth.now(), content_language=chosen)
    state.hold_choices()


def password(actor: Actor) -> None:
    headings.section(_("Password"))
    with st.form("change_password", clear_on_submit=True, enter_to_submit=False), show_errors():
        current = st.text_input(
            _("Current password"), type="password", key="current_password", autocomplete="current-password"
        )
        new = sign_in.new_password("changed", _("New password"))
        if st.form_submit_button(_("Change the password")):
            chosen = new.checked()
            sign_in.prove(actor.name, current)
            with transaction() as session:
                sessions.change_password(session, actor, now=auth.now(), password=chosen, keep=auth.session_token())
            st.success(
                _("Password changed. Your other sessions, your access tokens and the links you made no longer work.")
            )


def sessions_of(actor: Actor) -> None:
    headings.section(_("Where you are signed in"))
    with reading() as session:
        mine = sessions.listed(session, actor, now=auth.now(), token=auth.session_token())
    for view in mine:
        _session(actor, view)
    if st.button(_("Sign out everywhere"), icon=":material/logout:", key="sign_out_everywhere"):
        with transaction() as session:
            sessions.sign_out_everywhere(session, actor, now=auth.now())
        state.forget_all()
        st.rerun()


def _session(actor: Actor, view: SessionView) -> None:
    what, out = st.columns([4, 1], vertical_alignment="center")
    seen = figures.moment(view.seen_at)
    here = _("this browser") if view.this else _("last here {time}").format(time=seen)
    what.markdown(f"{plain(device_name(view.device))}  \n:small[{plain(here)}]")
    if not view.this and out.button(_("Sign out"), key=f"end_session:{view.id}", type="tertiary"):
        with transaction() as session:
            sessions.revoke(session, actor, view.id, now=auth.now())
        st.rerun()


def tokens_of(actor: Actor) -> None:
    headings.section(_("Access tokens"))
    st.caption(_("For your own scripts: they act as you, without the password."))
    with reading() as session:
        mine = sessions.tokens(session, actor)
    for view in mine:
        _token(actor, view)
    label = st.text_input(_("Purpose of the new token"), key="token_label", max_chars=80)
    if st.button(_("Make a token"), icon=":material/vpn_key:", key="make_token", disabled=not label.strip()):
        with transaction() as session:
            token = sessions.create_token(session, actor, now=auth.now(), label=label)
        state.keep(_NEW_TOKEN, token)
        st.rerun()
    if token := state.take(_NEW_TOKEN, ""):
        st.code(token, language=None, wrap_lines=True)
        st.caption(_("Copy it now: it is not shown again."))


def _token(actor: Actor, view: TokenView) -> None:
    what, out = st.columns([4, 1], vertical_alignment="center")
    used = figures.day(view.used_at) if view.used_at else _("never")
    made = _("made {date}, last used {used}").format(date=figures.day(view.created_at), used=used)
    what.markdown(f"{plain(view.label or '–')}  \n:small[{plain(made)}]")
    if out.button(_("Revoke"), key=f"revoke_token:{view.id}", type="tertiary"):
        with transaction() as session:
            sessions.revoke_token(session, actor, view.id, now=auth.now())
        st.rerun()
