"""When two rows are the same, or nearly: digests of content as it came, and keys of content folded for comparing only."""

import hashlib
import re
import string
import unicodedata
from collections.abc import Iterator, Mapping
from typing import Any

import orjson

_NOT_CONTENT = frozenset(("role", "model"))
_FOLD_ASCII = bytes.maketrans(string.ascii_uppercase.encode(), string.ascii_lowercase.encode())
_DROP_ASCII = bytes(n for n in range(128) if not chr(n).isalnum())
_DROP = re.compile(r"[\W_]+")
_HAN = re.compile("[㐀-鿿豈-﫿぀-ヿ가-힣\U00020000-\U0003134f]")
_HAN_CHARS_A_WORD = 1.5
PROMPTS = ("prompt", "text", "brief")
"""Fields of payloads that hold what a model is asked; an item has one of them."""


def digest(raw: bytes) -> str:
    """128 bits of SHA-256, which processors compute themselves."""
    return hashlib.sha256(raw).hexdigest()[:32]


def canonical(value: Any) -> bytes:
    """The same bytes for the same content, whatever the order of its keys."""
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS, default=str)


def texts(value: Any) -> Iterator[str]:
    """The texts of a payload: what is read, not who said it nor what names it."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, inner in value.items():
            if key not in _NOT_CONTENT:
                yield from texts(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from texts(inner)


def duplicate_key(parts: list[str]) -> str:
    """Equal for payloads that differ in case, width, spaces, punctuation or the order of responses alone."""
    return digest(b"\x1f".join(sorted(map(fold, parts))))


def prompt_key(payload: Mapping[str, Any]) -> str | None:
    """Equal for payloads whose prompts differ in case, width and spaces alone; None without a prompt."""
    asked = prompt_text(payload)
    return digest(asked.encode()) if asked else None


def prompt_text(payload: Mapping[str, Any]) -> str:
    """What a model is asked, folded: a conversation of one turn is the text that it says."""
    asked = next((payload[name] for name in PROMPTS if payload.get(name)), "")
    if not isinstance(asked, str):
        one = len(asked) == 1 and asked[0]["role"] == "user"
        asked = asked[0]["content"] if one else "\n".join(f"{turn['role']}: {turn['content']}" for turn in asked)
    return " ".join(unicodedata.normalize("NFKC", asked).casefold().split())


def fold(text: str) -> bytes:
    if text.isascii():
        folded = text.encode().translate(_FOLD_ASCII, _DROP_ASCII)
    else:
        folded = _DROP.sub("", unicodedata.normalize("NFKC", text).casefold()).encode()
    return folded or text.encode()


def words(parts: list[str]) -> int:
    """Reading length: words, or Chinese characters / 1.5."""
    return sum(map(_words, parts))


def _words(text: str) -> int:
    if text.isascii():
        spaces = len(text) - len(text.encode().translate(None, b" \n"))
        return len(text.split()) if spaces * 4 > len(text) else spaces + 1  # indented code has runs of spaces
    rest, han = _HAN.subn(" ", text)
    return len(rest.split()) + round(han / _HAN_CHARS_A_WORD)
