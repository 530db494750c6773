"""Names of the codes with which reviewers say why: reasons of verdicts and of answers sent back."""

from collections.abc import Mapping

from core.errors import N_
from ui.text import _

REASONS: Mapping[str, str] = {
    "guideline_gap": N_("Guideline gap"),
    "annotator_error": N_("Annotator error"),
    "ambiguous": N_("Genuinely ambiguous"),
    "bad_item": N_("Bad item"),
}


def reason_name(reason: str) -> str:
    return _(REASONS[reason])
