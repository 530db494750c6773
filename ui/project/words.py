"""Names of what is said about projects in more than one place."""

from collections.abc import Mapping
from typing import Literal

from core.errors import N_
from core.services.routing import Whole
from core.tasks import TASK_TYPES
from ui import navigation
from ui.text import content, plain

Colour = Literal["gray", "blue", "green", "orange", "violet"]
STATE_COLOURS: Mapping[str, Colour] = {
    "draft": "gray",
    "pilot": "violet",
    "live": "green",
    "paused": "orange",
    "done": "blue",
}

WHOLES: Mapping[Whole, str] = {"item": N_("Items"), "group": N_("Groups"), "batch": N_("Batches")}

OUTCOMES: Mapping[str, str] = {
    "submitted": N_("Answered"),
    "skipped": N_("Skipped"),
    "bad_item": N_("Reported as broken"),
    "personal_data": N_("Reported: personal data"),
    "give_up": N_("Gave up"),
    "unsafe_for_me": N_("Not for them"),
}


def task_name(key: str) -> str:
    return plain(content(TASK_TYPES[key].title)) if key in TASK_TYPES else plain(key)


def navigation_has(path: str) -> bool:
    return any(entry.path == path for entry in navigation.entries())
