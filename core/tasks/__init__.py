"""The task types there are, and how a project's settings become one."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from pydantic import ValidationError

from core.errors import InvalidSettings
from core.tasks.base import TaskType, settings_problem
from core.tasks.classification import Classification
from core.tasks.demonstration import Demonstration
from core.tasks.pairwise import Pairwise
from core.tasks.ranking import Ranking
from core.tasks.rating import Rating

TASK_TYPES: Mapping[str, type[TaskType[Any, Any]]] = MappingProxyType(
    {t.key: t for t in (Pairwise, Ranking, Rating, Classification, Demonstration)}
)


def load_task(key: str, settings: object) -> TaskType[Any, Any]:
    """The task type as one project has set it up; raises InvalidSettings with the place in words."""
    try:
        return task_type(key).model_validate(settings)
    except ValidationError as error:
        raise settings_problem(error) from None


def task_type(key: str) -> type[TaskType[Any, Any]]:
    if key not in TASK_TYPES:
        known = ", ".join(TASK_TYPES)
        raise InvalidSettings(
            "There is no task type “{key}”; choose one of {known}.", where="task", key=key, known=known
        )
    return TASK_TYPES[key]
