"""A project like a file of labels: the settings that answers collected elsewhere fit."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from core.errors import Problem, RefusedFile, TouchstoneError
from core.interchange.columns import Arranger
from core.interchange.files import Source, open_source, rows
from core.interchange.refusals import from_error, refused
from core.services.import_job import shape_of
from core.services.policies import ProjectFile
from core.tasks import load_task, task_type


def from_labels(task: str, title: str, path: Path) -> ProjectFile:
    """The narrowest settings that fit every answer of the file; raises RefusedFile at the first row that is none."""
    source, reached = open_source(path), 0

    def answers() -> Iterator[dict[str, Any]]:
        nonlocal reached
        for number, answer in _answers(task, source):
            reached = number
            yield answer

    try:
        settings = task_type(task).infer_settings(answers())
    except RefusedFile:
        raise
    except TouchstoneError as error:
        raise refused(source.name, from_error(error, row=reached, under="answer")) from None
    load_task(task, settings)
    return ProjectFile(title=title, task=task, settings=settings)


def _answers(task: str, source: Source) -> Iterator[tuple[int, dict[str, Any]]]:
    """With the row that each stands in."""
    arrange = Arranger("labels", shape_of(load_task(task, {})), tabular=source.tabular, untyped=source.untyped)
    found = False
    for number, row in rows(source):
        arranged = row if isinstance(row, Problem) else arrange(row, number)
        if arranged is None:
            continue
        answer = _answer(arranged, number)
        if isinstance(answer, Problem):
            raise refused(source.name, answer)
        found = True
        yield number, answer
    if not found:
        raise refused(source.name, Problem("The file holds no label."))


def _answer(row: dict[str, Any] | Problem, number: int) -> dict[str, Any] | Problem:
    if isinstance(row, Problem):
        return row
    answer = row.get("answer")
    if isinstance(answer, dict):
        return answer
    return Problem("Expected an answer, such as {example}.", row=number, column="answer", example='{"preferred": "a"}')
