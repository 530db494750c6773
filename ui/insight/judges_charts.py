"""Charts about machine judges: agreement beside people's own, the alt-test person by person, confusion, corrected rates."""

from collections.abc import Callable, Mapping
from typing import Any

import pandas as pd
import streamlit as st

from core.stats.intervals import Interval
from ui import charts, figures
from ui.insight import judges_words, quality_charts
from ui.insight.models_charts import rounded
from ui.insight.quality_charts import Range
from ui.insight.quality_words import coefficient_range
from ui.text import _, _n

Row = Mapping[str, Any]
Named = Callable[[Any], str]
MOST_DRAWN, BRIEF = 12, 9
"""Classes that a chart has room for; characters of a name that fits above a column."""


def agreement(key: str, found: Row) -> None:
    ours = charts.palette()
    rows = [
        Range(name, figures.percent_range(one), one, colour=colour, mark=mark)
        for told, name, colour, mark in (
            (found["agreement"], _("Machine judge with an annotator"), ours.accent, "circle"),
            (found["people_agree"], _("Two annotators with each other"), ours.a, "square"),
        )
        if (one := _shared(told))
    ]
    table = pd.DataFrame(
        {
            _("Figure"): [row.name for row in rows],
            _("Agreement"): [rounded(row.point) for row in rows],
            _("from"): [row.found and rounded(row.found.low) for row in rows],
            _("to"): [row.found and rounded(row.found.high) for row in rows],
            _("Labels given"): [row.found and row.found.n for row in rows],
        }
    )
    charts.show(f"{key}-agreement", judges_words.agreement(found), quality_charts.ranges(rows, share=True), table)
    alpha = found["alpha"]
    if alpha and alpha["value"] is not None:
        told = coefficient_range(alpha["value"], alpha["low"], alpha["high"])
        words = _n(
            "Chance-corrected agreement with the annotators' majority: alpha {value}, over {n} item.",
            "Chance-corrected agreement with the annotators' majority: alpha {value}, over {n} items.",
            alpha["n"],
        )
        st.caption(words.format(value=told, n=figures.number(alpha["n"])))


def distance(key: str, found: Row, end: float) -> None:
    named = (
        (found["distance"], _("Machine judge from an annotator")),
        (found["people_distance"], _("Two annotators from each other")),
    )
    rows = [Range(name, _words(one), one) for told, name in named if (one := _valued(told))]
    table = pd.DataFrame({_("Figure"): [row.name for row in rows], _("Points apart"): [rounded(row.point) for row in rows]})  # fmt: skip
    ends = (0.0, max([end, *(row.found.high for row in rows if row.found)]))
    charts.show(f"{key}-distance", judges_words.distance(found), quality_charts.ranges(rows, share=False, ends=ends), table)  # fmt: skip


def people(key: str, each: Mapping[str, Row], test: Row, level: str) -> None:
    """The judge's share less the person's, against the margin."""
    shown = sorted(each.items(), key=lambda one: (one[1]["person"] - one[1]["judge"], one[0]))
    ours = charts.palette()
    rows = [
        Range(
            name, _gain(one), _difference(one), one["judge"] - one["person"], colour=ours.accent if level in one["replaced"] else ours.a,
            mark="circle" if level in one["replaced"] else "circle-open",
        )
        for name, one in shown
    ]  # fmt: skip
    lows = [row.found.low for row in rows if row.found]
    highs = [row.found.high for row in rows if row.found]
    ends = (min([-0.5, *lows]), max([0.5, *highs]))
    margin = _("margin −{share}").format(share=figures.percent(test["epsilon"]))
    figure = quality_charts.ranges(rows, share=True, line=-test["epsilon"], line_name=margin, ends=ends)
    table = pd.DataFrame(
        {
            _("Person"): [name for name, _one in shown],
            _("Machine judge as close or closer"): [rounded(one["judge"]) for _name, one in shown],
            _("Annotator as close or closer"): [rounded(one["person"]) for _name, one in shown],
            _("Items shared"): [one["n"] for _name, one in shown],
            _("Machine judge can replace"): [level in one["replaced"] for _name, one in shown],
        }
    )
    sentence = _(
        "How much more often the machine judge is as close or closer to the other annotators than this "
        "annotator is. Right of the margin, the machine judge could replace this annotator."
    )
    charts.show(f"{key}-alt-test", sentence, figure, table)


def _difference(one: Row) -> Interval | None:
    """An interval without width, where judge and person were always equally near, is none."""
    if not one["reach"]:
        return None
    value = one["judge"] - one["person"]
    return Interval(value, max(value - one["reach"], -1), min(value + one["reach"], 1), one["n"])


def _gain(one: Row) -> str:
    value = f"{(one['judge'] - one['person']) * 100:+.0f}%".replace("-", "−").replace("+0%", "0%")
    return _("{value} · n = {n}").format(value=value, n=figures.number(one["n"]))


