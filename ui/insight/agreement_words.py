"""What figures of agreement mean and what to do about them, in sentences."""

from collections.abc import Iterator, Mapping, Sequence
from math import ceil
from typing import Any

from core.errors import N_
from core.services.quality.agreement import rare_class
from core.services.quality.cuts import Again, Cut, Dimension, Pair, Team
from core.services.quality.data import Evidence
from core.tasks.comparing import Comparison
from ui import figures
from ui.insight import scope as insight_scope
from ui.insight.head import Opened
from ui.insight.quality_words import class_name, coefficient, coefficient_range, share_range
from ui.text import _, _n, plain

GOOD, USABLE = 0.8, 0.667
"""Krippendorff's customary marks."""
NARROW = 0.1
"""Half the width of an interval that tells enough."""
SOURCES: Mapping[str, str] = {
    "audit": N_("Under adaptive overlap the doubtful items have the most answers, so pooling all answers "
"would understate agreement. These figures use the audit sample: items drawn at random "
"to get every answer."),
    "first": N_("Under adaptive overlap the doubtful items have the most answers, so pooling all answers "
"would understate agreement. These figures use the first answers that every item gets."),
}  # fmt: skip


def dimensions() -> Mapping[Dimension, str]:
    return {"batch": _("Batch"), "lang": _("Language"), "guidelines": _("Guidelines")}


def why_not(agreed: Mapping[str, Any]) -> str:
    return _(agreed["why"]) if agreed.get("why") else _("Nothing can be compared here yet.")


# The target as a whole ------------------------------------------------------------------------------------------------


def whole(agreed: Mapping[str, Any]) -> str:
    units = _n("over {n} item with two labels or more", "over {n} items with two labels or more", agreed["units"])
    over = units.format(n=figures.number(agreed["units"]))
    if agreed["alpha"] is None:
        share = _("Two annotators give the same answer {share} of the time, {over}.").format(
            share=figures.percent(agreed["percent"]), over=over
        )
        return figures.sentences(share, _(agreed["why"]) if agreed.get("why") else "")
    value = coefficient_range(agreed["alpha"], agreed["alpha_low"], agreed["alpha_high"])
    return figures.sentences(_("Alpha is {value}, {over}.").format(value=value, over=over), judgement(agreed))


def judgement(agreed: Mapping[str, Any]) -> str:
    low, high = agreed["alpha_low"], agreed["alpha_high"]
    if low is None or high is None:
        return _(agreed["why"]) if agreed.get("why") else ""
    if low >= GOOD:
        return _("Annotators share one interpretation; disagreements are exceptions.")
    if low >= USABLE:
        return _("Agreement is high enough to use the data; see below where it is not.")
    if high < USABLE:
        return _(
            "Annotators often understand the question differently: read the items they disagree on, then "
            "clarify the guidelines."
        )
    return _undecided(agreed)


def _undecided(agreed: Mapping[str, Any]) -> str:
    """How many items with two labels would bring the interval down to a tenth either way."""
    half = (agreed["alpha_high"] - agreed["alpha_low"]) / 2
    wanted = ceil(agreed["units"] * (half / NARROW) ** 2)
    if half <= NARROW:
        return _("This is near 0.67; below that, conclusions are unreliable. See below what lowers it.")
    return _("The interval is too wide to decide: about {n} items with two labels would narrow it to ±0.1.").format(
        n=figures.number(_rounded(wanted))
    )  # fmt: skip


