"""Every chart of the product: one template, intervals drawn, direct labels, a sentence above and the table below."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from core.stats.intervals import Interval
from ui import figures
from ui.text import _, language

FONT = (
    "ui-sans-serif, -apple-system, 'Segoe UI', 'Helvetica Neue', Arial, 'PingFang SC', 'Microsoft YaHei', "
    "'Noto Sans CJK SC', 'Noto Sans SC', sans-serif"
)
BAR_GAP = 0.28
LONGEST_NAME = 18
NARROW = 0.2
"""Share of a bar below which a part has no room for its name, on a phone."""


@dataclass(frozen=True)
class Palette:
    """A is blue and B is orange, here as on the desk; teal is the accent; greys carry the rest."""

    paper: str
    ink: str
    muted: str
    faint: str
    a: str
    b: str
    accent: str
    others: tuple[str, ...]


LIGHT = Palette(
    "#fbfaf7", "#24221e", "#6d685e", "#e4e0d6", "#2a6fb0", "#d9822b", "#0f6b66", ("#8a5a9e", "#8c7a5b", "#a8a296")
)
DARK = Palette(
    "#171614", "#ebe7df", "#a39d91", "#33302b", "#5b9bd8", "#e59a4c", "#3fb5ab", ("#b48ac6", "#b5a37f", "#6c675e")
)


def palette() -> Palette:
    return DARK if st.context.theme.type == "dark" else LIGHT


@lru_cache(maxsize=4)
def template(colours: Palette) -> Any:
    axis = {
        "gridcolor": colours.faint, "linecolor": colours.faint, "zerolinecolor": colours.faint, "ticks": "",
        "automargin": True, "title": {"font": {"size": 12, "color": colours.muted}}, "fixedrange": True,
    }  # fmt: skip
    return go.layout.Template(
        layout={
            "font": {"family": FONT, "size": 13, "color": colours.ink},
            "paper_bgcolor": "rgba(0,0,0,0)",
            "plot_bgcolor": "rgba(0,0,0,0)",
            "colorway": [colours.a, colours.b, colours.accent, *colours.others],
            "margin": {"l": 8, "r": 16, "t": 28, "b": 8},
            "showlegend": False,
            "hovermode": "closest",
            "hoverlabel": {"font": {"family": FONT}},
            "bargap": BAR_GAP,
            "dragmode": False,
            "xaxis": axis,
            "yaxis": axis,
        }
    )


def blank(height: int, data: Sequence[Mapping[str, Any]] = (), **layout: Any) -> Any:
    """A figure in our dress, empty or with its data. Plotly takes six times as long to change a figure as to make it."""
    return go.Figure(data=list(data), layout={"template": template(palette()), "height": height, **layout})


# Kinds of charts ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Series:
    """One colour of bars: its name, and a value a day."""

    name: str
    colour: str
    values: Mapping[date, float]


def daily_bars(series: Sequence[Series], height: int = 240) -> Any:
    """Bars a day from zero, stacked, named in their own colour above the plot instead of in a legend."""
    drawn = tuple((one.name, one.colour, tuple(one.values.items())) for one in series)
    return _daily_bars(drawn, height, _day_format(), palette())


@lru_cache(maxsize=512)
def _daily_bars(
    drawn: tuple[tuple[str, str, tuple[tuple[date, float], ...]], ...], height: int, day: str, colours: Palette
) -> Any:
    """Made once for the same days and the same reader's look; not to be changed: it is shared."""
    series = [Series(name, colour, dict(values)) for name, colour, values in drawn]
    data = [
        {
            "type": "bar", "x": list(one.values), "y": list(one.values.values()), "name": one.name,
            "marker": {"color": one.colour, "line": {"width": 0}},
            "hovertemplate": f"%{{x|{day}}}<br>{one.name} %{{y:,.3~f}}<extra></extra>",
        }
        for one in series
    ]  # fmt: skip
    across = {"tickformat": day, "showgrid": False, "type": "date", "nticks": 7}
    up = {"rangemode": "tozero", "nticks": 5, "side": "left"}
    layout = {"template": template(colours), "height": height, "barmode": "stack", "xaxis": across, "yaxis": up}
    figure = go.Figure(data=data, layout=layout)
    _name_series(figure, series)
    return figure


def _name_series(figure: Any, series: Sequence[Series]) -> None:
    if len(series) < 2:
        return
    words = "   ".join(f'<span style="color:{one.colour}">■</span> {one.name}' for one in series)
    figure.add_annotation(
        text=words, xref="paper", yref="paper", x=0, y=1, xanchor="left", yanchor="bottom", yshift=6, showarrow=False
    )


@dataclass(frozen=True)
class Measure:
    """A person's figure with its interval; `mark` is a symbol besides the colour, so that colour never speaks alone."""

    name: str
    found: Interval
    label: str
    colour: str
    mark: str = "circle"


