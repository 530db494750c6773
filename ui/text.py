"""Words on the screen: messages in the reader's language, and text that leads wrote in two."""

import re
from typing import Any

import streamlit as st

from core import language as catalogue
from core.errors import N_, TouchstoneError
from ui import state

__all__ = ["N_", "_", "_n", "content", "content_language", "error_markdown", "error_text", "language", "plain"]

_ALIVE = re.compile(r":(?=//)|:(?=[\w+/-]+:)|\bwww(?=\.)|@(?=[-\w]+\.)", re.IGNORECASE)
"""Addresses and short names of icons, which become links and pictures whether escaped or not."""
_JOINER = "\u2060"
_MARKUP = str.maketrans({char: "\\" + char for char in r"\`*_{}[]()<>#+-.!|~:$^"})


def language() -> str:
    """ "en" or "zh": the person's choice, else the browser's."""
    return state.language() or catalogue.closest(st.context.locale)


def _(msgid: str) -> str:
    return catalogue.translate(msgid, language())


def _n(one: str, many: str, n: int) -> str:
    """A message that counts: _n("{n} item", "{n} items", n).format(n=n)."""
    return catalogue.translate_many(one, many, n, language())


def error_text(error: TouchstoneError) -> str:
    """For places without Markdown."""
    return catalogue.message(error, language())


def error_markdown(error: TouchstoneError) -> str:
    """What came from elsewhere, the page's address too, stays text in it."""
    return catalogue.message(error, language(), plain)


def content(value: Any) -> str:
    """Text a lead wrote, a string or {"en": …, "zh": …}, in the language the reader wants content in."""
    return catalogue.localised(value, content_language())


def content_language() -> str:
    return state.content_language() or language()


def plain(text: str) -> str:
    """Text of unknown origin (names, titles) made safe for labels and Markdown: nothing in it is markup."""
    return _ALIVE.sub(lambda found: found[0] + _JOINER, text).translate(_MARKUP)
