"""Who is looking at the page, from the cookie and the store, asked anew on every run."""

from dataclasses import dataclass
from datetime import UTC, datetime

import streamlit as st

from core.config import Settings
from core.errors import NotSignedIn
from core.permissions import Actor, Right, require
from core.services import mywork, people, sessions
from core.store.engine import reading, transaction
from ui import state


@dataclass(frozen=True)
class Visitor:
    """The actor, with what the frame needs to know besides."""

    actor: Actor
    content_language: str
    rights: frozenset[Right]
    """Of the workspace role and of every project membership: what the menu offers, while services decide."""
    sent_back: int
    """Own answers that reviewers returned: the menu says how many."""


def now() -> datetime:
    return datetime.now(UTC)


def session_token() -> str | None:
    """The cookie that this tab's connection was opened with."""
    return st.context.cookies.get(sessions.cookie_name(Settings.from_env().secure_cookies))


def visitor() -> Visitor | None:
    """Who opens the page, if anybody is signed in; keeps the session from running out."""
    if not (token := session_token()):
        return None
    with reading() as session:
        found = sessions.lookup(session, now=now(), token=token)
        rights = people.rights(session, found.actor) if found else frozenset()
        sent_back = mywork.sent_back(session, found.actor) if found and Right.LABEL in rights else 0
    if found is None:
        return None
    if found.stale:
        with transaction() as session:
            sessions.touch(session, found.id, now=now())
    _note_timezone(found)
    return Visitor(found.actor, found.content_language, rights, sent_back)


def _note_timezone(found: sessions.SignedIn) -> None:
    """Once a tab: the days of hours and limits are the person's own."""
    zone = st.context.timezone
    if zone and state.recall("_zone_noted", "") != zone:
        state.keep("_zone_noted", zone)
        if zone != found.timezone:
            with transaction() as session:
                people.set_timezone(session, found.actor, zone)


def signed_in() -> Actor | None:
    if not (token := session_token()):
        return None
    with reading() as session:
        return sessions.actor_of_session(session, now=now(), token=token)


def current_actor() -> Actor:
    """Call it again inside fragments and callbacks: those run without the frame."""
    if actor := signed_in():
        return actor
    raise NotSignedIn("You are signed out. Sign in again; nothing you saved is lost.")


def require_right(right: Right) -> Actor:
    """By the workspace role alone; pages of a project ask services.projects."""
    actor = current_actor()
    require(actor, right)
    return actor
