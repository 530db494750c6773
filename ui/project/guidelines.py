"""The guidelines: written in two languages, previewed, published as numbered versions with a note on what changed."""

from typing import Any

import streamlit as st

from core.permissions import Actor
from core.services import project_changes, translations
from core.services.projects import ProjectView
from core.services.review import examples as review_examples
from core.services.review.examples import Proposed
from core.store.engine import reading, transaction
from ui import auth, figures, forms, state, tables
from ui.project import guideline_versions, languages
from ui.text import _, _n, plain

HEIGHT = 460


def show(actor: Actor, project: ProjectView) -> None:
    form = forms.open_form(f"guidelines:{project.slug}", actor, {"text": project.guidelines, "note": ""})
    _proposed(actor, project, form)
    st.caption(
        _("Version {n} is in force. Annotators read a new version before they continue.").format(n=project.guideline_version)
    )  # fmt: skip
    text = forms.two_languages(form, "text", _("Guidelines"), form.start["text"], height=HEIGHT) or ""
    changed = _sides(text) != _sides(project.guidelines)
    _preview(text, changed=changed, before=project.guidelines)
    note = st.text_input(
        _("What changed, and why"), form.start["note"], key=f"{form.key}:note",
        help=_("A line for the annotators, shown with the new version."),
    )  # fmt: skip
    fields = {"text": text, "note": note}
    form.settle(fields, changed or bool(note))
    label = _("Publish version {n}").format(n=project.guideline_version + 1)
    fine = _languages(actor, project, text, changed=changed)
    if forms.buttons(form, forms.Edited(fields, changed, []), label, allowed=fine):
        _publish(actor, project, form, fields)
    guideline_versions.show(actor, project, form)


def _languages(actor: Actor, project: ProjectView, text: Any, *, changed: bool) -> bool:
    """Say whether one language was left behind; it is published only when that is meant."""
    with reading() as session:
        behind = translations.of_guidelines(session, actor, project)
    texts = translations.in_text(text)
    gaps = translations.gaps(texts, translations.after_edit(translations.in_text(project.guidelines), texts, behind))
    languages.warn(gaps)
    if changed:
        return languages.confirmed(project, gaps)
    languages.offer(actor, project, "guidelines", gaps)
    return True


# Proposed examples ----------------------------------------------------------------------------------------------------


def _proposed(actor: Actor, project: ProjectView, form: forms.Form) -> None:
    """What reviewers think annotators should see; whoever writes the guidelines decides."""
    with reading() as session:
        found = review_examples.pending(session, actor, project.slug)
    if not found:
        return
    label = _n("{n} example proposed by reviewers", "{n} examples proposed by reviewers", len(found))
    with st.expander(label.format(n=len(found)), key="guidelines_examples", expanded=True):
        for example in found:
            _example(actor, project, form, example)


def _example(actor: Actor, project: ProjectView, form: forms.Form, example: Proposed) -> None:
    writing = form.left is not None
    with st.container(border=True, key=f"example_{example.id}"):
        st.text(example.note)
        st.caption(f"{plain(example.excerpt)}  \n{_proposal(example)}")
        with st.container(horizontal=True):
            take = st.button(
                _("Add it to the guidelines"), key=f"take_{example.id}", icon=":material/add:", disabled=writing,
                help=_("Publish or discard what you have written first.") if writing
                else _("Publishes a new version with the example at its end. You can edit it there."),
            )  # fmt: skip
            decline = st.button(_("Decline"), key=f"decline_{example.id}")
    if take or decline:
        decided = review_examples.take if take else review_examples.decline
        with transaction() as session:
            decided(session, actor, project.slug, example.id, now=auth.now())
        if take:
            form.restart()
        state.flash(_("The example is in the guidelines.") if take else _("Declined."))
        st.rerun()


def _proposal(example: Proposed) -> str:
    return " · ".join([plain(example.item), *([plain(example.by)] if example.by else []), figures.moment(example.at)])


def _sides(text: Any) -> dict[str, str]:
    return {code: words.strip() for code, words in tables.sides(text).items()}


def _preview(text: Any, *, changed: bool, before: Any) -> None:
    sides = tables.sides(text)
    with st.expander(_("Preview"), key="guidelines_preview"):
        for column, code in zip(st.columns(2), forms.LANGUAGES, strict=True):
            column.markdown(
                sides[code] or f"*{_('Nothing in {language} yet.').format(language=forms.LANGUAGES[code])}*"
            )
    if changed:
        with st.expander(_("What is different from the version in force"), key="guidelines_changes", expanded=True):
            st.code(guideline_versions.difference(before, text), language="diff", wrap_lines=True)


def _publish(actor: Actor, project: ProjectView, form: forms.Form, fields: dict[str, Any]) -> None:
    with transaction() as session:
        project_changes.change(
            session, actor, project.slug, now=auth.now(), guidelines=fields["text"], note=fields["note"]
        )
        translations.agree(session, actor, project.slug, "guidelines", now=auth.now())
    form.restart()
    state.flash(_("Version {n} is published.").format(n=project.guideline_version + 1))
    st.rerun()
