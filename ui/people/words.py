"""What is said about people's quality, on the lead's pages and on their own: decisions, signs, paces, accuracies."""

from collections.abc import Mapping, Sequence

from core.errors import N_
from core.services.quality.accuracy import Decision
from core.services.quality.person import Sign, Standing
from core.stats.intervals import Interval
from ui import charts, figures
from ui.text import _, _n, plain

DECISIONS: Mapping[Decision, str] = {
    "pass": N_("at the bar"),
    "measuring": N_("keep measuring"),
    "doubtful": N_("looks below; more checks first"),
    "below": N_("below the bar"),
}
MARKS: Mapping[Decision, str] = {
    "pass": "circle",
    "measuring": "circle-open",
    "doubtful": "diamond-open",
    "below": "diamond",
}
SIGNS: Mapping[Sign, str] = {
    "fallen": N_("Answers to known items have fallen below the bar"),
    "watch": N_("Answers to known items are half-way to an alarm: ask for more checks"),
    "warning": N_("Agrees less with the others than before: ask for more checks"),
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
        return _("no known answers yet")
    return f"{figures.percent_range(one.accuracy)} · {_(DECISIONS[one.decision])}"


def advice(one: Standing, bar: str) -> str:
    """What the interval says, and what to do."""
    if one.accuracy is None:
        return _("Nothing is known yet of how right the answers are. Hidden checks will tell.")
    words = {
        "pass": N_("The whole interval lies at the bar of {bar} or above: nothing to do."),
        "measuring": N_("The interval reaches over the bar of {bar}: keep measuring before you decide anything."),
        "doubtful": N_("The interval lies below the bar of {bar}, but rests on few known answers: ask for more checks, and do not pause anybody on these alone."),
        "below": N_("The whole interval lies below the bar of {bar}: talk it through, train, or pause."),
    }  # fmt: skip
    return _(words[one.decision]).format(bar=bar)


def pace_words(pace: Interval) -> str:
    """1.25 (1.1-1.4) as "25 % longer than the team on the same items"."""
    between = _("between {low} and {high} of the team’s time").format(
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
    return figures.listed([plain(one.name) for one in people])


def people_counted(n: int) -> str:
    return _n("{n} person", "{n} people", n).format(n=figures.number(n))
