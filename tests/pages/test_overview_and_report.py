"""Overview and client report as leads and viewers meet them."""

from datetime import timedelta

import pytest

from core.store.engine import transaction
from core.store.tables import Project
from tests import factories
from tests.clock import right_now
from tests.core.test_overview import RATED, a_day
from tests.core.test_quality import LABELS, answered
from tests.pages.conftest import SignInAs, on, open_page, words

pytestmark = pytest.mark.dates

OVERVIEW, REPORT = "pages/insight/overview.py", "pages/insight/report.py"


def a_worked_project() -> Project:
    """Three days of one week, the last before this one, whatever day it is."""
    now = right_now()
    monday = now - timedelta(days=now.weekday() + 7)
    with transaction() as session:
        project = factories.a_project(session, "here", task="classification", settings=LABELS, policy=RATED)
        person = factories.a_member(session, project, factories.a_person(session, "Mei *one*"))
        for day in range(3):
            a_day(session, project, person, monday + timedelta(days=day), answers=2, right=2)
        factories.an_item(session, project, settings=LABELS, state="flagged")
        return project


def as_viewer(sign_in_as: SignInAs, project: Project) -> None:
    with transaction() as session:
        viewer = factories.a_member(session, project, factories.a_person(session, role="viewer"), role="viewer")
    sign_in_as(actor=factories.acting(viewer))


def test_the_overview_answers_four_questions(sign_in_as: SignInAs) -> None:
    a_worked_project()
    sign_in_as("lead")
    app = on(OVERVIEW)
    text = words(app)
    for part in (
        "No targets missed. Inconclusive: quality.",
        "1 item is on hold: reported by annotators.",
        "Accuracy on gold items is 100%",
        "8.0 answers per active hour over the last four weeks (8.0–8.0, 3 person-days)",
        r"\$18.00 so far: 1 h 30 min of active time in labelling, review and training at \$12.00 per hour.",
        "All 6 answers are in.",
    ):
        assert part in text
    assert len(app.get("plotly_chart")) == 4
    assert len(app.dataframe) == 4


def test_a_day_of_three_people_is_three_person_days(sign_in_as: SignInAs) -> None:
    with transaction() as session:
        project = factories.a_project(session, "here", task="classification", settings=LABELS, policy=RATED)
        for _ in range(3):
            a_day(
                session,
                project,
                factories.a_member(session, project),
                right_now() - timedelta(days=1),
                answers=2,
                right=2,
            )
    sign_in_as("lead")
    text = words(on(OVERVIEW))
    assert "3 person-days" in text
    assert "days of work" not in text


def test_a_viewer_sees_neither_cost_nor_what_waits_for_others(sign_in_as: SignInAs) -> None:
    as_viewer(sign_in_as, a_worked_project())
    app = on(OVERVIEW)
    text = words(app)
    assert "Accuracy on gold items is 100%" in text
    assert len(app.get("plotly_chart")) == 3
    for part in ("so far:", "Mei", "on hold: reported by annotators", "Nothing waits for a decision"):
        assert part not in text


def test_a_part_of_the_answers_is_said_to_be_one(sign_in_as: SignInAs) -> None:
    project = a_worked_project()
    sign_in_as("lead")
    with transaction() as session:
        lane = factories.a_lane(session, project, batch="week-2")
        item = factories.an_item(session, project, settings=LABELS, lane=lane, lang="en")
        factories.an_answer(session, item, factories.a_person(session), {"labels": ["a"]})
    assert "speed, cost and finish are the whole project" in words(on(OVERVIEW, batch="week-2"))
    assert "speed, cost and finish are the whole project" not in words(on(OVERVIEW))


def test_the_report_names_nobody_and_is_there_to_print(sign_in_as: SignInAs) -> None:
    as_viewer(sign_in_as, a_worked_project())
    app = on(REPORT)
    text = words(app)
    for part in ("Data quality", "Measurement", "Items with one label only"):
        assert part in text
    assert "Mei" not in text
    assert app.get("download_button")[0].label == "Download to print"


def test_criteria_of_one_name_have_columns_of_their_own(sign_in_as: SignInAs) -> None:
    criteria = [{"id": name, "name": "Quality", "min": 1, "max": 5} for name in ("first", "second")]
    with transaction() as session:
        project = factories.a_project(session, "here", task="rating", settings={"criteria": criteria})
        item = factories.an_item(session, project, settings={"criteria": criteria})
        for score in (1, 5):
            answered(session, item, factories.a_person(session), {"scores": {"first": score, "second": score}})
    sign_in_as("lead")
    columns = [column for frame in on(REPORT).dataframe for column in frame.value.columns]
    assert {"Alpha: Quality", "Alpha: Quality (2)"} <= set(columns)


def test_the_report_speaks_the_clients_language(sign_in_as: SignInAs) -> None:
    a_worked_project()
    sign_in_as("lead")
    app = on(REPORT)
    app.get("button_group")[0].set_value("zh").run()
    assert not app.exception
    assert "给文本分类" in words(app)
    assert app.title[0].value == "Client report", "the page itself stays as the reader has it"


@pytest.mark.parametrize("file", [OVERVIEW, REPORT])
def test_without_answers_the_pages_say_what_will_be_here(sign_in_as: SignInAs, file: str) -> None:
    with transaction() as session:
        factories.a_project(session, items=2)
    sign_in_as("lead")
    assert "No answers yet." in words(on(file))


@pytest.mark.parametrize("file", [OVERVIEW, REPORT])
def test_annotators_have_no_such_page(sign_in_as: SignInAs, file: str) -> None:
    sign_in_as("annotator")
    with pytest.raises(ValueError, match="Could not find"):
        open_page(file)
