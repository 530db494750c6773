"""Finds a message in a person's language: gettext catalogues, looked up per call, and text that leads write in two languages."""

import gettext
from collections.abc import Callable, Mapping
from functools import lru_cache
from io import BytesIO
from types import MappingProxyType
from typing import Any

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from core.config import ROOT
from core.errors import TouchstoneError

LANGUAGES: Mapping[str, str] = MappingProxyType({"en": "English", "zh": "简体中文"})
"""Code, as in text that leads write, and the language's own name."""

HTML_TAGS: Mapping[str, str] = MappingProxyType({"en": "en", "zh": "zh-Hans"})

CATALOGUES = ROOT / "ui" / "locales"
_FOLDERS = {"en": "en", "zh": "zh_CN"}


def closest(tag: str | None) -> str:
    """The language we speak that is nearest to a BCP-47 tag, such as a browser's."""
    return "zh" if (tag or "").lower().startswith("zh") else "en"


def translate(msgid: str, language: str) -> str:
    return _catalogue(language).gettext(msgid)


def translate_many(one: str, many: str, n: int, language: str) -> str:
    return _catalogue(language).ngettext(one, many, n)


def message(error: TouchstoneError, language: str, safe: Callable[[str], str] = str) -> str:
    """An error in words; parameters that are errors are put into words first, those that are text pass through `safe`."""

    def words(value: object) -> object:
        if isinstance(value, TouchstoneError):
            return message(value, language, safe)
        return safe(value) if isinstance(value, str) else value

    params = {name: words(value) for name, value in error.params.items()}
    template = translate(error.template, language)
    return template.format(**params) if params else template


def localised(value: Any, language: str) -> str:
    """Text a lead wrote: a plain string, or {"en": …, "zh": …}; the other language where one is missing."""
    if not isinstance(value, Mapping):
        return "" if value is None else str(value)
    return str(value.get(language) or next((text for text in value.values() if text), ""))


@lru_cache
def _catalogue(language: str) -> gettext.NullTranslations:
    """Read from the .po itself, so that no compiled file can be missing or stale."""
    path = CATALOGUES / _FOLDERS.get(language, "en") / "LC_MESSAGES" / "messages.po"
    if not path.exists():
        return gettext.NullTranslations()
    compiled = BytesIO()
    with path.open("rb") as file:
        write_mo(compiled, read_po(file))
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)
