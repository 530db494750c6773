"""The sign-in page: the form of streamlit-authenticator, our own check behind it, the ticket that becomes the cookie."""

from dataclasses import dataclass
from typing import Any

import streamlit as st
import streamlit_authenticator as stauth

from core.errors import InvalidInput
from core.language import LANGUAGES
from core.permissions import Actor
from core.services import passwords, people, sessions
from core.store.engine import reading, transaction
from ui import auth, browser, headings, state
from ui.frame import show_errors, show_flashes
from ui.text import _, language

_TICKET = "_sign_in_ticket"


@dataclass(frozen=True)
class NewPassword:
    """A password typed twice."""

    first: str
    again: str

    def checked(self) -> str:
        if self.first != self.again:
            raise InvalidInput("The two passwords differ.", where="password")
        return self.first


class _Check:
    """Stands where the package would compare with a dictionary in memory: attempts are counted in the store."""

    def login(self, name: str, password: str, *_: Any, **__: Any) -> bool:
        actor = prove(name, password)
        begin_session(actor)
        return True


class _NoCookie:
    """The package's own cookie can be read by scripts and outlives a sign-out; the session cookie takes its place."""

    def get_cookie(self) -> None:
        return None

    def set_cookie(self) -> None:
        return None


class _Form(stauth.Authenticate):  # type: ignore[misc]
    def __init__(self) -> None:
        self.attrs = {"login_sleep_time": 0}
        self.path = None
        self.cookie_controller = _NoCookie()
        self.authentication_controller = _Check()


def prove(name: str, password: str) -> Actor:
    """The actor behind a name and a password; raises once the attempt has been counted."""
    with reading() as session:
        attempt = sessions.check_password(session, name=name, password=password)
    with transaction() as session:
        outcome = sessions.authenticate(session, attempt, now=auth.now())
    return outcome.or_raise()


def begin_session(actor: Actor, then: str = "reload") -> None:
    """Hand the browser a ticket on this run or the next."""
    with transaction() as session:
        ticket = sessions.issue_ticket(session, actor, now=auth.now())
    state.keep(_TICKET, [ticket, then])


def pending() -> bool:
    return bool(state.recall(_TICKET, []))


def finish_session() -> bool:
    """Exchange a pending ticket; True while the browser is about to leave this page."""
    pending: list[str] = state.take(_TICKET, [])
    if not pending:
        return False
    with st.spinner(_("Signing in…")):
        browser.exchange_ticket(*pending)
    return True


def new_password(key: str, label: str = "") -> NewPassword:
    rule = _("At least {n} characters; any language. A few words that only you would put together work best.")
    first = st.text_input(
        label or _("Password"), type="password", key=f"{key}_password", autocomplete="new-password",
        help=rule.format(n=passwords.MIN_CHARACTERS),
    )  # fmt: skip
    again = st.text_input(_("Repeat password"), type="password", key=f"{key}_again", autocomplete="new-password")
    return NewPassword(first, again)


def page() -> None:
    """What everybody sees who is not signed in, at any address."""
    if finish_session():
        return
    with card():
        show_flashes()
        _form()
        if finish_session():
            return
        _help()


def card() -> Any:
    """A narrow column in the middle, with the name of the product and the language on top."""
    _left, middle, _right = st.columns([1, 1.6, 1])
    with middle:
        st.space("medium")
        title, chooser = st.columns([3, 2], vertical_alignment="center")
        with title:
            headings.page_title(headings.NAME)
        st.caption(_("Turns the judgement of a small team into data that a model can be trained on."))
        with chooser:
            if auth.signed_in() is None:
                _language_chooser()
    return middle


def _language_chooser() -> None:
    state.set_language(language())
    st.segmented_control(
        _("Language"), list(LANGUAGES), format_func=LANGUAGES.__getitem__, key="chosen_language", default=language(),
        label_visibility="collapsed", on_change=_take_language, width="stretch", required=True,
    )  # fmt: skip


def _take_language() -> None:
    if chosen := state.recall("chosen_language", ""):
        state.set_language(chosen)


def _form() -> None:
    fields = {
        "Form name": _("Sign in"), "Username": _("Name"), "Password": _("Password"), "Login": _("Sign in")
    }  # fmt: skip
    with show_errors():
        _Form().login("main", fields=fields, key="sign_in")


def _help() -> None:
    with reading() as session:
        empty = people.needs_set_up(session)
    if empty:
        st.info(_("There is no admin account yet. Open the set-up link printed in the server's console."))
    else:
        st.caption(_("No account, or the password is lost? Ask your lead for a link."))
    if auth.session_token():
        browser.drop_cookie()
