"""What a person takes, as choices: languages and sensitive content."""

import streamlit as st

from core.permissions import Actor
from core.services import taking
from core.store.engine import reading, transaction
from ui import auth, figures, state
from ui.text import _

COMMON = ("zh", "en", "ms", "ta")
"""Offered before any item names a language."""


def show(actor: Actor, person_id: int) -> None:
    with reading() as session:
        now = taking.of(session, actor, person_id)
    languages = st.multiselect(
        _("Languages"), list(dict.fromkeys([*COMMON, *now.known_languages])), list(now.languages),
        key=f"taking_languages:{person_id}", format_func=figures.language_name, placeholder=_("Any language"),
        help=_("Items in other languages go to other annotators. If you choose none, you get every language."),
    )  # fmt: skip
    avoids = st.multiselect(
        _("Content I don't want to see"), list(now.known_content), list(now.avoids), key=f"taking_avoids:{person_id}",
        accept_new_options=True, placeholder=_("Nothing is left out"),
        help=_("Items marked with such content go to other annotators; you don't have to give a reason."),
    )  # fmt: skip
    changed = (sorted(languages), sorted(avoids)) != (sorted(now.languages), sorted(now.avoids))
    if st.button(_("Save preferences"), disabled=not changed, key=f"save_taking:{person_id}"):
        with transaction() as session:
            taking.change(session, actor, person_id, now=auth.now(), languages=languages, avoids=avoids)
        state.flash(_("Saved."))
        st.rerun()
