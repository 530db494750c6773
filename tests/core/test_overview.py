"""Is it going well: figures worked by hand, and who sees which of them."""

from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from sqlmodel import Session

from core.permissions import SYSTEM, Actor
from core.services import activity, audit, overview
from core.services.overview import Overview
from core.services.quality import reporting
from core.stats import intervals
from core.store.tables import Batch, Person, Project
from tests.clock import right_now
from tests.core.test_quality import LABELS, said
from tests.factories import a_gold, a_lane, a_member, a_person, a_project, acting, an_assignment, an_item

pytestmark = pytest.mark.dates

RATED = {"rates": {"currency": "SGD", "per_hour": "12.00"}, "targets": {"accuracy": 0.8, "per_hour": 4}}


def looked_at(session: Session, actor: Actor = SYSTEM) -> Overview:
    return overview.overview(session, actor, reporting.assess(session, actor, "here"), now=right_now())


def a_day(session: Session, project: Project, person: Person, at: datetime, *, answers: int, right: int) -> None:
    """Half an hour of counted time, some answers of work, and as many hidden checks."""
    for n in range(answers):
        item = an_item(session, project, settings=LABELS, state="done")
        said(session, item, person, "a", at=at)
        check = an_item(session, project, settings=LABELS, state="gold")
        a_gold(session, check, {"labels": ["a"]})
        said(session, check, person, "a" if n < right else "b", purpose="gold", passed=n < right, at=at)
    assignment = an_assignment(session, item, person, state="done", slot=None)
    beat = activity.Measured(1, at, 1_800_000, assignment_id=assignment.id)
    activity.receive(session, acting(person), now=at, desk=f"{person.id}{at}", beats=[beat])


def a_worked_project(session: Session, **policy: object) -> Project:
    """Two people, five days each, ten answers a day at twenty an hour; one of them is right on half of the checks."""
    project = a_project(session, "here", task="classification", settings=LABELS, policy={**RATED, **policy})
    for name, right in (("mei", 5), ("hasty", 2)):
        person = a_member(session, project, a_person(session, name))
        for back in range(5, 0, -1):
            a_day(session, project, person, right_now() - timedelta(days=back), answers=5, right=right)
    for _ in range(5):
        an_item(session, project, settings=LABELS)
    return project


def test_quality_is_held_against_the_bar_by_its_interval(session: Session) -> None:
    a_worked_project(session)
    found = looked_at(session).quality
    assert found.gold is not None
    assert found.gold.value == pytest.approx(35 / 50)
    assert found.gold.n == 50
    assert found.judgement == "measuring", "two people decide it: the range is wide"
    assert sum(week.found.n for week in found.weeks) == 50
    assert all(week.start.weekday() == 0 for week in found.weeks)


def test_weeks_are_folded_once_while_nothing_happens(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    project = a_worked_project(session)
    audit.record(session, SYSTEM, right_now(), audit.Fact("project.opened", f"project:{project.id}", project.id))
    before, folds = looked_at(session), []
    ratio = intervals.ratio
    monkeypatch.setattr(intervals, "ratio", lambda *given: folds.append(given) or ratio(*given))
    again = looked_at(session)
    assert again.speed == before.speed
    assert len(folds) == 1, "of the last four weeks, which move with the day"


def test_speed_is_told_with_its_range_and_target(session: Session) -> None:
    a_worked_project(session)
    found = looked_at(session).speed
    assert found.value == pytest.approx(20)
    assert found.found is not None
    assert (found.found.n, found.target, found.judgement) == (10, 4, "pass")


def test_cost_is_counted_time_at_the_projects_rate(session: Session) -> None:
    a_worked_project(session)
    found = looked_at(session).cost
    assert found is not None
    assert (found.currency, found.spent, found.per_item) == ("SGD", Decimal("60.00"), Decimal("1.20"))
    assert found.hours == pytest.approx(5)
    assert found.projected is not None
    low, likely, high = found.projected
    assert low <= likely <= high
    assert likely == Decimal("66.00"), "five answers are left, ten of work came in an hour"


def test_without_a_rate_there_are_hours_but_no_amounts(session: Session) -> None:
    a_worked_project(session, rates={"per_hour": "0.00"})
    found = looked_at(session).cost
    assert found is not None
    assert (found.rate, found.spent, found.per_item, found.projected) == (None, None, None, None)
    assert found.hours == pytest.approx(5)


def test_finish_knows_what_is_overdue(session: Session) -> None:
    project = a_worked_project(session)
    lane = a_lane(session, project, batch="late")
    an_item(session, project, settings=LABELS, lane=lane)
    session.get_one(Batch, lane.batch_id).due_at = right_now() - timedelta(days=1)
    session.flush()
    found = looked_at(session).finish
    assert (found.given, found.wanted) == (50, 56)
    assert [name for name, _day in found.overdue] == ["late"]
    assert sum(day.answers for day in found.days) == 50
    assert found.today == right_now().date()


def test_what_waits_for_a_decision_is_named(session: Session) -> None:
    project = a_worked_project(session)
    hasty = next(one for one in (session.get_one(Person, n) for n in (1, 2)) if one.name == "hasty")
    for back in range(12, 6, -1):
        a_day(session, project, hasty, right_now() - timedelta(days=back), answers=5, right=0)
    an_item(session, project, settings=LABELS, state="flagged")
    found = {decision.kind: decision for decision in looked_at(session).decisions}
    assert found["below"].names == ("hasty",)
    assert found["below"].page == "annotators"
    assert found["flag"].n == 1


def test_targets_people_do_not_agree_on_wait_for_better_guidelines(session: Session) -> None:
    project = a_project(session, "here", task="classification", settings=LABELS)
    people = [a_person(session) for _ in range(2)]
    for at in range(30):
        item = an_item(session, project, settings=LABELS)
        for n, person in enumerate(people):
            said(session, item, person, "ab"[(at * (n + 1)) % 2])
    (found,) = [one for one in looked_at(session).decisions if one.kind == "agreement"]
    assert (found.names, found.query) == (("labels",), {"target": "labels"})


def test_a_viewer_sees_neither_pay_nor_people_nor_decisions_of_others(session: Session) -> None:
    project = a_worked_project(session)
    viewer = a_member(session, project, a_person(session, "vera", role="viewer"), role="viewer")
    found = looked_at(session, acting(viewer))
    assert found.cost is None
    assert found.quality.gold is not None
    assert [one.kind for one in found.decisions if one.kind != "agreement"] == []
    assert "hasty" not in repr(found)


def test_nothing_but_labels_is_no_trouble(session: Session) -> None:
    project = a_project(session, "here", task="classification", settings=LABELS)
    said(session, an_item(session, project, settings=LABELS), a_person(session), "a", purpose="imported")
    found = looked_at(session)
    assert (found.quality.gold, found.quality.weeks) == (None, ())
    assert (found.speed.value, found.speed.judgement, found.speed.weeks) == (None, "measuring", ())
    assert found.finish.days == ()


def test_a_judge_that_cannot_stand_in_for_anybody_is_named(session: Session) -> None:
    project = a_project(session, "here", task="classification", settings=LABELS)
    people = [a_person(session) for _ in range(3)]
    good, bad = (a_person(session, name, kind="machine") for name in ("good", "bad"))
    for at in range(36):
        item = an_item(session, project, settings=LABELS)
        for person in (*people, good):
            said(session, item, person, "ab"[at % 2], purpose="imported")
        said(session, item, bad, "c", purpose="imported")
    (found,) = [one for one in looked_at(session).decisions if one.kind == "judges"]
    assert (found.names, found.page) == (("bad",), "judges")
