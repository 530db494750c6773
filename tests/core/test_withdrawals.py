"""Items withdrawn from the work and brought back: nothing is served, nothing is lost, everything is on record."""

import pytest
from sqlmodel import Session, select

from core.errors import Conflict, NotAllowed, NotFound
from core.permissions import SYSTEM
from core.services import audit, flags, labelling, routing, summaries, withdrawals
from core.services.quality import item_lines
from core.services.queue import Nothing
from core.store.tables import Answer, Item, Project
from tests.conftest import NOW
from tests.core.test_labelling import submit
from tests.core.test_queue import an_answer_for, claim, give
from tests.factories import a_gold, a_lane, a_member, a_project, acting, an_answer, an_assignment, an_item


def take_out(session: Session, project: Project, *keys: str, reason: str = "") -> int:
    return withdrawals.withdraw(session, SYSTEM, project.slug, now=NOW, whole="item", names=keys, reason=reason)


def bring_back(session: Session, project: Project, *keys: str) -> int:
    return withdrawals.restore(session, SYSTEM, project.slug, now=NOW, whole="item", names=keys)


def states(session: Session, project: Project) -> dict[str, str]:
    session.expire_all()
    found = session.scalars(select(Item).where(Item.project_id == project.id))
    return {item.key: item.state for item in found}


def test_a_withdrawn_item_is_served_to_nobody_and_counted_until_it_is_restored(session: Session) -> None:
    project = a_project(session)
    an_item(session, project, "bad")
    person = acting(a_member(session, project))
    assert take_out(session, project, "bad", reason="The image is missing.") == 1
    assert isinstance(claim(session, person, project), Nothing)
    assert summaries.item_states(session, [project.id or 0]) == {project.id: {"withdrawn": 1}}
    (listed,), count = withdrawals.listed(session, SYSTEM, project.slug)
    assert (listed.key, listed.reason, count) == ("bad", "The image is missing.", 1)
    assert bring_back(session, project, "bad") == 1
    assert withdrawals.listed(session, SYSTEM, project.slug) == ([], 0)
    assert an_answer_for(session, claim(session, person, project), project)


def test_answers_are_kept_and_a_restored_item_has_the_state_they_give_it(session: Session) -> None:
    project = a_project(session)
    for key, answers in (("none", 0), ("one", 1), ("two", 2)):
        item = an_item(session, project, key, overlap=2, state="done" if answers == 2 else "open")
        for slot in range(1, answers + 1):
            person = a_member(session, project)
            held = an_assignment(session, item, person, state="done", slot=slot)
            an_answer(session, item, person, {"preferred": "tie"}, assignment_id=held.id)
    take_out(session, project, "none", "one", "two")
    assert set(states(session, project).values()) == {"withdrawn"}
    assert len(session.scalars(select(Answer)).all()) == 3
    bring_back(session, project, "none", "one", "two")
    assert states(session, project) == {"none": "open", "one": "open", "two": "done"}


@pytest.mark.parametrize("state", ["flagged", "quarantined"])
def test_what_people_set_aside_waits_again_for_a_decision_when_restored(session: Session, state: str) -> None:
    project = a_project(session)
    item = an_item(session, project, "i1", state=state)
    flags.withdraw(session, SYSTEM, project.slug, item.id or 0, now=NOW)
    assert states(session, project) == {"i1": "withdrawn"}
    if state == "quarantined":
        assert withdrawals.listed(session, SYSTEM, project.slug)[0][0].excerpt == ""
    bring_back(session, project, "i1")
    assert states(session, project) == {"i1": state}


def test_text_that_may_hold_personal_data_stays_hidden_once_withdrawn(session: Session) -> None:
    project = a_project(session)
    ids = [an_item(session, project, state=state).id or 0 for state in ("quarantined", "flagged")]
    for item_id in ids:
        flags.withdraw(session, SYSTEM, project.slug, item_id, now=NOW)
    lines = item_lines.lines(session, ids)
    assert [bool(lines[item_id].excerpt) for item_id in ids] == [False, True]


def test_a_hidden_check_is_a_check_again(session: Session) -> None:
    project = a_project(session)
    a_gold(session, an_item(session, project, "check", state="gold"), {"preferred": "tie"})
    take_out(session, project, "check")
    bring_back(session, project, "check")
    assert states(session, project) == {"check": "gold"}


