"""The charts of adaptive overlap: how many answers items took, how sure they are, what is at risk, and the replay."""

from collections.abc import Sequence
from typing import Any

import pandas as pd

from core.services.stopping.report import BINS, Report
from core.stats.intervals import Interval
from core.stats.replay import Replay, Step
from ui import charts, figures
from ui.insight import quality_charts, stopping_words
from ui.insight.quality_charts import Range
from ui.text import _, _n

Named = tuple[str, str, Sequence[int]]
"""A part of a bar: its name, colour, and counts."""


# Items by number of answers --------------------------------------------------------------------------------------------


def depths(report: Report) -> None:
    rows, colours = report.depths, charts.palette()
    parts: list[Named] = [
        (_("confident enough"), colours.accent, [row.sure for row in rows]),
        (_("in doubt, more to come"), colours.a, [row.doubted for row in rows]),
        (_("in doubt, one more answer costs too much"), colours.others[0], [row.dear for row in rows]),
        (_("in doubt, all answers in"), colours.b, [row.spent for row in rows]),
        (_("audit sample"), colours.others[2], [row.audit for row in rows]),
    ]
    parts = [part for part in parts if any(part[2])]
    names = [str(row.labels) for row in rows]
    data = [
        {
            "type": "bar", "x": names, "y": list(counts), "name": name, "marker": {"color": colour, "line": {"width": 0}},
            "hovertemplate": f"%{{x}}: %{{y:,}} {name}<extra></extra>",
        }
        for name, colour, counts in parts
    ]  # fmt: skip
    lines = _lines(
        [
            f'<span style="color:{colour}">■</span> {name} {figures.number(sum(counts))}'
            for name, colour, counts in parts
        ]
    )
    figure = charts.blank(
        330, data, barmode="stack", annotations=[_above(lines)], margin={"t": 62, "b": 44, "l": 8, "r": 8},
        xaxis={"type": "category", "title": {"text": _("answers per item")}, "showgrid": False},
        yaxis={"rangemode": "tozero", "nticks": 5},
    )  # fmt: skip
    table = pd.DataFrame(
        {_("Answers"): [row.labels for row in rows], **{name: counts for name, _colour, counts in parts}}
    )
    charts.show(f"{report.project.slug}-depths", _depths_sentence(report), figure, table)


def _lines(names: Sequence[str]) -> str:
    """Two names a line: more do not fit on a phone."""
    return "<br>".join("   ".join(names[at : at + 2]) for at in range(0, len(names), 2))


def _depths_sentence(report: Report) -> str:
    spent = sum(row.spent for row in report.depths)
    start = _n(
        "{sure} of {all} answered item has a confidence of at least {confidence}.",
        "{sure} of {all} answered items have a confidence of at least {confidence}.",
        report.answered,
    ).format(
        sure=figures.number(report.sure),
        all=figures.number(report.answered),
        confidence=figures.percent(report.rule.confidence),
    )
    if not spent:
        return start
    end = _n(
        "{n} is still in doubt with all its answers: send it to review instead of requesting more.",
        "{n} are still in doubt with all their answers: send them to review instead of requesting more.", spent,
    ).format(n=figures.number(spent))  # fmt: skip
    return figures.sentences(start, end)


# How sure items are ----------------------------------------------------------------------------------------------------


