"""Who is calling, and what a browser may do with our answers: identity, cross-site requests, headers."""

import base64
import hashlib
import re
from collections.abc import Callable, MutableMapping
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

import streamlit
from anyio.to_thread import run_sync
from fastapi import Request
from sqlmodel import Session
from starlette.requests import HTTPConnection
from starlette.responses import Response

from api import origins
from api.asgi import Asgi, Receive, Scope, Send
from core import language
from core.config import Settings
from core.errors import N_, NotAllowed, NotSignedIn
from core.permissions import Actor
from core.services import sessions
from core.store.engine import reading, transaction

USER_HEADER = b"x-touchstone-user"
"""Set here alone; Streamlit resumes a session only for the same value (server.trustedUserHeaders)."""

UNKNOWN_TOKEN = N_("This access token is not known, or was revoked.")
SIGNED_OUT = N_("You are signed out. Sign in again; nothing you saved is lost.")
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_SIGNED_IN_ONLY = ("/media/", "/_stcore/upload_file", "/_stcore/metrics", "/app/static/")

_CLOSED = "/_stcore/upload_file"
"""No page has Streamlit's uploader, which keeps files in memory; ours come through /api/uploads, to the disk."""


def now() -> datetime:
    return datetime.now(UTC)


# Callers of the API ---------------------------------------------------------------------------------------------------


def actor(request: Request) -> Actor:
    """The caller, by access token or by session cookie; it blocks for one query, so call it off the event loop."""
    with reading() as session:
        found, touch = _caller(session, request)
    if found.stale:
        with transaction() as session:
            touch(session, found.id, now=now())
    return found.actor


def actor_in(session: Session, request: Request) -> Actor:
    """As `actor`, within a transaction that is open anyway: the hot path."""
    found, touch = _caller(session, request)
    if found.stale:
        touch(session, found.id, now=now())
    return found.actor


def _caller(session: Session, request: Request) -> tuple[sessions.SignedIn, Callable[..., None]]:
    """Who is signed in, and how to note that they were seen; raises NotSignedIn."""
    request.state.language = language.closest(request.headers.get("accept-language"))
    scheme, _, secret = request.headers.get("authorization", "").partition(" ")
    touch: Callable[..., None]
    if scheme.lower() == "bearer":
        found, touch = sessions.lookup_token(session, now=now(), token=secret.strip()), sessions.touch_token
        if found is None:
            raise NotSignedIn("This access token is not known, or was revoked.")
    else:
        token = session_token(request)
        if token:
            refuse_cross_site(request)
        found, touch = sessions.lookup(session, now=now(), token=token or ""), sessions.touch
        if found is None:
            raise NotSignedIn("You are signed out. Sign in again; nothing you saved is lost.")
    request.state.language = found.actor.language
    return found, touch


def session_token(request: Request) -> str | None:
    return request.cookies.get(cookie_name())


def refuse_cross_site(request: Request) -> None:
    """A cookie alone proves nothing: other sites can make a browser send it, but not this header and this origin."""
    if "x-touchstone" not in request.headers:
        raise NotAllowed("Requests with a session cookie need the header X-Touchstone: 1.", code="cross_site")
    if request.method not in _SAFE and not origins.is_ours(request.scope):
        raise NotAllowed("This request comes from another site.", code="cross_site")


def cookie_name() -> str:
    return sessions.cookie_name(_secure())


def set_session_cookie(response: Response, token: str) -> None:
    age = int(sessions.SESSION_AT_MOST.total_seconds())
    response.set_cookie(cookie_name(), token, max_age=age, path="/", httponly=True, secure=_secure(), samesite="lax")


def clear_session_cookie(response: Response) -> None:
    response.delete_cookie(cookie_name(), path="/", httponly=True, secure=_secure(), samesite="lax")


def _secure() -> bool:
    return Settings.from_env().secure_cookies


# Middleware -----------------------------------------------------------------------------------------------------------


class Identity:
    """Binds Streamlit's websockets to the person behind the cookie, and keeps its file routes to the signed in."""

    def __init__(self, app: Asgi) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        guarded = scope["type"] == "http" and scope["path"].startswith(_SIGNED_IN_ONLY)
        if scope["type"] != "websocket" and not guarded:
            await self.app(scope, receive, send)
            return
        person = await run_sync(_person_behind, scope)
        if guarded and (person is None or scope["path"].startswith(_CLOSED)):
            await Response(status_code=401 if person is None else 404)(scope, receive, send)
            return
        await self.app(_named(scope, person), receive, send)


def _person_behind(scope: Scope) -> int | None:
    token = HTTPConnection(scope).cookies.get(cookie_name())
    if not token:
        return None
    with reading() as session:
        found = sessions.actor_of_session(session, now=now(), token=token)
    return found.person_id if found else None


def _named(scope: Scope, person: int | None) -> Scope:
    headers = [(name, value) for name, value in scope["headers"] if name.lower() != USER_HEADER]
    if person is not None:
        headers.append((USER_HEADER, str(person).encode()))
    return {**scope, "headers": headers}


class Headers:
    """What browsers are told of every answer: run only our own scripts, fetch from nowhere else, do not guess types."""

    def __init__(self, app: Asgi) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def send_with_headers(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": [*message.get("headers", []), *response_headers()]}
            await send(message)

        await self.app(scope, receive, send_with_headers)


@lru_cache(maxsize=1)
def response_headers() -> tuple[tuple[bytes, bytes], ...]:
    return (
        (b"content-security-policy", content_security_policy().encode()),
        (b"x-content-type-options", b"nosniff"),
        (b"referrer-policy", b"same-origin"),
        (b"x-frame-options", b"SAMEORIGIN"),
        (b"permissions-policy", b"camera=(), microphone=(), geolocation=()"),
    )


def content_security_policy() -> str:
    """Streamlit's page has inline scripts, allowed by their digest; components arrive as blobs."""
    page = (Path(streamlit.__file__).parent / "static" / "index.html").read_text(encoding="utf-8")
    scripts = re.findall(r"<script>(.*?)</script>", page, re.DOTALL)
    digests = " ".join(f"'sha256-{base64.b64encode(hashlib.sha256(s.encode()).digest()).decode()}'" for s in scripts)
    return (
        f"default-src 'self'; script-src 'self' blob: {digests}; style-src 'self' 'unsafe-inline'; "
        "img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; worker-src 'self' blob:; "
        "frame-src 'self'; frame-ancestors 'self'; base-uri 'self'; form-action 'self'; object-src 'none'"
    )
