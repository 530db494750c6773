"""Looks a workspace over: the store against itself, the log, the disk, where the data lies, the address people are given."""

import os
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from sqlalchemy import Engine
from sqlmodel import Session

from core.config import Settings
from core.permissions import Actor, Right, require
from core.services import audit
from core.store import dialect, health
from core.store.engine import reading

LITTLE_DISK, HARDLY_ANY_DISK = 2_000_000_000, 200_000_000
EPHEMERAL = frozenset({"tmpfs", "ramfs", "overlay", "aufs"})
"""File systems that a restart of the machine or container empties."""

MENDED = {(3, 11): 10, (3, 12): 6}
"""The first release of each series of Python without the hole that CVE-2024-7592 names; later series never had it."""


@dataclass(frozen=True)
class Finding:
    name: str
    level: Literal["ok", "warning", "wrong"]
    message: str


def examine(engine: Engine, actor: Actor, settings: Settings) -> list[Finding]:
    """Everything there is to say, what is well too. Reads all of the store: seconds to minutes with millions of rows."""
    require(actor, Right.MANAGE_WORKSPACE)
    with reading(engine) as session:
        store = [_file(session), _log(session), *_contradictions(session)]
    return [*store, *_storage(engine, settings), _backups(settings), _address(settings), interpreter()]


def _file(session: Session) -> Finding:
    found = dialect.damage(session.connection())
    if found:
        return Finding("database", "wrong", f"damaged: {'; '.join(found[:5])}. Restore the last backup.")
    return Finding("database", "ok", "whole, and every reference points somewhere.")


def _log(session: Session) -> Finding:
    found = audit.verify(session)
    if found.broken_at is not None:
        return Finding("log", "wrong", f"does not follow from event {found.broken_at} on: it was altered.")
    return Finding("log", "ok", f"whole; events: {found.events:,}.")


def _contradictions(session: Session) -> Iterator[Finding]:
    for name, (query, of) in health.contradictions().items():
        ids = health.first_of(session.connection(), query, 6)
        if not ids:
            yield Finding(name, "ok", "as they should be.")
            continue
        shown = ", ".join(map(str, ids[:5])) + (" and more" if len(ids) > 5 else "")
        yield Finding(name, "wrong", f"contradict each other at {of} {shown}.")


# Around the store -----------------------------------------------------------------------------------------------------


def _storage(engine: Engine, settings: Settings) -> Iterator[Finding]:
    places = {settings.data_dir}
    if engine.dialect.name == "sqlite":
        places.add(dialect.sqlite_path(engine).parent)
    for place in sorted(places):
        there = _existing(place)
        yield _disk(place, shutil.disk_usage(there).free)
        yield _kept(place, file_system(there, Path("/proc/mounts")))


def _existing(path: Path) -> Path:
    return path if path.exists() else _existing(path.parent)


def _disk(place: Path, free: int) -> Finding:
    level: Literal["ok", "warning", "wrong"] = "ok"
    if free < LITTLE_DISK:
        level = "wrong" if free < HARDLY_ANY_DISK else "warning"
    return Finding("disk", level, f"{free / 1e9:.1f} GB free in {place}.")


def _kept(place: Path, kind: str | None) -> Finding:
    if kind in EPHEMERAL:
        return Finding(
            "storage",
            "warning",
            f"{place} is on {kind}: a new container or a restart may empty it. Mount a volume there.",
        )
    return Finding("storage", "ok", f"{place} is on {kind or 'an unknown file system'}.")


def file_system(path: Path, mounts: Path) -> str | None:
    """The kind of file system a path lies on; None where the system does not tell."""
    if not mounts.exists():
        return None
    best, kind = "", None
    for line in mounts.read_text().splitlines():
        _device, point, found, *_rest = line.split()
        inside = point == "/" or path == Path(point) or Path(point) in path.parents
        if inside and len(point) >= len(best):
            best, kind = point, found
    return kind


def _backups(settings: Settings) -> Finding:
    folder = settings.data_dir / "backups"
    made = list(folder.glob("*.touchstone")) if folder.is_dir() else []
    if not made:
        return Finding(
            "backups", "warning", f"none in {folder}: put `manage.py backup` on a timer (docs/operations.md)."
        )
    newest = max(made, key=os.path.getmtime)
    return Finding("backups", "ok", f"{len(made)} in {folder}, the newest {newest.name}.")


def _address(settings: Settings) -> Finding:
    if settings.public_url is None:
        return Finding("address", "warning", "TOUCHSTONE_URL is not set: links for invitations will say localhost.")
    host = urlsplit(settings.public_url).hostname or ""
    if host in ("localhost", "127.0.0.1", "::1"):
        return Finding("address", "warning", f"links will say {settings.public_url}: other computers can't open them.")
    if not settings.secure_cookies:
        return Finding("address", "warning", f"{settings.public_url} is not https: passwords can be read on the way.")
    return Finding("address", "ok", settings.public_url)


def interpreter(version: tuple[int, int, int] = sys.version_info[:3]) -> Finding:
    mended = MENDED.get(version[:2], 0)
    running = ".".join(map(str, version))
    if version[2] >= mended:
        return Finding("python", "ok", running)
    series = ".".join(map(str, version[:2]))
    told = f"{running} has a known hole (CVE-2024-7592) unless your distribution mended it: use {series}.{mended} or newer."
    return Finding("python", "warning", told)
