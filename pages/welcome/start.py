"""Start: what a new workspace offers its first admin."""

import streamlit as st

from ui import navigation
from ui.text import _

st.title(_("Your workspace is ready"))
st.write(_("Look around with made-up people and history, or begin with your own data."))
demo, own = st.columns(2)
with demo.container(border=True):
    st.subheader(_("Load the demo workspace"))
with own.container(border=True):
    st.subheader(_("Create your first project"))
    st.write(_("Choose a template, import your items, invite two people: the pilot takes an afternoon."))
    st.page_link(navigation.page("people"), label=_("Invite people"), icon=":material/group_add:")
