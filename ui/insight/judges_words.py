"""What the figures about machine judges mean, and what to do about them, in sentences."""

from collections.abc import Mapping
from typing import Any

from core.errors import N_
from core.stats.judges import ITEMS_A_PERSON
from ui import figures
from ui.text import _, _n, plain

Row = Mapping[str, Any]
PEOPLE: Mapping[str, str] = {
    "experts": N_("Experts"),
    "skilled": N_("Skilled annotators"),
    "crowd": N_("Crowd workers"),
}
"""Whom a judge would replace; the dearer their time, the more it may lose to them."""


def coverage(name: str, one: Row) -> str:
    words = _n(
        "{judge} labelled {items} item; annotators labelled {both} of them too.",
        "{judge} labelled {items} items; annotators labelled {both} of them too.",
        one["items"],
    )
    told = words.format(
        judge=plain(name), items=figures.number(one["items"]), both=figures.number(one["items_of_both"])
    )
    left = one["items_of_people"] - one["items_of_both"]
    rest = (
        _n("{n} item was labelled by annotators only.", "{n} items were labelled by annotators only.", left)
        if left
        else ""
    )
    return figures.sentences(told, rest.format(n=figures.number(left)))


def agreement(found: Row) -> str:
    """Beside how often people agree with each other: a judge cannot be asked for more."""
    judge, people = found["agreement"], found["people_agree"]
    if judge is None:
        return ""
    start = _("The machine judge gives the same answer as an annotator {share} of the time.").format(
        share=figures.percent(judge["share"])
    )
    if people is None:
        return figures.sentences(
            start, _("No item was labelled by two annotators, so annotators can't be compared with the machine judge.")
        )
    if judge["low"] > people["share"]:
        words = _("That is more than annotators agree with each other ({share}).")
    elif judge["high"] < people["share"]:
        words = _("That is less than annotators agree with each other ({share}): it can't replace an annotator yet.")
    else:
        words = _("Annotators agree with each other {share} of the time; the machine judge is within that range.")
    return figures.sentences(start, words.format(share=figures.percent(people["share"])))


def distance(found: Row) -> str:
    judge, people = found["distance"], found["people_distance"]
    if judge is None:
        return _("Too few items were scored by both the machine judge and an annotator.")
    start = _("The machine judge's score is {value} points from an annotator's on average.").format(
        value=figures.number(judge["value"], 2)
    )
    rest = (
        _("Two annotators are {value} points apart.").format(value=figures.number(people["value"], 2)) if people else ""
    )
    return figures.sentences(start, rest)


def tested(test: Row, shared: int) -> str:
    """The alt-test's verdict, with the margin that was stated before."""
    margin = figures.percent(test["epsilon"])
    if test["winning"] is None:
        words = _(
            "Inconclusive: the test needs {needed} items per annotator that the machine judge and "
            "another annotator also labelled; the most so far is {n}."
        )
        return words.format(needed=ITEMS_A_PERSON, n=figures.number(shared))
    tested = test["annotators"]
    share = _n(
        "It can replace {share} of the {n} annotator tested (ω) at a margin of {margin}.",
        "It can replace {share} of the {n} annotators tested (ω) at a margin of {margin}.",
        tested,
    ).format(share=figures.percent(test["winning"]), n=figures.number(tested), margin=margin)
    verdict = _("It passes: at least half.") if test["passed"] else _("It does not pass: at least half is needed.")
    near = _(
        "On {share} of items it is on average as close or closer to the other annotators than an annotator is (ρ)."
    )
    doubt = _(test["why"]) if test.get("why") else ""
    return figures.sentences(verdict, share, near.format(share=figures.percent(test["advantage"])), doubt)


def margin() -> str:
    return _(
        "The margin is how much worse than an annotator the machine judge may be and still be worth "
        "its price. Usual values: 20 points for experts, 15 for skilled annotators, 10 for crowd "
        "workers. Choose it by who labels here, before you look at the result; it is kept in the "
        "page's address."
    )


def confusion() -> str:
    return _(
        "Machine judge's class (columns) for each class given by annotators (rows): share of the "
        "row, with the number of annotators' labels. A strongly coloured cell off the diagonal is a "
        "repeated mistake."
    )


def rates(scores: bool) -> str:
    start = (
        _(
            "The machine judge's mean score over all its items, corrected by its difference from annotators "
            "on the items that both labelled."
        )
        if scores
        else _(
            "Share of each class over all the machine judge's items, corrected by its difference "
            "from "
            "annotators on the items that both labelled."
        )
    )
    return figures.sentences(
        start,
        _(
            "The interval is valid however wrong the machine judge is, if the items that annotators "
            "labelled "
            "are like the others."
        ),
    )


def few_both(n: int) -> str:
    return _n(
        "Only {n} item was labelled by both; below 30, corrected intervals are unreliable.",
        "Only {n} items were labelled by both; below 30, corrected intervals are unreliable.",
        n,
    ).format(n=figures.number(n))


def crowdlab(found: Row) -> str:
    """What the judge's probabilities add to people's labels."""
    start = figures.sentences(
        _("Annotators' labels and the machine judge's probabilities can be combined (CROWDLAB)."), _(found["why"])
    )
    both, alone = found["accuracy"], found["majority"]
    if both["accuracy"] is None or alone["accuracy"] is None:
        return figures.sentences(start, _("No gold item was labelled by both, so accuracy can't be measured."))
    words = _n(
        "On {n} gold item the two combined are correct on {both}, the annotators' majority on {alone}.",
        "On {n} gold items the two combined are correct on {both}, the annotators' majority on {alone}.",
        both["n"],
    )
    told = words.format(
        n=figures.number(both["n"]), both=figures.percent(both["accuracy"]), alone=figures.percent(alone["accuracy"])
    )
    return figures.sentences(start, told, _("For information only: consensus never uses machine labels."))


def differences(n: int, both: int) -> str:
    words = _n(
        "On {n} of {both} items most annotators disagree with the machine judge. Read them: either the "
        "machine judge errs or the guidelines are unclear.",
        "On {n} of {both} items most annotators disagree with the machine judge. Read them: "
        "either the "
        "machine judge errs or the guidelines are unclear.",
        n,
    )
    return words.format(n=figures.number(n), both=figures.number(both))


def difference(people: str, judge: str, against: int, labels: int) -> str:
    if people:
        words = _n(
            "The machine judge chose {judge}; {against} of {labels} annotator disagrees, with {people}.",
            "The machine judge chose {judge}; {against} of {labels} annotators disagree, most often with {people}.",
            labels,
        )
    else:
        words = _n(
            "The machine judge chose {judge}; {against} of {labels} annotator disagrees.",
            "The machine judge chose {judge}; {against} of {labels} annotators disagree.",
            labels,
        )
    return words.format(judge=f"**{plain(judge)}**", people=f"**{plain(people)}**", against=against, labels=labels)
