"""The quality report: figures worked by hand, and odd projects that must say what is missing."""

import json
from typing import Any

import numpy as np
import pytest
from sqlalchemy import Engine
from sqlmodel import Session

from core.errors import InvalidInput, NotFound
from core.permissions import SYSTEM
from core.services import labelling, projects
from core.services.quality import reporting
from core.store.engine import transaction
from core.store.tables import Answer, SettingsVersion, TargetValue
from tests.clock import NOW
from tests.factories import a_gold, a_member, a_person, a_project, acting, an_actor, an_answer, an_item


def said(session: Session, item: Any, person: Any, label: str, **fields: Any) -> Answer:
    return answered(session, item, person, {"labels": [label]}, **fields)


def answered(session: Session, item: Any, person: Any, body: Any, **fields: Any) -> Answer:
    rubric = projects.get(session, SYSTEM, "here").rubric
    answer = an_answer(session, item, person, body, **fields)
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
    found = reporting.quality(session, SYSTEM, "here")
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
    found = reporting.quality(session, SYSTEM, "here")["annotators_detail"]
    assert (found["mei"]["gold"]["n"], found["mei"]["gold"]["accuracy"]) == (2, 1.0)
    assert (found["raj"]["gold"]["n"], found["raj"]["gold"]["correct"]) == (1, 0)
    assert found["raj"]["gold"]["low"] == 0.0
    assert 0.2 < found["mei"]["gold"]["low"] < 0.5


def test_an_empty_project_says_why_there_is_nothing(session: Session) -> None:
    a_project(session, "here", task="rating")
    found = reporting.quality(session, SYSTEM, "here")
    assert found["targets"]["overall"]["agreement"] | {"alpha": None} == found["targets"]["overall"]["agreement"]
    assert found["targets"]["overall"]["agreement"]["why"] == "There are no labels yet."


def test_outsiders_see_nothing(session: Session) -> None:
    a_project(session, "here")
    with pytest.raises(NotFound):
        reporting.quality(session, an_actor(session, role="annotator"), "here")


def plain_json(found: dict[str, Any]) -> dict[str, Any]:
    """As a strict reader of JSON takes it: NaN is none."""

    def refuse(name: str) -> None:
        raise AssertionError(name)

    read: dict[str, Any] = json.loads(json.dumps(found), parse_constant=refuse)
    return read


def report(session: Session, **scales: str) -> dict[str, Any]:
    return plain_json(reporting.quality(session, SYSTEM, "here", scales=scales))


LABELS = {"labels": [{"id": name} for name in ("a", "b", "c")]}
SHAPES: dict[str, dict[tuple[int, int], str]] = {
    "nothing": {},
    "one label": {(0, 0): "a"},
    "one annotator": {(item, 0): "abc"[item % 3] for item in range(6)},
    "no overlap": {(item, item % 3): "ab"[item % 2] for item in range(6)},
    "constant annotators": {(item, person): "a" for item in range(6) for person in range(3)},
    "each constant in their own way": {(item, person): "abc"[person] for item in range(6) for person in range(3)},
    "two items": {(item, person): "ab"[item] for item in range(2) for person in range(2)},
    "300 labels on one item": {(0, person): "ab"[person % 2] for person in range(300)} | {(1, 0): "c", (1, 1): "c"},
}


@pytest.mark.parametrize("gold", [None, "a", "c"], ids=["no gold", "gold a", "gold c"])
@pytest.mark.parametrize("shape", SHAPES)
def test_odd_projects_say_what_is_missing(sqlite_store: Engine, shape: str, gold: str | None) -> None:
    said_by = SHAPES[shape]
    with transaction() as session:
        project = a_project(session, "here", task="classification", settings=LABELS)
        items = [an_item(session, project, settings=LABELS) for _ in range(6)]
        people = [a_person(session) for _ in range(max((person for _, person in said_by), default=0) + 1)]
        for (item, person), label in said_by.items():
            said(session, items[item], people[person], label)
        if gold:
            a_gold(session, items[0], {"labels": [gold]}, use="reference")
        found = report(session)
        list(reporting.predictions(session, reporting.assess(session, SYSTEM, "here")))
    agreed = found["targets"]["labels"]["agreement"]
    assert found["labels"] == len(said_by)
    assert (agreed["alpha"] is not None) or agreed["why"]
    assert (agreed["alpha_low"] is not None) or agreed["why"]
    assert found["targets"]["labels"]["why"]
    known = [one["n"] for one in found["targets"]["labels"]["consensus"].values()]
    assert set(known) <= {1 if gold and said_by else 0}


