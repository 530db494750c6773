"""The session over HTTP: the cookie, cross-site requests, tokens, the one shape of every error."""

from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine

from api import app as api_app, security
from core.permissions import Actor
from core.services import sessions
from core.store.engine import transaction
from tests import factories
from tests.clock import right_now

HOST = "workspace.example"
HERE = {"X-Touchstone": "1", "Origin": f"http://{HOST}"}
COOKIE = sessions.cookie_name(False)


@pytest.fixture
def client(sqlite_store: Engine) -> Iterator[TestClient]:
    with TestClient(api_app.create(), base_url=f"http://{HOST}", raise_server_exceptions=False) as client:
        yield client


@pytest.fixture
def jia(sqlite_store: Engine) -> Actor:
    with transaction() as session:
        return factories.an_actor(session, "Jia", language="zh")


def signed_in(client: TestClient, actor: Actor) -> str:
    with transaction() as session:
        ticket = sessions.issue_ticket(session, actor, now=right_now())
    reply = client.post("/session", json={"ticket": ticket}, headers=HERE)
    assert reply.status_code == 204
    return str(client.cookies[COOKIE])


def test_a_ticket_becomes_a_cookie_that_scripts_cannot_read(client: TestClient, jia: Actor) -> None:
    with transaction() as session:
        ticket = sessions.issue_ticket(session, jia, now=right_now())
    cookie = client.post("/session", json={"ticket": ticket}, headers=HERE).headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert "Secure" not in cookie


def test_under_https_the_cookie_is_secure_and_bound_to_the_host(
    client: TestClient, jia: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TOUCHSTONE_URL", f"https://{HOST}")
    with transaction() as session:
        ticket = sessions.issue_ticket(session, jia, now=right_now())
    cookie = client.post("/session", json={"ticket": ticket}, headers=HERE).headers["set-cookie"]
    assert cookie.startswith("__Host-touchstone=")
    assert "Secure" in cookie
    assert "Path=/" in cookie


def test_the_cookie_says_who_is_calling(client: TestClient, jia: Actor) -> None:
    signed_in(client, jia)
    assert client.get("/session", headers=HERE).json() == {
        "person": jia.person_id, "name": "Jia", "role": "annotator", "language": "zh"
    }  # fmt: skip


def test_sign_out_ends_the_session_and_takes_the_cookie(client: TestClient, jia: Actor) -> None:
    old = signed_in(client, jia)
    assert client.delete("/session", headers=HERE).status_code == 204
    assert COOKIE not in client.cookies
    assert client.get("/session", headers={**HERE, "Cookie": f"{COOKIE}={old}"}).status_code == 401


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": f"http://{HOST}"},
        {"X-Touchstone": "1"},
        {"X-Touchstone": "1", "Origin": "http://elsewhere.example"},
        {"X-Touchstone": "1", "Origin": f"http://{HOST}.elsewhere.example"},
        {"X-Touchstone": "1", "Origin": "null"},
    ],
)
def test_other_sites_can_change_nothing(client: TestClient, jia: Actor, headers: dict[str, str]) -> None:
    signed_in(client, jia)
    reply = client.delete("/session", headers=headers)
    assert (reply.status_code, reply.json()["error"]) == (403, "cross_site")
    assert client.get("/session", headers=HERE).status_code == 200


def test_programs_come_with_a_token_and_need_no_other_header(client: TestClient, jia: Actor) -> None:
    with transaction() as session:
        token = sessions.create_token(session, jia, now=right_now(), label="script")
    reply = client.get("/session", headers={"Authorization": f"Bearer {token}"})
    assert reply.json()["name"] == "Jia"
    with transaction() as session:
        [view] = sessions.tokens(session, jia)
        assert view.used_at
        sessions.revoke_token(session, jia, view.id, now=right_now())
    reply = client.get("/session", headers={"Authorization": f"Bearer {token}"})
    assert (reply.status_code, reply.json()["error"]) == (401, "not_signed_in")


def test_a_bad_token_is_not_made_good_by_a_cookie(client: TestClient, jia: Actor) -> None:
    signed_in(client, jia)
    assert client.get("/session", headers={**HERE, "Authorization": "Bearer nonsense"}).status_code == 401


def test_a_session_in_use_slides_on(client: TestClient, jia: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    token = signed_in(client, jia)
    later = right_now() + sessions.SESSION_IDLE / 2
    monkeypatch.setattr(security, "now", lambda: later)
    assert client.get("/session", headers=HERE).status_code == 200
    with transaction() as session:
        assert sessions.lookup(session, now=later + sessions.SESSION_IDLE * 0.9, token=token)


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", "/nothing", None, 404),
        ("PUT", "/session", None, 405),
        ("POST", "/session", b"{", 400),
        ("POST", "/session", b'{"ticket": 1}', 400),
        ("POST", "/session", b'{"ticket": "x", "more": 1}', 400),
        ("POST", "/session", b'{"ticket": "x"}', 401),
        ("GET", "/openapi.json", None, 404),
        ("GET", "/docs", None, 404),
    ],
)
def test_every_refusal_has_the_same_shape(
    client: TestClient, method: str, path: str, body: bytes | None, status: int
) -> None:
    reply = client.request(method, path, content=body, headers={**HERE, "Content-Type": "application/json"})
    said = reply.json()
    assert reply.status_code == status
    assert set(said) <= {"error", "message", "where", "problems"}
    assert said["error"]
    assert said["message"]


def test_a_failure_inside_is_told_without_its_details(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> Actor:
        raise RuntimeError("the secret of the house")

    monkeypatch.setattr(security, "actor", broken)
    reply = client.get("/session", headers=HERE)
    assert (reply.status_code, reply.json()["error"]) == (500, "internal")
    assert "secret" not in reply.text


def test_without_a_session_the_answer_is_to_sign_in_whatever_the_headers(client: TestClient) -> None:
    assert client.get("/work/pairs/next").status_code == 401
    assert client.get("/work/pairs/next", headers={"X-Touchstone": "1"}).status_code == 401
