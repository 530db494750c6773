"""Files that came through the browser: kept below the data directory until they are imported or thrown away."""

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import IO, Any, Self

from sqlalchemy import delete, exists, insert, select
from sqlmodel import Session

from core.config import Settings
from core.errors import N_, InvalidInput, NotFound, TooLarge
from core.permissions import SYSTEM, Actor, Right
from core.services import audit, projects
from core.store import disk
from core.store.disk import full_disk_in_words
from core.store.tables import ImportJob, Person, Upload, core

LIMIT = 200 * 1024 * 1024
KEPT = timedelta(days=7)
"""How long an upload stays on the server."""
_ARRIVING = timedelta(days=1)
_LONGEST_NAME = 200
_GONE = N_("This file is no longer on the server. Upload it again.")


@dataclass(frozen=True)
class UploadView:
    id: str
    name: str
    path: Path
    size: int
    sha256: str
    by: str
    at: datetime
    imported: bool = False
    """Whether something was imported from a file with this content, and not undone."""

    @property
    def until(self) -> datetime:
        """When it is removed, imported or not."""
        return self.at + KEPT


class Receiving:
    """A file while it arrives, block by block; nothing of it stays if it is not kept."""

    def __init__(self, folder: Path, name: str) -> None:
        self.id, self.name, self.size = secrets.token_hex(12), _safe_name(name), 0
        self.path = folder / self.id
        self._digest = hashlib.sha256()
        self._kept = False

    def __enter__(self) -> Self:
        with full_disk_in_words():
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._file: IO[bytes] = self.path.open("xb")
        return self

    def __exit__(self, *exc: object) -> None:
        self._file.close()
        if not self._kept:
            self.path.unlink(missing_ok=True)

    def add(self, block: bytes) -> None:
        self.size += len(block)
        if self.size > LIMIT:
            raise TooLarge(
                "A file may have up to {limit} MB. Split it, or use manage.py import on the server.",
                limit=LIMIT // 1024**2,
            )
        self._digest.update(block)
        with full_disk_in_words():
            self._file.write(block)

    def keep(self, session: Session, actor: Actor, slug: str, *, now: datetime) -> UploadView:
        """Call it in a transaction, once the last block is there."""
        project_id = may_upload(session, actor, slug)
        if actor.person_id is None:
            raise InvalidInput("Only people upload files; programs import them with manage.py import.")
        with full_disk_in_words():
            self._file.flush()
        digest = self._digest.hexdigest()
        row = {
            "id": self.id, "person_id": actor.person_id, "project_id": project_id, "filename": self.name, "path": str(self.path),
            "size": self.size, "sha256": digest, "created_at": now,
        }  # fmt: skip
        session.connection().execute(insert(_UPLOAD), row)
        audit.record(session, actor, now, audit.Fact("upload.received", f"upload:{self.id}", project_id, digest))
        self._kept = True
        return UploadView(self.id, self.name, self.path, self.size, digest, actor.name, now)


def receiving(name: str, data_dir: Path | None = None) -> Receiving:
    return Receiving((data_dir or Settings.from_env().data_dir) / "uploads", name)


def may_upload(session: Session, actor: Actor, slug: str) -> int:
    """The project's id; raises before a byte is taken from somebody who may not."""
    project = projects.get(session, actor, slug)
    projects.require_in(session, actor, project.id, Right.MANAGE_PROJECT)
    return project.id


def listed(session: Session, actor: Actor, slug: str) -> list[UploadView]:
    """The project's uploads, newest first."""
    project_id = may_upload(session, actor, slug)
    query = _WHOLE.where(_UPLOAD.c.project_id == project_id).order_by(_UPLOAD.c.created_at.desc(), _UPLOAD.c.id)
    return [_view(row) for row in session.connection().execute(query)]


def get(session: Session, actor: Actor, slug: str, upload_id: str) -> UploadView:
    found = _known(session, actor, slug, upload_id)
    if not found.path.is_file():
        raise NotFound(_GONE)
    return found


def _known(session: Session, actor: Actor, slug: str, upload_id: str) -> UploadView:
    found = next((upload for upload in listed(session, actor, slug) if upload.id == upload_id), None)
    if found is None:
        raise NotFound(_GONE)
    return found


def discard(session: Session, actor: Actor, slug: str, upload_id: str, *, now: datetime) -> None:
    """Forget an upload; what was imported from it stays."""
    _forget(session, actor, [_known(session, actor, slug, upload_id)], now)


def clear(session: Session, actor: Actor, slug: str, *, now: datetime) -> int:
    """Forget every upload of a project; how many."""
    found = listed(session, actor, slug)
    _forget(session, actor, found, now)
    return len(found)


def purge(session: Session, *, now: datetime) -> int:
    """Forget what has been here for longer than KEPT, in every project; how many files."""
    rows = session.connection().execute(_WHOLE.where(_UPLOAD.c.created_at < now - KEPT))
    found = [_view(row) for row in rows]
    _forget(session, SYSTEM, found, now)
    return len(found)


def strays(session: Session, data_dir: Path, *, now: datetime) -> list[Path]:
    """Files that no upload names, such as of a transfer that the server's end cut off; none that may still be arriving."""
    known = set(session.connection().execute(select(_UPLOAD.c.path)).scalars())
    folder, before = data_dir / "uploads", (now - _ARRIVING).timestamp()
    found = folder.iterdir() if folder.is_dir() else ()
    return [path for path in found if str(path) not in known and path.stat().st_mtime < before]


def _forget(session: Session, actor: Actor, found: Sequence[UploadView], now: datetime) -> None:
    if not found:
        return
    ids = [one.id for one in found]
    projects_of = select(_UPLOAD.c.id, _UPLOAD.c.project_id).where(_UPLOAD.c.id.in_(ids))
    owner = {row.id: row.project_id for row in session.connection().execute(projects_of)}
    session.connection().execute(delete(_UPLOAD).where(_UPLOAD.c.id.in_(ids)))
    disk.remove_on_commit(session, [one.path for one in found])
    facts = [audit.Fact("upload.discarded", f"upload:{one.id}", owner[one.id], one.sha256) for one in found]
    audit.record(session, actor, now, *facts)


def _safe_name(name: str) -> str:
    """The last part of the name alone, without what could forge a line in a log or a header."""
    plain = "".join(c for c in name.replace("\\", "/").split("/")[-1] if c.isprintable()).strip()
    return plain[-_LONGEST_NAME:] or "upload"


def _view(r: Any) -> UploadView:
    return UploadView(r.id, r.filename, Path(r.path), r.size, r.sha256, r.name, r.created_at, r.imported)


_UPLOAD, _PERSON, _JOB = core(Upload), core(Person), core(ImportJob)
_IMPORTED = exists(
    select(_JOB.c.id).where(
        _JOB.c.project_id == _UPLOAD.c.project_id, _JOB.c.sha256 == _UPLOAD.c.sha256, _JOB.c.undone_at.is_(None)
    )
)
_WHOLE = select(_UPLOAD, _PERSON.c.name, _IMPORTED.label("imported")).join(_PERSON, _PERSON.c.id == _UPLOAD.c.person_id)
