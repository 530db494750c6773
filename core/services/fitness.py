"""Whether a person takes the languages and the content of a lane; no languages on file means no wish was stated."""

from collections.abc import Set
from typing import Any

from core.services.queue import speaks


def fits(lane: Any, languages: frozenset[str], avoids: Set[str]) -> bool:
    return speaks_all(lane, languages) and takes_content(lane, avoids)


def speaks_all(lane: Any, languages: frozenset[str]) -> bool:
    return not languages or all(speaks(languages, tag) for tag in (lane.lang, lane.response_lang))


def takes_content(lane: Any, avoids: Set[str]) -> bool:
    return avoids.isdisjoint(filter(None, lane.sensitive.split(",")))
