"""Bodies that no desk sends: none is held in memory, none ends in a failure, and every refusal has the contract's shape."""

import socket
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import httpx
import pytest
from sqlmodel import Session

from core.permissions import SYSTEM, Actor
from core.services import people, sessions
from core.store.engine import transaction
from tests.clock import right_now
from tests.e2e.conftest import Server

pytestmark = pytest.mark.browser
HUGE = 100_000_000
ALLOWED = 30_000_000
"""Of growth of the process, whatever is sent."""
HALF = rb'"\ud800"'
DEEP = b'{"a":' * 300 + b"1" + b"}" * 300
DEEPEST = b"[" * 100_000 + b"]" * 100_000
VALUES = (
    HALF, b'"\\u0000"', b'"\xff"', b"NaN", b"Infinity", b"1e400", b"1" * 5000, b"9" * 25, b"null", b"true", b"[]", b"{}", b'""',
    DEEP, DEEPEST, b"[" * 100_000,
)  # fmt: skip
INSTANTS = (
    "0001-01-01T00:00:00Z", "0001-01-01T00:00:00+14:00", "0001-01-01T00:00:00.000001+00:01", "9999-12-31T23:59:59Z",
    "9999-12-31T23:59:59-14:00", "1970-01-01T00:00:00Z",
)  # fmt: skip


@pytest.fixture(scope="module")
def client(server: Server) -> Iterator[httpx.Client]:
    """An annotator's program, with an item in hand."""
    with transaction(server.engine) as session:
        token = sessions.create_token(session, _actor(session, "Wei"), now=right_now())
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    with httpx.Client(base_url=f"{server.url}/api", headers=headers) as client:
        yield client


@pytest.fixture(scope="module")
def held(client: httpx.Client) -> int:
    return int(client.get("/work/pairs/next").json()["assignment"])


def _actor(session: Session, name: str) -> Actor:
    person = people.get(session, SYSTEM, name)
    return Actor(person.id, person.name, person.role)


def _refused(told: httpx.Response) -> bool:
    """Whether it was refused as the contract says; false where it was taken."""
    if told.status_code < 300:
        return False
    said = told.json()
    assert told.status_code in (400, 401, 403, 404, 409, 413, 422), said
    assert {"error", "message"} <= set(said) <= {"error", "message", "where", "problems"}
    return True


@pytest.mark.parametrize("value", VALUES, ids=lambda value: str(value[:12]))
def test_every_malformed_body_gets_the_contracts_error(client: httpx.Client, held: int, value: bytes) -> None:
    ours = {"X-Touchstone": "1", "Origin": str(client.base_url).removesuffix("/api/")}
    for body in (b'{"ticket":%s}', b'{"ticket":"x","more":%s}', b"%s"):
        assert _refused(client.post("/session", content=body % value, headers=ours))
    for field in (b"desk", b"beats"):
        body = {b"desk": b'"d"', b"beats": b"[]"} | {field: value}
        assert _refused(client.post("/activity", content=_object(body)))
    for field in (b"seq", b"at", b"active_ms", b"hidden_ms", b"assignment", b"category"):
        beat = {b"seq": b"1", b"at": b'"2026-01-01T00:00:00Z"', b"active_ms": b"1"} | {field: value}
        _refused(client.post("/activity", content=b'{"desk":"%s","beats":[%s]}' % (field, _object(beat))))
    for body in (b"%s", b'{"preferred":%s}', b'{"by":{"x":%s}}'):
        _refused(client.put(f"/work/assignments/{held}/draft", content=b'{"rev":0,"answer":%s}' % (body % value)))
        sent = b'{"key":"0123456789","rev":0,"outcome":"submitted","answer":%s}' % (body % value)
        assert _refused(client.post(f"/work/assignments/{held}/submit", content=sent))
    _refused(client.put(f"/work/assignments/{held}/draft", content=b'{"rev":0,"extras":{"rationale":%s}}' % value))


@pytest.mark.parametrize("name", [HALF, b'"\xff"', b'"\\u0000"'])
def test_a_field_of_a_hostile_name_is_refused(client: httpx.Client, held: int, name: bytes) -> None:
    for path in ("/session", "/activity"):
        told = client.post(path, content=b'{"ticket":"x",%s:1}' % name, headers={"X-Touchstone": "1"})
        assert _refused(told)
    _refused(client.put(f"/work/assignments/{held}/draft", content=b'{"rev":0,"answer":{%s:1}}' % name))


