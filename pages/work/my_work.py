"""My work: one's own answers, drafts and progress."""

import streamlit as st

from ui import auth, my_work

actor = auth.current_actor()
answer = st.query_params.get("answer", "")
if answer.isdigit():
    my_work.open_answer(actor, int(answer))
else:
    my_work.show(actor)
