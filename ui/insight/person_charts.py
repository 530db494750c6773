"""The charts of one person's quality: what was taken for what, kinds of items, drift, days, review; each with its sentence."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from core.services.projects import ProjectView
from core.services.quality.drift import Track
from core.services.quality.look import Confusion
from core.services.quality.person import ENOUGH, Day, Group, Person
from core.tasks.base import ScaleName
from ui import charts, figures
from ui.charts import Part, Series
from ui.insight import quality_charts
from ui.insight.quality_charts import Range, shortened
from ui.text import _, _n, plain
from ui.value_words import value_words

MOST_CLASSES = 10
"""In the picture; the table has all that occur."""
MOST_GROUPS = 14
LONGEST_CLASS = 14


# What was taken for what ----------------------------------------------------------------------------------------------


def confusion(key: str, project: ProjectView, scale: ScaleName, found: Confusion) -> None:
    names = [value_words(project, scale, name) for name in found.names]
    charts.show(key, confusion_sentence(found, names), _heat(found, names), _confused_table(found, names))


def confusion_sentence(found: Confusion, names: Sequence[str]) -> str:
    counts = {"right": _half(found.right), "n": figures.number(found.n)}
    if found.against == "gold":
        whole = _n("{right} of {n} gold item is correct.", "{right} of {n} gold items are correct.", found.n).format(
            **counts
        )
    else:
        whole = _n(
            "On {right} of {n} shared item the answer matches most of the others; that is agreement, not "
            "proof of accuracy.",
            "On {right} of {n} shared items the answer matches most of the others; that is "
            "agreement, "
            "not proof of accuracy.",
            found.n,
        ).format(**counts)
    worst = mistaken(found)[:3]
    if not worst:
        return figures.sentences(whole, _("No classes are confused."))
    pairs = [_taken(names[true], names[said], count, out_of) for true, said, count, out_of in worst]
    return figures.sentences(whole, _("Mixed up most: {pairs}.").format(pairs=figures.listed(pairs)))


def _taken(true: str, said: str, count: float, out_of: float) -> str:
    return _("“{true}” taken for “{said}” ({count} of {n})").format(
        true=plain(true), said=plain(said), count=_half(count), n=_half(out_of)
    )


def _half(value: float) -> str:
    """Equals share a label, so counts may be parts."""
    return figures.number(value) if abs(value - round(value)) < 0.05 else figures.number(value, 1)


def mistaken(found: Confusion, least: float = 1.0) -> list[tuple[int, int, float, float]]:
    """(true, said, how often, of how many), the most frequent first."""
    totals = found.counts.sum(axis=1)
    pairs = [
        (true, said, float(found.counts[true, said]), float(totals[true]))
        for true, said in np.argwhere(found.counts >= least).tolist()
        if true != said
    ]
    return sorted(pairs, key=lambda pair: (-pair[2], pair[0], pair[1]))


def _shown(found: Confusion) -> list[int]:
    """The classes that occur, or those with the most mistakes of very many."""
    weight = found.counts.sum(axis=0) + found.counts.sum(axis=1)
    used = np.flatnonzero(weight > 0)
    if len(used) <= MOST_CLASSES:
        return [int(one) for one in (used if len(used) > 1 else range(min(len(weight), MOST_CLASSES)))]
    wrong = found.counts - np.diag(np.diag(found.counts))
    errors = wrong.sum(axis=0) + wrong.sum(axis=1)
    return sorted(np.argsort(-(errors + weight * 1e-6))[:MOST_CLASSES].tolist())


def _heat(found: Confusion, names: Sequence[str]) -> Any:
    """Rows are what was true and add up to all; a cell's colour is its share of the row."""
    ours, chosen = charts.palette(), _shown(found)
    counts = found.counts[np.ix_(chosen, chosen)]
    shares = counts / np.maximum(found.counts[chosen].sum(axis=1, keepdims=True), 1)
    labels = [shortened(names[at], LONGEST_CLASS) for at in chosen]
    axis = {"showgrid": False, "zeroline": False, "tickvals": list(range(len(chosen))), "ticktext": labels}
    heat = {
        "type": "heatmap", "z": shares.tolist(), "zmin": 0, "zmax": 1, "showscale": False, "xgap": 2, "ygap": 2,
        "colorscale": [[0, ours.faint], [1, ours.accent]],
        "customdata": counts.tolist(), "hovertemplate": "%{y} → %{x}: %{customdata:.3~g}<extra></extra>",
    }  # fmt: skip
    said = _("this person's answer")
    return charts.blank(
        90 + 42 * len(chosen), [heat], margin={"l": 4, "r": 4, "t": 44, "b": 8},
        xaxis={**axis, "side": "top", "title": {"text": said, "standoff": 6}, "tickangle": 0 if len(chosen) <= 5 else -40},
        yaxis={**axis, "autorange": "reversed"},
        annotations=[_cell(row, column, counts, shares) for row, column in np.argwhere(counts > 0).tolist()],
    )  # fmt: skip


