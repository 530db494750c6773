"""What a machine judge holds for probable, as its label rows say it: checked, and as codes of the project's classes."""

from collections.abc import Iterable, Mapping
from math import isfinite
from random import Random
from typing import Any

from core.errors import Problem
from core.services.quality.data import NO_TARGET
from core.tasks.base import Payload, Target, TaskType
from core.tasks.pairwise import FIRST, SECOND
from core.tasks.screen import Scale

THOUSANDTHS = 1000
"""A point of a scale is stored as this many times its number."""
SLACK = 0.02
"""By how much rounded probabilities may miss 1 together."""
Rows = list[dict[str, Any]]


def read(rubric: TaskType[Any, Any], payload: Payload, names: Mapping[str, str], given: Any, row: int) -> Rows:
    """Rows of target, code and value; `names` are the file's own names of responses."""
    if not isinstance(given, dict):
        raise Problem("Expected an object.", row=row, column="probabilities")
    targets = {target.name: target for target in rubric.targets()}
    found: Rows = []
    for name, classes in given.items():
        column = f"probabilities.{name}"
        if name not in targets:
            raise Problem(NO_TARGET, row=row, column=column, target=repr(name), known=", ".join(targets))
        if not isinstance(classes, dict):
            raise Problem("Expected an object.", row=row, column=column)
        codes = _codes(rubric, payload, names, targets[name])
        if not codes:
            raise Problem(
                "Probabilities are of single classes or of the points of a short scale. {target} has neither.",
                row=row, column=column, target=repr(name),
            )  # fmt: skip
        found += _target(name, classes, codes, row, column)
    return found


def _target(name: str, classes: Mapping[str, Any], codes: Mapping[str, int], row: int, column: str) -> Rows:
    if unknown := [one for one in classes if one not in codes]:
        known = ", ".join(codes)
        raise Problem("There is no class {name}; there are {known}.", row=row, column=column, name=repr(unknown[0]), known=known)  # fmt: skip
    for one, value in classes.items():
        if not _is_probability(value):
            raise Problem("Expected a probability from 0 to 1.", row=row, column=f"{column}.{one}")
    total = sum(classes.values())
    if abs(total - 1) > SLACK:
        raise Problem("The probabilities add up to {sum}, not to 1.", row=row, column=column, sum=f"{total:.3g}")
    return [{"target": name, "code": codes[one], "value": value / total} for one, value in classes.items() if value]


def _is_probability(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value) and 0 <= value <= 1


def _codes(rubric: TaskType[Any, Any], payload: Payload, names: Mapping[str, str], target: Target) -> dict[str, int]:
    """What the file calls each class, and its code; empty for targets without classes."""
    if target.scale == "nominal":
        called = _responses(payload, names) if FIRST in target.categories else {}
        return {called.get(name, name): code for code, name in enumerate(target.categories)}
    if target.scale == "ordinal":
        return {f"{point:g}": round(point * THOUSANDTHS) for point in _points(rubric, target)}
    return {}


def _responses(payload: Payload, names: Mapping[str, str]) -> dict[str, str]:
    """The two sides of a comparison by the file's ids of the responses."""
    file_name = {made: given for given, made in names.items()}
    return {
        side: file_name.get(one, one) for side, one in zip((FIRST, SECOND), getattr(payload, "responses", ()), strict=False)
    }  # fmt: skip


def _points(rubric: TaskType[Any, Any], target: Target) -> list[float]:
    asks = rubric.screen(rubric.sample_payload(Random(0))).asks  # noqa: S311 - only the scale is read
    for ask in asks:
        if isinstance(ask, Scale) and ask.name.rpartition(".")[2] == target.name:
            return [ask.low + n * ask.step for n in range(round((ask.high - ask.low) / ask.step) + 1)]
    return []


def as_given(rubric: TaskType[Any, Any], responses: list[str], rows: Iterable[Any]) -> dict[str, dict[str, float]]:
    """Stored rows as a label row has them; `responses` by the file's ids, in the payload's order."""
    targets = {target.name: target for target in rubric.targets()}
    given: dict[str, dict[str, float]] = {}
    for row in rows:
        if row.target in targets:
            given.setdefault(row.target, {})[_class_name(targets[row.target], responses, row.code)] = row.value
    return given


def _class_name(target: Target, responses: list[str], code: int) -> str:
    if target.scale != "nominal":
        return f"{code / THOUSANDTHS:g}"
    name = target.categories[code]
    return dict(zip((FIRST, SECOND), responses, strict=False)).get(name, name)
