"""Command line of the catalogues: update takes up new messages, check fails for what is untranslated."""

import re
import string
import sys
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po, write_po

from core.language import CATALOGUES
from ui.locales.counts import without_singular
from ui.locales.extract import messages

_LOCALES = ("en", "zh_CN")
_TRANSLATED = "zh_CN"
_HALF_WIDTH = re.compile(r"[\u4e00-\u9fff][,;:!?](?!\w)|[,;!?][\u4e00-\u9fff]")


def update() -> int:
    """Take up new messages, drop those that are gone; never guess a translation."""
    template = _extracted()
    for locale in _LOCALES:
        catalogue = _read(locale)
        catalogue.update(template, no_fuzzy_matching=True, update_header_comment=False)
        catalogue.obsolete.clear()
        with _path(locale).open("wb") as file:
            write_po(file, catalogue, width=120, sort_output=True, include_lineno=False)
    missing = sum(1 for message in _read(_TRANSLATED) if message.id and not _is_translated(message))
    print(f"{len(template)} messages, {missing} to translate in {_path(_TRANSLATED)}")  # noqa: T201
    return 0


def check() -> int:
    problems = list(_problems())
    for problem in problems:
        print(problem, file=sys.stderr)  # noqa: T201
    if problems:
        print("Run bin/messages update, then translate what is empty.", file=sys.stderr)  # noqa: T201
    return 1 if problems else 0


def _problems() -> Iterator[str]:
    catalogue = _read(_TRANSLATED)
    for wanted in _extracted():
        if not wanted.id:
            continue
        found = catalogue.get(_key(wanted))
        if found is None or not _is_translated(found):
            yield f"{_places(wanted)}: not translated: {_key(wanted)!r}"
        elif found.fuzzy:
            yield f"{_places(wanted)}: fuzzy: {_key(wanted)!r}"
        else:
            yield from _faults(found)
    for message in without_singular(found.id for found in messages() if isinstance(found.id, str)):
        yield f"a number before a plural, use _n: {message!r}"


def _faults(message: Message) -> Iterator[str]:
    for text in _strings(message):
        if _fields(text) != _fields(_key(message)) and not message.pluralizable:
            yield f"{_places(message)}: other placeholders in {text!r} than in {_key(message)!r}"
        if _HALF_WIDTH.search(text):
            yield f"{_places(message)}: half-width punctuation in {text!r}"


def _fields(text: str) -> set[str]:
    try:
        return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}
    except ValueError:  # braces that are no placeholders, as in JSON
        return set()


def _is_translated(message: Message) -> bool:
    return all(_strings(message))


def _strings(message: Message) -> tuple[str, ...]:
    strings = message.string if isinstance(message.string, tuple | list) else (message.string,)
    return tuple(text or "" for text in strings)


def _key(message: Message) -> str:
    return message.id[0] if isinstance(message.id, tuple | list) else message.id


def _places(message: Message) -> str:
    return ", ".join(sorted({path for path, _ in message.locations}))


def _extracted() -> Catalog:
    catalogue = Catalog()
    for message in messages():
        catalogue.add(message.id, locations=[(message.place, 0)])
    return catalogue


def _read(locale: str) -> Catalog:
    path = _path(locale)
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        return Catalog(locale=locale, project="Touchstone", fuzzy=False)
    with path.open("rb") as file:
        return read_po(file, locale=locale)


def _path(locale: str) -> Path:
    return CATALOGUES / locale / "LC_MESSAGES" / "messages.po"


if __name__ == "__main__":
    commands = {"update": update, "check": check}
    if sys.argv[1:] not in [[name] for name in commands]:
        print("usage: bin/messages update|check", file=sys.stderr)  # noqa: T201
        sys.exit(2)
    sys.exit(commands[sys.argv[1]]())