def _cell(row: int, column: int, counts: Any, shares: Any) -> dict[str, Any]:
    ours = charts.palette()
    deep = shares[row, column] >= quality_charts.DARK_FROM
    words = _half(float(counts[row, column]))
    font = {"size": 12, "color": ours.paper if deep else ours.ink}
    return {"x": column, "y": row, "text": words, "showarrow": False, "font": font}


def _confused_table(found: Confusion, names: Sequence[str]) -> pd.DataFrame:
    cells = np.argwhere(found.counts > 0).tolist()
    totals = found.counts.sum(axis=1)
    return pd.DataFrame(
        {
            _("True"): [names[true] for true, _said in cells],
            _("Answer given"): [names[said] for _true, said in cells],
            _("Times"): [round(float(found.counts[true, said]), 2) for true, said in cells],
            _("Total"): [round(float(totals[true]), 2) for true, _said in cells],
        }
    )


# Kinds of items -------------------------------------------------------------------------------------------------------


def groups(key: str, found: Sequence[Group]) -> None:
    rows = [_group(group) for group in found if group.enough][:MOST_GROUPS]
    if not rows:
        st.write(_("No kind of item has {n} shared answers yet: too few to compare.").format(n=ENOUGH))
        charts.show_table(key, _groups_table(found))
        return
    charts.show(key, groups_sentence(found), quality_charts.ranges(rows, share=True), _groups_table(found))


def groups_sentence(found: Sequence[Group]) -> str:
    low = [plain(group_name(group)) for group in found if group.low]
    base = _("Share of answers that match most others, by kind of item.")
    if low:
        return figures.sentences(
            base,
            _("Significantly less than usual on {names}: look at these together.").format(names=figures.listed(low)),
        )
    return figures.sentences(base, _("No significant difference between categories."))


def group_name(group: Group) -> str:
    return figures.language_name(group.name) if group.kind == "lang" else group.name


def _group(group: Group) -> Range:
    found = group.consensus
    label = "" if found is None else figures.percent_range(found)
    return Range(group_name(group), label, found)


def _groups_table(found: Sequence[Group]) -> pd.DataFrame:
    kinds = {"lang": _("Language"), "tag": _("Tag")}
    return pd.DataFrame(
        {
            _("Kind"): [kinds[group.kind] for group in found],
            _("Name"): [group_name(group) for group in found],
            _("Answers"): [group.labels for group in found],
            _("Like the others"): [None if g.consensus is None else round(g.consensus.value, 3) for g in found],
            _("Low"): [None if g.consensus is None else round(g.consensus.low, 3) for g in found],
            _("High"): [None if g.consensus is None else round(g.consensus.high, 3) for g in found],
            _("Gold items"): [0 if g.gold is None else g.gold.n for g in found],
            _("Correct"): [None if g.gold is None else round(g.gold.value * g.gold.n) for g in found],
        }
    )


# Drift ----------------------------------------------------------------------------------------------------------------


def gold_drift(key: str, track: Track) -> None:
    charts.show(key, gold_sentence(track), _path(track), _path_table(track))


def gold_sentence(track: Track) -> str:
    against, n = figures.percent(track.against), len(track.rows)
    if track.alarm and track.began is not None:
        ago = n - track.began
        return _n(
            "Accuracy on gold items has fallen below the target of {against}: the evidence is past "
            "its limit. The fall began {n} gold item ago. Act on it.",
            "Accuracy on gold items has fallen below the target of {against}: the evidence is past "
            "its limit. The fall began {n} gold items ago. Act on it.",
            ago,
        ).format(against=against, n=figures.number(ago))
    if track.found.watch:
        return _(
            "Accuracy may be falling below the target of {against}: the evidence is halfway to the "
            "limit. Request more hidden checks; change nothing else."
        ).format(against=against)
    return _n(
        "No sign of a fall below the target of {against} over {n} gold item. The line rises with "
        "wrong answers and sinks with right ones; a steady annotator has a 1-in-20 chance of "
        "reaching the limit within 500.",
        "No sign of a fall below the target of {against} over {n} gold items. The line rises with "
        "wrong answers and sinks with right ones; a steady annotator has a 1-in-20 chance of "
        "reaching the limit within 500.",
        n,
    ).format(against=against, n=figures.number(n))


