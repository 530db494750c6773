"""What was set aside waits for the lead, and goes where the lead says."""

from datetime import datetime

import pytest
from sqlmodel import Session

from core.errors import Conflict, NotAllowed, NotFound
from core.permissions import SYSTEM
from core.services import audit, flags
from core.services.excerpts import excerpt
from core.store.tables import Item
from tests import factories


def test_remarks_say_who_passed_and_why(session: Session) -> None:
    project = factories.a_project(session)
    item = factories.an_item(session, project, "i1", state="flagged")
    person = factories.a_person(session, "Jia Hui")
    factories.an_answer(session, item, person, outcome="bad_item", reason="Not a question.")
    (found,) = flags.set_aside(session, SYSTEM, project.slug)
    assert (found.key, found.state) == ("i1", "flagged")
    assert found.excerpt
    assert [(r.person, r.outcome, r.reason) for r in found.remarks] == [("Jia Hui", "bad_item", "Not a question.")]


def test_text_that_may_hold_personal_data_is_shown_only_on_the_record(session: Session, now: datetime) -> None:
    project = factories.a_project(session)
    item = factories.an_item(session, project, state="quarantined", payload={"prompt": "Who am I?", "response": "Tan."})
    assert item.id is not None
    assert project.id is not None
    assert flags.set_aside(session, SYSTEM, project.slug)[0].excerpt == ""
    assert flags.reveal(session, SYSTEM, project.slug, item.id, now=now) == "Who am I?\n\nTan."
    assert audit.recent(session, project.id)[0].kind == "item.revealed"


@pytest.mark.parametrize(("answers", "state"), [(0, "open"), (1, "open"), (2, "done")])
def test_an_item_put_back_has_the_answers_it_had(session: Session, now: datetime, answers: int, state: str) -> None:
    project = factories.a_project(session)
    item = factories.an_item(session, project, overlap=2, state="flagged")
    for slot in range(1, answers + 1):
        factories.an_assignment(session, item, factories.a_person(session), state="done", slot=slot)
    assert item.id is not None
    flags.put_back(session, SYSTEM, project.slug, item.id, now=now)
    session.refresh(item)
    assert item.state == state


def test_a_hidden_check_put_back_is_a_check_again(session: Session, now: datetime) -> None:
    project = factories.a_project(session)
    item = factories.an_item(session, project, state="quarantined")
    factories.a_gold(session, item, {"preferred": "tie"})
    assert item.id is not None
    flags.put_back(session, SYSTEM, project.slug, item.id, now=now)
    session.refresh(item)
    assert item.state == "gold"


def test_an_item_is_decided_once_and_by_a_lead_of_its_project(session: Session, now: datetime) -> None:
    project, other = factories.a_project(session), factories.a_project(session)
    item = factories.an_item(session, project, state="flagged")
    annotator = factories.acting(factories.a_member(session, project))
    assert item.id is not None
    with pytest.raises(NotAllowed):
        flags.withdraw(session, annotator, project.slug, item.id, now=now)
    with pytest.raises(NotAllowed):
        flags.set_aside(session, annotator, project.slug)
    with pytest.raises(NotFound):
        flags.withdraw(session, SYSTEM, other.slug, item.id, now=now)
    flags.withdraw(session, SYSTEM, project.slug, item.id, now=now)
    assert session.get_one(Item, item.id, populate_existing=True).state == "withdrawn"
    with pytest.raises(Conflict):
        flags.put_back(session, SYSTEM, project.slug, item.id, now=now)


@pytest.mark.parametrize(
    ("payload", "words"),
    [
        ({"prompt": "How  are\nyou?", "responses": {"a": {"text": "x"}}}, "How are you?"),
        ({"prompt": [{"role": "user", "content": "你好"}, {"role": "assistant", "content": "嗨"}]}, "你好"),
        ({"text": "a" * 200}, "a" * 119 + "…"),
        ({"responses": {"r": {"text": "only this"}}}, "only this"),
        ({"n": 3}, ""),
    ],
)
def test_an_excerpt_is_the_first_text_on_one_line(payload: object, words: str) -> None:
    assert excerpt(payload) == words
