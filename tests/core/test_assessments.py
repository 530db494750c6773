"""Which answers a figure is about; figures that are kept, worked out aside, and never stale without saying so."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Event
from time import monotonic, sleep
from typing import Any

import numpy as np
import pytest
from sqlalchemy import Engine, text as sql
from sqlmodel import Session, select

from core.errors import InvalidInput, NotFound
from core.permissions import SYSTEM, Actor
from core.services import audit, people, projects
from core.services.quality import assessments, reporting
from core.services.quality.assessments import Current, Scope
from core.services.quality.data import Evidence, gather
from core.store.engine import reading, transaction
from core.store.tables import Item, Membership, Person, SettingsVersion
from tests.clock import NOW
from tests.core.test_quality import LABELS, said
from tests.factories import a_lane, a_member, a_person, a_project, acting, an_item

GUARD = {"sqlite": "event_no_update", "postgresql": "event_append_only ON event"}
"""What keeps the log from being changed."""


def gathered(session: Session, **scope: Any) -> Evidence:
    return gather(session, projects.get(session, SYSTEM, "here"), {}, Scope(**scope))


def labels(session: Session, **scope: Any) -> tuple[int, int]:
    found = reporting.assess(session, SYSTEM, "here", scope=Scope(**scope)).report
    return found["items"], found["labels"]


# Scopes ---------------------------------------------------------------------------------------------------------------


@pytest.fixture
def mixed(session: Session) -> Any:
    """Two batches, two languages, two guideline versions: four labels on three items, and a revision."""
    project = a_project(session, "here", task="classification", settings=LABELS)
    first, second = a_lane(session, project, batch="first"), a_lane(session, project, batch="second")
    english = an_item(session, project, settings=LABELS, lane=first, lang="en", words=12)
    chinese = an_item(session, project, settings=LABELS, lane=first, lang="zh", audit=True)
    later = an_item(session, project, settings=LABELS, lane=second, lang="zh")
    mei, raj = a_person(session, "mei"), a_person(session, "raj")
    said(session, english, mei, "a", current=False)
    said(session, english, mei, "b", revision=2, guideline_version=2)
    said(session, english, raj, "a")
    said(session, chinese, mei, "b", guideline_version=2)
    said(session, later, mei, "c")
    return project


def test_a_scope_leaves_the_rest_out(session: Session, mixed: Any) -> None:
    assert labels(session) == (3, 4)
    assert labels(session, batch="first") == (2, 3)
    assert labels(session, batch="first", lang="zh") == (1, 1)
    assert labels(session, lang="ms") == (0, 0)
    assert labels(session, settings=1) == (3, 4)


def test_a_revision_under_newer_guidelines_is_no_first_answer_of_theirs(session: Session, mixed: Any) -> None:
    assert labels(session, guidelines=2) == (3, 1)
    assert labels(session, guidelines=1) == (3, 3)


def test_items_come_with_what_is_known_of_them(session: Session, mixed: Any) -> None:
    found = gathered(session)
    about = found.about
    assert [about.batches[code] for code in about.batch] == ["first", "first", "second"]
    assert [about.langs[code] for code in about.lang] == ["en", "zh", "zh"]
    assert (about.words.tolist(), about.audit.tolist()) == ([12, 0, 0], [False, True, False])
    assert found.answers.at.tolist() == [NOW.timestamp()] * 4
    assert sorted(found.answers.guidelines.tolist()) == [1, 1, 1, 2]


def test_the_choices_are_counted(session: Session, mixed: Any) -> None:
    found = assessments.scopes(session, SYSTEM, "here", now=NOW)
    assert found.batches == {"first": 3, "second": 1}
    assert found.langs == {"en": 2, "zh": 2}
    assert list(found.guidelines.items()) == [(2, 1), (1, 3)]
    assert found.settings == {1: 4}


def test_an_earlier_settings_version_is_read_as_it_asked(session: Session, mixed: Any) -> None:
    newer = {"labels": [{"id": name} for name in ("x", "y")]}
    version = SettingsVersion(
        project_id=mixed.id, number=2, settings=newer, extras={}, created_at=NOW, carries_over={"answers": False}
    )
    session.add(version)
    session.flush()
    assert labels(session) == (3, 0)
    assert labels(session, settings=1) == (3, 4)
    assert gathered(session, settings=1).targets["labels"].names == ("a", "b", "c")
    with pytest.raises(InvalidInput, match="no settings version 7; there are 2, 1"):
        gathered(session, settings=7)


def test_second_looks_stand_beside_the_first(session: Session) -> None:
    project = a_project(session, "here", task="classification", settings=LABELS)
    one, two, three = (an_item(session, project, settings=LABELS) for _ in range(3))
    mei, raj = a_person(session, "mei"), a_person(session, "raj")
    said(session, one, mei, "a")
    said(session, two, mei, "b")
    said(session, one, raj, "c")
    said(session, one, mei, "c", purpose="repeat", nth=1)
    said(session, two, mei, "b", purpose="imported", nth=1)
    said(session, three, raj, "b", purpose="repeat", nth=1)
    found = gathered(session)
    measured = found.targets["labels"]
    pairs = [
        (found.people[found.person[first]], measured.names[measured.code[first]], measured.names[again])
        for first, again in zip(found.repeats.first.tolist(), measured.again.tolist(), strict=True)
    ]
    assert sorted(pairs) == [("mei", "a", "c"), ("mei", "b", "b")]
    assert int(found.labels.sum()) == 3


def test_viewers_get_no_names_in_what_figures_rest_on(session: Session, mixed: Any) -> None:
    judge = a_person(session, "judge", kind="machine")
    said(session, an_item(session, mixed, settings=LABELS), judge, "a", purpose="imported")
    viewer = a_member(session, mixed, a_person(session, "vera", role="viewer"), role="viewer")
    found = reporting.assess(session, acting(viewer), "here")
    assert (set(found.evidence.people), found.report["annotators_detail"]) == ({"", "judge"}, {})
    assert found.report["labels"] == 4
    assert np.bincount(found.evidence.person, minlength=3).sum() == 5


# What is kept ---------------------------------------------------------------------------------------------------------


@pytest.fixture(autouse=True)
def empty_shelf() -> Iterator[None]:
    assessments.shelf.clear()
    yield
    assessments.shelf.clear()


@pytest.fixture
def large(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every project is one whose figures are worked out aside."""
    monkeypatch.setattr(assessments, "SMALL", -1)


