"""Words for the reasons with which people pass on an item; the desk sends codes, or what somebody wrote."""

from collections.abc import Mapping

from core.errors import N_
from ui.text import _, plain

REASONS: Mapping[str, str] = {
    "unclear": N_("The item is unclear"),
    "too_long": N_("It is too long"),
    "outside_knowledge": N_("Outside my knowledge"),
    "wrong_language": N_("Not a language I work in"),
}


def reason_words(reason: str) -> str:
    return _(REASONS[reason]) if reason in REASONS else plain(reason)
