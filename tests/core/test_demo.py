"""The demo workspace: rich enough for every page, marked as simulated, made once, through the real services."""

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest
from sqlalchemy import Engine, case, func, select
from sqlmodel import Session, col

from core.permissions import SYSTEM, Actor, Role
from core.services import audit, demo, membership, pilot, projects, queue, sessions
from core.services.demo import DemoReport
from core.services.demo_cast import ANNOTATORS, CAST, LEAD, PLOTS, REVIEWER
from core.services.queue import Served
from core.store import tables
from core.store.engine import engine_for
from core.store.tables import Answer, Assignment, Beat, Draft, Event, Gold, Item, Person
from tests import factories

A_WEDNESDAY = datetime(2026, 3, 4, 9, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def _made(_sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Engine, DemoReport]]:
    """The demo as made on a Wednesday, once for all tests that only look at it."""
    folder = tmp_path_factory.mktemp("demo")
    shutil.copyfile(_sqlite_template, folder / "touchstone.db")
    engine = engine_for(f"sqlite:///{folder / 'touchstone.db'}")
    with pytest.MonkeyPatch.context() as patch, Session(engine) as session, session.begin():
        patch.setenv("TOUCHSTONE_DATA_DIR", str(folder))
        report = demo.load(session, SYSTEM, now=A_WEDNESDAY, rng=Random(1))
    yield engine, report
    engine.dispose()


@pytest.fixture
def loaded(_made: tuple[Engine, DemoReport]) -> DemoReport:
    return _made[1]


@pytest.fixture
def session(_made: tuple[Engine, DemoReport]) -> Iterator[Session]:
    """On the demo; whatever a test does to it is undone."""
    with Session(_made[0]) as session, session.begin() as work:
        yield session
        work.rollback()


def count(session: Session, table: type[tables.Table], *where: Any) -> int:
    return int(session.execute(select(func.count()).select_from(table).where(*where)).scalar_one())


def actor(session: Session, name: str) -> Actor:
    person = session.scalars(select(Person).where(col(Person.name) == name)).one()
    return Actor(person.id, name, Role(person.role))


def test_it_is_a_founding_engagement(session: Session, loaded: DemoReport) -> None:
    assert len(ANNOTATORS) == 6
    assert {who.role for who in CAST} == {"lead", "reviewer", "annotator"}
    states = {view.slug: view.state for view in projects.listed(session, SYSTEM)}
    assert set(states.values()) == {"live", "pilot", "draft", "paused"}
    assert len({view.task for view in projects.listed(session, SYSTEM)}) == 5
    assert loaded.items >= 100
    assert loaded.answers >= 180


def test_everything_simulated_is_marked(session: Session, loaded: DemoReport) -> None:
    assert all(view.simulated for view in projects.listed(session, SYSTEM))
    others = session.scalars(select(Person).where(col(Person.kind) != "simulated")).all()
    assert [(person.name, person.kind) for person in others] == [("simulated-judge", "machine")]


def test_a_second_run_changes_nothing(session: Session, loaded: DemoReport) -> None:
    before = count(session, Event), count(session, Answer), count(session, Person)
    again = demo.load(session, SYSTEM, now=A_WEDNESDAY + timedelta(days=1), rng=Random(2))
    assert not again.made
    assert not again.passwords
    assert (count(session, Event), count(session, Answer), count(session, Person)) == before


def test_the_log_is_whole_and_nothing_lies_in_the_future(session: Session, loaded: DemoReport) -> None:
    assert audit.verify(session).broken_at is None
    for column in (Answer.at, Event.at, Beat.at, Assignment.claimed_at):
        assert session.execute(select(func.max(column))).scalar_one() <= A_WEDNESDAY


def test_history_reaches_from_three_weeks_ago_to_now(session: Session, loaded: DemoReport) -> None:
    first, last = session.execute(select(func.min(Answer.at), func.max(Answer.at))).one()
    assert A_WEDNESDAY - first > timedelta(days=18)
    assert A_WEDNESDAY - last < timedelta(days=2)
    days = {at.date() for at in session.scalars(select(col(Answer.at)))}
    assert len(days) >= 14


def test_people_differ_and_the_one_in_a_hurry_fails_most_checks(session: Session, loaded: DemoReport) -> None:
    passed = func.sum(case((col(Answer.passed).is_(True), 1), else_=0))
    query = select(col(Person.name), func.count(), passed).join(Person, col(Person.id) == Answer.person_id)
    rows = session.execute(query.where(col(Answer.passed).is_not(None)).group_by(col(Person.name)))
    accuracy = {name: right / n for name, n, right in rows}
    assert min(accuracy, key=lambda name: accuracy[name]) == "Koh Hui Min"
    assert accuracy["Koh Hui Min"] < 0.8 < accuracy["Tan Wei Jie"]


def test_gold_is_hidden_and_explained(session: Session, loaded: DemoReport) -> None:
    assert count(session, Gold) >= 20
    assert count(session, Gold, col(Gold.explanation).is_(None)) == 0


def test_there_are_skips_flags_drafts_and_counted_hours(session: Session, loaded: DemoReport) -> None:
    outcomes = set(session.scalars(select(col(Answer.outcome))))
    assert outcomes >= {"submitted", "skipped", "bad_item", "personal_data"}
    assert count(session, Draft) >= 2
    counted = session.execute(select(func.sum(Beat.counted_ms))).scalar_one()
    assert counted > 1.5 * 3_600_000


def test_the_pilot_has_disagreements_to_talk_about(session: Session, loaded: DemoReport) -> None:
    report = pilot.report(session, actor(session, LEAD), "bank-intents")
    assert {who.person for who in report.labellers} == {LEAD, REVIEWER}
    assert report.complete >= 12
    assert 2 <= sum(bool(item.distance) for item in report.compared) <= 10


@pytest.mark.parametrize("slug", [plot.slug for plot in PLOTS if plot.last_state == "live"])
def test_a_newcomer_can_label_at_once(session: Session, loaded: DemoReport, slug: str) -> None:
    newcomer = factories.a_person(session, "Newcomer")
    membership.add_member(session, SYSTEM, slug, "Newcomer", now=A_WEDNESDAY, qualified=True)
    for _ in range(3):
        assert isinstance(
            queue.next_screen(session, factories.acting(newcomer), now=A_WEDNESDAY, rng=Random(1), slug=slug), Served
        )


def test_what_the_simulation_knows_reaches_no_screen(session: Session, loaded: DemoReport) -> None:
    for name in ANNOTATORS[:2]:
        served = queue.next_screen(
            session, actor(session, name), now=A_WEDNESDAY, rng=Random(1), slug="zh-en-preferences"
        )
        assert isinstance(served, Served)
        shown = str(served.screen)
        assert not any(word in shown for word in ("heron-2", "lotus-7b", "merlion-chat", "quality"))


def test_people_sign_in_with_the_passwords_told_once(session: Session, loaded: DemoReport) -> None:
    name = ANNOTATORS[0]
    attempt = sessions.check_password(session, name=name, password=loaded.passwords[name])
    assert sessions.authenticate(session, attempt, now=A_WEDNESDAY).actor is not None


def test_it_is_as_rich_at_the_weekend_and_beside_work_of_ones_own(store: Engine) -> None:
    days = 3
    with Session(store) as fresh, fresh.begin() as work:
        own = factories.a_project(fresh, "own", items=1)
        report = demo.load(fresh, SYSTEM, now=A_WEDNESDAY + timedelta(days=days, hours=days * 5), rng=Random(days))
        assert report.answers >= 170
        assert count(fresh, Item, Item.project_id == own.id) == 1
        work.rollback()
