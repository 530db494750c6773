"""Headings in their order, and what the browser's tab says."""

from typing import Literal

import streamlit as st

from ui import state

NAME = "Touchstone"
Width = Literal["stretch", "content"]


_TITLED = "page_titled"


def begin() -> None:
    """A page that has no heading yet."""
    state.keep(_TITLED, False)


def page_title(words: str, *, width: Width = "stretch") -> None:
    """The one heading of the first level."""
    state.keep(_TITLED, True)
    st.title(words, anchor=False, width=width)


def title_without(words: str) -> None:
    """For a page that could not begin: the heading that it has not drawn."""
    if not state.recall(_TITLED, False):
        page_title(words)


def section(words: str, *, width: Width = "stretch") -> None:
    st.header(words, anchor=False, width=width)


def subsection(words: str, *, width: Width = "stretch") -> None:
    st.subheader(words, anchor=False, width=width)


def tab(*parts: str) -> None:
    """Name the browser's tab: the page, then the project that it is about."""
    st.set_page_config(page_title=" · ".join([*(part for part in parts if part), NAME]))
