"""Which column of a file is which field here: guessed from the names, corrected by hand. Corrections are kept, for each file
and what it holds, until the file is gone.
"""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from core.interchange.columns import Kind
from core.permissions import Actor
from core.services import importing, uploads
from core.services.importing import Preview
from core.services.projects import ProjectView
from core.services.uploads import UploadView
from core.store.engine import reading
from ui import forms
from ui.forms import Form
from ui.text import _


def corrected(actor: Actor, project: ProjectView, kind: Kind, file: UploadView, seen: Preview) -> dict[str, str]:
    """What the person changed of the guess."""
    form = forms.open_form(f"import:{project.slug}", actor, {})
    kept: Mapping[str, str] = form.start.get(file.id, {}).get(kind, {})
    st.markdown(
        _("**Columns** — guessed from their names; correct what is wrong. An empty field leaves the column out.")
    )
    fields = list(dict.fromkeys(["", *seen.mapping.values(), *importing.fields(kind, project.rubric)]))
    rows = [{"column": column, "field": _field(kept, column, guess, fields)} for column, guess in seen.mapping.items()]
    edited = forms.table(form, f"{file.id}:{kind}", rows, _columns(fields), fixed=True)
    wanted = zip(seen.mapping.items(), edited["field"], strict=True)
    changed = {column: field or "" for (column, guess), field in wanted if guess != (field or "")}
    if changed != kept:
        _keep(actor, project, form, file, {**form.start.get(file.id, {}), kind: changed})
    return changed


def _field(kept: Mapping[str, str], column: str, guess: str, fields: list[str]) -> str:
    """A correction may name what the project has no more."""
    return kept[column] if kept.get(column) in fields else guess


def _columns(fields: list[str]) -> dict[str, Any]:
    return {
        "column": st.column_config.TextColumn(_("Column in the file"), disabled=True),
        "field": st.column_config.SelectboxColumn(_("Field here"), options=fields),
    }


def _keep(actor: Actor, project: ProjectView, form: Form, file: UploadView, kinds: dict[str, Any]) -> None:
    """What was corrected in files that are gone goes with them."""
    with reading() as session:
        here = {one.id for one in uploads.listed(session, actor, project.slug)}
    others = {id_: kept for id_, kept in form.start.items() if id_ in here}
    mine = {kind: changed for kind, changed in kinds.items() if changed}
    fields = {id_: kept for id_, kept in {**others, file.id: mine}.items() if kept}
    form.settle(fields, bool(fields))
