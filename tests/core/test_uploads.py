"""Uploaded files: seen, cleared, and removed by themselves when their time is over."""

import os
from datetime import datetime, timedelta
from pathlib import Path
from random import Random

import pytest
from sqlalchemy import Engine

from core.errors import NotAllowed
from core.permissions import SYSTEM, Actor
from core.services import audit, import_undo, importing, uploads
from core.services.housekeeping import Housekeeping
from core.store.engine import reading, transaction
from tests.conftest import NOW
from tests.factories import a_member, a_project, acting, an_actor

ROW = b'{"id": "p1", "payload": {"prompt": "?", "responses": {"a": {"text": "x"}, "b": {"text": "y"}}}}\n'


@pytest.fixture
def lead(store: Engine) -> Actor:
    with transaction() as session:
        a_project(session, "here")
        return an_actor(session, role="lead")


def uploaded(lead: Actor, name: str, at: datetime = NOW) -> Path:
    with uploads.receiving(name) as file, transaction() as session:
        file.add(ROW)
        return file.keep(session, lead, "here", now=at).path


def names(lead: Actor) -> list[str]:
    with reading() as session:
        return [one.name for one in uploads.listed(session, lead, "here")]


def test_all_files_of_a_project_are_cleared_at_once(lead: Actor) -> None:
    paths = [uploaded(lead, name) for name in ("a.jsonl", "b.jsonl")]
    with transaction() as session:
        assert uploads.clear(session, lead, "here", now=NOW) == 2
    assert names(lead) == []
    assert not any(path.exists() for path in paths)
    with reading() as session:
        assert audit.verify(session).broken_at is None


def test_a_file_whose_content_is_gone_can_be_cleared_all_the_same(lead: Actor) -> None:
    uploaded(lead, "a.jsonl").unlink()
    with transaction() as session:
        (one,) = uploads.listed(session, lead, "here")
        uploads.discard(session, lead, "here", one.id, now=NOW)
    assert names(lead) == []


def test_only_a_lead_clears(lead: Actor) -> None:
    uploaded(lead, "a.jsonl")
    with transaction() as session:
        member = acting(a_member(session, a_project(session, "there")))
        with pytest.raises(NotAllowed):
            uploads.clear(session, member, "there", now=NOW)
    assert names(lead) == ["a.jsonl"]


def test_the_list_says_what_was_imported_until_it_is_undone(lead: Actor) -> None:
    path = uploaded(lead, "a.jsonl")

    def imported() -> bool:
        with reading() as session:
            return uploads.listed(session, lead, "here")[0].imported

    assert not imported()
    with transaction() as session:
        done = importing.import_file(session, SYSTEM, "here", "items", path, now=NOW, rng=Random(1))
    assert imported()
    with transaction() as session:
        import_undo.undo(session, SYSTEM, "here", done.job or 0, now=NOW)
    assert not imported()


def test_files_go_by_themselves_after_a_week_and_stray_ones_after_a_day(lead: Actor, own_workspace: Path) -> None:
    old, young = uploaded(lead, "old.jsonl"), uploaded(lead, "young.jsonl", NOW + timedelta(days=1))
    stray, arriving = own_workspace / "uploads" / "stray", own_workspace / "uploads" / "arriving"
    later = NOW + uploads.KEPT + timedelta(minutes=1)
    for path, at in ((stray, later - timedelta(days=2)), (arriving, later)):
        path.write_text("")
        os.utime(path, (at.timestamp(), at.timestamp()))
    keeping = Housekeeping(lambda: later, own_workspace)
    assert keeping.round() == 2
    assert (old.exists(), young.exists(), stray.exists(), arriving.exists()) == (False, True, False, True)
    assert names(lead) == ["young.jsonl"]
    assert keeping.round() == 0


def test_rows_are_counted_before_anything_is_imported(lead: Actor, tmp_path: Path) -> None:
    files = {
        "a.jsonl": (ROW * 3 + b"\n  \n", 3),
        "b.csv": (b'prompt,response_a,response_b\n"one\ntwo",a,b\nx,y,z\n', 2),
    }
    for name, (content, count) in files.items():
        path = tmp_path / name
        path.write_bytes(content)
        with reading() as session:
            assert importing.row_count(session, lead, "here", "items", path) == count
