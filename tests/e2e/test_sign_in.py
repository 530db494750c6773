"""Signing in as people and as intruders do it: a cold server, deep links, other sites, old cookies."""

import re
from importlib import import_module
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect
from sqlmodel import Session
from websockets.sync.client import connect
from websockets.typing import Subprotocol

from api.app import ROUTERS
from core.permissions import SYSTEM, Actor
from core.services import people, sessions
from core.store.engine import transaction
from tests.clock import right_now
from tests.e2e.axe import faults
from tests.e2e.conftest import PASSWORD, Server, open_by_menu, running, sign_in
from tests.streamlit_session import session_of
from ui.navigation import entries

pytestmark = pytest.mark.browser
SIGNING = {("POST", "/api/session"), ("DELETE", "/api/session")}
"""In and out: for everybody."""
BEATS = b'{"desk": "d", "beats": [{"seq": 1, "at": "2026-01-01T00:00:00Z", "active_ms": 1}]}'
COOKIE = sessions.cookie_name(False)


def test_a_first_visitor_of_a_cold_server_sees_sign_in_at_every_address(
    browser: Browser, tmp_path: Path, fresh_database: Path
) -> None:
    with running(tmp_path / "cold", fresh_database) as server:
        page = browser.new_page(base_url=server.url, locale="en-SG")
        for path in [entry.path for entry in entries()]:
            page.goto(f"/{path}?project=pairs")
            expect(page.get_by_role("heading", name="Sign in")).to_be_visible(timeout=20_000)
            assert page.get_by_test_id("stSidebar").count() == 0
            assert page.url.endswith(f"/{path}?project=pairs")
        page.close()


def test_routes_of_a_cold_server_give_nothing_to_the_anonymous(tmp_path: Path, fresh_database: Path) -> None:
    with running(tmp_path / "cold", fresh_database) as server, httpx.Client(base_url=server.url) as client:
        for path in ("/media/abc.png", "/_stcore/metrics", "/_stcore/upload_file/x/y", "/app/static/x"):
            assert client.get(path).status_code == 401, path
        for method, path in _api_routes():
            headers = {"X-Touchstone": "1", "Origin": server.url}
            told = client.request(method, path, content=BEATS, headers={**headers, "Content-Type": "application/json"})
            assert (told.status_code, set(told.json())) == (401, {"error", "message"}), (method, path)
            assert client.request(method, path, content=BEATS).status_code in (400, 401, 403), (method, path)
        assert client.get("/api/nothing").json()["error"] == "not_found"
        assert client.get("/healthz").json() == {"status": "up"}
        assert client.get("/readyz").json() == {"status": "ready"}


def _api_routes() -> list[tuple[str, str]]:
    """Every route of the API that is for people signed in, with something in place of its parameters."""
    routes = [route for router in ROUTERS for route in import_module(f"api.{router}").router.routes]
    found = [(method, f"/api{re.sub('{.*?}', '1', route.path)}?name=x") for route in routes for method in route.methods]
    assert len(found) > 14
    return [(method, path) for method, path in found if (method, path[:12]) not in SIGNING]


def test_the_set_up_link_makes_the_first_admin_once(browser: Browser, tmp_path: Path, fresh_database: Path) -> None:
    with running(tmp_path / "fresh", fresh_database, seeded=False) as server:
        link = re.search(r"http://localhost:\d+(/setup\S+)", server.log.read_text())
        assert link
        page = browser.new_page(base_url=server.url, locale="en-SG")
        page.goto(link[1])
        page.get_by_label("Name", exact=True).fill("Ada")
        page.get_by_label("Password", exact=True).fill(PASSWORD)
        page.get_by_label("Repeat password").fill(PASSWORD)
        page.get_by_role("button", name="Create the admin").click()
        expect(page.get_by_text("Your workspace is ready")).to_be_visible(timeout=20_000)
        assert faults(page) == []
        page.goto(link[1])
        expect(page.get_by_text("has been used or has expired")).to_be_visible(timeout=20_000)
        page.close()


def test_a_deep_link_survives_sign_in(page: Page) -> None:
    sign_in(page, "Ada", path="/people?show=all")
    expect(page.get_by_role("heading", name="People")).to_be_visible()
    assert page.url.endswith("/people?show=all")


def test_the_session_cookie_is_out_of_reach_of_scripts(page: Page) -> None:
    sign_in(page, "Ada")
    cookie = next(cookie for cookie in page.context.cookies() if cookie["name"] == COOKIE)
    assert cookie["httpOnly"]
    assert cookie["sameSite"] == "Lax"
    assert COOKIE not in page.evaluate("document.cookie")


def test_a_wrong_password_is_refused_in_words(page: Page) -> None:
    page.goto("/")
    page.get_by_label("Name", exact=True).fill("Wei")
    page.get_by_label("Password", exact=True).fill("not the password")
    page.get_by_test_id("stFormSubmitButton").get_by_role("button").click()
    expect(page.get_by_text("Incorrect name or password.")).to_be_visible(timeout=20_000)
    assert not [cookie for cookie in page.context.cookies() if cookie["name"] == COOKIE]


