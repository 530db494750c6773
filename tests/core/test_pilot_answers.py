"""From the pilot to live and back: what becomes of its answers, and that every item can be finished by the same people."""

from collections import Counter
from random import Random
from typing import Any, Literal

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session

from core.errors import Conflict
from core.permissions import SYSTEM, Actor
from core.services import labelling, mywork, pilot, pilot_answers, progress, project_changes, queue, seats
from core.services.choices import choices
from core.services.quality import reporting
from core.services.queue import Nothing, Served
from core.services.starved import starved
from core.store import health, work
from core.store.tables import Project
from tests.conftest import NOW
from tests.core.test_queue import claim, give
from tests.factories import a_member, a_person, a_project, acting

TWO = {"pilot": {"overlap": 2, "items": 20}}
Keep = Literal["keep", "apart"]


def a_team(session: Session, *, items: int = 24, overlap: int = 2) -> tuple[Project, list[Actor]]:
    """The README's road: twenty items for two people of the team."""
    project = a_project(session, "road", items=items, overlap=overlap, state="pilot", policy=TWO)
    return project, [acting(a_member(session, project, a_person(session, name))) for name in ("Ann", "Bo")]


def work_through(session: Session, project: Project, people: list[Actor], most: int = 1000) -> int:
    """Both label until nothing is left for either; how many answers that were."""
    given = 0
    for person in people:
        found = claim(session, person, project)
        while isinstance(found, Served) and given < most:
            given += 1
            found = give(session, person, project, found, wants_next=True).next
    return given


def go(session: Session, project: Project, state: str, answers: Keep = "apart") -> None:
    project_changes.set_state(session, SYSTEM, project.slug, state, now=NOW, answers=answers)


def states(session: Session, project: Project) -> dict[str, int]:
    query = select(work.item.c.state).where(work.item.c.project_id == project.id)
    return Counter(session.connection().execute(query).scalars())


def purposes(session: Session) -> dict[str, int]:
    return Counter(session.connection().execute(select(work.answer.c.purpose).where(work.answer.c.current)).scalars())


@pytest.mark.parametrize("answers", ["keep", "apart"])
def test_two_people_finish_every_item_after_their_pilot(session: Session, answers: Keep) -> None:
    project, people = a_team(session)
    assert work_through(session, project, people) == 40
    found = pilot_answers.choice(session, SYSTEM, project.slug)
    told = found.keep if answers == "keep" else found.apart
    go(session, project, "live", answers)
    assert states(session, project) == (
        {"done": told.finished, "open": told.open} if told.finished else {"open": told.open}
    )
    assert sum(choice.left for person in people for choice in choices(session, person, now=NOW)) == told.answers_wanted
    assert work_through(session, project, people) == told.answers_wanted
    assert states(session, project) == {"done": 24}
    assert all(isinstance(claim(session, person, project), Nothing) for person in people)
    assert purposes(session) == ({"work": 48} if answers == "keep" else {"work": 48, "pilot": 40})
    assert starved(session, SYSTEM, project.slug).items == ()
    for name, (query, _) in health.contradictions().items():
        assert not health.first_of(session.connection(), query, 5), name


def test_the_lead_is_told_what_each_choice_does(session: Session) -> None:
    project, people = a_team(session)
    work_through(session, project, people)
    found = pilot_answers.choice(session, SYSTEM, project.slug)
    assert found.answers == 40
    assert found.keep == pilot_answers.Outlook(40, 0, finished=20, open=4, answers_wanted=8, may_answer_again=())
    assert found.apart == pilot_answers.Outlook(
        0, 40, finished=0, open=24, answers_wanted=48, may_answer_again=("Ann", "Bo")
    )


