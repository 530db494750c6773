"""My work: one's own answers, drafts and progress."""

import streamlit as st

from ui import auth, my_work
from ui.chosen import row_in_address

actor = auth.current_actor()
answer = row_in_address("answer")
if answer is not None:
    st.query_params["answer"] = str(answer)  # a link from this page to itself leaves the browser's address as it was
    my_work.open_answer(actor, answer)
else:
    st.query_params.clear()
    my_work.show(actor)
