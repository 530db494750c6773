"""What the overview says: is it going well in quality, speed, cost and finish, and what waits for a decision."""

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from typing import Literal

from core.errors import N_
from core.services.overview import Cost, Decision, Finish, Overview, Quality, Speed
from ui import figures
from ui.insight.quality_words import coefficient_range, target_name
from ui.progress_page import finish_words
from ui.text import _, _n, plain

State = Literal["good", "watch", "bad", "unknown", "free"]
"""In words and by symbol, never by colour alone."""
STATES: Mapping[State, str] = {
    "good": N_("on target"),
    "watch": N_("not certain yet"),
    "bad": N_("off target"),
    "unknown": N_("not known yet"),
    "free": N_("no target set"),
}
ICONS: Mapping[State, str] = {
    "good": ":material/check_circle:",
    "watch": ":material/pending:",
    "bad": ":material/error:",
    "unknown": ":material/help:",
    "free": ":material/remove:",
}
COLOURS: Mapping[State, Literal["green", "blue", "orange", "gray"]] = {
    "good": "green", "watch": "blue", "bad": "orange", "unknown": "gray", "free": "gray",
}  # fmt: skip


def headline(overview: Overview) -> str:
    """One sentence over all: what is off target, or that nothing is."""
    states = {
        _("quality"): quality_state(overview.quality),
        _("speed"): speed_state(overview.speed),
        _("the finish"): finish_state(overview.finish),
    }
    off = [name for name, state in states.items() if state == "bad"]
    unsure = [name for name, state in states.items() if state in ("watch", "unknown")]
    if off:
        return _("Off target: {names}.").format(names=figures.listed(off))
    if unsure:
        return _("No targets missed. Inconclusive: {names}.").format(names=figures.listed(unsure))
    return _("All targets are met.")


# Quality --------------------------------------------------------------------------------------------------------------


def quality_state(quality: Quality) -> State:
    if quality.gold is None:
        return "unknown"
    states: Mapping[str, State] = {"pass": "good", "measuring": "watch", "below": "bad"}
    return states[quality.judgement]


def quality(found: Quality) -> str:
    if found.gold is None:
        return figures.sentences(
            _("Accuracy can't be measured: no gold items have been answered. Import gold, or submit "
              "verdicts in review."),
            agreed(found),
        )  # fmt: skip
    said = _("Accuracy on gold items is {found} (target {target}).").format(
        found=figures.percent_range(found.gold), target=figures.percent(found.target)
    )
    closing = {
        "pass": "",
        "measuring": _("More gold items are needed to tell whether they meet it."),
        "below": _("Look at who and what is behind it before more is labelled."),
    }
    return figures.sentences(said, closing[found.judgement], agreed(found))


def agreed(found: Quality) -> str:
    alpha = found.agreed["alpha"]
    if alpha is None:
        return ""
    return _("Chance-corrected agreement (alpha) is {value}.").format(
        value=coefficient_range(alpha, found.agreed["alpha_low"], found.agreed["alpha_high"])
    )


# Speed ----------------------------------------------------------------------------------------------------------------


def speed_state(speed: Speed) -> State:
    if speed.target is None:
        return "free"
    if speed.value is None:
        return "unknown"
    states: Mapping[str, State] = {"pass": "good", "measuring": "watch", "below": "bad"}
    return states[speed.judgement]


def speed(found: Speed) -> str:
    if found.value is None:
        return _("No active time in the last four weeks, so speed can't be estimated.")
    if found.found is None:
        said = _("{n} answers per active hour over the last four weeks. A range needs three person-days.").format(
            n=figures.number(found.value, 1)
        )
    else:
        said = _("{n} answers per active hour over the last four weeks ({low}–{high}, {days} person-days).").format(
            n=figures.number(found.value, 1), low=figures.number(found.found.low, 1), high=figures.number(found.found.high, 1),
            days=figures.number(found.found.n),
        )  # fmt: skip
    return figures.sentences(said, _against_target(found))


def _against_target(found: Speed) -> str:
    if found.target is None:
        return _("The project sets no target for speed.")
    asked = _("Target: {n}.").format(n=figures.number(found.target))
    if found.judgement == "below":
        return figures.sentences(asked, _("Look at who is slow, and whether items are longer than planned."))
    return asked


# Cost -----------------------------------------------------------------------------------------------------------------


def cost(found: Cost) -> str:
    hours = figures.hours(found.hours)
    if found.spent is None:
        return _(
            "{hours} of active time so far in labelling, review and training. Set the hourly pay in "
            "the project's settings to see the cost."
        ).format(hours=hours)
    said = _("{spent} so far: {hours} of active time in labelling, review and training at {rate} per hour.").format(
        spent=money(found.spent, found.currency), hours=hours, rate=money(found.rate or Decimal(0), found.currency)
    )
    return figures.sentences(said, _per_item(found), _projected(found))


def _per_item(found: Cost) -> str:
    if found.per_item is None:
        return _("No item is finished yet.")
    return _("{amount} per finished item, work in progress included.").format(
        amount=money(found.per_item, found.currency)
    )


