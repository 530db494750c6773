"""Every item of a project with its state, in the order of its import: to leads, from the first import on."""

from typing import Any

import pandas as pd
import streamlit as st

from core.errors import NotFound
from core.services import item_list
from core.services.item_list import ADJUDICATED, Leaf, ListedItem, Wanted
from core.store.engine import reading
from ui import address, figures, navigation
from ui.insight.head import Begun
from ui.progress_charts import ITEM_STATES
from ui.project import withdrawn
from ui.text import _

PAGE = 25


def show(begun: Begun) -> None:
    wanted = Wanted(address.get("state"), address.number("import"), (address.get("find") or "").strip())
    way, start = address.leaf()
    try:
        with reading() as session:
            found = item_list.leaf(session, begun.actor, begun.slug, wanted, way=way, start=start, size=PAGE)
    except NotFound:  # an import of the project that was chosen before
        address.put(**{"import": None})
        st.rerun()
    _conditions(found, wanted)
    if found.rows:
        _table(begun, found)
    elif not any(found.counts.values()):
        st.write(_("No items yet. Import some, and they are listed here."))
        st.page_link(
            navigation.page("import"), label=_("Import items"), icon=":material/upload:",
            query_params={"project": begun.slug},
        )  # fmt: skip
    else:
        st.write(_("No item fits these conditions. Widen them."))


def _conditions(found: Leaf, wanted: Wanted) -> None:
    names = {**ITEM_STATES, ADJUDICATED: ADJUDICATED}
    states = [state for state in names if found.counts.get(state) or state == wanted.state]

    def counted(state: str) -> str:
        return f"{_state(state)} · {figures.number(found.counts.get(state, 0))}"

    with st.container(horizontal=True, gap="small", vertical_alignment="bottom"):
        address.optional("state", _("State"), states, counted, width=240)
        with st.container(width=240):
            address.text("find", _("Item id"))
        if wanted.import_id is not None:
            st.button(
                _("Show all imports"), icon=":material/filter_alt_off:", on_click=address.put,
                kwargs={"import": None, address.PAGE: None},
            )  # fmt: skip
    if wanted.import_id is not None:
        st.caption(_("Items of one import only."))


def _state(state: str) -> str:
    return _("adjudicated") if state == ADJUDICATED else _(ITEM_STATES[state])


def _table(begun: Begun, found: Leaf) -> None:
    st.caption(_("In the order of their import. Click a cell to open its item. Tick items to withdraw them."))
    chosen: Any = st.dataframe(
        pd.DataFrame([_row(one) for one in found.rows]), hide_index=True, on_select="rerun", height="content",
        selection_mode=["multi-row", "single-cell"], placeholder="–",
        key=f"{begun.slug}_list_{found.rows[0].item_id}_{withdrawn.epoch()}",
        column_config={
            "item": _("Item"), "text": st.column_config.TextColumn(_("Text"), width="medium"), "state": _("State"),
            "answers": _("Answers"), "holding": _("In progress"), "batch": _("Batch"),
        },
    )  # fmt: skip
    ticked, cells = chosen["selection"]["rows"], chosen["selection"]["cells"]
    if cells:
        address.put(item=str(found.rows[cells[0][0]].item_id))
        st.rerun()
    if names := [found.rows[row].key for row in ticked]:
        withdrawn.ask(begun.actor, begun.slug, names, key="list_withdraw")
    address.turner(found.rows[0].item_id if found.earlier else None, found.rows[-1].item_id if found.later else None)


def _row(one: ListedItem) -> dict[str, object]:
    given = figures.number(one.answers)
    return {
        "item": one.key, "text": one.excerpt,
        "state": figures.listed([_state(one.state), *([_("adjudicated")] if one.adjudicated else [])]),
        "answers": given if one.wanted is None else _("{done} of {all}").format(done=given, all=one.wanted),
        "holding": one.in_progress, "batch": one.batch or _("without a name"),
    }  # fmt: skip
