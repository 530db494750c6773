"""Headings in their order, and what the browser's tab says."""

from typing import Literal

import streamlit as st

NAME = "Touchstone"
Width = Literal["stretch", "content"]


def page_title(words: str, *, width: Width = "stretch") -> None:
    """The one heading of the first level."""
    st.title(words, anchor=False, width=width)


def section(words: str, *, width: Width = "stretch") -> None:
    st.header(words, anchor=False, width=width)


def subsection(words: str, *, width: Width = "stretch") -> None:
    st.subheader(words, anchor=False, width=width)


def tab(*parts: str) -> None:
    """Name the browser's tab: the page, then the project that it is about."""
    st.set_page_config(page_title=" · ".join([*(part for part in parts if part), NAME]))
