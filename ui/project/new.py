"""A new project: from a template or from a task type, with a title and a short name."""

import re
import secrets
from collections.abc import Mapping

import streamlit as st

from core.errors import InvalidInput, TouchstoneError
from core.permissions import Actor
from core.services import project_changes, project_files
from core.services.policies import ProjectFile
from core.store.engine import transaction
from core.tasks import TASK_TYPES
from ui import address, auth, forms, headings, state, tables
from ui.project.words import task_name
from ui.text import _, content, plain

A_ROW = 3
LONGEST_SUGGESTION = 40


def show(actor: Actor, chosen: str) -> None:
    offered = {**project_files.templates(), **_from_scratch()}
    if chosen in offered:
        _create(actor, chosen, offered[chosen])
    else:
        _gallery(offered)


def _from_scratch() -> dict[str, ProjectFile]:
    """A bare project of each task type; the colon keeps their names apart from templates'."""
    return {
        f"task:{key}": ProjectFile.model_validate({"title": dict(_sides(task.title)), "task": key})
        for key, task in TASK_TYPES.items()
    }


def _sides(text: object) -> Mapping[str, str]:
    return {code: words for code, words in tables.sides(text).items() if words}


def _gallery(offered: Mapping[str, ProjectFile]) -> None:
    _back(_("All projects"), None)
    headings.page_title(_("New project"))
    headings.section(_("From a template"))
    st.caption(_("With guidelines in two languages, settings and policies that you can change afterwards."))
    _cards({name: file for name, file in offered.items() if not name.startswith("task:")})
    headings.section(_("From scratch"))
    _cards({name: file for name, file in offered.items() if name.startswith("task:")})


def _back(label: str, to: str | None) -> None:
    if st.button(label, icon=":material/arrow_back:", type="tertiary", key="new_back"):
        _choose(to)
        st.rerun()


def _choose(name: str | None) -> None:
    address.only(new=name)


def _cards(files: Mapping[str, ProjectFile]) -> None:
    names = list(files)
    for start in range(0, len(names), A_ROW):
        for column, name in zip(st.columns(A_ROW), names[start : start + A_ROW], strict=False):
            with column:
                _card(name, files[name])


def _card(name: str, file: ProjectFile) -> None:
    with st.container(border=True, height="stretch"):
        st.markdown(f"**{plain(content(file.title))}**")
        if file.summary:
            st.caption(task_name(file.task))
            st.write(plain(content(file.summary)))
        st.button(_("Use this"), key=f"use_{name}", on_click=_choose, args=(name,))


def _create(actor: Actor, name: str, file: ProjectFile) -> None:
    _back(_("Choose another template"), "gallery")
    headings.page_title(_("New project"))
    st.markdown(f"**{plain(content(file.title))}** · {task_name(file.task)}")
    form = forms.open_form(f"new:{name}", actor, {"title": "" if name.startswith("task:") else file.title, "slug": ""})
    title = forms.two_languages(form, "title", _("Title"), form.start["title"])
    form.slot("title")
    slug = st.text_input(
        _("Short name"), form.start["slug"], key=f"{form.key}:slug", placeholder=suggested(title),
        help=_("Small letters, digits and hyphens. It appears in links and file names and can't be changed."),
    )  # fmt: skip
    form.slot("slug")
    form.settle({"title": title or "", "slug": slug}, bool(slug) or title != form.saved["title"])
    if st.button(_("Create the project"), type="primary", key="create_project"):
        _submit(actor, form, file, title, slug or suggested(title))


def suggested(title: object) -> str:
    words = next((text for text in tables.sides(title).values() if text), "")
    stem = re.sub(r"[^a-z0-9]+", "-", words.lower()).strip("-")
    if len(stem) > LONGEST_SUGGESTION:  # at the end of a word, where there is one
        stem = stem[: LONGEST_SUGGESTION + 1].rpartition("-")[0] or stem[:LONGEST_SUGGESTION]
    return stem if len(stem) > 1 else "project-1"


def _submit(actor: Actor, form: forms.Form, file: ProjectFile, title: object, slug: str) -> None:
    if not title:
        form.show([("title", InvalidInput("Give the project a title."))])
        return
    try:
        with transaction() as session:
            named = file.model_copy(update={"title": title})
            project_changes.create(
                session, actor, now=auth.now(), slug=slug, file=named, split_salt=secrets.token_hex(8)
            )
    except TouchstoneError as error:
        if error.where != "slug":
            raise
        form.show([("slug", error)])
        return
    form.restart()
    state.flash(_("{title} is ready to be set up.").format(title=plain(content(title))))
    address.only(project=slug)
    st.rerun()
