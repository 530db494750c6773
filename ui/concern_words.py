"""What the morning page says about each concern, and what to do about it."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from core.errors import N_
from core.services.concerns import Concern, Topic
from ui import figures
from ui.text import _, _n, plain

Figures = Mapping[str, Any]

TOPICS: Mapping[Topic, str] = {
    "blocked": N_("Blocked"),
    "unanswered": N_("Waiting for your decision"),
    "late": N_("Late"),
    "starved": N_("Out of items"),
    "out_of_line": N_("Unusual results"),
    "setup": N_("Being set up"),
    "waiting": N_("Waiting for others"),
    "good": N_("Good news"),
}
ICONS: Mapping[Topic, str] = {
    "blocked": ":material/block:",
    "unanswered": ":material/flag:",
    "late": ":material/schedule:",
    "starved": ":material/hourglass_empty:",
    "out_of_line": ":material/troubleshoot:",
    "setup": ":material/construction:",
    "waiting": ":material/mail:",
    "good": ":material/celebration:",
}
ACTIONS: Mapping[str, str] = {
    "no_items": N_("Import items"),
    "few_checks": N_("Import gold"),
    "no_people": N_("Add people"),
    "nobody_fits": N_("Add people"),
    "all_had": N_("Add people"),
    "personal_data": N_("Decide"),
    "flagged": N_("Decide"),
    "examples": N_("Decide"),
    "returned": N_("See the review"),
    "invitations": N_("See invitations"),
    "all_done": N_("Export"),
    "overdue": N_("See progress"),
    "at_risk": N_("See progress"),
    "quiet": N_("See progress"),
    "below": N_("Look closer"),
    "slow": N_("Look closer"),
    "fast": N_("Look closer"),
    "draft_items": N_("Import items"),
    "draft_people": N_("Add people"),
    "draft_ready": N_("Open the project"),
}
CAUSES: Mapping[str, str] = {
    "paused": N_("Paused"),
    "no_items": N_("No items"),
    "no_people": N_("No annotators"),
    "few_checks": N_("Too few hidden checks"),
    "personal_data": N_("Personal data reported"),
    "flagged": N_("Items on hold"),
    "examples": N_("Examples proposed for the guidelines"),
    "returned": N_("Answers sent back"),
    "overdue": N_("Batches past their due date"),
    "at_risk": N_("Batches at risk"),
    "quiet": N_("No recent answers"),
    "acknowledge": N_("Guidelines not read"),
    "not_qualified": N_("Not qualified"),
    "languages": N_("No items in their languages"),
    "content": N_("No items with content they accept"),
    "had_all": N_("No eligible items left"),
    "nobody_fits": N_("Items that no annotator can take"),
    "all_had": N_("Items that need more annotators"),
    "below": N_("Accuracy below target"),
    "slow": N_("Slow"),
    "fast": N_("Fast"),
    "draft_items": N_("No items"),
    "draft_people": N_("No annotators"),
    "draft_ready": N_("Ready to start"),
    "invitations": N_("Open invitations"),
    "all_done": N_("All answers are in"),
}
"""Where one cause concerns several projects."""


def sentence(concern: Concern) -> str:
    return _SENTENCES[concern.kind](concern.figures)


def cause(kind: str) -> str:
    return _(CAUSES[kind])


def action(concern: Concern) -> str:
    return _(ACTIONS.get(concern.kind, N_("Open the project")))


def _paused(f: Figures) -> str:
    text = _n(
        "Paused since {date}; {n} answer is still to come.",
        "Paused since {date}; {n} answers are still to come.",
        f["remaining"],
    )
    return text.format(date=_day(f["since"]), n=figures.number(f["remaining"]))


def _few_checks(f: Figures) -> str:
    text = _n(
        "{n} hidden check; with fewer than {wanted} all annotators get the same ones.",
        "{n} hidden checks; with fewer than {wanted} all annotators get the same ones.",
        f["n"],
    )
    return text.format(n=f["n"], wanted=f["wanted"])


def _personal_data(f: Figures) -> str:
    return _n(
        "{n} item was reported to contain personal data and is on hold.",
        "{n} items were reported to contain personal data and are on hold.",
        f["n"],
    ).format(n=f["n"])


def _flagged(f: Figures) -> str:
    return _n(
        "{n} item is on hold: reported by annotators.", "{n} items are on hold: reported by annotators.", f["n"]
    ).format(n=f["n"])


def _examples(f: Figures) -> str:
    return _n(
        "{n} example is proposed for the guidelines.", "{n} examples are proposed for the guidelines.", f["n"]
    ).format(n=figures.number(f["n"]))


def _returned(f: Figures) -> str:
    return _n(
        "{n} answer that a reviewer sent back has not been looked at since {date}.",
        "{n} answers that reviewers sent back have not been looked at, the oldest since {date}.",
        f["n"],
    ).format(n=figures.number(f["n"]), date=_day(f["since"]))


def _overdue(f: Figures) -> str:
    return _n(
        "{batch} was due on {date}; {n} item is still open.",
        "{batch} was due on {date}; {n} items are still open.",
        f["n"],
    ).format(batch=_batch(f), date=_day(f["due"]), n=figures.number(f["n"]))


def _at_risk(f: Figures) -> str:
    return _n(
        "{batch} is due on {date}; at the present pace {n} open item will not be done by then.",
        "{batch} is due on {date}; at the present pace {n} open items will not be done by then.",
        f["n"],
    ).format(batch=_batch(f), date=_day(f["due"]), n=figures.number(f["n"]))


def _quiet(f: Figures) -> str:
    return _("No answers since {date}.").format(date=_day(f["since"]))


def _about_people(words: str) -> Callable[[Figures], str]:
    return lambda f: _(words).format(names=figures.listed_people([plain(name) for name in f["names"]]))


def _nobody_fits(f: Figures) -> str:
    needs = [figures.language_name(tag) for tag in dict.fromkeys(f["langs"])]
    needs += [plain(name) for name in f["sensitive"].split(",") if name]
    return _n(
        "{n} open item needs {needs}, which no annotator here accepts.",
        "{n} open items need {needs}, which no annotator here accepts.",
        f["n"],
    ).format(n=figures.number(f["n"]), needs=figures.listed(needs) or _("an annotator"))


def _all_had(f: Figures) -> str:
    return _n(
        "{n} open item still needs answers, but every eligible annotator has already answered it.",
        "{n} open items still need answers, but every eligible annotator has already answered them.",
        f["n"],
    ).format(n=figures.number(f["n"]))


def _below(f: Figures) -> str:
    return _("{name}'s accuracy on gold items is {found}, below the target of {target}.").format(
        name=plain(f["name"]), target=figures.percent(f["target"]), found=figures.percent_range(f["gold"])
    )


def _slow(f: Figures) -> str:
    return _("{name} works at less than half the team's speed: {found}.").format(name=plain(f["name"]), found=_speed(f))


def _fast(f: Figures) -> str:
    return _("{name} works at more than twice the team's speed: {found}.").format(
        name=plain(f["name"]), found=_speed(f)
    )


def _draft_people(f: Figures) -> str:
    text = _n(
        "A draft with {n} item; no annotators can label yet.", "A draft with {n} items; no annotators can label yet.", f["n"]
    )  # fmt: skip
    return text.format(n=figures.number(f["n"]))


def _draft_ready(f: Figures) -> str:
    items = _n("{n} item", "{n} items", f["n"]).format(n=figures.number(f["n"]))
    people = _n("{n} person", "{n} people", f["people"]).format(n=figures.number(f["people"]))
    return _("A draft with {items} and {people}: the pilot can start.").format(items=items, people=people)


def _invitations(f: Figures) -> str:
    return _n(
        "{n} invitation has not been taken up; it was made on {date}.",
        "{n} invitations have not been taken up; the oldest was made on {date}.",
        f["n"],
    ).format(n=f["n"], date=_day(f["oldest"]))


def _all_done(f: Figures) -> str:
    return _n("The item has all its answers.", "All {n} items have their answers.", f["n"]).format(
        n=figures.number(f["n"])
    )


def _speed(f: Figures) -> str:
    found = f["per_hour"]
    return _("{low}–{high} answers per active hour over all days so far").format(
        low=figures.number(found.low), high=figures.number(found.high)
    )


def _batch(f: Figures) -> str:
    return _("Batch “{name}”").format(name=plain(f["batch"])) if f["batch"] else _("The batch without a name")


def _day(at: datetime) -> str:
    return figures.day(at)


_SENTENCES: Mapping[str, Callable[[Figures], str]] = {
    "paused": _paused,
    "no_items": lambda _f: _("There are no items to work on."),
    "no_people": lambda _f: _("No annotators can label yet."),
    "few_checks": _few_checks,
    "personal_data": _personal_data,
    "flagged": _flagged,
    "examples": _examples,
    "returned": _returned,
    "overdue": _overdue,
    "at_risk": _at_risk,
    "quiet": _quiet,
    "acknowledge": _about_people(N_("Have not read the current guidelines: {names}.")),
    "not_qualified": _about_people(N_("Not qualified yet: {names}.")),
    "languages": _about_people(N_("No open item is in their languages: {names}.")),
    "content": _about_people(N_("Every open item has content not accepted by: {names}.")),
    "had_all": _about_people(N_("No eligible items left for: {names}.")),
    "nobody_fits": _nobody_fits,
    "all_had": _all_had,
    "below": _below,
    "slow": _slow,
    "fast": _fast,
    "draft_items": lambda _f: _("A draft without items."),
    "draft_people": _draft_people,
    "draft_ready": _draft_ready,
    "invitations": _invitations,
    "all_done": _all_done,
}
