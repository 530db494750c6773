"""Numbers, dates and times as the reader writes them: no other module of ui puts a date into words."""

from collections.abc import Sequence
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import streamlit as st
from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_skeleton
from babel.numbers import format_currency, format_decimal

from core.stats.intervals import Interval
from ui.text import _, _n, language

_LOCALES = {"en": "en_SG", "zh": "zh_Hans_CN"}


def number(value: float, decimals: int = 0) -> str:
    pattern = "#,##0" + ("." + "0" * decimals if decimals else "")
    return format_decimal(value, format=pattern, locale=_locale())


def percent(share: float) -> str:
    return f"{round(share * 100)}%"


def percent_range(found: Interval) -> str:
    """ "86% (74–93%, n 40)": never a share without how sure it is."""
    return _("{value} ({low}–{high}, n = {n})").format(
        value=percent(found.value), low=round(found.low * 100), high=percent(found.high), n=number(found.n)
    )


def hours(value: float) -> str:
    """Hours and minutes: 5 min, 7 h, 7 h 5 min."""
    whole, minutes = divmod(round(value * 60), 60)
    if not whole:
        return _("{minutes} min").format(minutes=minutes)
    if not minutes:
        return _("{hours} h").format(hours=number(whole))
    return _("{hours} h {minutes} min").format(hours=number(whole), minutes=minutes)


def money(amount: Decimal | float, currency: str) -> str:
    return str(format_currency(amount, currency, locale=_locale()))


def day(value: date) -> str:
    """A day of this year without the year: Tue, 3 Mar. Of a moment, its day where the reader is; so in all of these."""
    return format_skeleton("MMMEd", _day_of(value), locale=_locale())


def short_day(value: date) -> str:
    """For an axis: 3 Mar."""
    return format_skeleton("MMMd", _day_of(value), locale=_locale())


def full_day(value: date, spoken: str | None = None) -> str:
    """With the year: 3 Mar 2026; in another language than the reader's, if one is named."""
    return format_date(_day_of(value), format="medium", locale=_locale(spoken))


def moment(value: datetime) -> str:
    """Day and time, where the reader is."""
    local = value.astimezone(zone())
    return f"{short_day(local)} {local:%H:%M}"


def moment_column(label: str, *, year: bool = False) -> Any:
    """A table's column of moments, written as `moment` writes one; with the year where it may be another one."""
    return st.column_config.DatetimeColumn(label, format=f"{_day_tokens(year=year)} HH:mm", timezone=zone().key)


def day_column(label: str) -> Any:
    """A table's column of days, which may be changed in it."""
    return st.column_config.DateColumn(label, format=_day_tokens(year=True))


def axis_day() -> str:
    """`short_day` as Plotly's axes and labels ask for it."""
    return "%-m月%-d日" if language() == "zh" else "%-d %b"


def zone() -> ZoneInfo:
    """The browser's: where the reader's clock is."""
    try:
        return ZoneInfo(st.context.timezone or "UTC")
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")


def language_name(tag: str) -> str:
    """A BCP-47 tag in the reader's words: zh-Hans is Simplified Chinese."""
    if tag == "mul":
        return _("mixed languages")
    try:
        return Locale.parse(tag, sep="-").get_display_name(_locale()) or tag
    except (UnknownLocaleError, ValueError):
        return tag


def listed(names: Sequence[str], most: int = 4) -> str:
    """Names in a sentence, the rest counted."""
    joined, rest = _(", ").join(names[:most]), len(names) - most
    return joined if rest <= 0 else _("{names} and {n} more").format(names=joined, n=rest)


def listed_people(names: Sequence[str], most: int = 4) -> str:
    """As `listed`; Chinese has a word of its own to count people with."""
    joined, rest = _(", ").join(names[:most]), len(names) - most
    if rest <= 0:
        return joined
    return _n("{names} and {n} other", "{names} and {n} others", rest).format(names=joined, n=rest)


def sentences(*parts: str) -> str:
    """One after the other; Chinese puts no space between sentences."""
    return ("" if language() == "zh" else " ").join(part for part in parts if part)


def _day_of(value: date) -> datetime:
    """Midnight of a day, which is what a skeleton formats."""
    found = value.astimezone(zone()).date() if isinstance(value, datetime) else value
    return datetime.combine(found, time(), ZoneInfo("UTC"))


def _day_tokens(*, year: bool) -> str:
    if language() == "zh":
        return "YYYY年M月D日" if year else "M月D日"
    return "D MMM YYYY" if year else "D MMM"


def _locale(spoken: str | None = None) -> str:
    return _LOCALES.get(spoken or language(), "en_SG")
