"""Exports: golden rows of each format, what is left out and where it goes, splits that stay, files that `datasets` loads."""

import csv
import json
import os
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import datasets
import orjson
import pytest
from sqlalchemy import Engine
from sqlmodel import Session

from core.config import ROOT
from core.errors import InvalidInput, NotAllowed, StoreError
from core.interchange import outputs
from core.interchange.splits import split_of
from core.interchange.training_rows import TRAINING_FORMATS
from core.permissions import SYSTEM
from core.services import export_files, exporting, importing, likeness, project_changes, projects
from core.services.export_answers import ANSWER_FORMATS
from core.services.export_job import ExportOptions
from core.store.engine import reading, transaction
from core.tasks import TASK_TYPES, load_task
from tests.clock import NOW
from tests.exporting import World, header, lines, loaded, pair, prefer
from tests.factories import a_gold, a_member, a_person, a_project, a_verdict, acting, an_answer, an_item

REAL = ROOT.parent / "shared" / "data"
GOLDEN = Path(__file__).parent.parent / "golden" / "exports"


@pytest.fixture
def world(session: Session, tmp_path: Path) -> Callable[..., World]:
    return lambda *args, **fields: World(session, tmp_path, *args, **fields)


# Golden rows ----------------------------------------------------------------------------------------------------------


def preferences(world: Callable[..., World]) -> World:
    made = world(settings={"strength_levels": 4})
    made.items(
        pair("p1"),
        pair("p2", prompt="Two?"),
        pair("p3", prompt="Three?"),
        pair("p4", prompt="Four?"),
        pair("p5", prompt="五？"),
    )
    made.labels(
        p1={"mei": prefer("left", strength=2), "raj": prefer("left", strength=2), "tan": prefer("right", strength=4)},
        p2={"mei": prefer("right", strength=4)},
        p3={"mei": prefer("both_bad"), "raj": prefer("both_bad")},
        p4={"mei": prefer("tie"), "raj": prefer("tie")},
        p5={"mei": prefer("left", strength=1), "raj": prefer("right", strength=1)},
    )
    return made


def demonstrations(world: Callable[..., World]) -> World:
    made = world("demonstration")
    made.items({"id": "d1", "payload": {"prompt": "Say hello."}}, {"id": "d2", "payload": {"prompt": "Say bye."}})
    made.labels(d1={"mei": {"text": "Hello."}, "raj": {"text": "你好。"}}, d2={"mei": {"text": "Bye."}})
    return made


WORLDS: dict[str, Callable[[Callable[..., World]], World]] = {
    "trl-preference": preferences, "trl-kto": preferences, "trl-prompt": preferences, "openai-dpo": preferences,
    "trl-sft": demonstrations, "openai-sft": demonstrations,
}  # fmt: skip


@pytest.mark.parametrize("name", list(TRAINING_FORMATS))
def test_rows_are_as_documented(name: str, world: Callable[..., World], tmp_path: Path) -> None:
    found = WORLDS[name](world).rows(name)
    golden = GOLDEN / f"{name}.jsonl"
    if os.environ.get("UPDATE_GOLDEN"):
        golden.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in found), encoding="utf-8")
    assert found == lines(golden)
    loaded = load("json", tmp_path, tmp_path / f"out-{name}" / "train.jsonl")
    assert len(loaded) == len(found)
    assert set(loaded.column_names) == set(found[0])


def load(kind: str, cache: Path, *files: Path) -> Any:
    return datasets.load_dataset(
        kind, data_files=[str(file) for file in files], split="train", cache_dir=str(cache / "cache")
    )


def test_a_response_of_several_messages_does_not_fit_openais_preferences(world: Callable[..., World]) -> None:
    made = world()
    several = [
        {"role": "assistant", "content": "A"},
        {"role": "user", "content": "B"},
        {"role": "assistant", "content": "C"},
    ]
    made.items(pair("p1", a=several))
    made.labels(p1={"mei": prefer("left")})
    _, report = made.export("openai-dpo")
    assert (report["rows_total"], report["left_out"]) == (0, {"more_than_one_message": 1})


