"""What quality is measured on: a project's answers as columns of codes, people and machines, and what is known for sure."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import orjson
from sqlalchemy import Connection, Row
from sqlmodel import Session

from core.errors import N_, InvalidInput
from core.services import projects
from core.services.projects import ProjectView
from core.services.quality_gold import Rubric, usable
from core.stats.labels import MISSING, Codes, Flags, Floats, Labels
from core.store import figures
from core.store.figures import Answers, Kind
from core.tasks.base import ScaleName, Target
from core.tasks.comparing import Comparison

NO_TARGET = N_("There is no target {target}; there are {known}.")
NO_SUCH_SCALE = N_("{target} cannot be read as {scale}; it can be {known}.")
READABLE: Mapping[ScaleName, tuple[ScaleName, ...]] = {
    "nominal": ("nominal", "ordinal"),
    "ordinal": ("ordinal", "interval", "nominal"),
    "interval": ("interval", "ordinal", "nominal"),
    "set": ("set", "nominal"),
    "rank": ("rank", "nominal"),
    "spans": ("spans",),
    "text": ("text",),
}
"""As what else the values of a scale can be measured."""
MOST_POINTS = 50


@dataclass(frozen=True)
class Measured:
    """One target: a code for each answer and each item with gold (-1 = none), and what the codes stand for."""

    target: Target
    code: Codes
    gold: Codes
    names: tuple[Any, ...]

    @property
    def scale(self) -> ScaleName:
        return self.target.scale

    @property
    def numbers(self) -> Floats:
        """What the codes of a scale of numbers are worth; of classes in order, their places."""
        if self.names and isinstance(self.names[0], str):
            return np.arange(len(self.names)) * 1.0
        return np.array(self.names, dtype=np.float64)


@dataclass(frozen=True)
class Evidence:
    """Answers with their items and people counted from 0."""

    project: ProjectView
    answers: Answers
    items: Codes
    item: Codes
    people: tuple[str, ...]
    person: Codes
    machines: Flags
    """Of people: which are machine judges."""
    golds: Sequence[Row[Any]]
    outdated: int
    """Answers under settings that meant something else."""
    targets: Mapping[str, Measured]

    @property
    def labels(self) -> Flags:
        """Which answers are labels by people; hidden checks are not."""
        return np.asarray((self.answers.purpose != figures.CHECK) & ~self.machines[self.person])

    @property
    def by_machines(self) -> Flags:
        return np.asarray((self.answers.purpose != figures.CHECK) & self.machines[self.person])

    def table(self, measured: Measured, rows: Flags) -> Labels:
        sizes = {"items": len(self.items), "annotators": len(self.people), "classes": len(measured.names)}
        return Labels.of(self.item[rows], self.person[rows], measured.code[rows], **sizes)

    @cached_property
    def gold_at(self) -> Codes:
        """Each item's place among the golds, -1 without."""
        place = {row.item_id: at for at, row in enumerate(self.golds)}
        return np.array([place.get(item, MISSING) for item in self.items.tolist()], dtype=np.int64)


def gather(session: Session, project: ProjectView, scales: Mapping[str, str]) -> Evidence:
    connection, rubric = session.connection(), project.rubric
    wanted = _targets(rubric, scales)
    found = figures.first_answers(connection, project.id)
    rubrics = _compatible(connection, project)
    answers = found.subset(np.isin(found.version, list(rubrics)))
    items, item = np.unique(answers.item, return_inverse=True)
    ids, person = np.unique(answers.person, return_inverse=True)
    known = figures.people(connection, ids)
    rows = [known[one] for one in ids.tolist()]
    comparing = issubclass(rubric.payload_model, Comparison)
    golds, true = usable(rubric, figures.golds(connection, project.id, payloads=comparing))
    bare = Evidence(
        project, answers, items, item, tuple(row.name for row in rows), person,
        np.array([row.kind == "machine" for row in rows], dtype=np.bool_), golds, len(found) - len(answers), {},
    )  # fmt: skip
    return replace(bare, targets={t.name: _measured(connection, bare, t, rubrics, true) for t in wanted})


def _targets(rubric: Rubric, scales: Mapping[str, str]) -> list[Target]:
    targets = {target.name: target for target in rubric.targets()}
    for name, scale in scales.items():
        if name not in targets:
            raise InvalidInput(NO_TARGET, target=repr(name), known=", ".join(targets))
        allowed = READABLE[targets[name].scale]
        if scale not in allowed:
            raise InvalidInput(NO_SUCH_SCALE, target=name, scale=repr(scale), known=", ".join(allowed))
        targets[name] = replace(targets[name], scale=scale)
    return list(targets.values())


