"""Every version that the guidelines have been through: its text, what it changed, and bringing it back as a new one."""

from collections.abc import Sequence
from difflib import unified_diff
from typing import Any

import streamlit as st

from core.permissions import Actor
from core.services import project_changes, versions
from core.services.projects import ProjectView
from core.services.versions import Version
from core.store.engine import reading, transaction
from ui import address, auth, figures, forms, headings, state, tables
from ui.frame import show_errors
from ui.text import _

HEIGHT = 460


def show(actor: Actor, project: ProjectView, form: forms.Form) -> None:
    with reading() as session:
        found = versions.guidelines(session, actor, project.slug)
    if len(found) < 2:
        return
    headings.section(_("Versions"))
    current, earlier = found[0], found[1]
    version = _chosen(found, default=earlier)
    before = next((one for one in found if one.number < version.number), None)
    with st.container(border=True):
        _version(version, before, current)
        if version is not current:
            _restore(actor, project, form, version)


def _chosen(found: Sequence[Version], *, default: Version) -> Version:
    """The one in force stands in the form already, so an earlier one comes first."""
    by_number = {str(one.number): one for one in found}

    def named(number: str) -> str:
        return _label(by_number[number], found[0])

    return by_number[address.choice("version", _("Version"), list(by_number), named, default=str(default.number))]


def _label(version: Version, current: Version) -> str:
    day = figures.full_day(version.at)
    words = _("Version {n}, {date}, by {person}").format(n=version.number, date=day, person=version.by or "—")
    return f"{words} · {_('in force')}" if version is current else words


def _version(version: Version, before: Version | None, current: Version) -> None:
    if version.note:
        st.text(version.note)
    views = {"text": _("Text")}
    if before:
        views["changes"] = _("Changes from version {n}").format(n=before.number)
    if version.number < current.number - 1:
        views["difference"] = _("Difference from the version in force")
    view = address.pills("view", _("Version"), list(views), views.__getitem__, default="text", collapsed=True)
    if view == "text":
        with st.container(height=HEIGHT, border=False):
            _text(version.content)
    elif view == "changes" and before:
        _changes(before, version)
    else:
        _changes(version, current)


def _changes(old: Version, new: Version) -> None:
    st.code(difference(old.content, new.content) or "—", language="diff", wrap_lines=True)


def _text(content: Any) -> None:
    given = [(code, words) for code, words in tables.sides(content).items() if words]
    if not given:
        st.caption(_("No guidelines were written."))
        return
    for column, (code, words) in zip(st.columns(len(given)), given, strict=True):
        if len(given) > 1:
            column.caption(forms.LANGUAGES[code])
        column.markdown(words)


def _restore(actor: Actor, project: ProjectView, form: forms.Form, version: Version) -> None:
    writing = form.left is not None
    new = project.guideline_version + 1
    label = _("Restore as version {n}").format(n=new)
    with st.popover(
        label, icon=":material/history:", disabled=writing, key=f"restore_{version.number}",
        help=_("Publish or discard what you have written first.") if writing else None,
    ):  # fmt: skip
        st.write(_("Version {n} gets this text. Annotators read it before their next item.").format(n=new))
        if st.button(label, key=f"restore_sure_{version.number}"):
            _publish(actor, project, form, version, new)


def _publish(actor: Actor, project: ProjectView, form: forms.Form, version: Version, new: int) -> None:
    note = _("Version {n} restored").format(n=version.number)
    with show_errors():
        with transaction() as session:
            project_changes.restore_guidelines(
                session, actor, project.slug, version.number, now=auth.now(), note=note
            )  # fmt: skip
        form.restart()
        state.flash(_("Version {n} is published.").format(n=new))
        st.rerun()


def difference(before: Any, after: Any) -> str:
    """Changed lines with a little around them, language by language."""
    old, new = tables.sides(before), tables.sides(after)
    return "\n".join(line for code in forms.LANGUAGES for line in _changed(code, old[code], new[code]))


def _changed(code: str, old: str, new: str) -> Sequence[str]:
    return list(unified_diff(old.splitlines(), new.splitlines(), code, code, lineterm="", n=1))
