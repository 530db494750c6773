"""Uploads and exports over HTTP: streamed, sealed with a digest, and only for who may."""

import hashlib
import io
import re
import zipfile
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, select
from starlette.testclient import TestClient

from api import app
from core.permissions import Actor
from core.services import exporting, sessions, uploads
from core.store.engine import reading, transaction
from core.store.tables import Project
from tests import factories
from tests.clock import right_now

HEADERS = {"X-Touchstone": "1", "Origin": "http://testserver"}


@pytest.fixture
def client(sqlite_store: Engine) -> TestClient:
    with transaction() as session:
        project = factories.a_project(session, "here", items=2)
        factories.an_answer(
            session, factories.an_item(session, project), factories.a_person(session), {"preferred": "tie"}
        )
    return TestClient(app.create(), raise_server_exceptions=False)


def signed_in(client: TestClient, role: str = "lead") -> Actor:
    with transaction() as session:
        actor = factories.an_actor(session, role=role)
        client.cookies.set(sessions.cookie_name(False), sessions.open_session(session, actor, now=right_now()))
    return actor


def put(client: TestClient, content: Any, name: str = "rows.jsonl", **headers: str) -> Any:
    return client.put("/uploads/here", params={"name": name}, content=content, headers={**HEADERS, **headers})


def kept(own_workspace: Path) -> list[Path]:
    return list((own_workspace / "uploads").glob("*"))


def test_an_upload_is_kept_as_it_came(client: TestClient, own_workspace: Path) -> None:
    actor = signed_in(client)
    content = b'{"id": 1}\n' * 300_000
    reply = put(client, iter([content[:1_000_000], content[1_000_000:]]), name="../../etc/rows 中文.jsonl")
    assert reply.status_code == 200, reply.text
    body = reply.json()
    assert (body["size"], body["sha256"]) == (len(content), hashlib.sha256(content).hexdigest())
    assert body["name"] == "rows 中文.jsonl"
    (path,) = kept(own_workspace)
    assert path.read_bytes() == content
    with reading() as session:
        (found,) = uploads.listed(session, actor, "here")
    assert (found.id, found.path) == (body["upload"], path)
    with transaction() as session:
        uploads.discard(session, actor, "here", found.id, now=right_now())
    assert kept(own_workspace) == []


def test_too_much_is_refused_and_leaves_nothing(
    client: TestClient, own_workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    signed_in(client)
    monkeypatch.setattr(uploads, "LIMIT", 1000)
    announced, streamed = put(client, b"x" * 2000), put(client, iter([b"x" * 600, b"x" * 600]))
    assert [announced.status_code, streamed.status_code] == [413, 413]
    assert announced.json()["error"] == "too_large"
    assert put(client, b"").status_code == 400
    assert kept(own_workspace) == []


@pytest.mark.parametrize("role", ["annotator", "reviewer", "viewer"])
def test_who_does_not_manage_the_project_uploads_and_downloads_nothing(
    role: str, client: TestClient, own_workspace: Path
) -> None:
    signed_in(client, role)
    assert put(client, b"{}").status_code == 404
    assert kept(own_workspace) == []


def test_uploads_need_a_session_and_our_own_origin(client: TestClient) -> None:
    assert put(client, b"{}").status_code == 401
    signed_in(client)
    assert put(client, b"{}", Origin="https://evil.example").status_code == 403
    assert client.put("/uploads/here", params={"name": "x"}, content=b"{}").status_code == 403


def test_a_token_uploads_too(client: TestClient) -> None:
    with transaction() as session:
        actor = factories.an_actor(session, role="lead")
        token = sessions.create_token(session, actor, now=right_now(), label="test")
    reply = client.put(
        "/uploads/here", params={"name": "x.csv"}, content=b"a,b\n", headers={"Authorization": f"Bearer {token}"}
    )
    assert reply.status_code == 200


@pytest.fixture
def made(client: TestClient) -> str:
    actor = signed_in(client)
    out = exporting.new_path()
    with transaction() as session:
        report = exporting.export(session, actor, "here", "answers-jsonl", out, now=right_now())
        return exporting.keep(session, actor, "here", report, out, now=right_now())


def test_an_export_downloads_by_a_plain_link(client: TestClient, made: str) -> None:
    reply = client.get(f"/exports/{made}/answers.jsonl")
    assert reply.status_code == 200
    saved_as = r'attachment; filename="here-answers-jsonl-\d{4}-\d\d-\d\d-answers\.jsonl"'
    assert re.fullmatch(saved_as, reply.headers["content-disposition"])
    assert reply.json()["answer"] == {"preferred": "tie"}
    whole = client.get(f"/exports/{made}/all.zip")
    assert set(zipfile.ZipFile(io.BytesIO(whole.content)).namelist()) == {
        "README.md",
        "report.json",
        "answers.jsonl",
        "answers.parquet",
    }


@pytest.mark.parametrize("path", ["../../touchstone.db", "nothing.txt", "%2e%2e/%2e%2e/touchstone.db", ""])
def test_only_the_exports_own_files_are_given(path: str, client: TestClient, made: str) -> None:
    assert client.get(f"/exports/{made}/{path}").status_code == 404


def test_an_export_is_for_signed_in_leads_only(client: TestClient, made: str) -> None:
    assert client.get(f"/exports/{made}/answers.jsonl", headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
    signed_in(client, "annotator")
    assert client.get(f"/exports/{made}/answers.jsonl").status_code == 403
    client.cookies.clear()
    assert client.get(f"/exports/{made}/answers.jsonl").status_code == 401


@pytest.mark.parametrize(
    ("role", "project", "in_project"),
    [
        ("viewer", None, None),
        ("reviewer", "here", "reviewer"),
        ("annotator", "here", "viewer"),
        ("annotator", "here", "annotator"),
        ("annotator", "elsewhere", "lead"),
    ],
)
def test_others_get_no_file_of_an_export(
    role: str, project: str | None, in_project: str | None, client: TestClient, made: str
) -> None:
    with transaction() as session:
        person = factories.a_person(session, role=role)
        if project and in_project:
            places = {"here": exported(session), "elsewhere": factories.a_project(session, "elsewhere")}
            factories.a_member(session, places[project], person, role=in_project)
        token = sessions.open_session(session, factories.acting(person), now=right_now())
    client.cookies.set(sessions.cookie_name(False), token)
    for name in ("answers.jsonl", "README.md", "report.json", "all.zip"):
        reply = client.get(f"/exports/{made}/{name}")
        assert (reply.status_code, reply.json()["error"]) == (403, "not_allowed")


def exported(session: Session) -> Project:
    return session.exec(select(Project).where(Project.slug == "here")).one()


@pytest.mark.parametrize("linked", [True, False])
def test_a_file_that_was_changed_on_the_server_is_not_sent(
    linked: bool, client: TestClient, made: str, own_workspace: Path
) -> None:
    (folder,) = (own_workspace / "exports").iterdir()
    secret = own_workspace / "secret"
    secret.write_text("nobody's business")
    (folder / "answers.jsonl").unlink()
    if linked:
        (folder / "answers.jsonl").symlink_to(secret)
    else:
        (folder / "answers.jsonl").write_bytes(secret.read_bytes())
    for name in ("answers.jsonl", "all.zip"):
        reply = client.get(f"/exports/{made}/{name}")
        assert reply.status_code == 409
        assert "is not what was exported" in reply.json()["message"]
        assert "business" not in reply.text
