"""Importing items, labels and gold: a file is checked whole beside the store, then taken in one short transaction.

`check` needs a session that reads, and takes as long as the file is long; `take` needs one that writes, and does nothing but write.
"""

import hashlib
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from random import Random
from types import TracebackType
from typing import Any, Self

from sqlmodel import Session

from core.config import Settings
from core.errors import Conflict, InvalidInput, Problem, TouchstoneError
from core.interchange import files, refusals
from core.interchange.columns import FIELDS, KINDS, Arranger, Kind, check_mapping
from core.interchange.files import open_source, rows
from core.interchange.refusals import Problems
from core.interchange.staging import Staging
from core.permissions import Actor, Right
from core.services import audit, import_gold, import_items, import_labels, projects
from core.services.import_job import Duplicate, ImportReport, Job, Progress, shape_of, silent
from core.services.projects import ProjectView
from core.store import intake
from core.store.disk import full_disk_in_words
from core.tasks.base import TaskType

_PREVIEW_ROWS = 5


@dataclass(frozen=True)
class ImportView:
    """A past import."""

    id: int
    kind: str
    filename: str
    report: dict[str, Any]
    by: str | None
    at: datetime
    undone_at: datetime | None


@dataclass(frozen=True)
class Preview:
    """How a file would be read: columns, what they are guessed to be, and the first rows as they would be taken."""

    format: str
    mapping: Mapping[str, str]
    rows: tuple[dict[str, Any], ...]
    problem: TouchstoneError | None


class Checked:
    """A file that is right, waiting to be taken; close it when it is not."""

    def __init__(self, job: Job, report: ImportReport, sha256: str, based_on: intake.Mark) -> None:
        self.job, self.report, self.sha256, self.based_on = job, report, sha256, based_on

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.job.staging.close()


def import_file(
    session: Session, actor: Actor, slug: str, kind: Kind, path: Path, *, now: datetime, rng: Random, **options: Any
) -> ImportReport:
    """Check and take in one transaction; for long files let `check` do its part outside."""
    with check(session, actor, slug, kind, path, rng=rng, **options) as checked:
        return take(session, actor, checked, now=now)


def check(
    session: Session, actor: Actor, slug: str, kind: Kind, path: Path, *, rng: Random, name: str | None = None, format: str = "auto",  # noqa: A002
    mapping: Mapping[str, str] | None = None, create_items: bool = False, machine: bool = False, on_progress: Progress | None = None,
    scratch: Path | None = None,
) -> Checked:  # fmt: skip
    """Read the whole file against the project; raises RefusedFile with every problem, up to a hundred."""
    project = _project(session, actor, slug, kind)
    source = open_source(path, name, format)
    with ExitStack() as undo, full_disk_in_words():
        staging = undo.enter_context(Staging(scratch or Settings.from_env().data_dir / "tmp"))
        arrange = Arranger(
            kind, shape_of(project.rubric), tabular=source.tabular, untyped=source.untyped, mapping=mapping
        )
        job = Job(
            kind, project, project.rubric, source, arrange, staging, Problems(source.name), rng, on_progress or silent,
            create_items, machine,
        )  # fmt: skip
        if mapping:
            _check_mapping(job, mapping)
        based_on = intake.mark(session.connection(), project.id)
        report = _CHECKS[kind](session, job)
        undo.pop_all()
        return Checked(
            job,
            replace(report, mapping=dict(arrange.mapping), left_out=dict(arrange.left_out)),
            _sha256(path),
            based_on,
        )


def take(session: Session, actor: Actor, checked: Checked, *, now: datetime) -> ImportReport:
    """Write what was checked, all of it or nothing."""
    job, connection = checked.job, session.connection()
    project = _project(session, actor, job.project.slug, job.kind)
    intake.in_turn(connection, project.id)
    if (
        intake.mark(connection, project.id) != checked.based_on
        or project.settings_version != job.project.settings_version
        or project.policy.stopping != job.project.policy.stopping
    ):
        raise Conflict("The project has changed while the file was checked. Import it again.")
    with full_disk_in_words():
        report = checked.report
        if report.new or report.changed:
            report = _write(session, actor, checked, now)
    return report


def dry(checked: Checked) -> ImportReport:
    """What taking the file would do."""
    return replace(checked.report, dry_run=True)