# What is left out -----------------------------------------------------------------------------------------------------


def test_ties_both_bad_and_unresolved_stand_in_side_files_with_votes(world: Callable[..., World]) -> None:
    made = preferences(world)
    out, report = made.export("trl-preference")
    assert report["left_out"] == {"both_bad": 1, "tie": 1, "unresolved": 1}
    assert report["verdicts"] == {"majority": 1, "single": 1, "unanimous": 2}
    (unresolved,) = lines(out / "side/unresolved.jsonl")
    assert (unresolved["item"], unresolved["votes"], unresolved["margin"]) == ("p5", {"left": 1, "right": 1}, 0.0)
    assert unresolved["payload"]["responses"] == {"left": {"text": "So."}, "right": {"text": "Not so."}}
    assert lines(out / "side/ties.jsonl")[0]["votes"] == {"tie": 2}
    assert lines(out / "side/both_bad.jsonl")[0]["item"] == "p3"
    _, kto = made.export("trl-kto")
    assert kto["left_out"] == {"tie": 1, "unresolved": 1}


def test_checks_stubs_pilots_repeats_machines_and_set_aside_items_do_not_train(world: Callable[..., World]) -> None:
    made = world()
    made.items(
        *[
            pair(key, prompt=key)
            for key in ("check", "stub", "bad", "private", "pilot", "machine", "repeat", "skipped", "good")
        ]
    )
    for key, state in (("check", "gold"), ("stub", "stub"), ("bad", "flagged"), ("private", "quarantined")):
        made.item(key).state = state
        made.answer(key, "mei", prefer("left"), purpose="gold" if state == "gold" else "work")
    a_gold(made.session, made.item("check"), prefer("x"))
    made.answer("pilot", "mei", prefer("left"), purpose="pilot")
    made.answer("repeat", "mei", prefer("left"), purpose="repeat")
    made.answer("skipped", "mei", None, outcome="skipped")
    made.people["judge"] = a_person(made.session, "judge", kind="machine")
    made.answer("machine", "judge", prefer("left"), purpose="imported")
    made.answer("good", "mei", prefer("right"))
    made.answer("good", "judge", prefer("left"), purpose="imported")
    made.session.flush()
    out, report = made.export("trl-preference")
    assert [row["prompt"] for row in lines(out / "train.jsonl")] == ["good"]
    assert report["left_out"] == {"flagged": 1, "gold": 1, "no_answer": 4, "quarantined": 1, "stub": 1}
    assert report["people"] == {"member": 1, "machine": 1}


def test_an_adjudicated_verdict_wins(world: Callable[..., World]) -> None:
    made = world()
    made.items(pair("p1"))
    made.labels(p1={"mei": prefer("left"), "raj": prefer("left")})
    item = made.item("p1")
    right = next(made_id for made_id, alias in (item.aliases or {}).items() if alias == "right")
    a_verdict(made.session, item, prefer(right))
    assert made.rows("trl-preference")[0]["chosen"] == "Not so."
    assert made.export("trl-kto")[1]["verdicts"] == {"adjudicated": 1}


def settled_items(world: Callable[..., World]) -> World:
    """p1 by two reviewers, p2 by one, p3 waits for a second, p4 was reopened, p5 is a bad item, p6 is a majority."""
    made = world()
    keys = [f"p{n}" for n in range(1, 7)]
    made.items(*[pair(key, prompt=key) for key in keys])
    made.labels(**{key: {"mei": prefer("left"), "raj": prefer("left"), "tan": prefer("right")} for key in keys})
    left = {key: next(m for m, alias in (made.item(key).aliases or {}).items() if alias == "left") for key in keys}
    rita, rob = a_person(made.session, "Rita", role="reviewer"), a_person(made.session, "Rob", role="reviewer")
    a_verdict(made.session, made.item("p1"), prefer(left["p1"]), current=False, final=False, by_id=rita.id)
    a_verdict(made.session, made.item("p1"), prefer(left["p1"]), stage=2, basis="accepted", by_id=rob.id)
    a_verdict(
        made.session, made.item("p2"), prefer(left["p2"]), basis="picked", reason="annotator_error", by_id=rita.id
    )
    a_verdict(made.session, made.item("p3"), prefer(left["p3"]), final=False, by_id=rita.id)
    a_verdict(made.session, made.item("p4"), prefer(left["p4"]), current=False, reopened_at=NOW, by_id=rita.id)
    a_verdict(made.session, made.item("p5"), prefer(left["p5"]), reason="bad_item", by_id=rita.id)
    return made


