"""Bounds on what uvicorn keeps before any application is asked: the size of a request's head, and the wait for its end.

Its fast parser knows neither: 64 MB of headers are kept in memory, and half a request keeps its connection for good. Uvicorn
names its protocol before it loads the application, and has no setting for either, so its class is extended in place: however
the server is started, it is bounded.
"""

from asyncio import TimerHandle
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

LARGEST_HEAD = 256 * 1024
"""Bytes, as they arrive; what goes on from there is bounded by the door."""
HEAD_SECONDS = 30.0
"""From the first byte, or from the connection, to the end of the headers."""

_METHODS = ("connection_made", "connection_lost", "data_received", "on_message_begin", "on_headers_complete")


class Patience:
    """What is added to each of the protocol's own methods; `head_bytes` is None while no head is under way."""

    head_bytes: int | None = 0
    head_timer: TimerHandle | None = None

    def connection_made(self: Any, transport: Any) -> None:
        _own["connection_made"](self, transport)
        _begin(self)

    def connection_lost(self: Any, exc: Exception | None) -> None:
        _end(self)
        _own["connection_lost"](self, exc)

    def on_message_begin(self: Any) -> None:
        _begin(self)
        _own["on_message_begin"](self)

    def on_headers_complete(self: Any) -> None:
        _end(self)
        _own["on_headers_complete"](self)

    def data_received(self: Any, data: bytes) -> None:
        if self.head_bytes is not None:
            self.head_bytes += len(data)
            if self.head_bytes > LARGEST_HEAD:
                _end(self)
                self.send_400_response("The headers of this request are too large.")
                return
        _own["data_received"](self, data)


_own = {name: getattr(HttpToolsProtocol, name) for name in _METHODS}


def install() -> None:
    """Once, before the first connection."""
    for name in ("head_bytes", "head_timer", *_METHODS):
        setattr(HttpToolsProtocol, name, vars(Patience)[name])


def _begin(protocol: Any) -> None:
    _end(protocol)
    protocol.head_bytes = 0
    protocol.head_timer = protocol.loop.call_later(HEAD_SECONDS, protocol.transport.close)


def _end(protocol: Any) -> None:
    protocol.head_bytes = None
    if protocol.head_timer is not None:
        protocol.head_timer.cancel()
        protocol.head_timer = None
