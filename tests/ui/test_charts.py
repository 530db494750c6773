"""What every chart promises: bars from zero, intervals drawn, names beside the figure, colour never alone."""

import json
from datetime import date, timedelta

import pandas as pd
import plotly.graph_objects as go
import pytest

from core.stats.intervals import Interval, share
from ui import charts, spreadsheets
from ui.charts import Measure, Part, Series

DAYS = [date(2026, 3, 1) + timedelta(days=n) for n in range(3)]


def interval(k: int, n: int) -> Interval:
    found = share(k, n)
    assert found is not None
    return found


def test_bars_start_at_zero_and_are_named_without_a_legend() -> None:
    figure = charts.daily_bars(
        [Series("work", "#111111", dict.fromkeys(DAYS, 2.0)), Series("checks", "#222222", dict.fromkeys(DAYS, 1.0))]
    )
    assert figure.layout.yaxis.rangemode == "tozero"
    assert figure.layout.template.layout.showlegend is False
    (names,) = figure.layout.annotations
    for part in ("work", "checks", "#111111", "#222222"):
        assert part in names.text


@pytest.mark.parametrize("days", [1, 2, 3, 14, 90])
def test_a_day_is_named_at_most_once_and_not_too_many_are(days: int) -> None:
    """Left to itself Plotly puts several ticks into a day, each with that day's name."""
    span = [date(2026, 3, 1) + timedelta(days=n) for n in range(days)]
    across = charts.daily_bars([Series("work", "#111111", dict.fromkeys(span, 2.0))]).layout.xaxis
    assert (across.tick0, across.dtick % charts.A_DAY_MS) == ("2026-03-01", 0)
    assert 1 <= days * charts.A_DAY_MS / across.dtick <= charts.MOST_TICKS


def test_names_of_ticks_keep_clear_of_those_of_the_other_axis() -> None:
    drawn = charts.template(charts.LIGHT).layout
    assert drawn.xaxis.ticklabelstandoff >= 4
    assert drawn.yaxis.ticklabelstandoff >= 4


def test_every_person_has_a_dot_an_interval_and_the_figure_beside() -> None:
    rows = [Measure("Jia Hui", interval(9, 10), "90%", "#111111"), Measure("Wei Jie", interval(1, 2), "50%", "#222222")]
    figure = charts.measures(rows, line=0.8, line_name="target", share=True)
    for trace, row in zip(figure.data, rows, strict=True):
        assert trace.x[0] == row.found.value
        assert trace.x[0] + trace.error_x.array[0] == pytest.approx(row.found.high)
        assert trace.x[0] - trace.error_x.arrayminus[0] == pytest.approx(row.found.low)
    assert {"90%", "50%", "target"} <= {note.text for note in figure.layout.annotations}
    assert list(figure.layout.yaxis.ticktext) == ["Jia Hui", "Wei Jie"]


def test_names_alike_in_their_beginning_keep_rows_of_their_own() -> None:
    rows = [Measure(f"A very long name indeed {n}", interval(n, 5), "", "#111111") for n in range(3)]
    figure = charts.measures(rows, line=None, line_name="", share=True)
    assert [trace.y[0] for trace in figure.data] == [0, 1, 2]


def test_markup_in_a_name_is_no_markup() -> None:
    figure = charts.measures([Measure("<b>x</b>", interval(1, 2), "", "#111111")], line=None, line_name="", share=True)
    assert "<" not in figure.layout.yaxis.ticktext[0]


def test_every_part_is_named_where_it_has_room() -> None:
    figure = charts.parts([Part("done", "#111111", 90), Part("open", "#222222", 7), Part("on hold", "#333333", 3)])
    assert [trace.text for trace in figure.data] == ["done 90", "", ""]
    (below,) = figure.layout.annotations
    assert "open 7" in below.text
    assert "on hold 3" in below.text


def test_what_is_drawn_without_asking_plotly_keeps_its_rules() -> None:
    rows = [Measure("Jia Hui", interval(9, 10), "90%", "#111111", "diamond")]
    bars = [Series("work", "#111111", dict.fromkeys(DAYS, 2.0)), Series("checks", "#222222", dict.fromkeys(DAYS, 1.0))]
    for figure in (
        charts.daily_bars(bars),
        charts.measures(rows, line=0.8, line_name="target", share=True),
        charts.measures(rows, line=None, line_name="", share=False),
        charts.parts([Part("done", "#111111", 90), Part("open", "#222222", 7)]),
        charts.parts([]),
    ):
        assert json.loads(go.Figure(figure.to_dict()).to_json()) == json.loads(figure.to_json())


def test_the_two_responses_have_one_blue_and_one_orange_in_both_modes() -> None:
    assert (charts.LIGHT.a, charts.LIGHT.b) == ("#2a6fb0", "#d9822b")
    assert charts.DARK.a != charts.DARK.accent != charts.DARK.b


def test_a_downloaded_table_runs_nothing_in_a_spreadsheet() -> None:
    table = pd.DataFrame({"Item": ["=HYPERLINK(1)", "+1", "＝1", "中文", None], "=label": [-1.5, 2.0, None, 0.0, 1.0]})
    lines = spreadsheets.csv_of(table).decode("utf-8-sig").splitlines()
    assert lines == ["Item,'=label", "'=HYPERLINK(1),-1.5", "'+1,2.0", "'＝1,", "中文,0.0", ",1.0"]


def test_names_above_bars_are_never_more_than_a_phone_shows_in_a_line() -> None:
    names = ("work", "hidden checks", "repeats", "imported")
    series = [Series(name, "#111111", dict.fromkeys(DAYS, 1.0)) for name in names]
    figure = charts.daily_bars(series)
    (above,) = figure.layout.annotations
    assert [line.count("■") for line in above.text.split("<br>")] == [3, 1]
    assert figure.layout.margin.t > charts.daily_bars(series[:2]).layout.margin.t


def test_names_of_days_are_never_turned() -> None:
    assert charts.template(charts.LIGHT).layout.xaxis.tickangle == 0
