"""Parts of a page that run without the frame, which alone asks who is there: each asks again before it shows or does anything."""

from collections.abc import Callable
from datetime import timedelta
from functools import wraps

import streamlit as st

from core.permissions import Actor
from ui import auth

Part = Callable[[], None]


def polling(actor: Actor, every: timedelta) -> Callable[[Part], Part]:
    """A part that runs again by itself, while the page is open and the actor is who they were."""
    return lambda part: st.fragment(run_every=every)(_asking(actor, part))


def dialog(actor: Actor, title: str) -> Callable[[Part], Part]:
    """A window over the page; what it does, the actor must still be there for."""
    return lambda part: st.dialog(title)(_asking(actor, part))


def _asking(actor: Actor, part: Part) -> Part:
    """Whoever was signed out, or is something else by now, gets the whole page anew. In the projects the services ask."""

    @wraps(part)
    def asked() -> None:
        if auth.signed_in() != actor:
            st.rerun()
        part()

    return asked
