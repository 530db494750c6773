"""Review on a page: the project, what to look at, how much waits, and the desk below."""

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta

import streamlit as st

from core.errors import N_
from core.permissions import Actor, Right
from core.services import projects
from core.services.projects import ProjectView
from core.services.review import reviewing
from core.services.review.reviewing import Choices, Queue
from core.store.engine import reading
from ui import address, auth, figures, fragments, headings
from ui.desk.desk import desk
from ui.project import cards
from ui.project.words import task_name
from ui.text import _, _n, content_language, language, plain
from ui.workplace import desk_strings

WHY: Mapping[str, str] = {
    "reopened": N_("Reopened"),
    "back": N_("Back from their authors"),
    "second": N_("Second review"),
    "flag": N_("Flagged"),
    "doubt": N_("In doubt"),
    "audit": N_("Drawn at random"),
}
FILTERS = ("why", "batch", "lang", "tag", "annotator")
Field = tuple[str, Sequence[str], Callable[[str], str]]
RECOUNT = timedelta(minutes=1)


def show(actor: Actor) -> None:
    with reading() as session:
        found = projects.where(session, actor, Right.REVIEW)
    if not found:
        headings.page_title(_("Review"))
        st.write(_("Projects you review appear here, with the items that need a review. Their lead adds you."))
        return
    if not address.get("project"):
        with reading() as session:
            waiting = reviewing.queues(session, actor, now=auth.now())
        if len(waiting) > 1:
            _choose(waiting)
            return
        address.fill("project", waiting[0].project.slug if waiting else found[0].slug)
    _sit_down(actor, found)


def _choose(waiting: Sequence[Queue]) -> None:
    headings.page_title(_("Review"))
    cards.count(len(waiting))
    for queue in waiting:
        cards.card(queue.project, "review", about=[task_name(queue.project.task)], left=_left(queue), open_now=True)


def _left(queue: Queue) -> str:
    if not queue.waiting:
        return _("Calculating uncertainty…")
    return _n("{n} item to review", "{n} items to review", queue.waiting).format(n=figures.number(queue.waiting))


def _sit_down(actor: Actor, found: Sequence[ProjectView]) -> None:
    with st.container(horizontal=True, vertical_alignment="center", key="review_top"):
        project = address.project(found, address.shown("project") or "", collapsed=True)
        filter_by = _filters(actor, project)
        _waiting(actor, project.slug)
    desk(
        key=f"review_{project.slug}", mode="review", slug=project.slug, title=project.title, actor=str(actor.person_id),
        language=language(), ui_strings=desk_strings(), content_language=content_language(), filter_by=filter_by,
    )  # fmt: skip


# Filters --------------------------------------------------------------------------------------------------------------


def _filters(actor: Actor, project: ProjectView) -> dict[str, str]:
    with reading() as session:
        choices = reviewing.filters(session, actor, project.slug)
        sees_people = projects.may(session, actor, project.id, Right.SEE_PEOPLE)
    offered = _offered(choices, sees_people=sees_people)
    n = sum(address.get(name) in values for name, (_label, values, _named) in offered.items())
    label = _("Filters: {n}").format(n=n) if n else _("Filters")
    with st.container(key="review_filters", width="content"), st.popover(label, icon=":material/filter_list:"):
        picked = {name: address.optional(name, *field) for name, field in offered.items()}
        st.button(_("Show everything"), disabled=not n, key="review_clear", on_click=_clear)
    chosen = {name: value for name, value in picked.items() if value}
    if item := address.get("item"):
        st.button(
            _("Only {item}").format(item=plain(item)), icon=":material/close:", key="review_item", on_click=_let_go,
            help=_("Continue with the other items"),
        )  # fmt: skip
        return {**chosen, "item": item}
    return chosen


def _offered(choices: Choices, *, sees_people: bool) -> dict[str, Field]:
    """What can be asked for, each by its name in the address."""
    fields: dict[str, Field] = {
        "why": (_("Reason"), list(WHY), lambda why: _(WHY[why])),
        "batch": (_("Batch"), choices.batches, str),
        "lang": (_("Language"), choices.languages, figures.language_name),
        "tag": (_("Tag"), choices.tags, str),
        "annotator": (_("Annotator"), choices.annotators if sees_people else (), str),
    }
    return {name: field for name, field in fields.items() if field[1]}


def _clear() -> None:
    address.put(**dict.fromkeys(FILTERS))


def _let_go() -> None:
    address.put(item=None)


# How much waits -------------------------------------------------------------------------------------------------------


def _waiting(actor: Actor, slug: str) -> None:
    @fragments.polling(actor, RECOUNT)
    def look() -> None:
        with reading() as session:
            counts = reviewing.counts(session, actor, slug, now=auth.now())
        _counted(counts)

    look()


def _counted(counts: Mapping[str, int]) -> None:
    parts = [f"{_(words)} {figures.number(counts[why])}" for why, words in WHY.items() if counts.get(why)]
    if counts.get("returned"):
        parts.append(_("With their authors {n}").format(n=figures.number(counts["returned"])))
    if counts.get("working"):
        parts.append(_("Calculating uncertainty…"))
    st.caption(" · ".join(parts) or _("Nothing waits for review."))
