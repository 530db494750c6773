"""Where people sit down to work: the choice among their projects, then the desk."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Literal

import streamlit as st

from core.errors import N_, NotFound
from core.permissions import Actor, Right
from core.services import people, projects
from core.services.choices import Choice, choices, compares, not_open_yet, open_to
from core.services.remainder import MOST_COUNTED
from core.store.engine import reading
from ui import address, figures, headings, navigation
from ui.desk.desk import desk
from ui.desk.words import STRINGS
from ui.frame import show_error
from ui.project import cards
from ui.project.words import task_name
from ui.text import _, _n, content_language, language
from ui.words import state_name

Place = Literal["label", "compare"]
TITLES: Mapping[Place, str] = {"label": N_("Label"), "compare": N_("Compare")}
ELSEWHERE: Mapping[Place, Place] = {"label": "compare", "compare": "label"}


def show(actor: Actor, place: Place) -> None:
    """The project in the address; else the only one there is, where the desk itself says why nothing is left; else a
    choice."""
    if slug := address.get("project"):
        _sit_down_at(actor, slug, place)
        return
    with reading() as session:
        found = choices(session, actor, now=datetime.now(UTC))
    here = [choice for choice in found if choice.compares == (place == "compare")]
    if len(here) == 1 and not here[0].paused:
        slug = here[0].project.slug
        address.fill("project", slug)
        sit_down(actor, slug, place)
    elif here:
        _cards(here, place)
    else:
        _nothing(actor, place, elsewhere=len(found))


def _sit_down_at(actor: Actor, slug: str, place: Place) -> None:
    try:
        sit_down(actor, slug, place)
    except NotFound as error:
        headings.page_title(_(TITLES[place]))
        show_error(error)
        with st.container(width="content"):
            st.page_link(navigation.page(place), label=_("Choose among your projects"), icon=":material/arrow_back:")


def sit_down(actor: Actor, slug: str, place: Place) -> None:
    with reading() as session:
        project = projects.get(session, actor, slug)
        here = {view.slug for view in open_to(session, actor) if compares(view.task) == (place == "compare")}
    desk(
        key=f"desk_{slug}", mode="label", slug=slug, title=project.title, actor=str(actor.person_id), language=language(),
        ui_strings=desk_strings(), content_language=content_language(), home=f"/{place}" if here - {slug} else None,
    )  # fmt: skip


def desk_strings() -> dict[str, str]:
    return {text: _(text) for text in STRINGS}


# Choosing -------------------------------------------------------------------------------------------------------------


def _cards(here: Sequence[Choice], place: Place) -> None:
    headings.page_title(_(TITLES[place]))
    cards.count(len(here))
    for choice in here:
        cards.card(
            choice.project, place, about=_particulars(choice), left=_left(choice), open_now=bool(choice.left),
            paused=choice.paused,
        )  # fmt: skip
    st.caption(_("Drafts and finished answers are under My work."))


def _particulars(choice: Choice) -> list[str]:
    found = [task_name(choice.project.task)]
    if choice.project.state == "pilot":
        found.append(state_name("pilot"))
    if choice.languages:
        found.append(figures.listed([figures.language_name(tag) for tag in choice.languages]))
    if choice.due_at:
        found.append(_("due {date}").format(date=figures.day(choice.due_at)))
    return found


def _left(choice: Choice) -> str:
    if choice.left >= MOST_COUNTED:
        return _("more than {n} left for you").format(n=figures.number(MOST_COUNTED))
    if not choice.left:
        return _("nothing left for you now")
    return _n("about {n} left for you", "about {n} left for you", choice.left).format(n=choice.left)


def _nothing(actor: Actor, place: Place, elsewhere: int) -> None:
    headings.page_title(_(TITLES[place]))
    if elsewhere:
        st.write(_("Your projects use the other work page in the menu."))
        other = ELSEWHERE[place]
        with st.container(width="content"):
            st.page_link(navigation.page(other), label=_(TITLES[other]), icon=":material/arrow_forward:")
        return
    with reading() as session:
        drafts = len(not_open_yet(session, actor))
        starts_them = Right.MANAGE_PROJECT in people.rights(session, actor)
    if not drafts:
        st.write(_("Projects you can label in appear here. Your lead adds you to them; you don't need to do anything."))
    elif starts_them:
        st.write(
            _n(
                "Nothing is open for labelling yet. {n} project is a draft: start its pilot to label in it.",
                "Nothing is open for labelling yet. {n} projects are drafts: start a pilot to label in it.",
                drafts,
            ).format(n=drafts)
        )
        with st.container(width="content"):
            st.page_link(navigation.page("projects"), label=_("Open projects"), icon=":material/arrow_forward:")
    else:
        st.write(
            _n(
                "{n} project of yours is not open yet. Its lead starts it; you don't need to do anything.",
                "{n} projects of yours are not open yet. Their leads start them; you don't need to do anything.",
                drafts,
            ).format(n=drafts)
        )
