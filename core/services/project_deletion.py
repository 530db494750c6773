"""Deleting a draft in which nobody has answered anything; answers are never deleted, so nothing else can be."""

from datetime import datetime
from pathlib import Path

from sqlmodel import Session

from core.config import Settings
from core.errors import Conflict, TouchstoneError
from core.permissions import Actor
from core.services import audit, export_files, projects
from core.store import disk, removal


def obstacle(session: Session, actor: Actor, slug: str) -> TouchstoneError | None:
    """Why this project cannot be deleted, if so."""
    project = projects.managed(session, actor, slug)
    if project.state != "draft":
        return Conflict("Only a draft can be deleted. Close the project instead: its answers stay.")
    work = removal.work_in(session.connection(), projects.pk(project))
    if work.answers:
        return Conflict("This project has answers, and answers are never deleted. Leave it as a draft.")
    if work.drafts:
        return Conflict("Annotators have saved drafts in this project, so it can't be deleted.")
    return None


def delete(session: Session, actor: Actor, slug: str, *, now: datetime, data_dir: Path | None = None) -> None:
    """With its items, versions, members and invitations; its files go once the caller has committed.

    Measured time stays with whoever worked it, and what happened here stays in the log.
    """
    audit.in_turn(session)
    if (refusal := obstacle(session, actor, slug)) is not None:
        raise refusal
    project_id = projects.pk(projects.managed(session, actor, slug))
    connection = session.connection()
    owned = (data_dir or Settings.from_env().data_dir).resolve()
    found = [path for path in removal.files_of(connection, project_id) if _within(path, owned)]
    archives = [export_files.archive_of(one, data_dir) for one in removal.exports_of(connection, project_id)]
    disk.remove_on_commit(session, [*found, *archives])
    removal.remove_project(connection, project_id)
    session.expire_all()
    audit.record(
        session, actor, now, audit.Fact("project.deleted", f"project:{project_id}", project_id, audit.digest_of(slug))
    )


def _within(path: Path, folder: Path) -> bool:
    """An export may have been written anywhere on the server; what lies outside the workspace is not ours."""
    return path.resolve().is_relative_to(folder)
