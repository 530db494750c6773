"""The only place with st.session_state: plain values under named keys, typed at the border."""

from typing import Any, Literal, TypeVar, cast

import streamlit as st

T = TypeVar("T")
Tone = Literal["success", "info", "warning", "error"]

_LANGUAGE, _CONTENT_LANGUAGE, _FLASH = "_language", "_content_language", "_flash"


def recall(key: str, default: T) -> T:
    return cast(T, st.session_state.get(key, default))


def keep(key: str, value: Any) -> None:
    """Plain values only (ids, strings, numbers, lists, dicts): they must outlive a reload of the code."""
    st.session_state[key] = value


def take(key: str, default: T) -> T:
    """What was kept, once."""
    return cast(T, st.session_state.pop(key, default))


def forget(*keys: str) -> None:
    for key in keys:
        st.session_state.pop(key, None)


def hold_choices() -> None:
    """Before what options are called changes, as another language does: a browser sends a choice by its words, and the old
    words would name none of the new options. Kept anew, each choice is sent to the browser under its new name.
    """
    for key, value in st.session_state.items():
        if isinstance(value, str) or (isinstance(value, list) and value and all(isinstance(one, str) for one in value)):
            st.session_state[key] = value


def forget_all() -> None:
    """On sign-out: nothing of one person may meet the next."""
    st.session_state.clear()


def language() -> str | None:
    """The language this browser session speaks; None until the frame has settled it."""
    return cast("str | None", st.session_state.get(_LANGUAGE))


def set_language(code: str) -> None:
    st.session_state[_LANGUAGE] = code


def content_language() -> str:
    """Of what leads wrote; "" while it follows the screens."""
    return cast(str, st.session_state.get(_CONTENT_LANGUAGE, ""))


def set_content_language(code: str) -> None:
    st.session_state[_CONTENT_LANGUAGE] = code


def flash(text: str, tone: Tone = "success") -> None:
    """Say something on the next run, after a rerun or a change of page."""
    st.session_state.setdefault(_FLASH, []).append((tone, text))


def take_flashes() -> list[tuple[Tone, str]]:
    return cast("list[tuple[Tone, str]]", st.session_state.pop(_FLASH, []))
