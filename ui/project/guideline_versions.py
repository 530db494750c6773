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
from ui import auth, figures, forms, headings, state, tables
from ui.frame import show_errors
from ui.text import _, plain

HEIGHT = 460


def show(actor: Actor, project: ProjectView, form: forms.Form) -> None:
    with reading() as session:
        found = versions.guidelines(session, actor, project.slug)
    if len(found) < 2:
        return
    headings.section(_("Versions"))
    current = found[0]
    for version, before in zip(found, [*found[1:], None], strict=True):
        with st.expander(_label(version, current), key=f"version_{version.number}"):
            _version(version, before, current)
            if version is not current:
                _restore(actor, project, form, version)


def _label(version: Version, current: Version) -> str:
    day = figures.full_day(version.at)
    words = _("Version {n}, {date}, by {person}").format(n=version.number, date=day, person=plain(version.by or "—"))
    return f"{words} · {_('in force')}" if version is current else words


def _version(version: Version, before: Version | None, current: Version) -> None:
    if version.note:
        st.text(version.note)
    names = [_("Text")]
    names += [_("Changes from version {n}").format(n=before.number)] if before else []
    names += [_("Difference from the version in force")] if version.number < current.number - 1 else []
    text, *changes = st.tabs(names)
    with text, st.container(height=HEIGHT, border=False):
        _text(version.content)
    pairs = [(before.content, version.content)] if before else []
    pairs += [(version.content, current.content)]
    for tab, (old, new) in zip(changes, pairs, strict=False):
        tab.code(difference(old, new) or "—", language="diff", wrap_lines=True)


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
