"""The charts of agreement: each with the sentence that says what to see, and the table behind it."""

from collections.abc import Sequence
from typing import Any

import pandas as pd
import streamlit as st

from core.services.quality import cuts as quality_cuts
from core.services.quality.cuts import Again, Cut, Dimension, Pair, Team
from core.stats.intervals import Interval
from ui import charts, figures
from ui.insight import agreement_words, quality_charts
from ui.insight.head import Opened
from ui.insight.quality_charts import Cell, Range
from ui.insight.quality_words import class_name, coefficient_range, interval_of, share_range, target_name
from ui.text import _, _n, plain

Agreed = dict[str, Any]


def _agreed(found: Opened, target: str) -> Agreed:
    agreed: Agreed = found.assessment.report["targets"][target]["agreement"]
    return agreed


# All targets ----------------------------------------------------------------------------------------------------------


def targets(found: Opened) -> None:
    project = found.assessment.evidence.project
    rows = [(target_name(project, name), _agreed(found, name)) for name in found.assessment.targets]
    figure = quality_charts.ranges([_alpha_row(name, agreed) for name, agreed in rows], share=False)
    charts.show(f"{found.slug}-targets", _targets_sentence(rows), figure, _targets_table(rows))


def _targets_sentence(rows: Sequence[tuple[str, Agreed]]) -> str:
    known = [(name, agreed) for name, agreed in rows if agreed["alpha"] is not None]
    if not known:
        return _("Nothing can be compared yet: no item has labels by two annotators.")
    name, agreed = min(known, key=lambda row: float(row[1]["alpha"]))
    return _("Alpha of each target; the lowest is {name} with {value}.").format(
        name=plain(name), value=coefficient_range(agreed["alpha"], agreed["alpha_low"], agreed["alpha_high"])
    )  # fmt: skip


def _alpha_row(name: str, agreed: Agreed) -> Range:
    if agreed["alpha"] is None:
        return Range(name, _("not known"))
    pool = None if agreed["pool_low"] is None else (agreed["pool_low"], agreed["pool_high"])
    label = (
        f"{coefficient_range(agreed['alpha'], agreed['alpha_low'], agreed['alpha_high'])} · {_items(agreed['units'])}"
    )
    return Range(name, label, interval_of(agreed), agreed["alpha"], pool)


def _items(n: int) -> str:
    return _n("{n} item", "{n} items", n).format(n=figures.number(n))


def _targets_table(rows: Sequence[tuple[str, Agreed]]) -> pd.DataFrame:
    return pd.DataFrame({_("Target"): [name for name, _agreed in rows], **_columns([agreed for _name, agreed in rows])})


def _columns(rows: Sequence[Agreed]) -> dict[str, list[Any]]:
    """The columns of every table of agreement."""
    names = {
        "alpha": _("Alpha"), "alpha_low": _("from"), "alpha_high": _("to"), "pool_low": _("pool from"), "pool_high": _("pool to"),
        "percent": _("Same answer"), "ac1": _("AC1"), "units": _("Items with two labels"), "pairs": _("Pairs of labels"),
    }  # fmt: skip
    found = {words: [_rounded(row.get(name)) for row in rows] for name, words in names.items()}
    return {**found, _("Reason missing"): [_(row["why"]) if row.get("why") else "" for row in rows]}


def _rounded(value: float | None) -> float | None:
    return round(value, 3) if isinstance(value, float) else value


# One target -----------------------------------------------------------------------------------------------------------


def whole(found: Opened, target: str) -> None:
    agreed = _agreed(found, target)
    scale = found.assessment.report["targets"][target]["scale"]
    rows = [_alpha_row(_("Alpha: chance-corrected"), agreed), *([] if scale == "interval" else _shares(agreed))]
    figure = quality_charts.ranges(rows, share=False)
    sentence = agreement_words.whole(agreed)
    name = target_name(found.assessment.evidence.project, target)
    charts.show(f"{found.slug}-{target}-agreement", sentence, figure, _targets_table([(name, agreed)]))


def _shares(agreed: Agreed) -> list[Range]:
    ours = charts.palette()
    named = {
        "percent": (_("Same answer, not chance-corrected"), ours.a),
        "ac1": (_("AC1: robust to rare classes"), ours.others[0]),
    }
    return [
        Range(name, coefficient_range(agreed[key], agreed[f"{key}_low"], agreed[f"{key}_high"]), interval_of(agreed, key),
              agreed[key], colour=colour, mark="diamond" if key == "ac1" else "square")
        for key, (name, colour) in named.items()
        if agreed[key] is not None
    ]  # fmt: skip


