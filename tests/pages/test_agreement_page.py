"""Agreement as leads and viewers meet it, and the choice of what figures are about."""

import pytest

from core.store.engine import transaction
from core.store.tables import Project
from tests import factories
from tests.core.test_quality import LABELS, answered, said
from tests.pages.conftest import SignInAs, on, words

PAGE = "pages/insight/agreement.py"


def a_labelled_project(state: str = "live") -> Project:
    """Two batches of twelve items each: three people agree on the first, and one of them stands apart on the second."""
    with transaction() as session:
        project = factories.a_project(session, "here", task="classification", settings=LABELS, state=state)
        people = [factories.a_person(session, name) for name in ("Mei", "Raj", "Odd *one*")]
        lanes = [factories.a_lane(session, project, batch=name) for name in ("week-1", "week-2")]
        for at in range(24):
            lane = lanes[at // 12]
            item = factories.an_item(session, project, settings=LABELS, lane=lane, lang="en")
            for person in people:
                odd = at >= 12 and person.name.startswith("Odd")
                said(session, item, person, "c" if odd else "ab"[at % 2])
        said(session, item, people[0], "a", purpose="repeat", nth=1)
        return project


def test_it_says_how_far_people_agree_and_where_they_do_not(sign_in_as: SignInAs) -> None:
    a_labelled_project()
    sign_in_as("lead")
    app = on(PAGE)
    text = words(app)
    for part in (
        "over 24 items with two labels or more",
        "Agreement by class",
        "Annotators agree significantly less on week\\-2",
        "differs more from everyone else than any two others",
        "On hidden repeats annotators gave the same answer again",
    ):
        assert part in text
    assert r"Odd \*one\*" in text
    assert len(app.get("plotly_chart")) == 5


def test_the_address_narrows_what_figures_are_about(sign_in_as: SignInAs) -> None:
    a_labelled_project()
    sign_in_as("lead")
    assert "over 12 items" in words(on(PAGE, batch="week-1"))
    app = on(PAGE)
    app.selectbox(key="address_batch").set_value("week-2").run()
    assert "week-2" in app.query_params["batch"]
    assert "over 12 items" in words(app)
    assert "over 24 items" in words(on(PAGE, batch="no such batch")), "an unknown batch narrows nothing"


def test_a_viewer_sees_no_people(sign_in_as: SignInAs) -> None:
    project = a_labelled_project()
    with transaction() as session:
        viewer = factories.a_member(session, project, factories.a_person(session, role="viewer"), role="viewer")
    sign_in_as(actor=factories.acting(viewer))
    text = words(on(PAGE))
    assert "over 24 items" in text
    assert "Between annotators" not in text
    assert "Odd" not in text


def test_a_project_without_company_says_what_is_missing(sign_in_as: SignInAs) -> None:
    with transaction() as session:
        project = factories.a_project(session, "here", task="classification", settings=LABELS)
        said(session, factories.an_item(session, project, settings=LABELS), factories.a_person(session, "Mei"), "a")
    sign_in_as("lead")
    text = words(on(PAGE))
    assert "No item has labels by two annotators" in text
    assert "This project has no hidden repeats" in text


@pytest.mark.parametrize("chosen", ["helpful", "nonsense"])
def test_the_address_chooses_the_target(sign_in_as: SignInAs, chosen: str) -> None:
    criteria = [{"id": name, "name": name.title(), "min": 1, "max": 5} for name in ("true", "helpful")]
    with transaction() as session:
        project = factories.a_project(session, "here", task="rating", settings={"criteria": criteria})
        people = [factories.a_person(session) for _ in range(2)]
        for at in range(6):
            item = factories.an_item(session, project, settings={"criteria": criteria})
            for person in people:
                answered(session, item, person, {"scores": {"true": 1 + at % 5, "helpful": 3}})
    sign_in_as("lead")
    text = words(on(PAGE, target=chosen))
    constant = "All answers are the same"
    assert (constant in text) == (chosen == "helpful")
    assert "Alpha of each target" in text