def test_a_cookie_is_worth_nothing_after_sign_out(page: Page, server: Server) -> None:
    sign_in(page, "Ada")
    old = next(cookie["value"] for cookie in page.context.cookies() if cookie["name"] == COOKIE)
    page.get_by_test_id("stSidebar").get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible(timeout=20_000)
    replay = httpx.get(f"{server.url}/api/session", headers={"X-Touchstone": "1"}, cookies={COOKIE: old})
    assert replay.status_code == 401


def test_revoked_sessions_end_at_the_next_step(page: Page, server: Server) -> None:
    sign_in(page, "Ada")
    with transaction(server.engine) as session:
        ada = people.get(session, SYSTEM, "Ada")
        sessions.end_all(session, ada.id, now=ada.created_at)
    page.get_by_test_id("stSidebar").get_by_role("link", name="Account").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible(timeout=20_000)


def test_another_site_cannot_use_the_cookie(page: Page, server: Server) -> None:
    sign_in(page, "Ada")
    cookies = {COOKIE: next(cookie["value"] for cookie in page.context.cookies() if cookie["name"] == COOKIE)}
    headers = {"X-Touchstone": "1", "Origin": "https://elsewhere.example"}
    reply = httpx.delete(f"{server.url}/api/session", headers=headers, cookies=cookies)
    assert reply.status_code == 403
    assert httpx.get(f"{server.url}/api/session", cookies=cookies).status_code == 403


def test_a_stranger_with_my_session_id_does_not_get_my_session(server: Server) -> None:
    """Streamlit resumes a session for whoever names its id; the person bound to it must be the same."""
    with transaction(server.engine) as session:
        cookie = sessions.open_session(session, _actor(session, "Ada"), now=right_now())
    mine = {"Cookie": f"{COOKIE}={cookie}"}
    known = _session_opened(server, headers=mine)
    assert _session_opened(server, known, headers={}) != known
    assert _session_opened(server, known, headers={"X-Touchstone-User": "1"}) != known
    assert _session_opened(server, known, headers=mine) == known


def _actor(session: Session, name: str) -> Actor:
    person = people.get(session, SYSTEM, name)
    return Actor(person.id, person.name, person.role)


def _session_opened(server: Server, resume: str = "", *, headers: dict[str, str]) -> str:
    """The id of the session that a websocket gets, asking for an old one or for none."""
    url = server.url.replace("http", "ws", 1) + "/_stcore/stream"
    offered = [Subprotocol(name) for name in ("streamlit", "token", resume) if name]
    with connect(url, subprotocols=offered, additional_headers=headers) as socket:
        return session_of(socket)


def test_nothing_on_the_way_breaks_the_content_security_policy(page: Page) -> None:
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    sign_in(page, "Ada")
    open_by_menu(page, "account")
    assert not [text for text in said if "Content Security Policy" in text]


def test_sign_in_speaks_the_language_of_the_browser(browser: Browser, server: Server) -> None:
    page = browser.new_page(base_url=server.url, locale="zh-CN")
    page.goto("/")
    expect(page.get_by_role("heading", name="登录")).to_be_visible(timeout=20_000)
    expect(page.locator("html")).to_have_attribute("lang", "zh-Hans")
    page.close()


def test_the_choice_of_language_holds_for_every_page_and_visit(page: Page) -> None:
    sign_in(page, "Vik")
    open_by_menu(page, "account")
    page.get_by_test_id("stSidebar").get_by_text("简体中文").click()
    expect(page.get_by_role("heading", name="我的账号")).to_be_visible(timeout=20_000)
    page.goto("/")
    expect(page.get_by_test_id("stSidebar").get_by_text("退出登录")).to_be_visible(timeout=20_000)
    expect(page.locator("html")).to_have_attribute("lang", "zh-Hans")


def test_a_page_beyond_the_role_says_so(page: Page) -> None:
    sign_in(page, "Wei", path="/people")
    expect(page.get_by_text("This page is not open to your role")).to_be_visible(timeout=20_000)


def test_an_invited_person_chooses_a_password_and_is_in(page: Page, server: Server) -> None:
    with transaction(server.engine) as session:
        secret = people.invite(session, SYSTEM, now=right_now(), project="pairs")
    page.goto(f"/invitation?token={secret}")
    page.get_by_label("Name", exact=True).fill("Xiu")
    page.get_by_label("Password", exact=True).fill("short")
    page.get_by_label("Repeat password").fill("short")
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_text("Use at least 10 characters")).to_be_visible(timeout=20_000)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_label("Repeat password").fill(PASSWORD)
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_role("heading", name="Welcome, Xiu")).to_be_visible(timeout=20_000)
    expect(page.get_by_role("heading", name="Next steps")).to_be_visible()
    page.get_by_test_id("stMain").get_by_role("link", name="Start").click()
    expect(page.get_by_text("New guidelines").or_(page.locator(".touchstone-desk"))).to_be_visible(timeout=20_000)