def test_two_scales_two_alphas_and_only_what_fits(session: Session) -> None:
    project = a_project(session, "here", task="rating")
    people = [a_person(session) for _ in range(2)]
    for scores in ((1, 2), (2, 2), (5, 4), (3, 5), (4, 4)):
        item = an_item(session, project)
        for person, score in zip(people, scores, strict=True):
            answered(session, item, person, {"scores": {"overall": score}})
    ordinal, interval = report(session), report(session, overall="interval")
    assert (ordinal["targets"]["overall"]["scale"], interval["targets"]["overall"]["scale"]) == ("ordinal", "interval")
    values = np.array([1, 2, 2, 2, 5, 4, 3, 5, 4, 4]).reshape(-1, 2)
    apart = ((values[:, 0] - values[:, 1]) ** 2).mean()
    whole = 2 * values.var(ddof=1)
    assert interval["targets"]["overall"]["agreement"]["alpha"] == pytest.approx(1 - apart / whole)
    assert ordinal["targets"]["overall"]["agreement"]["alpha"] != pytest.approx(1 - apart / whole)
    with pytest.raises(InvalidInput, match="'nonsense'; it can be ordinal, interval, nominal"):
        report(session, overall="nonsense")
    with pytest.raises(InvalidInput, match="no target 'other'; there are overall"):
        report(session, other="interval")


def test_machine_judges_stand_apart(session: Session) -> None:
    project = a_project(session, "here", task="classification")
    mei, raj = a_person(session, "mei"), a_person(session, "raj")
    judge = a_person(session, "judge", kind="machine")
    for label, other in (("yes", "no"), ("no", "no"), ("yes", "yes")):
        item = an_item(session, project)
        a_gold(session, item, {"labels": [label]}, use="reference")
        said(session, item, mei, label)
        said(session, item, raj, label)
        said(session, item, judge, other, purpose="imported")
    found = report(session)
    assert (found["labels"], found["annotators"]) == (6, 2)
    assert found["targets"]["labels"]["agreement"]["percent"] == 1
    assert set(found["annotators_detail"]) == {"mei", "raj"}
    machine = found["machines_detail"]["judge"]
    assert (machine["labels"], machine["gold"]["correct"], machine["peer"]) == (
        3,
        2,
        {"n": 6, "agreement": pytest.approx(4 / 6)},
    )


def test_answers_under_settings_that_meant_something_else_are_not_pooled(session: Session) -> None:
    project = a_project(session, "here", task="classification", settings=LABELS)
    item, mei, raj = an_item(session, project, settings=LABELS), a_person(session, "mei"), a_person(session, "raj")
    said(session, item, mei, "c")
    newer = {"labels": [{"id": name} for name in ("z", "a", "b", "c")]}
    version = SettingsVersion(
        project_id=project.id, number=2, settings=newer, extras={}, created_at=NOW, carries_over={"answers": True}
    )
    session.add(version)
    session.flush()
    said(session, item, raj, "c", settings_version=2)
    found = report(session)
    assert (found["labels"], found["targets"]["labels"]["agreement"]["percent"]) == (2, 1.0), (
        "codes of both are one label"
    )
    version.carries_over = {"answers": False}
    session.flush()
    found = report(session)
    assert (found["labels"], found["labels_of_other_settings"]) == (1, 1)


def test_gold_that_todays_settings_do_not_know_measures_nothing(session: Session) -> None:
    project = a_project(session, "here", task="classification", settings=LABELS)
    item = an_item(session, project, settings=LABELS)
    a_gold(session, item, {"labels": ["gone"]}, use="reference")
    said(session, item, a_person(session, "mei"), "a")
    found = report(session)
    assert (found["gold_items"], found["annotators_detail"]["mei"]["gold"]["n"]) == (0, 0)


def pair(session: Session, project: Any, first: str, second: str) -> Any:
    payload = {"prompt": "?", "responses": {"x": {"text": first}, "y": {"text": second}}}
    return an_item(session, project, payload=payload, models={"x": "heron", "y": "lotus"})


