"""What bin/new-migration runs: Alembic's autogenerate against a fresh SQLite database."""

import hashlib
import sys
import tempfile
from pathlib import Path

from alembic import command
from sqlalchemy import Engine

from core.store import schema
from core.store.engine import engine_for

VERSIONS = schema.MIGRATIONS / "versions"


def main(message: str) -> None:
    initial = message == "--initial"
    if initial:
        for old in VERSIONS.glob("*.py"):
            old.unlink()
    with tempfile.TemporaryDirectory() as folder:
        engine = engine_for(f"sqlite:///{folder}/empty.db")
        if not initial:
            schema.upgrade(engine)
        path = _write(engine, "Every table of the first release" if initial else message, initial)
        engine.dispose()
    sys.stdout.write(f"{path.relative_to(Path.cwd())}\n")


def _write(engine: Engine, message: str, initial: bool) -> Path:
    number = len(list(VERSIONS.glob("*.py"))) + 1
    name = f"{number:04d}"
    with engine.connect() as connection:
        command.revision(schema.config_for(connection), message, autogenerate=True, rev_id=name)
    (path,) = VERSIONS.glob(f"{name}_*.py")
    text = (
        "\n".join(
            line
            for line in path.read_text().splitlines()
            if "commands auto generated" not in line and "end Alembic" not in line
        )
        + "\n"
    )
    if initial:  # a database of another unreleased layout is recognised and refused
        name = f"0001_{hashlib.sha256(text.encode()).hexdigest()[:8]}"
        text = text.replace("revision = '0001'", f"revision = '{name}'")
    final = path.with_name("0001_initial.py") if initial else path
    path.unlink()
    final.write_text(text)
    return final


if __name__ == "__main__":
    main(*sys.argv[1:])
