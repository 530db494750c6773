"""Where a request comes from and whom it was sent to: addresses compared whole, by scheme, host and port."""

from functools import lru_cache
from socket import getfqdn, gethostname
from urllib.parse import urlsplit

from api.asgi import Scope, values
from core.config import Settings

Origin = tuple[str, str, int]
LOCAL = frozenset({"localhost", "127.0.0.1", "::1", "0.0.0.0"})  # noqa: S104 - names that browsers are sent to, nothing binds
_PORTS = {"http": 80, "https": 443}
_SECURED = {"http": "http", "ws": "http", "https": "https", "wss": "https"}


def is_ours(scope: Scope) -> bool:
    """Whether the page that sent this is one of the workspace: at the address asked for, or at TOUCHSTONE_URL."""
    sent = values(scope, b"origin")
    return len(sent) == 1 and _exact(sent[0]) in _own(scope)


def is_known(scope: Scope) -> bool:
    """Whether the request names an address of this workspace: else a name of somebody else's leads here. Ports are not
    compared: a tunnel or a container has its own.
    """
    host = values(scope, b"host")
    asked = origin_of(f"http://{host[0]}") if len(host) == 1 else None
    return asked is not None and asked[1].removesuffix(".") in _names(scope)


def _names(scope: Scope) -> set[str]:
    public = origin_of(Settings.from_env().public_url or "")
    socket = (scope.get("server") or ("", None))[0]
    return {*LOCAL, *own_names(), socket.removeprefix("::ffff:").lower(), public[1] if public else ""}


@lru_cache(maxsize=1)
def own_names() -> frozenset[str]:
    """What the network calls this machine, in full, in short and where routers find names by themselves."""
    names = {gethostname().lower(), getfqdn().lower()}
    short = {name.partition(".")[0] for name in names}
    return frozenset(names | short | {f"{name}.local" for name in short})


def _own(scope: Scope) -> set[Origin]:
    """Behind a proxy that changes the host or hides https, only TOUCHSTONE_URL says what browsers see."""
    host = values(scope, b"host")
    asked = f"{_SECURED.get(scope['scheme'])}://{host[0]}" if len(host) == 1 else ""
    found = (_exact(asked), origin_of(Settings.from_env().public_url or ""))
    return {origin for origin in found if origin}


def _exact(address: str) -> Origin | None:
    """As a browser writes an origin: nothing before the host, nothing after the port."""
    _, _, rest = address.partition("://")
    return origin_of(address) if rest and rest == urlsplit(f"//{rest}").netloc and "@" not in rest else None


def origin_of(address: str) -> Origin | None:
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError:
        return None
    if parts.scheme not in _PORTS or not parts.hostname:
        return None
    return parts.scheme, parts.hostname, _PORTS[parts.scheme] if port is None else port
