"""Exporting: every verdict as training rows, or every answer as it stands, with a card, a report and what was left out.

`export` needs a session that reads and writes files alone; `keep` records it.
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from random import Random
from typing import Any

from sqlalchemy import insert, select
from sqlmodel import Session

from core.errors import Conflict, InvalidInput
from core.interchange import cards, outputs
from core.interchange.training_rows import TRAINING_FORMATS
from core.permissions import Actor, Right
from core.records import Record
from core.services import audit, export_answers, export_files, export_training, project_changes, projects
from core.services.export_answers import ANSWER_FORMATS
from core.services.export_job import AS_USUAL, Dataset, ExportJob, ExportOptions, Progress, silent
from core.services.policies import LONGEST_LICENSE, NO_LICENSE, fits_as_license
from core.services.projects import ProjectView
from core.store import bulk
from core.store.disk import full_disk_in_words
from core.tasks.base import TaskType

TEST_SHARE = 0.1
_ENOUGH_SAMPLES = 60


@dataclass(frozen=True)
class FormatOffer:
    """A format as the export page offers it."""

    name: str
    title: str
    contains: str


@dataclass(frozen=True)
class ExportView:
    """A past export."""

    id: str
    format: str
    path: Path
    report: dict[str, Any] = field(hash=False)
    by: str | None
    at: datetime


# What is offered ------------------------------------------------------------------------------------------------------


def offered(rubric: TaskType[Any, Any]) -> list[FormatOffer]:
    """Formats that take what this task's verdicts are worth; all answers can always be had."""
    kinds = _kinds_of(rubric)
    training = [FormatOffer(f.name, f.title, f.contains) for f in TRAINING_FORMATS.values() if kinds & set(f.takes)]
    return [*training, *(FormatOffer(name, *words) for name, words in ANSWER_FORMATS.items())]


def _kinds_of(rubric: TaskType[Any, Any]) -> set[type[Record]]:
    """Kinds of records, as made-up answers yield them."""
    rng = Random(0)  # noqa: S311 - made-up items
    kinds: set[type[Record]] = set()
    for _ in range(_ENOUGH_SAMPLES):
        payload = rubric.sample_payload(rng)
        kinds |= {type(record) for record in rubric.records(payload, rubric.sample_answer(payload, rng))}
    return kinds


def answered(session: Session, actor: Actor, slug: str) -> tuple[int, int]:
    """Items that have a verdict or could have one, and the answers behind them."""
    project = projects.get(session, actor, slug)
    projects.require_in(session, actor, project.id, Right.EXPORT)
    return bulk.answered(session.connection(), project.id)


# Exporting ------------------------------------------------------------------------------------------------------------


def export(
    session: Session, actor: Actor, slug: str, format: str, out: Path, *, now: datetime, test_share: float = TEST_SHARE,  # noqa: A002
    options: ExportOptions = AS_USUAL, on_progress: Progress | None = None,
) -> dict[str, Any]:  # fmt: skip
    """Write the whole folder or nothing; the report, as report.json has it."""
    project = projects.get(session, actor, slug)
    projects.require_in(session, actor, project.id, Right.EXPORT)
    if options.names:
        projects.require_in(session, actor, project.id, Right.SEE_PEOPLE)
    _check_choice(project, format, test_share, options)
    job = ExportJob(session.connection(), project, format, now, test_share, on_progress or silent, options)
    write = export_answers.write if format in ANSWER_FORMATS else export_training.write
    with full_disk_in_words(), outputs.new_folder(out) as folder:
        made = write(job, folder)
        report = made.report | {
            "twins": {s.parquet: s.rows for s in made.splits.values() if s.parquet not in made.report["rows"]}
        }
        report["files"] = outputs.sizes(folder)
        (folder / "README.md").write_text(cards.card(_facts(job, made, report)), encoding="utf-8")
        report["files"] |= outputs.sizes(folder, "README.md")
        (folder / outputs.REPORT).write_bytes(export_files.as_stored(report))
    return report


def _facts(job: ExportJob, made: Dataset, report: Mapping[str, Any]) -> cards.Facts:
    project, rubric = job.project, job.project.rubric
    asks = rubric.screen(rubric.sample_payload(Random(0))).asks  # noqa: S311 - its asks only
    return cards.Facts(
        project.title, project.task, [ask.label for ask in asks], project.guidelines, report, made.schema, made.splits,
        job.license, job.options.annotators,
    )  # fmt: skip


def _check_choice(project: ProjectView, name: str, test_share: float, options: ExportOptions) -> None:
    known = [offer.name for offer in offered(project.rubric)]
    if name not in known:
        all_known = ", ".join(known)
        if name in TRAINING_FORMATS:
            raise InvalidInput(
                "A {task} project has nothing for {format}. Choose one of: {known}.",
                task=project.task,
                format=name,
                known=all_known,
            )
        raise InvalidInput("There is no format {format}. Choose one of: {known}.", format=name, known=all_known)
    if not 0 <= test_share < 1:
        raise InvalidInput("The test share is a number from 0 to below 1.")
    if options.license is not None and not fits_as_license(options.license):
        raise InvalidInput(NO_LICENSE, limit=LONGEST_LICENSE)
    if options.shape == "plain" and name in TRAINING_FORMATS and not TRAINING_FORMATS[name].has_shapes:
        raise InvalidInput("{format} has conversations only. Choose another shape.", format=name)


# Keeping and finding --------------------------------------------------------------------------------------------------


def new_path(data_dir: Path | None = None) -> Path:
    """A fresh folder's name below the workspace's exports."""
    return export_files.exports_folder(data_dir) / secrets.token_hex(12)


def keep(session: Session, actor: Actor, slug: str, report: dict[str, Any], out: Path, *, now: datetime) -> str:
    """Record an export that was written; its id, which is its content's. Its license becomes the project's."""
    project = projects.get(session, actor, slug)
    projects.require_in(session, actor, project.id, Right.EXPORT)
    if report["project"] != project.slug:
        raise Conflict("This export is of another project and stays there.")
    policy = project.policy.model_copy(update={"license": report["license"]})
    project_changes.change(session, actor, slug, now=now, policy=policy)
    export_id = export_files.content_id(report)
    row = {
        "id": export_id, "project_id": project.id, "format": report["format"], "path": str(out.resolve()), "report": report,
        "by_id": actor.person_id, "at": now,
    }  # fmt: skip
    if session.connection().execute(select(bulk.job.c.id).where(bulk.job.c.id == export_id)).first():
        return export_id
    session.connection().execute(insert(bulk.job), row)
    fact = audit.Fact(f"export.{report['format']}", f"export:{export_id}", project.id, audit.digest_of(report["files"]))
    audit.record(session, actor, now, fact)
    return export_id


def listed(session: Session, actor: Actor, slug: str) -> list[ExportView]:
    """Past exports of a project, newest first."""
    project = projects.get(session, actor, slug)
    projects.require_in(session, actor, project.id, Right.EXPORT)
    query = (
        select(bulk.job, bulk.person.c.name).outerjoin(bulk.person, bulk.person.c.id == bulk.job.c.by_id)
        .where(bulk.job.c.project_id == project.id).order_by(bulk.job.c.at.desc(), bulk.job.c.id)
    )  # fmt: skip
    return [
        ExportView(r.id, r.format, Path(r.path), r.report or {}, r.name, r.at)
        for r in session.connection().execute(query)
    ]