def test_every_row_says_where_its_verdict_came_from(world: Callable[..., World]) -> None:
    made = settled_items(world)
    out, report = made.export("trl-preference")
    reviewed = {"verdict": "adjudicated", "method": "", "probability": None, "votes_for": 2, "answers": 3}
    assert [row["meta"] for row in lines(out / "train.jsonl")] == [
        {"item": "p1", "row": "train:0", **reviewed, "basis": "accepted", "reason": "", "reviewers": 2},
        {"item": "p2", "row": "train:1", **reviewed, "basis": "picked", "reason": "annotator_error", "reviewers": 1},
        {
            "item": "p6", "row": "train:2", "verdict": "majority", "method": "majority", "basis": "", "reason": "",
            "probability": 2 / 3, "votes_for": 2, "answers": 3, "reviewers": 0,
        },
    ]  # fmt: skip
    assert report["verdicts"] == {"adjudicated": 2, "majority": 1}
    assert report["left_out"] == {"bad_item": 1, "in_review": 2}
    assert report["adjudicated"] == {
        "basis": {"accepted": 1, "picked": 1}, "reason": {"annotator_error": 1, "none": 1}, "stages": {"1": 1, "2": 1}, "reviewers": 2,
    }  # fmt: skip
    card = (out / "README.md").read_text(encoding="utf-8")
    assert "Adjudicated by 2 reviewers: basis 1 accepted, 1 picked" in card
    assert "Rita" not in card + (out / "side/provenance.jsonl").read_text(encoding="utf-8")


def test_formats_without_room_for_it_have_it_beside_them(world: Callable[..., World]) -> None:
    out, _ = settled_items(world).export("openai-dpo")
    assert all(set(row) == {"input", "preferred_output", "non_preferred_output"} for row in lines(out / "train.jsonl"))
    origins = lines(out / "side/provenance.jsonl")
    assert [(one["item"], one["source"], one["stages"], one["row"]) for one in origins] == [
        ("p1", "adjudicated", 2, "train:0"), ("p2", "adjudicated", 1, "train:1"), ("p6", "majority", 0, "train:2"),
    ]  # fmt: skip


def test_all_answers_come_with_the_verdicts_that_stand_and_who_gave_them(world: Callable[..., World]) -> None:
    out, report = settled_items(world).export("answers-jsonl", options=ExportOptions(names=True))
    found = {row["item"]: row for row in lines(out / "side/verdicts.jsonl")}
    assert {item: row["reviewers"] for item, row in found.items()} == {
        "p1": ["Rita", "Rob"], "p2": ["Rita"], "p5": ["Rita"],
    }  # fmt: skip
    assert found["p1"]["answer"] == prefer("left")
    assert (found["p2"]["basis"], found["p2"]["reason"], found["p2"]["stages"]) == ("picked", "annotator_error", 1)
    assert report["verdicts"] == {"adjudicated": 3}


def test_only_the_current_revision_counts(world: Callable[..., World]) -> None:
    made = world()
    made.items(pair("p1"))
    first = made.answer("p1", "mei", prefer("left"))
    first.current = False
    made.session.flush()
    made.answer("p1", "mei", prefer("right"), revision=2)
    assert made.rows("trl-preference")[0]["chosen"] == "Not so."
    assert [row["revision"] for row in made.rows("answers-jsonl", "answers.jsonl")] == [2]


def test_ranks_become_pairs_and_each_response_once_for_kto(world: Callable[..., World]) -> None:
    made = world("ranking")
    made.items({"id": "r1", "payload": {"prompt": "?", "responses": {name: {"text": name} for name in "abc"}}})
    made.labels(r1={"mei": {"ranks": {"a": 1, "b": 2, "c": 3}}})
    pairs = {(row["chosen"], row["rejected"]) for row in made.rows("trl-preference")}
    assert pairs == {("a", "b"), ("a", "c"), ("b", "c")}
    assert {(row["completion"], row["label"]) for row in made.rows("trl-kto")} == {("a", True), ("c", False)}