def measures(rows: Sequence[Measure], *, line: float | None, line_name: str, share: bool) -> Any:
    """A dot and its interval for each person, against one line; the figure stands beside its row."""
    figure = blank(72 + 34 * len(rows))
    for place, row in enumerate(rows):
        figure.add_scatter(
            x=[row.found.value], y=[place], mode="markers",
            marker={"color": row.colour, "size": 10, "symbol": row.mark, "line": {"width": 2, "color": row.colour}},
            error_x=_interval(row), cliponaxis=False, hovertemplate=f"{_short(row.name)}<br>{row.label}<extra></extra>",
        )  # fmt: skip
        _beside(figure, place, row.label)
    if line is not None:
        figure.add_vline(
            x=line, line={"color": palette().muted, "width": 1, "dash": "dot"}, annotation_text=line_name,
            annotation_position="top", annotation_font={"size": 12, "color": palette().muted},
        )  # fmt: skip
    names = [_short(row.name) for row in rows]
    figure.update_yaxes(
        range=[len(rows) - 0.5, -0.5], showgrid=False, zeroline=False, tickvals=list(range(len(rows))), ticktext=names
    )
    figure.update_xaxes(**_scale_of(rows, share))
    figure.update_layout(margin={"r": 128})
    return figure


def _interval(row: Measure) -> dict[str, Any]:
    return {
        "type": "data", "symmetric": False, "array": [row.found.high - row.found.value],
        "arrayminus": [row.found.value - row.found.low], "color": row.colour, "thickness": 2, "width": 0,
    }  # fmt: skip


def _beside(figure: Any, place: int, label: str) -> None:
    figure.add_annotation(
        text=label, xref="paper", x=1, xanchor="left", xshift=6, y=place, yanchor="middle", showarrow=False,
        font={"size": 12, "color": palette().muted},
    )  # fmt: skip


def _scale_of(rows: Sequence[Measure], share: bool) -> dict[str, Any]:
    if share:
        return {"range": [0, 1.02], "tickformat": ".0%", "tickvals": [0, 0.25, 0.5, 0.75, 1], "zeroline": True}
    return {"range": [0, 1.08 * max((row.found.high for row in rows), default=1)], "nticks": 6, "zeroline": True}


@dataclass(frozen=True)
class Part:
    name: str
    colour: str
    n: int


def parts(found: Sequence[Part]) -> Any:
    """One bar made of named parts, for a whole that adds up: wide parts are named in place, narrow ones below."""
    whole = sum(part.n for part in found) or 1
    narrow = [part for part in found if part.n / whole < NARROW]
    lines = ["   ".join(_named(part) for part in narrow[n : n + 2]) for n in range(0, len(narrow), 2)]
    figure = blank(60 + 20 * len(lines), barmode="stack", bargap=0.1)
    for part in found:
        figure.add_bar(
            x=[part.n], y=[""], orientation="h", name=part.name, marker={"color": part.colour, "line": {"width": 0}},
            text="" if part in narrow else f"{part.name} {figures.number(part.n)}", textposition="inside",
            insidetextanchor="start", textangle=0, insidetextfont={"color": _on(part.colour)},
            hovertemplate=f"{part.name} {figures.number(part.n)}<extra></extra>",
        )  # fmt: skip
    if lines:
        figure.add_annotation(
            text="<br>".join(lines), xref="paper", yref="paper", x=0, y=0, xanchor="left", yanchor="top", align="left",
            showarrow=False, yshift=-2,
        )  # fmt: skip
    figure.update_xaxes(visible=False, range=[0, whole])
    figure.update_yaxes(visible=False)
    figure.update_layout(margin={"l": 0, "r": 0, "t": 4, "b": 4 + 20 * len(lines)})
    return figure


def _on(colour: str) -> str:
    """The colour of words on a filled part."""
    ours = palette()
    return ours.ink if colour == ours.faint else ours.paper


def _named(part: Part) -> str:
    return f'<span style="color:{part.colour}">■</span> {part.name} {figures.number(part.n)}'


# On the page ----------------------------------------------------------------------------------------------------------


def show(key: str, sentence: str, figure: Any, table: pd.DataFrame, **columns: Any) -> None:
    """What to see in words, the chart, and one click below the table behind it with its CSV."""
    st.markdown(sentence)
    st.plotly_chart(
        figure, key=f"{key}_chart", theme=None, config={"displayModeBar": False, "responsive": True}, alt=sentence
    )
    show_table(key, table, **columns)


def show_table(key: str, table: pd.DataFrame, **columns: Any) -> None:
    with st.expander(_("Table"), icon=":material/table_rows:"):
        st.dataframe(table, hide_index=True, column_config=columns or None, key=f"{key}_table")
        st.download_button(
            _("Download CSV"), _csv(table), file_name=f"{key}.csv", mime="text/csv", key=f"{key}_csv",
            icon=":material/download:", on_click="ignore",
        )  # fmt: skip


def _csv(table: pd.DataFrame) -> Callable[[], bytes]:
    """Made when asked for. The mark at the start makes spreadsheets read Chinese as it is."""
    return lambda: table.to_csv(index=False).encode("utf-8-sig")


def _short(name: str) -> str:
    escaped = (name if len(name) <= LONGEST_NAME else name[: LONGEST_NAME - 1] + "…").replace("<", "‹")
    return escaped.replace(">", "›")


def _day_format() -> str:
    return "%-m月%-d日" if language() == "zh" else "%-d %b"