def _compatible(connection: Connection, project: ProjectView) -> dict[int, Rubric]:
    """The settings versions whose answers mean what they mean now: back to the last that did not carry them over."""
    rows = figures.versions(connection, project.id)
    rubrics = [projects.rubric_of(project.task, orjson.dumps(row.settings)) for row in rows]
    found = {rows[0].number: rubrics[0]}
    for newer, row, rubric in zip(range(len(rows)), rows[1:], rubrics[1:], strict=False):
        if not _carried(rows[newer].carries_over, rubric, rubrics[newer]):
            break
        found[row.number] = rubric
    return found


def _carried(said: Mapping[str, Any] | None, before: Rubric, after: Rubric) -> bool:
    """Where nothing was said, nobody had answered but by import: then the same targets mean the same."""
    return before.targets() == after.targets() if said is None else bool(said.get("answers"))


# Values as codes ------------------------------------------------------------------------------------------------------


def _measured(
    connection: Connection, evidence: Evidence, target: Target, rubrics: Mapping[int, Rubric], true: Sequence[Mapping[str, Any]]
) -> Measured:  # fmt: skip
    kind = _kind(target, evidence.project.rubric)
    if target.scale == "text":
        nothing = np.full(len(evidence.answers), MISSING), np.full(len(evidence.items), MISSING)
        return Measured(target, *nothing, ())
    ids, found = figures.values(connection, evidence.project.id, target.name, kind)
    gold = [row.get(target.name, {}).get(kind) for row in true]
    place, used = places_of(ids, evidence.answers.id)
    column = found[used]
    names, code_of = _coding(target, kind, column, gold)
    codes = np.full(len(evidence.answers), MISSING)
    codes[place] = code_of(column)
    if kind == "code":
        codes = _as_now(codes, target, evidence.answers.version, rubrics)
    gold_codes = np.array(
        [MISSING if one is None else code_of(np.array([one], column.dtype))[0] for one in gold] + [MISSING]
    )
    return Measured(target, codes, gold_codes[evidence.gold_at], names)


def _kind(target: Target, rubric: Rubric) -> Kind:
    """How the task type's own scale is stored, whatever it is read as."""
    own = next(one.scale for one in rubric.targets() if one.name == target.name)
    return "code" if own == "nominal" else "number" if own in ("ordinal", "interval") else "symbol"


def places_of(ids: Codes, known: Codes) -> tuple[Codes, Flags]:
    """Where each id stands among `known`, which ascend, and which ids do."""
    at = np.searchsorted(known, ids)
    used = at < len(known)
    used[used] = known[at[used]] == ids[used]
    return at[used], used


def _coding(
    target: Target, kind: Kind, column: Any, gold: Sequence[Any]
) -> tuple[tuple[Any, ...], Callable[[Any], Codes]]:
    if kind == "code":
        return target.categories, lambda values: values.astype(np.int64)
    known = [one for one in gold if one is not None]
    if kind == "number":
        seen = np.unique(np.concatenate([column, np.array(known, dtype=np.float64)]))
        points = _points(target, seen)
        return tuple(points.tolist()), lambda values: np.searchsorted(points, values)
    names = sorted({*column.tolist(), *known})
    place = {name: at for at, name in enumerate(names)}
    return tuple(names), lambda values: np.array([place[name] for name in values], dtype=np.int64)


def _points(target: Target, seen: Floats) -> Floats:
    """All points of a short scale, also those that nobody chose; of a long one those seen."""
    if target.low is None or target.high is None:
        return seen
    for step in (1.0, 0.5):
        points = target.low + step * np.arange(round((target.high - target.low) / step) + 1)
        if len(points) <= MOST_POINTS and np.isin(seen, points).all():
            return np.asarray(points)
    return seen


def _as_now(codes: Codes, target: Target, version: Codes, rubrics: Mapping[int, Rubric]) -> Codes:
    """Codes of earlier settings by the names that they have now."""
    now = {name: code for code, name in enumerate(target.categories)}
    for number, rubric in rubrics.items():
        then = next((one.categories for one in rubric.targets() if one.name == target.name), ())
        if then != target.categories:
            moved = np.array([*(now.get(name, MISSING) for name in then), MISSING])
            rows = version == number
            codes[rows] = moved[codes[rows]]
    return codes
