"""`manage.py import|export|quality|hours` as scripts use them: exit codes, one line on stderr, one JSON document on stdout."""

import json
import subprocess
import sys
from pathlib import Path

import orjson
import pytest
from sqlalchemy import Engine

from cli.data import _hours_csv
from core.config import ROOT
from core.services.activity import DaySeconds
from core.store.engine import transaction
from tests import factories
from tests.clock import NOW

PAIR = {"id": "p1", "payload": {"prompt": "?", "responses": {"a": {"text": "x"}, "b": {"text": "y"}}}}


@pytest.fixture
def here(sqlite_store: Engine, tmp_path: Path) -> Path:
    with transaction() as session:
        factories.a_project(session, "here")
    (tmp_path / "items.jsonl").write_bytes(orjson.dumps(PAIR))
    (tmp_path / "labels.jsonl").write_bytes(
        orjson.dumps({"item": "p1", "annotator": "mei", "answer": {"preferred": "a"}, "seconds": 2})
    )
    return tmp_path


def test_no_name_in_hours_is_run_by_a_spreadsheet(capsys: pytest.CaptureFixture[str]) -> None:
    _hours_csv([DaySeconds(1, "=1+1", "here", NOW.date(), "label", 60.0)])
    assert capsys.readouterr().out.splitlines()[1] == "'=1+1,2026-03-02,here,label,60"


def manage(*words: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(ROOT / "manage.py"), *map(str, words)]
    return subprocess.run(command, check=False, capture_output=True, text=True, cwd=ROOT, timeout=120)


def test_from_a_file_to_an_export(here: Path) -> None:
    dry = manage("import", "items", "here", here / "items.jsonl", "--dry-run", "--json")
    assert (dry.returncode, dry.stderr, json.loads(dry.stdout)["dry_run"]) == (0, "", True)
    done = manage("import", "items", "here", here / "items.jsonl", "--json")
    assert (done.returncode, json.loads(done.stdout)["new"]) == (0, 1)
    assert manage("import", "labels", "here", here / "labels.jsonl").returncode == 0
    out = manage(
        "export",
        "here",
        "--format",
        "trl-preference",
        "--out",
        here / "out",
        "--test-share",
        "0",
        "--shape",
        "plain",
        "--json",
    )
    assert (out.returncode, json.loads(out.stdout)["rows_total"]) == (0, 1)
    assert json.loads((here / "out" / "train.jsonl").read_text())["chosen"] == "x"
    again = manage("export", "here", "--format", "trl-preference", "--out", here / "out")
    assert (again.returncode, len(again.stderr.strip().splitlines())) == (1, 1)
    assert "Choose a new or an empty folder" in again.stderr
    rule = ("--verdict", "review-only", "--near-duplicates", "--json")
    reviewed = manage("export", "here", "--format", "trl-kto", "--out", here / "reviewed", *rule)
    assert json.loads(reviewed.stdout)["items"] == {"total": 1, "in_rows": 0, "left_out": {"not_reviewed": 1}}
    chosen = ("--names", "--with", "texts,lang", "--license", "cc-by-4.0", "--annotators", "expert-generated")
    assert manage("export", "here", "--format", "answers-jsonl", "--out", here / "all", *chosen).returncode == 0
    answer = json.loads((here / "all" / "answers.jsonl").read_text())
    assert (answer["annotator"], answer["payload"]["prompt"], answer["lang"]) == ("mei", PAIR["payload"]["prompt"], "")
    assert "license: cc-by-4.0" in (here / "all" / "README.md").read_text(encoding="utf-8")
    later = manage("export", "here", "--format", "answers-csv", "--out", here / "later", "--json")
    assert json.loads(later.stdout)["license"] == "cc-by-4.0", "the license of the export before"
    found = json.loads(manage("quality", "here", "--json").stdout)
    assert (found["labels"], found["annotators_detail"]["mei"]["seconds_median"]) == (1, 2.0)
    predicted = here / "predictions.jsonl"
    assert manage("quality", "here", "--predictions", predicted, "--scale", "preferred=ordinal").returncode == 0
    (row,) = [json.loads(line) for line in predicted.read_text().splitlines()]
    assert (row["item"], row["target"], row["majority"], row["majority_p"]) == ("p1", "preferred", "first", 1.0)
    assert json.loads(manage("hours", "--json").stdout)["people"] == {}


def test_a_refusal_is_one_line_with_file_row_and_column_and_exit_code_1(here: Path) -> None:
    (here / "items.jsonl").write_bytes(orjson.dumps(PAIR) + b'\n{"id": "p2", "payload": {"prompt": "?"}}\n')
    done = manage("import", "items", "here", here / "items.jsonl", "--json")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "items.jsonl, row 2, column payload.responses: This is missing.\n"


def test_a_scale_that_does_not_fit_is_refused_in_one_line(here: Path) -> None:
    done = manage("quality", "here", "--json", "--scale", "preferred=interval")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "preferred cannot be read as 'interval'; it can be nominal, ordinal.\n"
    done = manage("quality", "here", "--predictions", here / "none" / "there.jsonl")
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)


def test_wrong_usage_is_exit_code_2(here: Path) -> None:
    assert manage("import", "here").returncode == 2
    assert manage("import", "items", "here", here / "items.jsonl", "--map", "nothing").returncode == 2
    assert manage("quality", "here", "--scale", "ordinal").returncode == 2
    assert manage("hours", "--from", "2026-02-01", "--to", "2026-01-01").returncode == 2


def test_an_import_is_listed_and_undone(here: Path) -> None:
    manage("import", "items", "here", here / "items.jsonl")
    (past,) = json.loads(manage("import", "list", "here", "--json").stdout)
    assert (past["kind"], past["report"]["new"], past["undone_at"]) == ("items", 1, None)
    assert manage("import", "undo", "here", past["id"]).returncode == 0
    again = manage("import", "undo", "here", past["id"])
    assert (again.returncode, again.stderr) == (1, "This import has been undone already.\n")
    assert json.loads(manage("import", "list", "here", "--json").stdout)[0]["undone_at"]


def test_items_are_withdrawn_and_restored(here: Path) -> None:
    manage("import", "items", "here", here / "items.jsonl")
    assert manage("items", "withdraw", "here", "p1", "--reason", "Not a question.").returncode == 0
    told = json.loads(manage("items", "withdrawn", "here", "--json").stdout)
    assert (told["count"], told["items"][0]["item"], told["items"][0]["reason"]) == (1, "p1", "Not a question.")
    assert manage("items", "restore", "here", "--batch", "").returncode == 0
    assert json.loads(manage("items", "withdrawn", "here", "--json").stdout)["count"] == 0
    assert manage("items", "withdraw", "here").returncode == 2


def test_a_draft_is_deleted_with_yes_only(here: Path) -> None:
    with transaction() as session:
        factories.a_project(session, "draft", state="draft")
    assert manage("project", "delete", "draft").returncode == 2
    assert manage("project", "delete", "draft", "--yes").returncode == 0
    assert manage("project", "show", "draft").returncode == 1
    refused = manage("project", "delete", "here", "--yes")
    assert (refused.returncode, "Only a draft can be deleted" in refused.stderr) == (1, True)
