"""What the figures about bias mean, and what to do about them, in sentences."""

from collections.abc import Mapping, Sequence
from typing import Any

from core.services.quality.bias import Leaning
from core.services.quality.scores import Use
from core.stats import bias
from core.stats.intervals import Interval
from ui import figures
from ui.insight.quality_words import coefficient
from ui.text import N_, _, _n, plain

Row = Mapping[str, Any]
FEW = 20


def position(found: Row) -> str:
    if found["share"] is None:
        return _(found["why"])
    start = _n(
        "The response shown first won {share} of {n} decided comparison.",
        "The response shown first won {share} of {n} decided comparisons.",
        found["n"],
    ).format(share=figures.percent(found["share"]), n=figures.number(found["n"]))
    return figures.sentences(start, _judged(found, _FIRST), _noticed(found["n"]))


def length(found: Row) -> str:
    if found["share"] is None:
        return _(found["why"])
    start = _n(
        "The longer response won {share} of {n} decided comparison.",
        "The longer response won {share} of {n} decided comparisons.",
        found["n"],
    ).format(share=figures.percent(found["share"]), n=figures.number(found["n"]))
    return figures.sentences(start, _judged(found, _LONGER))


_FIRST = ("first", "second")
_LONGER = ("longer", "shorter")


def _judged(found: Row, sides: tuple[str, str]) -> str:
    """By the interval: even, or leaning to one side."""
    if found["low"] > 0.5:
        return _(_LEANS[sides[0]])
    if found["high"] < 0.5:
        return _(_LEANS[sides[1]])
    return _("No bias detected at this sample size.")


_LEANS = {
    "first": N_(
        "Annotators prefer what they see first. The order is random for each annotator, so no model "
        "gains by it; remind annotators to read both."
    ),
    "second": N_(
        "Annotators prefer what they read last. The order is random for each annotator, so no model "
        "gains by it; remind annotators to read both."
    ),
    "longer": N_(
        "Longer may be better, or only look better: where models are named, the figure between "
        "equally good models separates the two."
    ),
    "shorter": N_(
        "Annotators prefer short responses; where models are named, the figure between equally good "
        "models separates length from model."
    ),
}


def _noticed(n: int) -> str:
    least = bias.noticeable(n)
    if least is None:
        return _("Too few comparisons to detect any bias, however strong.")
    words = _("This sample has 80% power to detect a bias of {share} or more.")
    return words.format(share=figures.percent(least))


def people(found: Sequence[Leaning], names: Sequence[str]) -> str:
    leaning = [one for one in found if one.biased]
    if not leaning:
        return _(
            "Not significant: no annotator's share of first-shown winners differs from chance, all "
            "annotators considered together."
        )
    listed = figures.listed_people([plain(names[one.person]) for one in leaning])
    return _n(
        "{names} is significantly influenced by the order shown. Talk it over, and check those answers.",
        "{names} are significantly influenced by the order shown. Talk it over, and check their answers.",
        len(leaning),
    ).format(names=listed)


def flips(swapped: Interval | None, same: Interval | None) -> str:
    if swapped is None:
        return _(
            "No annotator has compared the same responses again in another order yet. Hidden repeats "
            "show it: set their share in the project's policy; a few percent is enough."
        )
    start = _("With the sides swapped, annotators changed their choice {share} of the time.").format(
        share=figures.percent(swapped.value)
    )
    if same is None:
        return figures.sentences(
            start, _("Some of that is annotators changing their minds; repeats in the same order would show how much.")
        )
    words = _("In the same order they changed {share} of the time; anything above that is due to order.")
    few = _("Too few repeated answers to say anything yet.") if min(swapped.n, same.n) < FEW else ""
    return figures.sentences(start, words.format(share=figures.percent(same.value)), few)


def order(found: Row) -> str:
    if found["fair"] is None:
        return _(found["why"])
    if found["fair"]:
        return _n(
            "The order shown is fair: over {n} comparison each response came first about equally often (p = {p}).",
            "The order shown is fair: over {n} comparisons each response came first about equally often (p = {p}).",
            found["n"],
        ).format(n=figures.number(found["n"]), p=figures.number(found["chance"], 2))
    return _n(
        "The order shown is not fair: over {n} comparison some responses came first significantly "
        "more often than others. Check how the order is drawn before you trust any figure here.",
        "The order shown is not fair: over {n} comparisons some responses came first significantly "
        "more often than others. Check how the order is drawn before you trust any figure here.",
        found["n"],
    ).format(n=figures.number(found["n"]))


def needed() -> str:
    return _(
        "Decided comparisons needed to detect a bias with 80% power. Comparisons by one "
        "annotator are correlated, so plan for more."
    )


# Scores ---------------------------------------------------------------------------------------------------------------


def uses(found: Sequence[Use], names: Sequence[str], share: bool) -> str:
    """Who scores above or below the others on the same items, beyond doubt."""
    known = [one for one in found if one.above is not None]
    if not known:
        return _("Strictness can't be estimated: no annotator shares two items with others yet.")
    high = [_by(one, names, share) for one in known if one.above and one.above.low > 0]
    low = [_by(one, names, share) for one in known if one.above and one.above.high < 0]
    if not high and not low:
        return _("No annotator scores significantly above or below the others on the same items.")
    return figures.sentences(
        _("Above the others on the same items: {names}.").format(names=figures.listed_people(high)) if high else "",
        _("Below the others on the same items: {names}.").format(names=figures.listed_people(low)) if low else "",
        _("Go over the scale's anchors together. The consensus corrects for such differences where it can."),
    )


def _by(one: Use, names: Sequence[str], share: bool) -> str:
    above = one.above.value if one.above else 0.0
    told = f"{above * 100:+.0f}%" if share else f"{'+' if above > 0 else ''}{coefficient(above)}"
    return f"{plain(names[one.person])} ({told.replace('-', '−')})"


def groups(kind: str, rows: Sequence[tuple[str, Interval | None]]) -> str:
    """Whether languages, or lengths, are scored alike."""
    known = [one for _name, one in rows if one is not None]
    apart = len(known) > 1 and known[0].low > known[-1].high
    if kind == "languages":
        return _(_LANGUAGES[apart])
    return _(_LENGTHS[apart])


_LANGUAGES = {
    True: N_(
        "Scores differ significantly by language. The responses may differ, or the standards do: have "
        "bilingual annotators score the same content in both."
    ),
    False: N_("No significant difference between languages."),
}
_LENGTHS = {
    True: N_("Long and short items score significantly differently. Check some pairs: is it quality, or only length?"),
    False: N_("No significant difference between long and short items."),
}
