"""What a lead can choose beside the format of an export."""

from collections.abc import Mapping
from typing import get_args

import streamlit as st

from core.errors import N_
from core.interchange.card_words import LICENSES
from core.interchange.training_rows import Shape
from core.services.export_job import ADDITIONS, LABOUR, ExportOptions
from core.services.export_quality import CHOICES, Choice
from ui.text import _

_SHAPES: Mapping[Shape | None, str] = {
    None: N_("Conversations if any row is one"),
    "plain": N_("Plain text only"),
    "conversational": N_("Conversations only"),
}
_VERDICTS: Mapping[Choice | None, str] = {
    None: N_("Recommended method if gold supports it, else majority"),
    "recommended": N_("Recommended method"),
    "majority": N_("Majority of answers"),
    "review-only": N_("Reviewed items only"),
}
_LABOUR: Mapping[str | None, str] = {
    None: N_("Not stated"),
    "expert-generated": N_("Experts in the subject"),
    "crowdsourced": N_("A crowd of workers"),
}
_ADDITIONS: Mapping[str, str] = {
    "texts": N_("Item texts"),
    "lang": N_("Item language"),
    "models": N_("Model names"),
}


def chosen(license_: str) -> ExportOptions:
    with st.expander(_("Options"), icon=":material/tune:"):
        left, right = st.columns(2)
        with left:
            labour = st.selectbox(
                _("Annotators"),
                [None, *LABOUR],
                format_func=lambda one: _(_LABOUR[one]),
                key="export_labour",
                help=_("Written to the dataset card. State only what you know."),
            )
        with right:
            shape = st.selectbox(
                _("Shape of training rows"),
                [None, *get_args(Shape)],
                format_func=lambda one: _(_SHAPES[one]),
                key="export_shape",
                help=_("Rows that can't take this shape are left out and counted."),
            )
            additions = st.pills(
                _("With all answers"),
                ADDITIONS,
                selection_mode="multi",
                format_func=lambda one: _(_ADDITIONS[one]),
                key="export_with",
            )
            names = st.toggle(
                _("Annotators by name"),
                key="export_names",
                help=_("Off: pseudonyms, the same in every export of the project."),
            )
        verdict, near = _verdict(), _near_duplicates()
    return ExportOptions(shape, names, frozenset(additions), license_, labour, verdict, near)


def _verdict() -> Choice | None:
    return st.selectbox(
        _("Verdicts"), [None, *CHOICES], format_func=lambda one: _(_VERDICTS[one]), key="export_verdict",
        help=_("A reviewer's verdict always comes first. Each row states how its verdict was reached."),
    )  # fmt: skip


def _near_duplicates() -> bool:
    return st.toggle(
        _("Keep similar prompts together"), key="export_near",
        help=_("Prompts of this project that differ in a few words only stay on one side of train and test, too. Takes longer."),
    )  # fmt: skip


def license_name() -> str:
    """Empty if none is chosen."""
    named = st.selectbox(
        _("License"),
        LICENSES,
        index=None,
        accept_new_options=True,
        placeholder=_("Not stated"),
        key="export_license",
        help=_("Written to the dataset card. Choose one, or type the name of another."),
    )
    return (named or "").strip()
