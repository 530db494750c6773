"""Half a request does not keep its connection, and a head without end is cut off; what is whole and slow is served."""

import socket
import threading
import time
from collections.abc import Iterator

import pytest
import uvicorn

from api import patience
from api.asgi import Receive, Scope, Send

WHOLE = b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\n\r\nbody"


async def _echo(scope: Scope, receive: Receive, send: Send) -> None:
    body = b""
    while True:
        message = await receive()
        body += message.get("body", b"")
        if not message.get("more_body"):
            break
    length = str(len(body)).encode()
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", length)]})
    await send({"type": "http.response.body", "body": body})


@pytest.fixture
def port(monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    monkeypatch.setattr(patience, "HEAD_SECONDS", 0.3)
    patience.install()
    server = uvicorn.Server(uvicorn.Config(_echo, port=0, http="httptools", lifespan="off", log_level="error"))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield server.servers[0].sockets[0].getsockname()[1]
    server.should_exit = True
    thread.join()


@pytest.mark.parametrize("half", [b"", b"GET / HT", b"GET / HTTP/1.1\r\nHost: loc", WHOLE + b"GET / HT"])
def test_half_a_head_is_waited_for_and_then_cut_off(port: int, half: bytes) -> None:
    with socket.create_connection(("127.0.0.1", port), timeout=20) as caller:
        caller.sendall(half)
        while caller.recv(1000):
            pass


def test_a_whole_head_may_wait_for_its_body(port: int) -> None:
    with socket.create_connection(("127.0.0.1", port), timeout=20) as caller:
        for piece in (WHOLE[:-2], WHOLE[-2:]):
            caller.sendall(piece)
            time.sleep(0.6)
        assert caller.recv(1000).endswith(b"body")
        caller.sendall(WHOLE)
        assert caller.recv(1000).endswith(b"body")


@pytest.mark.parametrize("piece", [b"x" * 10_000, b"x\r\nX-B: "])
def test_a_head_without_end_is_refused(port: int, piece: bytes) -> None:
    with socket.create_connection(("127.0.0.1", port), timeout=20) as caller:
        caller.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\nX-A: ")
        sent = 0
        with pytest.raises(OSError, match=r"Broken pipe|reset"):
            while sent < 64_000_000:
                sent += caller.send(piece * 100)
        assert sent < 16_000_000
