"""Account: the actor's own password, languages, sessions and access tokens."""

import streamlit as st

from core.services import people
from core.store.engine import reading
from ui import account, auth, headings, taking
from ui.frame import show_errors
from ui.text import _, plain
from ui.words import role_name

actor = auth.current_actor()
with reading() as session:
    person = people.me(session, actor)

headings.page_title(_("Account"))
st.caption(" · ".join([plain(person.name), role_name(person.role), plain(person.email or "")]).rstrip(" ·"))

left, right = st.columns(2, gap="large")
with left:
    account.languages(person)
    headings.section(_("Languages and content I accept"))
    with show_errors():
        taking.show(actor, person.id)
    account.password(actor)
with right:
    account.sessions_of(actor)
    account.tokens_of(actor)
