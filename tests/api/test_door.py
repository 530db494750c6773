"""What the door lets in, behind the proxies that people have."""

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
