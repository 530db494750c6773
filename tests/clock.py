"""The time that tests see. Nothing else in tests reads the machine's clock: a run on any day is the same run.

Every test runs at `NOW`, with the clock of the whole process standing still there, the product's included; tests marked
`dates` run at each of `INSTANTS` instead. The fixture `now` is that time; helpers that have no fixture ask `right_now()`.
Timeouts and pauses (`time.monotonic`, `time.sleep`) go on as ever.
"""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
"""A Monday morning."""

INSTANTS = {
    "wednesday": datetime(2026, 11, 25, 12, 0, tzinfo=UTC),
    "sunday-night": datetime(2026, 3, 8, 23, 30, tzinfo=UTC),
    "month-end": datetime(2026, 8, 31, 17, 0, tzinfo=UTC),
    "leap-day": datetime(2028, 2, 29, 9, 0, tzinfo=UTC),
    "new-years-eve": datetime(2027, 12, 31, 23, 59, tzinfo=ZoneInfo("Asia/Singapore")).astimezone(UTC),
}
"""Where days, weeks, months and years are most easily miscounted."""

REAL_TIME = {
    "tests/attacks/": "a live server keeps its own time",
    "tests/e2e/": "a browser and a live server keep their own time, and cookies run out by the browser's",
}
"""Where tests run by the machine's clock, and why: a folder ends in a slash."""


def in_real_time(path: str) -> bool:
    """Whether the test file at this path, from the project's folder, is one of `REAL_TIME`."""
    return any(path.startswith(place) if place.endswith("/") else path == place for place in REAL_TIME)


def right_now() -> datetime:
    """The time that the product sees at this moment."""
    return datetime.now(UTC)


class Clock:
    """Time that passes only when a test says so; the process's own clock stays where it stands."""

    def __init__(self, now: datetime = NOW) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **step: float) -> datetime:
        self.now += timedelta(**step)
        return self.now
