"""What a page shows stands in its address: it is shown again from there, and whatever else stands there does no harm."""

from collections.abc import Mapping
from random import Random
from typing import Any

import orjson
import pytest
from sqlmodel import Session, col, select
from streamlit.testing.v1 import AppTest

from core.permissions import SYSTEM, Actor
from core.services import project_changes
from core.store.engine import transaction
from core.store.tables import Item, Project
from tests import factories
from tests.clock import NOW, right_now
from tests.core.test_quality import LABELS, said
from tests.core.test_quality_person import gold_answers, labelled, the_project
from tests.core.test_stopping import a_zoo, label_all
from tests.pages.conftest import SignInAs, on, words
from tests.pages.test_import_export import PAIR, uploaded
from tests.pages.test_review_page import MINE, PROJECTS, REVIEW, a_disagreement, a_reviewer, desk_data

PEOPLE, ITEMS, IMPORT = "pages/manage/people.py", "pages/insight/items.py", "pages/manage/import_.py"
AGREEMENT, REPORT = "pages/insight/agreement.py", "pages/insight/report.py"
ANNOTATORS, STOPPING = "pages/insight/annotators.py", "pages/insight/stopping.py"
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
    app = on(ITEMS, view="answered", project="pairs", order="difficulty", apart="90-100", page="7")
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
    listed = dict.fromkeys(("state", "page", "import", "view"), given)
    assert "In the order of their import" in words(on(ITEMS, project="pairs", **listed))
    plain = on(ITEMS, view="answered", project="pairs")
    given_so = on(ITEMS, view="answered", project="pairs", **anything)
    assert [one.value for one in given_so.selectbox] == [one.value for one in plain.selectbox]
    assert [one.value for one in given_so.slider] == [one.value for one in plain.slider] != []


HOSTILE = "![x](http://beacon.example/x.png) **bold**"


@pytest.mark.parametrize("given", ["9" * 30, HOSTILE])
def test_nonsense_shows_what_the_bare_address_shows(sign_in_as: SignInAs, given: str) -> None:
    sign_in_as("admin")
    with transaction() as session:
        a_pilot(session, items=12)
        a_team_and_versions(session)
    places: list[tuple[str, Mapping[str, str], tuple[str, ...]]] = [
        (PEOPLE, {}, ("person",)),
        (PROJECTS, {"project": "trial", "tab": "pilot"}, ("page",)),
        (PROJECTS, {"project": "trial", "tab": "guidelines"}, ("version", "view")),
        (PROJECTS, {"project": "trial"}, ("tab",)),
        (AGREEMENT, {"project": "here"}, ("by", "batch", "lang", "guidelines", "target")),
        (REPORT, {"project": "here"}, ("in",)),
        (ANNOTATORS, {"project": "here"}, ("person",)),
        (ANNOTATORS, {"project": "here", "person": "mei"}, ("against", "target")),
        (IMPORT, {"project": "trial"}, ("kind", "file", "row", "create", "machine", "page")),
    ]
    for page, where, names in places:
        plain = on(page, **where)
        asked = on(page, **where, **dict.fromkeys(names, given))
        assert words(asked) == words(plain), (page, names)
        assert "beacon" not in words(asked)


def test_a_project_that_is_not_there_is_named_as_text(sign_in_as: SignInAs) -> None:
    sign_in_as("admin")
    with transaction() as session:
        a_pilot(session, items=1)
    for page in (PROJECTS, AGREEMENT, IMPORT):
        app = on(page, project=HOSTILE)
        assert "There is no project" in words(app)
        assert "![x](" not in words(app)


# Each view choice, there and back -------------------------------------------------------------------------------------


def a_pilot(session: Session, *, items: int) -> Project:
    """Two people who differ on every item."""
    project = factories.a_project(session, "trial", state="pilot", items=items)
    people = [factories.a_member(session, project, factories.a_person(session, name)) for name in ("Ada1", "Bo1")]
    for item in session.scalars(select(Item).where(col(Item.project_id) == project.id)):
        for person, choice in zip(people, sorted(item.payload["responses"]), strict=False):
            factories.an_answer(session, item, person, {"preferred": choice}, purpose="pilot")
    return project


def a_team_and_versions(session: Session) -> None:
    """A labelled project with two batches and known answers, and three versions of the guidelines of the pilot."""
    _items, people = labelled(session, "aab abb bbb abc", "mei", "raj", "tan", lang="en")
    gold_answers(session, people[0], [True, False] * 10)
    lane = factories.a_lane(session, the_project(session), batch="week-2")
    for letters in ("aab", "bbc", "cca"):
        item = factories.an_item(session, the_project(session), settings=LABELS, lane=lane, lang="zh")
        for person, letter in zip(people, letters, strict=True):
            said(session, item, person, letter)
    for text in ("Decide at once.", "Toss a coin."):
        project_changes.change(session, SYSTEM, "trial", now=NOW, guidelines=text)


def test_the_chosen_person_is_in_the_address_until_the_filter_leaves_them_out(sign_in_as: SignInAs) -> None:
    sign_in_as("admin", name="Ada")
    with transaction() as session:
        factories.a_person(session, "Wei")
    assert "Wei" in sections(on(PEOPLE, person="Wei"))
    assert "Wei" not in sections(on(PEOPLE, person="Wei", find="Ada"))


