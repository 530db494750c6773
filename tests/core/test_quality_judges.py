"""Machine judges beside people: agreement, the alt-test's margin, corrected rates, probabilities; never inside the consensus."""

import csv
import json
from collections.abc import Sequence
from pathlib import Path
from random import Random
from typing import Any

import pytest
from sqlmodel import Session, select

from core.config import ROOT
from core.permissions import SYSTEM
from core.services import importing, labelling, likeness, project_changes, projects
from core.services.quality import reporting
from core.services.quality.judges import judged
from core.services.quality.unlike import differences, unlike
from core.store.tables import Item, Person, Probability, Project, TargetValue
from tests.clock import NOW
from tests.factories import a_gold, a_member, a_person, a_project, acting, an_answer, an_item

PANDALM = ROOT.parent / "shared" / "data" / "pandalm-pairwise"
YES_NO = {"labels": [{"id": "yes", "name": "Yes"}, {"id": "no", "name": "No"}]}


def said(
    session: Session, item: Item, person: Person, body: Any, beliefs: Sequence[tuple[str, int, float]] = ()
) -> None:
    rubric = projects.get(session, SYSTEM, "here").rubric
    answer = an_answer(session, item, person, body, purpose="imported")
    values = rubric.values(rubric.parse_payload(item.payload), rubric.answer_model.model_validate(body))
    for row in labelling.target_rows(answer.id or 0, values, rubric):
        session.add(TargetValue(**row))
    for target, code, value in beliefs:
        session.add(Probability(answer_id=answer.id, target=target, code=code, value=value))
    session.flush()


def labelled(
    session: Session, n: int, *, people: int = 3, skill: float = 0.8, judge: float = 1.0, also: int = 0, gold: int = 0
) -> None:
    """Items whose answer is yes two times out of three; `also` are items that only the judge labels."""
    rng = Random(4)
    project = a_project(session, "here", task="classification", settings=YES_NO)
    team, machine = [a_person(session, f"p{n}") for n in range(people)], a_person(session, "judge", kind="machine")
    for at in range(n + also):
        item = an_item(session, project, settings=YES_NO)
        true, other = ("yes", "no") if at % 3 else ("no", "yes")
        label = true if rng.random() < judge else other
        sure = [("labels", 0, 0.9 if label == "yes" else 0.1), ("labels", 1, 0.1 if label == "yes" else 0.9)]
        said(session, item, machine, {"labels": [label]}, sure)
        for person in team if at < n else ():
            said(session, item, person, {"labels": [true if rng.random() < skill else other]})
        if at < gold:
            a_gold(session, item, {"labels": [true]}, use="reference")


def the_judge(session: Session) -> Any:
    return reporting.quality(session, SYSTEM, "here")["judges"]["judge"]


def test_a_judge_that_is_always_right_may_stand_in_for_people(session: Session) -> None:
    labelled(session, 60, skill=0.8)
    one = the_judge(session)
    found = one["targets"]["labels"]
    assert (one["items"], one["items_of_people"], one["items_of_both"]) == (60, 60, 60)
    assert found["agreement"]["low"] < 0.8 < found["agreement"]["high"]
    assert found["people_agree"]["share"] < found["agreement"]["share"]
    assert {name: test["epsilon"] for name, test in found["alt_test"].items()} == {
        "experts": 0.2,
        "skilled": 0.15,
        "crowd": 0.1,
    }
    assert found["alt_test"]["skilled"]["passed"] is True
    assert found["alt_test"]["skilled"]["winning"] == 1.0
    assert all("skilled" in person["replaced"] for person in found["people"].values())
    assert sum(map(sum, found["confusion"]["counts"])) == 180


def test_a_coin_may_not(session: Session) -> None:
    labelled(session, 60, skill=0.95, judge=0.5)
    found = the_judge(session)["targets"]["labels"]
    assert found["alt_test"]["experts"]["passed"] is False
    assert found["crowdlab"]["recommended"] is False
    assert "lower the accuracy of the consensus" in found["crowdlab"]["why"]


def test_too_few_items_decide_nothing_and_say_so(session: Session) -> None:
    labelled(session, 12)
    found = the_judge(session)["targets"]["labels"]
    test = found["alt_test"]["skilled"]
    assert (test["winning"], test["passed"], test["annotators"]) == (None, None, 0)
    assert test["why"] == "No annotator has 30 items that the machine judge and another annotator also labelled."
    assert {person["n"] for person in found["people"].values()} == {12}


