"""The command line as scripts meet it: what goes to stdout, what to stderr, and the exit code."""

import io
import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from cli import main
from core.permissions import Role
from core.services import sessions
from core.store.engine import reading
from tests.clock import right_now


@dataclass(frozen=True)
class Ran:
    code: int
    out: str
    err: str


Run = Callable[..., Ran]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """manage.py in this process: the same entry, exit codes and streams."""

    def ran(*words: str, stdin: str = "") -> Ran:
        monkeypatch.setattr(sys, "argv", ["manage.py", *words])
        monkeypatch.setattr(sys, "stdin", io.StringIO(stdin))
        with pytest.raises(SystemExit) as stopped:
            main.run()
        out, err = capsys.readouterr()
        return Ran(int(stopped.value.code or 0), out, err)

    return ran


def one_line(text_: str) -> bool:
    return text_.count("\n") == 1


def test_a_database_is_made_and_checked(run: Run) -> None:
    assert run("db", "check").code == 1
    assert run("db", "upgrade").code == 0
    assert run("db", "check").code == 0


def test_commands_make_the_database_that_is_not_there_yet(run: Run) -> None:
    told = run("project", "list", "--json")
    assert (told.code, json.loads(told.out)) == (0, [])


def test_commands_refuse_a_database_of_a_newer_version_in_one_line(run: Run, sqlite_store: Engine) -> None:
    with sqlite_store.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    told = run("project", "list")
    assert (told.code, told.out) == (1, "")
    assert "newer version of Touchstone" in told.err
    assert one_line(told.err)


@pytest.mark.parametrize(
    "words",
    [
        ("project", "create"),
        ("project", "create", "slug"),
        ("project", "create", "slug", "--template", "pairwise", "--task", "rating"),
        ("user", "add", "mei", "--role", "king"),
        ("no-such-command",),
    ],
)
def test_wrong_usage_is_exit_2(run: Run, words: tuple[str, ...]) -> None:
    told = run(*words)
    assert (told.code, told.out) == (2, "")


def test_a_token_stands_alone_on_the_last_line_and_works(run: Run, store: Engine) -> None:
    assert run("user", "add", "mei", "--role", "lead", "--password-stdin", stdin="correct horse battery\n").code == 0
    told = run("token", "create", "mei")
    token = told.out.splitlines()[-1]
    with reading(store) as session:
        actor = sessions.actor_of_token(session, now=right_now(), token=token)
    assert actor is not None
    assert (actor.name, actor.role) == ("mei", Role.LEAD)


def test_a_password_must_come(run: Run, sqlite_store: Engine) -> None:
    told = run("user", "add", "mei", "--role", "lead", "--password-stdin", stdin="")
    assert told.code == 1
    assert "first line of stdin" in told.err


def test_a_project_goes_from_template_to_live(run: Run, sqlite_store: Engine) -> None:
    assert run("user", "add", "ann", "--role", "annotator").code == 0
    assert run("project", "create", "prefs", "--template", "pairwise").code == 0
    assert run("project", "add", "prefs", "ann", "--qualified").code == 0
    assert run("project", "open", "prefs").code == 0
    (listed,) = json.loads(run("project", "list", "--json").out)
    assert (listed["slug"], listed["state"]) == ("prefs", "live")
    shown = json.loads(run("project", "show", "prefs", "--json").out)
    assert [(m["name"], m["qualified"]) for m in shown["members"]] == [("ann", True)]


def test_adding_people_is_all_or_nothing(run: Run, sqlite_store: Engine) -> None:
    run("user", "add", "ann", "--role", "annotator")
    run("project", "create", "prefs", "--template", "pairwise")
    told = run("project", "add", "prefs", "ann", "nobody")
    assert told.code == 1
    assert "nobody" in told.err
    assert json.loads(run("project", "show", "prefs", "--json").out)["members"] == []


