"""What an export of ours becomes when it is imported again: the same answers, the same conversations."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

import orjson
import pytest
from sqlmodel import Session

from core.errors import RefusedFile
from core.permissions import SYSTEM
from core.services import exporting, importing
from core.services.export_answers import ANSWER_FORMATS
from core.services.export_job import ExportOptions
from core.store.tables import Probability
from tests.clock import NOW
from tests.exporting import CHAT, World, lines, pair, prefer
from tests.factories import a_person, a_project

SAME = ("item", "annotator", "outcome", "answer", "extras", "order", "active_s", "at", "repeat", "probabilities")
REPLY = [{"role": "assistant", "content": "您好"}]


@pytest.fixture
def world(session: Session, tmp_path: Path) -> Callable[..., World]:
    return lambda *args, **fields: World(session, tmp_path, *args, **fields)


def everything(world: Callable[..., World]) -> World:
    """Answers of every purpose and outcome, a repeat, a judge, odd names."""
    made = world(settings={"strength_levels": 3})
    made.items(pair("=1+1"), pair("NA", prompt="Two?"), pair("p3", prompt="Three?"))
    item = made.item("=1+1")
    shown = [next(m for m, alias in (item.aliases or {}).items() if alias == name) for name in ("right", "left")]
    at = NOW + timedelta(microseconds=123456)
    extras = {"rationale": "nan", "confidence": 4}
    strong, weak = prefer("left", strength=3), prefer("right", strength=1)
    made.answer("=1+1", "None", strong, shown=shown, active_ms=4567, extras=extras, at=at)
    made.answer("=1+1", "None", weak, purpose="repeat", nth=1)
    made.answer("NA", "-mei", prefer("tie"), purpose="imported")
    made.answer("NA", "None", weak, purpose="gold")
    made.answer("p3", "raj", None, outcome="skipped", reason="unclear")
    made.answer("p3", "-mei", strong, purpose="pilot")
    made.people["judge"] = a_person(made.session, "judge", kind="machine")
    judged = made.answer("p3", "judge", strong, purpose="imported")
    for code, value in enumerate((0.75, 0.25)):
        made.session.add(Probability(answer_id=judged.id or 0, target="preferred", code=code, value=value))
    made.session.flush()
    return made


@pytest.mark.parametrize("named", [True, False])
@pytest.mark.parametrize("name", list(ANSWER_FORMATS))
def test_all_answers_come_back_as_the_same_labels(
    name: str, named: bool, world: Callable[..., World], tmp_path: Path
) -> None:
    made, options = everything(world), ExportOptions(names=named)
    out, _ = made.export(name, options=options)
    exact, _ = made.export("answers-jsonl", options=options)
    given = [
        row for row in lines(exact / "answers.jsonl") if row["outcome"] == "submitted" and row["purpose"] != "pilot"
    ]
    a_project(made.session, "copy", settings={"strength_levels": 3})
    import_here(made.session, "items", tmp_path / "items.jsonl")
    report = import_here(made.session, "labels", out / f"answers.{name.removeprefix('answers-')}")
    assert (report.new, report.left_out) == (5, {"skipped": 1, "pilot": 1})
    exporting.export(made.session, SYSTEM, "copy", "answers-jsonl", tmp_path / "again", now=NOW, options=options)
    taken = lines(tmp_path / "again" / "answers.jsonl")
    assert [{key: row[key] for key in SAME} for row in taken] == [{key: row[key] for key in SAME} for row in given]
    assert [row["kind"] for row in taken if row["annotator"] == "judge"] == ["machine"]
    again = import_here(made.session, "labels", out / f"answers.{name.removeprefix('answers-')}")
    assert (again.new, again.unchanged) == (0, 5)


@pytest.mark.parametrize("name", list(ANSWER_FORMATS))
def test_simulated_answers_come_back_as_simulated(name: str, world: Callable[..., World], tmp_path: Path) -> None:
    made = world()
    made.items(pair("p1"))
    made.people["sim"] = a_person(made.session, "sim", kind="simulated")
    made.answer("p1", "sim", prefer("left"))
    made.answer("p1", "mei", prefer("left"))
    out, _ = made.export(name)
    a_project(made.session, "copy")
    import_here(made.session, "items", tmp_path / "items.jsonl")
    import_here(made.session, "labels", out / f"answers.{name.removeprefix('answers-')}")
    exporting.export(made.session, SYSTEM, "copy", "answers-jsonl", tmp_path / "again", now=NOW)
    assert sorted(row["kind"] for row in lines(tmp_path / "again" / "answers.jsonl")) == ["imported", "simulated"]
    card = (tmp_path / "again" / "README.md").read_text(encoding="utf-8")
    assert "annotations_creators: [other, machine-generated]" in card
    assert "**Some of these answers are simulated: no person gave them." in card


@pytest.mark.parametrize("named", [True, False])
@pytest.mark.parametrize("name", list(ANSWER_FORMATS))
def test_answers_do_not_count_twice_by_coming_back_into_their_project(
    name: str, named: bool, world: Callable[..., World]
) -> None:
    made = everything(world)
    votes = exporting.answered(made.session, SYSTEM, "here")
    out, _ = made.export(name, options=ExportOptions(names=named))
    path = out / f"answers.{name.removeprefix('answers-')}"
    with pytest.raises(RefusedFile, match=r"row [1-9], column annotator"):
        importing.import_file(made.session, SYSTEM, "here", "labels", path, now=NOW, rng=Random(9))
    assert exporting.answered(made.session, SYSTEM, "here") == votes


def test_a_label_by_somebody_who_has_answered_here_is_a_repeat_or_refused(
    world: Callable[..., World], tmp_path: Path
) -> None:
    made = world()
    made.items(pair("p1"))
    made.answer("p1", "mei", prefer("left"))
    label = {"item": "p1", "annotator": "mei", "answer": {"preferred": "right"}}
    path = tmp_path / "labels.jsonl"
    path.write_bytes(orjson.dumps(label))
    with pytest.raises(RefusedFile, match="has another label of item 'p1'"):
        importing.import_file(made.session, SYSTEM, "here", "labels", path, now=NOW, rng=Random(9))
    path.write_bytes(orjson.dumps({**label, "repeat": True}))
    assert importing.import_file(made.session, SYSTEM, "here", "labels", path, now=NOW, rng=Random(9)).new == 1
    assert exporting.answered(made.session, SYSTEM, "here") == (1, 1), "a repeat does not vote"


def import_here(session: Session, kind: Any, path: Path) -> Any:
    return importing.import_file(session, SYSTEM, "copy", kind, path, now=NOW, rng=Random(9))


@pytest.mark.parametrize("suffix", ["jsonl", "parquet"])
@pytest.mark.parametrize("prompt", [CHAT, "Why?"])
def test_preferences_come_back_as_items(prompt: Any, suffix: str, world: Callable[..., World], tmp_path: Path) -> None:
    made = world(settings={"strength_levels": 2})
    made.items(pair("p1", prompt=prompt, a="嗨" if prompt == "Why?" else REPLY), pair("p2", prompt="Two?"))
    made.labels(p1={"mei": prefer("left", strength=1)}, p2={"mei": prefer("right", strength=1)})
    out, report = made.export("trl-preference")
    given = lines(out / "train.jsonl")
    copy = World(made.session, tmp_path, settings={"strength_levels": 2}, slug="copy")
    assert import_here(made.session, "items", out / f"train.{suffix}").new == 2
    keys = {str(copy.item_of(row["prompt"]).key): row for row in given}
    copy.labels(**{key: {"mei": prefer("chosen", strength=1)} for key in keys})
    again, _ = copy.export("trl-preference")
    taken = lines(again / "train.jsonl")
    assert [without(row) for row in taken] == [without(row) for row in given]
    known = {name: value for name, value in given[0]["meta"].items() if value is not None or suffix == "jsonl"}
    assert copy.item_of(given[0]["prompt"]).meta == known | {"margin": 0.5}
    assert report["shape"] == ("plain" if prompt == "Why?" else "conversational")


def without(row: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in row.items() if key != "meta"}
