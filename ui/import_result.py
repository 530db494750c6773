"""What an import brought, in words."""

from collections.abc import Mapping
from typing import Any

import pandas as pd
import streamlit as st

from ui.text import _, _n, plain


def show(report: Mapping[str, Any]) -> None:
    st.success(_headline(report), icon=":material/check_circle:")
    with st.container(border=True):
        for line in _lines(report):
            st.markdown(f"- {line}")
        _duplicates(report)


def _headline(report: Mapping[str, Any]) -> str:
    new, changed, unchanged = (report[name] for name in ("new", "changed", "unchanged"))
    if not new and not changed:
        return _("{file}: everything in it was here already. Nothing has changed.").format(file=plain(report["file"]))
    parts = [_("{n} new").format(n=f"{new:,}")]
    parts += [_("{n} changed").format(n=f"{changed:,}")] if changed else []
    parts += [_("{n} as before").format(n=f"{unchanged:,}")] if unchanged else []
    return _("{file} is imported: {counts}.").format(file=plain(report["file"]), counts=", ".join(parts))


def _lines(report: Mapping[str, Any]) -> list[str]:
    lines = []
    for title, counts in ((_("Batches"), report["batches"]), (_("Languages"), report["languages"])):
        if any(counts):
            named = ", ".join(f"{plain(name) or _('none given')} ({count:,})" for name, count in counts.items())
            lines.append(f"{title}: {named}")
    counted = (
        (report["gold"], _n("{n} gold answer", "{n} gold answers", report["gold"])),
        (report["stubs"], _n("{n} item without content", "{n} items without content", report["stubs"])),
        (report["annotators"], _n("{n} annotator", "{n} annotators", report["annotators"])),
        (report.get("same_prompt", 0), _n("{n} item shares its prompt with another. In exports they stay together: all train or all test.", "{n} items share their prompt with another. In exports they stay together: all train or all test.", report.get("same_prompt", 0))),
        (report["checks_kept_in_work"], _n("{n} hidden check stays in the queue: annotators have worked on it", "{n} hidden checks stay in the queue: annotators have worked on them", report["checks_kept_in_work"])),
    )  # fmt: skip
    lines += [text.format(n=f"{count:,}") for count, text in counted if count]
    if left_out := sum(report.get("left_out", {}).values()):
        counted_out = _n(
            "{n} row of the export left out: skipped, or answered in a pilot or in training",
            "{n} rows of the export left out: skipped, or answered in a pilot or in training",
            left_out,
        )
        lines.append(counted_out.format(n=f"{left_out:,}"))
    ignored = [plain(column) for column, field in report["mapping"].items() if not field]
    return [*lines, _("Columns left out: {columns}").format(columns=", ".join(ignored))] if ignored else lines


def _duplicates(report: Mapping[str, Any]) -> None:
    exact, near = report["duplicates_exact"], report["duplicates_near"]
    if not exact and not near:
        return
    st.markdown(
        "- " + _("Duplicates, kept: {exact} the same as another item, {near} nearly (case, width, spaces and punctuation apart)").format(
            exact=f"{exact:,}", near=f"{near:,}"
        )
    )  # fmt: skip
    with st.expander(_("Examples")):
        table = [
            {_("Row"): twin["row"], _("Item"): twin["key"], _("Like"): twin["other"], _("Match"): _("the same") if twin["exact"] else _("nearly")}
            for twin in report["duplicates"]
        ]  # fmt: skip
        st.dataframe(pd.DataFrame(table), hide_index=True)
