"""Charts about models: the leaderboard, who beats whom, win rates at equal length, and the parts of the work."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isnan
from typing import Any

import pandas as pd

from core.services.quality.models import FEW, Part
from core.stats.intervals import Interval
from core.stats.win_rates import Arena
from ui import charts, figures
from ui.insight import models_words, quality_charts
from ui.insight.quality_charts import Range
from ui.insight.quality_words import coefficient
from ui.text import _

Row = Mapping[str, Any]
ROW_HEIGHT, MOST_NAMED = 44, 5


# The leaderboard ------------------------------------------------------------------------------------------------------


def leaderboard(slug: str, rows: Sequence[Row], sentence: str) -> None:
    drawn = [_rated(one) for one in rows]
    ends = _ends([one.found for one in drawn if one.found])
    figure = quality_charts.ranges(drawn, share=False, line=0, line_name=_("the average model"), ends=ends)
    charts.show(f"{slug}-leaderboard", sentence, figure, _leaderboard_table(rows))


def _rated(one: Row) -> Range:
    label = models_words.record(one)
    if one["score"] is None or one["low"] is None:
        return Range(one["model"], label, value=one["score"])
    n = one["wins"] + one["losses"] + one["ties"]
    return Range(one["model"], label, Interval(one["score"], one["low"], one["high"], n))


def _ends(found: Sequence[Interval]) -> tuple[float, float]:
    low, high = min([-1.0, *(one.low for one in found)]), max([1.0, *(one.high for one in found)])
    return low, high


def _leaderboard_table(rows: Sequence[Row]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            _("Model"): [one["model"] for one in rows],
            _("Rank"): [one["rank"] for one in rows],
            _("rank from"): [one["rank_low"] for one in rows],
            _("rank to"): [one["rank_high"] for one in rows],
            _("Score (log odds)"): [rounded(one["score"]) for one in rows],
            _("from"): [rounded(one["low"]) for one in rows],
            _("to"): [rounded(one["high"]) for one in rows],
            _("Won"): [one["wins"] for one in rows],
            _("Lost"): [one["losses"] for one in rows],
            _("Tied"): [one["ties"] for one in rows],
        }
    )


def arena(slug: str, names: Sequence[str], found: Arena, counts: Sequence[int], sentence: str) -> None:
    order = sorted(range(len(names)), key=lambda at: -found.points[at])
    rows = [_points(names[at], found, at, counts[at]) for at in order]
    known = [one.found for one in rows if one.found]
    ends = (min([900.0, *(one.low for one in known)]), max([1100.0, *(one.high for one in known)]))
    figure = quality_charts.ranges(rows, share=False, line=1000, line_name="1000", ends=ends)
    table = pd.DataFrame(
        {
            _("Model"): [names[at] for at in order],
            _("Points"): [round(float(found.points[at])) for at in order],
            _("from"): [rounded(float(found.low[at]), 0) for at in order],
            _("to"): [rounded(float(found.high[at]), 0) for at in order],
            _("Comparisons"): [counts[at] for at in order],
        }
    )
    charts.show(f"{slug}-arena", sentence, figure, table)


def _points(name: str, found: Arena, at: int, n: int) -> Range:
    value, low, high = (float(column[at]) for column in (found.points, found.low, found.high))
    words = figures.number(round(value))
    if isnan(low):  # one person, one comparison: no interval
        return Range(name, words, value=value)
    label = _("{value} ({low} to {high})").format(value=words, low=figures.number(low), high=figures.number(high))
    return Range(name, label, Interval(value, low, high, n))


# Tables of shares -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Square:
    """One cell: a share with what it rests on; nothing where there is nothing."""

    row: int
    column: int
    found: Interval


def matrix(slug: str, found: Row) -> None:
    names, size = found["models"], range(len(found["models"]))
    squares = [
        Square(row, column, Interval(found["share"][row][column], found["low"][row][column], found["high"][row][column], found["n"][row][column]))
        for row in size for column in size if found["n"][row][column]
    ]  # fmt: skip
    figure = shares([f"{_short(name)}  {n}" for n, name in enumerate(names, 1)], [str(n + 1) for n in size], squares)
    table = pd.DataFrame([_square_row(one, _("Model"), _("against"), names, names) for one in squares])
    charts.show(f"{slug}-matrix", models_words.matrix(found), figure, table)


def parts(slug: str, kind: str, models: Sequence[str], found: Sequence[Part]) -> None:
    squares = [
        Square(row, column, one)
        for column, part in enumerate(found)
        for row, one in enumerate(part.shares)
        if one is not None
    ]
    names = [figures.language_name(part.name) if kind == "languages" and part.name else part.name for part in found]
    names = [name or _("no language given") for name in names]
    figure = shares(
        [f"{_short(name, 24)} · {figures.number(part.comparisons)}" for name, part in zip(names, found, strict=True)],
        _columns(models),
        [Square(one.column, one.row, one.found) for one in squares],
    )
    heading = _("Tag") if kind == "tags" else _("Language")
    table = pd.DataFrame([_square_row(one, _("Model"), heading, models, names) for one in squares])
    charts.show(f"{slug}-{kind}", models_words.parts(kind), figure, table)


def _columns(models: Sequence[str]) -> list[str]:
    """Names broken at their hyphens where they fit beside each other, else their numbers on the leaderboard."""
    if len(models) > MOST_NAMED:
        return [str(n) for n in range(1, len(models) + 1)]
    return [_short(name, 16).replace("-", "-<br>", 1) for name in models]


def _square_row(
    one: Square, row: str, column: str, rows: Sequence[str], columns: Sequence[str]
) -> dict[str, Any]:  # fmt: skip
    found = one.found
    return {
        row: rows[one.row], column: columns[one.column], _("Wins"): rounded(found.value), _("from"): rounded(found.low),
        _("to"): rounded(found.high), _("Comparisons"): found.n,
    }  # fmt: skip


def shares(rows: Sequence[str], columns: Sequence[str], squares: Sequence[Square]) -> Any:
    """Blue above one half and orange below, each with its figure; pale where fewer than ten comparisons speak."""
    grid: list[list[float | None]] = [[None] * len(columns) for _row in rows]
    for one in squares:
        if one.found.n >= FEW:
            grid[one.row][one.column] = one.found.value
    ours = charts.palette()
    scale = [[0, ours.b], [0.5, ours.faint], [1, ours.a]]
    data: list[dict[str, Any]] = [
        {
            "type": "heatmap", "z": grid, "zmin": 0, "zmax": 1, "colorscale": scale, "showscale": False, "xgap": 2, "ygap": 2,
            "hoverinfo": "skip",
        },
        {
            "type": "scatter", "x": [one.column for one in squares], "y": [one.row for one in squares], "mode": "markers",
            "marker": {"opacity": 0, "size": 26}, "text": [figures.percent_range(one.found) for one in squares],
            "hovertemplate": "%{text}<extra></extra>",
        },
    ]  # fmt: skip
    axis = {"showgrid": False, "zeroline": False}
    return charts.blank(
        44 + ROW_HEIGHT * len(rows), data, margin={"l": 4, "r": 4, "t": 4, "b": 8},
        xaxis={**axis, "tickvals": list(range(len(columns))), "ticktext": list(columns), "range": [-0.5, len(columns) - 0.5], "tickangle": 0},
        yaxis={**axis, "tickvals": list(range(len(rows))), "ticktext": list(rows), "range": [len(rows) - 0.5, -0.5]},
        annotations=[_in_square(one) for one in squares],
    )  # fmt: skip


def _in_square(one: Square) -> dict[str, Any]:
    ours = charts.palette()
    strong = one.found.n >= FEW and abs(one.found.value - 0.5) > 0.3
    colour = ours.muted if one.found.n < FEW else ours.paper if strong else ours.ink
    return {
        "x": one.column, "y": one.row, "text": f"{figures.percent(one.found.value)}<br>n = {figures.number(one.found.n)}",
        "showarrow": False, "font": {"size": 11, "color": colour},
    }  # fmt: skip


def _short(name: str, longest: int = 18) -> str:
    return quality_charts.shortened(name, longest)


# At equal length ------------------------------------------------------------------------------------------------------


def controlled(slug: str, found: Row, sentence: str) -> None:
    rows = [row for one in found["models"] for row in _both(one)]
    table = pd.DataFrame(
        {
            _("Model"): [one["model"] for one in found["models"]],
            _("As counted"): [_of(one["raw"], "share") for one in found["models"]],
            _("from"): [_of(one["raw"], "low") for one in found["models"]],
            _("to"): [_of(one["raw"], "high") for one in found["models"]],
            _("At equal length"): [_of(one["controlled"], "share") for one in found["models"]],
            _("from (equal length)"): [_of(one["controlled"], "low") for one in found["models"]],
            _("to (equal length)"): [_of(one["controlled"], "high") for one in found["models"]],
            _("Comparisons"): [one["n"] for one in found["models"]],
        }
    )
    charts.show(f"{slug}-length", sentence, quality_charts.ranges(rows, share=True, line=0.5, line_name="50%"), table)


def _both(one: Row) -> list[Range]:
    ours = charts.palette()
    named = (
        ("raw", _("{model}, as counted"), ours.others[2], "square"),
        ("controlled", _("{model}, at equal length"), ours.accent, "circle"),
    )
    return [
        Range(words.format(model=one["model"]), figures.percent_range(found), found, colour=colour, mark=mark)
        for key, words, colour, mark in named
        if (found := _interval(one[key], one["n"]))
    ]  # fmt: skip


def _interval(told: Row | None, n: int) -> Interval | None:
    return None if told is None else Interval(told["share"], told["low"], told["high"], n)


def _of(told: Row | None, name: str) -> float | None:
    return None if told is None else rounded(told[name])


# Scores ---------------------------------------------------------------------------------------------------------------


def scores(
    key: str, rows: Sequence[tuple[str, Interval | None]], sentence: str, ends: tuple[float, float] | None, heading: str
) -> None:
    """Means on a scale between its ends, or shares."""
    drawn = [_scored(name, found, ends) for name, found in rows]
    table = pd.DataFrame(
        {
            heading: [name for name, _found in rows],
            _("Value"): [found and rounded(found.value) for _name, found in rows],
            _("from"): [found and rounded(found.low) for _name, found in rows],
            _("to"): [found and rounded(found.high) for _name, found in rows],
            _("Labels given"): [found.n if found else 0 for _name, found in rows],
        }
    )
    charts.show(key, sentence, quality_charts.ranges(drawn, share=ends is None, ends=ends), table)


def _scored(name: str, found: Interval | None, ends: tuple[float, float] | None) -> Range:
    if found is None:
        return Range(name, _("not known: fewer than two items or annotators"))
    return Range(name, figures.percent_range(found) if ends is None else mean_range(found), found)


def mean_range(found: Interval) -> str:
    return _("{value} ({low} to {high}, n = {n})").format(
        value=coefficient(found.value),
        low=coefficient(found.low),
        high=coefficient(found.high),
        n=figures.number(found.n),
    )


def rounded(value: float | None, digits: int = 3) -> float | None:
    return None if value is None or isnan(value) else round(float(value), digits)
