"""Progress: how one project is getting on."""

import streamlit as st

from ui import address, auth, progress_page
from ui.text import _

actor = auth.current_actor()
st.title(_("Progress"))
if listed := progress_page.projects_to_see(actor):
    progress_page.show(actor, address.project(listed).slug)
else:
    progress_page.empty()
