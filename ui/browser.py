"""Small components that do in the browser what Streamlit cannot: the session cookie, the document's language and address."""

import streamlit as st

from core.language import HTML_TAGS
from ui import state

_FILLINGS = "_address_fillings"

_SESSION_JS = """
export default function ({ data }) {
  const key = data.method + (data.ticket || "");
  if (window.touchstoneSession === key) return;  // called again on every rerun
  window.touchstoneSession = key;
  const body = data.ticket ? JSON.stringify({ ticket: data.ticket }) : undefined;
  const headers = { "X-Touchstone": "1", "Content-Type": "application/json" };
  fetch("/api/session", { method: data.method, headers, body, credentials: "same-origin" }).then((reply) => {
    if (!data.then) return;
    if (data.then === "reload" || !reply.ok) window.location.reload();
    else window.location.assign(data.then);
  });
}
"""

_DOCUMENT_JS = """
export default function ({ data }) {
  document.documentElement.lang = data.tag;
  const { pathname, hash } = window.location;
  if (data.query && pathname.endsWith("/" + data.path))
    window.history.replaceState(window.history.state, "", pathname + "?" + data.query + hash);
  if (window.touchstoneMenu) return;  // called again on every rerun
  window.touchstoneMenu = true;
  document.addEventListener("click", beginAgain, true);
}

// Streamlit takes the query along when somebody clicks the entry of the page that they are on, and so stays where it was.
function beginAgain(event) {
  const entry = event.target.closest('[data-testid="stSidebarNavLink"]');
  const elsewhere = event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey;
  const { pathname, search } = window.location;
  if (!entry || elsewhere || entry.pathname !== pathname || !search) return;
  event.preventDefault();
  event.stopPropagation();
  window.history.pushState(null, "", pathname);
  window.dispatchEvent(new PopStateEvent("popstate"));
}
"""

_DOCUMENT_CSS = """
[data-testid="stPageLink-NavLink"]:focus-visible, [data-testid="stSidebarNavLink"]:focus-visible {
  outline: 2px solid currentColor; outline-offset: 2px;
}
[data-testid="stButtonGroup"] [data-variant][data-rac][data-selected="true"], [data-testid="stSliderThumbValue"] {
  color: inherit;
}
[data-testid="stMain"] [data-testid="stPageLink-NavLink"] :is(span, div, p) {
  white-space: normal;
}
"""
"""Streamlit marks links in focus by a shade of the background that nobody sees (WCAG 2.4.7). It writes what is chosen in the
colour that is also the ground of white words: in the dark no colour gives both 4.5 to 1. A frame and a tint still mark it.
It cuts the words of a link at the width of their column: a project's title wraps instead."""


def exchange_ticket(ticket: str, then: str = "reload") -> None:
    """Turn a sign-in ticket into the session cookie, then load the same address again, or another."""
    component = st.components.v2.component("touchstone_session", js=_SESSION_JS)
    component(key="session_exchange", data={"method": "POST", "ticket": ticket, "then": then}, height=1)


def drop_cookie() -> None:
    """Remove a session cookie that is worth nothing any more."""
    component = st.components.v2.component("touchstone_session", js=_SESSION_JS)
    component(key="session_drop", data={"method": "DELETE"}, height=1)


def settle_document(code: str, path: str, query: str) -> None:
    """The document's language; what its address left open, filled in without a step for the back button; focus seen; and a
    menu whose entries lead to their pages, from those pages too."""
    component = st.components.v2.component(
        "touchstone_document", js=_DOCUMENT_JS, css=_DOCUMENT_CSS, isolate_styles=False
    )
    fillings = state.recall(_FILLINGS, 0) + bool(query)
    state.keep(
        _FILLINGS, fillings
    )  # the browser calls us for new data only, and the same may have to be filled in again
    data = {"tag": HTML_TAGS[code], "path": path, "query": query, "filling": fillings}
    component(key="document", data=data, height=1)
