"""People: who is here, in which role, and the links that bring more."""

import streamlit as st

from core.permissions import Right
from ui import auth, headings
from ui.people import invite as people_invite, list as people_list, person as people_person
from ui.text import _

actor = auth.require_right(Right.SEE_PEOPLE)
headings.page_title(_("People"))

chosen = people_list.show(actor)
if actor.may(Right.MANAGE_PEOPLE):
    if chosen:
        people_person.show(actor, chosen)
    st.divider()
    people_invite.show(actor)
