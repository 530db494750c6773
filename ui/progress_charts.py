"""The charts of one project's progress: items, answers a day, accuracy, speed; each with the sentence that says what to see."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

import pandas as pd

from core.errors import N_
from core.services.progress import DayCount, Finish, Overview, PersonProgress
from core.stats.intervals import Interval
from ui import charts, figures
from ui.charts import Measure, Part, Series
from ui.people import words as people_words
from ui.people.words import DECISIONS, MARKS
from ui.text import _, _n, plain

ITEM_STATES: Mapping[str, str] = {
    "done": N_("done"),
    "taken": N_("in progress"),
    "open": N_("open"),
    "gold": N_("hidden checks"),
    "flagged": N_("on hold"),
    "quarantined": N_("personal data"),
    "withdrawn": N_("withdrawn"),
    "stub": N_("without content"),
}
PURPOSES: Mapping[str, str] = {
    "work": N_("work"),
    "gold": N_("hidden checks"),
    "repeat": N_("repeats"),
    "pilot": N_("pilot"),
    "imported": N_("imported"),
    "practice": N_("practice"),
    "quiz": N_("quiz"),
    "review": N_("review"),
}
SHOWN_DAYS = 42
Checked = tuple[PersonProgress, Interval]
MOST_PEOPLE = 30


# Items ----------------------------------------------------------------------------------------------------------------


def items(overview: Overview) -> None:
    states = [(state, overview.states[state]) for state in ITEM_STATES if overview.states.get(state)]
    colours = _state_colours()
    figure = charts.parts([Part(_(ITEM_STATES[state]), colours[state], n) for state, n in states])
    table = pd.DataFrame(
        {_("State"): [_(ITEM_STATES[state]) for state, _count in states], _("Items"): [n for _state, n in states]}
    )
    charts.show(f"{overview.project.slug}-items", items_sentence(overview), figure, table)


def items_sentence(overview: Overview) -> str:
    done, total = overview.states.get("done", 0), overview.items
    text = _n("{done} of {total} item has all its answers.", "{done} of {total} items have all their answers.", total)
    hand = _n("{n} is in progress now.", "{n} are in progress now.", overview.in_hand)
    return figures.sentences(
        text.format(done=figures.number(done), total=figures.number(total)),
        hand.format(n=figures.number(overview.in_hand)),
    )


def _state_colours() -> dict[str, str]:
    ours = charts.palette()
    names = ("done", "taken", "open", "gold", "flagged", "quarantined", "withdrawn", "stub")
    shades = (ours.accent, ours.a, ours.faint, ours.others[1], ours.b, ours.others[0], ours.others[2], ours.others[2])
    return dict(zip(names, shades, strict=True))


# Answers --------------------------------------------------------------------------------------------------------------


def answers(overview: Overview) -> None:
    last = max(count.day for count in overview.days)
    shown = [count for count in overview.days if count.day > last - timedelta(days=SHOWN_DAYS)]
    figure = charts.daily_bars(_series(shown))
    table = pd.DataFrame(
        {
            _("Day"): [count.day for count in overview.days],
            _("Purpose"): [_(PURPOSES[count.purpose]) for count in overview.days],
            _("Answers"): [count.answers for count in overview.days],
        }
    )
    charts.show(f"{overview.project.slug}-answers", _answers_sentence(overview.finish, shown), figure, table)


def _series(shown: Sequence[DayCount]) -> list[Series]:
    ours = charts.palette()
    colours = {
        "work": ours.accent,
        "gold": ours.b,
        "repeat": ours.others[0],
        "pilot": ours.a,
        "imported": ours.others[1],
    }
    days = _days(shown)
    found = []
    for purpose in PURPOSES:
        counts = {count.day: count.answers for count in shown if count.purpose == purpose}
        if counts:
            values = {day: float(counts.get(day, 0)) for day in days}
            found.append(Series(_(PURPOSES[purpose]), colours.get(purpose, ours.others[2]), values))
    return found


def _days(shown: Sequence[DayCount]) -> list[date]:
    first, last = min(count.day for count in shown), max(count.day for count in shown)
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


def _answers_sentence(finish: Finish, shown: Sequence[DayCount]) -> str:
    if finish.pace is None:
        total = sum(count.answers for count in shown)
        return _n("{n} answer so far; the pace shows after three full days of work.",
                  "{n} answers so far; the pace shows after three full days of work.", total).format(n=figures.number(total))  # fmt: skip
    return _n(
        "About {pace} answer per day over the last {n} days, days off included ({low}–{high}).",
        "About {pace} answers per day over the last {n} days, days off included ({low}–{high}).",
        round(finish.pace.value),
    ).format(
        pace=figures.number(finish.pace.value), n=finish.pace.n, low=figures.number(finish.pace.low),
        high=figures.number(finish.pace.high),
    )  # fmt: skip


# People ---------------------------------------------------------------------------------------------------------------


def accuracy(overview: Overview) -> None:
    checked = sorted(((p, p.gold) for p in overview.people if p.gold), key=lambda pair: -pair[1].value)
    if not checked:
        return
    figure = charts.measures(
        [_accuracy_of(person, gold) for person, gold in checked[:MOST_PEOPLE]],
        line=overview.target, line_name=_("target {share}").format(share=figures.percent(overview.target)), share=True,
    )  # fmt: skip
    charts.show(
        f"{overview.project.slug}-accuracy", accuracy_sentence(overview, checked), figure, _accuracy_table(checked)
    )


def accuracy_sentence(overview: Overview, checked: Sequence[Checked]) -> str:
    by = {decision: [plain(p.name) for p, _gold in checked if p.decision == decision] for decision in DECISIONS}
    whole = ""
    if overview.gold is not None:
        whole = _("Accuracy on gold items is {found} (target {target}).").format(
            found=figures.percent_range(overview.gold), target=figures.percent(overview.target)
        )
    undecided = [*by["doubtful"], *by["measuring"]]
    if by["below"]:
        verdict = _("Significantly below target: {names}.").format(names=figures.listed_people(by["below"]))
    elif undecided:
        verdict = _("No annotator is significantly below target. More hidden checks are needed for {names}.").format(
            names=figures.listed_people(undecided)
        )
    else:
        verdict = _("All annotators meet the target.")
    return figures.sentences(whole, verdict)


def _accuracy_of(person: PersonProgress, gold: Interval) -> Measure:
    label = f"{figures.percent(gold.value)} · n {gold.n}"
    return Measure(person.name, gold, label, people_words.colour(person.decision), MARKS[person.decision])


def _accuracy_table(checked: Sequence[Checked]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            _("Person"): [p.name for p, _gold in checked],
            _("Gold items"): [gold.n for _p, gold in checked],
            _("Correct"): [round(gold.value * gold.n) for _p, gold in checked],
            _("Accuracy"): [round(gold.value, 3) for _p, gold in checked],
            _("Low"): [round(gold.low, 3) for _p, gold in checked],
            _("High"): [round(gold.high, 3) for _p, gold in checked],
            _("Decision"): [_(DECISIONS[p.decision]) for p, _gold in checked],
        }
    )


def speed(overview: Overview) -> None:
    ranges = ((p, p.per_hour_range) for p in overview.people if p.per_hour_range)
    rated = sorted(ranges, key=lambda pair: -pair[1].value)
    if rated:
        middle = _middle([found.value for _person, found in rated])
        name = _("middle {n}").format(n=figures.number(middle))
        rows = [_speed_of(person, found) for person, found in rated[:MOST_PEOPLE]]
        figure = charts.measures(rows, line=middle, line_name=name, share=False)
        charts.show(f"{overview.project.slug}-people", _speed_sentence(overview), figure, people_table(overview))
    elif overview.people:
        charts.show_table(f"{overview.project.slug}-people", people_table(overview))


def _speed_of(person: PersonProgress, found: Interval) -> Measure:
    label = _("{n} per hour").format(n=figures.number(found.value, 1))
    return Measure(person.name, found, label, charts.palette().a)


def _speed_sentence(overview: Overview) -> str:
    answers = sum(person.answers for person in overview.people)
    people = len(overview.people)
    return _(
        "{answers} by {people} in {hours} of labelling, over all days so far. Lines show the "
        "range of each person's speed."
    ).format(
        answers=_n("{n} answer", "{n} answers", answers).format(n=figures.number(answers)),
        people=_n("{n} person", "{n} people", people).format(n=figures.number(people)),
        hours=figures.hours(overview.hours),
    )


def people_table(overview: Overview) -> pd.DataFrame:
    people = overview.people
    return pd.DataFrame(
        {
            _("Person"): [p.name for p in people],
            _("Answers"): [p.answers for p in people],
            _("of which project work"): [p.work for p in people],
            _("Skipped"): [p.passed_on for p in people],
            _("Labelling hours"): [round(p.hours, 2) for p in people],
            _("Answers per hour"): [None if p.per_hour is None else round(p.per_hour, 1) for p in people],
            _("from"): [None if p.per_hour_range is None else round(p.per_hour_range.low, 1) for p in people],
            _("to"): [None if p.per_hour_range is None else round(p.per_hour_range.high, 1) for p in people],
        }
    )


def _middle(values: Sequence[float]) -> float:
    return sorted(values)[len(values) // 2]
