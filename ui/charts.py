"""Every chart of the product: one template, intervals drawn, direct labels, a sentence above and the table below."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from core.stats.intervals import Interval
from ui import figures, spreadsheets
from ui.text import _

FONT = (
    "ui-sans-serif, -apple-system, 'Segoe UI', 'Helvetica Neue', Arial, Roboto, 'Noto Sans', 'Liberation Sans', 'DejaVu Sans', "
    "'PingFang SC', 'Microsoft YaHei', 'Noto Sans CJK SC', 'Noto Sans SC', sans-serif"
)
"""As in .streamlit/config.toml: a Latin face first, whatever the system begins with, or quotes come out full-width."""
MOST_TICKS = 5
A_DAY_MS = 24 * 60 * 60 * 1000
BAR_GAP = 0.28
BARE_TOP = 8
"""Pixels above a plot that nothing is written over."""
BELOW_ZERO = 10
"""Pixels between a plot and the names under it, so that the first of them clears the 0 beside it."""
LONGEST_NAME = 18
NAMES_A_LINE = 3
"""Names of colours above a plot, on a phone."""
A_LINE = 18
"""Pixels."""
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
        "automargin": True, "ticklabelstandoff": 6, "tickangle": 0, "title": {"font": {"size": 12, "color": colours.muted}}, "fixedrange": True,
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
            "xaxis": {**axis, "ticklabelstandoff": BELOW_ZERO},
            "yaxis": axis,
        }
    )


def blank(height: int, data: Sequence[Mapping[str, Any]] = (), **layout: Any) -> Any:
    """A figure in our dress, empty or with its data. Plotly takes six times as long to change a figure as to make it."""
    return go.Figure(data=list(data), layout={"template": template(palette()), "height": height, **layout})


def drawn(data: Sequence[Mapping[str, Any]], layout: Mapping[str, Any]) -> Any:
    """A figure in our dress, as it stands here: Plotly is not asked to check it, which takes five times as long as to make it.

    For charts that every visit of a page draws; tests hold what they draw against Plotly's own rules.
    """
    dressed = {
        "template": _template_as_data(palette()),
        **{name: value for name, value in layout.items() if value != []},
    }
    return go.Figure(data=list(data), layout=dressed, _validate=False)


@lru_cache(maxsize=4)
def _template_as_data(colours: Palette) -> Any:
    return template(colours).to_plotly_json()


# Kinds of charts ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Series:
    """One colour of bars: its name, and a value a day."""

    name: str
    colour: str
    values: Mapping[date, float]


def daily_bars(series: Sequence[Series], height: int = 240, most: int = MOST_TICKS) -> Any:
    """Bars a day from zero, stacked, named in their own colour above the plot instead of in a legend."""
    day = figures.axis_day()
    across = dated(sorted({each for one in series for each in one.values}), most)
    up = {"rangemode": "tozero", "nticks": 5, "side": "left"}
    names = _names_of(series)
    above = BARE_TOP + A_LINE * -(-len(series) // NAMES_A_LINE) if names else BARE_TOP
    layout = {
        "height": height, "barmode": "stack", "xaxis": across, "yaxis": up, "annotations": names, "margin": {"t": above},
    }  # fmt: skip
    return drawn([_bars(one, day) for one in series], layout)


def dated(days: Sequence[date], most: int = MOST_TICKS) -> dict[str, Any]:
    """An axis of days in order: each is named at most once, however few there are."""
    axis: dict[str, Any] = {"type": "date", "showgrid": False, "tickformat": figures.axis_day()}
    if days:
        step = -(-((days[-1] - days[0]).days + 1) // most)
        axis |= {"tick0": days[0].isoformat(), "dtick": step * A_DAY_MS}
    return axis


def _bars(one: Series, day: str) -> dict[str, Any]:
    return {
        "type": "bar", "x": [each.isoformat() for each in one.values], "y": list(one.values.values()), "name": one.name,
        "marker": {"color": one.colour, "line": {"width": 0}},
        "hovertemplate": f"%{{x|{day}}}<br>{one.name} %{{y:,.3~f}}<extra></extra>",
    }  # fmt: skip


def _names_of(series: Sequence[Series]) -> list[dict[str, Any]]:
    if len(series) < 2:
        return []
    named = [f'<span style="color:{one.colour}">■</span> {one.name}' for one in series]
    lines = ["   ".join(named[at : at + NAMES_A_LINE]) for at in range(0, len(named), NAMES_A_LINE)]
    place = {"xref": "paper", "yref": "paper", "x": 0, "y": 1, "xanchor": "left", "yanchor": "bottom", "yshift": 6}
    return [_note("<br>".join(lines), align="left", **place)]


def _note(words: str, **place: Any) -> dict[str, Any]:
    return {"text": words, "showarrow": False, **place}


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
    lines = [] if line is None else [line]
    layout = {
        "height": 72 + 34 * len(rows),
        "margin": {"r": 128},
        "xaxis": _scale_of(rows, share),
        "yaxis": _rows_of(rows),
        "shapes": [_line(at) for at in lines],
        "annotations": [
            *(_beside(place, row.label) for place, row in enumerate(rows)),
            *(_on_top(at, line_name) for at in lines),
        ],
    }
    return drawn([_dot(place, row) for place, row in enumerate(rows)], layout)


def _dot(place: int, row: Measure) -> dict[str, Any]:
    return {
        "type": "scatter", "x": [row.found.value], "y": [place], "mode": "markers",
        "marker": {"color": row.colour, "size": 10, "symbol": row.mark, "line": {"width": 2, "color": row.colour}},
        "error_x": _interval(row), "cliponaxis": False, "hovertemplate": f"{_short(row.name)}<br>{row.label}<extra></extra>",
    }  # fmt: skip


def _rows_of(rows: Sequence[Measure]) -> dict[str, Any]:
    """From the top down, each with its name."""
    names = [_short(row.name) for row in rows]
    return {
        "range": [len(rows) - 0.5, -0.5], "showgrid": False, "zeroline": False, "tickvals": list(range(len(rows))),
        "ticktext": names,
    }  # fmt: skip


def _line(at: float) -> dict[str, Any]:
    across = {"type": "line", "x0": at, "x1": at, "xref": "x", "y0": 0, "y1": 1, "yref": "y domain"}
    return {**across, "line": {"color": palette().muted, "width": 1, "dash": "dot"}}


def _on_top(at: float, words: str) -> dict[str, Any]:
    font = {"size": 12, "color": palette().muted}
    return _note(words, x=at, xref="x", xanchor="center", y=1, yref="y domain", yanchor="bottom", font=font)


def _interval(row: Measure) -> dict[str, Any]:
    return {
        "type": "data", "symmetric": False, "array": [row.found.high - row.found.value],
        "arrayminus": [row.found.value - row.found.low], "color": row.colour, "thickness": 2, "width": 0,
    }  # fmt: skip


def _beside(place: int, label: str) -> dict[str, Any]:
    font = {"size": 12, "color": palette().muted}
    return _note(label, xref="paper", x=1, xanchor="left", xshift=6, y=place, yanchor="middle", font=font)


def _scale_of(rows: Sequence[Measure], share: bool) -> dict[str, Any]:
    if share:
        return {"range": [0, 1.02], "tickformat": ".0%", "tickvals": [0, 0.5, 1], "zeroline": True}
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
    layout = {
        "height": 60 + 20 * len(lines),
        "barmode": "stack",
        "bargap": 0.1,
        "margin": {"l": 0, "r": 0, "t": 4, "b": 4 + 20 * len(lines)},
        "xaxis": {"visible": False, "range": [0, whole]},
        "yaxis": {"visible": False},
        "annotations": _below(lines),
    }
    return drawn([_part(part, named=part not in narrow) for part in found], layout)


def _part(part: Part, *, named: bool) -> dict[str, Any]:
    words = f"{part.name} {figures.number(part.n)}"
    return {
        "type": "bar", "x": [part.n], "y": [""], "orientation": "h", "name": part.name,
        "marker": {"color": part.colour, "line": {"width": 0}}, "text": words if named else "", "textposition": "inside",
        "insidetextanchor": "start", "textangle": 0, "insidetextfont": {"color": _on(part.colour)},
        "hovertemplate": f"{words}<extra></extra>",
    }  # fmt: skip


def _below(lines: Sequence[str]) -> list[dict[str, Any]]:
    if not lines:
        return []
    words = "<br>".join(lines)
    return [_note(words, xref="paper", yref="paper", x=0, y=0, xanchor="left", yanchor="top", align="left", yshift=-2)]


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
            _("Download CSV"), lambda: spreadsheets.csv_of(table), file_name=f"{key}.csv", mime="text/csv", key=f"{key}_csv",
            icon=":material/download:", on_click="ignore",
        )  # fmt: skip


def _short(name: str) -> str:
    escaped = (name if len(name) <= LONGEST_NAME else name[: LONGEST_NAME - 1] + "…").replace("<", "‹")
    return escaped.replace(">", "›")
