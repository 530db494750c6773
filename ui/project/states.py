"""From state to state. Going live is asked once: what it does, what becomes of the pilot's answers; there is a way back."""

import streamlit as st

from core.permissions import Actor
from core.services import pilot_answers, project_changes, translations
from core.services.pilot_answers import Choice, Outlook, PilotAnswers
from core.services.projects import ProjectView
from core.services.translations import Gap
from core.store.engine import reading, transaction
from ui import auth, figures, headings, state
from ui.project import languages, team_size
from ui.text import _, _n, plain
from ui.words import state_name


def move(actor: Actor, project: ProjectView, to: str, answers: PilotAnswers = "apart") -> None:
    """Change the state, say so on the next run."""
    with transaction() as session:
        project_changes.set_state(session, actor, project.slug, to, now=auth.now(), answers=answers)
        if to == "live":  # asked in `_decide`
            translations.agree(session, actor, project.slug, "settings", "guidelines", now=auth.now())
    state.forget(_asked(project))
    state.flash(_("The project is now: {state}.").format(state=state_name(to)))
    st.rerun()


def ask_to_go_live(project: ProjectView, label: str, *, enabled: bool, primary: bool, key: str) -> None:
    """The question stands where `going_live` draws it."""
    st.button(
        label,
        type="primary" if primary else "secondary",
        disabled=not enabled,
        key=key,
        on_click=state.keep,
        args=(_asked(project), True),
    )


def going_live(actor: Actor, project: ProjectView) -> None:
    """What going live does, once its button was pressed."""
    if not state.recall(_asked(project), False):
        return
    with reading() as session:
        choice = pilot_answers.choice(session, actor, project.slug)
        asked, written = translations.in_force(session, actor, project.slug)
    with st.container(border=True, key="going_live"):
        headings.section(_("Go live?"))
        st.write(_("Annotators get items from now on. With the first answer the settings are fixed."))
        team_size.warn_of_items(actor, project)
        answers = _answers(choice)
        gaps = (*asked, *written)
        languages.warn(gaps)
        _decide(actor, project, answers, gaps)


def _decide(actor: Actor, project: ProjectView, answers: PilotAnswers | None, gaps: tuple[Gap, ...]) -> None:
    fine = languages.confirmed(project, gaps)
    with st.container(horizontal=True):
        if st.button(_("Go live"), type="primary", disabled=answers is None or not fine, key="go_live") and answers:
            move(actor, project, "live", answers)
        st.button(_("Cancel"), key="not_live", on_click=state.forget, args=(_asked(project),))


def _asked(project: ProjectView) -> str:
    return f"going_live:{project.slug}"


# The pilot's answers --------------------------------------------------------------------------------------------------


def _answers(choice: Choice) -> PilotAnswers | None:
    """The lead's choice; None until it is made. Without answers there is nothing to choose."""
    if not choice.answers:
        return "apart"
    outlooks: dict[PilotAnswers, Outlook] = {"keep": choice.keep, "apart": choice.apart}
    names = {"keep": _("Count them as work"), "apart": _("Set them apart")}
    label = _n(
        "The pilot has {n} answer. Choose what happens to it.",
        "The pilot has {n} answers. Choose what happens to them.",
        choice.answers,
    )
    return st.radio(
        label.format(n=choice.answers), tuple(outlooks), index=None, format_func=lambda name: names[name], key="pilot_answers",
        captions=[_effect(outlook) for outlook in outlooks.values()],
    )  # fmt: skip


def _effect(outlook: Outlook) -> str:
    return figures.sentences(_counted(outlook), _finished(outlook), _again(outlook))


def _counted(outlook: Outlook) -> str:
    if not outlook.kept:
        return _("Answers counted: 0; they stay in the report of the pilot.")
    if not outlook.set_apart:
        return _("Answers counted: {kept}, all of them.").format(kept=outlook.kept)
    return _("Answers counted: {kept}; {rest} no longer fit the settings or their items and are set apart.").format(
        kept=outlook.kept, rest=outlook.set_apart
    )


def _finished(outlook: Outlook) -> str:
    return _n(
        "Items finished: {finished}; open: {open}, which need {wanted} more answer.",
        "Items finished: {finished}; open: {open}, which need {wanted} more answers.",
        outlook.answers_wanted,
    ).format(
        finished=figures.number(outlook.finished), open=figures.number(outlook.open),
        wanted=figures.number(outlook.answers_wanted),
    )  # fmt: skip


def _again(outlook: Outlook) -> str:
    if not outlook.may_answer_again:
        return _("No annotator gets an item again.")
    names = plain(figures.listed_people(outlook.may_answer_again))
    return _("Can label the pilot items again: {names}.").format(names=names)


# And back -------------------------------------------------------------------------------------------------------------


def way_back(actor: Actor, project: ProjectView) -> None:
    """Offered while nothing live was answered."""
    if project.state not in ("live", "paused"):
        return
    with reading() as session:
        possible = pilot_answers.may_return(session, actor, project.slug)
    if not possible:
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        if st.button(_("Return to the pilot"), key="back_to_pilot"):
            move(actor, project, "pilot")
        st.caption(_("Possible until the first live answer. Items in progress return to the queue, drafts are kept."))
