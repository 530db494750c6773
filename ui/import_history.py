"""Past imports: what each brought, by whom and when, and undoing one while nobody has worked on it."""

from collections.abc import Mapping

import streamlit as st

from core.errors import N_
from core.permissions import Actor
from core.services import import_undo, importing
from core.services.import_undo import Undoing
from core.services.importing import ImportView
from core.services.projects import ProjectView
from core.store.engine import reading, transaction
from ui import address, auth, figures, fragments, headings, state
from ui.frame import show_errors
from ui.text import _, _n, error_text, plain

KIND_NAMES: Mapping[str, str] = {
    "items": N_("Items to label"),
    "labels": N_("Labels from elsewhere"),
    "gold": N_("Gold answers"),
}
A_PAGE = 20


def show(actor: Actor, project: ProjectView) -> None:
    with reading() as session:
        past = importing.history(session, actor, project.slug)
    headings.section(_("Imported so far"))
    if not past:
        st.caption(_("Nothing yet. Each import is listed here."))
        return
    st.caption(_n("{n} import", "{n} imports", len(past)).format(n=len(past)))
    pages = -(-len(past) // A_PAGE)
    start = (min(address.page(), pages) - 1) * A_PAGE
    for one in past[start : start + A_PAGE]:
        _row(actor, project, one)
    address.pager(pages)


def _row(actor: Actor, project: ProjectView, one: ImportView) -> None:
    with st.container(border=True, key=f"past_import_{one.id}"):
        words, button = st.columns([6, 1.4], vertical_alignment="center")
        with words:
            st.markdown(f"**{plain(one.filename)}** · {_(KIND_NAMES[one.kind])}")
            st.caption(" · ".join([*_brought(one), *_who(one)]))
        if one.undone_at is not None:
            button.badge(_("Undone"), color="gray")
        elif one.kind == "items" and button.button(_("Undo import"), key=f"undo_{one.id}", icon=":material/undo:"):
            _ask(actor, project, one.id)


def _brought(one: ImportView) -> list[str]:
    counts = {name: int(one.report.get(name) or 0) for name in ("rows", "new", "changed", "gold", "stubs")}
    found = [_n("{n} row", "{n} rows", counts["rows"]), _("{n} new")]
    numbers = [counts["rows"], counts["new"]]
    if counts["changed"]:
        found.append(_("{n} changed"))
        numbers.append(counts["changed"])
    if one.kind == "items" and counts["gold"]:
        found.append(_n("{n} gold answer", "{n} gold answers", counts["gold"]))
        numbers.append(counts["gold"])
    return [words.format(n=figures.number(n)) for words, n in zip(found, numbers, strict=True)]


def _who(one: ImportView) -> list[str]:
    return [*([plain(one.by)] if one.by else []), figures.moment(one.at)]


# Undoing --------------------------------------------------------------------------------------------------------------


def _ask(actor: Actor, project: ProjectView, import_id: int) -> None:
    with reading() as session:
        found = import_undo.look(session, actor, project.slug, import_id)

    @fragments.dialog(actor, _("Undo import"))
    def dialog() -> None:
        if found.refusal is not None:
            st.warning(plain(error_text(found.refusal)), icon=":material/block:")
            return
        st.write(_consequence(found))
        if st.button(_("Remove the items"), type="primary", key=f"undo_sure_{import_id}"):
            _undo(actor, project, import_id)

    dialog()


def _consequence(found: Undoing) -> str:
    n = figures.number(found.items)
    words = _n(
        "{file} brought {n} item. It will be removed; no annotator has worked on it. The file can be imported again.",
        "{file} brought {n} items. All will be removed; no annotator has worked on any. The file can "
        "be imported again.",
        found.items,
    ).format(file=plain(found.filename), n=n)
    if not found.gold:
        return words
    gold = _n("{n} gold answer goes with them.", "{n} gold answers go with them.", found.gold)
    return figures.sentences(words, gold.format(n=figures.number(found.gold)))


def _undo(actor: Actor, project: ProjectView, import_id: int) -> None:
    with show_errors():
        with transaction() as session:
            done = import_undo.undo(session, actor, project.slug, import_id, now=auth.now())
        removed = _n("{file} is undone: {n} item removed.", "{file} is undone: {n} items removed.", done.items)
        state.flash(removed.format(file=plain(done.filename), n=figures.number(done.items)))
        st.rerun()
