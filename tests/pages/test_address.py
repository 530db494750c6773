"""What a page shows stands in its address: it is shown again from there, and whatever else stands there does no harm."""

import pytest

from core.permissions import Actor
from core.store.engine import transaction
from tests import factories
from tests.clock import right_now
from tests.pages.conftest import SignInAs, on, words
from tests.pages.test_review_page import MINE, PROJECTS, REVIEW, a_disagreement, a_reviewer, desk_data

PEOPLE, ITEMS = "pages/manage/people.py", "pages/insight/items.py"
NONSENSE = ("", "\x00", "-1", "9" * 30, "0-", "101-102", "80-20", "2026-02-30", "<b>x</b>", "１", "%")


def somebody_with_answers(count: int) -> Actor:
    with transaction() as session:
        person = factories.a_person(session)
        project = factories.a_project(session, "pairs")
        factories.a_member(session, project, person)
        for n in range(count):
            item = factories.an_item(session, project, payload={"prompt": f"Question {n:02d}"}, state="done")
            outcome = "submitted" if n % 2 else "skipped"
            factories.an_answer(
                session, item, person, {"preferred": "tie"}, outcome=outcome, reason="too_long", at=right_now()
            )
        return factories.acting(person)


def test_review_is_filtered_by_its_address(sign_in_as: SignInAs) -> None:
    with transaction() as session:
        project, *_ = a_disagreement(session)
        session.expunge_all()
    sign_in_as(actor=a_reviewer(project))
    app = on(REVIEW, project="pairs", why="doubt", annotator="pairs a", batch="unheard-of")
    data = desk_data(app)
    assert data is not None
    assert data["filter"] == {"why": "doubt", "annotator": "pairs a"}
    app.button(key="review_clear").click().run()
    assert {"why", "annotator", "batch"}.isdisjoint(app.query_params)
    assert app.query_params["project"] == "pairs"


def test_my_work_keeps_filter_and_page_in_its_address(sign_in_as: SignInAs) -> None:
    sign_in_as(actor=somebody_with_answers(28))
    app = on(MINE)
    app.selectbox(key="address_outcome").set_value("skipped").run()
    app.button(key="older").click().run()
    assert app.query_params["outcome"] == "skipped"
    turned = app.query_params["page"]
    again = on(MINE, outcome="skipped", page=turned)
    assert words(again).count("Question ") == words(app).count("Question ") == 2
    again.selectbox(key="address_outcome").set_value("submitted").run()
    assert "page" not in again.query_params, "other filters begin on their first page"


def test_the_list_of_projects_keeps_its_search_and_states(sign_in_as: SignInAs) -> None:
    sign_in_as("lead")
    with transaction() as session:
        for slug, state in (("alpha", "live"), ("alphabet", "draft"), ("beta", "live")):
            factories.a_project(session, slug, state=state)
    app = on(PROJECTS, find="ALP", state="live,unheard-of")
    assert "1 project" in words(app)
    assert "alphabet" not in words(app)


def test_the_list_of_people_keeps_roles_and_those_who_left(sign_in_as: SignInAs) -> None:
    sign_in_as("admin")
    with transaction() as session:
        factories.a_person(session, "Gone", role="reviewer", active=False)
        factories.a_person(session, "Here", role="reviewer")
    assert "1 person of 3" in words(on(PEOPLE, role="reviewer"))
    assert "2 people of 3" in words(on(PEOPLE, role="reviewer", left="1"))


def test_items_keep_order_conditions_and_page(sign_in_as: SignInAs) -> None:
    sign_in_as("lead")
    with transaction() as session:
        a_disagreement(session)
    app = on(ITEMS, project="pairs", order="difficulty", apart="90-100", page="7")
    assert app.selectbox(key="address_order").value == "difficulty"
    assert app.slider(key="address_apart").value == (90, 100)
    app.slider(key="address_apart").set_value((0, 10)).run()
    assert app.query_params["apart"] == "0-10"
    assert "page" not in app.query_params
    assert "No item fits these conditions" in words(app)


@pytest.mark.parametrize("given", NONSENSE)
def test_nonsense_in_an_address_is_passed_over(sign_in_as: SignInAs, given: str) -> None:
    sign_in_as("admin")
    with transaction() as session:
        a_disagreement(session)
    names = ("outcome", "from", "to", "page", "state", "role", "left", "order", "reason", "tag", "sure", "apart")
    anything = dict.fromkeys(names, given)
    assert "Answers" in words(on(MINE, **anything))
    assert "1 project" in words(on(PROJECTS, **anything))
    assert "3 people of 3" in words(on(PEOPLE, **anything))
    plain = on(ITEMS, project="pairs")
    given_so = on(ITEMS, project="pairs", **anything)
    assert [one.value for one in given_so.selectbox] == [one.value for one in plain.selectbox]
    assert [one.value for one in given_so.slider] == [one.value for one in plain.slider] != []
