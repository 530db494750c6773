"""Label, Compare and My work as annotators meet them."""

import json
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event
from streamlit.testing.v1 import AppTest

from core.permissions import Actor
from core.services import activity, labelling
from core.store.engine import current_engine, transaction
from core.store.tables import Draft, Person
from tests import factories
from tests.clock import right_now
from tests.pages.conftest import SignInAs, on, open_page, words

LABEL, COMPARE, MINE = "pages/work/label.py", "pages/work/compare.py", "pages/work/my_work.py"
WELCOME = "pages/welcome/welcome.py"


def has_desk(app: AppTest) -> bool:
    return any(element.proto.component_name == "touchstone_desk" for element in app.get("bidi_component"))


def home_of(app: AppTest) -> str | None:
    """The address at which the desk offers other projects."""
    desk = next(one for one in app.get("bidi_component") if one.proto.component_name == "touchstone_desk")
    home: str | None = json.loads(desk.proto.json)["home"]
    return home


def an_annotator(*projects: dict[str, Any]) -> Actor:
    with transaction() as session:
        person = factories.a_person(session)
        for fields in projects:
            factories.a_member(session, factories.a_project(session, **fields), person)
        return factories.acting(person)


def test_nobody_is_left_before_an_empty_page(sign_in_as: SignInAs) -> None:
    sign_in_as("annotator")
    for file in (LABEL, COMPARE):
        assert "Projects you can label in appear here" in words(on(file))


def test_the_only_project_opens_at_once(sign_in_as: SignInAs) -> None:
    sign_in_as(actor=an_annotator({"slug": "pairs", "items": 3}, {"slug": "ratings", "task": "rating", "items": 3}))
    assert has_desk(on(COMPARE))
    assert has_desk(on(LABEL))


def test_the_only_project_opens_with_nothing_left_and_the_desk_says_why(sign_in_as: SignInAs) -> None:
    sign_in_as(actor=an_annotator({"slug": "pairs", "items": 0}))
    assert has_desk(on(COMPARE))


def test_the_desk_offers_other_projects_only_where_there_are_some(sign_in_as: SignInAs) -> None:
    sign_in_as(actor=an_annotator({"slug": "one", "items": 1}, {"slug": "two", "task": "rating", "items": 1}))
    assert home_of(on(COMPARE, project="one")) is None
    sign_in_as(actor=an_annotator({"slug": "three", "items": 1}, {"slug": "four", "items": 0}))
    assert home_of(on(COMPARE, project="three")) == "/compare"


def test_among_several_projects_a_person_chooses(sign_in_as: SignInAs) -> None:
    sign_in_as(actor=an_annotator({"slug": "one", "items": 3}, {"slug": "two", "task": "ranking", "items": 5}))
    app = on(COMPARE)
    assert not has_desk(app)
    for text in ("2 projects", "**one**", "**two**", "about 3 left for you", "about 5 left for you", "Rank responses"):
        assert text in words(app)


def test_a_direct_link_opens_the_desk_on_either_page(sign_in_as: SignInAs) -> None:
    sign_in_as(actor=an_annotator({"slug": "one", "items": 3}, {"slug": "two", "items": 3}))
    assert has_desk(on(COMPARE, project="two"))
    assert has_desk(on(LABEL, project="two"))


def test_who_has_just_joined_is_told_what_comes_next(sign_in_as: SignInAs) -> None:
    sign_in_as(actor=an_annotator({"slug": "pairs", "items": 3}, {"slug": "ratings", "task": "rating", "items": 3}))
    app = on(WELCOME)
    for text in ("Your projects", "**pairs**", "**ratings**", "Next steps", "Press G for the guidelines"):
        assert text in words(app)


def test_who_is_in_no_project_yet_is_told_that_a_lead_adds_them(sign_in_as: SignInAs) -> None:
    sign_in_as("annotator")
    app = on(WELCOME)
    assert "Your lead adds you to one" in words(app)
    assert "Next steps" not in words(app)


def test_who_joins_a_draft_is_told_that_it_is_not_open_yet_and_what_comes_then(sign_in_as: SignInAs) -> None:
    sign_in_as(actor=an_annotator({"slug": "pairs", "items": 3, "state": "draft"}))
    assert "not open yet: its lead starts it" in words(on(WELCOME))
    assert "Next steps" in words(on(WELCOME))
    assert "1 project of yours is not open yet." in words(on(COMPARE))


def test_a_lead_with_drafts_only_is_told_to_start_a_pilot(sign_in_as: SignInAs) -> None:
    lead = sign_in_as("lead")
    with transaction() as session:
        factories.a_project(session, "pairs", items=3, state="draft")
    sign_in_as(actor=lead)
    app = on(COMPARE)
    assert "1 project is a draft: start its pilot to label in it." in words(app)
    assert "Open projects" in {link.label for link in app.get("page_link")}


def test_another_kind_of_project_is_pointed_to(sign_in_as: SignInAs) -> None:
    sign_in_as(actor=an_annotator({"slug": "one", "items": 3}))
    assert "the other work page in the menu" in words(on(LABEL))


def test_a_paused_project_says_so_and_has_no_way_in(sign_in_as: SignInAs) -> None:
    sign_in_as(actor=an_annotator({"slug": "one", "items": 3, "state": "paused"}))
    app = on(COMPARE)
    assert not has_desk(app)
    assert "Paused" in words(app)


