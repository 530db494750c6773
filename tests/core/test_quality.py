"""Quality figures as far as they go: worked by hand."""

from typing import Any

import pytest
from sqlmodel import Session

from core.errors import NotFound
from core.permissions import SYSTEM
from core.services import labelling, projects, quality
from core.store.tables import Answer, TargetValue
from tests.factories import a_gold, a_person, a_project, an_actor, an_answer, an_item


def said(session: Session, item: Any, person: Any, label: str, **fields: Any) -> Answer:
    rubric = projects.get(session, SYSTEM, "here").rubric
    answer = an_answer(session, item, person, {"labels": [label]}, **fields)
    values = rubric.values(rubric.parse_payload(item.payload), rubric.answer_model.model_validate(answer.body))
    for row in labelling.target_rows(answer.id or 0, values, rubric):
        session.add(TargetValue(**row))
    session.flush()
    return answer


def test_agreement_is_over_pairs_of_first_submissions(session: Session) -> None:
    project = a_project(session, "here", task="classification")
    first, second, alone = (an_item(session, project) for _ in range(3))
    mei, raj, tan = (a_person(session, name) for name in ("mei", "raj", "tan"))
    for person, label in ((mei, "yes"), (raj, "yes"), (tan, "no")):
        said(session, first, person, label, purpose="imported", active_ms=4000)
    said(session, second, mei, "yes", current=False)
    said(session, second, mei, "no", revision=2)
    said(session, second, raj, "yes")
    said(session, second, tan, "no", purpose="pilot")
    said(session, alone, raj, "yes")
    said(session, alone, raj, "no", purpose="repeat")
    found = quality.quality(session, SYSTEM, "here")
    agreement = found["targets"]["labels"]["agreement"]
    assert (found["items"], found["labels"], found["annotators"]) == (3, 6, 3)
    assert (agreement["units"], agreement["pairs"], agreement["percent"]) == (2, 4, 0.5)
    assert found["annotators_detail"]["mei"]["labels"] == 2
    assert found["annotators_detail"]["mei"]["seconds_median"] == 4.0


def test_gold_accuracy_counts_checks_as_judged_then_and_references_now(session: Session) -> None:
    project = a_project(session, "here", task="classification")
    check, reference = an_item(session, project, state="gold"), an_item(session, project)
    a_gold(session, check, {"labels": ["no"]})
    a_gold(session, reference, {"labels": ["yes"]}, use="reference")
    mei = a_person(session, "mei")
    said(session, check, mei, "yes", purpose="gold", passed=True)
    said(session, reference, mei, "yes")
    raj = a_person(session, "raj")
    said(session, reference, raj, "no")
    found = quality.quality(session, SYSTEM, "here")["annotators_detail"]
    assert (found["mei"]["gold"]["n"], found["mei"]["gold"]["accuracy"]) == (2, 1.0)
    assert (found["raj"]["gold"]["n"], found["raj"]["gold"]["correct"]) == (1, 0)
    assert found["raj"]["gold"]["low"] == 0.0
    assert 0.2 < found["mei"]["gold"]["low"] < 0.5


def test_an_empty_project_says_why_there_is_nothing(session: Session) -> None:
    a_project(session, "here", task="rating")
    found = quality.quality(session, SYSTEM, "here")
    assert found["targets"]["overall"]["agreement"] | {"alpha": None} == found["targets"]["overall"]["agreement"]
    assert found["targets"]["overall"]["agreement"]["why"] == "There are no labels yet."


def test_outsiders_see_nothing(session: Session) -> None:
    a_project(session, "here")
    with pytest.raises(NotFound):
        quality.quality(session, an_actor(session, role="annotator"), "here")
