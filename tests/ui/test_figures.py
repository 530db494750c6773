"""Days and moments as readers of both languages see them, where they are."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from ui import figures

Speak = Callable[[str], None]
LATE = datetime(2026, 11, 23, 22, 5, tzinfo=UTC)
"""Still Monday in Greenwich, Tuesday morning in Singapore."""


@pytest.fixture
def speak(monkeypatch: pytest.MonkeyPatch) -> Speak:
    monkeypatch.setattr(figures, "zone", lambda: ZoneInfo("Asia/Singapore"))
    return lambda language: monkeypatch.setattr(figures, "language", lambda: language)


@pytest.mark.parametrize(
    ("language", "day", "short", "full", "moment"),
    [
        ("en", "Tue, 24 Nov", "24 Nov", "24 Nov 2026", "24 Nov 06:05"),
        ("zh", "11月24日周二", "11月24日", "2026年11月24日", "11月24日 06:05"),
    ],
)
def test_a_moment_falls_on_the_readers_day(
    speak: Speak, language: str, day: str, short: str, full: str, moment: str
) -> None:
    speak(language)
    found = [write(LATE) for write in (figures.day, figures.short_day, figures.full_day, figures.moment)]
    assert found == [day, short, full, moment]
    assert figures.day(date(2026, 11, 24)) == day


def test_a_report_says_days_in_its_own_language(speak: Speak) -> None:
    speak("en")
    assert figures.full_day(LATE, "zh") == "2026年11月24日"


@pytest.mark.parametrize(
    ("language", "spoken"),
    [("en", ["4 min", "2 h", "1 h 20 min"]), ("zh", ["4 分钟", "2 小时", "1 小时 20 分"])],
)
def test_hours_carry_their_units(
    monkeypatch: pytest.MonkeyPatch, speak: Speak, language: str, spoken: list[str]
) -> None:
    speak(language)
    monkeypatch.setattr("ui.text.language", lambda: language)
    assert [figures.hours(minutes / 60) for minutes in (4, 120, 80)] == spoken


@pytest.mark.parametrize(
    ("language", "this_year", "any_year"),
    [("en", "D MMM HH:mm", "D MMM YYYY HH:mm"), ("zh", "M月D日 HH:mm", "YYYY年M月D日 HH:mm")],
)
def test_tables_write_moments_as_sentences_do(speak: Speak, language: str, this_year: str, any_year: str) -> None:
    speak(language)
    columns = [figures.moment_column("Since"), figures.moment_column("Since", year=True)]
    assert [column["type_config"]["format"] for column in columns] == [this_year, any_year]
    assert columns[0]["type_config"]["timezone"] == "Asia/Singapore"