def test_answers_that_were_kept_count_once_everywhere(session: Session) -> None:
    project, people = a_team(session)
    work_through(session, project, people)
    before = [mywork.progress(session, person, now=NOW).today for person in people]
    go(session, project, "live", "keep")
    assert [mywork.progress(session, person, now=NOW).today for person in people] == before
    assert [queue.progress_of(_seat(session, person, project)).today for person in people] == [20, 20]
    seen = progress.overview(session, SYSTEM, project.slug, now=NOW)
    assert (seen.answers_given, seen.answers_wanted, seen.finish.remaining) == (40, 48, 8)
    assert [(person.name, person.answers, person.work) for person in seen.people] == [("Ann", 20, 20), ("Bo", 20, 20)]
    report = reporting.quality(session, SYSTEM, project.slug)
    assert (report["labels"], report["annotators"]) == (40, 2)
    assert pilot.report(session, SYSTEM, project.slug).complete == 20


def _seat(session: Session, person: Actor, project: Project) -> Any:
    return seats.sit_down(session, person, now=NOW, rng=Random(1), desk=None, slug=project.slug)


def test_answers_set_apart_count_nowhere_but_in_the_pilot(session: Session) -> None:
    project, people = a_team(session)
    work_through(session, project, people)
    go(session, project, "live", "apart")
    seen = progress.overview(session, SYSTEM, project.slug, now=NOW)
    assert (seen.answers_given, seen.answers_wanted) == (0, 48)
    assert reporting.quality(session, SYSTEM, project.slug)["labels"] == 0
    assert pilot.report(session, SYSTEM, project.slug).complete == 20


def test_no_pilot_answer_is_lost_where_an_item_wants_fewer(session: Session) -> None:
    project, people = a_team(session, items=3, overlap=1)
    assert work_through(session, project, people) == 6
    go(session, project, "live", "keep")
    assert purposes(session) == {"work": 6}
    assert states(session, project) == {"done": 3}
    go(session, project, "pilot")
    overlaps = session.connection().execute(select(work.item.c.overlap)).scalars()
    assert (purposes(session), states(session, project), set(overlaps)) == ({"pilot": 6}, {"open": 3}, {1})


def test_what_means_something_else_by_now_and_what_was_skipped_is_open_again(session: Session) -> None:
    project, (ann, bo) = a_team(session, items=2)
    first = claim(session, ann, project)
    second = give(session, ann, project, first, answer={"preferred": "tie"}, wants_next=True).next
    give(session, ann, project, second, outcome="skipped", reason="unclear")
    work_through(session, project, [bo])
    project_changes.change(session, SYSTEM, project.slug, now=NOW, settings={"allow_tie": False})
    found = pilot_answers.choice(session, SYSTEM, project.slug)
    assert (found.answers, found.keep.kept, found.keep.may_answer_again) == (3, 2, ("Ann",))
    go(session, project, "live", "keep")
    assert work_through(session, project, [ann, bo]) == 2
    assert states(session, project) == {"done": 2}


def test_an_item_reported_in_the_pilot_is_not_kept_as_work(session: Session) -> None:
    project, people = a_team(session, items=2)
    work_through(session, project, people)
    session.connection().execute(update(work.item).where(work.item.c.id == 1).values(state="quarantined"))
    assert pilot_answers.choice(session, SYSTEM, project.slug).keep.kept == 2
    go(session, project, "live", "keep")
    assert (purposes(session), states(session, project)) == ({"work": 2, "pilot": 2}, {"quarantined": 1, "done": 1})


@pytest.mark.parametrize("answers", ["keep", "apart"])
def test_whoever_is_in_the_middle_of_an_item_goes_on_and_it_counts(session: Session, answers: Keep) -> None:
    project, (ann, bo) = a_team(session, items=1)
    held = claim(session, ann, project)
    labelling.save_draft(session, ann, held.assignment, now=NOW, rev=1, answer={"preferred": "tie"})
    work_through(session, project, [bo])
    go(session, project, "live", answers)
    again = claim(session, ann, project)
    assert (again.assignment, again.draft["answer"]) == (held.assignment, {"preferred": "tie"})
    give(session, ann, project, again)
    work_through(session, project, [ann, bo])
    assert states(session, project) == {"done": 1}


