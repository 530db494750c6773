"""The morning page names what needs the lead, once, with its figures, and nothing else."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import update
from sqlmodel import Session, col

from core.permissions import SYSTEM, Actor
from core.services import concerns, people
from core.services.concerns import Concern
from core.store.tables import Batch, Item, Lane, Person, Project
from tests import factories

pytestmark = pytest.mark.dates


def kinds(session: Session, now: datetime, actor: Actor = SYSTEM) -> list[tuple[str, str]]:
    return [(c.topic, c.kind) for c in concerns.today(session, actor, now=now).concerns]


def the(session: Session, now: datetime, kind: str) -> Concern:
    (found,) = [c for c in concerns.today(session, SYSTEM, now=now).concerns if c.kind == kind]
    return found


def a_healthy_project(session: Session, **fields: Any) -> tuple[Project, Person, Item]:
    project = factories.a_project(session, **fields)
    return project, factories.a_member(session, project), factories.an_item(session, project)


def due(session: Session, item: Item, at: datetime) -> None:
    lane = session.get_one(Lane, item.lane_id)
    session.execute(update(Batch).where(col(Batch.id) == lane.batch_id).values(due_at=at))


def worked(session: Session, project: Project, person: Person, now: datetime, days: range, many: int) -> None:
    for day in days:
        for _ in range(many):
            item = factories.an_item(session, project, state="done")
            factories.an_assignment(session, item, person, state="done")
            factories.an_answer(session, item, person, {"preferred": "tie"}, at=now - timedelta(days=day))


def test_an_empty_workspace_has_no_concerns(session: Session, now: datetime) -> None:
    assert concerns.today(session, SYSTEM, now=now) == concerns.Morning((), ())


def test_a_project_that_runs_has_none(session: Session, now: datetime) -> None:
    a_healthy_project(session)
    assert kinds(session, now) == []


def test_projects_without_items_or_people_are_blocked(session: Session, now: datetime) -> None:
    factories.a_project(session)
    assert kinds(session, now) == [("blocked", "no_items"), ("blocked", "no_people")]


@pytest.mark.parametrize(("state", "found"), [("done", []), ("paused", [("blocked", "paused")])])
def test_only_a_pause_is_news_of_projects_not_open_to_work(
    session: Session, now: datetime, state: str, found: list[tuple[str, str]]
) -> None:
    factories.a_project(session, state=state)
    assert kinds(session, now) == found


def test_a_draft_says_what_it_lacks_next(session: Session, now: datetime) -> None:
    project = factories.a_project(session, state="draft")
    assert kinds(session, now) == [("setup", "draft_items")]
    factories.an_item(session, project)
    assert the(session, now, "draft_people").at == {"tab": "people"}
    factories.a_member(session, project)
    assert the(session, now, "draft_ready").figures == {"n": 1, "people": 1}


def test_a_lead_who_may_label_counts_as_somebody_who_labels(session: Session, now: datetime) -> None:
    project = factories.a_project(session, state="pilot", items=1)
    factories.a_member(session, project, role="lead")
    assert kinds(session, now) == []


def test_one_cause_in_several_projects_is_one_thing_to_do(session: Session, now: datetime) -> None:
    for _ in range(4):
        project, _, _ = a_healthy_project(session)
        factories.an_item(session, project, state="flagged")
    morning = concerns.today(session, SYSTEM, now=now)
    assert [[concern.kind for concern in cause] for cause in morning.causes] == [["flagged"] * 4]
    assert morning.pressing == 1


def test_people_kept_out_by_guidelines_and_the_items_they_leave_are_one_cause(session: Session, now: datetime) -> None:
    _, person, _ = a_healthy_project(session)
    member = concerns.work.member
    session.execute(update(member).where(member.c.person_id == person.id).values(acknowledged_guideline=0))
    assert kinds(session, now) == [("starved", "acknowledge")]


def test_items_in_a_language_nobody_takes_are_one_cause(session: Session, now: datetime) -> None:
    project = factories.a_project(session)
    factories.a_member(session, project, factories.a_person(session, "ana", languages=["en"]))
    for batch in ("one", "two"):
        factories.an_item(session, project, lane=factories.a_lane(session, project, batch=batch, lang="zh"))
    assert kinds(session, now) == [("starved", "nobody_fits")]


def test_checks_that_are_asked_for_must_exist(session: Session, now: datetime) -> None:
    a_healthy_project(session, policy={"gold_rate": 0.1})
    assert the(session, now, "few_checks").figures == {"n": 0, "wanted": 5}


def test_items_set_aside_are_unanswered_questions(session: Session, now: datetime) -> None:
    project, _, _ = a_healthy_project(session)
    for state in ("flagged", "flagged", "quarantined"):
        factories.an_item(session, project, state=state)
    assert kinds(session, now) == [("unanswered", "personal_data"), ("unanswered", "flagged")]
    assert the(session, now, "flagged").figures["n"] == 2


def test_a_batch_is_late_when_its_date_has_passed(session: Session, now: datetime) -> None:
    _, _, item = a_healthy_project(session)
    due(session, item, now - timedelta(hours=1))
    assert kinds(session, now) == [("late", "overdue")]


def test_a_batch_is_at_risk_when_the_pace_will_not_do(session: Session, now: datetime) -> None:
    project, person, item = a_healthy_project(session)
    lane = session.get_one(Lane, item.lane_id)
    for _ in range(20):
        factories.an_item(session, project, lane=lane)
    worked(session, project, person, now, range(5), many=2)
    due(session, item, now + timedelta(days=20))
    assert kinds(session, now) == []
    due(session, item, now + timedelta(days=3))
    assert (the(session, now, "at_risk").topic, the(session, now, "at_risk").figures["n"]) == ("late", 21)


def test_a_pace_is_of_answers_and_items_may_want_more_than_the_policy_says(session: Session, now: datetime) -> None:
    project, person, item = a_healthy_project(session)
    lane = session.get_one(Lane, item.lane_id)
    for _ in range(20):
        factories.an_item(session, project, lane=lane, overlap=3)
    worked(session, project, person, now, range(5), many=4)
    due(session, item, now + timedelta(days=6))
    assert the(session, now, "at_risk").topic == "late"


def test_days_without_any_answer_are_noticed(session: Session, now: datetime) -> None:
    project, person, _ = a_healthy_project(session)
    worked(session, project, person, now, range(4, 5), many=1)
    assert kinds(session, now) == [("late", "quiet")]


def test_starved_people_are_named_by_reason(session: Session, now: datetime) -> None:
    project, _, _ = a_healthy_project(session)
    unread = factories.a_person(session, "unread")
    factories.a_member(session, project, unread)
    session.execute(
        update(concerns.work.member)
        .where(concerns.work.member.c.person_id == unread.id)
        .values(acknowledged_guideline=0)
    )
    assert the(session, now, "acknowledge").figures == {"names": ("unread",), "n": 1}


def test_progress_tells_the_causes_that_today_tells(session: Session, now: datetime) -> None:
    project, person, _ = a_healthy_project(session)
    lane = factories.a_lane(session, project, lang="ta")
    factories.an_item(session, project, lane=lane)
    unread = factories.a_member(session, project, factories.a_person(session, "unread"))
    member, people = concerns.work.member, concerns.work.person
    session.execute(update(member).where(member.c.person_id == unread.id).values(acknowledged_guideline=0))
    session.execute(update(people).where(people.c.id == person.id).values(languages=["en"]))
    on_progress = concerns.out_of_work(session, SYSTEM, project.slug)
    assert {concern.kind for concern in on_progress} >= {"acknowledge", "nobody_fits"}
    assert on_progress == concerns.today(session, SYSTEM, now=now).about("starved")
    viewer = factories.a_member(session, project, factories.a_person(session, role="viewer"), role="viewer")
    seen = concerns.out_of_work(session, factories.acting(viewer), project.slug)
    assert {concern.kind for concern in seen} == {"nobody_fits"}, "names are for those who may see people"


def test_accuracy_below_target_is_out_of_line(session: Session, now: datetime) -> None:
    project, person, _ = a_healthy_project(session)
    for _ in range(20):
        item = factories.an_item(session, project, state="gold")
        factories.a_check(session, item, person, right=False)
    assert kinds(session, now) == [("out_of_line", "below")]
    assert the(session, now, "below").figures["gold"].n == 20


def test_a_finished_project_is_good_news(session: Session, now: datetime) -> None:
    project = factories.a_project(session)
    worked(session, project, factories.a_member(session, project), now, range(1), many=1)
    morning = concerns.today(session, SYSTEM, now=now)
    assert [(c.kind, c.page) for c in morning.about("good")] == [("all_done", "export")]
    assert morning.pressing == 0


def test_invitations_nobody_has_taken_wait(session: Session, now: datetime) -> None:
    people.invite(session, SYSTEM, now=now, role="annotator", email="a@example.org")
    assert the(session, now, "invitations").figures["n"] == 1


def test_a_lead_of_one_project_is_told_of_that_one(session: Session, now: datetime) -> None:
    mine, _ = factories.a_project(session), factories.a_project(session)
    lead = factories.acting(factories.a_member(session, mine, role="lead"))
    assert {c.project.slug for c in concerns.today(session, lead, now=now).concerns if c.project} == {mine.slug}
