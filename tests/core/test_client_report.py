"""What a client is told: parts, where values come from, what to bear in mind; and never a name."""

from typing import Any

import pytest
from sqlmodel import Session

from core.permissions import SYSTEM
from core.services import client_report
from core.services.client_report import ClientReport
from core.services.quality import reporting
from tests.clock import NOW
from tests.core.test_quality import LABELS, answered, said
from tests.factories import a_gold, a_lane, a_member, a_person, a_project, a_verdict, acting, an_item


def told(session: Session, actor: Any = SYSTEM) -> ClientReport:
    return client_report.client_report(session, actor, reporting.assess(session, actor, "here"), now=NOW)


def a_project_to_hand_over(session: Session) -> None:
    """Two batches; of the items one of each kind of source."""
    project = a_project(session, "here", task="classification", settings=LABELS, overlap=3)
    people = [a_person(session, name) for name in ("Mei Secret", "Raj Secret", "Tan Secret")]
    lanes = [a_lane(session, project, batch=name) for name in ("week-1", "week-2")]
    votes = {"single": "a", "unanimous": "aa", "majority": "aab", "unresolved": "ab", "adjudicated": "abc"}
    for at, (kind, labels) in enumerate(votes.items()):
        item = an_item(session, project, settings=LABELS, lane=lanes[at % 2], lang="en")
        for person, label in zip(people, labels, strict=False):
            said(session, item, person, label)
        if kind == "adjudicated":
            a_verdict(session, item, {"labels": ["b"]})
        if kind == "majority":
            a_gold(session, item, {"labels": ["a"]}, use="reference")


def test_every_item_has_one_source(session: Session) -> None:
    a_project_to_hand_over(session)
    found = told(session)
    assert found.settled.sources == dict.fromkeys(client_report.SOURCES, 1)
    assert (found.settled.items, found.settled.reviewed) == (5, 1)


def test_how_often_an_item_was_answered_is_counted_not_read_off_the_policy(session: Session) -> None:
    project = a_project(session, "here", task="classification", settings=LABELS, overlap=3, policy={"gold_rate": 0.5})
    people = [a_person(session) for _ in range(3)]
    items = [an_item(session, project, settings=LABELS) for _ in range(2)]
    for item in items:
        for person in people[:2]:
            said(session, item, person, "a")
    assert (told(session).answers_an_item, told(session).check_share) == ((2, 2), 0.0)
    said(session, items[0], people[2], "a")
    said(session, an_item(session, project, settings=LABELS, state="gold"), people[2], "b", purpose="gold")
    assert (told(session).answers_an_item, told(session).check_share) == ((2, 3), pytest.approx(1 / 6))


def test_parts_add_up_to_the_whole(session: Session) -> None:
    a_project_to_hand_over(session)
    found = told(session)
    one, two = found.parts
    assert (one.batch, one.lang, one.guidelines) == ("week-1", "en", 1)
    assert one.labels + two.labels == found.labels == 11
    assert one.items + two.items == found.items == 5
    assert one.agreed["labels"]["units"] == 2
    assert one.gold is not None
    assert one.gold.value == pytest.approx(2 / 3)
    assert (one.gold.n, two.gold) == (3, None)
    assert found.gold == one.gold


def test_a_verdict_that_waits_for_the_second_reviewer_is_none_yet(session: Session) -> None:
    project = a_project(session, "here", task="classification", settings=LABELS)
    item = an_item(session, project, settings=LABELS)
    said(session, item, a_person(session), "a")
    a_verdict(session, item, {"labels": ["a"]}, final=False)
    assert told(session).settled.sources == {"single": 1}


@pytest.mark.parametrize(("scores", "source"), [((3, 3), "unanimous"), ((3, 4), "majority"), ((3,), "single")])
def test_scores_have_no_votes_but_a_nearest_answer(session: Session, scores: tuple[int, ...], source: str) -> None:
    item = an_item(session, a_project(session, "here", task="rating"))
    for score in scores:
        answered(session, item, a_person(session), {"scores": {"overall": score}})
    assert told(session).settled.sources == {source: 1}


def test_what_to_bear_in_mind_comes_with_its_count(session: Session) -> None:
    a_project_to_hand_over(session)
    assert dict(told(session).limits) == {
        "few_gold": 3, "few_units": 4, "single": 1, "unresolved": 1, "under_way": 0,
    }  # fmt: skip


def test_a_project_without_gold_says_so(session: Session) -> None:
    project = a_project(session, "here", task="classification", settings=LABELS, state="done")
    for version in (1, 2):
        said(session, an_item(session, project, settings=LABELS), a_person(session), "a", guideline_version=version)
    found = told(session)
    assert (found.gold, found.guidelines) == (None, (1, 2))
    assert {name for name, _n in found.limits} == {"no_gold", "few_units", "few_people", "single", "versions"}


@pytest.mark.parametrize("role", ["lead", "viewer"])
def test_nobody_is_named_whoever_asks(session: Session, role: str) -> None:
    a_project_to_hand_over(session)
    project: Any = reporting.assess(session, SYSTEM, "here").evidence.project
    reader = a_member(session, project, a_person(session, "Reader", role=role), role=role)
    found = told(session, acting(reader))
    assert found.people == 3
    assert "Secret" not in repr(found)
