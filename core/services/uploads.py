"""Files that came through the browser: kept below the data directory until they are imported or thrown away."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, Any, Self

from sqlalchemy import delete, insert, select
from sqlmodel import Session

from core.config import Settings
from core.errors import InvalidInput, NotFound, TooLarge
from core.permissions import Actor, Right
from core.services import audit, projects
from core.store.disk import full_disk_in_words
from core.store.tables import Person, Upload, core

LIMIT = 200 * 1024 * 1024
_LONGEST_NAME = 200


@dataclass(frozen=True)
class UploadView:
    id: str
    name: str
    path: Path
    size: int
    sha256: str
    by: str
    at: datetime


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
    found = next((upload for upload in listed(session, actor, slug) if upload.id == upload_id), None)
    if found is None or not found.path.is_file():
        raise NotFound("This file is no longer on the server. Upload it again.")
    return found


def discard(session: Session, actor: Actor, slug: str, upload_id: str, *, now: datetime) -> None:
    """Forget an upload; what was imported from it stays."""
    found = get(session, actor, slug, upload_id)
    session.connection().execute(delete(_UPLOAD).where(_UPLOAD.c.id == found.id))
    project_id = may_upload(session, actor, slug)
    audit.record(session, actor, now, audit.Fact("upload.discarded", f"upload:{found.id}", project_id, found.sha256))
    found.path.unlink(missing_ok=True)


def _safe_name(name: str) -> str:
    """The last part of the name alone, without what could forge a line in a log or a header."""
    plain = "".join(c for c in name.replace("\\", "/").split("/")[-1] if c.isprintable()).strip()
    return plain[-_LONGEST_NAME:] or "upload"


def _view(r: Any) -> UploadView:
    return UploadView(r.id, r.filename, Path(r.path), r.size, r.sha256, r.name, r.created_at)


_UPLOAD, _PERSON = core(Upload), core(Person)
_WHOLE = select(_UPLOAD, _PERSON.c.name).join(_PERSON, _PERSON.c.id == _UPLOAD.c.person_id)
