"""A pilot's answers stand side by side, the furthest apart first; a project knows what it lacks."""

from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import update
from sqlmodel import Session

from core.errors import NotAllowed
from core.permissions import SYSTEM
from core.services import membership, pending, pilot, preview, project_changes, summaries, versions
from core.services.policies import Extras
from core.services.quality import reporting
from core.services.readiness import readiness
from core.store.tables import Answer, Item, Project
from tests import factories
from tests.core.test_quality import LABELS, said


def a_pilot(session: Session, **fields: Any) -> tuple[Project, list[Item]]:
    project = factories.a_project(
        session, "try-out", state="pilot", policy={"pilot": {"overlap": 2, "items": 3}}, **fields
    )
    return project, [factories.an_item(session, project, f"i{n}") for n in range(3)]


def answered(session: Session, item: Item, name: str, preferred: str, **fields: Any) -> None:
    person = factories.a_person(session, name) if fields.pop("new", True) else fields.pop("person")
    body = {"preferred": preferred} if preferred else None
    factories.an_answer(session, item, person, body, purpose="pilot", **fields)


def test_the_furthest_apart_come_first(session: Session) -> None:
    _, (same, half, apart) = a_pilot(session)
    for item, first, second in ((same, "r1", "r1"), (half, "r1", "tie"), (apart, "r1", "r2")):
        answered(session, item, f"a-{item.key}", first)
        answered(session, item, f"b-{item.key}", second)
    report = pilot.report(session, SYSTEM, "try-out")
    assert [(item.key, item.distance) for item in report.compared] == [("i2", 1.0), ("i1", 0.5), ("i0", 0.0)]
    assert (report.complete, report.wanted) == (3, 3)


def test_agreement_in_the_pilot_is_the_reports_once_the_answers_count(session: Session) -> None:
    project = factories.a_project(session, "here", task="classification", settings=LABELS, state="pilot")
    mei, raj, tan = (factories.a_member(session, project) for _ in range(3))
    for mine, theirs, third in (("a", "a", "b"), ("a", "b", "b"), ("c", "c", "c"), ("a", "b", None)):
        item = factories.an_item(session, project, settings=LABELS)
        for person, label in ((mei, mine), (raj, theirs), (tan, third)):
            if label is not None:
                said(session, item, person, label, purpose="pilot")
    said(session, item, mei, "b", purpose="pilot", revision=2, current=False)
    agreed = pilot.report(session, SYSTEM, "here").agreed["labels"]
    assert (agreed["pairs"], agreed["percent"]) == (10, 0.5)
    session.execute(update(Answer).values(purpose="work"))
    found = reporting.quality(session, SYSTEM, "here")["targets"]["labels"]["agreement"]
    assert {name: found[name] for name in ("alpha", "alpha_low", "percent", "pairs", "units")} == {
        name: agreed[name] for name in ("alpha", "alpha_low", "percent", "pairs", "units")
    }
    assert pilot.report(session, SYSTEM, "here").agreed["labels"]["percent"] == 0.5, "the pilot's, whatever came of it"


@pytest.mark.parametrize("start", [1, 2])
def test_all_answers_of_a_pilot_count_under_adaptive_overlap_too(session: Session, start: int) -> None:
    policy = {"overlap": 1, "stopping": {"start": start, "most": 5}}
    project = factories.a_project(session, "here", task="classification", settings=LABELS, state="pilot", policy=policy)
    people = [factories.a_member(session, project) for _ in range(3)]
    for letters in ("aaa", "abb", "ccc"):
        item = factories.an_item(session, project, settings=LABELS)
        for person, letter in zip(people, letters, strict=True):
            said(session, item, person, letter, purpose="pilot")
    agreed = pilot.report(session, SYSTEM, "here").agreed["labels"]
    assert (agreed["pairs"], agreed["units"], agreed["source"]) == (9, 3, "all")


def test_who_passed_on_is_listed_and_not_compared(session: Session) -> None:
    _, (item, *_) = a_pilot(session)
    answered(session, item, "Ada", "r1")
    answered(session, item, "Bo", "", outcome="skipped", reason="unclear")
    (found,) = pilot.report(session, SYSTEM, "try-out").compared
    assert found.distance is None
    assert [(given.person, given.outcome, given.fits) for given in found.given] == [
        ("Ada", "submitted", True),
        ("Bo", "skipped", True),
    ]


