"""A draft that nobody has answered in can be deleted with everything that hangs on it; nothing else can."""

from pathlib import Path

import pytest
from sqlalchemy import Engine, func, select
from sqlmodel import Session

from core.errors import Conflict, NotAllowed, NotFound
from core.permissions import SYSTEM
from core.services import audit, export_files, project_deletion, projects, summaries, uploads
from core.store.engine import reading, transaction
from core.store.tables import Beat, Draft, ExportJob, Item, Project, Table, core
from tests.conftest import NOW
from tests.factories import a_gold, a_member, a_person, a_project, acting, an_actor, an_answer, an_assignment, an_item


def a_draft(session: Session) -> Project:
    project = a_project(session, "draft", items=2, state="draft")
    a_gold(session, an_item(session, project, state="gold"), {"preferred": "tie"})
    an_assignment(session, an_item(session, project), a_member(session, project), state="released")
    return project


def test_a_draft_is_deleted_whole_and_stays_in_the_log(session: Session) -> None:
    other = a_project(session, "other", items=1)
    project = a_draft(session)
    project_id = project.id or 0
    project_deletion.delete(session, SYSTEM, "draft", now=NOW)
    with pytest.raises(NotFound):
        projects.get(session, SYSTEM, "draft")
    for table in Table.metadata.sorted_tables:
        if "project_id" in table.c and table.name != "event":
            left = select(func.count()).select_from(table).where(table.c.project_id == project_id)
            assert session.connection().execute(left).scalar_one() == 0, table.name
    assert summaries.item_states(session, [other.id or 0]) == {other.id: {"open": 1}}
    assert audit.recent(session, project_id)[0].kind == "project.deleted"
    assert audit.verify(session).broken_at is None


def test_the_next_project_has_an_id_of_its_own(session: Session) -> None:
    gone = a_draft(session).id or 0
    project_deletion.delete(session, SYSTEM, "draft", now=NOW)
    assert (a_project(session).id or 0) > gone


@pytest.mark.parametrize("state", ["pilot", "live", "paused", "done"])
def test_only_a_draft_can_be_deleted(session: Session, state: str) -> None:
    a_project(session, "here", state=state)
    with pytest.raises(Conflict, match="Only a draft can be deleted"):
        project_deletion.delete(session, SYSTEM, "here", now=NOW)


@pytest.mark.parametrize("purpose", ["pilot", "imported"])
def test_an_answer_of_any_kind_keeps_it(session: Session, purpose: str) -> None:
    project = a_draft(session)
    an_answer(session, an_item(session, project), a_person(session), {"preferred": "tie"}, purpose=purpose)
    with pytest.raises(Conflict, match="answers are never deleted"):
        project_deletion.delete(session, SYSTEM, "draft", now=NOW)
    assert projects.get(session, SYSTEM, "draft")


def test_what_somebody_has_begun_to_write_keeps_it(session: Session) -> None:
    project = a_draft(session)
    held = an_assignment(session, an_item(session, project), a_member(session, project), state="expired", slot=None)
    session.add(Draft(assignment_id=held.id, rev=1, body={}, saved_at=NOW))
    session.flush()
    with pytest.raises(Conflict, match="saved drafts"):
        project_deletion.delete(session, SYSTEM, "draft", now=NOW)


def test_only_a_lead_deletes_and_only_their_own(session: Session) -> None:
    project = a_draft(session)
    for role in ("annotator", "reviewer", "viewer"):
        with pytest.raises(NotAllowed):
            project_deletion.delete(session, acting(a_member(session, project, role=role)), "draft", now=NOW)


def test_measured_time_stays_with_whoever_worked_it(session: Session) -> None:
    project = a_draft(session)
    person = a_person(session)
    session.add(Beat(person_id=person.id, project_id=project.id, desk="d", number=1, counted_ms=60_000, at=NOW))
    session.flush()
    project_deletion.delete(session, SYSTEM, "draft", now=NOW)
    (beat,) = session.connection().execute(select(core(Beat))).all()
    assert (beat.person_id, beat.counted_ms, beat.project_id) == (person.id, 60_000, None)


# Files ----------------------------------------------------------------------------------------------------------------


@pytest.fixture
def files(store: Engine, own_workspace: Path, tmp_path: Path) -> dict[str, Path]:
    """An upload, an export of the draft, one that another project shares, and one outside the workspace."""
    places = {name: own_workspace / "exports" / name for name in ("own", "shared")}
    places["outside"] = tmp_path / "outside"
    for folder in places.values():
        folder.mkdir(parents=True)
        (folder / "train.jsonl").write_text("{}\n")
    export_files.archive_of("own-draft").write_text("zip")
    with uploads.receiving("rows.jsonl") as file, transaction() as session:
        project, other = a_draft(session), a_project(session, "other")
        file.add(b"{}")
        places["upload"] = file.keep(session, an_actor(session, role="lead"), "draft", now=NOW).path
        for name, owner in (("own", project), ("shared", project), ("shared", other), ("outside", project)):
            job = f"{name}-{owner.slug}"
            session.add(ExportJob(id=job, project_id=owner.id, format="x", path=str(places[name]), at=NOW))
    return places


def test_its_files_are_freed_and_nobody_elses(files: dict[str, Path]) -> None:
    with transaction() as session:
        project_deletion.delete(session, SYSTEM, "draft", now=NOW)
        assert files["upload"].exists(), "a file must not go before the rows are gone for good"
    assert not files["upload"].exists()
    assert not files["own"].exists()
    assert not export_files.archive_of("own-draft").exists()
    assert (files["shared"] / "train.jsonl").exists()
    assert (files["outside"] / "train.jsonl").exists()


def test_a_deletion_that_fails_keeps_its_files(files: dict[str, Path]) -> None:
    with pytest.raises(RuntimeError), transaction() as session:
        project_deletion.delete(session, SYSTEM, "draft", now=NOW)
        raise RuntimeError
    assert files["upload"].exists()
    with reading() as session:
        assert session.connection().execute(select(func.count()).select_from(core(Item))).scalar_one() == 4
