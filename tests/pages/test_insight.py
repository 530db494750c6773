"""Today and Progress as leads and viewers meet them."""

from datetime import timedelta
from typing import Any

import pytest

from core.services import activity, audit
from core.store.engine import reading, transaction
from core.store.tables import Item, Project
from tests import factories
from tests.clock import right_now
from tests.pages.conftest import SignInAs, on, open_page, words

pytestmark = pytest.mark.dates

TODAY, PROGRESS = "pages/insight/today.py", "pages/insight/progress.py"


def a_worked_project(slug: str = "pairs", people: int = 3, days: int = 5) -> Project:
    """Some days of work by some people, with hidden checks and counted hours."""
    now = right_now()
    with transaction() as session:
        project = factories.a_project(session, slug, items=12)
        for _ in range(people):
            person = factories.a_member(session, project)
            for day in range(days, 0, -1):
                at = now - timedelta(days=day)
                beat = activity.Measured(day, at, 1_800_000)
                item = factories.an_item(session, project, state="gold")
                assignment = factories.an_assignment(session, item, person, purpose="gold", state="done", slot=None)
                factories.a_check(session, item, person, right=day > 1, at=at)
                beat = activity.Measured(1, at, 1_800_000, assignment_id=assignment.id)
                activity.receive(session, factories.acting(person), now=at, desk=f"d{day}", beats=[beat])
                done = factories.an_item(session, project, state="done")
                factories.an_answer(session, done, person, {}, at=at)
        return project


def test_an_empty_workspace_is_told_what_today_will_say(sign_in_as: SignInAs) -> None:
    sign_in_as("lead")
    assert "Each morning this page says what needs you" in words(on(TODAY))


def test_a_good_morning_says_so(sign_in_as: SignInAs) -> None:
    with transaction() as session:
        factories.a_member(session, factories.a_project(session, items=1))
    sign_in_as("lead")
    assert "Nothing needs your attention" in words(on(TODAY))


def test_a_bad_morning_names_each_thing_in_words(sign_in_as: SignInAs) -> None:
    with transaction() as session:
        project = factories.a_project(session, "pairs", policy={"gold_rate": 0.1})
        factories.a_member(session, project, factories.a_person(session, "Jia Hui"))
        factories.an_item(session, project, state="flagged")
        factories.an_item(session, project, state="quarantined")
        factories.a_project(session, "empty", state="pilot")
    sign_in_as("lead")
    text = words(on(TODAY))
    for part in (
        "things need your attention",
        "There are no items to work on.",
        "No annotators can label yet.",
        "0 hidden checks",
        "1 item is on hold",
        "personal data",
    ):
        assert part in text


@pytest.mark.parametrize("file", [TODAY, PROGRESS])
def test_annotators_have_no_such_page(sign_in_as: SignInAs, file: str) -> None:
    sign_in_as("annotator")
    with pytest.raises(ValueError, match="Could not find"):
        open_page(file)


def test_progress_of_nothing_says_what_will_be_here(sign_in_as: SignInAs) -> None:
    sign_in_as("lead")
    assert "Once a project has items" in words(on(PROGRESS))


def test_who_follows_no_project_yet_is_told_how_to_come_to_one(sign_in_as: SignInAs) -> None:
    sign_in_as("viewer")
    assert "once a lead adds you" in words(on(PROGRESS))


def test_progress_says_it_in_words_and_charts(sign_in_as: SignInAs) -> None:
    a_worked_project()
    sign_in_as("lead")
    app = on(PROGRESS)
    text = words(app)
    for part in (
        "15 of 27 answers are in.",
        "At this pace the rest takes until about",
        "items have all their answers",
        "About 3 answers per day over the last 5 days",
        "Accuracy on gold items is 80%",
        "30 answers by 3 people in 7 h 30 min",
    ):
        assert part in text
    assert len(app.get("plotly_chart")) == 4
    assert len(app.dataframe) == 4


def test_a_viewer_sees_sums_but_no_people(sign_in_as: SignInAs) -> None:
    a_worked_project()
    with transaction() as session:
        viewer = factories.a_person(session, role="viewer")
        project = session.get_one(Project, 1)
        factories.a_member(session, project, viewer, role="viewer")
    sign_in_as(actor=factories.acting(viewer))
    text = words(on(PROGRESS))
    assert "15 of 27 answers are in." in text
    assert "Work by person" not in text
    assert "person-" not in text


def test_the_address_chooses_the_project(sign_in_as: SignInAs) -> None:
    with transaction() as session:
        for slug in ("one", "two"):
            factories.a_project(session, slug, items=1)
    sign_in_as("lead")
    app = on(PROGRESS, project="one")
    assert app.header[0].value == "one"
    app.selectbox(key="address_project").set_value("two").run()
    assert app.header[0].value == "two"
    assert "There is no project three" in words(on(PROGRESS, project="three"))


@pytest.mark.parametrize(("button", "state"), [("back", "open"), ("out", "withdrawn")])
def test_items_set_aside_are_decided_on_the_page(sign_in_as: SignInAs, button: str, state: str) -> None:
    item_id = _set_aside("flagged")
    sign_in_as("lead")
    app = on(PROGRESS)
    assert "Not a question" in words(app)
    app.button(key=f"{button}_{item_id}").click().run()
    assert not app.exception
    with reading() as session:
        assert session.get_one(Item, item_id).state == state
    assert "Waiting for your decision" not in words(app)


def test_personal_data_is_shown_on_purpose_and_on_the_record(sign_in_as: SignInAs) -> None:
    item_id = _set_aside("quarantined")
    sign_in_as("lead")
    app = on(PROGRESS)
    assert "A question" not in words(app)
    app.button(key=f"reveal_{item_id}").click().run()
    assert "A question" in words(app)
    with reading() as session:
        assert audit.recent(session, 1)[0].kind == "item.revealed"


def _set_aside(state: str) -> int:
    with transaction() as session:
        project = factories.a_project(session, "pairs")
        item = factories.an_item(session, project, payload={"prompt": "A question"}, state=state)
        factories.an_answer(session, item, factories.a_person(session), outcome="bad_item", reason="Not a question")
        assert item.id is not None
        return item.id


def test_the_pages_speak_chinese(sign_in_as: SignInAs) -> None:
    a_worked_project()
    sign_in_as("lead", language="zh")
    for file in (TODAY, PROGRESS):
        app: Any = on(file)
        assert any("\u4e00" <= char <= "\u9fff" for char in app.title[0].value)
