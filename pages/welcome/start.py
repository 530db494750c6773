"""Start: what a new workspace offers its first admin."""

from random import SystemRandom

import pandas as pd
import streamlit as st

from core.permissions import Actor, Right
from core.services import demo
from core.store.engine import reading, transaction
from ui import auth, headings, navigation, state
from ui.frame import show_errors
from ui.project.pick import link_to_templates
from ui.text import _

_PASSWORDS = "demo_passwords"


def _demo(actor: Actor) -> None:
    headings.section(_("Load the demo workspace"))
    st.write(_("A team of eight, six projects and three weeks of simulated history, marked as such."))
    with reading() as session:
        loaded = demo.loaded(session)
    if st.button(_("Load the demo"), type="primary", icon=":material/play_circle:", disabled=loaded, key="load_demo"):
        with st.spinner(_("Three weeks pass; this takes some seconds…")), transaction() as session:
            report = demo.load(session, actor, now=auth.now(), rng=SystemRandom())
        state.keep(_PASSWORDS, dict(report.passwords))
        st.rerun()
    if loaded:
        st.caption(_("The demo is loaded."))
        st.page_link(navigation.page("today"), label=_("See what a lead sees each morning"), icon=":material/today:")


def _passwords(passwords: dict[str, str]) -> None:
    headings.section(_("Who you can sign in as"))
    st.write(_("These passwords are shown only once. Sign in as an annotator in another browser window."))
    columns = {"name": st.column_config.TextColumn(_("Name")), "password": st.column_config.TextColumn(_("Password"))}
    rows = [{"name": name, "password": password} for name, password in passwords.items()]
    st.dataframe(pd.DataFrame(rows), hide_index=True, column_config=columns, width="content")


def _own() -> None:
    headings.section(_("Create your first project"))
    st.write(_("Choose a template, import your items, invite two people: the pilot takes an afternoon."))
    link_to_templates(_("Choose a template"))
    st.page_link(navigation.page("people"), label=_("Invite people"), icon=":material/group_add:")


actor = auth.require_right(Right.MANAGE_WORKSPACE)
headings.page_title(_("Your workspace is ready"))
st.write(_("Look around with made-up people and history, or begin with your own data."))
left, right = st.columns(2, gap="large")
with left.container(border=True), show_errors():
    _demo(actor)
with right.container(border=True):
    _own()
shown_once: dict[str, str] = state.recall(_PASSWORDS, {})
if shown_once:
    _passwords(shown_once)
