"""Streamlit's own upload route keeps what it gets in memory, and no page of ours has its uploader: it is closed to everybody."""

from collections.abc import Iterator

import httpx
import pytest
from sqlmodel import Session
from websockets.sync.client import connect

from core.permissions import SYSTEM, Actor
from core.services import people, sessions
from core.store.engine import transaction
from tests.clock import right_now
from tests.e2e.conftest import Server
from tests.streamlit_session import session_of

pytestmark = pytest.mark.browser
COOKIE = sessions.cookie_name(False)


@pytest.mark.parametrize("name", ["Wei", "Mei Ling", "Ada"])
def test_streamlits_upload_route_takes_nothing_from_anybody(server: Server, name: str) -> None:
    with transaction(server.engine) as session:
        token = sessions.open_session(session, _actor(session, name), now=right_now())
    address = server.url.replace("http", "ws", 1) + "/_stcore/stream"
    with (
        httpx.Client(base_url=server.url, cookies={COOKIE: token}) as client,
        connect(address, additional_headers={"Cookie": f"{COOKIE}={token}"}) as socket,
    ):
        client.get("/_stcore/health")
        ours = {"X-Xsrftoken": client.cookies.get("_streamlit_xsrf", ""), "Origin": server.url}
        for path in (f"{session_of(socket)}/x", "x/y", "", "../upload_file/x/y"):
            told = client.put(f"/_stcore/upload_file/{path}", files={"file": b"x" * 1000}, headers=ours)
            assert (told.status_code, told.content) == (404, b""), path


def test_files_of_leads_go_to_the_disk_as_ever(server: Server) -> None:
    with transaction(server.engine) as session:
        token = sessions.create_token(session, _actor(session, "Mei Ling"), now=right_now())
    rows = b'{"id": "1", "payload": {}}\n' * 400_000

    def pieces() -> Iterator[bytes]:
        yield from (rows[at : at + 65_536] for at in range(0, len(rows), 65_536))

    for content in (rows, pieces()):
        told = httpx.put(
            f"{server.url}/api/uploads/pairs?name=items.jsonl",
            content=content,
            headers={"Authorization": f"Bearer {token}"},
        )
        assert (told.status_code, told.json()["size"]) == (200, len(rows))


def _actor(session: Session, name: str) -> Actor:
    person = people.get(session, SYSTEM, name)
    return Actor(person.id, person.name, person.role)
