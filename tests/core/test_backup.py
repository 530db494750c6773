"""Backups: what is written comes back, on both databases, and a bad file changes nothing."""

import zipfile
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine, text
from sqlmodel import select

from core.errors import Conflict, InvalidInput, NotAllowed, StoreError
from core.permissions import SYSTEM, Actor, Role
from core.services import audit, backup
from core.store import dump, schema
from core.store.engine import reading, transaction
from core.store.tables import Answer, Person, Project
from tests.factories import a_member, a_project, an_answer, an_assignment, an_item

AWKWARD = {"text": 'tab\there, "quotes", back\\slash\nnew line, \\N, 中文标点，', "empty": ""}


@pytest.fixture
def filled(store: Engine, now: datetime) -> Engine:
    """A store with an answer whose text is hard on file formats, and two events."""
    with transaction(store) as session:
        project = a_project(session, "first", items=3)
        member = a_member(session, project)
        item = an_item(session, project, "told")
        assignment = an_assignment(session, item, member, state="done")
        an_answer(session, item, member, AWKWARD, assignment_id=assignment.id, reason="")
        audit.record(session, SYSTEM, now, audit.Fact("answer.submitted", "answer:1"), audit.Fact("x", "y"))
    return store


def _body(engine: Engine) -> object:
    with reading(engine) as session:
        answer = session.exec(select(Answer)).one()
        assert answer.reason == ""
        assert answer.device == ""
        return answer.body


def test_a_backup_comes_back_whole(filled: Engine, empty_store: Engine, tmp_path: Path) -> None:
    made = backup.make(filled, SYSTEM, tmp_path / "a.touchstone")
    restored = backup.restore(empty_store, SYSTEM, made.path)
    assert (restored.rows, restored.events, restored.upgraded_from) == (made.rows, 2, None)
    assert _body(empty_store) == AWKWARD
    assert dump.row_counts(empty_store) == dump.row_counts(filled)
    assert schema.is_current(empty_store)


def test_new_rows_after_a_restore_get_ids_of_their_own(filled: Engine, empty_store: Engine, tmp_path: Path) -> None:
    backup.make(filled, SYSTEM, tmp_path / "a.touchstone")
    backup.restore(empty_store, SYSTEM, tmp_path / "a.touchstone")
    with transaction(empty_store) as session:
        a_project(session, "second", items=1)
        a_member(session, session.exec(select(Project).where(Project.slug == "second")).one())


def test_answers_stay_append_only_after_a_restore(filled: Engine, empty_store: Engine, tmp_path: Path) -> None:
    backup.make(filled, SYSTEM, tmp_path / "a.touchstone")
    backup.restore(empty_store, SYSTEM, tmp_path / "a.touchstone")
    with pytest.raises(Exception, match="append-only"), transaction(empty_store) as session:
        session.connection().execute(text("UPDATE answer SET outcome = 'skipped'"))


def test_a_full_database_is_replaced_only_when_asked(filled: Engine, tmp_path: Path) -> None:
    path = backup.make(filled, SYSTEM, tmp_path / "a.touchstone").path
    with transaction(filled) as session:
        a_project(session, "later")
    with pytest.raises(Conflict, match="not empty"):
        backup.restore(filled, SYSTEM, path)
    assert _slugs(filled) == {"first", "later"}
    backup.restore(filled, SYSTEM, path, replace=True)
    assert _slugs(filled) == {"first"}


def _slugs(engine: Engine) -> set[str]:
    with reading(engine) as session:
        return set(session.exec(select(Project.slug)))


