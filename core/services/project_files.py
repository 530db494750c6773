"""Projects as files: read, written, and the templates that come with the product."""

from pathlib import Path
from typing import Any

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

LARGEST = 1_000_000
_DEEPEST = 50


def read_file(text: str, name: str = "project file") -> ProjectFile:
    raw = _parsed(text, name)
    if not isinstance(raw, dict):
        raise InvalidInput("{file}: expected a mapping with title, task and settings.", file=name)
    try:
        file = ProjectFile.model_validate(raw)
    except ValidationError as error:
        raise settings_problem(error) from None
    load_task(file.task, file.settings)
    return file


def _parsed(text: str, name: str) -> Any:
    """ValueError: a date or a number that looks like one and is none."""
    if len(text) > LARGEST:
        raise InvalidInput("{file}: a project file may have {most} characters.", file=name, most=LARGEST)
    try:
        _bound_nesting(text, name)
        return yaml.safe_load(text)
    except (yaml.YAMLError, ValueError, OverflowError) as error:
        mark = getattr(error, "problem_mark", None)
        row = mark.line + 1 if mark else 1
        raise InvalidInput(
            "{file}, row {row}: this is not YAML. Check indentation, colons and quotes.", file=name, row=row
        ) from None


def _bound_nesting(text: str, name: str) -> None:
    """Before anything is built from it: building goes as deep as the text, and names for parts multiply them."""
    depth = 0
    for event in yaml.parse(text, Loader=yaml.SafeLoader):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        row = event.start_mark.line + 1 if event.start_mark else 1
        if depth > _DEEPEST:
            raise InvalidInput("{file}, row {row}: nested too deeply.", file=name, row=row)
        if isinstance(event, yaml.AliasEvent):
            raise InvalidInput("{file}, row {row}: write this part out; * is not supported.", file=name, row=row)


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
