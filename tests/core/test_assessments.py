"""Which answers a figure is about; figures that are kept, worked out aside, and never stale without saying so."""

from typing import Any

import numpy as np
import pytest
from sqlmodel import Session

from core.errors import InvalidInput
from core.permissions import SYSTEM
from core.services import assessments, projects, quality
from core.services.assessments import Scope
from core.services.quality_data import Evidence, gather
from core.store.tables import SettingsVersion
from tests.conftest import NOW
from tests.core.test_quality import LABELS, said
from tests.factories import a_lane, a_member, a_person, a_project, acting, an_item


def gathered(session: Session, **scope: Any) -> Evidence:
    return gather(session, projects.get(session, SYSTEM, "here"), {}, Scope(**scope))


def labels(session: Session, **scope: Any) -> tuple[int, int]:
    found = quality.assess(session, SYSTEM, "here", scope=Scope(**scope)).report
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
    found = assessments.scopes(session, SYSTEM, "here")
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
    found = quality.assess(session, acting(viewer), "here")
    assert (set(found.evidence.people), found.report["annotators_detail"]) == ({"", "judge"}, {})
    assert found.report["labels"] == 4
    assert np.bincount(found.evidence.person, minlength=3).sum() == 5
