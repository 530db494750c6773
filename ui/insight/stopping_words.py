"""Adaptive overlap in words: what the policy does, how sure its confidence is, what was saved."""

from core.services.policies import Stopping
from core.services.stopping.report import Report, Spared
from core.stats.calibration import ENOUGH_GOLD
from core.stats.replay import Replay
from ui import figures
from ui.insight import overview_words
from ui.text import _, _n


def policy(rule: Stopping) -> str:
    first = _n("Every item gets {n} answer first", "Every item gets {n} answers first", rule.start).format(n=rule.start)
    more = _(
        "{first}, and more, up to {most}, while confidence is below {confidence}. A random {share} "
        "of items gets every answer, so figures stay unbiased."
    )
    return more.format(
        first=first,
        most=rule.most,
        confidence=figures.percent(rule.confidence),
        share=figures.percent(rule.audit_share),
    )


def calibration(report: Report) -> str:
    found = report.calibration
    if found.fitted:
        said = _n("Confidence is calibrated on {n} gold item.", "Confidence is calibrated on {n} gold items.", found.gold_items)  # fmt: skip
        return said.format(n=figures.number(found.gold_items))
    said = _n(
        "Only {n} gold item has answers. Until {enough} have, confidence is lowered as a precaution "
            "and more answers are requested than necessary.",
        "Only {n} gold items have answers. Until {enough} have, confidence is lowered as a "
            "precaution and more answers are requested than necessary.",
        found.gold_items,
    )  # fmt: skip
    return said.format(n=figures.number(found.gold_items), enough=ENOUGH_GOLD)


def cost(report: Report) -> str:
    """What weighs a label's price against an error's."""
    if report.price is None or report.rule.error_cost is None:
        return ""
    return _("A label costs {price} and an error {cost}, so a label must make an error less likely by {gain}.").format(
        price=money(report, report.price), cost=money(report, report.rule.error_cost), gain=share(report.least_gain)
    )


def saved(spared: Spared) -> str:
    items = _n("{n} finished item", "{n} finished items", spared.items).format(n=figures.number(spared.items))
    said = _n(
        "{items} took {labels} answer instead of {full}.",
        "{items} took {labels} answers instead of {full}.",
        spared.labels,
    )
    return said.format(items=items, labels=figures.number(spared.labels), full=figures.number(spared.in_full))


def money(report: Report, amount: float) -> str:
    return overview_words.money(amount, report.project.policy.rates.currency)


def share(value: float) -> str:
    """Small shares with a digit more: 0.4 % is not none."""
    return f"{figures.number(value * 100, 1)}%" if 0 < value < 0.0995 else figures.percent(value)


def replay(found: Replay, report: Report) -> str:
    if found.saved is None or found.needed is None or found.needed_even is None:
        return _(found.why or "")
    if found.saved <= 0:
        return _("With these settings adaptive overlap saves nothing here: {needed} answers per item against "
            "{even} with a fixed number.").format(
            needed=figures.number(found.needed, 1), even=figures.number(found.needed_even, 1)
        )  # fmt: skip
    start = _(
        "Adaptive overlap comes within 1% of the accuracy of all labels with {needed} answers per "
            "item; a fixed number needs {even}. That is {saved} fewer{range}."
    ).format(
        needed=figures.number(found.needed, 1), even=figures.number(found.needed_even, 1), saved=figures.percent(found.saved),
        range=_between(found),
    )  # fmt: skip
    by_chance = found.saved_low is None or found.saved_low <= 0
    doubt = _("Not significant: single replays do not agree.") if by_chance else ""
    return figures.sentences(start, doubt, _worth(found, report))


def _between(found: Replay) -> str:
    if found.saved_low is None or found.saved_high is None:
        return ""
    return _(" (single replays: {low} to {high})").format(
        low=figures.percent(found.saved_low).replace("-", "−"), high=figures.percent(found.saved_high)
    )


def _worth(found: Replay, report: Report) -> str:
    """What that share comes to for a thousand items."""
    if found.needed is None or found.needed_even is None or report.seconds is None:
        return ""
    fewer = (found.needed_even - found.needed) * 1000
    hours = figures.hours(fewer * report.seconds / 3600)
    if report.price is None:
        return _("On a thousand items that is {hours} of work.").format(hours=hours)
    return _("On a thousand items that is {hours} of work, or {amount}.").format(
        hours=hours, amount=money(report, fewer * report.price)
    )