def test_rates_are_corrected_by_people_and_cover_what_the_judge_gets_wrong(session: Session) -> None:
    """The judge says yes to everything; two thirds are."""
    labelled(session, 60, skill=1.0, also=60)
    yes_man = a_person(session, "yes-man", kind="machine")
    for item in session.scalars(select(Item)).all():
        said(session, item, yes_man, {"labels": ["yes"]})
    rate = reporting.quality(session, SYSTEM, "here")["judges"]["yes-man"]["targets"]["labels"]["rates"]["yes"]
    assert rate["judge"] == 1.0
    assert rate["corrected"]["value"] == pytest.approx(2 / 3)
    assert rate["corrected"]["low"] < 2 / 3 < rate["corrected"]["high"] <= 1
    assert (rate["items_of_both"], rate["items_of_judge"]) == (60, 60)


def test_a_judge_of_the_same_items_adds_nothing_and_says_so(session: Session) -> None:
    labelled(session, 10)
    rate = the_judge(session)["targets"]["labels"]["rates"]["yes"]
    assert rate["corrected"] is None
    assert "add nothing" in rate["why"]


def test_probabilities_and_people_together_are_held_against_gold(session: Session) -> None:
    labelled(session, 60, skill=0.7, gold=40)
    found = the_judge(session)["targets"]["labels"]["crowdlab"]
    assert (found["items"], found["accuracy"]["n"]) == (60, 40)
    assert found["accuracy"]["accuracy"] > found["majority"]["accuracy"]
    assert found["recommended"] is True


def test_without_probabilities_there_is_no_crowdlab(session: Session) -> None:
    labelled(session, 10)
    for row in session.scalars(select(Probability)).all():
        session.delete(row)
    session.flush()
    assert the_judge(session)["targets"]["labels"]["crowdlab"] is None


def test_what_people_come_to_never_rests_on_a_machine(session: Session) -> None:
    labelled(session, 30, judge=0.0, gold=30)
    with_judge = reporting.quality(session, SYSTEM, "here")
    report = with_judge["targets"]["labels"]
    assert with_judge["labels"] == 90
    assert with_judge["annotators"] == 3
    assert "judge" not in with_judge["annotators_detail"]
    assert report["consensus"]["majority"]["accuracy"] > 0.7


def test_points_of_a_scale_are_classes_with_a_mean(session: Session) -> None:
    project = a_project(session, "here", task="rating")
    machine, people = a_person(session, "judge", kind="machine"), [a_person(session) for _ in range(2)]
    for score in (1, 2, 3, 4, 5, 3):
        item = an_item(session, project)
        said(session, item, machine, {"scores": {"overall": score}}, [("overall", score * 1000, 1.0)])
        for person in people:
            said(session, item, person, {"scores": {"overall": score}})
    found = the_judge(session)["targets"]["overall"]
    assert found["agreement"]["share"] == 1.0
    assert list(found["rates"]) == ["mean"]
    assert found["rates"]["mean"]["judge"] == 3.0
    assert found["crowdlab"]["items"] == 6


def test_a_long_scale_is_told_as_distance(session: Session) -> None:
    settings = {"criteria": [{"id": "overall", "name": "Overall", "min": 0, "max": 100}]}
    project = a_project(session, "here", task="rating", settings=settings)
    machine, people = a_person(session, "judge", kind="machine"), [a_person(session) for _ in range(2)]
    for score in (10, 40, 70, 90):
        item = an_item(session, project, settings=settings)
        said(session, item, machine, {"scores": {"overall": score + 6}})
        for person, away in zip(people, (-2, 2), strict=True):
            said(session, item, person, {"scores": {"overall": score + away}})
    found = the_judge(session)["targets"]["overall"]
    assert found["agreement"] is None
    assert found["distance"]["value"] == 6.0
    assert found["people_distance"]["value"] == 4.0


@pytest.mark.parametrize("people", [0, 1])
def test_a_judge_alone_or_beside_one_person_says_what_is_missing(session: Session, people: int) -> None:
    labelled(session, 3, people=people)
    if people == 0:
        assert (
            the_judge(session)["targets"]["labels"]["why"]
            == "No item was labelled by both the machine judge and an annotator."
        )
        return
    found = the_judge(session)["targets"]["labels"]
    assert found["people_agree"] is None
    assert found["people"] == {}
    assert "can't be compared with an annotator" in found["crowdlab"]["why"]


