"""What people wrote, put into a Markdown page of ours: it reads as they wrote it, and its structure stays ours.

No heading, code block, image or HTML of theirs becomes the page's own, and no mark turns the direction of our words.
"""

import re
import unicodedata

_DIRECTION = dict.fromkeys(map(ord, "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"))
"""Marks that turn what follows on the line; letters written from right to left need none."""
_SPECIAL = re.compile(r"[\\`*_\[\]<>|~$&]")
_BLOCK = re.compile(r"^(\d*)([-+=#:.)])")
"""What makes a line a heading, a list or a rule by how it begins."""
_TAG = re.compile(r"<(?=[A-Za-z/!?])")


def one_line(text: str) -> str:
    return " ".join(_clean(" ".join(text.splitlines())).split())


def line(text: str) -> str:
    """One line of plain words."""
    return _BLOCK.sub(r"\1\\\2", _SPECIAL.sub(r"\\\g<0>", one_line(text)))


def code(text: str) -> str:
    """One line as it stands, between as many backticks as it needs."""
    inside = one_line(text)
    ticks = "`" * (max(map(len, re.findall("`+", inside)), default=0) + 1)
    pad = " " if len(ticks) > 1 else ""
    return f"{ticks}{pad}{inside}{pad}{ticks}"


def quote(text: str) -> list[str]:
    """Lines of a quotation: its Markdown is drawn within it, and whatever it leaves open ends with it."""
    return [f"> {_inert(_clean(one))}".rstrip() for one in text.splitlines()] or [">"]


def _clean(text: str) -> str:
    turned = text.translate(_DIRECTION)
    return "".join(sign for sign in turned if sign == "\t" or unicodedata.category(sign) != "Cc")


def _inert(text: str) -> str:
    return _TAG.sub("&lt;", text).replace("![", "!\\[")
