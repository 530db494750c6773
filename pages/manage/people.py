"""People: who is here, in which role, and the links that bring more."""

import streamlit as st

from ui.text import _

st.title(_("People"))
