"""Models, Bias and Machine judges as leads and viewers meet them."""

from typing import Any

import pytest
from sqlmodel import Session, select

from core.permissions import SYSTEM
from core.services import labelling, projects
from core.store.engine import transaction
from core.store.tables import Project, TargetValue
from tests import factories
from tests.pages.conftest import SignInAs, on, open_page, words

MODELS, BIAS, JUDGES = (f"pages/insight/{name}.py" for name in ("models", "bias", "judges"))
NAMES = {"a": "heron-2", "b": "lotus*7b"}


def said(session: Session, item: Any, person: Any, body: Any, **fields: Any) -> None:
    rubric = projects.get(session, SYSTEM, "here").rubric
    answer = factories.an_answer(session, item, person, body, **fields)
    values = rubric.values(rubric.parse_payload(item.payload), rubric.answer_model.model_validate(body))
    for row in labelling.target_rows(answer.id or 0, values, rubric):
        session.add(TargetValue(**row))
    session.flush()


def a_compared_project(models: Any = NAMES, *, judge: bool = False, choices: str = "abaaabba") -> None:
    with transaction() as session:
        project = factories.a_project(session, "here")
        team = [factories.a_person(session, f"Person {n}") for n in range(3)]
        machine = factories.a_person(session, "judge-1", kind="machine") if judge else None
        for n, chosen in enumerate(choices):
            responses = {"a": {"text": "long enough"}, "b": {"text": "short"}}
            payload = {"prompt": f"Question {n}", "responses": responses}
            item = factories.an_item(session, project, payload=payload, models=models, lang="en", tags=["letters"])
            for person in team:
                said(session, item, person, {"preferred": chosen}, shown=["a", "b"] if n % 2 else ["b", "a"])
            if machine:
                said(session, item, machine, {"preferred": "a"}, purpose="imported")


def a_rated_project(*, named: bool = True, task: str = "rating", settings: Any = None) -> None:
    with transaction() as session:
        project = factories.a_project(session, "here", task=task, settings=settings)
        team = [factories.a_person(session, f"Person {n}") for n in range(2)]
        for n in range(6):
            meta = {"model": "heron-2" if n % 2 else "lotus-7b"} if named else None
            item = factories.an_item(
                session, project, settings=settings, meta=meta, words=n, lang="zh" if n < 3 else "en"
            )
            for away, person in enumerate(team):
                body = (
                    {"scores": {"overall": 2 + n % 2 + away * (2 if n == 2 else 1)}}
                    if task == "rating"
                    else {"labels": ["yes" if n % 2 else "no"]}
                )
                said(session, item, person, body)


def the_viewer() -> Any:
    with transaction() as session:
        viewer = factories.a_person(session, role="viewer")
        factories.a_member(session, session.scalars(select(Project)).one(), viewer, role="viewer")
        return factories.acting(viewer)


@pytest.mark.parametrize("file", [MODELS, BIAS, JUDGES])
def test_annotators_have_no_such_page(sign_in_as: SignInAs, file: str) -> None:
    sign_in_as("annotator")
    with pytest.raises(ValueError, match="Could not find"):
        open_page(file)


@pytest.mark.parametrize("file", [MODELS, BIAS, JUDGES])
def test_a_workspace_or_project_without_answers_says_what_will_be_here(sign_in_as: SignInAs, file: str) -> None:
    sign_in_as("lead")
    assert "Once a project has items" in words(on(file))
    with transaction() as session:
        factories.a_project(session, "here", items=1)
    assert "No answers yet" in words(on(file))


# Models ---------------------------------------------------------------------------------------------------------------


def test_models_are_told_in_words_and_charts(sign_in_as: SignInAs) -> None:
    a_compared_project()
    sign_in_as("lead")
    app = on(MODELS)
    text = words(app)
    for part in (
        "is ahead, but not significantly: the intervals of lotus\\*7b overlap",
        "Taking away 7 of 24 comparisons would put lotus\\*7b on top.",
        "Pairwise win rates",
        "At equal length",
        "By tag",
    ):
        assert part in text
    assert len(app.get("plotly_chart")) == 4
    assert app.dataframe[0].value["Model"].tolist() == ["heron-2", "lotus*7b"]


def test_the_arena_scale_is_one_choice_away_and_in_the_address(sign_in_as: SignInAs) -> None:
    a_compared_project()
    sign_in_as("lead")
    assert "400 points are odds of ten to one" in words(on(MODELS, scale="arena"))
    assert "400 points" not in words(on(MODELS, scale="nonsense"))


