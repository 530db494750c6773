"""Where the environment is read, once, into frozen settings."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from core.errors import InvalidInput

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Settings:
    database_url: str
    data_dir: Path
    public_url: str | None
    """The address people reach; None until somebody sets TOUCHSTONE_URL, and then links are made from the request."""
    secure_cookies: bool
    address: str
    """What we print on the console: the public address, else this machine's."""

    @classmethod
    def from_env(cls, env: Mapping[str, str] = os.environ) -> "Settings":
        """As the environment is now; what follows from the same values is worked out once, for every request asks."""
        return _settings(
            *(env.get(name) or "" for name in ("DATABASE_URL", "TOUCHSTONE_DATA_DIR", "TOUCHSTONE_URL", "PORT"))
        )


@lru_cache(maxsize=16)
def _settings(database: str, data: str, public: str, port: str) -> Settings:
    data_dir = Path(data or ROOT / "data").resolve()
    url = database or f"sqlite:///{ROOT / 'data' / 'touchstone.db'}"
    address = public.rstrip("/")
    shown = address or f"http://localhost:{port or 8501}"
    return Settings(_with_driver(url), data_dir, address or None, address.startswith("https://"), shown)


def _with_driver(url: str) -> str:
    """The URL with the driver that is installed: people write postgres:// and postgresql://."""
    for prefix in ("postgresql://", "postgres://"):
        if url.startswith(prefix):
            return "postgresql+psycopg://" + url.removeprefix(prefix)
    if url.startswith(("sqlite:", "postgresql+psycopg:")):
        return url
    raise InvalidInput("DATABASE_URL must start with sqlite:/// or postgresql://.")
