"""The four small charts of the overview: each week's figure with its interval, and how far the work has come."""

from collections.abc import Sequence
from datetime import date, timedelta
from itertools import accumulate
from typing import Any

import pandas as pd
import streamlit as st

from core.services.overview import Cost, Finish, Overview, Week
from ui import charts, figures
from ui.insight import overview_words, quality_charts
from ui.insight.quality_charts import Dot
from ui.text import _

HEIGHT = 180
MOST_DAYS = 365


def quality(found: Overview) -> None:
    weeks = found.quality.weeks
    if not weeks:
        st.markdown(overview_words.quality(found.quality))
        return
    dots = [Dot(week.start, week.found, _dot(week, figures.percent_range(week.found))) for week in weeks]
    target = found.quality.target
    figure = quality_charts.trend(
        dots,
        share=True,
        line=target,
        line_name=_("target {share}").format(share=figures.percent(target)),
        height=HEIGHT,
    )
    charts.show(
        f"{found.project.slug}-quality", overview_words.quality(found.quality), figure, _table(weeks, _("Correct"))
    )


def speed(found: Overview) -> None:
    weeks, target = found.speed.weeks, found.speed.target
    if not weeks:
        st.markdown(overview_words.speed(found.speed))
        return
    dots = [Dot(week.start, week.found, _dot(week, _an_hour(week))) for week in weeks]
    name = "" if target is None else _("target {n}").format(n=figures.number(target))
    figure = quality_charts.trend(dots, share=False, line=target, line_name=name, height=HEIGHT)
    table = _table(weeks, _("Answers per hour"))
    charts.show(f"{found.project.slug}-speed", overview_words.speed(found.speed), figure, table)


def _dot(week: Week, words: str) -> str:
    return _("Week of {day}: {figure}").format(day=figures.short_day(week.start), figure=words)


def _an_hour(week: Week) -> str:
    return _("{n} per hour ({low}–{high})").format(
        n=figures.number(week.found.value, 1), low=figures.number(week.found.low, 1), high=figures.number(week.found.high, 1)
    )  # fmt: skip


def _table(weeks: Sequence[Week], name: str) -> pd.DataFrame:
    return pd.DataFrame(
        {
            _("Week of"): [week.start for week in weeks],
            name: [round(week.found.value, 3) for week in weeks],
            _("from"): [round(week.found.low, 3) for week in weeks],
            _("to"): [round(week.found.high, 3) for week in weeks],
            _("n"): [week.found.n for week in weeks],
        }
    )


# Cost -----------------------------------------------------------------------------------------------------------------


def cost(found: Overview, told: Cost) -> None:
    """Bars from zero: money a week, or hours where no rate is set."""
    if not told.weeks:
        st.markdown(overview_words.cost(told))
        return
    amounts = [hours * float(told.rate or 1) for _start, hours in told.weeks]
    unit = told.currency if told.rate else _("hours")
    starts = [start for start, _hours in told.weeks]
    words = [figures.short_day(start) for start in starts]
    data = [{
        "type": "bar", "x": words, "y": amounts, "marker": {"color": charts.palette().a, "line": {"width": 0}},
        "hovertemplate": f"%{{x}}<br>%{{y:,.2f}} {unit}<extra></extra>",
    }]  # fmt: skip
    layout = {
        "xaxis": {"type": "category", "showgrid": False},
        "yaxis": {"rangemode": "tozero", "nticks": 4},
    }
    note = _note(_("{unit} per week").format(unit=unit), 1)
    figure = charts.blank(HEIGHT, data, margin={"l": 4, "r": 12, "t": 20, "b": 8}, annotations=[note], **layout)
    table = pd.DataFrame({_("Week of"): starts, _("Hours"): [round(h, 2) for _start, h in told.weeks], unit: [round(a, 2) for a in amounts]})  # fmt: skip
    charts.show(f"{found.project.slug}-cost", overview_words.cost(told), figure, table)


# Finish ---------------------------------------------------------------------------------------------------------------


def finish(found: Overview) -> None:
    told = found.finish
    if not told.wanted:
        st.markdown(overview_words.finish(told))
        return
    days = _days(told)
    figure = charts.blank(
        HEIGHT, [_so_far(days), *_ahead(told)], margin={"l": 4, "r": 12, "t": 20, "b": 8},
        xaxis=charts.dated(sorted([*(day for day, _n in days), *_ends(told)]), most=5),
        yaxis={"range": [0, 1.08 * max(told.wanted, 1)], "nticks": 4},
        shapes=[_wanted(told)], annotations=[_named_wanted(told)],
    )  # fmt: skip
    table = pd.DataFrame({_("Day"): [day for day, _n in days], _("Answers so far"): [n for _day, n in days]})
    charts.show(f"{found.project.slug}-finish", overview_words.finish(told), figure, table)


def _days(told: Finish) -> list[tuple[date, int]]:
    """Answers up to each day, since the first; days without any are days, too."""
    if not told.days:
        return [(told.today, told.given)]
    counts = {one.day: one.answers for one in told.days}
    first = max(min(counts), told.today - timedelta(days=MOST_DAYS))
    before = sum(n for day, n in counts.items() if day < first)
    span = [first + timedelta(days=n) for n in range((max(told.today, *counts) - first).days + 1)]
    totals = list(accumulate((counts.get(day, 0) for day in span), initial=before))[1:]
    return list(zip(span, totals, strict=True))


def _so_far(days: Sequence[tuple[date, int]]) -> dict[str, Any]:
    return {
        "type": "scatter", "x": [day.isoformat() for day, _n in days], "y": [n for _day, n in days], "mode": "lines",
        "line": {"color": charts.palette().accent, "width": 2.5, "shape": "hv"}, "hovertemplate": f"%{{x|{figures.axis_day()}}}<br>%{{y:,}}<extra></extra>",
    }  # fmt: skip


def _ahead(told: Finish) -> list[dict[str, Any]]:
    """From today to when it is done: likely, and the range around it."""
    ours = charts.palette()
    return [
        {
            "type": "scatter", "x": [told.today.isoformat(), end.isoformat()], "y": [told.given, told.wanted], "mode": "lines",
            "line": {"color": ours.accent if end == told.found.expected else ours.muted, "width": 1.5, "dash": "dot"},
            "hovertemplate": f"{figures.day(end)}<extra></extra>",
        }
        for end in _ends(told)
    ]  # fmt: skip


def _ends(told: Finish) -> list[date]:
    return [end for end in (told.found.soonest, told.found.expected, told.found.latest) if end is not None]


def _wanted(told: Finish) -> dict[str, Any]:
    line = {"color": charts.palette().muted, "width": 1}
    return {"type": "line", "x0": 0, "x1": 1, "xref": "paper", "y0": told.wanted, "y1": told.wanted, "line": line}


def _named_wanted(told: Finish) -> dict[str, Any]:
    return {**_note(_("{n} wanted").format(n=figures.number(told.wanted)), told.wanted), "yref": "y"}


def _note(words: str, height: float) -> dict[str, Any]:
    """Above the plot on the left, or above a line in it."""
    return {
        "text": words, "x": 0, "xref": "paper", "xanchor": "left", "y": height, "yref": "paper", "yanchor": "bottom",
        "showarrow": False, "font": {"size": 12, "color": charts.palette().muted},
    }  # fmt: skip