def confusion(key: str, found: Row, named: Named) -> None:
    names, counts = [named(one) for one in found["classes"]], found["counts"]
    size = range(len(names))
    totals = [sum(row) for row in counts]
    cells = [(row, column, counts[row][column]) for row in size for column in size if counts[row][column]]
    table = pd.DataFrame(
        {
            _("Annotators' answer"): [names[row] for row, _column, _n in cells],
            _("Machine judge's answer"): [names[column] for _row, column, _n in cells],
            _("Labels given"): [n for _row, _column, n in cells],
            _("Share of the row"): [rounded(n / totals[row]) for row, _column, n in cells],
        }
    )
    if len(names) > MOST_DRAWN:
        st.markdown(judges_words.confusion())
        charts.show_table(f"{key}-confusion", table.sort_values(_("Labels given"), ascending=False))
        return
    charts.show(f"{key}-confusion", judges_words.confusion(), _grid(names, counts, totals), table)


def _grid(names: list[str], counts: list[list[int]], totals: list[int]) -> Any:
    ours, size = charts.palette(), len(names)
    shares = [[counts[r][c] / totals[r] if totals[r] else None for c in range(size)] for r in range(size)]
    data = [{
        "type": "heatmap", "z": shares, "zmin": 0, "zmax": 1, "colorscale": [[0, ours.faint], [1, ours.accent]], "showscale": False,
        "xgap": 2, "ygap": 2, "hoverinfo": "skip",
    }]  # fmt: skip
    notes = [
        {
            "x": column, "y": row, "showarrow": False, "text": f"{figures.percent(share)}<br>n = {figures.number(counts[row][column])}",
            "font": {"size": 11, "color": ours.paper if share > 0.55 else ours.ink},
        }
        for row in range(size) for column in range(size)
        if counts[row][column] and (share := shares[row][column]) is not None
    ]  # fmt: skip
    short = [quality_charts.shortened(name, 20) for name in names]
    brief = max(map(len, names)) <= BRIEF
    down = short if brief else [f"{name}  {n}" for n, name in enumerate(short, 1)]
    across = short if brief else [str(n + 1) for n in range(size)]
    axis = {"showgrid": False, "zeroline": False, "tickvals": list(range(size))}
    return charts.blank(
        60 + 46 * size, data, margin={"l": 4, "r": 4, "t": 4, "b": 8}, annotations=notes,
        xaxis={**axis, "ticktext": across, "range": [-0.5, size - 0.5], "title": {"text": _("Machine judge's answer")}},
        yaxis={**axis, "ticktext": down, "range": [size - 0.5, -0.5]},
    )  # fmt: skip


def rates(key: str, found: Mapping[str, Row], named: Named, ends: tuple[float, float] | None) -> None:
    shown = list(found.items())[:MOST_DRAWN]
    rows = [row for name, one in shown for row in _rate(named(name), one, ends is None)]
    table = pd.DataFrame(
        {
            _("Class"): [named(name) for name in found],
            _("Corrected"): [_of(one["corrected"], "value") for one in found.values()],
            _("from"): [_of(one["corrected"], "low") for one in found.values()],
            _("to"): [_of(one["corrected"], "high") for one in found.values()],
            _("Annotators only"): [_of(one["people"], "value") for one in found.values()],
            _("annotators from"): [_of(one["people"], "low") for one in found.values()],
            _("annotators to"): [_of(one["people"], "high") for one in found.values()],
            _("Machine judge only"): [rounded(one["judge"]) for one in found.values()],
            _("Items labelled by both"): [one["items_of_both"] for one in found.values()],
            _("Items of the machine judge only"): [one["items_of_judge"] for one in found.values()],
        }
    )
    figure = quality_charts.ranges(rows, share=ends is None, ends=ends)
    charts.show(f"{key}-rates", judges_words.rates(ends is not None), figure, table)


def _rate(name: str, one: Row, share: bool) -> list[Range]:
    ours = charts.palette()
    words = figures.percent_range if share else _words
    drawn = [
        Range(text.format(name=name), words(known), known, colour=colour, mark=mark)
        for told, text, colour, mark in (
            (one["corrected"], _("{name}, corrected"), ours.accent, "circle"),
            (one["people"], _("{name}, annotators only"), ours.a, "square"),
        )
        if (known := _valued(told))
    ]
    alone = figures.percent(one["judge"]) if share else figures.number(one["judge"], 2)
    return [
        *drawn,
        Range(
            _("{name}, machine judge only").format(name=name), alone, value=one["judge"], colour=ours.b, mark="diamond"
        ),
    ]


def _words(found: Interval) -> str:
    return _("{value} ({low} to {high}, n = {n})").format(
        value=figures.number(found.value, 2), low=figures.number(found.low, 2), high=figures.number(found.high, 2), n=figures.number(found.n)
    )  # fmt: skip


def _shared(told: Row | None) -> Interval | None:
    return None if told is None else Interval(told["share"], told["low"], told["high"], told["n"])


def _valued(told: Row | None) -> Interval | None:
    return None if told is None else Interval(told["value"], told["low"], told["high"], told["n"])


def _of(told: Row | None, name: str) -> float | None:
    return None if told is None else rounded(told[name])
