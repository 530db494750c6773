"""Review on a page: the project, what to look at, how much waits, and the desk below."""

from collections.abc import Mapping, Sequence
from datetime import timedelta

import streamlit as st

from core.errors import N_
from core.permissions import Actor, Right
from core.services import projects
from core.services.projects import ProjectView
from core.services.review import reviewing
from core.services.review.reviewing import Choices
from core.store.engine import reading
from ui import address, auth, figures, headings, state
from ui.desk.desk import desk
from ui.text import _, content_language, language, plain
from ui.workplace import desk_strings

WHY: Mapping[str, str] = {
    "reopened": N_("Reopened"),
    "back": N_("Back from their authors"),
    "second": N_("Second look"),
    "flag": N_("Flagged"),
    "doubt": N_("In doubt"),
    "audit": N_("Drawn at random"),
}
RECOUNT = timedelta(minutes=1)


def show(actor: Actor) -> None:
    with reading() as session:
        found = projects.where(session, actor, Right.REVIEW)
    if not found:
        headings.page_title(_("Review"))
        st.write(_("The projects you review will stand here, with the items worth a second look. Their lead adds you."))
        return
    with st.container(horizontal=True, vertical_alignment="center", key="review_top"):
        project = _project(actor, found)
        filter_by = _filters(actor, project)
        _waiting(actor, project.slug)
    desk(
        key=f"review_{project.slug}", mode="review", slug=project.slug, title=project.title, actor=str(actor.person_id),
        language=language(), ui_strings=desk_strings(), content_language=content_language(), filter_by=filter_by,
    )  # fmt: skip


def _project(actor: Actor, found: Sequence[ProjectView]) -> ProjectView:
    """The one in the address, or the first in which something waits."""
    first = "" if address.get("project") else _first(actor, found)
    return address.project(found, first, collapsed=True)


def _first(actor: Actor, found: Sequence[ProjectView]) -> str:
    with reading() as session:
        waits = (
            view.slug for view in found if any(reviewing.counts(session, actor, view.slug, now=auth.now()).values())
        )
        return next(waits, found[0].slug)


# Filters --------------------------------------------------------------------------------------------------------------


def _filters(actor: Actor, project: ProjectView) -> dict[str, str]:
    with reading() as session:
        choices = reviewing.filters(session, actor, project.slug)
        sees_people = projects.may(session, actor, project.id, Right.SEE_PEOPLE)
    keys = {name: f"review:{project.slug}:{name}" for name in ("why", "batch", "lang", "tag", "annotator")}
    chosen = {name: value for name, key in keys.items() if (value := state.recall(key, ""))}
    label = _("Filters: {n}").format(n=len(chosen)) if chosen else _("Filters")
    with st.container(key="review_filters", width="content"), st.popover(label, icon=":material/filter_list:"):
        _fields(keys, choices, sees_people=sees_people)
        st.button(_("Show everything"), disabled=not chosen, key="review_clear", on_click=_clear, args=(keys,))
    if item := address.get("item"):
        st.button(
            _("Only {item}").format(item=plain(item)), icon=":material/close:", key="review_item", on_click=_let_go,
            help=_("Go on with the other items"),
        )  # fmt: skip
        return {**chosen, "item": item}
    return chosen


def _fields(keys: Mapping[str, str], choices: Choices, *, sees_people: bool) -> None:
    st.selectbox(
        _("Why"), list(WHY), index=None, format_func=lambda why: _(WHY[why]), placeholder=_("All"), key=keys["why"]
    )
    offered = {
        "batch": (_("Batch"), choices.batches),
        "lang": (_("Language"), choices.languages),
        "tag": (_("Tag"), choices.tags),
        "annotator": (_("Annotator"), choices.annotators if sees_people else ()),
    }
    for name, (label, values) in offered.items():
        if values:
            st.selectbox(
                label, values, index=None, placeholder=_("All"), key=keys[name],
                format_func=figures.language_name if name == "lang" else str,
            )  # fmt: skip


def _clear(keys: Mapping[str, str]) -> None:
    for key in keys.values():
        state.keep(key, None)


def _let_go() -> None:
    address.put(item=None)


# How much waits -------------------------------------------------------------------------------------------------------


@st.fragment(run_every=RECOUNT)
def _waiting(actor: Actor, slug: str) -> None:
    with reading() as session:
        counts = reviewing.counts(session, actor, slug, now=auth.now())
    parts = [f"{_(words)} {figures.number(counts[why])}" for why, words in WHY.items() if counts.get(why)]
    if counts.get("returned"):
        parts.append(_("With their authors {n}").format(n=figures.number(counts["returned"])))
    if counts.get("working"):
        parts.append(_("Doubt is being worked out"))
    st.caption(" · ".join(parts) or _("Nothing waits for review."))
