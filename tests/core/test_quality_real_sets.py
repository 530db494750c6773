"""Published figures of real annotation data, reached through import and the quality report."""

import json
from pathlib import Path
from random import Random
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlmodel import Session

from core.config import ROOT
from core.permissions import SYSTEM
from core.services import importing, likeness, project_changes
from core.services.quality import reporting
from core.store.engine import transaction
from tests.clock import NOW

DATA = ROOT.parent / "shared" / "data"
pytestmark = pytest.mark.skipif(not DATA.exists(), reason="the real annotation data are not beside the project")


def imported(session: Session, name: str, task: str, *kinds: Any) -> dict[str, Any]:
    rows = DATA / name / "rows"
    file = likeness.from_labels(task, name, rows / "labels.jsonl")
    project_changes.create(session, SYSTEM, now=NOW, slug="real", file=file, split_salt="salt")
    for kind in kinds:
        options = {"create_items": "items" not in kinds} if kind == "labels" else {}
        importing.import_file(session, SYSTEM, "real", kind, rows / f"{kind}.jsonl", now=NOW, rng=Random(1), **options)
    return reporting.quality(session, SYSTEM, "real")


def test_people_agree_on_preferences_as_published(session: Session) -> None:
    found = imported(session, "pandalm-pairwise", "pairwise", "items", "labels")
    target = found["targets"]["preferred"]
    agreed = target["agreement"]
    assert (found["items"], found["labels"], found["annotators"]) == (999, 2997, 3)
    assert (target["scale"], agreed["units"], agreed["pairs"]) == ("nominal", 999, 2997)
    assert agreed["alpha"] == pytest.approx(0.86422, abs=5e-6)
    assert (agreed["alpha_low"], agreed["alpha_high"]) == pytest.approx((0.842, 0.887), abs=2e-3)
    models = found["models"]
    assert [one["rank"] for one in models] == [1, 2, 3, 4, 5]
    assert sum(one["wins"] for one in models) == sum(one["losses"] for one in models)
    assert sum(one["wins"] + one["losses"] + one["ties"] for one in models) == 2 * 2997
    assert all(one["low"] < one["score"] < one["high"] for one in models)
    assert found["bias"]["first_position"]["share"] is None
    assert found["bias"]["first_position"]["why"]
    assert 0.5 < found["bias"]["longer"]["low"] < found["bias"]["longer"]["high"] < 1


def test_scores_agree_as_published(session: Session) -> None:
    found = imported(session, "squality-rubric", "rating", "items", "labels")
    alphas = {name: target["agreement"]["alpha"] for name, target in found["targets"].items()}
    assert alphas == pytest.approx({"correctness": 0.4587, "coverage": 0.7813, "overall": 0.7983}, abs=5e-5)
    assert {target["scale"] for target in found["targets"].values()} == {"interval"}
    assert {target["recommended"] for target in found["targets"].values()} == {"adjusted_mean"}
    assert found["targets"]["overall"]["consensus"] == {}
    assert found["models"] == []


@pytest.fixture
def crowd(session: Session) -> dict[str, Any]:
    return imported(session, "sp-amt-crowd", "classification", "labels", "gold")


def test_ways_to_settle_a_crowds_labels_are_as_good_as_published(crowd: dict[str, Any]) -> None:
    target = crowd["targets"]["labels"]
    accuracy = {name: found["accuracy"] for name, found in target["consensus"].items()}
    assert (crowd["labels"], crowd["annotators"], crowd["gold_items"]) == (10_000, 143, 500)
    assert accuracy["majority"] == pytest.approx(0.943, abs=1e-9)
    assert accuracy["dawid_skene"] == pytest.approx(0.944, abs=5e-4)
    assert accuracy["one_coin"] == pytest.approx(0.946, abs=5e-4)
    assert accuracy[target["recommended"]] >= accuracy["majority"]
    assert {found["n"] for found in target["consensus"].values()} == {500}


def test_a_crowds_labels_are_right_as_often_as_published(crowd: dict[str, Any]) -> None:
    people = crowd["annotators_detail"].values()
    n, correct = (sum(one["gold"][what] for one in people) for what in ("n", "correct"))
    assert correct / n == pytest.approx(0.8935, abs=1e-9)
    assert all(one["gold"]["low"] <= one["gold"]["accuracy"] <= one["gold"]["high"] for one in people)
    assert crowd["annotators_detail"]["w020"]["gold"]["shrunk"]["low"] > 0.5


def test_predictions_can_be_held_against_gold_by_anybody(sqlite_store: Engine) -> None:
    known = {row["item"]: row["answer"]["labels"][0] for row in read(DATA / "sp-amt-crowd" / "rows" / "gold.jsonl")}
    with transaction() as session:
        imported(session, "sp-amt-crowd", "classification", "labels", "gold")
        found = reporting.assess(session, SYSTEM, "real")
        rows = list(reporting.predictions(session, found))
    assert {row["item"] for row in rows} == set(known)
    right = sum(row["map_dawid_skene"] == known[row["item"]] for row in rows) / len(rows)
    assert right == pytest.approx(found.report["targets"]["labels"]["consensus"]["map_dawid_skene"]["accuracy"])
    assert sum(row["majority"] is None for row in rows) == 5, "five items are tied"
    assert all(0.5 <= row["map_dawid_skene_p"] <= 1 for row in rows)


def read(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
