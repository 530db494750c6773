"""A Streamlit script with nothing but a desk, mounted as the address says; the API behind it is the real one."""

import json

import streamlit as st

from core import language
from ui.desk.desk import desk
from ui.desk.words import STRINGS

st.set_page_config(layout="wide")
asked = st.query_params
tongue = asked.get("lang", "en")
words = {msgid: language.translate(msgid, tongue) for msgid in STRINGS}
if asked.get("mode") == "preview":
    st.text_input("Elsewhere on the page")
    screen = json.loads(st.query_params["screen"])
    desk(key="preview", mode="preview", actor=asked["actor"], language=tongue, ui_strings=words, screen=screen)
elif asked.get("mode") == "revise":
    for _ in range(int(asked.get("above", "0"))):
        st.write("What a reviewer said of this answer")
    desk(
        key="revise", mode="revise", actor=asked["actor"], language=tongue, ui_strings=words, answer_id=asked["answer"]
    )
elif asked.get("mode") == "review":
    desk(
        key="review",
        mode="review",
        actor=asked["actor"],
        language=tongue,
        ui_strings=words,
        slug=asked["slug"],
        filter_by={"item": asked.get("item", "")},
    )
else:
    desk(
        key="label",
        mode="label",
        actor=asked["actor"],
        language=tongue,
        ui_strings=words,
        slug=asked["slug"],
        title=asked.get("title", ""),
    )