def test_a_project_of_others_is_not_shown_by_its_address(sign_in_as: SignInAs) -> None:
    with transaction() as session:
        factories.a_project(session, "secret", items=1)
    sign_in_as("annotator")
    app = on(LABEL, project="secret")
    assert not has_desk(app)
    assert "There is no project secret" in words(app)


def test_my_work_lists_answers_page_by_page(sign_in_as: SignInAs) -> None:
    now = right_now()
    with transaction() as session:
        person = factories.a_person(session)
        project = factories.a_project(session, "pairs")
        factories.a_member(session, project, person)
        for n in range(20):
            item = factories.an_item(session, project, payload={"prompt": f"Question {n:02d}"}, state="done")
            factories.an_answer(session, item, person, {"preferred": "tie"}, at=now - timedelta(minutes=n))
    sign_in_as(actor=factories.acting(person))
    app = on(MINE)
    assert "Question 00" in words(app)
    assert "Question 19" not in words(app)
    app.button(key="older").click().run()
    assert "Question 19" in words(app)
    assert "Question 00" not in words(app)
    app.button(key="newer").click().run()
    assert "Question 00" in words(app)


def test_my_work_filters_by_outcome(sign_in_as: SignInAs) -> None:
    with transaction() as session:
        person = factories.a_person(session)
        project = factories.a_project(session, "pairs")
        factories.a_member(session, project, person)
        for prompt, outcome in (("Answered one", "submitted"), ("Skipped one", "skipped")):
            item = factories.an_item(session, project, payload={"prompt": prompt})
            factories.an_answer(session, item, person, {"preferred": "tie"}, outcome=outcome, reason="too_long")
    sign_in_as(actor=factories.acting(person))
    app = on(MINE)
    app.selectbox(key="address_outcome").set_value("skipped").run()
    assert "Skipped one" in words(app)
    assert "It is too long" in words(app)
    assert "Answered one" not in words(app)


@pytest.mark.dates
def test_my_work_says_how_the_day_goes_and_keeps_drafts_in_sight(sign_in_as: SignInAs) -> None:
    now = right_now()
    with transaction() as session:
        person = factories.a_person(session)
        project = factories.a_project(session, "pairs", policy={"targets": {"hours_per_week": 15}})
        factories.a_member(session, project, person)
        item = factories.an_item(session, project, payload={"prompt": "Half done"})
        assignment = factories.an_assignment(session, item, person)
        session.add(Draft(assignment_id=assignment.id, rev=1, body={}, saved_at=now))
        factories.an_answer(session, factories.an_item(session, project, state="done"), person, {}, at=now)
        beat = activity.Measured(1, now, 3_600_000)
        activity.receive(session, factories.acting(person), now=now, desk="d", beats=[beat])
    sign_in_as(actor=factories.acting(person))
    text = words(on(MINE))
    for part in ("Today **1** answer", "of the 15 hours agreed on", "Half done", "yours until"):
        assert part in text


def test_an_answer_opens_at_the_desk(sign_in_as: SignInAs) -> None:
    person, answer_id = _one_answer()
    sign_in_as(actor=factories.acting(person))
    app = on(MINE, answer=str(answer_id))
    assert has_desk(app)
    assert "no longer changed" not in words(app)


def test_the_address_of_an_answer_opens_its_latest_revision(sign_in_as: SignInAs) -> None:
    person, answer_id = _one_answer()
    actor = factories.acting(person)
    with transaction() as session:
        labelling.revise(session, actor, answer_id, now=right_now(), key="again", answer={"preferred": "both_bad"})
    sign_in_as(actor=actor)
    app = on(MINE, answer=str(answer_id))
    assert has_desk(app)
    assert not app.error


def test_an_answer_of_somebody_else_does_not_open(sign_in_as: SignInAs) -> None:
    _person, answer_id = _one_answer()
    sign_in_as("annotator")
    app = on(MINE, answer=str(answer_id))
    assert not has_desk(app)
    assert "not yours" in words(app)
    assert [one.value for one in app.title] == ["My work"], "a page that cannot begin has a heading all the same"


def _one_answer() -> tuple[Person, int]:
    with transaction() as session:
        person = factories.a_person(session)
        project = factories.a_project(session, "pairs")
        factories.a_member(session, project, person)
        answer = factories.an_answer(session, factories.an_item(session, project), person, {"preferred": "tie"})
        assert answer.id is not None
        return person, answer.id


def test_an_address_of_a_project_that_is_not_mine_leads_back_to_mine(sign_in_as: SignInAs) -> None:
    sign_in_as("annotator")
    app = open_page(LABEL)
    app.query_params["project"] = "elsewhere"
    app.run()
    assert "There is no project elsewhere" in words(app)
    assert "Choose among your projects" in [link.proto.label for link in app.get("page_link")]


def test_my_work_asks_the_database_little_whatever_the_number_of_projects(sign_in_as: SignInAs) -> None:
    sign_in_as(actor=an_annotator(*({"slug": f"p{n}", "items": 2} for n in range(5))))
    app = on(MINE)
    asked: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        asked.append(statement)

    event.listen(current_engine(), "before_cursor_execute", note)
    try:
        app.run()
    finally:
        event.remove(current_engine(), "before_cursor_execute", note)
    asked = [statement for statement in asked if statement.startswith("SELECT")]
    assert len(asked) == len(set(asked)), "the same question twice"
    assert len(asked) <= 13
