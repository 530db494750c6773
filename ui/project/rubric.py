"""What the project asks: its settings as a form, with the desk they make beside it."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from core.errors import N_, TouchstoneError
from core.permissions import Actor
from core.services import preview, project_changes, translations
from core.services.policies import Extras
from core.services.projects import ProjectView
from core.store.engine import reading, transaction
from core.tasks import task_type
from ui import auth, forms, headings, state
from ui.desk.desk import desk
from ui.desk.words import STRINGS
from ui.frame import show_error
from ui.project import languages
from ui.text import _, language

CARRIED: Mapping[str, str] = {
    "people": N_("Members stay"),
    "standing": N_("They stay qualified"),
    "gold": N_("Hidden checks stay valid"),
    "answers": N_("Answers so far stay comparable"),
}


def show(actor: Actor, project: ProjectView) -> None:
    with reading() as session:
        frozen = project_changes.frozen(session, project.id)
    left, right = st.columns((5, 6), gap="large")
    with left:
        settings, extras = _form(actor, project, frozen=frozen)
    with right:
        _preview(actor, project, settings, extras)


def _form(actor: Actor, project: ProjectView, *, frozen: bool) -> tuple[dict[str, Any], Extras]:
    reopened = f"new_version:{project.slug}:{project.settings_version}"
    locked = frozen and not state.recall(reopened, False)
    if frozen:
        _explain(reopened, locked=locked)
    model = task_type(project.task)
    form = forms.open_form(f"settings:{project.slug}", actor, project.settings, disabled=locked)
    headings.section(_("Settings"))
    edited = forms.edit(form, model)
    if not locked:
        carries_over = _carries_over(project) if frozen else None
        agree = _languages(actor, project, edited)
        label = _("Save as a new version") if frozen else _("Save the settings")
        if forms.buttons(form, edited, label, allowed=agree or not frozen):
            rubric = model.model_validate(edited.fields)
            _save(actor, project, form, agree=agree, settings=rubric.as_json(), carries_over=carries_over)
    extras = _extras(actor, project)
    return (edited.fields if edited.fits else project.settings), extras


def _languages(actor: Actor, project: ProjectView, edited: forms.Edited) -> bool:
    """Say which texts differ between the languages, and whether that is meant: what people answer under is not saved else."""
    if not edited.fits:
        return True
    with reading() as session:
        behind = translations.of_settings(session, actor, project)
    texts = translations.in_model(task_type(project.task).model_validate(edited.fields))
    gaps = translations.gaps(texts, translations.after_edit(translations.in_model(project.rubric), texts, behind))
    languages.warn(gaps)
    if edited.changed:
        return languages.confirmed(project, gaps)
    languages.offer(actor, project, "settings", gaps)
    return True


def _explain(reopened: str, *, locked: bool) -> None:
    if locked:
        st.info(
            _("These settings have answers, so they are fixed: a score must not change its meaning. "
"You can make a new version; figures of two versions are never mixed."),
            icon=":material/lock:",
        )  # fmt: skip
        st.button(_("Make a new version…"), key="new_version", on_click=state.keep, args=(reopened, True))


def _carries_over(project: ProjectView) -> dict[str, bool]:
    st.markdown(f"**{_('What carries over to the new version')}**")
    return {
        name: st.checkbox(
            _(label), value=name != "answers", key=f"carry:{project.slug}:{project.settings_version}:{name}"
        )
        for name, label in CARRIED.items()
    }


def _extras(actor: Actor, project: ProjectView) -> Extras:
    headings.section(_("Asked with every answer"))
    saved = project.extras.model_dump(mode="json")
    form = forms.open_form(f"extras:{project.slug}", actor, saved)
    edited = forms.edit(form, Extras)
    extras = Extras.model_validate(edited.fields) if edited.fits else project.extras
    if forms.buttons(form, edited):
        _save(actor, project, form, extras=extras)
    return extras


def _save(actor: Actor, project: ProjectView, form: forms.Form, *, agree: bool = False, **changes: Any) -> None:
    with transaction() as session:
        project_changes.change(session, actor, project.slug, now=auth.now(), **changes)
        if agree:
            translations.agree(session, actor, project.slug, "settings", now=auth.now())
    form.restart()
    state.flash(_("Saved."))
    st.rerun()


def _preview(actor: Actor, project: ProjectView, settings: dict[str, Any], extras: Extras) -> None:
    headings.section(_("What annotators see"))
    st.caption(_("Live preview of the form. Try it: nothing is sent."))
    try:
        with reading() as session:
            screen = preview.screen(session, actor, project.slug, settings, extras)
    except TouchstoneError as error:
        show_error(error)
        return
    draw(actor, f"preview:{project.slug}", screen, title=project.title)


def draw(actor: Actor, key: str, screen: Mapping[str, Any], title: Any = "", height: int | None = None) -> None:
    """The desk, to look at."""
    desk(
        key=key, mode="preview", actor=str(actor.person_id), language=language(), title=title, screen=screen,
        ui_strings={text: _(text) for text in STRINGS}, content_language=state.content_language() or None, height=height,
    )  # fmt: skip
