"""The doctor finds each kind of contradiction that no constraint can refuse."""

from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlmodel import Session

from core.config import Settings
from core.permissions import SYSTEM
from core.services import doctor
from core.store.engine import transaction
from core.store.tables import Item, Person
from tests.factories import a_member, a_project, an_answer, an_assignment, an_item


def _wrong(engine: Engine) -> set[str]:
    return {found.name for found in doctor.examine(engine, SYSTEM, Settings.from_env()) if found.level == "wrong"} - {
        "disk"
    }


def _an_item_and_person(session: Session, **fields: object) -> tuple[Item, Person]:
    project = a_project(session)
    return an_item(session, project, **fields), a_member(session, project)


def test_a_store_that_agrees_with_itself_is_well(store: Engine) -> None:
    with transaction(store) as session:
        project = a_project(session)
        first, second = a_member(session, project), a_member(session, project)
        held = an_item(session, project, overlap=2)
        an_assignment(session, held, first, slot=1)
        taken = an_item(session, project, overlap=1, state="taken")
        an_assignment(session, taken, second)
        skipped = an_item(session, project)
        passed = an_assignment(session, skipped, first, state="done", slot=None)
        an_answer(session, skipped, first, outcome="skipped", assignment_id=passed.id)
    assert _wrong(store) == set()


def test_an_item_in_the_wrong_state_is_found(store: Engine) -> None:
    with transaction(store) as session:
        _an_item_and_person(session, state="done")
    assert _wrong(store) == {"state of items"}


def test_a_finished_assignment_without_an_answer_is_found(store: Engine) -> None:
    with transaction(store) as session:
        item, person = _an_item_and_person(session, state="done")
        an_assignment(session, item, person, state="done")
    assert _wrong(store) == {"finished assignments"}


def test_revisions_none_of_which_is_current_are_found(store: Engine) -> None:
    with transaction(store) as session:
        item, person = _an_item_and_person(session)
        an_answer(session, item, person, current=False)
    assert _wrong(store) == {"current answers"}


def test_an_answer_taken_back_is_well(store: Engine, now: datetime) -> None:
    with transaction(store) as session:
        item, person = _an_item_and_person(session)
        an_answer(session, item, person, current=False, undone_at=now)
    assert _wrong(store) == set()


def test_an_answer_without_measured_values_is_found(store: Engine) -> None:
    with transaction(store) as session:
        item, person = _an_item_and_person(session)
        an_answer(session, item, person, {"preferred": "tie"})
    assert _wrong(store) == {"measured values"}


@pytest.mark.parametrize(
    ("path", "kind"),
    [("/data/workspace", "ext4"), ("/data", "ext4"), ("/database", "overlay"), ("/tmp/x/y", "tmpfs")],
)
def test_the_file_system_is_that_of_the_nearest_mount(tmp_path: Path, path: str, kind: str) -> None:
    mounts = tmp_path / "mounts"
    mounts.write_text("overlay / overlay rw 0 0\n/dev/sda1 /data ext4 rw 0 0\ntmpfs /tmp tmpfs rw 0 0\n")
    assert doctor.file_system(Path(path), mounts) == kind


@pytest.mark.parametrize(
    ("url", "level"),
    [
        ("", "warning"),
        ("http://localhost:8501", "warning"),
        ("http://label.example", "warning"),
        ("https://label.example", "ok"),
    ],
)
def test_addresses_that_others_cannot_use_are_told(
    sqlite_store: Engine, monkeypatch: pytest.MonkeyPatch, url: str, level: str
) -> None:
    monkeypatch.setenv("TOUCHSTONE_URL", url)
    (address,) = [f for f in doctor.examine(sqlite_store, SYSTEM, Settings.from_env()) if f.name == "address"]
    assert address.level == level


@pytest.mark.parametrize(
    ("version", "level"),
    [((3, 11, 2), "warning"), ((3, 11, 10), "ok"), ((3, 12, 5), "warning"), ((3, 12, 6), "ok"), ((3, 13, 0), "ok")],
)
def test_an_interpreter_with_a_known_hole_is_told(version: tuple[int, int, int], level: str) -> None:
    found = doctor.interpreter(version)
    assert (found.name, found.level) == ("python", level)
