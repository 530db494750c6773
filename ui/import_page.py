"""Import: a file is uploaded, read as it would be taken, corrected, and taken whole or not at all."""

from collections.abc import Mapping
from random import SystemRandom
from typing import Any, get_args

import pandas as pd
import streamlit as st

from core.errors import N_, RefusedFile, TouchstoneError
from core.interchange.columns import KINDS, Kind
from core.permissions import Actor, Right
from core.services import importing
from core.services.importing import Progress
from core.services.projects import ProjectView
from core.services.uploads import UploadView
from core.store.engine import reading, transaction
from ui import (
    address,
    auth,
    headings,
    import_columns,
    import_files,
    import_history,
    import_next,
    import_preview,
    import_result,
    state,
)
from ui.import_history import KIND_NAMES
from ui.project import team_size
from ui.project.pick import link_to_templates, pick
from ui.text import _, error_text, plain

KIND_HELP: Mapping[str, str] = {
    "items": N_("One row per item: its content, and optionally its id, language, group, batch and gold."),
    "labels": N_("One row per label: the item's id, the annotator and the answer. Kept apart from the work done here."),
    "gold": N_("One row per item: its id and the gold answer, used as a hidden check or for measuring only."),
}
_SHOWN = "import_shown"


def show(actor: Actor) -> None:
    headings.page_title(_("Import"))
    project = pick(actor, Right.MANAGE_PROJECT)
    if project is None:
        st.write(_("Files are imported into a project, and there is none yet."))
        link_to_templates(_("Create a project"))
        return
    kind = _kind()
    chosen = import_files.choose(actor, project)
    if not _last_result(actor, project) and chosen is not None:
        _prepare(actor, project, kind, chosen)
    import_history.show(actor, project)


def _kind() -> Kind:
    chosen = address.pills("kind", _("File contents"), KINDS, lambda kind: _(KIND_NAMES[kind]), default="items")
    kind: Kind = next(kind for kind in get_args(Kind) if kind == chosen)
    st.caption(_(KIND_HELP[kind]))
    return kind


# Before ---------------------------------------------------------------------------------------------------------------


def _prepare(actor: Actor, project: ProjectView, kind: Kind, file: UploadView) -> None:
    try:
        with reading() as session:
            seen = importing.preview(session, actor, project.slug, kind, file.path, name=file.name)
    except TouchstoneError as error:
        _refused(error)
        return
    mapping = import_columns.corrected(actor, project, kind, file, seen) if seen.mapping else {}
    if mapping:
        with reading() as session:
            seen = importing.preview(session, actor, project.slug, kind, file.path, name=file.name, mapping=mapping)
    if seen.problem is not None:
        _refused(seen.problem)
    import_preview.show(actor, project, kind, file, seen)
    options = _options(kind)
    if st.button(
        _("Import"), type="primary", icon=":material/upload:", key="import_go", disabled=seen.problem is not None
    ):
        _run(actor, project, kind, file, {**options, "mapping": mapping or None})


def _options(kind: Kind) -> dict[str, Any]:
    if kind != "labels":
        return {}
    return {
        "create_items": address.switch(
            "create", _("Keep labels of items that are not here: they count in figures only")
        ),
        "machine": address.switch("machine", _("The annotators are machine judges")),
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
        bar.progress(1.0, _("No problems found. Saving…"))
        with checked, transaction() as session:
            report = importing.take(session, actor, checked, now=auth.now())
    except TouchstoneError as error:
        bar.empty()
        _refused(error)
        st.caption(_("Nothing was imported. Correct the file and upload it again."))
        return
    state.keep(_SHOWN, {"project": project.slug, "report": report.as_json()})
    st.rerun()


def _shown_on(bar: Any) -> Progress:
    def tell(stage: str, share: float) -> None:
        if stage != "writing":
            bar.progress(min(share, 1.0))

    return tell


def _last_result(actor: Actor, project: ProjectView) -> bool:
    """Whether something was imported just now; what it was stands in place of the preview."""
    shown: dict[str, Any] = state.take(_SHOWN, {})
    if shown.get("project") != project.slug:
        return False
    import_result.show(shown["report"])
    warned = team_size.warn_of_items(actor, project)
    import_next.show(actor, project, shown["report"], invited=warned)
    return True
