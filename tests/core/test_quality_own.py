"""One's own quality: nobody else's figures, nothing fresh, nothing that tells which items were checks."""

from dataclasses import asdict
from datetime import timedelta

import pytest
from sqlmodel import Session

from core.errors import NotAllowed, NotFound
from core.permissions import SYSTEM, Actor
from core.services.quality import own as quality_own
from core.services.quality.accuracy import BLOCK
from core.services.quality.own import Own
from core.store import figures
from core.store.tables import Person
from tests.clock import NOW
from tests.core.test_quality import LABELS, answered, said
from tests.core.test_quality_person import gold_answers, labelled, the_project
from tests.factories import a_gold, a_member, a_person, a_project, a_verdict, acting, an_actor, an_item


def own(session: Session, person: Person) -> Own:
    if not quality_own.worked_on(session, acting(person)):
        a_member(session, the_project(session), person)
    found = quality_own.mine(session, acting(person), "here", now=NOW)
    assert found.own is not None
    return found.own


def a_block(session: Session, *people: Person) -> None:
    """The rest of as many answers as move one's own figures, where everybody says the same."""
    for _ in range(BLOCK):
        item = an_item(session, the_project(session), settings=LABELS)
        for person in people:
            said(session, item, person, "a", at=NOW - timedelta(days=2))


def test_an_accuracy_shows_from_five_checks_on(session: Session) -> None:
    _items, (mei, raj) = labelled(session, "aa", "mei", "raj")
    gold_answers(session, mei, [True] * 4)
    gold_answers(session, raj, [True] * 4 + [False])
    a_block(session, mei, raj)
    assert own(session, mei).gold is None
    found = own(session, raj).gold
    assert found is not None
    assert (found.value, found.n) == (0.8, 5)


def test_checks_of_today_are_not_in_it(session: Session) -> None:
    _items, (mei,) = labelled(session, "a", "mei")
    gold_answers(session, mei, [True] * 6)
    a_block(session, mei)
    item = an_item(session, the_project(session), settings=LABELS, state="gold")
    a_gold(session, item, {"labels": ["a"]})
    said(session, item, mei, "b", purpose="gold", passed=False, at=NOW - timedelta(minutes=5))
    found = own(session, mei).gold
    assert found is not None
    assert (found.value, found.n) == (1.0, 6)


def test_what_is_mixed_up_is_told_against_the_others_only(session: Session) -> None:
    project = a_project(session, "here", task="classification", settings=LABELS)
    mei, raj, tan = (a_person(session, name) for name in ("mei", "raj", "tan"))
    for n in range(8):
        item = an_item(session, project, settings=LABELS)
        a_gold(session, item, {"labels": ["c"]}, use="reference")
        for person, label in ((mei, "b" if n < 4 else "a"), (raj, "a"), (tan, "a")):
            said(session, item, person, label, at=NOW - timedelta(days=2))
    a_block(session, mei)
    a_block(session, tan)
    (found,) = own(session, mei).mixed
    assert (found.others, found.own, found.times, found.of) == ("a", "b", 4, 8)
    assert own(session, tan).mixed == ()


def test_a_leaning_is_told_beyond_chance(session: Session) -> None:
    project = a_project(session, "here", task="rating")
    mei, raj = (a_person(session, name) for name in ("mei", "raj"))
    for score in (1, 2, 3, 3, 2, 1) * 4:
        item = an_item(session, project)
        answered(session, item, mei, {"scores": {"overall": score + 1}}, at=NOW - timedelta(days=2))
        answered(session, item, raj, {"scores": {"overall": score}}, at=NOW - timedelta(days=2))
    (found,) = own(session, mei).leaning
    assert (found.target, found.found.bias.value) == ("overall", 1.0)


def test_a_band_of_the_team_names_nobody_and_needs_five_others(session: Session) -> None:
    names = ("mei", "hidden-1", "hidden-2", "hidden-3", "hidden-4", "hidden-5")
    _items, people = labelled(session, "aaaaaa", *names)
    for person, right in zip(people, (10, 9, 8, 7, 6, 5), strict=True):
        gold_answers(session, person, [True] * right + [False] * (10 - right))
    found = own(session, people[0])
    assert found.band is not None
    assert 0.5 < found.band[0] < found.band[1] < 1
    assert "hidden-" not in str(asdict(found))


def test_four_others_are_too_few_for_a_band(session: Session) -> None:
    _items, people = labelled(session, "aaaaa", *"abcde")
    for person in people:
        gold_answers(session, person, [True] * 10)
    assert own(session, people[0]).band is None


def test_only_projects_that_one_has_answered_in_and_only_people(session: Session) -> None:
    _items, (mei,) = labelled(session, "a", "mei")
    a_member(session, the_project(session), mei)
    outsider = an_actor(session)
    assert [view.slug for view in quality_own.worked_on(session, acting(mei))] == ["here"]
    assert quality_own.worked_on(session, outsider) == []
    with pytest.raises(NotFound):
        quality_own.mine(session, outsider, "here", now=NOW)
    with pytest.raises(NotAllowed):
        quality_own.worked_on(session, SYSTEM)


def test_a_lead_without_answers_has_none_of_their_own(session: Session) -> None:
    labelled(session, "ab", "mei", "raj")
    lead: Actor = acting(a_member(session, the_project(session), a_person(session, role="lead"), role="lead"))
    found = quality_own.mine(session, lead, "here", now=NOW)
    assert (found.own, found.working) == (None, False)


@pytest.mark.parametrize("purpose", ["work", "gold", "repeat"])
def test_pace_and_review_move_with_full_blocks_only(session: Session, purpose: str) -> None:
    """One slow answer a day, all of them reviewed: each evening the figures would tell whether it was a check."""
    _items, (mei, raj) = labelled(session, "aa", "mei", "raj")
    project, before = the_project(session), NOW - timedelta(days=2)
    for n in range(BLOCK):
        item = an_item(session, project, settings=LABELS)
        for person in (mei, raj):
            said(session, item, person, "a", at=before + timedelta(minutes=n), active_ms=10_000)
        a_verdict(session, item, {"labels": ["a"]}, basis="edited", final=True)
    seen = own(session, mei)
    assert seen.pace is not None
    assert seen.upheld is not None
    item = an_item(session, project, settings=LABELS, state="gold" if purpose == "gold" else "done")
    if purpose == "gold":
        a_gold(session, item, {"labels": ["a"]})
    at = NOW - timedelta(days=1)
    said(session, item, mei, "b", at=at, active_ms=90_000, purpose=purpose, nth=int(purpose == "repeat"))
    a_verdict(session, item, {"labels": ["a"]}, basis="edited", final=True)
    later = own(session, mei)
    assert (later.pace, later.upheld, later.returned) == (seen.pace, seen.upheld, seen.returned)


def test_ones_own_accuracy_reads_only_the_gold_that_one_has_answered(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    _items, (mei,) = labelled(session, "a", "mei")
    gold_answers(session, mei, [True] * 6)
    a_block(session, mei)
    for _ in range(30):
        a_gold(session, an_item(session, the_project(session), settings=LABELS), {"labels": ["a"]})
    read: list[int] = []
    golds_of = figures.golds_of
    monkeypatch.setattr(figures, "golds_of", lambda *given: (read.append(len(found := golds_of(*given))), found)[1])
    found = own(session, mei).gold
    assert found is not None
    assert set(read) == {found.n}
