"""Agreement by part of the work, between people, and with oneself."""

from typing import Any

import pytest
from sqlmodel import Session

from core.permissions import SYSTEM
from core.services.quality import cuts as quality_cuts, reporting
from core.services.quality.reporting import Assessment
from tests.core.test_quality import LABELS, answered, said
from tests.factories import a_lane, a_member, a_person, a_project, acting, an_item


def assessed(session: Session) -> Assessment:
    return reporting.assess(session, SYSTEM, "here")


def two_weeks(session: Session) -> None:
    """Week 1 in English, where both agree; week 2 in Chinese, under new guidelines, where they do not."""
    project = a_project(session, "here", task="classification", settings=LABELS)
    mei, raj = a_person(session, "mei"), a_person(session, "raj")
    first, second = a_lane(session, project, batch="week-1"), a_lane(session, project, batch="week-2")
    for at in range(6):
        item = an_item(session, project, settings=LABELS, lane=first, lang="en")
        for person in (mei, raj):
            said(session, item, person, "ab"[at % 2])
    for at in range(6):
        item = an_item(session, project, settings=LABELS, lane=second, lang="zh-Hans")
        said(session, item, mei, "ab"[at % 2], guideline_version=2)
        said(session, item, raj, "ba"[at % 2], guideline_version=2)


def test_each_part_has_its_own_agreement(session: Session) -> None:
    two_weeks(session)
    found = assessed(session)
    assert quality_cuts.differing(found) == ("batch", "lang", "guidelines")
    one, two = quality_cuts.cuts(found, "labels", ("batch", "lang", "guidelines"))
    assert (one.batch, one.lang, one.guidelines, one.items, one.labels, one.people) == ("week-1", "en", 1, 6, 12, 2)
    assert (two.batch, two.lang, two.guidelines) == ("week-2", "zh-Hans", 2)
    assert one.agreed["alpha"] == 1
    assert two.agreed["alpha"] < 0


def test_parts_can_be_told_apart_by_one_thing_alone(session: Session) -> None:
    two_weeks(session)
    found = quality_cuts.cuts(assessed(session), "labels", ("lang",))
    assert [(cut.batch, cut.lang, cut.guidelines, cut.labels) for cut in found] == [
        (None, "en", None, 12), (None, "zh-Hans", None, 12),
    ]  # fmt: skip
    (whole,) = quality_cuts.cuts(assessed(session), "labels", ())
    assert whole.labels == 24


def test_people_are_ordered_by_how_near_they_are_to_the_others(session: Session) -> None:
    project = a_project(session, "here", task="classification", settings=LABELS)
    people = [a_person(session, name) for name in ("odd", "mei", "raj")]
    for at in range(12):
        item = an_item(session, project, settings=LABELS)
        for person in people:
            said(session, item, person, "c" if person.name == "odd" else "ab"[at % 2])
    team = quality_cuts.team(assessed(session), "labels")
    assert team is not None
    assert team.names[-1] == "odd"
    near = {(pair.left, pair.right): pair for pair in team.pairs}
    assert near[1, 0].near == 1
    assert (near[2, 0].near, near[2, 0].shared, near[2, 0].few) == (0, 12, False)
    assert 0 < near[2, 0].shrunk.value < near[1, 0].shrunk.value < 1


@pytest.mark.parametrize(("scales", "exact"), [({}, False), ({"overall": "nominal"}, True)])
def test_on_a_scale_near_is_less_than_the_same(session: Session, scales: dict[str, str], exact: bool) -> None:
    project = a_project(session, "here", task="rating")
    mei, raj = a_person(session, "mei"), a_person(session, "raj")
    for at in range(4):
        item = an_item(session, project)
        answered(session, item, mei, {"scores": {"overall": 1 + at}})
        answered(session, item, raj, {"scores": {"overall": 2 + at}})
    team = quality_cuts.team(reporting.assess(session, SYSTEM, "here", scales=scales), "overall")
    assert team is not None
    assert team.pairs[0].near == (0 if exact else 0.75)
    assert team.exact == exact


def test_hidden_repeats_say_how_far_people_agree_with_themselves(session: Session) -> None:
    project = a_project(session, "here", task="classification", settings=LABELS)
    mei, raj = a_person(session, "mei"), a_person(session, "raj")
    for at in range(4):
        item = an_item(session, project, settings=LABELS)
        said(session, item, raj, "b")
        said(session, item, mei, "a")
        said(session, item, mei, "a" if at else "c", purpose="repeat", nth=1)
    found = quality_cuts.again(assessed(session), "labels")
    assert found is not None
    assert (found.same.value, found.same.n, found.people, found.others) == (0.75, 4, 1, 0.0)


def test_without_repeats_or_company_there_is_nothing_to_say(session: Session) -> None:
    project = a_project(session, "here", task="classification", settings=LABELS)
    said(session, an_item(session, project, settings=LABELS), a_person(session, "mei"), "a")
    found = assessed(session)
    assert quality_cuts.again(found, "labels") is None
    assert quality_cuts.team(found, "labels") is None
    assert quality_cuts.differing(found) == ()


def test_viewers_see_no_people_beside_people(session: Session) -> None:
    two_weeks(session)
    project: Any = reporting.assess(session, SYSTEM, "here").evidence.project
    viewer = a_person(session, "vera", role="viewer")
    a_member(session, project, viewer, role="viewer")
    seen = reporting.assess(session, acting(viewer), "here")
    assert quality_cuts.team(seen, "labels") is None
    assert len(quality_cuts.cuts(seen, "labels", ("batch",))) == 2
