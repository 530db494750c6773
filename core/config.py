"""Where the environment is read, once, into frozen settings."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
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
        data_dir = Path(env.get("TOUCHSTONE_DATA_DIR") or ROOT / "data").resolve()
        url = env.get("DATABASE_URL") or f"sqlite:///{ROOT / 'data' / 'touchstone.db'}"
        public = (env.get("TOUCHSTONE_URL") or "").rstrip("/") or None
        address = public or f"http://localhost:{env.get('PORT') or 8501}"
        return cls(_with_driver(url), data_dir, public, (public or "").startswith("https://"), address)


def _with_driver(url: str) -> str:
    """The URL with the driver that is installed: people write postgres:// and postgresql://."""
    for prefix in ("postgresql://", "postgres://"):
        if url.startswith(prefix):
            return "postgresql+psycopg://" + url.removeprefix(prefix)
    if url.startswith(("sqlite:", "postgresql+psycopg:")):
        return url
    raise InvalidInput("DATABASE_URL must start with sqlite:/// or postgresql://.")
