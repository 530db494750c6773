"""Charts about bias: place and length, person by person, second looks, and how people use a scale."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from core.services.quality.bias import Leaning
from core.services.quality.scores import Use
from core.stats.intervals import Interval
from ui import charts, figures
from ui.insight import bias_words, models_words, quality_charts
from ui.insight.models_charts import mean_range, rounded
from ui.insight.quality_charts import Range
from ui.text import _

Row = Mapping[str, Any]


def position(slug: str, report: Row) -> None:
    named = ((_("First shown wins"), report["first_position"]),)
    effect = (_("equally good models"), report["effects"]["position"])
    _swayed(f"{slug}-position", bias_words.position(report["first_position"]), named, effect)


def length(slug: str, report: Row) -> None:
    effect = (_("twice as long, equal models"), report["effects"]["length"])
    sentence = figures.sentences(bias_words.length(report["longer"]), models_words.length_effect(effect[1]))
    _swayed(f"{slug}-length-bias", sentence, ((_("The longer wins"), report["longer"]),), effect)


def _swayed(key: str, sentence: str, counted: Sequence[tuple[str, Row]], effect: tuple[str, Row | None]) -> None:
    rows = [Range(name, figures.percent_range(one), one) for name, told in counted if (one := _interval(told))]
    if effect[1] is not None:
        found = Interval(effect[1]["share"], effect[1]["share_low"], effect[1]["share_high"], counted[0][1]["n"])
        rows.append(_fitted(effect[0], found))
    table = pd.DataFrame(
        {
            _("Figure"): [row.name for row in rows],
            _("Share"): [rounded(row.point) for row in rows],
            _("from"): [row.found and rounded(row.found.low) for row in rows],
            _("to"): [row.found and rounded(row.found.high) for row in rows],
            _("Decided comparisons"): [row.found and row.found.n for row in rows],
        }
    )
    charts.show(key, sentence, quality_charts.ranges(rows, share=True, line=0.5, line_name=_("even")), table)


def _fitted(name: str, found: Interval) -> Range:
    return Range(name, figures.percent_range(found), found, colour=charts.palette().a, mark="square")


def _interval(told: Row) -> Interval | None:
    return None if told["share"] is None else Interval(told["share"], told["low"], told["high"], told["n"])


def people(slug: str, found: Sequence[Leaning], names: Sequence[str]) -> None:
    ours = charts.palette()
    rows = [
        Range(
            names[one.person], figures.percent_range(one.found), one.found, colour=ours.b if one.biased else ours.accent,
            mark="diamond" if one.biased else "circle",
        )
        for one in found
    ]  # fmt: skip
    table = pd.DataFrame(
        {
            _("Person"): [names[one.person] for one in found],
            _("First shown wins"): [rounded(one.found.value) for one in found],
            _("from"): [rounded(one.found.low) for one in found],
            _("to"): [rounded(one.found.high) for one in found],
            _("Decided comparisons"): [one.found.n for one in found],
            _("p, all annotators together"): [rounded(one.chance, 4) for one in found],
            _("Leaning"): [one.biased for one in found],
        }
    )
    figure = quality_charts.ranges(rows, share=True, line=0.5, line_name=_("even"))
    charts.show(f"{slug}-people-bias", bias_words.people(found, names), figure, table)


def flips(slug: str, swapped: Interval, same: Interval | None) -> None:
    rows = [Range(_("Changed, order swapped"), figures.percent_range(swapped), swapped)]
    if same is not None:
        grey = charts.palette().others[2]
        rows.append(Range(_("Changed, same order"), figures.percent_range(same), same, colour=grey, mark="square"))  # fmt: skip
    known = [row for row in rows if row.found]
    table = pd.DataFrame(
        {
            _("Figure"): [row.name for row in known],
            _("Share"): [rounded(row.point) for row in known],
            _("from"): [row.found and rounded(row.found.low) for row in known],
            _("to"): [row.found and rounded(row.found.high) for row in known],
            _("Repeated answers"): [row.found and row.found.n for row in known],
        }
    )
    charts.show(f"{slug}-flips", bias_words.flips(swapped, same), quality_charts.ranges(rows, share=True), table)


# Scores ---------------------------------------------------------------------------------------------------------------


def uses(key: str, found: Sequence[Use], names: Sequence[str], *, share: bool) -> None:
    """By how much each person scores above the others on the same items."""
    rows = [_above(one, names, share) for one in found]
    reach = max([0.5 if not share else 0.1, *(abs(end) for row in rows if row.found for end in (row.found.low, row.found.high))])  # fmt: skip
    figure = quality_charts.ranges(
        rows, share=share, line=0, line_name=_("as the others do"), ends=(-reach, reach)
    )  # fmt: skip
    table = pd.DataFrame(
        {
            _("Person"): [names[one.person] for one in found],
            _("Above the others"): [one.above and rounded(one.above.value) for one in found],
            _("from"): [one.above and rounded(one.above.low) for one in found],
            _("to"): [one.above and rounded(one.above.high) for one in found],
            _("Mean"): [rounded(one.mean) for one in found],
            _("Spread (standard deviation)"): [rounded(one.spread) for one in found],
            _("At the scale's ends"): [one.ends and rounded(one.ends.value) for one in found],
            _("Labels given"): [one.n for one in found],
        }
    )
    charts.show(key, bias_words.uses(found, names, share), figure, table)


def _above(one: Use, names: Sequence[str], share: bool) -> Range:
    if one.above is None:
        return Range(names[one.person], _("not known: shares no two items with others"))
    found = one.above
    if share:
        words = _("{value} ({low} to {high}, n = {n})").format(
            value=_points(found.value), low=_points(found.low), high=_points(found.high), n=figures.number(found.n)
        )
        return Range(names[one.person], words, found)
    return Range(names[one.person], mean_range(found), found)


def _points(share: float) -> str:
    return f"{share * 100:+.0f}%".replace("-", "−")