def test_the_pilot_can_be_taken_up_again_while_nothing_live_was_answered(session: Session) -> None:
    project, people = a_team(session, items=4)
    work_through(session, project, people, most=5)
    go(session, project, "live", "keep")
    assert pilot_answers.may_return(session, SYSTEM, project.slug)
    held = claim(session, people[1], project)
    labelling.save_draft(session, people[1], held.assignment, now=NOW, rev=1, answer={"preferred": "tie"})
    go(session, project, "pilot")
    assert purposes(session) == {"pilot": 5}
    assert not project_changes.frozen(session, project.id or 0)
    assert work_through(session, project, people) == 3
    go(session, project, "live", "keep")
    assert (states(session, project), purposes(session)) == ({"done": 4}, {"work": 8})


def test_a_draft_begun_live_is_there_again_after_another_pilot(session: Session) -> None:
    project, (ann, bo) = a_team(session, items=1)
    go(session, project, "live")
    held = claim(session, ann, project)
    labelling.save_draft(session, ann, held.assignment, now=NOW, rev=1, answer={"preferred": "tie"})
    go(session, project, "pilot")
    assert work_through(session, project, [bo]) == 1
    go(session, project, "live", "apart")
    again = claim(session, ann, project)
    assert (again.assignment, again.draft["answer"]) == (held.assignment, {"preferred": "tie"})


def test_a_live_answer_closes_the_way_back_also_when_it_was_undone(session: Session) -> None:
    project, (ann, _) = a_team(session, items=2)
    go(session, project, "live")
    given = give(session, ann, project, claim(session, ann, project))
    labelling.undo(session, ann, given.answer, now=NOW)
    assert not pilot_answers.may_return(session, SYSTEM, project.slug)
    with pytest.raises(Conflict) as refusal:
        go(session, project, "pilot")
    assert refusal.value.error_code == "answered_live"


def test_a_pilot_answer_set_apart_cannot_be_undone_live(session: Session) -> None:
    project, (ann, _) = a_team(session, items=2)
    given = give(session, ann, project, claim(session, ann, project))
    go(session, project, "live", "apart")
    assert claim(session, ann, project).undo is None
    with pytest.raises(Conflict):
        labelling.undo(session, ann, given.answer, now=NOW)


def test_a_kept_answer_can_be_revised_live_and_the_way_back_stays_open(session: Session) -> None:
    project, people = a_team(session, items=1)
    work_through(session, project, people)
    go(session, project, "live", "keep")
    (mine, *_) = mywork.answers(session, people[0]).rows
    assert mine.revisable
    labelling.revise(session, people[0], mine.answer_id, now=NOW, key="again", answer={"preferred": "tie"})
    go(session, project, "pilot")
    assert purposes(session) == {"pilot": 2}


def test_the_log_says_that_the_answers_were_kept(session: Session) -> None:
    project, people = a_team(session, items=1)
    work_through(session, project, people)
    go(session, project, "live", "keep")
    kinds = session.connection().execute(text("SELECT kind FROM event ORDER BY seq")).scalars().all()
    assert kinds[-2:] == ["project.live", "pilot.kept"]


def test_the_database_lets_only_a_pilots_answers_change_their_purpose(session: Session) -> None:
    project, people = a_team(session, items=1)
    work_through(session, project, people)
    go(session, project, "live")
    given = give(session, people[0], project, claim(session, people[0], project))
    for answer_id, purpose in ((given.answer, "pilot"), (1, "gold")):
        with pytest.raises(DBAPIError, match="answer is append-only"), session.begin_nested():
            session.connection().execute(
                update(work.answer).where(work.answer.c.id == answer_id).values(purpose=purpose)
            )
    with pytest.raises(DBAPIError, match="answer is append-only"), session.begin_nested():
        session.connection().execute(update(work.answer).where(work.answer.c.id == given.answer).values(piloted=True))