def test_models_and_what_sways_people(session: Session) -> None:
    project = a_project(session, "here")
    people = [a_person(session) for _ in range(4)]
    for n in range(12):
        item = pair(session, project, "long enough", "short")
        for at, person in enumerate(people):
            shown = ["x", "y"] if (n + at) % 2 else ["y", "x"]
            answered(session, item, person, {"preferred": "y" if n % 4 == 0 else "tie" if n == 1 else "x"}, shown=shown)
    found = report(session)
    first, second = found["models"]
    assert (first["model"], first["wins"], first["losses"], first["ties"], first["rank"]) == ("heron", 32, 12, 4, 1)
    assert (second["model"], second["wins"]) == ("lotus", 12)
    assert found["bias"]["longer"] | {"share": 32 / 44, "n": 44} == found["bias"]["longer"]
    assert found["bias"]["first_position"] | {"share": 0.5, "n": 44} == found["bias"]["first_position"]


def test_rankings_are_compared_pair_by_pair(session: Session) -> None:
    project = a_project(session, "here", task="ranking")
    responses = {name: {"text": name * 3} for name in ("x", "y", "z")}
    item = an_item(
        session, project, payload={"prompt": "?", "responses": responses}, models={"x": "A", "y": "B", "z": "C"}
    )
    for ranks in ((1, 2, 3), (1, 2, 2), (2, 1, 3)):
        answered(
            session, item, a_person(session), {"ranks": dict(zip("xyz", ranks, strict=True))}, shown=["z", "y", "x"]
        )
    found = report(session)
    wins = {one["model"]: (one["wins"], one["losses"], one["ties"]) for one in found["models"]}
    assert wins == {"A": (5, 1, 0), "B": (3, 2, 1), "C": (0, 5, 1)}
    assert found["bias"]["first_position"] | {"share": 1 / 8, "n": 8} == found["bias"]["first_position"]
    assert found["targets"]["ranks"]["recommended"] == "medoid"


def test_models_that_were_never_compared_have_no_common_scale(session: Session) -> None:
    project, mei = a_project(session, "here"), a_person(session, "mei")
    for models in (("A", "B"), ("C", "D")):
        payload = {"prompt": "?", "responses": {"x": {"text": "1"}, "y": {"text": "2"}}}
        item = an_item(session, project, payload=payload, models=dict(zip("xy", models, strict=True)))
        answered(session, item, mei, {"preferred": "x"})
    found = report(session)
    assert found["models"] == []
    assert "never compared" in found["models_why"]


def test_sets_of_labels_agree_in_part(session: Session) -> None:
    project = a_project(session, "here", task="classification", settings={**LABELS, "multiple": True})
    mei, raj = a_person(session, "mei"), a_person(session, "raj")
    for one, other in ((["a"], ["a", "b"]), (["b"], ["b"]), (["c"], ["c"])):
        item = an_item(session, project, settings=LABELS)
        answered(session, item, mei, {"labels": one})
        answered(session, item, raj, {"labels": other})
    target = report(session)["targets"]["labels"]
    assert target["scale"] == "set"
    assert target["agreement"]["percent"] == pytest.approx(2 / 3)
    assert 0 < target["agreement"]["alpha"] < 1
    rows = list(reporting.predictions(session, reporting.assess(session, SYSTEM, "here")))
    assert [row["medoid"] for row in rows][1:] == [["b"], ["c"]]


def test_texts_are_for_reading(session: Session) -> None:
    project = a_project(session, "here", task="demonstration")
    an_answer(session, an_item(session, project), a_person(session, "mei"), {"text": "So."})
    found = report(session)
    assert found["labels"] == 1
    assert {target["agreement"]["alpha"] for target in found["targets"].values() if target["scale"] == "text"} <= {None}


def test_viewers_see_figures_without_names(session: Session) -> None:
    project = a_project(session, "here", task="classification")
    said(session, an_item(session, project), a_person(session, "mei"), "yes")
    viewer = a_member(session, project, a_person(session, "vera", role="viewer"), role="viewer")
    found = reporting.quality(session, acting(viewer), "here")
    assert (found["labels"], found["annotators_detail"]) == (1, {})
