"""What overlap imported items ask for, and the audit track drawn among them."""

from pathlib import Path
from random import Random

import orjson
import pytest
from sqlalchemy import select
from sqlmodel import Session

from core.errors import Conflict
from core.permissions import SYSTEM
from core.services import importing
from core.services.stopping import asking
from core.store import work
from core.store.tables import Project
from tests.clock import NOW
from tests.factories import a_project

SETTINGS = {"labels": [{"id": "cat", "name": "Cat"}, {"id": "dog", "name": "Dog"}]}
ADAPTIVE = {"stopping": {"start": 2, "most": 5, "audit_share": 0.2}}


def load(session: Session, project: Project, tmp_path: Path, rows: list[dict[str, object]]) -> list[tuple[int, bool]]:
    """Overlap and audit of each item, as the file has them."""
    file = tmp_path / "items.jsonl"
    file.write_bytes(b"\n".join(orjson.dumps(row) for row in rows))
    importing.import_file(session, SYSTEM, project.slug, "items", file, now=NOW, rng=Random(1))
    query = select(work.item.c.overlap, work.item.c.audit).order_by(work.item.c.id)
    return [(row.overlap, row.audit) for row in session.connection().execute(query)]


def texts(n: int) -> list[dict[str, object]]:
    return [{"text": f"Text {at}"} for at in range(n)]


def test_adaptive_items_start_low_and_a_random_share_gets_everything(session: Session, tmp_path: Path) -> None:
    project = a_project(session, task="classification", settings=SETTINGS, policy=ADAPTIVE)
    found = load(session, project, tmp_path, texts(400))
    assert {(2, False), (5, True)} == set(found)
    assert 55 <= sum(audit for _, audit in found) <= 105


def test_without_the_policy_nothing_is_drawn(session: Session, tmp_path: Path) -> None:
    project = a_project(session, task="classification", settings=SETTINGS, overlap=3)
    assert set(load(session, project, tmp_path, texts(50))) == {(3, False)}


def test_a_row_of_its_own_mind_starts_where_it_says(session: Session, tmp_path: Path) -> None:
    project = a_project(session, task="classification", settings=SETTINGS, policy=ADAPTIVE)
    found = load(session, project, tmp_path, [{**row, "overlap": 7} for row in texts(100)])
    assert {overlap for overlap, _ in found} == {7}


def test_hidden_checks_are_never_on_the_audit_track(session: Session, tmp_path: Path) -> None:
    policy = {"stopping": {"start": 2, "most": 5, "audit_share": 0.5}}
    project = a_project(session, task="classification", settings=SETTINGS, policy=policy)
    rows = [{**row, "gold": {"answer": {"labels": ["cat"]}, "use": "check"}} for row in texts(60)]
    assert set(load(session, project, tmp_path, rows)) == {(2, False)}


def test_a_policy_changed_while_the_file_was_checked_is_noticed(session: Session, tmp_path: Path) -> None:
    project = a_project(session, task="classification", settings=SETTINGS, policy=ADAPTIVE)
    file = tmp_path / "items.jsonl"
    file.write_bytes(b"\n".join(orjson.dumps(row) for row in texts(3)))
    with importing.check(session, SYSTEM, project.slug, "items", file, rng=Random(1)) as checked:
        asking.set_policy(session, SYSTEM, project.slug, None, now=NOW, rng=Random(1))
        with pytest.raises(Conflict):
            importing.take(session, SYSTEM, checked, now=NOW)