def test_whole_batches_and_groups_can_be_withdrawn(session: Session) -> None:
    project = a_project(session)
    lane = a_lane(session, project, batch="week-1")
    for key in ("a", "b"):
        an_item(session, project, key, lane=lane)
    an_item(session, project, "c", group_key="talk")
    an_item(session, project, "d")
    withdraw, slug = withdrawals.withdraw, project.slug
    assert withdraw(session, SYSTEM, slug, now=NOW, whole="batch", names=["week-1"]) == 2
    assert withdraw(session, SYSTEM, slug, now=NOW, whole="group", names=["talk"]) == 1
    assert [key for key, state in states(session, project).items() if state != "withdrawn"] == ["d"]


def test_one_wrong_id_changes_nothing(session: Session) -> None:
    project = a_project(session)
    an_item(session, project, "a")
    with pytest.raises(NotFound, match="There is no item typo in this project"):
        take_out(session, project, "a", "typo")
    assert states(session, project) == {"a": "open"}
    take_out(session, project, "a")
    with pytest.raises(Conflict, match="withdrawn already"):
        take_out(session, project, "a")
    assert bring_back(session, project, "a") == 1
    with pytest.raises(Conflict, match="nothing to restore"):
        bring_back(session, project, "a")


def test_only_a_lead_of_the_project_withdraws(session: Session) -> None:
    project = a_project(session)
    an_item(session, project, "a")
    for role in ("annotator", "reviewer", "viewer"):
        member = acting(a_member(session, project, role=role))
        with pytest.raises(NotAllowed):
            withdrawals.withdraw(session, member, project.slug, now=NOW, whole="item", names=["a"])


def test_every_withdrawal_and_restoring_is_in_the_log(session: Session) -> None:
    project = a_project(session)
    item = an_item(session, project, "a")
    take_out(session, project, "a")
    bring_back(session, project, "a")
    kinds = [(event.kind, event.subject) for event in audit.recent(session, project.id or 0)]
    assert kinds == [("item.restored", f"item:{item.id}"), ("item.withdrawn", f"item:{item.id}")]
    assert audit.verify(session).broken_at is None


# In somebody's hands --------------------------------------------------------------------------------------------------


def test_whoever_holds_it_may_finish_and_the_item_stays_withdrawn(session: Session) -> None:
    project = a_project(session)
    an_item(session, project, "a")
    person = acting(a_member(session, project))
    served = claim(session, person, project)
    take_out(session, project, "a")
    answer = give(session, person, project, served)
    assert answer.answer
    assert states(session, project) == {"a": "withdrawn"}
    labelling.undo(session, person, answer.answer, now=NOW)
    assert states(session, project) == {"a": "withdrawn"}


@pytest.mark.parametrize("outcome", ["skipped", "bad_item"])
def test_passing_it_on_does_not_bring_it_back_to_the_lead(session: Session, outcome: str) -> None:
    project = a_project(session, policy={"skip_limit": 1})
    an_item(session, project, "a")
    person = acting(a_member(session, project))
    served = claim(session, person, project)
    take_out(session, project, "a")
    submit(session, person, served, None, outcome=outcome)
    assert states(session, project) == {"a": "withdrawn"}


def test_personal_data_found_in_it_hides_its_text_all_the_same(session: Session) -> None:
    project = a_project(session)
    an_item(session, project, "a")
    person = acting(a_member(session, project))
    served = claim(session, person, project)
    take_out(session, project, "a")
    submit(session, person, served, None, outcome="personal_data")
    assert states(session, project) == {"a": "quarantined"}
    assert withdrawals.listed(session, SYSTEM, project.slug) == ([], 0)


def test_time_that_ran_out_on_it_is_told_with_the_reason(session: Session) -> None:
    project = a_project(session)
    an_item(session, project, "a")
    person = acting(a_member(session, project))
    served = claim(session, person, project)
    take_out(session, project, "a")
    routing.release(session, SYSTEM, project.slug, served.assignment, now=NOW)
    assert isinstance(claim(session, person, project), Nothing)
    with pytest.raises(Conflict, match="has been withdrawn from the work"):
        submit(session, person, served, {"preferred": "tie"})
