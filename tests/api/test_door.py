"""What the door lets in, behind the proxies that people have."""

import socket
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from api.door import Door


async def _heard(request: Request) -> JSONResponse:
    return JSONResponse({"headers": dict(request.headers), "cookies": request.cookies})


@pytest.fixture
def client() -> Iterator[TestClient]:
    """What is behind the door says what it heard; the socket's own address is `testserver`."""
    app = Starlette(routes=[Route("/{path:path}", _heard, methods=["GET", "POST"])], middleware=[Middleware(Door)])
    with TestClient(app) as client:
        yield client


@pytest.mark.parametrize(
    ("public", "host", "origin", "status"),
    [
        ("", "localhost:9000", "http://localhost:9000", 200),
        ("", "localhost:9000", "http://localhost", 403),
        ("", "testserver", "http://testserver", 200),
        ("", "testserver", "http://TESTSERVER:80", 200),
        ("", "testserver", "https://testserver", 403),
        ("", "testserver:8501", "http://testserver", 403),
        ("https://label.example", "label.example", "https://label.example", 200),
        ("https://label.example:443/", "testserver", "https://label.example", 200),
        ("https://label.example", "label.example", "https://label.example:8443", 403),
        ("https://label.example", "testserver", "https://label.example.evil.example", 403),
    ],
)
def test_the_origin_is_the_requests_own_or_that_of_touchstone_url(
    client: TestClient, monkeypatch: pytest.MonkeyPatch, public: str, host: str, origin: str, status: int
) -> None:
    monkeypatch.setenv("TOUCHSTONE_URL", public)
    told = client.get("/_stcore/health", headers={"Host": host, "Origin": origin})
    assert told.status_code == status
    if status == 200:
        assert "origin" not in told.json()["headers"]


def test_a_refused_page_says_so_in_the_readers_language(client: TestClient) -> None:
    foreign: dict[str, Any] = {"Origin": "https://evil.example", "Accept-Language": "zh-CN"}
    told = client.get("/label", headers=foreign)
    assert told.headers["content-type"].startswith("text/html")
    assert '<html lang="zh' in told.text


@pytest.mark.parametrize(
    ("public", "host", "known"),
    [
        ("", "testserver", True),
        ("", "testserver:8501", True),
        ("", "localhost", True),
        ("", "LOCALHOST.:9000", True),
        ("", "127.0.0.1:8501", True),
        ("", "[::1]:8501", True),
        ("", socket.gethostname(), True),
        ("", f"{socket.gethostname().partition('.')[0]}.local:8501", True),
        ("", "label.example", False),
        ("", "localhost.evil.example", False),
        ("", "127.0.0.1@evil.example", False),
        ("", "evil.example:localhost", False),
        ("", "203.0.113.7:8501", False),
        ("", "", False),
        ("https://label.example/", "label.example", True),
        ("https://label.example", "LABEL.example:443", True),
        ("https://label.example", "localhost:8501", True),
        ("https://label.example", "evil.label.example", False),
    ],
)
def test_the_host_is_that_of_touchstone_url_or_an_address_served(
    client: TestClient, monkeypatch: pytest.MonkeyPatch, public: str, host: str, known: bool
) -> None:
    monkeypatch.setenv("TOUCHSTONE_URL", public)
    for path in ("/label", "/api/session", "/_stcore/health"):
        assert client.get(path, headers={"Host": host}).status_code == (200 if known else 400)


def test_an_unknown_host_is_told_where_the_workspace_is(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOUCHSTONE_URL", "https://label.example")
    told = client.get("/", headers={"Host": "<b>evil.example"})
    assert "https://label.example" in told.text
    assert "<b>" not in told.text
    assert client.get("/api/session", headers={"Host": "evil.example"}).json()["error"] == "unknown_host"


@pytest.mark.parametrize(
    ("sent", "heard"),
    [
        ("touchstone=abc", {"touchstone": "abc"}),
        ("other=1; touchstone=abc; _streamlit_xsrf=2|ab|cd|17", {"touchstone": "abc", "_streamlit_xsrf": "2|ab|cd|17"}),
        ("__Host-touchstone=a-b_c", {"__Host-touchstone": "a-b_c"}),
        ('touchstone="' + "\\" * 16_000 + '"', {}),
        ('touchstone="\\141bc"', {}),
        ('other="' + "\\" * 16_000 + '"; touchstone=abc', {"touchstone": "abc"}),
        ("touchstone=" + "a" * 4097, {}),
        ("touchstone", {}),
        (";" * 16_000, {}),
    ],
)
def test_behind_the_door_there_are_our_cookies_alone(client: TestClient, sent: str, heard: dict[str, str]) -> None:
    assert client.get("/x", headers={"Cookie": sent}).json()["cookies"] == heard


@pytest.mark.parametrize("path", ["/label", "/api/session", "/_stcore/health"])
def test_an_address_and_headers_beyond_measure_are_refused(client: TestClient, path: str) -> None:
    assert client.get(path, headers={"X-A": "a" * 24_000}).status_code == 200
    for sent in ({"X-A": "a" * 33_000}, {"Cookie": "a" * 33_000}, {f"X-{n}": "a" * 100 for n in range(400)}):
        assert client.get(path, headers=sent).status_code == 413
    assert client.get(path, params={"q": "a" * 33_000}).status_code == 413


def test_the_api_refuses_in_its_own_shape(client: TestClient) -> None:
    told = client.get("/api/work/pairs/next", headers={"X-A": "a" * 33_000}).json()
    assert (told["error"], set(told)) == ("too_large", {"error", "message"})
