"""What surrounds every page: errors in words, messages that survive a rerun."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import streamlit as st

from core.errors import InvalidAnswer, NotFound, RefusedFile, TouchstoneError
from core.permissions import Actor
from core.services import projects
from core.store.engine import reading
from ui import address, headings, state
from ui.text import _, content, error_markdown

LOGO = """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32" width="32" height="32">
<rect width="32" height="32" rx="7" fill="#0f6b66"/>
<path d="M7 20.5 L13 9 h6 l6 11.5 -4 3.5 h-10z" fill="#1d1b18"/><path d="M11 19.5 L20.5 12.5" stroke="#e3b64b" stroke-width="2.6" stroke-linecap="round"/>
</svg>"""
"""A dark stone with a streak of gold."""

WORDMARK = """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 148 32" width="148" height="32">
<rect width="32" height="32" rx="7" fill="#0f6b66"/>
<path d="M7 20.5 L13 9 h6 l6 11.5 -4 3.5 h-10z" fill="#1d1b18"/><path d="M11 19.5 L20.5 12.5" stroke="#e3b64b" stroke-width="2.6" stroke-linecap="round"/>
<text x="42" y="22" font-family="Helvetica, Arial, sans-serif" font-size="18" font-weight="600" textLength="104" lengthAdjust="spacingAndGlyphs" fill="#2f9d94">Touchstone</text>
</svg>"""

log = logging.getLogger("touchstone.pages")

_SHOW = {"success": st.success, "info": st.info, "warning": st.warning, "error": st.error}
_PROBLEMS_SHOWN = 20


@contextmanager
def show_errors() -> Iterator[None]:
    """Put what a person can mend into words; everything else crashes loudly and is logged."""
    try:
        yield
    except TouchstoneError as error:
        show_error(error)


@contextmanager
def whole(page: str) -> Iterator[None]:
    """The same for a page as a whole: one that fails before its heading is still headed by its name."""
    headings.begin()
    try:
        yield
    except TouchstoneError as error:
        headings.title_without(page)
        show_error(error)


def report(error: Exception) -> bool:
    """What nobody foresaw, in fragments and callbacks too: logged in full, told without details. True: nothing more is shown."""
    if isinstance(error, TouchstoneError):
        show_error(error)
        return True
    log.error("a page failed", exc_info=error)
    st.error(
        _("Something went wrong on the server. It has been logged; try again in a moment."), icon=":material/error:"
    )
    return True


def show_error(error: TouchstoneError) -> None:
    st.error(_lines(error), icon=":material/error:")


def _lines(error: TouchstoneError) -> str:
    problems = error.problems if isinstance(error, RefusedFile | InvalidAnswer) else []
    details = [f"- {error_markdown(problem)}" for problem in problems[:_PROBLEMS_SHOWN] if problem is not error]
    return "\n".join([error_markdown(error), *(["", *details] if details else [])])


def show_flashes() -> None:
    for tone, text in state.take_flashes():
        _SHOW[tone](text)


def name_tab(page: str, actor: Actor | None) -> None:
    """After the page has run: by then it is known which project it is about."""
    slug = address.shown("project")
    project = ""
    if slug and actor:
        with suppress(NotFound), reading() as session:
            project = content(projects.get(session, actor, slug).title)
    headings.tab(page, project)


def no_access() -> None:
    """Stands at the address of a page that the role does not open."""
    headings.page_title(_("This page is not open to your role"))
    st.write(_("The menu shows what you can do here. If you need this page, ask your lead or an admin."))