def classes(found: Opened, target: str) -> None:
    evidence, given = found.assessment.evidence, _agreed(found, target)["classes"]
    rows = [_class_row(class_name(evidence.project, name), one) for name, one in given.items()]
    table = pd.DataFrame(
        {
            _("Class"): [class_name(evidence.project, name) for name in given],
            _("Labels given"): [one["labels"] for one in given.values()],
            _("Also given by another"): [_rounded(one["agreement"]) for one in given.values()],
            _("from"): [_rounded(one["low"]) for one in given.values()],
            _("to"): [_rounded(one["high"]) for one in given.values()],
            _("Reason missing"): [_(one["why"]) if one.get("why") else "" for one in given.values()],
        }
    )
    figure = quality_charts.ranges(rows, share=True)
    charts.show(f"{found.slug}-{target}-classes", agreement_words.classes(evidence, given), figure, table)


def _class_row(name: str, one: Agreed) -> Range:
    n = _n("{n} label", "{n} labels", one["labels"]).format(n=figures.number(one["labels"]))
    if one["agreement"] is None:
        return Range(name, f"{_('not known')} · {n}")
    known = one["low"] is not None and one["high"] is not None
    interval = Interval(one["agreement"], one["low"], one["high"], one["labels"]) if known else None
    return Range(name, f"{share_range(one['agreement'], one['low'], one['high'])} · {n}", interval, one["agreement"])


def cuts(found: Opened, target: str, by: Sequence[Dimension]) -> None:
    parts = quality_cuts.cuts(found.assessment, target, by)
    rows = [_alpha_row(agreement_words.cut_name(cut), cut.agreed) for cut in parts]
    figure = quality_charts.ranges(rows, share=False)
    charts.show(f"{found.slug}-{target}-cuts", agreement_words.cuts(parts), figure, _cuts_table(parts, by))


def _cuts_table(parts: Sequence[Cut], by: Sequence[Dimension]) -> pd.DataFrame:
    names = agreement_words.dimensions()
    counted = {
        _("Items"): [c.items for c in parts],
        _("Labels given"): [c.labels for c in parts],
        _("Number of annotators"): [c.people for c in parts],
    }
    where = {names[name]: [getattr(cut, name) for cut in parts] for name in by}
    return pd.DataFrame({**where, **counted, **_columns([cut.agreed for cut in parts])})


# People ---------------------------------------------------------------------------------------------------------------


def people(found: Opened, target: str, team: Team) -> None:
    figure = quality_charts.heat(team.names, [_cell(team, pair) for pair in team.pairs])
    table = pd.DataFrame(
        {
            _("Person"): [team.names[pair.right] for pair in team.pairs],
            _("Other person"): [team.names[pair.left] for pair in team.pairs],
            _("Items shared"): [pair.shared for pair in team.pairs],
            _("Agreement"): [round(pair.near, 3) for pair in team.pairs],
            _("leaning on the team"): [round(pair.shrunk.value, 3) for pair in team.pairs],
            _("from"): [round(pair.shrunk.low, 3) for pair in team.pairs],
            _("to"): [round(pair.shrunk.high, 3) for pair in team.pairs],
        }
    )
    charts.show(f"{found.slug}-{target}-people", agreement_words.people(team), figure, table)
    st.caption(
        _(
            "Shares are shrunk towards the average of all pairs where two annotators share few "
            "items; pale cells have fewer than ten items."
        )
    )


def _cell(team: Team, pair: Pair) -> Cell:
    share = figures.percent(pair.shrunk.value)
    names = f"{quality_charts.shortened(team.names[pair.left])} – {quality_charts.shortened(team.names[pair.right])}"
    hover = f"{names}<br>{figures.percent_range(pair.shrunk)}"
    return Cell(pair.left, pair.right, pair.shrunk.value, f"{share}<br>n = {pair.shared}", hover, pair.few)


def oneself(found: Opened, again: Again) -> None:
    rows = [Range(_("Same annotator again"), figures.percent_range(again.same), again.same)]
    if again.others is not None:
        label = figures.percent(again.others)
        rows.append(Range(_("Two annotators"), label, value=again.others, colour=charts.palette().a, mark="square"))
    table = pd.DataFrame(
        {
            _("Hidden repeats"): [again.same.n],
            _("Number of annotators"): [again.people],
            _("Same answer"): [round(again.same.value, 3)],
            _("from"): [round(again.same.low, 3)],
            _("to"): [round(again.same.high, 3)],
            _("Similarity"): [round(again.near, 3)],
            _("Two annotators"): [_rounded(again.others)],
        }
    )
    charts.show(f"{found.slug}-oneself", agreement_words.oneself(again), quality_charts.ranges(rows, share=True), table)
