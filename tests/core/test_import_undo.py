"""Undoing an import: all that it brought goes, or nothing does."""

from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import pytest
from sqlmodel import Session, select

from core.errors import Conflict, NotAllowed, NotFound
from core.interchange.columns import Kind
from core.permissions import SYSTEM
from core.services import audit, import_undo, importing, projects, routing
from core.services.importing import ImportReport
from core.store.tables import Batch, Gold, Item, Lane, Project
from tests.conftest import NOW
from tests.core.test_importing import jsonl, pair
from tests.core.test_queue import claim
from tests.factories import a_member, a_project, a_verdict, acting, an_answer, an_assignment

__all__ = ["jsonl"]
Rows = Callable[..., Path]


def take(session: Session, path: Path, kind: Kind = "items", **options: Any) -> ImportReport:
    return importing.import_file(session, SYSTEM, "here", kind, path, now=NOW, rng=Random(1), **options)


def undo(session: Session, job: int | None) -> import_undo.Undoing:
    return import_undo.undo(session, SYSTEM, "here", job or 0, now=NOW)


def keys(session: Session) -> list[str]:
    session.expire_all()
    return sorted(session.scalars(select(Item.key)))


def here(session: Session) -> Project:
    return projects.row_of(session, "here")


def one(session: Session, key: str) -> Item:
    return session.scalars(select(Item).where(Item.key == key)).one()


@pytest.fixture
def jobs(session: Session, jsonl: Rows) -> tuple[int | None, int | None]:
    """Two imports: what the first brought is not what is undone."""
    a_project(session, "here")
    first = take(session, jsonl(pair("kept", batch="old"), name="first.jsonl"))
    gold = {"answer": {"preferred": "a"}, "use": "reference"}
    second = take(session, jsonl(pair("p1", "One", batch="old"), pair("p2", "Two", batch="new", gold=gold)))
    return first.job, second.job


def test_all_that_an_import_brought_goes_and_the_import_stays_on_record(
    session: Session, jobs: tuple[int | None, int | None]
) -> None:
    done = undo(session, jobs[1])
    assert (done.items, done.gold) == (2, 1)
    assert keys(session) == ["kept"]
    assert session.scalars(select(Gold)).all() == []
    assert [batch.name for batch in routing.batches(session, SYSTEM, "here")] == ["old"]
    past = importing.history(session, SYSTEM, "here")
    assert [(one.id, one.undone_at) for one in past] == [(jobs[1], NOW), (jobs[0], None)]
    assert audit.verify(session).broken_at is None
    assert (audit.recent(session, one(session, "kept").project_id)[0].kind) == "import.undone"


def test_the_file_can_be_imported_again_under_ids_that_were_never_used(
    session: Session, jobs: tuple[int | None, int | None], jsonl: Rows
) -> None:
    before = one(session, "p2").id or 0
    undo(session, jobs[1])
    assert take(session, jsonl(pair("p1", "One"), pair("p2", "Two"))).new == 2
    assert (one(session, "p1").id or 0) > before


def test_one_answer_keeps_the_whole_import(session: Session, jobs: tuple[int | None, int | None]) -> None:
    an_answer(session, one(session, "p1"), a_member(session, here(session)))
    with pytest.raises(Conflict, match="Items already answered or started: 1 of 2"):
        undo(session, jobs[1])
    assert keys(session) == ["kept", "p1", "p2"]


def test_an_item_in_hand_or_with_a_draft_or_a_verdict_keeps_it(
    session: Session, jobs: tuple[int | None, int | None]
) -> None:
    held = an_assignment(session, one(session, "p1"), a_member(session, here(session)))
    assert import_undo.look(session, SYSTEM, "here", jobs[1] or 0).refusal is not None
    held.state, held.slot = "released", None
    session.flush()
    assert import_undo.look(session, SYSTEM, "here", jobs[1] or 0).refusal is None
    a_verdict(session, one(session, "p2"), {"preferred": "tie"})
    assert import_undo.look(session, SYSTEM, "here", jobs[1] or 0).refusal is not None


def test_an_import_is_undone_once_by_a_lead_of_its_project(
    session: Session, jobs: tuple[int | None, int | None]
) -> None:
    annotator = acting(a_member(session, here(session)))
    with pytest.raises(NotAllowed):
        import_undo.undo(session, annotator, "here", jobs[1] or 0, now=NOW)
    a_project(session, "elsewhere")
    with pytest.raises(NotFound):
        import_undo.undo(session, SYSTEM, "elsewhere", jobs[1] or 0, now=NOW)
    undo(session, jobs[1])
    with pytest.raises(Conflict, match="undone already"):
        undo(session, jobs[1])


def test_labels_and_gold_are_not_undone(session: Session, jobs: tuple[int | None, int | None], jsonl: Rows) -> None:
    labels = take(session, jsonl({"item": "p1", "annotator": "Ana", "answer": {"preferred": "a"}}), "labels")
    with pytest.raises(Conflict, match="answers are never deleted"):
        undo(session, labels.job)
    gold = take(session, jsonl({"item": "p1", "answer": {"preferred": "a"}, "use": "reference"}), "gold")
    with pytest.raises(Conflict, match="Import the right ones"):
        undo(session, gold.job)


def test_a_file_checked_before_an_import_was_undone_is_checked_again(
    session: Session, jobs: tuple[int | None, int | None], jsonl: Rows
) -> None:
    path = jsonl(pair("p1", "One", batch="old"), pair("p9", "Nine"))
    with importing.check(session, SYSTEM, "here", "items", path, rng=Random(1)) as checked:
        undo(session, jobs[1])
        with pytest.raises(Conflict, match="has changed while the file was checked"):
            importing.take(session, SYSTEM, checked, now=NOW)


def test_people_get_what_is_left(session: Session, jobs: tuple[int | None, int | None]) -> None:
    person = acting(a_member(session, here(session)))
    undo(session, jobs[1])
    assert claim(session, person, here(session)).assignment
    assert {lane.batch_id for lane in session.scalars(select(Lane))} <= {b.id for b in session.scalars(select(Batch))}
