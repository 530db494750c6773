"""Every export in the clients it is made for: `datasets`, TRL's trainers for a step each, OpenAI's types.

`python -m bench.clients [WORLD…]` prints a table and ends with 1 if a cell of it is red. The clients have an environment of their own,
made once under the data folder; `bench/in_clients/` is what runs there. All folders have one name and share one cache.
"""

import os
import subprocess
import sys
import tempfile
import venv
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any

import orjson

from bench.clients_worlds import WORLDS, Rows, World
from core.config import ROOT, Settings
from core.interchange.columns import Kind
from core.permissions import SYSTEM
from core.services import exporting, importing, project_changes, projects
from core.services.export_job import ADDITIONS, ExportOptions
from core.services.policies import ProjectFile
from core.store import schema
from core.store.engine import current_engine, reading, transaction

CLIENTS = ("torch==2.13.0", "transformers==5.24.0", "trl==1.16.0", "datasets==5.2.0", "openai==3.57.0", "pydantic")
INSIDE = ROOT / "bench" / "in_clients"
OPTIONS: dict[str, dict[str, ExportOptions]] = {
    "trl": {
        "": ExportOptions(),
        "plain": ExportOptions(shape="plain"),
        "conversational": ExportOptions(shape="conversational"),
    },
    "openai": {"": ExportOptions()},
    "answers": {"": ExportOptions(), "everything": ExportOptions(names=True, additions=frozenset(ADDITIONS))},
}
TEST_SHARE = 0.25


def main(names: list[str]) -> int:
    python = environment(Settings.from_env().data_dir / "bench" / "clients-venv")
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        os.environ |= {"TOUCHSTONE_DATA_DIR": made, "DATABASE_URL": f"sqlite:///{folder}/bench.db"}
        schema.upgrade(current_engine())
        exports = [one for name in names or WORLDS for one in exported(name, WORLDS[name], folder)]
        (folder / "exports.json").write_bytes(orjson.dumps(exports))
        done = subprocess.run([python, INSIDE / "check.py", folder / "exports.json", folder / "cache"], check=False)
    return done.returncode


def environment(folder: Path) -> Path:
    """Its Python; packages are installed when they are missing or others than these."""
    python, stamp = folder / "bin" / "python", folder / ".installed"
    if not stamp.exists() or stamp.read_text() != "\n".join(CLIENTS):
        print(f"installing {', '.join(CLIENTS)}", file=sys.stderr)
        venv.create(folder, with_pip=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", *CLIENTS], check=True)
        stamp.write_text("\n".join(CLIENTS))
    return python


def exported(name: str, world: World, folder: Path) -> list[dict[str, Any]]:
    """The world's project in every format and with every option, each in a folder called "export"; then a second delivery
    of it, after more answers, in every format."""
    fill(name, world, folder)
    made = []
    for offer in offers(name, world):
        for choice, options in OPTIONS[offer.split("-")[0]].items():
            made.append(deliver(name, offer, choice, options, folder / name / offer / (choice or "as_it_is")))
    if not world.only:
        take(name, "labels", world.later(), folder)
        again = [
            deliver(name, offer, "again", ExportOptions(), folder / name / offer / "again")
            for offer in offers(name, world)
        ]
        made += again
    return made


def offers(name: str, world: World) -> list[str]:
    with reading() as session:
        offered = exporting.offered(projects.get(session, SYSTEM, name).rubric)
    return [offer.name for offer in offered if offer.name.startswith(world.only)]


def deliver(name: str, offer: str, choice: str, options: ExportOptions, place: Path) -> dict[str, Any]:
    out, now = place / "export", datetime.now(UTC)
    with reading() as session:
        report = exporting.export(session, SYSTEM, name, offer, out, now=now, test_share=TEST_SHARE, options=options)
    return {"world": name, "format": offer, "options": choice, "folder": str(out), "rows": report["rows"]}


def fill(slug: str, world: World, folder: Path) -> None:
    file = ProjectFile(title=slug, task=world.task, settings=world.settings)
    with transaction() as session:
        project_changes.create(session, SYSTEM, now=datetime.now(UTC), slug=slug, file=file, split_salt="salt")
    take(slug, "items", world.items(), folder)
    take(slug, "labels", world.labels(), folder)


def take(slug: str, kind: Kind, rows: Rows, folder: Path) -> None:
    path = folder / f"{slug}-{kind}.jsonl"
    path.write_bytes(b"\n".join(map(orjson.dumps, rows)))
    with transaction() as session:
        importing.import_file(session, SYSTEM, slug, kind, path, now=datetime.now(UTC), rng=Random(1))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
