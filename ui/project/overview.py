"""A project at a glance: how far it is, what is missing for the next state, and the step to it."""

from collections.abc import Mapping

import streamlit as st
from pydantic import BaseModel

from core.errors import N_
from core.permissions import Actor
from core.services import project_changes
from core.services.projects import ProjectView
from core.services.readiness import Readiness, Step, readiness
from core.store.engine import reading, transaction
from core.tasks.fitting import LocalisedText
from ui import auth, forms, headings, navigation
from ui.project import pilot, states, team_size
from ui.project.file import show_file
from ui.project.words import navigation_has
from ui.text import _
from ui.words import state_name

WHERE_WE_ARE: Mapping[str, str] = {
    "draft": N_("Being set up. Annotators can't label yet."),
    "pilot": N_("Pilot: answers are kept apart, and settings can still change."),
    "live": N_("Annotators are labelling."),
    "paused": N_(
        "Paused: no new items are assigned; items in progress can be finished once the project is live again."
    ),
    "done": N_("Done: no more items are assigned. Answers are kept and can be exported."),
}
ALL_ANSWERED = N_("All items have their answers: review those in doubt, then export.")
ACTIONS: Mapping[tuple[str, str], str] = {
    ("draft", "pilot"): N_("Start the pilot"),
    ("draft", "live"): N_("Go live without a pilot"),
    ("pilot", "live"): N_("End the pilot and go live"),
    ("paused", "live"): N_("Resume the project"),
    ("live", "done"): N_("Close the project as done"),
    ("done", "live"): N_("Open the project again"),
}
NEEDS: Mapping[str, str] = {
    "items": N_("Items to label: {have}"),
    "guidelines": N_("Guidelines are written"),
    "people": N_("People who can label: {have} of {want}"),
    "gold": N_("Hidden checks: {have} of {want}"),
    "pilot_done": N_("Pilot items with all answers: {have} of {want}"),
    "all_done": N_("Items with all their answers: {have} of {want}"),
}
PLACES: Mapping[str, tuple[str, str]] = {
    "items": ("import", ""),
    "gold": ("import", ""),
    "guidelines": ("projects", "guidelines"),
    "people": ("projects", "people"),
    "pilot_done": ("projects", "pilot"),
    "all_done": ("progress", ""),
}
"""Need to the page and the tab where it can be met."""
PLACE_LABELS: Mapping[str, str] = {
    "items": N_("Import items"),
    "gold": N_("Import gold"),
    "guidelines": N_("Write guidelines"),
    "people": N_("Add people"),
    "pilot_done": N_("See the pilot"),
    "all_done": N_("See progress"),
}


class Titled(BaseModel):
    title: LocalisedText


def show(actor: Actor, project: ProjectView) -> None:
    with reading() as session:
        ready = readiness(session, actor, project.slug)
    answered = project.state == "live" and ready.counts.get("done", 0) > 0 and all(step.met for step in ready.steps)
    st.write(_(ALL_ANSWERED if answered else WHERE_WE_ARE[project.state]))
    if answered:
        _onward(project)
    _figures(project, ready.counts)
    _next_step(actor, project, ready)
    with st.expander(_("Rename"), key="rename"):
        _rename(actor, project)
    with st.expander(_("The project as a file"), key="as_file"):
        show_file(actor, project)


def _onward(project: ProjectView) -> None:
    """From a project whose items are answered to what its answers are for."""
    with st.container(horizontal=True):
        for page, label, icon in (
            ("review", _("Open the review queue"), ":material/gavel:"),
            ("export", _("Export"), ":material/download:"),
        ):
            at = {"project": project.slug}
            st.page_link(navigation.page(page), label=label, icon=icon, query_params=at, width="content")


def _figures(project: ProjectView, counts: Mapping[str, int]) -> None:
    work = sum(counts.get(name, 0) for name in ("open", "taken", "done"))
    aside = sum(counts.get(name, 0) for name in ("flagged", "quarantined"))
    withdrawn = counts.get("withdrawn", 0)
    cells = st.columns(6 if withdrawn else 5)
    cells[0].metric(_("Items to label"), work)
    cells[1].metric(_("Items done"), counts.get("done", 0))
    cells[2].metric(_("Hidden checks"), counts.get("gold", 0))
    cells[3].metric(
        _("On hold"), aside, help=_("Reported as broken or as holding personal data, or skipped too often.")
    )
    cells[4].metric(
        _("Versions"),
        f"{project.settings_version} · {project.guideline_version}",
        help=_("Of the settings, and of the guidelines."),
    )
    if withdrawn:
        cells[5].metric(_("Withdrawn"), withdrawn, help=_("The Queue tab lists withdrawn items and restores them."))


def _next_step(actor: Actor, project: ProjectView, ready: Readiness) -> None:
    with st.container(border=True):
        headings.section(_("Next: {state}").format(state=state_name(ready.next_state)))
        for step in ready.steps:
            _step(project, step)
        if all(step.met for step in ready.steps if step.need == "people"):
            team_size.warn_of_items(actor, project)
        piloting = any(step.need == "pilot_done" and not step.met for step in ready.steps)
        main = project.state != "live" and not piloting
        with st.container(horizontal=True, vertical_alignment="center"):
            _move(actor, project, ready.next_state, enabled=ready.ready, primary=main)
            if project.state == "draft":
                _move(actor, project, "live", enabled=ready.ready, primary=False)
            if piloting:
                pilot.label_link(project)
        if not ready.ready:
            st.caption(_("What is marked “needed” is missing."))
        if project.state == "draft":
            st.caption(_("Two people, one afternoon: a pilot shows where the guidelines leave room for doubt."))
    states.going_live(actor, project)
    states.way_back(actor, project)


def _step(project: ProjectView, step: Step) -> None:
    page, tab = PLACES[step.need]
    mark = ":green[:material/check_circle:]" if step.met else ":orange[:material/radio_button_unchecked:]"
    note = "" if step.met else f" · {_('needed') if step.must else _('advised')}"
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"{mark} {_(NEEDS[step.need]).format(have=step.have, want=step.want)}{note}", width="content")
        if not step.met and navigation_has(page):
            at = {"project": project.slug, **({"tab": tab} if tab else {})}
            st.page_link(navigation.page(page), label=_(PLACE_LABELS[step.need]), query_params=at, width="content")


def _move(actor: Actor, project: ProjectView, to: str, *, enabled: bool, primary: bool) -> None:
    label = _(ACTIONS[(project.state, to)])
    if to == "live":
        states.ask_to_go_live(project, label, enabled=enabled, primary=primary, key="move_live")
    elif st.button(label, type="primary" if primary else "secondary", disabled=not enabled, key=f"move_{to}"):
        states.move(actor, project, to)


def _rename(actor: Actor, project: ProjectView) -> None:
    form = forms.open_form(f"title:{project.slug}", actor, {"title": project.title})
    edited = forms.edit(form, Titled)
    if forms.buttons(form, edited):
        with transaction() as session:
            project_changes.change(session, actor, project.slug, now=auth.now(), title=edited.fields["title"])
        form.restart()
        st.rerun()
