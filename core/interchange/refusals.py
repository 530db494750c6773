"""How a file is refused: one error in words, with file, row and column, and every further place found."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from core.errors import Problem, RefusedFile, TouchstoneError

PROBLEMS_KEPT = 100


@dataclass
class Problems:
    """What is wrong with a file, as far as a person would read on."""

    file: str
    found: list[Problem] = field(default_factory=list)

    def add(self, problem: Problem) -> None:
        self.found.append(problem)
        if len(self.found) >= PROBLEMS_KEPT:
            self.refuse()

    def refuse(self) -> None:
        """Raise what was found; return when nothing was."""
        if self.found:
            raise refusal(self.file, self.found)


def refusal(file: str, problems: list[Problem]) -> RefusedFile:
    first = problems[0]
    params: dict[str, Any] = {"file": file, "row": first.row, "column": first.column, "problem": first}
    if first.row is None:
        return RefusedFile("{file}: {problem}", problems=problems, **params)
    more = len(problems) - 1
    if more and first.column:
        return RefusedFile(
            "{file}, row {row}, column {column}: {problem} ({more} more)", problems=problems, more=more, **params
        )
    if more:
        return RefusedFile("{file}, row {row}: {problem} ({more} more)", problems=problems, more=more, **params)
    if first.column:
        return RefusedFile("{file}, row {row}, column {column}: {problem}", problems=problems, **params)
    return RefusedFile("{file}, row {row}: {problem}", problems=problems, **params)


def refused(file: str, problem: Problem) -> RefusedFile:
    """For what ends the reading of a file: its encoding, its kind, a row without end."""
    return refusal(file, [problem])


def from_error(error: TouchstoneError, *, row: int, under: str = "") -> Problem:
    """A payload's or answer's own error, at its place in the file."""
    column = ".".join(part for part in (under, error.where or "") if part) or None
    params: Mapping[str, Any] = error.params
    inner = params.get("message") if set(params) == {"path", "message"} else None
    if isinstance(inner, TouchstoneError):
        return Problem(inner.template, row=row, column=column, **inner.params)
    return Problem(error.template, row=row, column=column, **params)
