"""Import: a file is uploaded, read as it would be taken, corrected, and taken whole or not at all."""

from collections.abc import Mapping
from random import SystemRandom
from typing import Any, get_args

import orjson
import pandas as pd
import streamlit as st

from core.errors import N_, RefusedFile, TouchstoneError
from core.interchange.columns import KINDS, Kind
from core.permissions import Actor, Right
from core.services import importing, uploads
from core.services.importing import Preview, Progress
from core.services.projects import ProjectView
from core.services.uploads import UploadView
from core.store.engine import reading, transaction
from ui import auth, figures, headings, import_result, navigation, state
from ui.project.pick import pick
from ui.text import _, _n, error_text, plain
from ui.upload import upload

KIND_NAMES: Mapping[str, str] = {
    "items": N_("Items to label"),
    "labels": N_("Labels from elsewhere"),
    "gold": N_("Gold answers"),
}
KIND_HELP: Mapping[str, str] = {
    "items": N_("One row an item: its content, and if you like its id, language, group, batch and gold."),
    "labels": N_("One row a label: the item’s id, who gave it, the answer. Kept apart from the work done here."),
    "gold": N_("One row an item: its id and the known answer, used as a hidden check or for measuring only."),
}
_SHOWN = "import_shown"
_CHOSEN = "import_upload"


def show(actor: Actor) -> None:
    headings.page_title(_("Import"))
    project = pick(actor, Right.MANAGE_PROJECT)
    if project is None:
        st.write(_("Files are imported into a project, and there is none yet."))
        st.page_link(navigation.page("projects"), label=_("Create a project"), icon=":material/folder_open:")
        return
    kind = _kind()
    if arrived := upload(project.slug):
        state.keep(_CHOSEN, arrived)
    chosen = _choose(actor, project)
    if chosen is not None:
        _prepare(actor, project, kind, chosen)
    _last_result(project)
    _history(actor, project)


def _kind() -> Kind:
    chosen = st.segmented_control(
        _("What the file holds"), KINDS, format_func=lambda kind: _(KIND_NAMES[kind]), default="items", required=True, key="import_kind"
    )  # fmt: skip
    kind: Kind = next(kind for kind in get_args(Kind) if kind == chosen)
    st.caption(_(KIND_HELP[kind]))
    return kind


# The file -------------------------------------------------------------------------------------------------------------


def _choose(actor: Actor, project: ProjectView) -> UploadView | None:
    with reading() as session:
        found = uploads.listed(session, actor, project.slug)
    if not found:
        st.caption(
            _(
                "Files that you upload wait here until you import or remove them. Nothing changes before you press Import."
            )
        )
        return None
    ids = [one.id for one in found]
    wanted = state.recall(_CHOSEN, "")
    names = {
        one.id: _("{name} · {size} · {by}, {at}").format(
            name=one.name, size=_size(one.size), by=one.by, at=figures.moment(one.at)
        )
        for one in found
    }
    with st.container(horizontal=True, vertical_alignment="bottom"):
        chosen = st.selectbox(
            _n("{n} uploaded file", "{n} uploaded files", len(found)).format(n=len(found)), ids,
            index=ids.index(wanted) if wanted in ids else 0, format_func=lambda one: names[one], key=f"import_file_{wanted}",
        )  # fmt: skip
        if st.button(_("Remove"), icon=":material/delete:", key="import_remove"):
            _remove(actor, project, chosen)
    return next(one for one in found if one.id == chosen)


def _size(size: int) -> str:
    return f"{size / 1e6:,.1f} MB" if size >= 100_000 else f"{size / 1e3:,.1f} kB"


def _remove(actor: Actor, project: ProjectView, upload_id: str) -> None:
    with transaction() as session:
        uploads.discard(session, actor, project.slug, upload_id, now=auth.now())
    state.forget(_CHOSEN)
    st.rerun()


# Before ---------------------------------------------------------------------------------------------------------------


def _prepare(actor: Actor, project: ProjectView, kind: Kind, file: UploadView) -> None:
    try:
        with reading() as session:
            seen = importing.preview(session, actor, project.slug, kind, file.path, name=file.name)
    except TouchstoneError as error:
        _refused(error)
        return
    mapping = _mapping(project, kind, file, seen) if seen.mapping else {}
    if mapping:
        with reading() as session:
            seen = importing.preview(session, actor, project.slug, kind, file.path, name=file.name, mapping=mapping)
    _rows(seen)
    options = _options(kind)
    if st.button(
        _("Import"), type="primary", icon=":material/upload:", key="import_go", disabled=seen.problem is not None
    ):
        _run(actor, project, kind, file, {**options, "mapping": mapping or None})