def _projected(found: Cost) -> str:
    if found.projected is None:
        return _("The total can't be estimated yet: needs three days of active time.")
    low, likely, high = (money(amount, found.currency) for amount in found.projected)
    if low == high:
        return _("The total is about {likely}.").format(likely=likely)
    return _("In the end about {likely} ({low} to {high}), at the speed so far.").format(
        likely=likely, low=low, high=high
    )


def money(amount: Decimal | float, currency: str) -> str:
    """For Markdown, where what stands between two dollar signs would be a formula."""
    return figures.money(amount, currency).replace("$", r"\$")


# Finish ---------------------------------------------------------------------------------------------------------------


def finish_state(finish: Finish) -> State:
    """Against the last due date of what is open; without due dates there is no target."""
    found = finish.found
    if not finish.wanted:
        return "free"
    if not found.remaining:
        return "good"
    if finish.overdue:
        return "bad"
    if not finish.due:
        return "free"
    if found.expected is None or found.soonest is None:
        return "unknown"
    last = finish.due[-1][1]
    if found.soonest > last:
        return "bad"
    return "good" if found.latest is not None and found.latest <= last else "watch"


def finish(found: Finish) -> str:
    given, wanted = figures.number(found.given), figures.number(found.wanted)
    if not found.wanted:
        return _("No answers are requested here: existing ones were imported or come from the pilot.")
    if not found.found.remaining:
        return _n("The answer is in.", "All {n} answers are in.", found.wanted).format(n=wanted)
    start = _n("{given} of {wanted} answer is in.", "{given} of {wanted} answers are in.", found.wanted)
    return figures.sentences(start.format(given=given, wanted=wanted), finish_words(found.found), _due(found))


def _due(found: Finish) -> str:
    if not found.due:
        return _("No batch that is still open has a due date.")
    if found.overdue:
        return _("{batch} was due on {day}.").format(**_batch(found.overdue[0]))
    return _("{batch} is due on {day}.").format(**_batch(found.due[-1]))


def _batch(found: tuple[str, date]) -> dict[str, str]:
    name, day = found
    return {"batch": plain(name) if name else _("The work without a batch"), "day": figures.day(day)}


# What needs a decision ------------------------------------------------------------------------------------------------


def decision(overview: Overview, found: Decision) -> str:
    return _DECISIONS[found.kind](overview, found)


def _named(message: str) -> Callable[[Overview, Decision], str]:
    return lambda _overview, found: _(message).format(names=figures.listed([plain(name) for name in found.names]))


def _people(message: str) -> Callable[[Overview, Decision], str]:
    return lambda _overview, found: _(message).format(
        names=figures.listed_people([plain(name) for name in found.names])
    )


def _targets(overview: Overview, found: Decision) -> str:
    names = [plain(target_name(overview.project, name)) for name in found.names]
    return _("Annotators often understand {names} differently: clarify the guidelines.").format(
        names=figures.listed(names)
    )


def _doubt(_overview: Overview, found: Decision) -> str:
    return _n(
        "{n} item is in doubt: its consensus may be wrong.",
        "{n} items are in doubt: their consensus may be wrong.",
        found.n,
    ).format(n=figures.number(found.n))


def _flag(_overview: Overview, found: Decision) -> str:
    return _n("{n} item is on hold: reported by annotators.", "{n} items are on hold: reported by annotators.", found.n).format(n=figures.number(found.n))  # fmt: skip


def _second(_overview: Overview, found: Decision) -> str:
    return _n("{n} verdict waits for a second reviewer.", "{n} verdicts wait for a second reviewer.", found.n).format(n=figures.number(found.n))  # fmt: skip


def _back(_overview: Overview, found: Decision) -> str:
    return _n(
        "{n} answer that was sent back has been submitted again: look at the item again.",
        "{n} answers that were sent back have been submitted again: look at the items again.",
        found.n,
    ).format(n=figures.number(found.n))


def _reopened(_overview: Overview, found: Decision) -> str:
    return _n(
        "{n} verdict was reopened and waits for a new one.",
        "{n} verdicts were reopened and wait for new ones.",
        found.n,
    ).format(n=figures.number(found.n))


def _returned(_overview: Overview, found: Decision) -> str:
    return _n("{n} item waits for its author to answer what was sent back.", "{n} items wait for their authors to answer what was sent back.", found.n).format(n=figures.number(found.n))  # fmt: skip


_DECISIONS: Mapping[str, Callable[[Overview, Decision], str]] = {
    "doubt": _doubt,
    "flag": _flag,
    "second": _second,
    "back": _back,
    "reopened": _reopened,
    "returned": _returned,
    "below": _people(N_("Significantly below target: {names}.")),
    "doubtful": _people(N_("Below target so far, on too few gold items to act: {names}. Wait for more hidden checks.")),
    "judges": _named(N_("Can't replace an annotator by the alt-test at any margin: {names}.")),
    "agreement": _targets,
}
ACTIONS: Mapping[str, str] = {
    "review": N_("Review"),
    "annotators": N_("See the annotators"),
    "judges": N_("See the machine judges"),
    "agreement": N_("See agreement"),
}
