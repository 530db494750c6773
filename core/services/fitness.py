"""Whether a person takes the languages and the content of a lane; no languages on file means no wish was stated."""

from collections.abc import Set
from functools import lru_cache
from typing import Any


def fits(lane: Any, languages: frozenset[str], avoids: Set[str]) -> bool:
    return speaks_all(lane, languages) and takes_content(lane, avoids)


def speaks_all(lane: Any, languages: frozenset[str]) -> bool:
    return not languages or all(speaks(languages, tag) for tag in (lane.lang, lane.response_lang))


def takes_content(lane: Any, avoids: Set[str]) -> bool:
    return avoids.isdisjoint(filter(None, lane.sensitive.split(",")))


@lru_cache(maxsize=4096)
def speaks(languages: frozenset[str], tag: str) -> bool:
    """Whether one of a person's languages covers a BCP-47 tag by its primary subtag; `mul` asks for two languages."""
    primary = tag.split("-", 1)[0].lower()
    spoken = {language.split("-", 1)[0].lower() for language in languages}
    if primary == "mul":
        return len(spoken) > 1
    return primary in ("", "und", "zxx") or primary in spoken