def test_pages_of_a_pilot_are_turned_by_the_address(sign_in_as: SignInAs) -> None:
    sign_in_as("lead")
    with transaction() as session:
        a_pilot(session, items=12)
    app = on(PROJECTS, project="trial", tab="pilot")
    first = items_shown(app)
    assert len(first) == 10
    app.number_input(key="address_page").set_value(2).run()
    assert app.query_params["page"] == "2"
    again = on(PROJECTS, project="trial", tab="pilot", page="2")
    assert items_shown(app) == items_shown(again)
    assert len(items_shown(again)) == 2
    assert not set(items_shown(again)) & set(first)
    assert items_shown(on(PROJECTS, project="trial", tab="pilot", page="99")) == items_shown(again)


def items_shown(app: AppTest) -> list[str]:
    """Those that the pilot's page lays side by side, by their keys."""
    return [one.value for one in app.markdown if one.value.startswith("**item")]


def sections(app: AppTest) -> list[str]:
    return [one.value for one in app.header]


def group(app: AppTest, name: str) -> Any:
    """The buttons side by side of which one or several are pressed."""
    return next(one for one in app.get("button_group") if one.key == f"address_{name}")


def the_team(sign_in_as: SignInAs) -> None:
    sign_in_as("lead")
    with transaction() as session:
        a_pilot(session, items=1)
        a_team_and_versions(session)


def test_agreement_is_told_apart_by_what_the_address_names(sign_in_as: SignInAs) -> None:
    the_team(sign_in_as)
    app = on(AGREEMENT, project="here")
    assert group(app, "by").value == ["batch", "lang"], "by all of them at first"
    group(app, "by").set_value(["lang"]).run()
    assert app.query_params["by"] == "lang"
    assert group(on(AGREEMENT, project="here", by="lang,unheard-of"), "by").value == ["lang"]
    group(app, "by").set_value([]).run()
    assert "by" not in app.query_params
    assert group(app, "by").value == ["batch", "lang"]


def test_a_client_report_names_its_language(sign_in_as: SignInAs) -> None:
    the_team(sign_in_as)
    app = on(REPORT, project="here")
    assert {"in": "en"}.items() <= app.session_state["_address_filled"].items(), "others read other screens"
    group(app, "in").set_value("zh").run()
    assert app.query_params["in"] == "zh"
    assert "数据" in words(on(REPORT, project="here", **{"in": "zh"}))


def test_a_person_is_held_against_what_the_address_names(sign_in_as: SignInAs) -> None:
    the_team(sign_in_as)
    where = {"project": "here", "person": "mei"}
    app = on(ANNOTATORS, **where)
    usual, other = (str(one) for one in ("gold", "consensus"))
    assert group(app, "against").value == usual
    group(app, "against").set_value(other).run()
    assert app.query_params["against"] == other
    assert group(on(ANNOTATORS, **where, against=other), "against").value == other


def test_a_replay_keeps_its_settings(sign_in_as: SignInAs) -> None:
    sign_in_as("lead")
    with transaction() as session:
        project, people = a_zoo(session, 40, 6)
        label_all(session, project, people, Random(0))
        slug = project.slug
    app = on(STOPPING, project=slug)
    usual = [one.value for one in app.number_input]
    app.number_input(key="address_confidence").set_value(97).run()
    assert app.query_params["confidence"] == "97"
    app = on(STOPPING, project=slug, start="3", most="5", confidence="97")
    assert [one.value for one in app.number_input] == [3, 5, 97]
    for given in ("0", "101", *NONSENSE):
        asked = on(STOPPING, project=slug, start=given, most=given, confidence=given)
        assert [one.value for one in asked.number_input] == usual


def test_an_import_keeps_what_is_looked_at(sign_in_as: SignInAs) -> None:
    lead = sign_in_as("lead")
    with transaction() as session:
        factories.a_project(session, "here")
    rows = [orjson.dumps({**PAIR, "id": f"p{n}"}) for n in range(1, 4)]
    files = {uploaded(lead, b"\n".join(rows), name) for name in ("one.jsonl", "two.jsonl")}
    app = on(IMPORT, project="here")
    (file,) = files - {app.selectbox(key="address_file").value}
    app.selectbox(key="address_file").set_value(file).run()
    group(app, "row").set_value("3").run()
    assert (app.query_params["file"], app.query_params["row"]) == (file, "3")
    app = on(IMPORT, project="here", file=file, row="3")
    assert '"p3"' in app.code[0].value
    group(app, "kind").set_value("labels").run()
    for name in ("create", "machine"):
        app.toggle(key=f"address_{name}").set_value(True).run()
    again = on(IMPORT, project="here", kind="labels", file=file, create="1", machine="1")
    assert [one.value for one in again.toggle] == [one.value for one in app.toggle] == [True, True]
    assert group(again, "kind").value == "labels"


def test_a_filter_outlives_another_control_used_before_the_browser_heard_of_it(sign_in_as: SignInAs) -> None:
    sign_in_as("lead")
    app = on(PEOPLE)
    app.text_input(key="address_find").set_value("nobody").run()
    app.query_params.clear()  # what the browser still sends along
    app.toggle(key="address_left").set_value(True).run()
    assert app.text_input(key="address_find").value == "nobody"
    assert (app.query_params["find"], app.query_params["left"]) == ("nobody", "1")
    del app.query_params["left"]  # it has heard of the first step, and not of the second
    app.text_input(key="address_find").set_value("somebody").run()
    assert (app.query_params["find"], app.query_params["left"]) == ("somebody", "1")


def test_a_filter_that_was_undone_does_not_come_back_with_another_control(sign_in_as: SignInAs) -> None:
    sign_in_as("lead")
    app = on(PEOPLE)
    app.text_input(key="address_find").set_value("nobody").run()
    app.query_params.clear()  # the back button
    app.run()
    assert app.text_input(key="address_find").value == ""
    app.toggle(key="address_left").set_value(True).run()
    assert "find" not in app.query_params
    assert app.query_params["left"] == "1"
