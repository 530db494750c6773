"""Which of a person's seconds are paid for, so that none is paid twice."""

from bisect import insort
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


class Paid:
    """A person's paid time, each second once: what a beat counted lies in the latest free time before it."""

    def __init__(self) -> None:
        self._busy: list[tuple[datetime, datetime]] = []

    def free(self, start: datetime, end: datetime) -> timedelta:
        room = timedelta(0)
        for gap_start, gap_end in self._gaps(end):
            if gap_end <= start:
                break
            room += gap_end - max(gap_start, start)
        return room

    def take(self, end: datetime, length: timedelta) -> None:
        pieces = []
        for gap_start, gap_end in self._gaps(end):
            piece = min(gap_end - gap_start, length)
            pieces.append((gap_end - piece, gap_end))
            length -= piece
            if not length:
                break
        for piece_of_time in pieces:
            insort(self._busy, piece_of_time)

    def _gaps(self, end: datetime) -> Iterator[tuple[datetime, datetime]]:
        """Free time before `end`, latest first."""
        for busy_start, busy_end in reversed(self._busy):
            if busy_start >= end:
                continue
            if busy_end < end:
                yield busy_end, end
            end = busy_start
        yield LONG_AGO, end
