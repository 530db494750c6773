"""Measured time: counted once, never more than the wall clock, on the person's own day."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st
from sqlalchemy import delete, select
from sqlmodel import Session

from core.errors import InvalidInput, NotAllowed
from core.permissions import SYSTEM, Actor, Role
from core.services import activity
from core.services.activity import Measured
from core.store.tables import Beat, Person


def a_person(session: Session, now: datetime, name: str = "Jia Hui", timezone: str = "Asia/Singapore") -> Actor:
    person = Person(name=name, role="annotator", preferences={"timezone": timezone}, created_at=now)
    session.add(person)
    session.flush()
    return Actor(person.id, name, Role.ANNOTATOR)


def beats(start: datetime, *active_s: float, first: int = 1, every: float = 15) -> list[Measured]:
    """One beat every 15 s, active for so many seconds, idle for the rest."""
    return [
        Measured(first + n, start + timedelta(seconds=every * (n + 1)), int(s * 1000), max(int((every - s) * 1000), 0))
        for n, s in enumerate(active_s)
    ]


def counted(session: Session, actor: Actor, now: datetime) -> int:
    assert actor.person_id is not None
    return activity.sum_counted(session, actor.person_id, now - timedelta(days=30), now)


def test_active_time_counts_and_idle_time_does_not(session: Session, now: datetime) -> None:
    actor = a_person(session, now)
    received = activity.receive(session, actor, now=now, desk="d", beats=beats(now - timedelta(seconds=45), 15, 10, 0))
    assert received.acknowledged == 3
    assert received.clock == activity.Clock("paused", "idle", 25)


def test_a_beat_sent_twice_is_counted_once(session: Session, now: datetime) -> None:
    actor = a_person(session, now)
    sent = beats(now - timedelta(seconds=30), 15, 15)
    first = activity.receive(session, actor, now=now, desk="d", beats=sent)
    again = activity.receive(session, actor, now=now, desk="d", beats=sent)
    assert first == again
    assert counted(session, actor, now) == 30


def test_the_same_number_of_another_desk_is_another_beat(session: Session, now: datetime) -> None:
    actor = a_person(session, now)
    activity.receive(session, actor, now=now, desk="one", beats=beats(now - timedelta(minutes=5), 15))
    activity.receive(session, actor, now=now, desk="two", beats=beats(now - timedelta(minutes=2), 15))
    assert counted(session, actor, now) == 30


def test_two_desks_at_a_time_pay_once(session: Session, now: datetime) -> None:
    actor = a_person(session, now)
    start = now - timedelta(minutes=1)
    activity.receive(session, actor, now=now, desk="one", beats=beats(start, 15, 15, 15, 15))
    second = activity.receive(session, actor, now=now, desk="two", beats=beats(start, 15, 15, 15, 15))
    assert counted(session, actor, now) == 60
    assert (second.clock.state, second.clock.why) == ("paused", "other_desk")


def test_a_hidden_second_tab_takes_nothing_from_the_first(session: Session, now: datetime) -> None:
    actor = a_person(session, now)
    hidden = [Measured(n, now - timedelta(seconds=60 - 15 * n + 7), 0, 0, 15_000) for n in (1, 2, 3, 4)]
    activity.receive(session, actor, now=now, desk="hidden", beats=hidden)
    activity.receive(session, actor, now=now, desk="used", beats=beats(now - timedelta(minutes=1), 15, 15, 15, 15))
    assert counted(session, actor, now) == 60


def test_changing_desks_in_mid_beat_loses_nothing(session: Session, now: datetime) -> None:
    actor = a_person(session, now)
    activity.receive(
        session, actor, now=now, desk="left", beats=[Measured(1, now - timedelta(seconds=2), 5000, 0, 10_000)]
    )
    activity.receive(session, actor, now=now, desk="taken up", beats=[Measured(1, now, 10_000, 0, 5000)])
    assert counted(session, actor, now) == 15


def test_more_active_time_than_wall_time_is_not_believed(session: Session, now: datetime) -> None:
    actor = a_person(session, now)
    sent = [Measured(1, now - timedelta(seconds=15), 1000), Measured(2, now, 3_600_000)]
    activity.receive(session, actor, now=now, desk="d", beats=sent)
    assert counted(session, actor, now) == 16


def test_one_beat_stands_for_an_hour_at_most(session: Session, now: datetime) -> None:
    actor = a_person(session, now)
    activity.receive(session, actor, now=now, desk="d", beats=[Measured(1, now, 10 * 3_600_000)])
    assert counted(session, actor, now) == 3600


def test_time_that_was_kept_through_an_outage_counts(session: Session, now: datetime) -> None:
    actor = a_person(session, now)
    activity.receive(session, actor, now=now, desk="d", beats=beats(now - timedelta(minutes=10), 15))
    activity.receive(session, actor, now=now, desk="d", beats=[Measured(2, now, 500_000, 85_000)])
    assert counted(session, actor, now) == 515


def test_a_computer_whose_clock_runs_ahead_keeps_its_gaps(session: Session, now: datetime) -> None:
    actor = a_person(session, now)
    ahead = beats(now + timedelta(hours=3), 15, 15, 15)
    activity.receive(session, actor, now=now, desk="d", beats=ahead)
    stored = session.scalars(select(Beat.at).order_by(Beat.number)).all()  # type: ignore[call-overload]
    assert stored == [now - timedelta(seconds=30), now - timedelta(seconds=15), now]
    assert counted(session, actor, now) == 45


def test_a_beat_from_yesterday_is_kept_but_not_counted(session: Session, now: datetime) -> None:
    actor = a_person(session, now)
    received = activity.receive(session, actor, now=now, desk="d", beats=beats(now - timedelta(hours=20), 15))
    assert received.acknowledged == 1
    assert counted(session, actor, now) == 0


def test_the_clock_says_why_it_stands_still(session: Session, now: datetime) -> None:
    actor = a_person(session, now)
    hidden = activity.receive(session, actor, now=now, desk="d", beats=[Measured(1, now, 0, 2000, 13_000)])
    later = now + timedelta(seconds=15)
    working = activity.receive(session, actor, now=later, desk="d", beats=[Measured(2, later, 9000, 6000)])
    assert (hidden.clock.state, hidden.clock.why) == ("paused", "hidden")
    assert (working.clock.state, working.clock.why) == ("counting", None)


def test_today_begins_at_the_persons_own_midnight(session: Session, now: datetime) -> None:
    actor = a_person(session, now)
    midnight = now.replace(hour=16, minute=0) - timedelta(days=1)
    after = midnight + timedelta(minutes=1)
    activity.receive(session, actor, now=midnight, desk="d", beats=beats(midnight - timedelta(seconds=16), 15))
    received = activity.receive(session, actor, now=after, desk="d", beats=beats(midnight, 15, first=2))
    assert received.clock.today_s == 15


@pytest.mark.parametrize(
    "beat",
    [{"category": "lunch"}, {"active_ms": -1}, {"hidden_ms": -5}, {"number": -1}],
    ids=lambda wrong: next(iter(wrong)),
)
def test_what_cannot_have_been_measured_is_refused(session: Session, now: datetime, beat: dict[str, object]) -> None:
    actor = a_person(session, now)
    sent: dict[str, object] = {"number": 1, "at": now, "active_ms": 1000, **beat}
    with pytest.raises(InvalidInput):
        activity.receive(session, actor, now=now, desk="d", beats=[Measured(**sent)])  # type: ignore[arg-type]


def test_the_system_has_no_clock(session: Session, now: datetime) -> None:
    with pytest.raises(NotAllowed):
        activity.receive(session, SYSTEM, now=now, desk="d", beats=beats(now, 15))


@pytest.mark.dates
def test_days_are_the_persons_own(session: Session, now: datetime) -> None:
    late, today = now.replace(hour=17), now.date()
    tomorrow = today + timedelta(days=1)
    singapore, london = a_person(session, now), a_person(session, now, "Anna", "Europe/London")
    for actor in (singapore, london):
        activity.receive(session, actor, now=late, desk="d", beats=beats(late - timedelta(minutes=1), 15, 15))
    found = activity.by_day(session, SYSTEM, since=today - timedelta(days=1), until=tomorrow)
    assert [(d.person, d.day, d.category, d.seconds) for d in found] == [
        ("Anna", today, "work", 30.0),
        ("Jia Hui", tomorrow, "work", 30.0),
    ]


@pytest.mark.dates
def test_a_person_reads_their_own_hours_and_nobody_elses(session: Session, now: datetime) -> None:
    actor, other = a_person(session, now), a_person(session, now, "Wei Ming")
    for person in (actor, other):
        activity.receive(session, person, now=now, desk="d", beats=beats(now - timedelta(seconds=15), 15))
    week = {"since": now.date() - timedelta(days=1), "until": now.date() + timedelta(days=5)}
    assert len(activity.by_day(session, actor, person_id=actor.person_id, **week)) == 1
    for person_id in (None, other.person_id):
        with pytest.raises(NotAllowed):
            activity.by_day(session, actor, person_id=person_id, **week)


reports = st.lists(
    st.tuples(
        st.sampled_from(["a", "b", "c"]), st.integers(0, 600), st.integers(0, 120), st.integers(0, 60), st.booleans()
    ),
    min_size=1,
    max_size=25,
)


@given(reports=reports)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_number_of_desks_is_ever_paid_more_than_the_wall_clock(
    sqlite_store: object, reports: Sequence[tuple[str, int, int, int, bool]]
) -> None:
    from core.store.engine import transaction
    from tests.clock import NOW

    with transaction() as session:
        session.execute(delete(Beat))
        session.execute(delete(Person))
        actor, numbers, first, last = a_person(session, NOW), dict.fromkeys("abc", 0), NOW, NOW - timedelta(hours=2)
        for desk, ago, active, idle, late in reports:
            numbers[desk] += 1
            at = NOW - timedelta(seconds=ago)
            sent = Measured(numbers[desk], at, active * 1000, idle * 1000)
            activity.receive(session, actor, now=NOW if late else at, desk=desk, beats=[sent])
            first, last = min(first, at - sent.span), max(last, at)
        assert counted(session, actor, NOW) <= (last - first).total_seconds()
