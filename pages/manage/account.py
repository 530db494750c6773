"""Account: the actor's own password, languages, sessions and access tokens."""

import streamlit as st

from ui.text import _

st.title(_("Account"))