def others_drift(key: str, track: Track) -> None:
    charts.show(key, others_sentence(track), _path(track), _path_table(track))


def others_sentence(track: Track) -> str:
    usual, n = figures.percent(track.against), len(track.rows)
    if track.alarm:
        return _(
            "Agrees less with the others than this person's usual {usual}. The kinds of items may "
            "have changed: raise the share of hidden checks and look; do not act on this alone."
        ).format(usual=usual)
    return _n(
        "Agrees with the others as usual ({usual}) over {n} shared item.",
        "Agrees with the others as usual ({usual}) over {n} shared items.",
        n,
    ).format(usual=usual, n=figures.number(n))


def _path(track: Track) -> Any:
    ours = charts.palette()
    steps = list(range(len(track.rows) + 1))
    level = [0.0, *track.found.path.tolist()]
    line = {
        "type": "scatter", "x": steps, "y": level, "mode": "lines", "line": {"color": ours.accent, "width": 2, "shape": "linear"},
        "hovertemplate": "%{x}: %{y:.2f}<extra></extra>",
    }  # fmt: skip
    limit = track.found.limit
    rule = {"color": ours.b, "width": 1.5, "dash": "dash"}
    note = {"color": ours.muted, "size": 12}
    return charts.blank(
        200, [line], margin={"l": 4, "r": 12, "t": 20, "b": 8},
        xaxis={"title": {"text": _("answers, in order")}, "showgrid": False, "rangemode": "tozero"},
        yaxis={"range": [0, max(limit * 1.15, max(level) * 1.05)], "nticks": 4},
        shapes=[{"type": "line", "x0": 0, "x1": 1, "xref": "paper", "y0": limit, "y1": limit, "line": rule}],
        annotations=[{"text": _("limit"), "x": 1, "xref": "paper", "xanchor": "right", "y": limit, "yanchor": "bottom", "showarrow": False, "font": note}],
    )  # fmt: skip


def _path_table(track: Track) -> pd.DataFrame:
    return pd.DataFrame(
        {
            _("Answer"): list(range(1, len(track.rows) + 1)),
            _("Correct"): [bool(one) for one in track.right],
            _("Evidence"): [round(float(one), 2) for one in track.found.path],
            _("Limit"): [round(track.found.limit, 2)] * len(track.rows),
        }
    )


# Days and review ------------------------------------------------------------------------------------------------------


def days(key: str, found: Sequence[Day]) -> None:
    series = Series(_("answers"), charts.palette().accent, {day.day: float(day.answers) for day in found})
    table = pd.DataFrame(
        {
            _("Day"): [day.day for day in found],
            _("Answers"): [day.answers for day in found],
            _("Median seconds"): [None if day.seconds is None else round(day.seconds, 1) for day in found],
        }
    )
    if len(found) < 2:
        st.markdown(_days_sentence(found))
        charts.show_table(key, table)
        return
    charts.show(key, _days_sentence(found), charts.daily_bars([series], height=180), table)


def _days_sentence(found: Sequence[Day]) -> str:
    total = sum(day.answers for day in found)
    return _n("Answers: {n}, on {days} day.", "Answers: {n}, on {days} days.", len(found)).format(
        n=figures.number(total), days=figures.number(len(found))
    )


def reviewed(key: str, person: Person) -> None:
    upheld = person.standing.upheld
    if upheld is None:
        return
    kept = round(upheld.value * upheld.n)
    ours = charts.palette()
    words = (_("upheld"), _("corrected"))
    figure = charts.parts([Part(words[0], ours.accent, kept), Part(words[1], ours.b, upheld.n - kept)])
    table = pd.DataFrame({_("Verdict"): list(words), _("Answers"): [kept, upheld.n - kept]})
    charts.show(
        key,
        _("Reviewers upheld {found} of the first answers in adjudicated items.").format(
            found=figures.percent_range(upheld)
        ),
        figure,
        table,
    )
