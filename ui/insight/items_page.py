"""All items to leads, and those that have answers: how sure, how disputed, how hard, why worth a look; found by conditions, opened one by one."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
import streamlit as st

from core.errors import N_
from core.services.projects import ProjectView
from core.services.quality import items as quality_items
from core.services.quality.items import BINS, ORDERS, REASONS, ItemRow, Leaf, Wanted
from core.store.engine import reading
from ui import address, charts, figures, headings, spreadsheets
from ui.insight import head, item_list_page, item_page, item_words, scope
from ui.insight.head import Begun, Opened
from ui.progress_charts import ITEM_STATES
from ui.project import withdrawn
from ui.text import _, _n
from ui.value_words import letters_note, value_words

PAGE = 25
WHOLE = (0, 100)
VIEWS: Mapping[str, str] = {"all": N_("All items"), "answered": N_("Answered items")}
"""To leads; others see items once they are answered."""


def show() -> None:
    begun = head.begin(_("Items"))
    if begun is None:
        return
    item = address.number("item")
    if item is not None:
        _one(begun, item)
        return
    view = (
        address.pills("view", _("View"), list(VIEWS), lambda one: _(VIEWS[one]), default="all") if begun.manages else ""
    )
    if view == "all":
        item_list_page.show(begun)
    elif (opened := head.figured(begun)) is not None:
        _list(opened)


def _one(begun: Begun, item: int) -> None:
    """The list for an item that this project has not: the reader has changed the project since."""
    opened = head.figured(begun, without_answers=begun.manages)
    if opened is not None and not item_page.show(opened, _target(opened), item):
        address.put(item=None)
        st.rerun()


def _target(opened: Opened) -> str:
    targets = list(opened.assessment.targets)
    wanted = address.get("target")
    return wanted if wanted in targets else targets[0]


def _list(opened: Opened) -> None:
    target = scope.target(opened.assessment.evidence.project, opened.assessment.targets)
    with reading() as session:
        offered = quality_items.leaf(session, opened.actor, opened.assessment, Wanted(target), size=0)
    wanted = _conditions(offered, target)
    found = _leaf(opened, wanted)
    _distribution(opened, found)
    _rows(opened, found, wanted)


def _leaf(opened: Opened, wanted: Wanted) -> Leaf:
    """The page that the reader is on, or the last where there are fewer by now."""
    found = _from(opened, wanted, address.page())
    return found if found.rows or not found.fit else _from(opened, wanted, _pages(found))


def _from(opened: Opened, wanted: Wanted, page: int) -> Leaf:
    start = (page - 1) * PAGE
    with reading() as session:
        return quality_items.leaf(session, opened.actor, opened.assessment, wanted, start=start, size=PAGE)


def _pages(found: Leaf) -> int:
    return -(-found.fit // PAGE)


# Conditions -----------------------------------------------------------------------------------------------------------


def _conditions(offered: Leaf, target: str) -> Wanted:
    names: Mapping[Any, str] = item_words.ORDERS
    with st.container(horizontal=True, gap="small"):
        order = address.choice("order", _("Order"), ORDERS, lambda one: _(names[one]), width=230)
        reason = _pick("reason", _("Reason to look"), REASONS, item_words.REASONS)
        state_ = _pick("state", _("State"), offered.choices.states, ITEM_STATES)
        tag = _pick("tag", _("Tag"), offered.choices.tags, {})
    sure = WHOLE
    with st.expander(_("More conditions"), icon=":material/tune:"):
        if sum(offered.histogram):
            sure = address.between("sure", _("Confidence (%)"), width=420)
        apart = address.between("apart", _("Disagreement (%)"), width=420)
    return Wanted(target, tag, state_, reason, _share(sure), _share(apart), order)  # type: ignore[arg-type]


def _pick(name: str, label: str, options: Sequence[str], names: Mapping[Any, str]) -> str | None:
    return address.optional(name, label, options, lambda one: _(names[one]) if one in names else one, width=168)


def _share(between: tuple[int, int]) -> tuple[float, float]:
    return between[0] / 100, between[1] / 100


# The list -------------------------------------------------------------------------------------------------------------


def _distribution(opened: Opened, found: Leaf) -> None:
    headings.section(_("Confidence of the items"))
    sentence = item_words.confidence_sentence(found)
    if not sum(found.histogram):
        st.write(sentence)
        return
    steps = [n * 100 // BINS for n in range(BINS)]
    table = pd.DataFrame(
        {_("From (%)"): steps, _("To (%)"): [s + 100 // BINS for s in steps], _("Items"): found.histogram}
    )
    charts.show(f"{opened.slug}-confidence", sentence, _histogram(found), table)


def _histogram(found: Leaf) -> Any:
    """Doubtful bars are orange and lie left of the line: colour is not all that tells them."""
    ours, edge = charts.palette(), 1 - found.doubt
    middle = [(n + 0.5) / BINS for n in range(BINS)]
    bars = {
        "type": "bar", "x": middle, "y": list(found.histogram), "width": 0.9 / BINS,
        "marker": {"color": [ours.b if at < edge else ours.accent for at in middle], "line": {"width": 0}},
        "hovertemplate": "%{x:.0%}: %{y}<extra></extra>",
    }  # fmt: skip
    line = {"color": ours.muted, "width": 1, "dash": "dot"}
    note = {
        "text": _("low confidence below {share}").format(share=figures.percent(edge)),
        "font": {"size": 12, "color": ours.muted},
    }
    lowest = next((n for n, count in enumerate(found.histogram) if count), 0)
    return charts.blank(
        200, [bars], margin={"l": 4, "r": 12, "t": 24, "b": 8},
        xaxis={"range": [min(lowest / BINS, 0.5), 1.01], "tickformat": ".0%", "showgrid": False},
        yaxis={"rangemode": "tozero", "nticks": 4},
        shapes=[{"type": "line", "x0": edge, "x1": edge, "y0": 0, "y1": 1, "yref": "paper", "line": line}],
        annotations=[{**note, "x": edge, "xanchor": "right", "y": 1, "yref": "paper", "yanchor": "bottom", "showarrow": False}],
    )  # fmt: skip


def _rows(opened: Opened, found: Leaf, wanted: Wanted) -> None:
    project, scale = opened.assessment.evidence.project, opened.assessment.evidence.targets[found.target].scale
    text = _n("{n} of {all} item with answers", "{n} of {all} items with answers", found.answered)
    headings.section(text.format(n=figures.number(found.fit), all=figures.number(found.answered)))
    if not found.rows:
        st.write(_("No item fits these conditions. Widen them."))
        return
    if opened.manages:
        st.caption(_("Click a cell to open its item. Tick items to withdraw them."))
    else:
        st.caption(_("Choose a row to open the item."))
    key = f"{opened.slug}_items_{hash(wanted)}_{found.rows[0].item_id}_{withdrawn.epoch()}"
    table = _table(project, scale, found.rows)
    chosen = st.dataframe(
        table, hide_index=True, key=key, on_select="rerun",
        selection_mode=["multi-row" if opened.manages else "single-row", "single-cell"], column_config=_columns(),
        height="content",
        placeholder="–",
    )  # fmt: skip
    ticked, cells = chosen["selection"]["rows"], chosen["selection"]["cells"]
    if opened.manages and ticked and not cells:
        names = [found.rows[row].key for row in ticked]
        withdrawn.ask(opened.actor, opened.slug, names, key="items_withdraw")
    elif picked := [*(row for row, _column in cells), *ticked]:
        _open(found.target, found.rows[picked[0]])
    address.pager(_pages(found))
    st.download_button(
        _("Download CSV of this page"), lambda: spreadsheets.csv_of(table), file_name=f"{opened.slug}-items.csv",
        mime="text/csv", icon=":material/download:", on_click="ignore", key=f"{opened.slug}_items_csv",
    )  # fmt: skip
    if note := letters_note(project):
        st.caption(note)


def _open(target: str, row: ItemRow) -> None:
    address.put(target=target, item=str(row.item_id))
    st.rerun()


def _table(project: ProjectView, scale: Any, rows: Sequence[ItemRow]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            _("Item"): [row.key for row in rows],
            _("Text"): [row.excerpt for row in rows],
            _("Consensus"): [value_words(project, scale, row.value) for row in rows],
            _("Confidence"): [None if row.known or row.confidence is None else row.confidence * 100 for row in rows],
            _("Answers"): [row.labels for row in rows],
            _("Disagreement"): [None if row.disagreement is None else row.disagreement * 100 for row in rows],
            _("Difficulty"): [None if row.difficulty is None else row.difficulty * 100 for row in rows],
            _("Reason to look"): [reasons(row) for row in rows],
            _("State"): [_(ITEM_STATES[row.state]) for row in rows],
        }
    )


def reasons(row: ItemRow) -> str:
    known = [_("gold")] if row.known else [_("decided by a reviewer")] if row.reviewed else []
    return figures.listed([*(_(item_words.REASONS[reason]) for reason in row.reasons), *known])


def _columns() -> dict[str, Any]:
    percent = "%.0f%%"
    number = st.column_config.NumberColumn
    return {
        _("Text"): st.column_config.TextColumn(width="medium"),
        _("Confidence"): number(format=percent, help=_("Probability that the consensus is correct, after calibration; empty for gold items.")),
        _("Disagreement"): number(format=percent, help=_("Share of pairs of answers that differ; on scales of numbers, their mean distance as a share of the scale.")),
        _("Difficulty"): number(format=percent, help=_("Expected share of annotators who differ from the item's consensus, shrunk towards the "
            "project average.")),
    }  # fmt: skip
