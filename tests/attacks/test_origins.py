"""A page of another site, or of another port of this machine, gets nothing out of a websocket or a route of Streamlit's."""

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect
from websockets.typing import Origin

from tests.e2e.conftest import Server, sign_in

pytestmark = pytest.mark.browser
FOREIGN = (
    "http://localhost", "http://localhost:9", "http://127.0.0.1", "http://127.0.0.1:9", "http://0.0.0.0:9", "null", "",
    "https://{host}", "ws://{host}", "http://{host}.evil.example", "http://evil.example/{host}", "http://evil@{host}",
    "http://{host}/", "http://{host}#", "http://{host}@evil.example", "https://evil.example",
)  # fmt: skip
READS = """async url => {
  const socket = new WebSocket(url, ["streamlit"]);
  return await new Promise(resolve => {
    socket.onopen = () => resolve("open");
    socket.onclose = () => resolve("refused");
  });
}"""


@contextmanager
def _another_site() -> Iterator[str]:
    with HTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler) as site:
        Thread(target=site.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{site.server_port}/"
        site.shutdown()


def _stream(server: Server) -> str:
    return server.url.replace("http", "ws", 1) + "/_stcore/stream"


@pytest.mark.parametrize("foreign", FOREIGN)
def test_a_websocket_of_another_origin_is_refused(server: Server, foreign: str) -> None:
    origin = foreign.format(host=server.url.removeprefix("http://"))
    with pytest.raises(InvalidStatus) as refused, connect(_stream(server), additional_headers={"Origin": origin}):
        pass
    assert refused.value.response.status_code == 403


def test_two_origins_are_none(server: Server) -> None:
    twice: Any = [("Origin", server.url), ("Origin", "https://evil.example")]
    with pytest.raises(InvalidStatus), connect(_stream(server), additional_headers=twice):
        pass


def test_our_own_page_and_programs_get_a_websocket(server: Server) -> None:
    for origin in (server.url, None):
        with connect(_stream(server), origin=Origin(origin) if origin else None) as socket:
            assert socket.response
            assert socket.response.status_code == 101


def test_a_page_on_another_port_of_this_machine_reads_nothing(browser: Browser, server: Server) -> None:
    """In a real browser, which sends the cookie along: for a cookie all ports of a host are one."""
    context = browser.new_context(base_url=server.url, locale="en-SG")
    page = context.new_page()
    sign_in(page, "Mei Ling")
    with _another_site() as address:
        page.goto(address)
        assert page.evaluate(READS, _stream(server)) == "refused"
    page.goto("/healthz")
    assert page.evaluate(READS, _stream(server)) == "open"
    context.close()


def test_streamlits_own_routes_share_nothing_with_other_origins(server: Server) -> None:
    for path in ("/_stcore/health", "/_stcore/host-config", "/media/x", "/component/x/y", "/_stcore/upload_file/x/y"):
        told = httpx.get(server.url + path, headers={"Origin": "http://localhost:9"})
        assert told.status_code == 403, path
        assert "access-control-allow-origin" not in told.headers, path
    assert httpx.get(f"{server.url}/_stcore/health", headers={"Origin": server.url}).status_code == 200


def test_a_name_of_somebody_elses_that_leads_here_shows_nothing(server: Server) -> None:
    """As after DNS rebinding: the page of evil.example would then be of the same origin as ours."""
    port = server.url.rpartition(":")[2]
    for path in ("/", "/label", "/healthz", "/_stcore/health", "/api/session"):
        assert httpx.get(server.url + path, headers={"Host": f"evil.example:{port}"}).status_code == 400, path
    evil = {"Host": f"evil.example:{port}", "Origin": f"http://evil.example:{port}"}
    with pytest.raises(InvalidStatus), connect(_stream(server), additional_headers=evil):
        pass
    page = httpx.get(server.url, headers={"Host": "evil.example", "Accept-Language": "zh"})
    assert f"http://localhost:{port}" in page.text
    assert httpx.get(f"http://localhost:{port}/healthz").status_code == 200
