"""Odd and broken data: a figure or a reason, for every task type, never a traceback and never a number that means nothing."""

from math import isfinite
from pathlib import Path
from random import Random
from typing import Any

import orjson
import pytest
from sqlalchemy import Engine
from sqlmodel import Session

from core.errors import RefusedFile
from core.permissions import SYSTEM
from core.services import importing, projects
from core.services.quality import reporting
from core.store.engine import transaction
from core.store.tables import Item, Person, Project
from core.tasks import TASK_TYPES
from tests.clock import NOW
from tests.core.test_quality import LABELS, answered, pair, report, said
from tests.factories import a_gold, a_person, a_project, an_item


def told(session: Session) -> dict[str, Any]:
    """The report as a strict reader takes it, and every prediction: each may be asked for."""
    rows = list(reporting.predictions(session, reporting.assess(session, SYSTEM, "here")))
    orjson.loads(orjson.dumps(rows))
    return report(session)


def reasoned(found: dict[str, Any]) -> None:
    """Every figure of agreement that is missing says why; every one that is there is a number in its range."""
    for target in found["targets"].values():
        agreed = target["agreement"]
        assert agreed["alpha"] is not None or agreed["why"]
        assert agreed["alpha"] is None or -1 <= agreed["alpha"] <= 1
        assert target["why"]
        for known in target["consensus"].values():
            assert known["n"] == 0 or 0 <= known["low"] <= known["accuracy"] <= known["high"] <= 1


def answer_at_random(session: Session, item: Item, person: Person, seed: int) -> None:
    rubric = projects.get(session, SYSTEM, "here").rubric
    body = rubric.sample_answer(rubric.parse_payload(item.payload), Random(seed))
    answered(session, item, person, body.model_dump(mode="json"))


def crowd(session: Session, project: Project, *, items: int, people: int) -> None:
    team = [a_person(session) for _ in range(people)]
    for item in [an_item(session, project) for _ in range(items)]:
        for seed, person in enumerate(team):
            answer_at_random(session, item, person, seed)


SHAPES = {"no labels at all": (0, 0), "items without labels": (3, 0), "one label": (1, 1), "one annotator": (4, 1), "two on one item": (1, 2), "some": (4, 3)}  # fmt: skip


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("task", sorted(TASK_TYPES))
def test_every_task_type_in_every_shape_gives_figures_or_reasons(sqlite_store: Engine, task: str, shape: str) -> None:
    items, people = SHAPES[shape]
    with transaction() as session:
        crowd(session, a_project(session, "here", task=task), items=items, people=people)
        found = told(session)
    reasoned(found)
    assert (found["items"], found["labels"]) == (items, items * people)
    if items * people == 0:
        assert {one["agreement"]["alpha"] for one in found["targets"].values()} == {None}
        assert found["annotators_detail"] == {}


def test_two_current_answers_of_one_person_are_one_label(session: Session) -> None:
    project = a_project(session, "here", task="classification", settings=LABELS)
    item, mei, raj = an_item(session, project, settings=LABELS), a_person(session, "mei"), a_person(session, "raj")
    said(session, item, mei, "a", purpose="imported")
    said(session, item, mei, "b")
    said(session, item, raj, "a")
    found = told(session)
    agreed = found["targets"]["labels"]["agreement"]
    assert (found["labels"], found["labels_given_twice"], agreed["pairs"], agreed["percent"]) == (2, 1, 1, 1.0)
    assert found["annotators_detail"]["mei"]["labels"] == 1


def test_nobody_disagreeing_ever_is_no_agreement_beyond_chance(session: Session) -> None:
    project = a_project(session, "here", task="classification", settings=LABELS)
    team = [a_person(session) for _ in range(3)]
    for _ in range(5):
        item = an_item(session, project, settings=LABELS)
        for person in team:
            said(session, item, person, "a")
    agreed = told(session)["targets"]["labels"]["agreement"]
    assert (agreed["percent"], agreed["alpha"]) == (1.0, None)
    assert "All answers are the same" in agreed["why"]


def test_a_class_that_gold_never_holds_and_gold_that_nobody_labelled(session: Session) -> None:
    project = a_project(session, "here", task="classification", settings=LABELS)
    team = [a_person(session) for _ in range(3)]
    items = [an_item(session, project, settings=LABELS) for _ in range(6)]
    for n, item in enumerate(items[:5]):
        for at, person in enumerate(team):
            said(session, item, person, "c" if n == 0 else "ab"[(n + at) % 2])
    for item in (items[1], items[5]):
        a_gold(session, item, {"labels": ["a"]}, use="reference")
    found = told(session)
    reasoned(found)
    assert found["gold_items"] == 2
    assert {one["n"] for one in found["targets"]["labels"]["consensus"].values()} == {1}


def test_300_labels_on_an_item_beside_items_with_one(session: Session) -> None:
    project = a_project(session, "here", task="rating")
    many, *others = [an_item(session, project) for _ in range(3)]
    team = [a_person(session) for _ in range(300)]
    for n, person in enumerate(team):
        answered(session, many, person, {"scores": {"overall": 1 + n % 5}})
    for item in others:
        answered(session, item, team[0], {"scores": {"overall": 3}})
    found = told(session)
    reasoned(found)
    assert found["targets"]["overall"]["agreement"]["units"] == 1


def test_models_in_two_worlds_are_not_ranked_together(session: Session) -> None:
    project, mei = a_project(session, "here"), a_person(session, "mei")
    for models in (("A", "B"), ("C", "D")):
        item = pair(session, project, "one", "other")
        item.models = dict(zip("xy", models, strict=True))
        answered(session, item, mei, {"preferred": "x"})
    found = told(session)
    assert found["models"] == []
    assert "never compared" in found["models_why"]


def test_comparisons_that_nobody_decided_sway_nobody(session: Session) -> None:
    project, mei = a_project(session, "here"), a_person(session, "mei")
    for _ in range(3):
        answered(session, pair(session, project, "one", "other"), mei, {"preferred": "tie"}, shown=["x", "y"])
    found = told(session)
    assert found["bias"]["first_position"]["share"] is None
    assert found["bias"]["first_position"]["why"]
    assert all(one["score"] is None or isfinite(one["score"]) for one in found["models"])


def test_a_score_that_is_no_number_is_refused_by_its_place(sqlite_store: Engine, tmp_path: Path) -> None:
    with transaction() as session:
        project = a_project(session, "here", task="rating")
        an_item(session, project, "p1")
    path = tmp_path / "labels.jsonl"
    for score in (b"NaN", b"Infinity", b'"NaN"', b"1e999"):
        path.write_bytes(b'{"item": "p1", "annotator": "mei", "answer": {"scores": {"overall": %b}}}\n' % score)
        with pytest.raises(RefusedFile, match="row 1"), transaction() as session:
            importing.import_file(session, SYSTEM, "here", "labels", path, now=NOW, rng=Random(1))
    with transaction() as session:
        assert told(session)["labels"] == 0
