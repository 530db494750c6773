"""A choice of a page that its address remembers."""

from collections.abc import Callable, Sequence

import streamlit as st

from ui import state

WIDTH = 360
LONGEST_NUMBER = 15
"""Digits: more, and no database could hold it."""


def in_address(
    name: str, label: str, options: Sequence[str], named: Callable[[str], str], *, default: str | None = None
) -> str:
    """The one in the address, or the default, or the first; with one there is nothing to choose."""
    wanted = st.query_params.get(name)
    usual = default or options[0]
    chosen: str = wanted if wanted and wanted in options else usual
    if len(options) == 1:
        return chosen
    key = f"{name}_chosen_{chosen}"

    def turn() -> None:
        _remember(name, state.recall(key, chosen), usual)

    st.selectbox(
        label, list(options), index=list(options).index(chosen), format_func=named, key=key, on_change=turn, width=WIDTH
    )
    return chosen


def row_in_address(name: str) -> int | None:
    """The row that the address names; None where it names none that there could be."""
    said = st.query_params.get(name, "")
    return int(said) if said.isascii() and said.isdecimal() and len(said) <= LONGEST_NUMBER else None


def pills(name: str, label: str, options: Sequence[str], named: Callable[[str], str], *, default: str) -> str:
    """The same for a few short choices, side by side."""
    wanted = st.query_params.get(name)
    chosen: str = wanted if wanted and wanted in options else default
    key = f"{name}_pill_{chosen}"

    def turn() -> None:
        _remember(name, state.recall(key, chosen) or chosen, default)

    st.segmented_control(label, list(options), default=chosen, format_func=named, key=key, on_change=turn)
    return chosen


def _remember(name: str, value: str, usual: str) -> None:
    if value == usual:
        st.query_params.pop(name, None)
    else:
        st.query_params[name] = value
