"""SQL of deleting a project: what stands in the way, what lies on disk, and the rows in an order that both databases take."""

from pathlib import Path
from typing import Any

from sqlalchemy import Connection, delete, func, select, update

from core.store.tables import (
    Answer,
    Assignment,
    Batch,
    Beat,
    Draft,
    ExportJob,
    ImportJob,
    Item,
    Lane,
    Project,
    Upload,
    core,
)

answer, assignment, draft, beat = core(Answer), core(Assignment), core(Draft), core(Beat)
upload, export, project = core(Upload), core(ExportJob), core(Project)
_FIRST = (core(Item), core(Lane), core(Batch), core(ImportJob))
"""What refers to each other without cascading; the rest goes with the project's own row."""


def work_in(connection: Connection, project_id: int) -> Any:
    """How many answers of any kind there are, and how many drafts."""
    answers = select(func.count()).where(answer.c.project_id == project_id).scalar_subquery()
    mine = draft.join(assignment, assignment.c.id == draft.c.assignment_id)
    drafts = select(func.count()).select_from(mine).where(assignment.c.project_id == project_id).scalar_subquery()
    return connection.execute(select(answers.label("answers"), drafts.label("drafts"))).one()


def exports_of(connection: Connection, project_id: int) -> list[str]:
    return list(connection.execute(select(export.c.id).where(export.c.project_id == project_id)).scalars())


def files_of(connection: Connection, project_id: int) -> list[Path]:
    """Uploads, and folders of exports unless another project has exported there."""
    uploads = connection.execute(select(upload.c.path).where(upload.c.project_id == project_id)).scalars()
    others = select(export.c.path).where(export.c.project_id != project_id)
    exports = select(export.c.path).where(export.c.project_id == project_id, export.c.path.not_in(others))
    return [Path(path) for path in (*uploads, *connection.execute(exports).scalars())]


def remove_project(connection: Connection, project_id: int) -> None:
    connection.execute(update(beat).where(beat.c.project_id == project_id).values(project_id=None))
    for table in _FIRST:
        connection.execute(delete(table).where(table.c.project_id == project_id))
    connection.execute(delete(project).where(project.c.id == project_id))
