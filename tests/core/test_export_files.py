"""An export never changes: whatever happens to its folder, nothing else is served under its id."""

import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import Session

from core.errors import Conflict, InvalidInput, NotAllowed, NotFound
from core.permissions import SYSTEM
from core.services import export_files, exporting
from tests.conftest import NOW
from tests.factories import a_member, a_person, a_project, acting, an_answer, an_item

FORMAT = "answers-jsonl"


@pytest.fixture
def deliver(session: Session) -> Callable[[str, Path], str]:
    """Export a project, made if need be, into a folder; the export's id."""

    def make(slug: str, out: Path) -> str:
        if slug not in made:
            made[slug] = a_project(session, slug)
            an_answer(session, an_item(session, made[slug], f"{slug}-1"), a_person(session), {"preferred": "tie"})
        report = exporting.export(session, SYSTEM, slug, FORMAT, out, now=NOW)
        return exporting.keep(session, SYSTEM, slug, report, out, now=NOW)

    made: dict[str, Any] = {}
    return make


def test_a_folder_with_an_export_is_never_written_again(deliver: Any, tmp_path: Path) -> None:
    out = tmp_path / "out"
    first = deliver("first", out)
    before = {path: path.read_bytes() for path in out.iterdir()}
    for slug in ("first", "second"):
        with pytest.raises(InvalidInput, match=r"out holds an earlier export, and exports never change\. Choose a new"):
            deliver(slug, out)
    assert {path: path.read_bytes() for path in out.iterdir()} == before
    assert first


def test_a_folder_with_anything_in_it_is_refused_and_an_empty_one_is_not(deliver: Any, tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "thesis.txt").write_text("years of work")
    with pytest.raises(InvalidInput, match=r"out is not empty\. Choose a new or an empty folder"):
        deliver("first", out)
    assert (out / "thesis.txt").read_text() == "years of work"
    (out / "thesis.txt").unlink()
    assert deliver("first", out)
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".")]


def test_another_projects_files_are_never_served_under_an_old_id(
    deliver: Any, session: Session, tmp_path: Path, own_workspace: Path
) -> None:
    out = tmp_path / "out"
    first = deliver("first", out)
    out.rename(tmp_path / "moved")
    second = deliver("second", out)
    names = ("answers.jsonl", "README.md", "report.json", export_files.ARCHIVE)
    for name in names:
        with pytest.raises(Conflict, match=r"has changed on the server\. Export again"):
            export_files.file_of(session, SYSTEM, first, name)
        assert export_files.file_of(session, SYSTEM, second, name).path.is_file()
    with zipfile.ZipFile(export_files.file_of(session, SYSTEM, second, export_files.ARCHIVE).path) as whole:
        assert b"second-1" in whole.read("answers.jsonl")


def test_a_whole_export_that_was_packed_before_stays_what_it_was(
    deliver: Any, session: Session, tmp_path: Path, own_workspace: Path
) -> None:
    out = tmp_path / "out"
    first = deliver("first", out)
    packed = export_files.file_of(session, SYSTEM, first, export_files.ARCHIVE).path
    out.rename(tmp_path / "moved")
    deliver("second", out)
    assert export_files.file_of(session, SYSTEM, first, export_files.ARCHIVE).path == packed
    with zipfile.ZipFile(packed) as whole:
        assert b"first-1" in whole.read("answers.jsonl")
        assert set(whole.namelist()) == {path.name for path in (tmp_path / "moved").iterdir()}


def test_a_damaged_archive_is_packed_anew(deliver: Any, session: Session, tmp_path: Path, own_workspace: Path) -> None:
    made = deliver("first", tmp_path / "out")
    packed = export_files.file_of(session, SYSTEM, made, export_files.ARCHIVE).path
    whole = packed.read_bytes()
    packed.write_bytes(whole[: len(whole) // 2])
    assert zipfile.is_zipfile(export_files.file_of(session, SYSTEM, made, export_files.ARCHIVE).path)


@pytest.mark.parametrize("name", ["answers.jsonl", "report.json"])
def test_a_changed_file_is_refused_and_a_missing_one_is_named(
    name: str, deliver: Any, session: Session, tmp_path: Path
) -> None:
    made = deliver("first", tmp_path / "out")
    with (tmp_path / "out" / name).open("ab") as file:
        file.write(b"\n")
    with pytest.raises(Conflict, match=r"is not what was exported"):
        export_files.file_of(session, SYSTEM, made, name)
    (tmp_path / "out" / name).unlink()
    with pytest.raises(NotFound, match=r"no longer on the server"):
        export_files.file_of(session, SYSTEM, made, name)


def test_an_exports_id_is_its_contents(deliver: Any, tmp_path: Path, session: Session) -> None:
    first, again, second = (deliver(slug, tmp_path / str(n)) for n, slug in enumerate(("first", "first", "second")))
    assert first == again != second
    assert [one.id for one in exporting.listed(session, SYSTEM, "first")] == [first]


def test_an_export_is_kept_under_no_other_project(deliver: Any, session: Session, tmp_path: Path) -> None:
    deliver("first", tmp_path / "1")
    a_project(session, "second")
    report = exporting.export(session, SYSTEM, "first", FORMAT, tmp_path / "2", now=NOW)
    with pytest.raises(Conflict, match=r"of another project"):
        exporting.keep(session, SYSTEM, "second", report, tmp_path / "2", now=NOW)


def test_files_are_named_by_project_format_and_date(
    deliver: Any, session: Session, tmp_path: Path, own_workspace: Path
) -> None:
    made = deliver("first", tmp_path / "out")
    names = [export_files.file_of(session, SYSTEM, made, name).name for name in (export_files.ARCHIVE, "README.md")]
    base = f"first-answers-jsonl-{NOW:%Y-%m-%d}"
    assert names == [f"{base}.zip", f"{base}-README.md"]


def test_only_those_who_export_from_its_project_get_it(deliver: Any, session: Session, tmp_path: Path) -> None:
    made = deliver("first", tmp_path / "out")
    stranger = acting(a_member(session, a_project(session, "other"), a_person(session, role="annotator"), role="lead"))
    with pytest.raises(NotAllowed):
        export_files.file_of(session, stranger, made, "answers.jsonl")
