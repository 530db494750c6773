"""The files of past exports: an export belongs to one project for good, and is given out only as it was made."""

import hashlib
import re
import secrets
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import orjson
from sqlalchemy import Row, select
from sqlmodel import Session

from core.config import Settings
from core.errors import Conflict, NotFound
from core.interchange import outputs
from core.permissions import Actor, Right
from core.services import projects
from core.store import bulk
from core.store.tables import Project, core

ARCHIVE = "all.zip"
"""The name under which a whole export is asked for."""
_BLOCK = 1024 * 1024
_project = core(Project)


@dataclass(frozen=True)
class ExportFile:
    path: Path
    name: str
    """To save it under: by project, format and date."""


def exports_folder(data_dir: Path | None = None) -> Path:
    return (data_dir or Settings.from_env().data_dir) / "exports"


def content_id(report: Mapping[str, Any]) -> str:
    """Of what the report says, the digests of all files among it."""
    return hashlib.sha256(as_stored(report)).hexdigest()[:24]


def as_stored(report: Mapping[str, Any]) -> bytes:
    return orjson.dumps(report, option=orjson.OPT_INDENT_2)


def archive_of(export_id: str, data_dir: Path | None = None) -> Path:
    """Where the whole of an export is kept as one file, once somebody has asked for it."""
    return exports_folder(data_dir) / f"{export_id}.zip"


def file_of(session: Session, actor: Actor, export_id: str, name: str) -> ExportFile:
    """One file of an export, for whoever may export from its project; `all.zip` is the whole."""
    query = select(bulk.job, _project.c.slug).join(_project, _project.c.id == bulk.job.c.project_id)
    row = session.connection().execute(query.where(bulk.job.c.id == export_id)).first()
    if row is None:
        raise NotFound("There is no such export.")
    projects.require_in(session, actor, row.project_id, Right.EXPORT)
    files = (row.report or {}).get("files", {})
    if name not in (*files, outputs.REPORT, ARCHIVE):
        raise NotFound("The export has no file {name}.", name=name)
    base = f"{row.slug}-{row.format}-{row.at:%Y-%m-%d}"
    if name == ARCHIVE:
        return ExportFile(_archive(row, files), f"{base}.zip")
    path = Path(row.path) / name
    _verify(row, path, name)
    return ExportFile(path, re.sub(r"[^\w.-]+", "-", f"{base}-{name}"))


def _verify(row: Row[Any], path: Path, name: str) -> None:
    if not path.is_file():
        raise NotFound("The files of this export are no longer on the server. Export again.")
    if name == outputs.REPORT:
        intact = path.read_bytes() == as_stored(row.report)
    else:
        with path.open("rb") as file:
            intact = _sha256(file) == row.report["files"][name]["sha256"]
    if not intact:
        raise Conflict("{name} is not what was exported: it has changed on the server. Export again.", name=name)


def _sha256(file: IO[bytes]) -> str:
    digest = hashlib.sha256()
    while block := file.read(_BLOCK):
        digest.update(block)
    return digest.hexdigest()


# The whole in one file ------------------------------------------------------------------------------------------------


def _archive(row: Row[Any], files: Mapping[str, Any]) -> Path:
    """Made when it is first asked for, of files that are as they were exported, and made again where it is damaged."""
    whole = archive_of(row.id)
    report = hashlib.sha256(as_stored(row.report)).hexdigest()
    seals = {**{name: seal["sha256"] for name, seal in files.items()}, outputs.REPORT: report}
    if not _holds(whole, seals):
        for name in seals:
            _verify(row, Path(row.path) / name, name)
        whole.parent.mkdir(parents=True, exist_ok=True)
        made = whole.with_name(f".{row.id}-{secrets.token_hex(4)}")
        with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
            for name in seals:
                archive.write(Path(row.path) / name, name)
        made.replace(whole)
    return whole


def _holds(whole: Path, seals: Mapping[str, str]) -> bool:
    """Whether an archive has these files as they were exported, and no others."""
    try:
        with zipfile.ZipFile(whole) as archive:
            return sorted(archive.namelist()) == sorted(seals) and all(
                _is_intact(archive, name, sha256) for name, sha256 in seals.items()
            )
    except (OSError, KeyError, zipfile.BadZipFile, zlib.error):
        return False


def _is_intact(archive: zipfile.ZipFile, name: str, sha256: str) -> bool:
    with archive.open(name) as file:
        return _sha256(file) == sha256
