"""The first to see a request: what no page of ours would send goes no further, before anything parses it."""

import re
from html import escape

from starlette.responses import HTMLResponse, JSONResponse, Response
from streamlit.path_security import is_unsafe_path_pattern

from api import origins
from api.app import refusal
from api.asgi import Asgi, Receive, Scope, Send, values
from core import language
from core.config import Settings
from core.errors import InvalidInput, NotAllowed, NotFound, TooLarge, TouchstoneError
from core.services.sessions import cookie_name

LARGEST_HEAD = 32 * 1024
"""Bytes of an address and its headers; nginx passes on as much. A browser of ours sends two thousand."""
_LONGEST_HOST = 260
_COOKIES = {cookie_name(secure) for secure in (False, True)} | {"_streamlit_xsrf"}
_PLAIN = re.compile(r"[^\s\x00-\x1f\x7f-\xff\"\\,;]{1,4096}")
"""A cookie's value as we set it: Python before 3.11.10 takes seconds over quotes and backslashes (CVE-2024-7592)."""
_POLICY_VIOLATION = 1008


class Door:
    """Outermost but for the headers of replies. The API compares origins itself: programs with a token come from anywhere."""

    def __init__(self, app: Asgi) -> None:
        self.app = app
        origins.own_names()  # asking the network takes a moment: now, while nobody waits

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        try:
            admitted = _admitted(scope)
        except TouchstoneError as error:
            await _refuse(error, scope, receive, send)
            return
        await self.app(admitted, receive, send)


def _admitted(scope: Scope) -> Scope:
    """The request as the rest may see it; raises where it must not."""
    _bound_head(scope)
    if not origins.is_known(scope):
        raise _wrong_address(scope)
    if _is_api(scope) and is_unsafe_path_pattern(scope["path"].removeprefix("/")):
        raise NotFound("There is nothing at this address.")
    admitted = _with_our_cookies(scope)
    if _is_api(scope) or not values(scope, b"origin"):
        return admitted
    if not origins.is_ours(scope):
        raise NotAllowed("This request comes from another site.", code="cross_site")
    # Streamlit compares by host alone, and where hosts differ asks the internet for this machine's address.
    return _without(admitted, b"origin")


def _wrong_address(scope: Scope) -> InvalidInput:
    return InvalidInput(
        "{host} is not an address of this workspace. Open {address}. If people are to use {host}, start the server with TOUCHSTONE_URL set to it.",
        host=next(iter(values(scope, b"host")), "")[:_LONGEST_HOST],
        address=Settings.from_env().address,
        code="unknown_host",
    )


def _bound_head(scope: Scope) -> None:
    sent = sum(len(name) + len(value) for name, value in scope["headers"])
    if len(scope.get("raw_path") or b"") + len(scope["query_string"]) + sent > LARGEST_HEAD:
        raise TooLarge(
            "The address and headers of this request are too large: {most} bytes at most.", most=LARGEST_HEAD
        )


def _with_our_cookies(scope: Scope) -> Scope:
    """Other programs on this host have cookies too, which browsers send along and nothing here reads."""
    sent = ";".join(values(scope, b"cookie"))
    if not sent:
        return scope
    pairs = [pair.strip().partition("=") for pair in sent.split(";")]
    ours = [f"{name}={value}" for name, _, value in pairs if name in _COOKIES and _PLAIN.fullmatch(value)]
    rest = _without(scope, b"cookie")
    return {**rest, "headers": [*rest["headers"], (b"cookie", "; ".join(ours).encode("latin-1"))]} if ours else rest


def _is_api(scope: Scope) -> bool:
    return scope["type"] == "http" and bool(scope["path"] == "/api" or scope["path"].startswith("/api/"))


def _without(scope: Scope, dropped: bytes) -> Scope:
    return {**scope, "headers": [(name, value) for name, value in scope["headers"] if name != dropped]}


async def _refuse(error: TouchstoneError, scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.close", "code": _POLICY_VIOLATION})
        return
    await _reply(error, scope)(scope, receive, send)


def _reply(error: TouchstoneError, scope: Scope) -> Response:
    lang = language.closest(next(iter(values(scope, b"accept-language")), None))
    if _is_api(scope):
        return JSONResponse(refusal(error, lang), error.status)
    return HTMLResponse(_PAGE.format(lang=lang, message=escape(language.message(error, lang))), error.status)


_PAGE = """<!doctype html>
<html lang="{lang}">
<meta charset="utf-8"><meta name="viewport" content="width=device-width"><meta name="color-scheme" content="light dark">
<title>Touchstone</title>
<body style="max-width: 40rem; margin: 4rem auto; padding: 0 1rem; font: 1rem/1.6 system-ui, sans-serif">
<h1>Touchstone</h1>
<p>{message}</p>
</html>
"""
