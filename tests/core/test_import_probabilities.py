"""Machine judges' probabilities: taken as they are meant, refused in words with row and column."""

from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import orjson
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from sqlalchemy import func, select
from sqlmodel import Session

from core.errors import RefusedFile
from core.permissions import SYSTEM
from core.services import importing
from core.store.tables import Probability
from tests.clock import NOW
from tests.factories import a_project, an_item

SETTINGS = {"labels": [{"id": "yes", "name": "Yes"}, {"id": "no", "name": "No"}]}
Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def jsonl(*rows: Any, name: str = "rows.jsonl") -> Path:
        path = tmp_path / name
        path.write_bytes(b"".join(orjson.dumps(row) + b"\n" for row in rows))
        return path

    return jsonl


def take(session: Session, path: Path, kind: Any = "labels", *, machine: bool = True) -> Any:
    return importing.import_file(session, SYSTEM, "here", kind, path, now=NOW, rng=Random(1), machine=machine)


def stored(session: Session) -> dict[tuple[str, int], float]:
    return {(row.target, row.code): round(row.value, 4) for row in session.scalars(select(Probability))}


def a_label(probabilities: Any, **more: Any) -> dict[str, Any]:
    return {"item": "one", "annotator": "judge", "answer": {"labels": ["yes"]}, "probabilities": probabilities, **more}


def a_classification(session: Session) -> None:
    an_item(session, a_project(session, "here", task="classification", settings=SETTINGS), "one", settings=SETTINGS)


def test_classes_are_stored_by_code_and_rounding_is_evened_out(session: Session, write: Write) -> None:
    a_classification(session)
    take(session, write(a_label({"labels": {"yes": 0.66, "no": 0.33}})))
    assert stored(session) == {("labels", 0): 0.6667, ("labels", 1): 0.3333}


def test_responses_go_by_the_files_own_ids(session: Session, write: Write) -> None:
    a_project(session, "here")
    responses = {"x": {"text": "One"}, "y": {"text": "Two"}}
    take(session, write({"id": "one", "payload": {"prompt": "Which?", "responses": responses}}), "items", machine=False)
    row = {"item": "one", "annotator": "judge", "answer": {"preferred": "y"}}
    take(session, write({**row, "probabilities": {"preferred": {"y": 0.7, "x": 0.2, "tie": 0.1}}}))
    assert stored(session) == {("preferred", 0): 0.2, ("preferred", 1): 0.7, ("preferred", 2): 0.1}


def test_points_of_a_scale_are_classes_too(session: Session, write: Write) -> None:
    an_item(session, a_project(session, "here", task="rating"), "one")
    row = {"item": "one", "annotator": "judge", "answer": {"scores": {"overall": 4}}}
    take(session, write({**row, "probabilities": {"overall": {"4": 0.75, "5": 0.25}}}))
    assert stored(session) == {("overall", 4000): 0.75, ("overall", 5000): 0.25}


def test_the_same_file_again_changes_nothing(session: Session, write: Write) -> None:
    a_classification(session)
    path = write(a_label({"labels": {"yes": 1}}))
    take(session, path)
    assert take(session, path).unchanged == 1
    assert session.scalar(select(func.count()).select_from(Probability)) == 1


@pytest.mark.parametrize(
    ("given", "column", "words"),
    [
        (
            {"labels": {"yes": 0.6, "maybe": 0.4}},
            "probabilities.labels",
            "There is no class 'maybe'; there are yes, no.",
        ),
        ({"mood": {"yes": 1}}, "probabilities.mood", "There is no target 'mood'; there are labels."),
        ({"labels": {"yes": 1.2}}, "probabilities.labels.yes", "from 0 to 1"),
        ({"labels": {"yes": True}}, "probabilities.labels.yes", "from 0 to 1"),
        ({"labels": {"yes": 0.5, "no": 0.2}}, "probabilities.labels", "add up to 0.7, not to 1"),
        ({"labels": {}}, "probabilities.labels", "add up to 0, not to 1"),
        ({"labels": [0.5, 0.5]}, "probabilities.labels", "Expected an object"),
        ([1], "probabilities", "Expected an object"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(
    session: Session, write: Write, given: Any, column: str, words: str
) -> None:
    a_classification(session)
    with pytest.raises(RefusedFile) as refused:
        take(session, write(a_label({"labels": {"no": 1}}, annotator="other"), a_label(given)))
    (problem,) = refused.value.problems
    assert (problem.row, problem.column) == (2, column)
    assert words in str(problem)
    assert session.scalar(select(func.count()).select_from(Probability)) == 0


def test_people_give_no_probabilities(session: Session, write: Write) -> None:
    a_classification(session)
    with pytest.raises(RefusedFile, match="Only machine judges give probabilities"):
        take(session, write(a_label({"labels": {"yes": 1}})), machine=False)


def test_tables_carry_them_as_json_or_in_columns(session: Session, tmp_path: Path) -> None:
    a_classification(session)
    whole, parted, parquet = tmp_path / "whole.csv", tmp_path / "parted.csv", tmp_path / "rows.parquet"
    whole.write_text('item,annotator,labels.0,probabilities\none,j1,yes,"{""labels"": {""yes"": 0.9, ""no"": 0.1}}"\n')
    parted.write_text("item,annotator,labels.0,probabilities.labels.yes,probabilities.labels.no\none,j2,yes,0.9,0.1\n")
    pq.write_table(pa.Table.from_pylist([a_label({"labels": {"yes": 0.9, "no": 0.1}}, annotator="j3")]), parquet)
    for path in (whole, parted, parquet):
        take(session, path)
    assert session.scalar(select(func.count()).select_from(Probability)) == 6
    assert set(stored(session).values()) == {0.9, 0.1}