def test_a_backup_of_sqlite_moves_the_workspace_to_postgresql(
    sqlite_store: Engine, empty_postgres: Engine, tmp_path: Path, now: datetime
) -> None:
    with transaction(sqlite_store) as session:
        project = a_project(session, "moving", items=2)
        an_answer(session, an_item(session, project), a_member(session, project), AWKWARD, reason="", passed=True)
        audit.record(session, SYSTEM, now, audit.Fact("x", "y"))
    path = backup.make(sqlite_store, SYSTEM, tmp_path / "a.touchstone").path
    assert backup.restore(empty_postgres, SYSTEM, path).events == 1
    assert _body(empty_postgres) == AWKWARD
    with transaction(empty_postgres) as session:
        a_project(session, "after", items=1)


@pytest.mark.parametrize("damage", ["truncated", "text", "altered"])
def test_a_damaged_backup_is_refused_and_changes_nothing(filled: Engine, tmp_path: Path, damage: str) -> None:
    path = backup.make(filled, SYSTEM, tmp_path / "a.touchstone").path
    _damage(path, damage)
    before = dump.row_counts(filled)
    with pytest.raises(InvalidInput):
        backup.restore(filled, SYSTEM, path, replace=True)
    assert dump.row_counts(filled) == before


def _damage(path: Path, how: str) -> None:
    if how == "truncated":
        path.write_bytes(path.read_bytes()[:-200])
    elif how == "text":
        path.write_text("not a backup")
    else:
        with zipfile.ZipFile(path) as archive:
            parts = {name: archive.read(name) for name in archive.namelist()}
        with zipfile.ZipFile(path, "w") as archive:
            for name, content in parts.items():
                archive.writestr(name, content if name == "manifest.json" else content + b"x")


def test_an_altered_log_is_refused(filled: Engine, tmp_path: Path) -> None:
    _without_guards(filled, "UPDATE event SET subject = 'answer:2' WHERE seq = 1")
    path = backup.make(filled, SYSTEM, tmp_path / "a.touchstone").path
    with pytest.raises(InvalidInput, match="altered"):
        backup.restore(filled, SYSTEM, path, replace=True)


def _without_guards(engine: Engine, statement: str) -> None:
    with engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(text("ALTER TABLE event DISABLE TRIGGER USER"))
        else:
            connection.execute(text("DROP TRIGGER event_no_update"))
        connection.execute(text(statement))


def test_a_backup_of_a_newer_version_is_refused(filled: Engine, tmp_path: Path) -> None:
    with filled.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    path = tmp_path / "a.touchstone"
    dump.write(path, filled, "9999")
    with pytest.raises(StoreError, match="newer version"):
        backup.restore(filled, SYSTEM, path, replace=True)


def test_only_an_admin_makes_or_restores_backups(store: Engine, tmp_path: Path) -> None:
    lead = Actor(1, "lead", Role.LEAD)
    with pytest.raises(NotAllowed):
        backup.make(store, lead, tmp_path / "a.touchstone")
    with pytest.raises(NotAllowed):
        backup.restore(store, lead, tmp_path / "a.touchstone")


def test_an_existing_file_is_not_overwritten(store: Engine, tmp_path: Path) -> None:
    (tmp_path / "a.touchstone").write_text("precious")
    with pytest.raises(Conflict, match="exists"):
        backup.make(store, SYSTEM, tmp_path / "a.touchstone")
    assert (tmp_path / "a.touchstone").read_text() == "precious"


def test_an_upgrade_takes_a_backup_first(filled: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schema, "_upgrade_all", lambda _: None)
    monkeypatch.setattr(schema, "expected", lambda: "9999")
    upgrade = schema.upgrade(filled, backup_to=tmp_path / "backups")
    assert upgrade.backup is not None
    assert dump.read_manifest(upgrade.backup).rows["answer"] == 1


def test_work_goes_on_while_a_backup_is_made(filled: Engine, tmp_path: Path) -> None:
    with transaction(filled) as session:
        session.add(Person(name="unfinished", role="annotator", created_at=datetime.fromisoformat("2026-01-01T00:00Z")))
        session.flush()
        manifest = dump.write(tmp_path / "a.touchstone", filled, schema.expected())
    assert manifest.rows["person"] + 1 == dump.row_counts(filled)["person"]