def test_simulated_answers_are_called_simulated_in_bold(world: Callable[..., World]) -> None:
    made = preferences(world)
    made.project.simulated = True
    made.session.flush()
    out, report = made.export("trl-preference")
    assert report["simulated"] is True
    assert "**These answers are simulated" in (out / "README.md").read_text("utf-8")


# Splits, cards, files -------------------------------------------------------------------------------------------------


def test_splits_stay_and_never_tear_a_group(world: Callable[..., World]) -> None:
    made = world()
    made.items(*[pair(f"p{n}", prompt=f"{n}", group=f"g{n // 3}") for n in range(90)])
    made.labels(**{f"p{n}": {"mei": prefer("left")} for n in range(60)})
    first, _ = made.export("trl-preference", test_share=0.3)
    tests = {row["prompt"] for row in lines(first / "test.jsonl")}
    assert 5 <= len(tests) <= 40
    assert all(len({str(3 * (int(p) // 3) + k) for k in range(3)} & tests) == 3 for p in tests)
    made.labels(**{f"p{n}": {"mei": prefer("left")} for n in range(60, 90)})
    again, _ = made.export("trl-preference", test_share=0.3)
    later = {row["prompt"] for row in lines(again / "test.jsonl")}
    assert {p for p in later if int(p) < 60} == tests


def test_a_split_is_a_fair_and_salted_share() -> None:
    sides = [split_of("salt", str(n), 0.1) for n in range(20_000)]
    assert 0.09 < sides.count("test") / 20_000 < 0.11
    assert sides != [split_of("other", str(n), 0.1) for n in range(20_000)]


def test_the_card_says_how_the_data_were_made(world: Callable[..., World]) -> None:
    made = preferences(world)
    out, report = made.export("trl-preference")
    card, text = header(out), (out / "README.md").read_text("utf-8")
    assert card["size_categories"] == ["n<1K"]
    (config,) = card["configs"]
    assert config["config_name"].startswith("here-trl-preference-")
    assert config["data_files"] == [{"split": "train", "path": "train.parquet"}]
    assert card["annotations_creators"] == ["other"]
    for words in (
        'load_dataset("parquet"',
        "3 annotators whose answers were imported",
        "Guideline versions: 1",
        "Decide with care.",
        "equal votes",
    ):
        assert words in text
    written = orjson.loads((out / "report.json").read_bytes())
    assert written == orjson.loads(orjson.dumps(report))
    assert set(written["files"]) == {
        "README.md",
        "train.jsonl",
        "train.parquet",
        "side/ties.jsonl",
        "side/both_bad.jsonl",
        "side/unresolved.jsonl",
        "side/provenance.jsonl",
    }


def test_a_failed_export_leaves_nothing(
    world: Callable[..., World], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = preferences(world)

    def no_room(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(outputs.JsonlFiles, "write", no_room)
    with pytest.raises(StoreError, match="disk is full"):
        made.export("trl-preference")
    assert not [path for path in tmp_path.iterdir() if "export" in path.name]


# All answers ----------------------------------------------------------------------------------------------------------


def test_an_answer_row_has_the_contracts_fields_and_the_imports_ids(world: Callable[..., World]) -> None:
    made = world()
    made.items(pair("p1"))
    item = made.item("p1")
    shown = [next(m for m, alias in (item.aliases or {}).items() if alias == name) for name in ("right", "left")]
    made.answer("p1", "mei", prefer("left"), shown=shown, active_ms=4500, extras={"rationale": "=1+1"})
    made.answer("p1", "raj", None, outcome="skipped", reason="unclear")
    made.answer("p1", "tan", prefer("tie"), purpose="gold")
    first, skipped, check = made.rows("answers-jsonl", "answers.jsonl", options=ExportOptions(names=True))
    assert first == {
        "item": "p1", "annotator": "mei", "purpose": "work", "outcome": "submitted", "answer": {"preferred": "left"},
        "extras": {"rationale": "=1+1"}, "order": ["right", "left"], "gold": False, "guideline_version": 1, "settings_version": 1,
        "active_s": 4.5, "at": NOW.isoformat(), "revision": 1, "repeat": False, "kind": "member", "probabilities": None,
    }  # fmt: skip
    assert (skipped["outcome"], skipped["answer"]) == ("skipped", None)
    assert (check["purpose"], check["gold"]) == ("gold", True)


def test_csv_and_parquet_say_the_same_and_a_spreadsheet_runs_nothing(
    world: Callable[..., World], tmp_path: Path
) -> None:
    made = world("demonstration")
    made.items({"id": "d1", "payload": {"prompt": "?"}}, {"id": "d2", "payload": {"prompt": "??"}})
    made.answer("d1", "=cmd|' /C calc'!A0", {"text": '=HYPERLINK("http://evil.example")'})
    made.answer("d2", "mei", {"text": "行一\n行二, “引号”"}, active_ms=1500)
    out, _ = made.export("answers-csv", options=ExportOptions(names=True))
    with (out / "answers.csv").open(encoding="utf-8-sig", newline="") as file:
        risky, plain = csv.DictReader(file)
    assert risky["annotator"] == "'=cmd|' /C calc'!A0"
    assert risky["answer.text"].startswith("'=HYPERLINK")
    assert plain["answer.text"] == "行一\n行二, “引号”"
    assert len(load("csv", tmp_path, out / "answers.csv")) == 2
    out, _ = made.export("answers-parquet")
    exact, typed = load("parquet", tmp_path, out / "answers.parquet")
    assert exact["answer.text"] == '=HYPERLINK("http://evil.example")'
    assert (typed["active_s"], typed["gold"], orjson.loads(typed["answer"])) == (
        1.5,
        False,
        {"text": "行一\n行二, “引号”"},
    )


def test_exported_answers_come_back_as_labels(world: Callable[..., World], session: Session, tmp_path: Path) -> None:
    made = preferences(world)
    rows = made.rows("answers-jsonl", "answers.jsonl")
    a_project(session, "copy", settings={"strength_levels": 4})
    items, labels = tmp_path / "items.jsonl", tmp_path / "again.jsonl"
    labels.write_bytes(
        b"\n".join(orjson.dumps({k: row[k] for k in ("item", "annotator", "answer", "at")}) for row in rows)
    )
    importing.import_file(session, SYSTEM, "copy", "items", items, now=NOW, rng=Random(9))
    report = importing.import_file(session, SYSTEM, "copy", "labels", labels, now=NOW, rng=Random(9))
    assert report.new == len(rows)
    exporting.export(session, SYSTEM, "copy", "answers-jsonl", tmp_path / "second", now=NOW)
    assert lines(tmp_path / "second" / "answers.jsonl") == rows


# Every task type, every format ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("key", list(TASK_TYPES))
def test_every_offered_format_of_every_task_type_writes_and_loads(
    key: str, sqlite_store: Engine, tmp_path: Path
) -> None:
    rng, task = Random(key), load_task(key, {})
    with transaction() as session:
        project = a_project(session, "here", task=key)
        people = [a_person(session) for _ in range(3)]
        for _ in range(12):
            payload = task.sample_payload(rng)
            item = an_item(session, project, payload=payload.as_json())
            for person in people[: rng.randint(1, 3)]:
                an_answer(session, item, person, task.sample_answer(payload, rng).as_json(), purpose="imported")
    with reading() as session:
        offers = exporting.offered(projects.get(session, SYSTEM, "here").rubric)
        assert {offer.name for offer in offers} >= set(ANSWER_FORMATS)
        for offer in offers:
            report = exporting.export(session, SYSTEM, "here", offer.name, tmp_path / offer.name, now=NOW)
            kind = {"answers-csv": "csv", "answers-parquet": "parquet"}.get(offer.name, "json")
            for path, count in report["rows"].items():
                if count:
                    assert len(load(kind, tmp_path, tmp_path / offer.name / path)) == count


def test_a_format_that_does_not_fit_is_refused_with_those_that_do(world: Callable[..., World]) -> None:
    made = world("rating")
    with pytest.raises(
        InvalidInput,
        match=r"A rating project has nothing for trl-preference\. Choose one of: trl-prompt, answers-jsonl",
    ):
        made.export("trl-preference")
    with pytest.raises(InvalidInput, match="There is no format excel"):
        made.export("excel")


@pytest.mark.parametrize("role", ["annotator", "reviewer", "viewer"])
def test_only_leads_export(role: str, world: Callable[..., World], tmp_path: Path) -> None:
    made = world()
    person = a_member(made.session, made.project, a_person(made.session, role=role), role=role)
    with pytest.raises(NotAllowed):
        exporting.export(made.session, acting(person), "here", "answers-jsonl", tmp_path / "out", now=NOW)


def test_exports_are_kept_and_listed(world: Callable[..., World], tmp_path: Path) -> None:
    made = preferences(world)
    out = exporting.new_path()
    report = exporting.export(made.session, SYSTEM, "here", "trl-kto", out, now=NOW)
    made_id = exporting.keep(made.session, SYSTEM, "here", report, out, now=NOW)
    (found,) = exporting.listed(made.session, SYSTEM, "here")
    assert (found.id, found.path, found.report["rows_total"]) == (made_id, out, 6)
    assert export_files.file_of(made.session, SYSTEM, made_id, "train.jsonl").path.is_file()


@pytest.mark.parametrize(("name", "task"), [("pandalm-pairwise", "pairwise"), ("squality-rubric", "rating")])
def test_real_sets_go_in_and_come_out_whole(name: str, task: str, sqlite_store: Engine, tmp_path: Path) -> None:
    folder = REAL / name / "rows"
    if not folder.is_dir():
        pytest.skip(f"the real set {name} is not on this machine")
    with transaction() as session:
        file = likeness.from_labels(task, name, folder / "labels.jsonl")
        for slug in ("here", *ANSWER_FORMATS):
            project_changes.create(session, SYSTEM, now=NOW, slug=slug, file=file, split_salt="s")
            import_file(session, slug, "items", folder / "items.jsonl")
        import_file(session, "here", "labels", folder / "labels.jsonl")
    given = said(folder / "labels.jsonl")
    for name_of_format in ANSWER_FORMATS:
        out = tmp_path / name_of_format / "export"
        export_here("here", name_of_format, out)
        assert len(loaded(out, tmp_path / "cache")) == len(given)
        with transaction() as session:
            import_file(session, name_of_format, "labels", out / f"answers.{name_of_format.removeprefix('answers-')}")
        export_here(name_of_format, "answers-jsonl", tmp_path / name_of_format / "again")
        assert said(tmp_path / name_of_format / "again" / "answers.jsonl") == given
    assert export_here("here", "trl-prompt", tmp_path / "prompts")["rows_total"] == len(lines(folder / "items.jsonl"))


def import_file(session: Session, slug: str, kind: Any, path: Path) -> None:
    importing.import_file(session, SYSTEM, slug, kind, path, now=NOW, rng=Random(1))


def export_here(slug: str, name: str, out: Path) -> dict[str, Any]:
    with reading() as session:
        return exporting.export(session, SYSTEM, slug, name, out, now=NOW, options=ExportOptions(names=True))


def said(path: Path) -> set[tuple[str, str, bytes]]:
    """Who said what of which item."""
    return {
        (row["item"], row["annotator"], orjson.dumps(row["answer"], option=orjson.OPT_SORT_KEYS)) for row in lines(path)
    }


def test_the_page_counts_the_answers_that_the_export_goes_by(world: Callable[..., World], session: Session) -> None:
    made = world()
    made.items(pair("one"), pair("two"))
    made.answer("one", "mei", prefer("left"))
    judge = a_person(session, "judge", kind="machine")
    for key in ("one", "two"):
        an_answer(session, made.item(key), judge, {"preferred": "x"}, purpose="imported")
    assert exporting.answered(session, SYSTEM, made.slug) == (1, 1)
