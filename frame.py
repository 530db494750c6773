"""The Streamlit script: page config, who is signed in, navigation by role, and the page itself."""

import streamlit as st

from ui import address, auth, browser, navigation, sidebar, sign_in, state
from ui.frame import LOGO, WORDMARK, name_tab, no_access, show_flashes, whole
from ui.text import language

st.set_page_config(page_icon=LOGO, layout="wide")

st.logo(WORDMARK, size="medium", icon_image=LOGO)

visitor = auth.visitor()
if visitor is None:
    page = navigation.for_anonymous(sign_in.page)
else:
    state.set_language(visitor.actor.language)
    state.set_content_language(visitor.content_language)
    page = navigation.for_signed_in(visitor.rights, no_access, waiting={"work": visitor.sent_back})
    with st.sidebar:
        sidebar.show(visitor)
    show_flashes()

address.settle(page.url_path)
with whole(page.title):
    page.run()
name_tab(page.title, visitor.actor if visitor else None)
browser.settle_document(language(), page.url_path, address.filled())
