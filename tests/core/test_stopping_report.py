"""What the page Stopping is drawn from: figures worked by hand, every task type, and odd projects."""

from dataclasses import replace
from random import Random
from time import monotonic
from typing import Any

import numpy as np
import orjson
import pytest
from sqlmodel import Session

from core.errors import NotFound
from core.permissions import SYSTEM
from core.services.policies import Stopping
from core.services.quality import assessments, reporting
from core.services.queue import Served
from core.services.stopping import asking, replay as stopping_replay, report as stopping_report
from core.services.stopping.confidence import decidable, sureness
from core.services.stopping.replay import Rehearsal, Thin
from core.services.stopping.report import Report
from core.stats import truth
from core.store import work
from core.store.tables import Assignment, Project
from core.tasks import TASK_TYPES, load_task
from tests.clock import NOW
from tests.core.test_queue import claim, give
from tests.core.test_stopping import POLICY, a_zoo, label_all
from tests.factories import a_gold, a_member, a_project, acting, an_actor, an_answer, an_item


def looked(session: Session, project: Project) -> Report | str:
    found = assessments.current(session, SYSTEM, project.slug, now=NOW).assessment
    assert found is not None
    return stopping_report.report(session, SYSTEM, project.slug, found)


def rehearsed(session: Session, project: Project, wanted: Stopping) -> Rehearsal | Thin | str | None:
    found = assessments.current(session, SYSTEM, project.slug, now=NOW).assessment
    assert found is not None
    until = monotonic() + 60
    while monotonic() < until:
        looked_at = stopping_replay.rehearse(session, SYSTEM, project.slug, found, wanted, start=True)
        if not isinstance(looked_at, Rehearsal) or looked_at.share is None:
            return looked_at
    raise AssertionError("the replay never ended")


def made_up(session: Session, served: Served, key: str, settings: dict[str, Any]) -> Any:
    """An answer that these settings take."""
    task = load_task(key, settings)
    row = work.assigned(session.connection(), served.assignment)
    answer = task.sample_answer(task.parse_payload(orjson.loads(row.payload)), Random(served.assignment))
    return answer.model_dump(mode="json", exclude_none=True)


def test_what_is_saved_adds_up(session: Session) -> None:
    project, people = a_zoo(session, 60, 8)
    for seed in range(4):
        label_all(session, project, people, Random(seed))
        asking.ask(session, SYSTEM, project.slug, now=NOW)
    report = looked(session, project)
    assert isinstance(report, Report)
    assert report.spared is not None
    assert report.spared.in_full == 5 * report.spared.items
    assert report.spared.saved == report.spared.in_full - report.spared.labels
    assert report.spared.hours == pytest.approx(report.spared.saved * 60 / 3600)
    assert report.spared.amount is None
    assert report.answered == 60 == sum(d.sure + d.doubted + d.dear + d.spent + d.audit for d in report.depths)
    assert sum(report.confidence) == 60
    assert report.audit_items == 6
    assert report.audited is not None
    assert report.audited.labels_in_full == 5
    assert report.expected_wrong is not None
    assert 0 <= report.expected_wrong.low <= report.expected_wrong.value <= report.expected_wrong.high <= 1
    assert report.wrong_on_gold is None


def test_what_is_asked_next_is_what_a_look_finds(session: Session) -> None:
    project, people = a_zoo(session, 30, 2, policy={**POLICY, "audit_share": 0.0})
    label_all(session, project, people, Random(1))
    report = looked(session, project)
    assert isinstance(report, Report)
    assert report.to_ask == len(asking.look(session, SYSTEM, project.slug, now=NOW).doubts) > 0
    assert report.nobody_left == report.to_ask
    assert [row.confidence for row in report.next] == sorted(row.confidence for row in report.next)
    assert all(row.gain is not None and row.gain >= 0 for row in report.next)
    a_member(session, project)
    again = looked(session, project)
    assert isinstance(again, Report)
    assert again.nobody_left == 0


@pytest.mark.parametrize("key", list(TASK_TYPES))
def test_every_task_type_is_asked_or_says_why_not(session: Session, key: str) -> None:
    settings = TASK_TYPES[key].infer_settings([])
    project = a_project(
        session, task=key, settings=settings, items=4, overlap=2, policy={"stopping": {**POLICY, "audit_share": 0.0}}
    )
    for who in [acting(a_member(session, project)) for _ in range(2)]:
        while isinstance(served := claim(session, who, project), Served):
            give(session, who, project, served, answer=made_up(session, served, key, settings))
    a_member(session, project)
    report = looked(session, project)
    look = asking.look(session, SYSTEM, project.slug, now=NOW)
    if decidable(load_task(key, settings)):
        assert isinstance(report, Report)
        assert look.why is None
        assert asking.ask(session, SYSTEM, project.slug, now=NOW).asked == len(look.doubts)
    else:
        assert isinstance(report, str)
        assert look.why == report
        assert look.doubts == ()


