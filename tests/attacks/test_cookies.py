"""A cookie in quotes is not taken apart anywhere: what Python before 3.11.10 does with one of 16 kB stops everybody for seconds."""

import httpx
import pytest
from sqlmodel import Session
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from core.permissions import SYSTEM, Actor
from core.services import people, sessions
from core.store.engine import transaction
from tests.clock import right_now
from tests.e2e.conftest import Server

pytestmark = pytest.mark.browser
COOKIE = sessions.cookie_name(False)
BACKSLASHES = "\\" * 7_000
"""More in one line, and the websockets library itself refuses."""


@pytest.fixture(scope="module")
def token(server: Server) -> str:
    with transaction(server.engine) as session:
        return sessions.open_session(session, _actor(session, "Wei"), now=right_now())


def _actor(session: Session, name: str) -> Actor:
    person = people.get(session, SYSTEM, name)
    return Actor(person.id, person.name, person.role)


def test_nobody_unquotes_a_cookie(server: Server, token: str) -> None:
    """Spelled with escapes the same token would sign in, were it taken apart."""
    spelled = "".join(f"\\{ord(sign):03o}" for sign in token)
    for path in ("/api/session", "/media/x"):
        assert _status(server, path, f'{COOKIE}="{spelled}"') == 401, path
        assert _status(server, path, f"{COOKIE}={token}") in (200, 404), path


@pytest.mark.parametrize("name", [COOKIE, "_streamlit_xsrf", "_streamlit_session", "_streamlit_user", "x"])
def test_backslashes_beside_the_session_harm_nobody(server: Server, token: str, name: str) -> None:
    sent = f'{name}="{BACKSLASHES}"; {COOKIE}={token}'
    assert _status(server, "/api/session", sent) == 200
    assert _status(server, "/_stcore/health", sent) == 200
    address = server.url.replace("http", "ws", 1) + "/_stcore/stream"
    with connect(address, additional_headers={"Cookie": sent}) as socket:
        assert socket.response
        assert socket.response.status_code == 101


def test_headers_beyond_measure_are_refused(server: Server) -> None:
    for path in ("/", "/api/session", "/_stcore/health", "/healthz"):
        assert httpx.get(server.url + path, headers={"X-A": "a" * 60_000}).status_code == 413, path
    address = server.url.replace("http", "ws", 1) + "/_stcore/stream"
    many = {f"X-{n}": "a" * 1000 for n in range(40)}
    with pytest.raises(InvalidStatus), connect(address, additional_headers=many):
        pass


def _status(server: Server, path: str, cookie: str) -> int:
    return httpx.get(server.url + path, headers={"Cookie": cookie, "X-Touchstone": "1"}).status_code
