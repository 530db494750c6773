"""Charts that pages about quality share: figures with their intervals row by row, a heat map of people, a trend."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from core.stats.intervals import Interval
from ui import charts, figures

ROW = 46
LONGEST = 34
MOST_WEEKS = 4
"""Named below a trend, which may have half a page."""
DARK_FROM = 0.55
"""Share of the colour scale from which words on it take the colour of paper."""


@dataclass(frozen=True)
class Range:
    """A figure and its interval on a row of its own, below its name; without a figure the label says why.

    `outer` is a wider interval, such as that about the pool. `mark` is a symbol besides the colour.
    """

    name: str
    label: str
    found: Interval | None = None
    value: float | None = None
    outer: tuple[float, float] | None = None
    colour: str = ""
    mark: str = "circle"

    @property
    def point(self) -> float | None:
        return self.value if self.found is None else self.found.value


def ranges(
    rows: Sequence[Range],
    *,
    share: bool,
    line: float | None = None,
    line_name: str = "",
    ends: tuple[float, float] | None = None,
) -> Any:
    """From the top down; names stand above their rows, so that the plot keeps its width on a phone.

    The axis is that of shares and coefficients, unless `ends` are given, such as those of a scale of scores.
    """
    lowest, highest = ends or (_lowest(rows), 1.0)
    layout: dict[str, Any] = {
        "margin": {"l": 4, "r": 12, "t": 26 if line is not None else 4, "b": 8},
        "xaxis": _axis_between(*ends, share) if ends else _axis(lowest, share),
        "yaxis": {"range": [len(rows) - 0.6, -0.75], "visible": False},
        "annotations": [note for place, row in enumerate(rows) for note in _names(place, row)],
        "shapes": [_track(place, lowest, highest) for place in range(len(rows))],
    }
    if line is not None:
        layout["shapes"].append(_upright(line))
        layout["annotations"].append(_above(line, line_name, (lowest + highest) / 2))
    data = [trace for place, row in enumerate(rows) for trace in _drawn(place, row)]
    return charts.blank(40 + ROW * len(rows) + (22 if line is not None else 0), data, **layout)


def _lowest(rows: Sequence[Range]) -> float:
    """0, or as far below as an interval goes."""
    lows = [low for row in rows for low in (row.found and row.found.low, row.outer and row.outer[0], row.value) if low]
    return min(0.0, max(min(lows, default=0.0), -1.0))


def _axis(lowest: float, share: bool) -> dict[str, Any]:
    ticks = [tick for tick in ((-1, -0.5, 0, 0.5, 1) if lowest < 0 else (0, 0.25, 0.5, 0.75, 1)) if tick >= lowest]
    return {
        "range": [lowest - 0.02, 1.02],
        "tickvals": ticks,
        "tickformat": ".0%" if share else ".2~f",
        "zeroline": True,
    }


def _axis_between(low: float, high: float, share: bool) -> dict[str, Any]:
    spare = 0.03 * (high - low)  # room for the first and last tick's words, which Plotly else leaves out on a phone
    ticks = ".0%" if share else ".3~f"
    return {"range": [low - spare, high + spare], "nticks": 6, "zeroline": low <= 0 <= high, "tickformat": ticks}


def _drawn(place: int, row: Range) -> Iterator[dict[str, Any]]:
    colour = row.colour or charts.palette().accent
    if row.outer is not None:
        yield _bar(place, *row.outer, charts.palette().muted, 1.5)
    if row.found is not None:
        yield _bar(place, row.found.low, row.found.high, colour, 4)
    if row.point is not None:
        yield {
            "type": "scatter", "x": [row.point], "y": [place], "mode": "markers", "cliponaxis": False,
            "marker": {"color": colour, "size": 11, "symbol": row.mark, "line": {"width": 2, "color": colour}},
            "hovertemplate": f"{shortened(row.name)}<br>{row.label}<extra></extra>",
        }  # fmt: skip


def _bar(place: int, low: float, high: float, colour: str, width: float) -> dict[str, Any]:
    return {
        "type": "scatter", "x": [low, high], "y": [place, place], "mode": "lines", "hoverinfo": "skip",
        "line": {"color": colour, "width": width}, "cliponaxis": False,
    }  # fmt: skip


def _names(place: int, row: Range) -> Iterator[dict[str, Any]]:
    ours = charts.palette()
    common = {
        "y": place, "yanchor": "bottom", "yshift": 7, "showarrow": False, "xref": "paper", "bgcolor": ours.paper, "borderpad": 0,
    }  # fmt: skip
    yield {**common, "text": shortened(row.name), "x": 0, "xanchor": "left", "font": {"size": 13, "color": ours.ink}}
    yield {
        **common,
        "text": f"\u2002{row.label}",
        "x": 1,
        "xanchor": "right",
        "font": {"size": 12, "color": ours.muted},
    }


def _track(place: int, lowest: float, highest: float) -> dict[str, Any]:
    line = {"color": charts.palette().faint, "width": 1}
    return {"type": "line", "x0": lowest, "x1": highest, "y0": place, "y1": place, "line": line, "layer": "below"}


def _upright(at: float) -> dict[str, Any]:
    line = {"color": charts.palette().muted, "width": 1, "dash": "dot"}
    return {"type": "line", "x0": at, "x1": at, "y0": 0, "y1": 1, "yref": "paper", "line": line}


def _above(at: float, words: str, middle: float = 0.5) -> dict[str, Any]:
    side = "right" if at > middle else "left"
    return {
        "text": words, "x": at, "xanchor": side, "y": 1, "yref": "paper", "yanchor": "bottom", "showarrow": False,
        "font": {"size": 12, "color": charts.palette().muted},
    }  # fmt: skip


# People beside people -------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Cell:
    """What two people come to: a share, and words for it. `faint` where there is too little to go by."""

    row: int
    column: int
    share: float
    label: str
    hover: str
    faint: bool = False


def heat(names: Sequence[str], cells: Sequence[Cell]) -> Any:
    """The lower triangle; columns carry the number that the row of that person carries with the name."""
    size = len(names)
    solid = [cell.share for cell in cells if not cell.faint]
    low, high = min([0.5, *solid]), max([1.0, *solid])
    grid: list[list[float | None]] = [[None] * size for _row in range(size)]
    for cell in cells:
        if not cell.faint:
            grid[cell.row][cell.column] = cell.share
    data = [{
        "type": "heatmap", "z": grid, "zmin": low, "zmax": high, "colorscale": _scale(), "showscale": False,
        "xgap": 2, "ygap": 2, "hoverinfo": "skip",
    }, _hovers(cells)]  # fmt: skip
    rows = [f"{n} · {shortened(name, 18)}" for n, name in enumerate(names, start=1)]
    columns = [str(n) for n in range(1, size + 1)]
    axis = {"showgrid": False, "zeroline": False, "tickvals": list(range(size))}
    return charts.blank(
        44 + max(34, 44 - size) * size, data, margin={"l": 4, "r": 4, "t": 4, "b": 8},
        xaxis={**axis, "ticktext": columns, "side": "bottom", "range": [-0.5, size - 1.5]},
        yaxis={**axis, "ticktext": rows, "range": [size - 0.5, -0.5]},
        annotations=[_in_cell(cell, (cell.share - low) / (high - low)) for cell in cells] if size <= 12 else [],
    )  # fmt: skip


def _scale() -> list[list[Any]]:
    ours = charts.palette()
    return [[0, ours.faint], [1, ours.accent]]


def _hovers(cells: Sequence[Cell]) -> dict[str, Any]:
    return {
        "type": "scatter", "x": [cell.column for cell in cells], "y": [cell.row for cell in cells], "mode": "markers",
        "marker": {"opacity": 0, "size": 26}, "text": [cell.hover for cell in cells], "hovertemplate": "%{text}<extra></extra>",
    }  # fmt: skip


def _in_cell(cell: Cell, depth: float) -> dict[str, Any]:
    ours = charts.palette()
    colour = ours.muted if cell.faint else ours.paper if depth >= DARK_FROM else ours.ink
    return {
        "x": cell.column,
        "y": cell.row,
        "text": cell.label,
        "showarrow": False,
        "font": {"size": 11, "color": colour},
    }


# Trends ---------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Dot:
    """A figure of some days, named by their first."""

    day: date
    found: Interval
    label: str


def trend(
    dots: Sequence[Dot], *, share: bool, line: float | None = None, line_name: str = "", height: int = 170
) -> Any:
    """A dot and its interval a week, joined; against one line where there is a target."""
    ours = charts.palette()
    days = [dot.day.isoformat() for dot in dots]
    data = [{
        "type": "scatter", "x": days, "y": [dot.found.value for dot in dots], "mode": "lines+markers",
        "line": {"color": ours.accent, "width": 1.5}, "marker": {"color": ours.accent, "size": 9},
        "error_y": {
            "type": "data", "symmetric": False, "array": [dot.found.high - dot.found.value for dot in dots],
            "arrayminus": [dot.found.value - dot.found.low for dot in dots], "color": ours.accent, "thickness": 2, "width": 0,
        },
        "text": [dot.label for dot in dots], "hovertemplate": "%{text}<extra></extra>", "cliponaxis": False,
    }]  # fmt: skip
    up = (
        {"range": [0, 1.04], "tickformat": ".0%", "tickvals": [0, 0.5, 1]}
        if share
        else {"rangemode": "tozero", "nticks": 4}
    )
    layout: dict[str, Any] = {"xaxis": _weeks(dots), "yaxis": up, "margin": {"l": 4, "r": 12, "t": 20, "b": 8}}
    if line is not None:
        layout["shapes"] = [{
            "type": "line", "x0": 0, "x1": 1, "xref": "paper", "y0": line, "y1": line,
            "line": {"color": ours.muted, "width": 1, "dash": "dot"},
        }]  # fmt: skip
        layout["annotations"] = [{
            "text": f"┄ {line_name}", "x": 1, "xref": "paper", "xanchor": "right", "y": 1, "yref": "paper", "yanchor": "bottom",
            "showarrow": False, "font": {"size": 12, "color": ours.muted},
        }]  # fmt: skip
    return charts.blank(height, data, **layout)


def _weeks(dots: Sequence[Dot]) -> dict[str, Any]:
    days = [dot.day.isoformat() for dot in dots]
    shown = days[:: -(-len(days) // MOST_WEEKS) or 1]
    words = [figures.short_day(date.fromisoformat(day)) for day in shown]
    ends = (
        [(dot.day + timedelta(days=days)).isoformat() for dot, days in ((dots[0], -4), (dots[-1], 4))] if dots else []
    )
    return {
        "type": "date",
        "showgrid": False,
        "tickvals": shown,
        "ticktext": words,
        **({"range": ends} if ends else {}),
    }


def shortened(name: str, longest: int = LONGEST) -> str:
    """Text of unknown origin inside a chart: nothing in it is markup."""
    cut = name if len(name) <= longest else name[: longest - 1] + "…"
    return cut.replace("<", "‹").replace(">", "›")