def test_differences_name_the_item_and_who_said_what(session: Session) -> None:
    project = a_project(session, "here", task="classification", settings=YES_NO)
    machine, people = a_person(session, "judge", kind="machine"), [a_person(session) for _ in range(3)]
    for judge, theirs in (("yes", "yes yes no"), ("no", "yes yes yes"), ("no", "yes yes no")):
        item = an_item(session, project, settings=YES_NO, payload={"text": f"{judge}: {theirs}"})
        said(session, item, machine, {"labels": [judge]})
        for person, label in zip(people, theirs.split(), strict=True):
            said(session, item, person, {"labels": [label]})
    found = reporting.assess(session, SYSTEM, "here")
    evidence = found.evidence
    one = judged(evidence, evidence.targets["labels"], evidence.people.index("judge"), found.targets["labels"].labels)
    unlike_ = differences(one)
    assert [(each.judge, each.people, each.against, each.labels) for each in unlike_] == [(1, 0, 3, 3), (1, 0, 2, 3)]
    assert unlike(session, SYSTEM, evidence, unlike_)[unlike_[0].item].excerpt == "no: yes yes yes"
    viewer = a_person(session, role="viewer")
    a_member(session, project, viewer, role="viewer")
    assert unlike(session, acting(viewer), evidence, unlike_)[unlike_[0].item].excerpt == ""


def test_viewers_see_the_judge_but_nobody_by_name(session: Session) -> None:
    labelled(session, 5)
    viewer = a_person(session, role="viewer")
    a_member(session, session.scalars(select(Project)).one(), viewer, role="viewer")
    found = reporting.quality(session, acting(viewer), "here")["judges"]["judge"]["targets"]["labels"]
    assert found["people"] == {}
    assert found["agreement"]["n"] == 15


@pytest.mark.skipif(not PANDALM.exists(), reason="the real annotation data are not beside the project")
def test_published_judges_are_told_apart_from_people(session: Session, tmp_path: Path) -> None:
    """PandaLM's test set: three people, GPT-3.5 and PandaLM-7B; shares counted here from the authors' own files."""
    people = {
        str(row["idx"]): [row[f"annotator{n}"] for n in (1, 2, 3)]
        for row in json.loads((PANDALM / "testset-v1.json").read_text())
    }
    with (PANDALM / "judge_labels.csv").open() as file:
        rows = list(csv.DictReader(file))
    said_by = {"1": "r1", "2": "r2", "0": "tie", "Tie": "tie"}
    path = tmp_path / "judges.jsonl"
    named = {"gpt-3.5": "gpt35_result", "pandalm-7b": "pandalm7b_result"}
    labels = [
        {"item": f"p{row['idx']}", "annotator": name, "answer": {"preferred": said_by[row[column]]}}
        for row in rows
        for name, column in named.items()
        if row[column] in said_by
    ]
    path.write_text("".join(json.dumps(label) + "\n" for label in labels))
    file_of = PANDALM / "rows"
    project_changes.create(
        session,
        SYSTEM,
        now=NOW,
        slug="here",
        file=likeness.from_labels("pairwise", "here", file_of / "labels.jsonl"),
        split_salt="s",
    )
    for kind, source, machine in (
        ("items", file_of / "items.jsonl", False),
        ("labels", file_of / "labels.jsonl", False),
        ("labels", path, True),
    ):
        importing.import_file(session, SYSTEM, "here", kind, source, now=NOW, rng=Random(1), machine=machine)  # type: ignore[arg-type]
    found = reporting.quality(session, SYSTEM, "here")["judges"]
    for name, column in named.items():
        same = [
            said_by[row[column]] == said_by[str(one)]
            for row in rows
            if row[column] in said_by
            for one in people[row["idx"]]
        ]
        told = found[name]["targets"]["preferred"]
        assert told["agreement"]["n"] == len(same)
        assert told["agreement"]["share"] == pytest.approx(sum(same) / len(same))
        assert told["people_agree"]["share"] > 0.9
        assert not any(test["passed"] for test in told["alt_test"].values())
    assert found["gpt-3.5"]["items"] == 974