def _write(session: Session, actor: Actor, checked: Checked, now: datetime) -> ImportReport:
    job, connection = checked.job, session.connection()
    row = {
        "project_id": job.project.id, "kind": job.kind, "filename": job.source.name, "sha256": checked.sha256, "by_id": actor.person_id,
        "at": now,
    }  # fmt: skip
    job_id = intake.insert_job(connection, row)
    report = replace(_TAKES[job.kind](session, actor, job, checked.report, job_id, now), job=job_id)
    intake.set_report(connection, job_id, report.as_json())
    seq = audit.record(
        session, actor, now, audit.Fact(f"import.{job.kind}", f"import:{job_id}", job.project.id, checked.sha256)
    )
    if job.kind == "labels":
        intake.number_answers(connection, job.project.id, seq)
    return report


def preview(
    session: Session, actor: Actor, slug: str, kind: Kind, path: Path, *, name: str | None = None, format: str = "auto",  # noqa: A002
    mapping: Mapping[str, str] | None = None,
) -> Preview:  # fmt: skip
    """The first rows as they would be read, without checking the rest."""
    project = _project(session, actor, slug, kind)
    source = open_source(path, name, format)
    shape = shape_of(project.rubric)
    arrange = Arranger(kind, shape, tabular=source.tabular, untyped=source.untyped, mapping=mapping)
    shown: list[dict[str, Any]] = []
    try:
        for number, row in rows(source):
            if isinstance(row, Problem):
                raise refusals.refused(source.name, row)
            if (arranged := arrange(row, number)) is not None:
                shown.append(arranged)
            if len(shown) >= _PREVIEW_ROWS:
                break
    except Problem as problem:
        return Preview(source.format, arrange.mapping, tuple(shown), refusals.refused(source.name, problem))
    except TouchstoneError as error:
        return Preview(source.format, arrange.mapping, tuple(shown), error)
    return Preview(source.format, dict(arrange.mapping), tuple(shown), None)


@lru_cache(maxsize=32)
def _counted(path: Path, size: int, name: str, format: str) -> int:  # noqa: A002
    """An upload never changes, so it is counted once."""
    del size
    return files.count(open_source(path, name, format))


def row_count(
    session: Session, actor: Actor, slug: str, kind: Kind, path: Path, *, name: str | None = None, format: str = "auto"  # noqa: A002
) -> int:  # fmt: skip
    """Rows of the whole file, before anything of it is checked; raises RefusedFile for one that cannot be read."""
    _project(session, actor, slug, kind)
    return _counted(path, path.stat().st_size, name or path.name, format)


def history(session: Session, actor: Actor, slug: str) -> list[ImportView]:
    """What was imported into a project, newest first."""
    project = projects.get(session, actor, slug)
    projects.require_in(session, actor, project.id, Right.MANAGE_PROJECT)
    return [
        ImportView(r.id, r.kind, r.filename, r.report or {}, r.name, r.at, r.undone_at)
        for r in intake.jobs(session.connection(), project.id)
    ]


def fields(kind: Kind, rubric: TaskType[Any, Any]) -> list[str]:
    """The fields a column can be mapped to, as a person chooses among them; deeper paths may be typed."""
    shape = shape_of(rubric)
    inner = [f"payload.{name}" for name in sorted(shape.payload - {"responses"})]
    if "responses" in shape.payload:
        inner += [f"payload.responses.{letter}.{part}" for letter in "abcd" for part in ("text", "model")]
    if kind != "items":
        inner = [f"answer.{ask}" for ask in shape.asks]
    return [*inner, *sorted(FIELDS[kind])]


def _project(session: Session, actor: Actor, slug: str, kind: str) -> ProjectView:
    if kind not in KINDS:
        raise InvalidInput("An import is of items, labels or gold, not {kind}.", kind=kind)
    project = projects.get(session, actor, slug)
    projects.require_in(session, actor, project.id, Right.MANAGE_PROJECT)
    return project


def _check_mapping(job: Job, mapping: Mapping[str, str]) -> None:
    for _, raw in rows(job.source):
        if not isinstance(raw, Problem):
            check_mapping(job.kind, mapping, raw)
            return


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


_CHECKS = {"items": import_items.check, "labels": import_labels.check, "gold": import_gold.check}
_TAKES = {"items": import_items.take, "labels": import_labels.take, "gold": import_gold.take}
__all__ = [
    "Checked",
    "Duplicate",
    "ImportReport",
    "ImportView",
    "Preview",
    "Progress",
    "check",
    "dry",
    "fields",
    "history",
    "import_file",
    "preview",
    "row_count",
    "take",
]
