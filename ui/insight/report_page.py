"""Client report: one page about the data to hand over, on the screen and as a file to print, without anybody's name."""

from collections.abc import Callable, Sequence
from typing import Any

import pandas as pd
import streamlit as st

from core.language import LANGUAGES
from core.services import client_report
from core.stats.intervals import Interval
from core.store.engine import reading
from ui import address, auth, charts, headings
from ui.insight import head, quality_charts, report_content, report_html
from ui.insight.head import Opened
from ui.insight.quality_charts import Range
from ui.insight.report_blocks import Dot, Dots, Facts, Heading, Paragraph, Points, Report, Stack, Table
from ui.text import _, language, plain

LANGUAGE = "in"
"""In an address: `lang` is that of the items."""


def show() -> None:
    if opened := head.opened(_("Client report")):
        with reading() as session:
            found = client_report.client_report(session, opened.actor, opened.assessment, now=auth.now())
        report = report_content.written(found, _language())
        _file(opened, report)
        with st.container(border=True):
            _draw(report)


def _language() -> str:
    """The client's, whatever the reader's screens speak."""
    chosen = address.pills(
        LANGUAGE, _("Language of the report"), list(LANGUAGES), LANGUAGES.__getitem__, default=language()
    )
    address.fill(LANGUAGE, chosen)
    return chosen


def _file(opened: Opened, report: Report) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.download_button(
            _("Download to print"), lambda: report_html.page(report).encode(), mime="text/html", icon=":material/print:", type="primary",
            file_name=report_html.file_name(opened.slug, report.language), on_click="ignore", key="report_file",
        )  # fmt: skip
        st.caption(_("One file that opens in any browser; it prints on A4, or into a PDF. It names no one."))


def _draw(report: Report) -> None:
    headings.section(plain(report.title))
    st.caption(plain(report.subtitle))
    for place, block in enumerate(report.blocks):
        _DRAWN[type(block)](block, f"report_{place}")


def _heading(block: Heading, _key: str) -> None:
    headings.subsection(plain(block.text))


def _paragraph(block: Paragraph, _key: str) -> None:
    st.markdown(plain(block.text))


def _points(block: Points, _key: str) -> None:
    st.markdown("\n".join(f"- {plain(text)}" for text in block.texts))


def _facts(block: Facts, _key: str) -> None:
    with st.container(horizontal=True, gap="medium"):
        for name, value in block.rows:
            with st.container(width="content"):
                st.markdown(f":small[:gray[{plain(name)}]]  \n**{plain(value)}**")


def _table(block: Table, key: str) -> None:
    frame = pd.DataFrame(list(block.rows), columns=told_apart(block.columns))
    st.dataframe(frame, hide_index=True, key=key)


def told_apart(names: Sequence[str]) -> list[str]:
    """A table takes no two columns of one name, but two criteria may have the same."""
    return [f"{name} ({n})" if (n := [*names[: at + 1]].count(name)) > 1 else name for at, name in enumerate(names)]


def _dots(block: Dots, key: str) -> None:
    rows = [Range(row.name, row.label, _interval(row), row.value) for row in block.rows]
    _chart(block.sentence, quality_charts.ranges(rows, share=False), key)


def _interval(row: Dot) -> Interval | None:
    return None if row.low is None or row.high is None else Interval(row.value, row.low, row.high, 0)


def _stack(block: Stack, key: str) -> None:
    ours = charts.palette()
    tones = (ours.accent, ours.a, ours.b, ours.others[0], ours.others[1])
    _chart(
        block.sentence, charts.parts([charts.Part(part.name, tones[part.tone], part.n) for part in block.parts]), key
    )


def _chart(sentence: str, figure: Any, key: str) -> None:
    st.markdown(plain(sentence))
    st.plotly_chart(figure, key=key, theme=None, config={"displayModeBar": False, "responsive": True}, alt=sentence)


_DRAWN: dict[type[Any], Callable[[Any, str], None]] = {
    Heading: _heading, Paragraph: _paragraph, Points: _points, Facts: _facts, Table: _table, Dots: _dots, Stack: _stack,
}  # fmt: skip
