"""One's own work: found again page by page, revisable while it may be, and no hint at hidden checks."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlmodel import Session

from core.errors import NotAllowed, NotFound
from core.permissions import SYSTEM
from core.services import activity, mywork
from core.services.quality.accuracy import BLOCK
from core.store.tables import Draft, Person
from tests import factories

pytestmark = pytest.mark.dates


def gave(session: Session, project: Any, person: Person, at: datetime, **fields: Any) -> int:
    item = fields.pop("item", None) or factories.an_item(session, project, state="done")
    answer = factories.an_answer(session, item, person, {"preferred": "tie"}, at=at, **fields)
    assert answer.id is not None
    return answer.id


def a_block(session: Session, project: Any, person: Person, at: datetime, *, checks: int, right: bool = True) -> None:
    """As many answers as move one's own figures, so many of them hidden checks."""
    for n in range(BLOCK):
        if n < checks:
            factories.a_check(session, factories.an_item(session, project, state="gold"), person, right=right, at=at)
        else:
            gave(session, project, person, at)


def test_answers_come_newest_first_a_page_at_a_time(session: Session, now: datetime) -> None:
    project, person = factories.a_project(session), factories.a_person(session)
    ids = [gave(session, project, person, now + timedelta(minutes=n // 2)) for n in range(7)]
    gave(session, project, factories.a_person(session), now)
    actor, found, after = factories.acting(person), [], None
    while True:
        leaf = mywork.answers(session, actor, after=after, limit=3)
        found += [row.answer_id for row in leaf.rows]
        after = leaf.following
        if after is None:
            break
    assert found == ids[::-1]


def test_answers_are_found_by_project_outcome_and_day(session: Session, now: datetime) -> None:
    one, two = factories.a_project(session), factories.a_project(session)
    person = factories.a_person(session, preferences={"timezone": "Asia/Singapore"})
    for project in (one, two):
        factories.a_member(session, project, person)
    now, evening = now.replace(hour=9), now.replace(hour=17)
    first = gave(session, one, person, now)
    skipped = gave(session, one, person, now, outcome="skipped")
    other = gave(session, two, person, evening)
    actor = factories.acting(person)

    def ids(**chosen: Any) -> set[int]:
        return {row.answer_id for row in mywork.answers(session, actor, **chosen).rows}

    assert ids(slug=one.slug) == {first, skipped}
    assert ids(outcome="skipped") == {skipped}
    assert ids(since=now.date() + timedelta(days=1)) == {other}
    assert ids(until=now.date()) == {first, skipped}


@pytest.mark.parametrize(
    ("state", "fields", "revisable"),
    [
        ("live", {}, True),
        ("live", {"purpose": "gold"}, True),
        ("live", {"purpose": "repeat", "nth": 1}, True),
        ("pilot", {"purpose": "pilot"}, True),
        ("paused", {}, False),
        ("done", {}, False),
        ("live", {"outcome": "skipped"}, False),
        ("live", {"purpose": "pilot"}, False),
    ],
)
def test_an_answer_can_be_revised_while_its_project_is_open(
    session: Session, now: datetime, state: str, fields: dict[str, Any], revisable: bool
) -> None:
    project, person = factories.a_project(session, state=state), factories.a_person(session)
    gave(session, project, person, now, **fields)
    assert mywork.answers(session, factories.acting(person)).rows[0].revisable is revisable


def test_a_verdict_closes_an_answer(session: Session, now: datetime) -> None:
    project, person = factories.a_project(session), factories.a_person(session)
    item = factories.an_item(session, project, state="done")
    gave(session, project, person, now, item=item)
    factories.a_verdict(session, item, {}, at=now)
    assert mywork.answers(session, factories.acting(person)).rows[0].revisable is False


def test_personal_data_is_not_shown_again(session: Session, now: datetime) -> None:
    project, person = factories.a_project(session), factories.a_person(session)
    item = factories.an_item(session, project, state="quarantined")
    gave(session, project, person, now, item=item, outcome="personal_data")
    assert mywork.answers(session, factories.acting(person)).rows[0].excerpt == ""


def test_drafts_are_listed_whether_in_hand_or_run_out(session: Session, now: datetime) -> None:
    project, person = factories.a_project(session), factories.a_person(session)
    for minutes, state in ((1, "held"), (2, "expired"), (3, "done")):
        assignment = factories.an_assignment(session, factories.an_item(session, project), person, state=state)
        saved_at = now + timedelta(minutes=minutes)
        session.add(Draft(assignment_id=assignment.id, rev=1, body={}, saved_at=saved_at))
    session.flush()
    found = mywork.drafts(session, factories.acting(person))
    assert [(draft.in_hand, draft.saved_at) for draft in found] == [
        (False, now + timedelta(minutes=2)),
        (True, now + timedelta(minutes=1)),
    ]


def test_progress_counts_today_and_this_week(session: Session, now: datetime) -> None:
    project = factories.a_project(session, policy={"targets": {"hours_per_week": 15}})
    person = factories.a_member(session, project)
    thursday = now + timedelta(days=3 - now.weekday())
    for at in (thursday, thursday, thursday - timedelta(days=1), thursday - timedelta(days=7)):
        gave(session, project, person, at)
    actor = factories.acting(person)
    beat = activity.Measured(1, thursday, 60_000)
    activity.receive(session, actor, now=thursday, desk="d", beats=[beat])
    found = mywork.progress(session, actor, now=thursday)
    assert (found.today, found.week, found.week_target_h) == (2, 3, 15)
    assert (found.today_s, found.week_s) == (60, 60)
    assert len(found.days) == 14
    assert [(day.answers, day.hours) for day in found.days[-2:]] == [(1, 0), (2, 1 / 60)]
    assert [(p.project.slug, p.answers, p.today) for p in found.projects] == [(project.slug, 4, 2)]


def test_accuracy_never_tells_how_todays_checks_went(session: Session, now: datetime) -> None:
    project = factories.a_project(session)
    person = factories.a_member(session, project)
    a_block(session, project, person, now - timedelta(days=1), checks=5)
    before = mywork.progress(session, factories.acting(person), now=now).projects[0].gold
    a_block(session, project, person, now, checks=20, right=False)
    after = mywork.progress(session, factories.acting(person), now=now).projects[0].gold
    assert before is not None
    assert before == after
    assert (before.value, before.n) == (1, 5)


def test_no_single_answer_moves_ones_accuracy_whatever_it_was(session: Session, now: datetime) -> None:
    """One item a day: each morning the figure would tell whether yesterday's was a check."""
    project = factories.a_project(session)
    person = factories.a_member(session, project)
    actor, seen = factories.acting(person), []
    first = now - timedelta(days=100)
    for day in range(3 * BLOCK):
        at = first + timedelta(days=day)
        if day % 3 == 0:
            item = factories.an_item(session, project, state="gold")
            factories.a_check(session, item, person, right=day % 2 == 0, at=at)
        else:
            gave(session, project, person, at)
        seen.append(mywork.progress(session, actor, now=at + timedelta(days=1)).projects[0].gold)
    moved = [day + 1 for day in range(1, len(seen)) if seen[day] != seen[day - 1]]
    assert moved == [BLOCK, 2 * BLOCK, 3 * BLOCK], "only with a full block, however its checks fell"
    assert [None if found is None else found.n for found in seen[BLOCK - 1 :: BLOCK]] == [7, 14, 20]


def test_few_checks_say_nothing_yet(session: Session, now: datetime) -> None:
    project = factories.a_project(session)
    person = factories.a_member(session, project)
    a_block(session, project, person, now - timedelta(days=1), checks=4)
    assert mywork.progress(session, factories.acting(person), now=now).projects[0].gold is None


def test_the_system_has_no_work_of_its_own(session: Session, now: datetime) -> None:
    for ask in (mywork.answers, mywork.drafts):
        with pytest.raises(NotAllowed):
            ask(session, SYSTEM)


def test_where_an_answer_was_given_is_told_to_its_author_alone(session: Session, now: datetime) -> None:
    project, person = factories.a_project(session), factories.a_person(session)
    factories.a_member(session, project, person)
    answer_id = gave(session, project, person, now)
    assert mywork.project_of(session, factories.acting(person), answer_id).slug == project.slug
    with pytest.raises(NotFound):
        mywork.project_of(session, factories.an_actor(session), answer_id)