def confidence(report: Report) -> None:
    edges = [at / BINS for at in range(BINS)]
    lowest = next((at for at, n in enumerate(report.confidence) if n), 0)
    target, colours = report.rule.confidence, charts.palette()
    bars = {
        "type": "bar", "x": [edge + 0.5 / BINS for edge in edges[lowest:]], "y": list(report.confidence[lowest:]),
        "width": 0.92 / BINS, "hovertemplate": "%{customdata}: %{y:,}<extra></extra>",
        "customdata": [_bin(edge) for edge in edges[lowest:]],
        "marker": {"color": [colours.accent if edge >= target - 1e-9 else colours.a for edge in edges[lowest:]], "line": {"width": 0}},
    }  # fmt: skip
    figure = charts.blank(
        260, [bars], shapes=[_upright(target)], annotations=[_beside_line(target)], margin={"t": 34, "b": 44, "l": 8, "r": 8},
        xaxis={"tickformat": ".0%", "title": {"text": _("confidence")}, "showgrid": False, "range": [lowest / BINS, 1.005], "nticks": 6},
        yaxis={"rangemode": "tozero", "nticks": 5},
    )  # fmt: skip
    table = pd.DataFrame({_("Confidence"): [_bin(edge) for edge in edges], _("Items"): report.confidence})
    sentence = _("Confidence of each answered item; right of the line no more answers are requested.")
    charts.show(f"{report.project.slug}-confidence", sentence, figure, table)


def _bin(edge: float) -> str:
    return f"{round(edge * 100)}–{figures.percent(edge + 1 / BINS)}"


def _upright(at: float) -> dict[str, Any]:
    line = {"color": charts.palette().ink, "width": 1, "dash": "dot"}
    return {"type": "line", "x0": at, "x1": at, "y0": 0, "y1": 1, "yref": "paper", "line": line}


def _beside_line(at: float) -> dict[str, Any]:
    words = _("threshold: {share}").format(share=figures.percent(at))
    return {
        "text": words, "x": at, "xanchor": "right" if at > 0.5 else "left", "y": 1, "yref": "paper", "yanchor": "bottom",
        "showarrow": False, "font": {"size": 12, "color": charts.palette().muted},
    }  # fmt: skip


def _above(words: str) -> dict[str, Any]:
    return {
        "text": words, "xref": "paper", "yref": "paper", "x": 0, "y": 1, "xanchor": "left", "yanchor": "bottom",
        "yshift": 8, "align": "left", "showarrow": False,
    }  # fmt: skip


# At what risk ----------------------------------------------------------------------------------------------------------


def risk(report: Report) -> None:
    rows = list(_risks(report))
    if not rows:
        return
    highest = max(row.found.high for row in rows if row.found)
    figure = quality_charts.ranges(rows, share=True, ends=(0.0, min(max(1.15 * highest, 0.05), 1.0)))
    known = [row for row in rows if row.found is not None]
    table = pd.DataFrame(
        {
            _("Measure"): [row.name for row in known],
            _("Share"): [round(row.found.value, 4) for row in known if row.found],
            _("from"): [round(row.found.low, 4) for row in known if row.found],
            _("to"): [round(row.found.high, 4) for row in known if row.found],
            _("Items"): [row.found.n for row in known if row.found],
        }
    )
    charts.show(f"{report.project.slug}-risk", _risk_sentence(report), figure, table)


def _risks(report: Report) -> Sequence[Range]:
    colours, found = charts.palette(), report.audited
    rows = []
    if report.expected_wrong is not None:
        rows.append(
            Range(
                _("Expected wrong, by confidence"),
                _share(report.expected_wrong),
                report.expected_wrong,
                colour=colours.a,
            )
        )
    if report.wrong_on_gold is not None:
        rows.append(
            Range(_("Wrong on gold"), _share(report.wrong_on_gold), report.wrong_on_gold, colour=colours.accent)
        )
    if found is not None and found.differs is not None:
        rows.append(Range(_("Differs from the full consensus"), _share(found.differs), found.differs, colour=colours.b))
    return rows


def _share(found: Interval) -> str:
    return _("{value} ({low}–{high}, n = {n})").format(
        value=stopping_words.share(found.value), low=figures.number(found.low * 100, 1), high=stopping_words.share(found.high),
        n=figures.number(found.n),
    )  # fmt: skip


def _between(found: Interval) -> str:
    return _("{value} of them ({low} to {high} with 95% confidence)").format(
        value=stopping_words.share(found.value),
        low=stopping_words.share(found.low),
        high=stopping_words.share(found.high),
    )