def test_answers_under_settings_that_changed_are_kept_apart(session: Session, now: datetime) -> None:
    _, (item, *_) = a_pilot(session)
    answered(session, item, "Ada", "tie")
    answered(session, item, "Bo", "r1")
    project_changes.change(session, SYSTEM, "try-out", now=now, settings={"allow_tie": False})
    (found,) = pilot.report(session, SYSTEM, "try-out").compared
    assert found.distance is None
    assert [given.fits for given in found.given] == [False, True]


def test_work_answers_are_no_part_of_the_pilot(session: Session) -> None:
    project, (item, *_) = a_pilot(session)
    factories.an_answer(session, item, factories.a_person(session), {"preferred": "r1"})
    assert pilot.report(session, SYSTEM, project.slug).compared == ()


def test_only_who_reviews_sees_the_pilot(session: Session) -> None:
    project, _ = a_pilot(session)
    annotator = factories.acting(factories.a_member(session, project))
    with pytest.raises(NotAllowed):
        pilot.report(session, annotator, project.slug)


def lacking(session: Session, slug: str) -> list[str]:
    return [step.need for step in readiness(session, SYSTEM, slug).steps if not step.met]


def test_an_empty_draft_lacks_items_first_of_all(session: Session) -> None:
    project = factories.a_project(session, state="draft")
    assert lacking(session, project.slug) == ["items", "people"]
    assert not readiness(session, SYSTEM, project.slug).ready
    factories.an_item(session, project)
    assert readiness(session, SYSTEM, project.slug).ready


def test_going_live_needs_as_many_people_as_answers(session: Session) -> None:
    project = factories.a_project(session, state="pilot", items=1, overlap=2, policy={"gold_rate": 0.1})
    factories.a_member(session, project)
    assert lacking(session, project.slug) == ["people", "gold", "pilot_done"]
    assert not readiness(session, SYSTEM, project.slug).ready
    factories.a_member(session, project)
    assert readiness(session, SYSTEM, project.slug).ready


def test_viewers_and_paused_people_do_not_count_as_labellers(session: Session, now: datetime) -> None:
    project = factories.a_project(session, state="pilot", items=1)
    factories.a_member(session, project, role="viewer")
    paused = factories.a_member(session, project)
    membership.set_member(session, SYSTEM, project.slug, paused.name, now=now, state="paused")
    assert "people" in lacking(session, project.slug)


def test_summaries_count_work_people_and_the_next_due_batch(session: Session, now: datetime) -> None:
    project = factories.a_project(session, "counted", items=2)
    factories.an_item(session, project, state="done")
    factories.an_item(session, project, state="gold")
    factories.a_member(session, project)
    (found,) = summaries.summaries(session, SYSTEM)
    assert (found.items, found.done, found.people, found.due_at) == (3, 1, 1, None)


def test_a_preview_shows_the_projects_first_item_under_settings_not_saved(session: Session) -> None:
    project = factories.a_project(session, "shown", items=1)
    screen = preview.screen(session, SYSTEM, project.slug, {"question": "Nicer?"}, Extras(confidence=True))
    assert screen["asks"][0]["label"] == "Nicer?"
    assert screen["extras"]["confidence"] is True
    assert screen["shows"][0]["text"] == session.get_one(Item, 1).payload["prompt"]


def test_a_preview_of_an_empty_project_is_made_up(session: Session) -> None:
    project = factories.a_project(session)
    assert preview.screen(session, SYSTEM, project.slug, {}, Extras())["asks"]


def test_versions_name_who_changed_what(session: Session, now: datetime) -> None:
    lead = factories.an_actor(session, "Mei", role="lead")
    project = factories.a_project(session)
    project_changes.change(session, lead, project.slug, now=now, guidelines="Be kind.", note="Shorter")
    found = versions.guidelines(session, lead, project.slug)
    assert [(v.number, v.content, v.note, v.by) for v in found] == [
        (2, "Be kind.", "Shorter", "Mei"),
        (1, "Decide with care.", "", None),
    ]


def test_unsaved_forms_are_kept_for_their_owner_only(session: Session) -> None:
    mei, bo = factories.an_actor(session, "Mei"), factories.an_actor(session, "Bo")
    pending.keep(session, mei, "a", {"x": 1})
    pending.keep(session, mei, "b", {"y": "二"})
    assert pending.recall(session, bo, "a") is None
    pending.drop(session, mei, "a")
    assert (pending.recall(session, mei, "a"), pending.recall(session, mei, "b")) == (None, {"y": "二"})
