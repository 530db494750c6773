"""What a lead can choose of an export: kept in the address, the license with the project once something is exported."""

from collections.abc import Mapping, Sequence
from typing import TypeVar, get_args

import streamlit as st

from core.errors import N_
from core.interchange.card_words import LICENSES
from core.interchange.training_rows import Shape
from core.services import exporting
from core.services.export_job import ADDITIONS, LABOUR, ExportOptions
from core.services.export_quality import CHOICES
from core.services.projects import ProjectView
from ui import address, state
from ui.text import _

USUAL = ""
"""What is done unless the lead chooses."""
_SHAPES: Mapping[str, str] = {
    USUAL: N_("Conversations if any row is one"),
    "plain": N_("Plain text only"),
    "conversational": N_("Conversations only"),
}
_VERDICTS: Mapping[str, str] = {
    USUAL: N_("Recommended method if gold supports it, else majority"),
    "recommended": N_("Recommended method"),
    "majority": N_("Majority of answers"),
    "review-only": N_("Reviewed items only"),
}
_LABOUR: Mapping[str, str] = {
    USUAL: N_("Not stated"),
    "expert-generated": N_("Experts in the subject"),
    "crowdsourced": N_("A crowd of workers"),
}
_CARD = N_("Written to the dataset card. State only what you know.")
_LEFT_OUT = N_("Rows that can't take this shape are left out and counted.")
_NEAR = N_(
    "Prompts of this project that differ in a few words only stay on one side of train and test, too. Takes longer."
)
_PSEUDONYMS = N_("Off: pseudonyms, the same in every export of the project.")
_REVIEWED = N_("A reviewer's verdict always comes first. Each row states how its verdict was reached.")
_SAME_SIDE = N_("Items with the same prompt or group stay together, on the same side in every project and export.")
_TYPED = N_("Written to the dataset card. Choose one, or type another name. The next export suggests it.")
_ADDITIONS: Mapping[str, str] = {
    "texts": N_("Item texts"),
    "lang": N_("Item language"),
    "models": N_("Model names"),
}


_Option = TypeVar("_Option", bound=str)
_PARTS = ("annotators", "verdict", "near", "shape", "with", "names")
_OPEN = "export_options_open"


def chosen(project: ProjectView) -> tuple[float, ExportOptions]:
    """The share of the test file, and the rest."""
    left, right = st.columns(2)
    with left:
        share = _test_share()
    with right:
        license_ = _license(project)
    with st.expander(_("Options"), icon=":material/tune:", expanded=_once_chosen()):
        left, right = st.columns(2)
        with left:
            labour = _one_of("annotators", _("Annotators"), LABOUR, _LABOUR, _CARD)
            names = address.switch("names", _("Annotators by name"), help=_(_PSEUDONYMS))
        with right:
            shape = _one_of("shape", _("Shape of training rows"), get_args(Shape), _SHAPES, _LEFT_OUT)
            additions = address.several("with", _("With all answers"), ADDITIONS, lambda one: _(_ADDITIONS[one]))
        verdict = _one_of("verdict", _("Verdicts"), CHOICES, _VERDICTS, _REVIEWED)
        near = address.switch("near", _("Keep similar prompts together"), help=_(_NEAR))
    wanted = frozenset(one for one in ADDITIONS if one in additions)
    return share, ExportOptions(shape, names, wanted, license_, labour, verdict, near)


def _once_chosen() -> bool:
    """Options that the address chose stay in view, also when they are put back."""
    opened = state.recall(_OPEN, False) or any(address.get(part) for part in _PARTS)
    state.keep(_OPEN, opened)
    return bool(opened)


def _one_of(name: str, label: str, options: Sequence[_Option], words: Mapping[str, str], why: str) -> _Option | None:
    every: list[str] = [USUAL, *options]
    picked = address.choice(name, label, every, lambda one: _(words[one]), width="stretch", help=_(why))
    return next((one for one in options if one == picked), None)


def _test_share() -> float:
    usual = round(exporting.TEST_SHARE * 100)
    label = _("Hold-out (test) set, share of prompts")
    return address.percent("share", label, (0, 50), usual, step=5, help=_(_SAME_SIDE)) / 100


def _license(project: ProjectView) -> str:
    return address.open_choice(
        "license", _("License"), LICENSES, default=project.policy.license, placeholder=_("Not stated"), help=_(_TYPED)
    )