def _risk_sentence(report: Report) -> str:
    found = report.audited
    if found is None or found.differs is None:
        return _(
            "Estimated share of finished items with a wrong consensus. What stopping early adds is "
            "shown once audit-sample items have every answer."
        )
    items = _n("On {n} audit-sample item", "On {n} audit-sample items", found.differs.n)
    return _(
        "{items} stopping early needs {early} answers instead of {full} and gives another consensus "
            "on {share}. If that is too much, raise the confidence threshold."
    ).format(
        items=items.format(n=figures.number(found.differs.n)), early=figures.number(found.labels_an_item, 1),
        full=figures.number(found.labels_in_full, 1), share=_between(found.differs),
    )  # fmt: skip


# The replay ------------------------------------------------------------------------------------------------------------


def replay(report: Report, found: Replay) -> None:
    colours = charts.palette()
    goal = found.all_labels.accuracy * 0.99
    data = [
        *_line(found.even, colours.muted, _("every item equally often"), "dash"),
        *_line(found.chosen, colours.accent, _("chosen"), "solid"),
    ]
    words = "   ".join(
        f'<span style="color:{colour}">{mark}</span> {name}'
        for mark, colour, name in (
            ("━", colours.accent, _("chosen")),
            ("╌", colours.muted, _("every item equally often")),
        )
    )
    level = {"color": colours.ink, "width": 1, "dash": "dot"}
    figure = charts.blank(
        340, data, annotations=[_above(words), _goal(goal)], margin={"t": 34, "b": 44, "l": 8, "r": 12},
        shapes=[{"type": "line", "x0": 0, "x1": 1, "xref": "paper", "y0": goal, "y1": goal, "line": level}],
        xaxis={"title": {"text": _("answers per item, on average")}, "showgrid": False, "nticks": 8},
        yaxis={"tickformat": ".0%", "nticks": 6},
    )  # fmt: skip
    charts.show(f"{report.project.slug}-replay", stopping_words.replay(found, report), figure, _steps(found))


def _goal(at: float) -> dict[str, Any]:
    return {
        "text": _("99% of the accuracy of all labels"), "xref": "paper", "x": 0.01, "xanchor": "left", "y": at, "yanchor": "top",
        "showarrow": False, "font": {"size": 12, "color": charts.palette().muted},
    }  # fmt: skip


def _line(steps: Sequence[Step], colour: str, name: str, dash: str) -> list[dict[str, Any]]:
    """A line in its band, which holds the interval of its accuracy."""
    x = [step.labels_an_item for step in steps]
    band = {
        "type": "scatter", "x": [*x, *x[::-1]], "y": [*(s.high for s in steps), *(s.low for s in steps[::-1])], "fill": "toself",
        "fillcolor": colour, "opacity": 0.12, "line": {"width": 0}, "hoverinfo": "skip", "mode": "lines",
    }  # fmt: skip
    line = {
        "type": "scatter", "x": x, "y": [step.accuracy for step in steps], "mode": "lines+markers", "name": name,
        "line": {"color": colour, "width": 2, "dash": dash}, "marker": {"color": colour, "size": 5},
        "hovertemplate": f"{name}<br>%{{x:.1f}}: %{{y:.1%}}<extra></extra>",
    }  # fmt: skip
    return [band, line]


def _steps(found: Replay) -> pd.DataFrame:
    rows = [
        (name, step)
        for name, steps in ((_("chosen"), found.chosen), (_("every item equally often"), found.even))
        for step in steps
    ]
    return pd.DataFrame(
        {
            _("Method"): [name for name, _step in rows],
            _("Answers per item"): [round(step.labels_an_item, 3) for _name, step in rows],
            _("Accuracy"): [round(step.accuracy, 4) for _name, step in rows],
            _("from"): [round(step.low, 4) for _name, step in rows],
            _("to"): [round(step.high, 4) for _name, step in rows],
        }
    )