def test_a_target_that_does_not_apply_is_not_asked_for_again(session: Session) -> None:
    """Both people say so of one item; of the other they give scores far apart."""
    settings = {"criteria": [{"id": "worth", "name": "Worth", "min": 1, "max": 5, "allow_na": True}]}
    project = a_project(session, task="rating", settings=settings, policy={"stopping": {**POLICY, "audit_share": 0.0}})
    silent, loud = (an_item(session, project, settings=settings, overlap=2) for _ in range(2))
    scores: dict[int | None, Any] = {silent.id: (None, None), loud.id: (1, 5)}
    for n, who in enumerate([acting(a_member(session, project)) for _ in range(2)]):
        for _ in range(2):
            served = claim(session, who, project)
            item_id = session.get_one(Assignment, served.assignment).item_id
            give(session, who, project, served, answer={"scores": {"worth": scores[item_id][n]}})
    doubts = asking.look(session, SYSTEM, project.slug, now=NOW).doubts
    assert [doubt.item_id for doubt in doubts] == [loud.id]


def test_one_person_and_one_class_are_no_trouble(session: Session) -> None:
    project, (ann,) = a_zoo(session, 6, 1, policy={**POLICY, "start": 1, "audit_share": 0.0})
    while isinstance(served := claim(session, ann, project), Served):
        give(session, ann, project, served, answer={"labels": ["cat"]})
    report = looked(session, project)
    assert isinstance(report, Report)
    assert report.nobody_left == report.to_ask


def test_gold_without_labels_and_classes_never_in_gold(session: Session) -> None:
    project, people = a_zoo(session, 8, 3)
    label_all(session, project, people[:2], Random(1))
    for _ in range(3):
        a_gold(session, an_item(session, project, payload={"text": "?"}), {"labels": ["owl"]}, use="reference")
    report = looked(session, project)
    assert isinstance(report, Report)
    assert report.calibration.gold_items == 0


def test_a_project_of_hidden_checks_alone(session: Session) -> None:
    project, people = a_zoo(session, 1, 1, policy={**POLICY, "start": 5, "most": 5})
    check = an_item(session, project, state="gold", payload={"text": "A check"})
    person = a_member(session, project)
    an_answer(session, check, person, {"labels": ["cat"]}, purpose="gold")
    report = looked(session, project)
    assert isinstance(report, Report)
    assert (report.answered, report.depths, report.spared) == (0, (), None)
    assert len(people) == 1


# The replay -----------------------------------------------------------------------------------------------------------


def test_a_replay_of_a_fixed_overlap_uses_every_deep_item(session: Session) -> None:
    project, people = a_zoo(session, 30, 4, policy={**POLICY, "start": 4, "most": 4, "audit_share": 0.0})
    label_all(session, project, people, Random(1))
    asking.set_policy(session, SYSTEM, project.slug, None, now=NOW, rng=Random(1))
    found = rehearsed(session, project, Stopping(start=2, most=4))
    assert isinstance(found, Rehearsal)
    assert found.found is not None
    assert found.found.items == 30
    assert found.found.against == "the consensus of all labels"
    again = rehearsed(session, project, Stopping(start=2, most=4))
    assert again == found
    thin = rehearsed(session, project, Stopping(start=4, most=5))
    assert isinstance(thin, Thin)
    assert thin.params["n"] == 0


def test_a_replay_is_of_the_gold_that_there_is_now(session: Session) -> None:
    project, people = a_zoo(session, 30, 4, policy={**POLICY, "start": 4, "most": 4, "audit_share": 0.0})
    label_all(session, project, people, Random(1))
    asking.set_policy(session, SYSTEM, project.slug, None, now=NOW, rng=Random(1))
    found = assessments.current(session, SYSTEM, project.slug, now=NOW).assessment
    assert found is not None
    ground = stopping_replay.ground(found, False, 2)
    assert isinstance(ground, stopping_replay.Ground)
    first, second = (replace(ground, gold=np.full(len(ground.gold), code)) for code in (0, 1))
    assert first.digest == replace(first).digest != second.digest


def test_under_the_policy_only_the_audit_track_is_replayed(session: Session) -> None:
    project, people = a_zoo(session, 30, 6)
    label_all(session, project, people, Random(1))
    found = rehearsed(session, project, Stopping(**POLICY))
    assert isinstance(found, Thin)
    assert found.params == {"n": 3, "start": 2, "least": stopping_replay.LEAST_ITEMS}
    assert "audit sample" in found.message


def test_strangers_see_nothing(session: Session) -> None:
    project, people = a_zoo(session, 2, 2)
    label_all(session, project, people, Random(1))
    found = assessments.current(session, SYSTEM, project.slug, now=NOW).assessment
    assert found is not None
    with pytest.raises(NotFound):
        stopping_report.report(session, an_actor(session, role="viewer"), project.slug, found)


def test_items_come_to_what_the_recommended_method_says(session: Session) -> None:
    project, people = a_zoo(session, 30, 5)
    label_all(session, project, people, Random(1))
    assessment = reporting.assess(session, SYSTEM, project.slug)
    (settled,) = assessment.targets.values()
    settled.report["recommended"] = "majority"
    found = sureness(assessment)
    assert not isinstance(found, str)
    majority = truth.majority(found.labels).best
    assert (found.said == majority).all()
    assert (found.confidence == found.posterior.probability[np.arange(30), majority]).all()
    assert (found.confidence < found.posterior.confidence).any(), "the model says otherwise of some"