@pytest.fixture
def project(store: Engine) -> str:
    with transaction() as session:
        made = a_project(session, "here", task="classification", settings=LABELS)
        item = an_item(session, made, "one", settings=LABELS)
        said(session, item, a_person(session, "mei"), "a")
        happened(session, "answer.submitted")
    return "here"


def happened(session: Session, kind: str) -> None:
    project_id = projects.get(session, SYSTEM, "here").id
    audit.record(session, SYSTEM, NOW, audit.Fact(kind, "answer:1 item:1", project_id))


def another_answer(name: str, label: str = "a") -> None:
    with transaction() as session:
        item = session.exec(select(Item)).first()
        said(session, item, a_person(session, name), label)
        happened(session, "answer.submitted")


def now_known(at: datetime = NOW, actor: Actor = SYSTEM, **scope: Any) -> Current:
    with reading() as session:
        return assessments.current(session, actor, "here", now=at, scope=Scope(**scope))


def settled_down(at: datetime = NOW) -> Current:
    """Once nothing is being worked out any more."""
    end = monotonic() + 30
    while (found := now_known(at)).working is not None:
        assert monotonic() < end
        sleep(0.01)
    return found


def labels_of(found: Current) -> int:
    assert found.assessment is not None
    return int(found.assessment.report["labels"])


def names_of(found: Current) -> set[str]:
    assert found.assessment is not None
    return set(found.assessment.report["annotators_detail"])


def counting(monkeypatch: pytest.MonkeyPatch, before: Callable[[], None] = lambda: None) -> list[Scope]:
    """The scopes that are worked out from now on."""
    seen: list[Scope] = []
    real = reporting.worked_out

    def worked_out(*args: Any, scope: Scope, **named: Any) -> reporting.Assessment:
        seen.append(scope)
        before()
        return real(*args, scope=scope, **named)

    monkeypatch.setattr(reporting, "worked_out", worked_out)
    return seen