def test_comparisons_without_models_say_how_to_name_them(sign_in_as: SignInAs) -> None:
    a_compared_project(models=None)
    sign_in_as("lead")
    text = words(on(MODELS))
    assert "No item names the models" in text
    assert "Name them in the file" in text


def test_models_that_never_met_are_told_in_groups(sign_in_as: SignInAs) -> None:
    with transaction() as session:
        project, person = factories.a_project(session, "here"), factories.a_person(session)
        for models in (NAMES, {"a": "merlion", "b": "plain"}):
            item = factories.an_item(session, project, models=models)
            first = next(iter(item.payload["responses"]))
            item.models = dict(zip(item.payload["responses"], models.values(), strict=True))
            said(session, item, person, {"preferred": first})
    sign_in_as("lead")
    assert "These groups were never compared with each other: heron\\-2, lotus\\*7b; merlion, plain" in words(
        on(MODELS)
    )


def test_scores_are_compared_by_model(sign_in_as: SignInAs) -> None:
    a_rated_project()
    sign_in_as("lead")
    text = words(on(MODELS))
    assert "heron\\-2 has the highest mean for “overall”: 3.50." in text
    assert "By language" in text


def test_scores_without_models_say_how_to_name_them(sign_in_as: SignInAs) -> None:
    a_rated_project(named=False)
    sign_in_as("lead")
    assert "Once the items say which model each of them is about" in words(on(MODELS))


def test_classes_are_compared_one_by_one(sign_in_as: SignInAs) -> None:
    settings = {"labels": [{"id": "yes", "name": "Yes"}, {"id": "no", "name": "No"}]}
    a_rated_project(task="classification", settings=settings)
    sign_in_as("lead")
    assert "heron\\-2 has the highest share of “Yes”: 100%." in words(on(MODELS, label="yes"))


# Bias -----------------------------------------------------------------------------------------------------------------


def test_what_sways_comparisons_is_told(sign_in_as: SignInAs) -> None:
    a_compared_project()
    sign_in_as("lead")
    app = on(BIAS)
    text = words(app)
    for part in (
        "The response shown first won",
        "The order shown is fair",
        "Not significant: no annotator's share",
        "The longer response won",
        "55%: 783",
    ):
        assert part in text
    assert "No annotator has compared the same responses again" in text


def test_viewers_see_no_names(sign_in_as: SignInAs) -> None:
    a_compared_project(judge=True)
    sign_in_as(actor=the_viewer())
    for file in (BIAS, JUDGES):
        app = on(file)
        assert "Person 1" not in words(app)
        assert not any("Person 1" in table.value.to_string() for table in app.dataframe)
    assert "By annotator" not in words(on(BIAS))
    assert "judge\\-1 labelled 8 items" in words(on(JUDGES))


def test_how_people_use_a_scale_is_told(sign_in_as: SignInAs) -> None:
    a_rated_project()
    sign_in_as("lead")
    text = words(on(BIAS))
    assert "Above the others on the same items: Person 1" in text
    assert "Below the others on the same items: Person 0" in text
    assert "By length" in text


# Judges ---------------------------------------------------------------------------------------------------------------


def test_without_a_judge_the_page_says_how_to_bring_one(sign_in_as: SignInAs) -> None:
    a_compared_project()
    sign_in_as("lead")
    assert "manage.py import labels SLUG FILE --machine" in words(on(JUDGES))


def test_a_judge_stands_beside_people(sign_in_as: SignInAs) -> None:
    a_compared_project(judge=True)
    sign_in_as("lead")
    app = on(JUDGES)
    text = words(app)
    for part in (
        "judge\\-1 labelled 8 items; annotators labelled 8 of them too.",
        "The machine judge gives the same answer as an annotator 62% of the time.",
        "Inconclusive: the test needs 30 items per annotator",
        "On 3 of 8 items most annotators disagree with the machine judge.",
        "Question 1",
    ):
        assert part in text
    assert any("margin −15%" in str(chart.proto) for chart in app.get("plotly_chart"))


def test_the_margin_is_kept_in_the_address(sign_in_as: SignInAs) -> None:
    a_compared_project(judge=True)
    sign_in_as("lead")
    app = on(JUDGES, margin="crowd")
    assert any("margin −10%" in str(chart.proto) for chart in app.get("plotly_chart"))


@pytest.mark.parametrize("file", [MODELS, BIAS, JUDGES])
def test_one_person_and_one_answer_break_nothing(sign_in_as: SignInAs, file: str) -> None:
    a_compared_project(judge=True, choices="a")
    sign_in_as("lead")
    assert on(file).title[0].value
