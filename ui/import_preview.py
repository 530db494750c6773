"""A file before it is imported: how many rows it has, and the first of them as the desk will draw them."""

from typing import Any

import orjson
import streamlit as st

from core.errors import TouchstoneError
from core.interchange.columns import Kind
from core.permissions import Actor
from core.services import importing, preview
from core.services.importing import Preview
from core.services.projects import ProjectView
from core.services.uploads import UploadView
from core.store.engine import reading
from ui import address, figures
from ui.desk.desk import desk
from ui.text import _, _n, content_language, error_text, language, plain
from ui.workplace import desk_strings


def show(actor: Actor, project: ProjectView, kind: Kind, file: UploadView, seen: Preview) -> None:
    if not seen.rows:
        return
    _count(actor, project, kind, file, seen)
    n = _place(len(seen.rows))
    if kind == "items":
        _screen(actor, project, file, seen.rows[n], n)
    with st.expander(_("The row as data"), expanded=kind != "items", key="import_data", icon=":material/data_object:"):
        row = orjson.dumps(seen.rows[n], option=orjson.OPT_INDENT_2, default=str).decode()
        st.code(row, language="json", height=280, wrap_lines=True)


def _count(actor: Actor, project: ProjectView, kind: Kind, file: UploadView, seen: Preview) -> None:
    try:
        with reading() as session:
            rows = importing.row_count(session, actor, project.slug, kind, file.path, name=file.name)
    except TouchstoneError:
        return  # the problem stands above, with its place
    about = {"format": seen.format.upper(), "n": figures.number(rows)}
    st.markdown(_n("**{n} row** in this {format} file.", "**{n} rows** in this {format} file.", rows).format(**about))


def _place(rows: int) -> int:
    """Which of the first rows is shown."""
    if rows == 1:
        return 0
    label = _n("Preview of the first row", "Preview of the first {n} rows", rows).format(n=rows)
    return int(address.pills("row", label, [str(n + 1) for n in range(rows)], str, default="1")) - 1


def _screen(actor: Actor, project: ProjectView, file: UploadView, row: dict[str, Any], n: int) -> None:
    try:
        with reading() as session:
            drawn = preview.of_row(session, actor, project.slug, row)
    except TouchstoneError as error:
        st.warning(plain(error_text(error)), icon=":material/warning:")
        return
    st.caption(_("This is what annotators will see. Nothing you press here is saved."))
    desk(
        key=f"import_desk_{file.id}_{n}", mode="preview", actor=str(actor.person_id), language=language(),
        ui_strings=desk_strings(), content_language=content_language(), screen=drawn,
    )  # fmt: skip
