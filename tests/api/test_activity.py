"""POST /api/activity as the desk uses it."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine
from starlette.testclient import TestClient

from api import app
from core.services import sessions
from core.store.engine import transaction
from tests import factories
from tests.clock import right_now

pytestmark = pytest.mark.dates


@pytest.fixture
def client(sqlite_store: Engine) -> TestClient:
    return TestClient(app.create(), raise_server_exceptions=False)


@pytest.fixture
def token(sqlite_store: Engine) -> str:
    with transaction() as session:
        actor = factories.an_actor(session, "Jia Hui")
        return sessions.create_token(session, actor, now=right_now(), label="test")


def beat(seq: int, ago_s: float, **fields: Any) -> dict[str, Any]:
    at = right_now() - timedelta(seconds=ago_s)
    return {"seq": seq, "at": at.isoformat(), "active_ms": 10_000, "idle_ms": 5000, "hidden_ms": 0, **fields}


def post(client: TestClient, token: str, body: Any, **headers: str) -> Any:
    return client.post("/activity", json=body, headers={"Authorization": f"Bearer {token}", **headers})


def test_beats_are_acknowledged_and_the_clock_replied(client: TestClient, token: str) -> None:
    body = {"desk": "d", "beats": [beat(1, 15), beat(2, 0, assignment=None, category="work")]}
    first, again = post(client, token, body), post(client, token, body)
    assert first.status_code == 200
    assert first.json() == {"acknowledged": 2, "clock": {"state": "counting", "why": None, "today_s": 20}}
    assert again.json() == first.json()


@pytest.mark.parametrize(
    "wrong",
    [
        {"active_ms": -1},
        {"active_ms": "long"},
        {"at": "yesterday"},
        {"at": "2026-01-01T00:00:00"},
        {"seq": 0},
        {"category": "lunch"},
        {"more": 1},
    ],
    ids=str,
)
def test_what_no_desk_measures_is_refused_with_its_place(client: TestClient, token: str, wrong: dict[str, Any]) -> None:
    reply = post(client, token, {"desk": "d", "beats": [beat(1, 0) | wrong]})
    assert reply.status_code == 400
    assert next(iter(wrong)) in reply.json()["where"]


def test_no_beats_is_no_report(client: TestClient, token: str) -> None:
    assert post(client, token, {"desk": "d", "beats": []}).status_code == 400


def test_another_persons_desk_is_told_so(client: TestClient, token: str) -> None:
    reply = post(client, token, {"desk": "d", "beats": [beat(1, 0)]}, **{"X-Touchstone-Actor": "999999"})
    assert (reply.status_code, reply.json()["error"]) == (409, "other_user")


def test_nobody_is_measured_without_signing_in(client: TestClient) -> None:
    reply = client.post("/activity", json={"desk": "d", "beats": [beat(1, 0)]}, headers={"X-Touchstone": "1"})
    assert reply.status_code in (401, 403)