def _mapping(project: ProjectView, kind: Kind, file: UploadView, seen: Preview) -> dict[str, str]:
    """What the person changed of the guess."""
    st.markdown(
        _("**Columns** — guessed from their names; correct what is wrong. An empty field leaves the column out.")
    )
    choices = list(dict.fromkeys(["", *seen.mapping.values(), *importing.fields(kind, project.rubric)]))
    table = pd.DataFrame({"column": list(seen.mapping), "field": list(seen.mapping.values())})
    edited = st.data_editor(
        table, hide_index=True, disabled=["column"], key=f"import_map_{kind}_{file.id}",
        column_config={
            "column": st.column_config.TextColumn(_("Column in the file")),
            "field": st.column_config.SelectboxColumn(_("Field here"), options=choices),
        },
    )  # fmt: skip
    wanted = dict(zip(edited["column"], (value or "" for value in edited["field"]), strict=True))
    return {column: field for column, field in wanted.items() if seen.mapping[column] != field}


def _rows(seen: Preview) -> None:
    if seen.problem is not None:
        _refused(seen.problem)
    if seen.rows:
        st.markdown(
            _n(
                "**The first row**, as it would be read",
                "**The first {n} rows**, as they would be read",
                len(seen.rows),
            ).format(n=len(seen.rows))
        )
        st.code(
            "\n\n".join(orjson.dumps(row, option=orjson.OPT_INDENT_2, default=str).decode() for row in seen.rows),
            language="json",
            height=280,
            wrap_lines=True,
        )


def _options(kind: Kind) -> dict[str, Any]:
    if kind != "labels":
        return {}
    return {
        "create_items": st.checkbox(
            _("Keep labels of items that are not here: they count in figures only"), key="import_create"
        ),
        "machine": st.checkbox(_("The annotators are machine judges"), key="import_machine"),
    }


def _refused(error: TouchstoneError) -> None:
    """The first problem in words, and a table when there are more."""
    st.error(plain(error_text(error)), icon=":material/error:")
    problems = error.problems if isinstance(error, RefusedFile) else []
    if len(problems) > 1:
        table = [{_("Row"): p.row, _("Column"): p.column or "", _("Problem"): error_text(p)} for p in problems]
        st.dataframe(pd.DataFrame(table), hide_index=True)


# Importing ------------------------------------------------------------------------------------------------------------


def _run(actor: Actor, project: ProjectView, kind: Kind, file: UploadView, options: dict[str, Any]) -> None:
    """Nothing is drawn inside the transaction: leaving the page there would roll it back."""
    bar = st.progress(0.0, _("Checking {file}…").format(file=plain(file.name)))
    try:
        with reading() as session:
            checked = importing.check(
                session, actor, project.slug, kind, file.path, rng=SystemRandom(), name=file.name,
                on_progress=_shown_on(bar), **options,
            )  # fmt: skip
        bar.progress(1.0, _("Everything is right. Saving…"))
        with checked, transaction() as session:
            report = importing.take(session, actor, checked, now=auth.now())
    except TouchstoneError as error:
        bar.empty()
        _refused(error)
        return
    state.keep(_SHOWN, {"project": project.slug, "report": report.as_json()})
    st.rerun()


def _shown_on(bar: Any) -> Progress:
    def tell(stage: str, share: float) -> None:
        if stage != "writing":
            bar.progress(min(share, 1.0))

    return tell


def _last_result(project: ProjectView) -> None:
    shown: dict[str, Any] = state.take(_SHOWN, {})
    if shown.get("project") == project.slug:
        import_result.show(shown["report"])


# Past imports ---------------------------------------------------------------------------------------------------------


def _history(actor: Actor, project: ProjectView) -> None:
    with reading() as session:
        past = importing.history(session, actor, project.slug)
    headings.section(_("Imported so far"))
    if not past:
        st.caption(_("Nothing yet. Each import will stand here with what it brought."))
        return
    table = [
        {
            _("When"): figures.moment(one.at), _("What"): _(KIND_NAMES[one.kind]), _("File"): one.filename, _("Rows"): one.report.get("rows"),
            _("New"): one.report.get("new"), _("By"): one.by or "–",
        }
        for one in past
    ]  # fmt: skip
    st.caption(_n("{n} import", "{n} imports", len(past)).format(n=len(past)))
    st.dataframe(pd.DataFrame(table), hide_index=True)
