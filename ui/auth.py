"""Who is looking at the page, from the cookie and the store, asked anew on every run."""

from datetime import UTC, datetime

import streamlit as st

from core.config import Settings
from core.errors import NotSignedIn
from core.permissions import Actor, Right, require
from core.services import people
from core.store.engine import reading


def now() -> datetime:
    return datetime.now(UTC)


def session_token() -> str | None:
    """The cookie that this tab's connection was opened with."""
    return st.context.cookies.get(people.cookie_name(Settings.from_env().secure_cookies))


def signed_in() -> Actor | None:
    token = session_token()
    if not token:
        return None
    with reading() as session:
        return people.actor_of_session(session, now=now(), token=token)


def current_actor() -> Actor:
    """Call it again inside fragments and callbacks: those run without the frame."""
    if actor := signed_in():
        return actor
    raise NotSignedIn("You are signed out. Sign in again; nothing you saved is lost.")


def require_right(right: Right) -> Actor:
    actor = current_actor()
    require(actor, right)
    return actor
