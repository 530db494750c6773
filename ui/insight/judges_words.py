"""What the figures about machine judges mean, and what to do about them, in sentences."""

from collections.abc import Mapping
from typing import Any

from core.errors import N_
from core.stats.judges import ITEMS_A_PERSON
from ui import figures
from ui.text import _, _n, plain

Row = Mapping[str, Any]
PEOPLE: Mapping[str, str] = {"experts": N_("Experts"), "skilled": N_("Skilled people"), "crowd": N_("Crowd workers")}
"""Whom a judge would replace; the dearer their time, the more it may lose to them."""


def coverage(name: str, one: Row) -> str:
    words = _n("{judge} labelled {items} item; people labelled {both} of them too.", "{judge} labelled {items} items; people labelled {both} of them too.", one["items"])  # fmt: skip
    told = words.format(
        judge=plain(name), items=figures.number(one["items"]), both=figures.number(one["items_of_both"])
    )
    left = one["items_of_people"] - one["items_of_both"]
    rest = _n("{n} item of people's it did not see.", "{n} items of people's it did not see.", left) if left else ""
    return figures.sentences(told, rest.format(n=figures.number(left)))


def agreement(found: Row) -> str:
    """Beside how often people agree with each other: a judge cannot be asked for more."""
    judge, people = found["agreement"], found["people_agree"]
    if judge is None:
        return ""
    start = _("The judge says what a person says {share} of the time.").format(share=figures.percent(judge["share"]))
    if people is None:
        return figures.sentences(start, _("No two people labelled the same item, so nobody knows whether people would do better."))  # fmt: skip
    if judge["low"] > people["share"]:
        words = _("That is more than people agree with each other ({share}).")
    elif judge["high"] < people["share"]:
        words = _("That is less than people agree with each other ({share}): it does not stand in for a person yet.")
    else:
        words = _("People agree with each other {share} of the time: it is in their range.")
    return figures.sentences(start, words.format(share=figures.percent(people["share"])))


def distance(found: Row) -> str:
    judge, people = found["distance"], found["people_distance"]
    if judge is None:
        return _("Too few items have both the judge's score and a person's.")
    start = _("The judge's score is {value} points from a person's on average.").format(value=figures.number(judge["value"], 2))  # fmt: skip
    rest = _("Two people are {value} points apart.").format(value=figures.number(people["value"], 2)) if people else ""
    return figures.sentences(start, rest)


def tested(test: Row, shared: int) -> str:
    """The alt-test's verdict, with the margin that was stated before."""
    margin = figures.percent(test["epsilon"])
    if test["winning"] is None:
        words = _("Not decided yet: the test wants {needed} items a person that the judge and another person labelled too; the most that anybody has is {n}.")  # fmt: skip
        return words.format(needed=ITEMS_A_PERSON, n=figures.number(shared))
    tested = test["annotators"]
    share = _n(
        "It may stand in for {share} of the {n} person tested (ω), at a margin of {margin}.",
        "It may stand in for {share} of the {n} people tested (ω), at a margin of {margin}.",
        tested,
    ).format(share=figures.percent(test["winning"]), n=figures.number(tested), margin=margin)
    verdict = _("It passes: at least half.") if test["passed"] else _("It does not pass: that takes at least half.")
    near = _("On average it is at least as near to the other people as a person is on {share} of items (ρ).")
    doubt = _(test["why"]) if test.get("why") else ""
    return figures.sentences(verdict, share, near.format(share=figures.percent(test["advantage"])), doubt)


def margin() -> str:
    return _("The margin is how much worse than a person the judge may be and still be worth its price: 20 points beside experts, 15 beside skilled people, 10 beside a crowd. Choose it by who labels here before you look at the result; it is kept in the page's address.")  # fmt: skip


def confusion() -> str:
    return _("What the judge says (columns) where people say the class of the row: shares of the row, with the number of people's labels. A dark cell off the diagonal is a mistake that the judge makes again and again.")  # fmt: skip


def rates(scores: bool) -> str:
    start = _("The judge's mean score over all its items, moved by how far it is from people where both are.") if scores else _("How often each class is given over all the judge's items: its share, moved by how far it is from people where both are.")  # fmt: skip
    return figures.sentences(start, _("The interval holds however wrong the judge is, if the items that people labelled are like the others."))  # fmt: skip


def few_both(n: int) -> str:
    return _n(
        "Only {n} item has both; take the corrected intervals with care below 30.",
        "Only {n} items have both; take the corrected intervals with care below 30.",
        n,
    ).format(n=figures.number(n))


def crowdlab(found: Row) -> str:
    """What the judge's probabilities add to people's labels."""
    start = figures.sentences(
        _("People's labels and the judge's probabilities can be settled together (CROWDLAB)."), _(found["why"])
    )
    both, alone = found["accuracy"], found["majority"]
    if both["accuracy"] is None or alone["accuracy"] is None:
        return figures.sentences(start, _("No gold item has both, so its accuracy is not known."))
    words = _n(
        "On {n} gold item the two together are right on {both}, the majority of people on {alone}.",
        "On {n} gold items the two together are right on {both}, the majority of people on {alone}.",
        both["n"],
    )
    told = words.format(
        n=figures.number(both["n"]), both=figures.percent(both["accuracy"]), alone=figures.percent(alone["accuracy"])
    )
    return figures.sentences(start, told, _("For information only: consensus never uses machine labels."))


def differences(n: int, both: int) -> str:
    words = _n("On {n} of {both} items most people say otherwise than the judge. Read them: either the judge errs, or the guidelines leave it open.", "On {n} of {both} items most people say otherwise than the judge. Read them: either the judge errs, or the guidelines leave it open.", n)  # fmt: skip
    return words.format(n=figures.number(n), both=figures.number(both))


def difference(people: str, judge: str, against: int, labels: int) -> str:
    if people:
        words = _n(
            "The judge says {judge}; {against} of {labels} annotator disagrees, with {people}.",
            "The judge says {judge}; {against} of {labels} annotators disagree, most often with {people}.",
            labels,
        )
    else:
        words = _n(
            "The judge says {judge}; {against} of {labels} annotator disagrees.",
            "The judge says {judge}; {against} of {labels} annotators disagree.",
            labels,
        )
    return words.format(judge=f"**{plain(judge)}**", people=f"**{plain(people)}**", against=against, labels=labels)
