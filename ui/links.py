"""Links to hand to people, at the address that they can reach."""

from urllib.parse import urlsplit

import streamlit as st

from core.config import Settings
from ui.text import _, plain

LOCAL = frozenset({"localhost", "127.0.0.1", "::1", "0.0.0.0"})  # noqa: S104 - names to warn about, nothing binds to them


def base() -> str:
    """The workspace's public address; until somebody sets it, the one in this browser."""
    if public := Settings.from_env().public_url:
        return public
    here = urlsplit(st.context.url or "http://localhost:8501")
    return f"{here.scheme}://{here.netloc}"


def is_local(address: str) -> bool:
    """Whether the address means this computer, whoever opens it."""
    return (urlsplit(address).hostname or "") in LOCAL


def invitation(secret: str) -> str:
    return f"{base()}/invitation?token={secret}"


def show_invitation(secret: str) -> None:
    """The link to copy, and what to know before sending it."""
    link = invitation(secret)
    st.code(link, language=None, wrap_lines=True)
    st.caption(_("Works once, for 14 days. Copy it now: it is not shown again after you leave this page."))
    if is_local(link):
        st.warning(
            _("This link says {host}: it opens on this computer only. Set TOUCHSTONE_URL to the address that others reach, then make a new link.").format(
                host=plain(urlsplit(link).netloc)
            )
        )  # fmt: skip
