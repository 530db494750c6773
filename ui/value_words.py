"""What answers come to, in words: classes by their names, responses by the letters that the file's order gives them."""

from collections.abc import Mapping, Sequence
from string import ascii_uppercase
from typing import Any

import orjson

from core.services.projects import ProjectView
from core.tasks.base import ScaleName
from ui.insight.quality_words import class_name
from ui.text import _

LETTERS: Mapping[str, str] = {"first": "A", "second": "B"}
"""Of two compared responses, as an item's preview has them."""
NOTHING = "—"


def value_words(project: ProjectView, scale: ScaleName, value: Any) -> str:
    """Not made safe for Markdown: leads write names of classes."""
    if value is None:
        return NOTHING
    if scale in ("ordinal", "interval") and not isinstance(value, str):
        return f"{round(value, 2):g}"
    if scale == "set":
        return ", ".join(class_name(project, name) for name in _parts(value)) or NOTHING
    if scale == "rank":
        return _ranked([int(rank) for rank in (value.split(",") if isinstance(value, str) else value)])
    return LETTERS.get(str(value)) or class_name(project, str(value))


def _parts(value: Any) -> Sequence[str]:
    found: Sequence[str] = orjson.loads(value) if isinstance(value, str) else value
    return found


def _ranked(ranks: Sequence[int]) -> str:
    """A > B = C."""
    levels: dict[int, list[str]] = {}
    for letter, rank in zip(ascii_uppercase, ranks, strict=False):
        levels.setdefault(rank, []).append(letter)
    return " > ".join(" = ".join(levels[rank]) for rank in sorted(levels))


def letters_note(project: ProjectView) -> str:
    """What the letters mean, where there are some."""
    compares = project.task in ("pairwise", "ranking")
    return _("A, B, … are the responses in the file's order; annotators saw them in another.") if compares else ""
