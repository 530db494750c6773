"""What is said where the two languages of a text differ: missing in one, or left behind when the other was edited."""

from collections.abc import Sequence

import streamlit as st

from core.services.translations import Gap
from ui import forms
from ui.text import _, plain

SHOWN, LONGEST = 6, 60


def warn(gaps: Sequence[Gap]) -> None:
    """Texts left behind as a warning, texts in one language alone as a note."""
    left, alone = [gap for gap in gaps if not gap.missing], [gap for gap in gaps if gap.missing]
    if left:
        st.warning(
            _listed(_("Edited in one language only, so readers of the other see an outdated text:"), left),
            icon=":material/translate:",
        )
    if alone:
        st.caption(_listed(_("Not translated; everybody sees the text as it is:"), alone))


def confirmed(gaps: Sequence[Gap], key: str) -> bool:
    """Asked before texts left behind are published; True where there are none."""
    if all(gap.missing for gap in gaps):
        return True
    return st.checkbox(_("The other language needs no change"), key=key)


def _listed(heading: str, gaps: Sequence[Gap]) -> str:
    lines = [_said(gap).format(language=forms.LANGUAGES[gap.lang], text=plain(_short(gap.text))) for gap in gaps]
    more = [_("and {n} more").format(n=len(gaps) - SHOWN)] if len(gaps) > SHOWN else []
    return "\n".join([heading, "", *(f"- {line}" for line in [*lines[:SHOWN], *more])])


def _said(gap: Gap) -> str:
    return _("“{text}”: {language} is missing") if gap.missing else _("“{text}”: {language} is outdated")


def _short(text: str) -> str:
    first = text.strip().split("\n")[0]
    return first if len(first) <= LONGEST else first[:LONGEST] + "…"
