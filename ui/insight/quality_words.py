"""Names of what is measured, as a lead wrote them: targets, classes, batches; and figures of agreement in words."""

from collections.abc import Iterator, Mapping
from typing import Any

from core import language as catalogue
from core.errors import N_
from core.services.projects import ProjectView
from core.stats.intervals import Interval
from ui import figures
from ui.text import _, content_language, language

FIXED: Mapping[str, str] = {
    "preferred": N_("Preference"),
    "ranks": N_("Ranking"),
    "labels": N_("Class"),
    "verdict": N_("Verdict"),
    "text": N_("Text"),
    "first": N_("The file's first response"),
    "second": N_("The file's second response"),
    "tie": N_("Tie"),
    "both_bad": N_("Both bad"),
    "safe": N_("Safe"),
    "unsafe": N_("Unsafe"),
    "unsure": N_("Unsure"),
}
"""Targets and classes that the product names itself."""


def target_name(project: ProjectView, target: str) -> str:
    """Not made safe for Markdown: leads write it."""
    return class_name(project, short_target(target))


def short_target(target: str) -> str:
    """Of by.truth, the dimension; of checks.citations, the check."""
    return target.partition(".")[2] or target


def class_name(project: ProjectView, name: str) -> str:
    return class_in(project, name, language(), content_language())


def class_in(project: ProjectView, name: str, speaks: str, content_in: str) -> str:
    """In a language of one's own, and that of what leads wrote."""
    named = {one["id"]: one.get("name") or one["id"] for one in _named(project.settings)}
    if name in named:
        return catalogue.localised(named[name], content_in)
    return catalogue.translate(FIXED[name], speaks) if name in FIXED else name


def _named(settings: Any) -> Iterator[Mapping[str, Any]]:
    """Everything with an id in the settings: criteria, labels, dimensions, policies, checks."""
    if isinstance(settings, Mapping):
        if isinstance(settings.get("id"), str):
            yield settings
        for value in settings.values():
            yield from _named(value)
    elif isinstance(settings, list | tuple):
        for value in settings:
            yield from _named(value)


def coefficient(value: float) -> str:
    return figures.number(value, 2).replace("-", "−")


def coefficient_range(value: float, low: float | None, high: float | None) -> str:
    """ "0.78 (0.57 to 0.99)"; the bare figure where no interval is known."""
    if low is None or high is None:
        return coefficient(value)
    return _("{value} ({low} to {high})").format(value=coefficient(value), low=coefficient(low), high=coefficient(high))


def share_range(value: float, low: float | None, high: float | None) -> str:
    """ "86% (74–93%)", without a count."""
    if low is None or high is None:
        return figures.percent(value)
    return _("{value} ({low}–{high})").format(
        value=figures.percent(value), low=round(low * 100), high=figures.percent(high)
    )


def interval_of(found: Mapping[str, Any], name: str = "alpha", n: str = "units") -> Interval | None:
    """A figure of the report with its interval, where both are known."""
    value, low, high = found[name], found[f"{name}_low"], found[f"{name}_high"]
    return None if value is None or low is None or high is None else Interval(value, low, high, found[n])