def test_a_small_projects_figures_are_those_of_now(project: str, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = counting(monkeypatch)
    assert (labels_of(now_known()), labels_of(now_known())) == (1, 1)
    assert seen == [Scope()]
    another_answer("raj")
    found = now_known()
    assert (labels_of(found), found.behind, found.working) == (2, 0, None)
    assert (labels_of(now_known(batch="nowhere")), labels_of(now_known())) == (0, 2)
    assert seen == [Scope(), Scope(), Scope(batch="nowhere")]


def test_kept_figures_forget_whom_the_workspace_forgets(project: str) -> None:
    assert names_of(now_known()) == {"mei"}
    with transaction() as session:
        mei = session.exec(select(Person).where(Person.name == "mei")).one().id or 0
        people.erase(session, SYSTEM, mei, now=NOW)
    assert names_of(now_known()) == {f"erased-{mei}"}


def test_what_changes_no_figure_makes_none_anew(project: str, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = counting(monkeypatch)
    now_known()
    with transaction() as session:
        happened(session, "item.claimed")
    now_known()
    assert len(seen) == 1


def test_a_large_projects_figures_say_how_far_behind_they_are_until_new_ones_are_there(
    project: str, large: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = settled_down()
    assert (labels_of(first), first.behind) == (1, 0)
    go_on = Event()
    counting(monkeypatch, before=lambda: None if go_on.wait(30) else pytest.fail("was never let go"))
    another_answer("raj")
    another_answer("tan")
    later = NOW + timedelta(hours=1)
    found = now_known(later)
    assert (labels_of(found), found.behind, found.at) == (1, 2, NOW)
    assert found.working is not None
    go_on.set()
    found = settled_down(later)
    assert (labels_of(found), found.behind, found.at) == (3, 0, later)


def test_dear_figures_rest_and_say_so(project: str, large: None, monkeypatch: pytest.MonkeyPatch) -> None:
    settled_down()
    seen = counting(monkeypatch, before=lambda: sleep(0.2))
    another_answer("raj")
    later = NOW + timedelta(hours=1)
    now_known(later)
    assert labels_of(settled_down(later)) == 2
    another_answer("tan")
    resting = now_known(later + timedelta(seconds=1))
    assert (labels_of(resting), resting.behind, resting.working, len(seen)) == (2, 1, None, 1)
    later += timedelta(minutes=5)
    now_known(later)
    assert (labels_of(settled_down(later)), len(seen)) == (3, 2)


def test_however_many_look_it_is_worked_out_once(project: str, large: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(assessments, "PATIENCE", 0.0)
    go_on = Event()
    seen = counting(monkeypatch, before=lambda: None if go_on.wait(30) else pytest.fail("was never let go"))
    with ThreadPoolExecutor(8) as pool:
        looks = list(pool.map(lambda _: now_known(), range(16)))
    assert all(look.assessment is None and look.working is not None for look in looks)
    go_on.set()
    assert labels_of(settled_down()) == 1
    assert len(seen) == 1


def test_small_ones_are_worked_out_once_too(project: str, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = counting(monkeypatch, before=lambda: sleep(0.05))
    with ThreadPoolExecutor(8) as pool:
        assert {labels_of(look) for look in pool.map(lambda _: now_known(), range(8))} == {1}
    assert len(seen) == 1


def failing(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    tried: list[int] = []

    def worked_out(*_: Any, **__: Any) -> reporting.Assessment:
        tried.append(1)
        raise InvalidInput("It cannot be done.")

    monkeypatch.setattr(reporting, "worked_out", worked_out)
    return tried


def test_what_fails_aside_is_told_and_not_tried_again_and_again(
    project: str, large: None, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    tried = failing(monkeypatch)
    for _ in range(3):
        with pytest.raises(InvalidInput, match="cannot be done"):
            settled_down()
    assert len(tried) == 1
    assert "could not be worked out" in caplog.text
    another_answer("raj")
    with pytest.raises(InvalidInput, match="cannot be done"):
        settled_down()
    assert len(tried) == 2
    monkeypatch.undo()


def test_what_was_known_stands_when_newer_figures_fail(
    project: str, large: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    settled_down()
    failing(monkeypatch)
    another_answer("raj")
    later = NOW + timedelta(hours=1)
    now_known(later)
    found = settled_down(later)
    assert (labels_of(found), found.behind, str(found.failed)) == (1, 1, "It cannot be done.")


def test_another_workspaces_log_makes_old_figures_void(project: str, large: None) -> None:
    settled_down()
    with transaction() as session:
        session.connection().execute(sql(f"DROP TRIGGER {GUARD[session.connection().dialect.name]}"))
        session.connection().execute(sql("UPDATE event SET chain = 'of a backup'"))
    another_answer("raj")
    assert labels_of(settled_down()) == 2


def test_only_as_much_is_kept_as_fits(project: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(assessments, "MOST", 3)
    seen = counting(monkeypatch)
    now_known()
    now_known(settings=1)
    now_known(settings=1)
    now_known()
    assert len(seen) == 3


def test_names_are_worked_out_once_and_told_to_those_who_may_see_them(
    project: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = counting(monkeypatch)
    with transaction() as session:
        vera = a_person(session, "vera", role="viewer")
        found = projects.get(session, SYSTEM, "here")
        session.add(Membership(person_id=vera.id, project_id=found.id, role="viewer", created_at=NOW))
        outsider = acting(a_person(session, "otto"))
    named, nameless = now_known().assessment, now_known(actor=acting(vera)).assessment
    assert named is not None
    assert nameless is not None
    assert named.evidence.people == ("mei",)
    assert (nameless.evidence.people, nameless.report["annotators_detail"]) == (("",), {})
    assert now_known(actor=acting(vera)).assessment is nameless
    assert len(seen) == 1
    with pytest.raises(NotFound):
        now_known(actor=outsider)


def test_a_view_is_made_once(project: str) -> None:
    found = now_known().assessment
    assert found is not None
    made: list[int] = []
    for _ in range(2):
        assert found.view("a page", lambda: made.append(1) or 7) == 7
    assert made == [1]
