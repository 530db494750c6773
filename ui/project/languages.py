"""What is said where the two languages of a text differ: missing in one, or left behind when the other was edited."""

from collections.abc import Sequence

import streamlit as st

from core.errors import N_
from core.permissions import Actor
from core.services import translations
from core.services.projects import ProjectView
from core.services.translations import Gap, Part
from core.store.engine import transaction
from ui import auth, forms, state
from ui.text import _, plain

AGREED = N_("The other language needs no change")
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
        st.caption(_listed(_("Not translated; everyone sees the original:"), alone))


def confirmed(project: ProjectView, gaps: Sequence[Gap]) -> bool:
    """Asked before texts left behind are saved; True where there are none. Whoever saves them stores that they agree."""
    return _none_left(gaps) or st.checkbox(_(AGREED), key=f"languages:{project.slug}")


def offer(actor: Actor, project: ProjectView, part: Part, gaps: Sequence[Gap]) -> None:
    """The same of texts that were saved before."""
    if _none_left(gaps) or not st.button(_(AGREED), key=f"languages_agree:{project.slug}", icon=":material/check:"):
        return
    with transaction() as session:
        translations.agree(session, actor, project.slug, part, now=auth.now())
    state.flash(_("Saved."))
    st.rerun()


def _none_left(gaps: Sequence[Gap]) -> bool:
    return all(gap.missing for gap in gaps)


def _listed(heading: str, gaps: Sequence[Gap]) -> str:
    lines = [_said(gap).format(language=forms.LANGUAGES[gap.lang], text=plain(_short(gap.text))) for gap in gaps]
    more = [_("and {n} more").format(n=len(gaps) - SHOWN)] if len(gaps) > SHOWN else []
    return "\n".join([heading, "", *(f"- {line}" for line in [*lines[:SHOWN], *more])])


def _said(gap: Gap) -> str:
    return _("“{text}”: {language} is missing") if gap.missing else _("“{text}”: {language} is outdated")


def _short(text: str) -> str:
    first = text.strip().split("\n")[0]
    return first if len(first) <= LONGEST else first[:LONGEST] + "…"
