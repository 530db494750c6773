"""What surrounds every page: errors in words, messages that survive a rerun."""

from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from core.errors import InvalidAnswer, RefusedFile, TouchstoneError
from ui import state
from ui.text import _, error_text

_SHOW = {"success": st.success, "info": st.info, "warning": st.warning, "error": st.error}
_PROBLEMS_SHOWN = 20


@contextmanager
def show_errors() -> Iterator[None]:
    """Put what a person can mend into words; everything else crashes loudly and is logged."""
    try:
        yield
    except TouchstoneError as error:
        show_error(error)


def show_error(error: TouchstoneError) -> None:
    st.error(_lines(error), icon=":material/error:")


def _lines(error: TouchstoneError) -> str:
    problems = error.problems if isinstance(error, RefusedFile | InvalidAnswer) else []
    details = [f"- {error_text(problem)}" for problem in problems[:_PROBLEMS_SHOWN] if problem is not error]
    return "\n".join([error_text(error), *([""] + details if details else [])])


def show_flashes() -> None:
    for tone, text in state.take_flashes():
        _SHOW[tone](text)


def no_access() -> None:
    """Stands at the address of a page that the role does not open."""
    st.subheader(_("This page is not open to your role"))
    st.write(_("The menu shows what you can do here. If you need this page, ask your lead or an admin."))