@pytest.mark.parametrize("at", INSTANTS)
@pytest.mark.parametrize("active_ms", [0, 1, 86_400_000])
def test_a_beat_of_any_instant_is_counted_or_refused(client: httpx.Client, at: str, active_ms: int) -> None:
    beat = {"seq": 1, "at": at, "active_ms": active_ms}
    _refused(client.post("/activity", json={"desk": f"{at} {active_ms}", "beats": [beat]}))
    later = {"seq": 2, "at": "2026-01-01T00:00:00Z", "active_ms": 1}
    _refused(client.post("/activity", json={"desk": f"{at} {active_ms} and", "beats": [beat, later]}))


@pytest.mark.parametrize(
    "path", ["/work/%00/next", "/exports/x/%00", "/exports/x/..%2f..%2fetc", "/work/%5c%5chost/next", "/work/%ED%A0%80/next"]
)  # fmt: skip
def test_a_hostile_address_is_refused_in_the_same_shape(client: httpx.Client, path: str) -> None:
    assert _refused(client.get(path))


@pytest.mark.parametrize(
    "path", ["/api/session", "/api/activity", "/api/work/desk", "/api/nothing", "/", "/_stcore/health"]
)
@pytest.mark.parametrize("chunked", [False, True])
def test_a_body_of_a_stranger_takes_no_memory(server: Server, path: str, chunked: bool) -> None:
    before = _peak(server)
    assert 400 <= _pour(server, path, chunked=chunked) < 500
    assert _peak(server) - before < ALLOWED


@pytest.mark.parametrize("head", [b"X-A: ", b"Cookie: ", b""])
def test_headers_without_end_take_no_memory(server: Server, head: bytes) -> None:
    before = _peak(server)
    address = server.url.removeprefix("http://").split(":")
    piece = b"x" * 1_000_000 if head else b"".join(b"X-%d: %s\r\n" % (n, b"x" * 1000) for n in range(1000))
    with socket.create_connection((address[0], int(address[1])), timeout=60) as caller:
        with suppress(OSError):  # cut off in the middle
            caller.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n" + head)
            for _ in range(64):
                caller.sendall(piece)
    assert _peak(server) - before < ALLOWED
    assert httpx.get(f"{server.url}/healthz").status_code == 200


def test_a_large_draft_of_somebody_signed_in_is_taken(client: httpx.Client, held: int) -> None:
    told = client.put(
        f"/work/assignments/{held}/draft", json={"rev": 1, "answer": {}, "extras": {"rationale": "y" * 9000}}
    )
    assert told.status_code in (200, 409, 422)
    told = client.put(
        f"/work/assignments/{held}/draft", json={"rev": 1, "answer": {}, "extras": {"rationale": "y" * 4_000_001}}
    )
    assert (told.status_code, told.json()["error"]) == (413, "too_large")


def _object(fields: dict[bytes, bytes]) -> bytes:
    return b"{" + b",".join(b'"%s":%s' % field for field in fields.items()) + b"}"


def _peak(server: Server) -> int:
    """The most memory that the process ever held, in bytes."""
    assert server.process
    status = Path(f"/proc/{server.process.pid}/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) * 1024


def _pour(server: Server, path: str, *, chunked: bool) -> int:
    """Send a huge body whatever the server says to it; the status of its reply."""
    host, port = server.url.removeprefix("http://").split(":")
    length = "Transfer-Encoding: chunked" if chunked else f"Content-Length: {HUGE}"
    head = (
        f"POST {path} HTTP/1.1\r\nHost: {host}:{port}\r\nX-Touchstone: 1\r\nOrigin: {server.url}\r\n"
        f"Content-Type: application/json\r\n{length}\r\n\r\n"
    )
    piece = b'"' + b"x" * 999_998 + b" "
    with socket.create_connection((host, int(port)), timeout=60) as caller:
        caller.sendall(head.encode())
        for _ in range(HUGE // len(piece)):
            caller.sendall(b"%x\r\n%s\r\n" % (len(piece), piece) if chunked else piece)
        if chunked:
            caller.sendall(b"0\r\n\r\n")
        return int(caller.recv(100).split()[1])
