"""The list of projects, and the way to a new one."""

import streamlit as st

from core.permissions import Actor
from core.services.project_changes import STATES
from core.services.summaries import Summary, summaries
from core.store.engine import reading
from ui import address, auth, figures, headings, navigation
from ui.project.words import STATE_COLOURS, task_name
from ui.text import _, _n, content, plain
from ui.words import state_name

WIDTHS = (4.6, 1.2, 2.2, 1.4, 1.8)


def show(actor: Actor) -> None:
    with reading() as session:
        found = summaries(session, actor)
    with st.container(horizontal=True, vertical_alignment="bottom", horizontal_alignment="distribute"):
        headings.page_title(_("Projects"))
        _new_link(primary=bool(found))
    if not found:
        _empty()
        return
    shown = _filtered(found)
    st.caption(_n("{n} project", "{n} projects", len(shown)).format(n=len(shown)))
    for summary in shown:
        _row(summary)


def _new_link(*, primary: bool) -> None:
    label = _("New project")
    with st.container(width="content"):
        if primary and st.button(label, type="primary", icon=":material/add:", key="new_project"):
            address.only(new="gallery")
            st.rerun()


def _empty() -> None:
    st.write(_("Your projects appear here, with their task, progress and people."))
    if st.button(_("Create your first project"), type="primary", icon=":material/add:", key="first_project"):
        address.only(new="gallery")
        st.rerun()


def _filtered(found: list[Summary]) -> list[Summary]:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        words = address.text("find", _("Find by title or short name"))
        states = address.several("state", _("State"), STATES, state_name)
    return [s for s in found if _matches(s, words.casefold()) and (not states or s.project.state in states)]


def _matches(summary: Summary, words: str) -> bool:
    view = summary.project
    titles = view.title.values() if isinstance(view.title, dict) else [view.title]
    return any(words in text.casefold() for text in (view.slug, *titles))


def _row(summary: Summary) -> None:
    view = summary.project
    with st.container(border=True):
        name, state, items, people, due = st.columns(WIDTHS, vertical_alignment="center")
        with name:
            st.page_link(navigation.page("projects"), label=f"**{plain(content(view.title))}**", icon=":material/folder:", query_params={"project": view.slug})  # fmt: skip
            st.caption(
                " · ".join([plain(view.slug), task_name(view.task), *([_("simulated")] if view.simulated else [])])
            )
        with state:
            st.badge(state_name(view.state), color=STATE_COLOURS[view.state])
        items.markdown(_items(summary))
        people.markdown(_n("{n} person", "{n} people", summary.people).format(n=summary.people))
        due.markdown(_due(summary))


def _items(summary: Summary) -> str:
    if not summary.items:
        return _("no items yet")
    said = _n("{done} of {total} item done", "{done} of {total} items done", summary.items)
    return said.format(done=figures.number(summary.done), total=figures.number(summary.items))


def _due(summary: Summary) -> str:
    if summary.due_at is None:
        return ""
    text = _("due {date}").format(date=figures.day(summary.due_at))
    return f":orange[{text}]" if summary.due_at < auth.now() else text