def _rounded(n: int) -> int:
    """Two digits are all that such an estimate is worth."""
    step = int(max(10 ** (len(str(n)) - 2), 1))
    return -(-n // step) * step


def notes(found: Opened, target: str) -> Iterator[str]:
    """What to know before believing the figures."""
    agreed, evidence = found.assessment.report["targets"][target]["agreement"], found.assessment.evidence
    if agreed["source"] in SOURCES:
        yield _(SOURCES[agreed["source"]])
    if rare := rare_class(agreed):
        yield paradox(evidence, agreed, *rare)
    if agreed["pool_low"] is not None:
        yield _(
            "The thin line is the interval for other annotators from the same pool: annotators were "
            "resampled, not only items."
        )
    if issubclass(evidence.project.rubric.payload_model, Comparison):
        yield _(
            "On preferences even experts give the same answer only about 65–80% of the time: compare "
            "with that, not with 100%."
        )
    yield _("Thresholds of 0.8 and 0.67 for alpha are conventions; what is enough depends on how the data are used.")


def paradox(evidence: Evidence, agreed: Mapping[str, Any], name: str, share: float) -> str:
    return _("Alpha ({alpha}) and AC1 ({ac1}) differ because {share} of all labels are “{name}”. Alpha gives "
        "almost no credit for agreeing on so common a class. Go by the rarer classes below.").format(
        alpha=coefficient(agreed["alpha"]), ac1=coefficient(agreed["ac1"]), share=figures.percent(share),
        name=plain(class_name(evidence.project, name)),
    )  # fmt: skip


# Its parts ------------------------------------------------------------------------------------------------------------


def classes(evidence: Evidence, found: Mapping[str, Any]) -> str:
    """The class people agree on least, of those with something to go by."""
    known = {name: one for name, one in found.items() if one["agreement"] is not None and one["high"] is not None}
    if not known:
        return _("No class was given to an item with two labels yet.")
    start = _("How often a second annotator gives the same class.")
    if len(known) == 1:
        return start
    worst, best = (pick(known, key=lambda name: known[name]["agreement"]) for pick in (min, max))
    if known[worst]["high"] >= known[best]["low"]:
        return figures.sentences(start, _("No class differs significantly: all intervals overlap."))
    words = _("Annotators agree least on “{name}”: {share}. Say in the guidelines what belongs there and what "
        "does not.").format(
        name=plain(class_name(evidence.project, worst)),
        share=share_range(known[worst]["agreement"], known[worst]["low"], known[worst]["high"]),
    )  # fmt: skip
    return figures.sentences(start, words)


def cut_name(cut: Cut) -> str:
    """Not made safe for Markdown; "" where nothing is told apart."""
    parts = [
        *([] if cut.batch is None else [insight_scope.batch_name(cut.batch)]),
        *([] if cut.lang is None else [insight_scope.lang_name(cut.lang)]),
        *([] if cut.guidelines is None else [insight_scope.version_name(str(cut.guidelines))]),
    ]
    return " · ".join(parts)


def cuts(found: Sequence[Cut]) -> str:
    known = [cut for cut in found if cut.agreed["alpha_low"] is not None]
    if len(known) < 2:
        return _("Too few answers yet to compare parts of the project.")
    lowest, highest = (pick(known, key=lambda cut: cut.agreed["alpha"]) for pick in (min, max))
    if lowest.agreed["alpha_high"] < highest.agreed["alpha_low"]:
        return _("Annotators agree significantly less on {low} ({least}) than on {high} ({most}): look at "
"what differs there.").format(
            low=plain(cut_name(lowest)), least=coefficient(lowest.agreed["alpha"]), high=plain(cut_name(highest)),
            most=coefficient(highest.agreed["alpha"]),
        )  # fmt: skip
    return _("No part differs significantly: all intervals overlap.")


def people(team: Team) -> str:
    how = (
        _("Share of the items labelled by both on which two annotators give the same answer.")
        if team.exact
        else _("Similarity of two annotators' answers on the items that both labelled: 100% is the same, 0% "
            "as far apart as possible.")
    )  # fmt: skip
    return figures.sentences(how, _apart(team), _dropped(team))


def _apart(team: Team) -> str:
    """Somebody whom all others are further from: the last in order, if their pairs say so."""
    solid = [pair for pair in team.pairs if not pair.few]
    if not solid:
        return _("No two annotators share ten items yet, so these shares are unreliable.")
    last = len(team.names) - 1
    theirs = [pair for pair in solid if last in (pair.left, pair.right)]
    others = [pair for pair in solid if last not in (pair.left, pair.right)]
    if not theirs or not others or max(map(_value, theirs)) >= min(map(_value, others)):
        return _("No annotator differs from all others.")
    sure = max(pair.shrunk.high for pair in theirs) < min(pair.shrunk.low for pair in others)
    return figures.sentences(
        _("{name} differs more from everyone else than any two others differ from each other: look at "
            "those answers first.").format(
            name=plain(team.names[last])
        ),
        "" if sure else _("Not significant."),
    )  # fmt: skip


def _value(pair: Pair) -> float:
    return pair.shrunk.value


def _dropped(team: Team) -> str:
    if not team.left_out:
        return ""
    return _n("{n} annotator who shares fewer items is left out.", "{n} annotators who share fewer items are left out.", team.left_out).format(
        n=figures.number(team.left_out)
    )  # fmt: skip


def no_repeats(rate: float) -> str:
    if rate:
        return _(
            "No hidden repeat has been answered yet. Once some have, this shows how often annotators "
            "give the same answer again."
        )
    return _(
        "This project has no hidden repeats. Turn them on in its settings to see how often "
        "annotators give the same answer again."
    )


def oneself(again: Again) -> str:
    said = _("On hidden repeats annotators gave the same answer again {found}.").format(
        found=figures.percent_range(again.same)
    )
    if again.others is None:
        return said
    if again.same.high < again.others:
        return figures.sentences(
            said, _("That is lower than between two annotators: answers may be hasty, or repeats are recognised.")
        )
    if again.same.low > again.others:
        return figures.sentences(
            said,
            _(
                "That is higher than between two annotators ({others}): each is consistent, but they "
                "understand the question differently. Clearer guidelines can help."
            ).format(others=figures.percent(again.others)),
        )
    return figures.sentences(
        said,
        _(
            "Two annotators agree {others} of the time; no one can be expected to agree with others "
            "more "
            "than with themselves."
        ).format(others=figures.percent(again.others)),
    )
