"""The pieces a report is made of, before they are drawn on a page or written as HTML: plain text, nothing in it is markup."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from babel import Locale, UnknownLocaleError
from babel.numbers import format_decimal

from core import language as catalogue
from core.errors import N_
from core.services.projects import ProjectView
from core.stats.intervals import Interval
from ui import figures
from ui.insight import quality_words


@dataclass(frozen=True)
class Heading:
    text: str


@dataclass(frozen=True)
class Paragraph:
    text: str


@dataclass(frozen=True)
class Points:
    """A list of sentences."""

    texts: Sequence[str]


@dataclass(frozen=True)
class Facts:
    """Names and what they come to."""

    rows: Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Table:
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]


@dataclass(frozen=True)
class Dot:
    """A figure in [-1, 1] with its interval, and the words beside it."""

    name: str
    label: str
    value: float
    low: float | None
    high: float | None


@dataclass(frozen=True)
class Dots:
    sentence: str
    rows: Sequence[Dot]


@dataclass(frozen=True)
class Share:
    name: str
    n: int
    tone: int
    """A place in the shades of a stacked bar."""


@dataclass(frozen=True)
class Stack:
    """One bar made of parts that add up."""

    sentence: str
    parts: Sequence[Share]


Block = Heading | Paragraph | Points | Facts | Table | Dots | Stack


@dataclass(frozen=True)
class Report:
    title: str
    subtitle: str
    language: str
    blocks: Sequence[Block]


@dataclass(frozen=True)
class Voice:
    """The language a report speaks, whatever the reader's screens do. Messages are marked N_ where they stand."""

    language: str

    def say(self, message: str, **params: Any) -> str:
        found = catalogue.translate(message, self.language)
        return found.format(**params) if params else found

    def count(self, one: str, many: str, n: int, **params: Any) -> str:
        """A message that counts, as `_n` on pages: n is written out in it."""
        return catalogue.translate_many(one, many, n, self.language).format(n=self.number(n), **params)

    def join(self, *sentences: str) -> str:
        return ("" if self.language == "zh" else " ").join(one for one in sentences if one)

    def content(self, value: Any) -> str:
        return catalogue.localised(value, self.language)

    def number(self, value: float, decimals: int = 0) -> str:
        pattern = "#,##0" + ("." + "0" * decimals if decimals else "")
        return str(format_decimal(value, format=pattern, locale=self.locale)).replace("-", "−")

    def day(self, moment: datetime) -> str:
        return figures.full_day(moment, self.language)

    def share(self, value: float) -> str:
        return f"{round(value * 100)}%"

    def share_range(self, found: Interval) -> str:
        return self.say(
            N_("{value} ({low}–{high}, n = {n})"), value=self.share(found.value), low=round(found.low * 100),
            high=self.share(found.high), n=self.number(found.n),
        )  # fmt: skip

    def coefficient(self, value: float, low: float | None, high: float | None) -> str:
        if low is None or high is None:
            return self.number(value, 2)
        return self.say(
            N_("{value} ({low} to {high})"),
            value=self.number(value, 2),
            low=self.number(low, 2),
            high=self.number(high, 2),
        )

    def language_name(self, tag: str) -> str:
        if not tag:
            return self.say(N_("no language given"))
        if tag == "mul":
            return self.say(N_("mixed languages"))
        try:
            return Locale.parse(tag, sep="-").get_display_name(self.locale) or tag
        except (UnknownLocaleError, ValueError):
            return tag

    def class_name(self, project: ProjectView, name: str) -> str:
        return quality_words.class_in(project, quality_words.short_target(name), self.language, self.language)

    @property
    def locale(self) -> str:
        return "zh_Hans_CN" if self.language == "zh" else "en_SG"
