"""One item row: its fields checked in words, its payload parted from what a screen must not show."""

import re
from random import Random
from typing import NamedTuple

from core.errors import Problem
from core.interchange.columns import FIELDS
from core.interchange.files import Row

_ALPHABET = "abcdefghijkmnpqrstuvwxyz23456789"
_PAIRS = [first + second for first in _ALPHABET for second in _ALPHABET]
_TAG = re.compile(r"^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$")
_LONGEST_NAME = 200
_USUAL = frozenset(("id", "payload", "lang", "batch"))


class ItemRow(NamedTuple):
    """As the file has it, missing fields at their defaults."""

    number: int
    key: str | None
    payload: Row
    lang: str
    batch: str
    response_lang: str = ""
    group: str | None = None
    tags: list[str] | None = None
    sensitive: str = ""
    overlap: int | None = None
    priority: int = 0
    gold: Row | None = None
    meta: Row | None = None


class PartedPayload(NamedTuple):
    """A payload by random response ids without models, and what was taken out of it."""

    payload: Row
    aliases: dict[str, str] | None
    models: dict[str, str] | None


def read_item(row: Row, number: int) -> ItemRow:
    if unknown := row.keys() - FIELDS["items"]:
        _refuse_unknown(sorted(unknown), number)
    payload = row.get("payload")
    if not isinstance(payload, dict) or not payload:
        raise Problem(
            "The payload is missing. Expected an object with the task's content.", row=number, column="payload"
        )
    field = _Fields(row, number)
    key, lang, batch = field.name("id", numbers=True), field.tag("lang"), field.name("batch", numbers=True) or ""
    if row.keys() <= _USUAL:
        return ItemRow(number, key, payload, lang, batch)
    return ItemRow(
        number,
        key,
        payload,
        lang,
        batch,
        response_lang=field.tag("response_lang"),
        group=field.name("group", numbers=True),
        tags=field.names("tags"),
        sensitive=",".join(sorted(set(field.names("sensitive") or ()))),
        overlap=field.whole("overlap", 1, 100),
        priority=field.whole("priority", -1_000_000, 1_000_000) or 0,
        gold=field.object("gold"),
        meta=field.object("meta"),
    )


class _Fields:
    """Reads single fields of one row; says what was expected."""

    def __init__(self, row: Row, number: int) -> None:
        self._row, self._number = row, number

    def name(self, field: str, *, numbers: bool = False) -> str | None:
        value = self._row.get(field)
        if value is None or value == "":
            return None
        if numbers and isinstance(value, int) and not isinstance(value, bool):
            return str(value)
        if not isinstance(value, str) or len(value) > _LONGEST_NAME:
            raise Problem(
                "Expected a text of at most {limit} characters.", row=self._number, column=field, limit=_LONGEST_NAME
            )
        return value

    def tag(self, field: str) -> str:
        value = self.name(field)
        if value is None:
            return ""
        if not _TAG.fullmatch(value):
            raise Problem(
                "Expected a language tag such as en-SG or zh-Hans, found {value}.",
                row=self._number,
                column=field,
                value=repr(value),
            )
        return value

    def names(self, field: str) -> list[str] | None:
        value = self._row.get(field)
        if value is None:
            return None
        if not isinstance(value, list) or not all(isinstance(name, str) and name and "," not in name for name in value):
            raise Problem("Expected a list of names without commas.", row=self._number, column=field)
        return value or None

    def whole(self, field: str, low: int, high: int) -> int | None:
        value = self._row.get(field)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            raise Problem(
                "Expected a whole number from {low} to {high}.", row=self._number, column=field, low=low, high=high
            )
        return value

    def object(self, field: str) -> Row | None:
        value = self._row.get(field)
        if value is not None and not isinstance(value, dict):
            raise Problem("Expected an object.", row=self._number, column=field)
        return value or None


def _refuse_unknown(unknown: list[str], number: int) -> None:
    known = ", ".join(sorted(FIELDS["items"]))
    raise Problem(
        "This field is not known. Known are {known}; put your own data under meta.",
        row=number,
        column=unknown[0],
        known=known,
    )


def part(payload: Row, meta: Row | None, rng: Random) -> PartedPayload:
    responses = payload.get("responses")
    if not isinstance(responses, dict):
        model = meta.get("model") if meta else None
        return PartedPayload(payload, None, {"response": model} if isinstance(model, str) else None)
    aliases: dict[str, str] = {}
    models: dict[str, str] = {}
    shown = {}
    for name, response in responses.items():
        made = _random_id(rng, aliases)
        aliases[made] = name
        if model := response.get("model"):
            models[made] = model
        shown[made] = {key: value for key, value in response.items() if key != "model"}
    return PartedPayload({**payload, "responses": shown}, aliases, models or None)


def _random_id(rng: Random, taken: dict[str, str]) -> str:
    """Eight characters: 40 random bits, ten for each pair."""
    bits = rng.getrandbits(40)
    made = _PAIRS[bits >> 30] + _PAIRS[bits >> 20 & 1023] + _PAIRS[bits >> 10 & 1023] + _PAIRS[bits & 1023]
    return made if made not in taken else _random_id(rng, taken)