@pytest.mark.parametrize("task", ["pairwise", "ranking", "rating", "classification", "demonstration"])
def test_a_project_file_comes_back_the_same(run: Run, sqlite_store: Engine, tmp_path: Path, task: str) -> None:
    assert run("project", "create", "first", "--template", task).code == 0
    exported = run("project", "export", "first").out
    (tmp_path / "project.yaml").write_text(exported, encoding="utf-8")
    assert run("project", "create", "second", "--file", str(tmp_path / "project.yaml")).code == 0
    assert run("project", "export", "second").out == exported


LAUGHS = "a: &a [x, x]\n" + "".join(f"{b}: &{b} [*{a}, *{a}]\n" for a, b in pairwise("abcdefghijklmnopqrstuvwxyz"))
HOSTILE_PROJECTS = {
    "nested lists": "title: " + "[" * 20_000 + "]" * 20_000,
    "nested lists without an end": "title: " + "[" * 20_000,
    "nested mappings": "\n".join(f"{' ' * n}a:" for n in range(500)),
    "names for parts": LAUGHS,
    "a part of itself": "title: &a [*a]",
    "no such day": "title: 2026-99-99",
    "a number without end": f"title: {'9' * 5000}",
    "longer than any project": "# " + "x" * 2_000_000,
    "a key that is a list": "? [a]\n: b",
    "control characters": "title: \x01",
    "a list": "- a",
}


@pytest.mark.parametrize("text_", HOSTILE_PROJECTS.values(), ids=HOSTILE_PROJECTS)
def test_a_hostile_project_file_is_refused_in_one_line(
    run: Run, sqlite_store: Engine, tmp_path: Path, text_: str
) -> None:
    (tmp_path / "hostile.yaml").write_text(text_, encoding="utf-8")
    told = run("project", "create", "x", "--file", str(tmp_path / "hostile.yaml"))
    assert (told.code, told.out) == (1, "")
    assert one_line(told.err)


def test_a_project_is_made_like_a_file_of_labels(run: Run, sqlite_store: Engine, tmp_path: Path) -> None:
    rows = [
        {"item": str(n), "annotator": "x", "answer": {"labels": [label]}} for n, label in enumerate(["spam", "ham"])
    ]
    (tmp_path / "labels.jsonl").write_text("\n".join(map(json.dumps, rows)))
    assert (
        run("project", "create", "like", "--task", "classification", "--like", str(tmp_path / "labels.jsonl")).code == 0
    )
    settings = json.loads(run("project", "show", "like", "--json").out)["settings"]
    assert {label["id"] for label in settings["labels"]} == {"spam", "ham"}


def test_a_file_that_holds_no_labels_is_refused_with_its_row(run: Run, sqlite_store: Engine, tmp_path: Path) -> None:
    (tmp_path / "labels.jsonl").write_text('{"item": "1", "annotator": "x"}\n')
    told = run("project", "create", "like", "--task", "classification", "--like", str(tmp_path / "labels.jsonl"))
    assert told.code == 1
    assert "labels.jsonl" in told.err
    assert "row 1" in told.err
    assert one_line(told.err)


def test_backup_and_restore(run: Run, store: Engine, tmp_path: Path) -> None:
    run("project", "create", "kept", "--template", "pairwise")
    file = str(tmp_path / "monday.touchstone")
    assert run("backup", file).code == 0
    run("project", "create", "lost", "--template", "pairwise")
    assert run("restore", file).code == 1
    assert run("restore", file, "--replace").code == 0
    assert [p["slug"] for p in json.loads(run("project", "list", "--json").out)] == ["kept"]


def test_an_altered_log_is_found(run: Run, sqlite_store: Engine) -> None:
    run("project", "create", "kept", "--template", "pairwise")
    assert run("audit", "verify").code == 0
    with sqlite_store.begin() as connection:
        connection.execute(text("DROP TRIGGER event_no_update"))
        connection.execute(text("UPDATE event SET actor_id = 99"))
    told = run("audit", "verify")
    assert told.code == 1
    assert "event 1" in told.err


def test_doctor_prints_json_alone(run: Run, sqlite_store: Engine) -> None:
    findings = json.loads(run("doctor", "--json").out)
    assert {"database", "log", "overlap", "disk", "address"} <= {finding["name"] for finding in findings}
    assert not [finding for finding in findings if finding["level"] == "wrong" and finding["name"] != "disk"]
