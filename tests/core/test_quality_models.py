"""Figures about models and bias in the report: made-up projects whose answers are known, and odd ones that must say why."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from sqlmodel import Session, select

from core.permissions import SYSTEM
from core.services import labelling, projects
from core.services.quality import bias as quality_bias, models as quality_models, reporting, scores as quality_scores
from core.services.quality.reporting import Assessment
from core.store.tables import Item, Person, Project, TargetValue
from tests.factories import a_member, a_person, a_project, acting, an_answer, an_item

MODELS = {"a": "heron-2", "b": "lotus-7b"}


def a_pair(
    session: Session, project: Any, models: Any = MODELS, texts: Sequence[str] = ("aaaa", "bb"), **fields: Any
) -> Item:
    responses = {name: {"text": text} for name, text in zip("ab", texts, strict=True)}
    return an_item(session, project, payload={"prompt": "Which?", "responses": responses}, models=models, **fields)


def said(session: Session, item: Item, person: Person, body: Any, **fields: Any) -> None:
    rubric = projects.get(session, SYSTEM, "here").rubric
    answer = an_answer(session, item, person, body, **fields)
    values = rubric.values(rubric.parse_payload(item.payload), rubric.answer_model.model_validate(body))
    for row in labelling.target_rows(answer.id or 0, values, rubric):
        session.add(TargetValue(**row))
    session.flush()


def compared(session: Session, choices: Sequence[tuple[str, str]], people: int = 3) -> None:
    """An item each (chosen, shown first), all people choosing alike."""
    project = a_project(session, "here")
    team = [a_person(session) for _ in range(people)]
    for chosen, first in choices:
        item = a_pair(session, project)
        for person in team:
            said(session, item, person, {"preferred": chosen}, shown=[first, "b" if first == "a" else "a"])


def assessed(session: Session) -> Assessment:
    return reporting.assess(session, SYSTEM, "here")


def test_the_matrix_flip_and_length_stand_beside_the_leaderboard(session: Session) -> None:
    compared(session, [("a", "a"), ("a", "b"), ("b", "a"), ("a", "b"), ("tie", "a")])
    report = assessed(session).report
    assert [row["model"] for row in report["models"]] == ["heron-2", "lotus-7b"]
    matrix = report["win_matrix"]
    assert matrix["models"] == ["heron-2", "lotus-7b"]
    assert matrix["n"] == [[0, 15], [15, 0]]
    assert matrix["share"][0] == [None, pytest.approx(0.7)]
    assert matrix["low"][0][1] < 0.7 < matrix["high"][0][1]
    assert report["votes_to_flip"] == {"votes": 7, "comparisons": 15, "top": "heron-2", "instead": "lotus-7b"}
    assert report["length_controlled"]["models"][0]["raw"]["share"] == pytest.approx(0.7)


def test_equally_long_responses_say_so(session: Session) -> None:
    project = a_project(session, "here")
    for chosen in ("a", "b"):
        item = a_pair(session, project, texts=("same", "size"))
        said(session, item, a_person(session), {"preferred": chosen})
    report = assessed(session).report
    assert report["length_controlled"] == {"models": [], "why": "All responses that were compared are equally long."}
    assert report["bias"]["longer"]["why"] == "No comparison between responses of different length was decided."
    assert report["bias"]["order"]["fair"] is None


def test_a_project_without_model_names_says_why_and_still_tells_bias(session: Session) -> None:
    project = a_project(session, "here")
    item = a_pair(session, project, models=None)
    for _ in range(4):
        said(session, item, a_person(session), {"preferred": "a"}, shown=["a", "b"])
    report = assessed(session).report
    assert report["models_why"] == "No item names the models that its responses come from."
    assert (report["win_matrix"], report["votes_to_flip"], report["length_controlled"]) == (None, None, None)
    assert report["bias"]["first_position"]["share"] == 1.0
    assert report["bias"]["effects"] == {"position": None, "length": None}


def test_groups_that_never_met_have_a_matrix_but_no_scores(session: Session) -> None:
    project, person = a_project(session, "here"), a_person(session)
    for models in (MODELS, {"a": "merlion", "b": "plain"}):
        said(session, a_pair(session, project, models=models), person, {"preferred": "a"})
    found = assessed(session)
    assert found.report["models"] == []
    assert "no common scale" in found.report["models_why"]
    assert found.report["length_controlled"]["why"] == found.report["models_why"]
    assert found.contest is not None
    assert quality_models.comparable(found.contest) == [["heron-2", "lotus-7b"], ["merlion", "plain"]]
    assert found.report["win_matrix"]["n"][0].count(0) == 3


def test_models_with_the_same_name_on_both_sides_are_no_comparison(session: Session) -> None:
    project = a_project(session, "here")
    item = a_pair(session, project, models={"a": "heron-2", "b": "heron-2"})
    said(session, item, a_person(session), {"preferred": "a"})
    report = assessed(session).report
    assert report["models"] == []
    assert report["models_why"] == "There are no comparisons yet."
    assert report["win_matrix"]["n"] == [[0]]


def test_parts_are_by_group_of_items_largest_first(session: Session) -> None:
    project, person = a_project(session, "here"), a_person(session)
    for tag, chosen in (("x", "a"), ("x", "b"), ("x", "a"), ("y", "b")):
        said(session, a_pair(session, project, tags=[tag]), person, {"preferred": chosen})
    found = assessed(session)
    assert found.contest is not None
    tags = quality_scores.by_tag(session, found.evidence)
    parts = quality_models.parts(found.contest, ["heron-2", "lotus-7b"], tags)
    assert [(one.name, one.comparisons) for one in parts] == [("x", 3), ("y", 1)]
    assert parts[0].shares[0] is not None
    assert parts[0].shares[0].value == pytest.approx(2 / 3)
    points, counts = quality_models.arena(found.contest)
    assert counts == [4, 4]
    assert points.points.sum() == pytest.approx(2000)


# Bias -----------------------------------------------------------------------------------------------------------------


def test_whoever_goes_by_the_order_is_marked_and_only_they(session: Session) -> None:
    project = a_project(session, "here")
    blind, fair = a_person(session, "Blind"), a_person(session, "Fair")
    for n in range(24):
        item = a_pair(session, project)
        first = "ab"[n % 2]
        said(session, item, blind, {"preferred": first}, shown=[first, "ab"[1 - n % 2]])
        said(session, item, fair, {"preferred": "a" if n % 4 < 2 else "b"}, shown=[first, "ab"[1 - n % 2]])
    found = assessed(session).report["bias"]
    assert {name: one["biased"] for name, one in found["people"].items()} == {"Blind": True, "Fair": False}
    assert found["people"]["Blind"]["share"] == 1.0
    assert found["effects"]["position"]["value"] > 0
    assert (found["order"]["fair"], found["order"]["n"]) == (True, 48)
    assert found["needed"]["0.55"] == 783


def test_second_looks_tell_swapped_from_unchanged_order(session: Session) -> None:
    project, person = a_project(session, "here"), a_person(session)
    for swapped, changed in ((True, True), (True, False), (False, False)):
        item = a_pair(session, project)
        said(session, item, person, {"preferred": "a"}, shown=["a", "b"])
        again, order = "b" if changed else "a", ["b", "a"] if swapped else ["a", "b"]
        said(session, item, person, {"preferred": again}, shown=order, purpose="repeat", nth=1)
    found = assessed(session)
    flips = found.report["bias"]["flips"]
    assert (flips["rate"], flips["n"]) == (0.5, 2)
    assert (flips["same_order"]["rate"], flips["same_order"]["n"]) == (0.0, 1)


def test_names_are_for_those_who_may_see_them(session: Session) -> None:
    compared(session, [("a", "a"), ("b", "a")])
    project = projects.get(session, SYSTEM, "here")
    viewer = a_person(session, role="viewer")
    a_member(session, session.scalars(select(Project)).one(), viewer, role="viewer")
    seen = reporting.assess(session, acting(viewer), project.slug)
    assert seen.report["bias"]["people"] == {}
    assert seen.report["bias"]["first_position"]["n"] == 6
    assert seen.contest is not None
    assert all(not seen.evidence.people[one.person] for one in quality_bias.leanings(seen.contest, seen.evidence))


# Scores ---------------------------------------------------------------------------------------------------------------


def rated(session: Session, rows: Sequence[tuple[str | None, str, int]]) -> None:
    """(model, person, score), an item each."""
    project = a_project(session, "here", task="rating")
    people = {name: a_person(session, name) for name in {name for _model, name, _score in rows}}
    for model, name, score in rows:
        item = an_item(session, project, meta={"model": model} if model else {"other": 1})
        said(session, item, people[name], {"scores": {"overall": score}})


def test_scores_are_averaged_by_the_model_that_the_item_names(session: Session) -> None:
    rated(
        session,
        [
            ("heron-2", "mei", 5),
            ("heron-2", "raj", 4),
            ("lotus-7b", "mei", 2),
            ("lotus-7b", "raj", 3),
            (None, "mei", 1),
        ],
    )
    rows = assessed(session).report["model_scores"]["overall"]["mean"]
    assert [(row["model"], row["value"], row["n"]) for row in rows] == [("heron-2", 4.5, 2), ("lotus-7b", 2.5, 2)]
    assert rows[0]["low"] < 4.5 < rows[0]["high"] <= 5


def test_items_weigh_the_same_however_many_labelled_them(session: Session) -> None:
    project = a_project(session, "here", task="rating")
    often, once = (an_item(session, project, meta={"model": "m"}) for _ in range(2))
    for score in (5, 5, 5):
        said(session, often, a_person(session), {"scores": {"overall": score}})
    said(session, once, a_person(session), {"scores": {"overall": 1}})
    (row,) = assessed(session).report["model_scores"]["overall"]["mean"]
    assert row["value"] == 3.0


def test_classes_are_told_as_shares(session: Session) -> None:
    labels = {"labels": [{"id": "yes", "name": "Yes"}, {"id": "no", "name": "No"}]}
    project, person = a_project(session, "here", task="classification", settings=labels), a_person(session)
    for label in ("yes", "yes", "no"):
        item = an_item(session, project, settings=labels, meta={"model": "m"})
        said(session, item, person, {"labels": [label]})
    shares = assessed(session).report["model_scores"]["labels"]
    assert list(shares) == ["yes", "no"]
    assert shares["yes"][0]["value"] == pytest.approx(2 / 3)


def test_without_model_names_scores_say_why(session: Session) -> None:
    rated(session, [(None, "mei", 3)])
    report = assessed(session).report
    assert report["model_scores"] == {}
    assert report["model_scores_why"] == "No item names the model that it is about."


def test_the_strict_and_the_kind_are_told_on_the_same_items(session: Session) -> None:
    project = a_project(session, "here", task="rating")
    people = {name: a_person(session, name) for name in ("kind", "middle", "strict")}
    for base in (2, 3, 4, 3, 2, 4):
        item = an_item(session, project)
        for name, away in (("kind", 1), ("middle", 0), ("strict", -1)):
            said(session, item, people[name], {"scores": {"overall": base + away}})
    found = assessed(session)
    (amount,) = quality_scores.amounts(found.evidence, found.evidence.targets["overall"])
    uses = quality_scores.uses(found.evidence, amount)
    assert [found.evidence.people[one.person] for one in uses] == ["kind", "middle", "strict"]
    assert uses[0].mean == 4.0
    assert uses[0].ends is not None
    assert uses[0].ends.value == pytest.approx(1 / 3)
    assert np.isclose(uses[0].above.value if uses[0].above else 0, 1.5)


def test_an_empty_project_has_no_models_and_no_traceback(session: Session) -> None:
    a_project(session, "here")
    report = assessed(session).report
    assert report["models"] == []
    assert report["models_why"] == "There are no comparisons yet."
    assert report["bias"]["people"] == {}
    assert report["judges"] == {}
