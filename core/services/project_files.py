"""Projects as files: read, written, and the templates that come with the product."""

from pathlib import Path

import yaml
from pydantic import ValidationError
from sqlmodel import Session

from core.config import ROOT
from core.errors import InvalidInput
from core.permissions import Actor, Right
from core.services import projects
from core.services.policies import Policy, ProjectFile
from core.tasks import load_task
from core.tasks.base import settings_problem


def read_file(text: str, name: str = "project file") -> ProjectFile:
    try:
        raw = yaml.safe_load(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        row = mark.line + 1 if mark else 1
        raise InvalidInput(
            "{file}, row {row}: this is not YAML. Check indentation, colons and quotes.", file=name, row=row
        ) from None
    if not isinstance(raw, dict):
        raise InvalidInput("{file}: expected a mapping with title, task and settings.", file=name)
    try:
        file = ProjectFile.model_validate(raw)
    except ValidationError as error:
        raise settings_problem(error) from None
    load_task(file.task, file.settings)
    return file


def templates(folder: Path = ROOT / "data" / "templates") -> dict[str, ProjectFile]:
    return {path.stem: read_file(path.read_text(encoding="utf-8"), path.name) for path in sorted(folder.glob("*.yaml"))}


def as_file(session: Session, actor: Actor, slug: str) -> ProjectFile:
    view = projects.get(session, actor, slug)
    projects.require_in(session, actor, view.id, Right.MANAGE_PROJECT)
    return ProjectFile(
        title=view.title,
        task=view.task,
        settings=view.settings,
        extras=view.extras,
        **({"guidelines": view.guidelines} if view.guidelines else {}),
        **{name: getattr(view.policy, name) for name in Policy.model_fields},
    )
