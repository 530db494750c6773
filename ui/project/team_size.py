"""A warning where items ask for more answers than the team has people: nobody answers an item twice."""

from collections.abc import Sequence

import streamlit as st

from core.permissions import Actor
from core.services import labellers, team_size
from core.services.projects import ProjectView
from core.store.engine import reading
from ui import figures, navigation
from ui.text import _, _n

Step = tuple[str, str, str]
"""Tab of the project, label, icon."""


def warn(actor: Actor, project: ProjectView, answers: int) -> None:
    with reading() as session:
        people = len(labellers.labellers(session, actor, project.slug))
    if answers <= people:
        return
    _say(
        project,
        _n(
            "{want} answers per item, but {n} person can label: items stay unfinished. Invite people or ask for fewer.",
            "{want} answers per item, but {n} people can label: items stay unfinished. Invite people or ask for fewer.",
            people,
        ).format(want=answers, n=people),
        [_invite()],
    )


def warn_of_items(actor: Actor, project: ProjectView) -> bool:
    """The same of the items here, each of which may ask for its own number of answers; whether there was cause."""
    with reading() as session:
        found = team_size.too_many(session, actor, project.slug)
    if found is None:
        return False
    items = _n(
        "{n} item can't be finished. Answers per item: up to {most}. People who can label: {people}.",
        "{n} items can't be finished. Answers per item: up to {most}. People who can label: {people}.",
        found.items,
    ).format(n=figures.number(found.items), most=found.most, people=found.people)
    what = _("Invite people or ask for fewer answers.")
    fewer = ("queue", _("Change answers per item"), ":material/low_priority:")
    _say(project, figures.sentences(items, what), [_invite(), *([] if project.policy.stopping else [fewer])])
    return True


def _invite() -> Step:
    return "people", _("Invite people"), ":material/person_add:"


def _say(project: ProjectView, words: str, steps: Sequence[Step]) -> None:
    st.warning(words, icon=":material/group_off:")
    with st.container(horizontal=True):
        for tab, label, icon in steps:
            st.page_link(
                navigation.page("projects"), label=label, icon=icon, width="content",
                query_params={"project": project.slug, "tab": tab},
            )  # fmt: skip
