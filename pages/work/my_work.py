"""My work: one's own answers, drafts and progress."""

import streamlit as st

from ui import auth, my_work

actor = auth.current_actor()
answer = st.query_params.get("answer", "")
if answer.isdigit():
    st.query_params["answer"] = answer  # a link from this page to itself leaves the browser's address as it was
    my_work.open_answer(actor, int(answer))
else:
    st.query_params.clear()
    my_work.show(actor)
