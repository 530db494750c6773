"""The first to see a request: what no page of ours would send goes no further, before anything parses it."""

from html import escape

from starlette.responses import HTMLResponse, JSONResponse, Response

from api import origins
from api.app import refusal
from api.asgi import Asgi, Receive, Scope, Send, values
from core import language
from core.errors import NotAllowed, TouchstoneError

_POLICY_VIOLATION = 1008


class Door:
    """Outermost but for the headers of replies. The API compares origins itself: programs with a token come from anywhere."""

    def __init__(self, app: Asgi) -> None:
        self.app = app

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
    if _is_api(scope) or not values(scope, b"origin"):
        return scope
    if not origins.is_ours(scope):
        raise NotAllowed("This request comes from another site.", code="cross_site")
    return _without(scope, b"origin")


def _is_api(scope: Scope) -> bool:
    return scope["type"] == "http" and bool(scope["path"] == "/api" or scope["path"].startswith("/api/"))


def _without(scope: Scope, dropped: bytes) -> Scope:
    """Streamlit compares origins too, by host alone, and where they differ asks the internet for this machine's address."""
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
