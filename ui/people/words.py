"""What is said about people's quality, on the lead's pages and on their own: decisions, signs, paces, accuracies."""

from collections.abc import Mapping, Sequence

from core.errors import N_
from core.services.quality.accuracy import Decision
from core.services.quality.person import Sign, Standing
from core.stats.intervals import Interval
from ui import charts, figures
from ui.text import _, _n, plain

DECISIONS: Mapping[Decision, str] = {
    "pass": N_("meets target"),
    "measuring": N_("inconclusive"),
    "doubtful": N_("may be below target; needs more hidden checks"),
    "below": N_("below target"),
}
MARKS: Mapping[Decision, str] = {
    "pass": "circle",
    "measuring": "circle-open",
    "doubtful": "diamond-open",
    "below": "diamond",
}
SIGNS: Mapping[Sign, str] = {
    "fallen": N_("Accuracy on gold items has fallen below target"),
    "watch": N_("Accuracy on gold items may be falling: add hidden checks"),
    "warning": N_("Agrees less with the others than before: add hidden checks"),
    "speeding": N_("Answers faster than the items can be read, more often than the team"),
}
SHORT_SIGNS: Mapping[Sign, str] = {
    "fallen": N_("fallen"),
    "watch": N_("watch"),
    "warning": N_("agrees less"),
    "speeding": N_("too fast"),
}
ABOUT_THE_SAME = 0.1
"""A pace so near to the team's is the team's."""
MANY_TIMES = 2.0
"""A pace from which on it is told as a multiple."""


def colour(decision: Decision) -> str:
    ours = charts.palette()
    return {"pass": ours.accent, "measuring": ours.muted, "doubtful": ours.b, "below": ours.b}[decision]


def decided(one: Standing) -> str:
    if one.accuracy is None:
        return _("no gold answers yet")
    return f"{figures.percent_range(one.accuracy)} · {_(DECISIONS[one.decision])}"


def advice(one: Standing, bar: str) -> str:
    """What the interval says, and what to do."""
    if one.accuracy is None:
        return _("Accuracy isn't measured yet. Hidden checks will show it.")
    words = {
        "pass": N_("Meets the target of {bar}: the whole interval is at or above it. No action needed."),
        "measuring": N_("Inconclusive: the interval includes the target of {bar}. Collect more before you decide."),
        "doubtful": N_("May be below the target of {bar}, but on few gold items. Add hidden checks; don't pause "
            "anyone on these alone."),
        "below": N_("Below the target of {bar}: the whole interval is under it. Talk it through, train, or pause."),
    }  # fmt: skip
    return _(words[one.decision]).format(bar=bar)


def pace_words(pace: Interval) -> str:
    """1.25 (1.1-1.4) as "25 % longer than the team on the same items"."""
    between = _("between {low} and {high} of the team's time").format(
        low=figures.percent(pace.low), high=figures.percent(pace.high)
    )
    if pace.low <= 1 <= pace.high or abs(pace.value - 1) < ABOUT_THE_SAME:
        return _("Takes about as long as the team on the same items ({between}).").format(between=between)
    if pace.value >= MANY_TIMES:
        return _("Takes {n} times as long as the team on the same items ({between}).").format(
            n=figures.number(pace.value, 1), between=between
        )
    if pace.value > 1:
        return _("Takes {share} longer than the team on the same items ({between}).").format(
            share=figures.percent(pace.value - 1), between=between
        )
    return _("Takes {share} less time than the team on the same items ({between}).").format(
        share=figures.percent(1 - pace.value), between=between
    )


def people_named(people: Sequence[Standing]) -> str:
    return figures.listed_people([plain(one.name) for one in people])


def people_counted(n: int) -> str:
    return _n("{n} person", "{n} people", n).format(n=figures.number(n))
