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
from core.services.aside import Tell
from core.services.projects import ProjectView
from core.services.quality.gold import Rubric, usable
from core.services.quality.scopes import EVERYTHING, Scope
from core.stats.labels import MISSING, Codes, Flags, Floats, Labels
from core.store import figure_items, figures
from core.store.figure_items import Items
from core.store.figures import Answers, Kind, Small
from core.tasks.base import ScaleName, Target
from core.tasks.comparing import Comparison

NO_TARGET = N_("There is no target {target}; there are {known}.")
NO_SUCH_SETTINGS = N_("There is no settings version {version}; there are {known}.")
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
    again: Codes
    """A code for each second look."""

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
class Repeats:
    """A row for each time a person was shown an item again: their first answer by its place, and the answer then."""

    first: Codes
    answers: Answers

    def __len__(self) -> int:
        return len(self.first)


@dataclass(frozen=True)
class Evidence:
    """Answers with their items and people counted from 0. `about` says more of each item, in the order of `items`."""

    project: ProjectView
    scope: Scope
    answers: Answers
    items: Codes
    item: Codes
    about: Items
    people: tuple[str, ...]
    """Names; empty to those who may not see people."""
    people_ids: Codes
    person: Codes
    machines: Flags
    """Of people: which are machine judges."""
    golds: Sequence[Row[Any]]
    outdated: int
    """Answers under settings that meant something else."""
    twice: int
    """Labels of people who had labelled the item already, here or elsewhere: the first counts."""
    targets: Mapping[str, Measured]
    repeats: Repeats

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
        place = np.full(len(self.items), MISSING)
        at, used = places_of(np.array([row.item_id for row in self.golds], dtype=np.int64), self.items)
        place[at] = np.flatnonzero(used)
        return place


def gather(
    session: Session, project: ProjectView, scales: Mapping[str, str], scope: Scope = EVERYTHING, tell: Tell = lambda _: None
) -> Evidence:  # fmt: skip
    """Of an earlier settings version: as those settings asked it."""
    connection, within = session.connection(), scope.within(project.id)
    project = _as_of(connection, project, scope.settings)
    rubric, wanted, rubrics = project.rubric, _targets(project.rubric, scales), compatible(connection, project, scope)
    tell(0.05)
    first, again = figures.answers(connection, within)
    tell(0.6)
    found = in_scope(first, scope)
    meant = found.subset(np.isin(found.version, list(rubrics)))
    answers = meant.subset(given_once(meant))
    items, item = np.unique(answers.item, return_inverse=True)
    ids, person = np.unique(answers.person, return_inverse=True)
    known = figures.people(connection, ids)
    rows = [known[one] for one in ids.tolist()]
    comparing = issubclass(rubric.payload_model, Comparison)
    golds, true = usable(rubric, figures.golds(connection, within, payloads=comparing))
    bare = Evidence(
        project, scope, answers, items, item, figure_items.items(connection, project.id, items), tuple(row.name for row in rows), ids, person,
        np.array([row.kind == "machine" for row in rows], dtype=np.bool_), golds, len(found) - len(meant), len(meant) - len(answers), {},
        _repeats(answers, again, list(rubrics)),
    )  # fmt: skip
    tell(0.8)
    return replace(bare, targets={t.name: _measured(connection, bare, t, rubrics, true) for t in wanted})


def in_scope(found: Answers, scope: Scope) -> Answers:
    """After the first of several revisions was chosen: a later one is none, whatever version it was given under."""
    kept = np.ones(len(found), dtype=np.bool_)
    for column, wanted in ((found.guidelines, scope.guidelines), (found.version, scope.settings)):
        if wanted is not None:
            kept &= column == wanted
    return found.subset(kept)


def given_once(answers: Answers) -> Codes:
    """A person may have labelled an item here, and have brought another label of it from elsewhere. Checks stand apart."""
    check = answers.purpose == figures.CHECK
    keys = (answers.item * (int(answers.person.max(initial=0)) + 1) + answers.person) * 2 + check
    ordered = np.sort(keys)
    if (ordered[1:] != ordered[:-1]).all():
        return np.arange(len(answers))
    by_time = np.lexsort((answers.id, answers.at))
    _, first = np.unique(keys[by_time], return_index=True)
    return np.sort(by_time[first])


def _repeats(answers: Answers, again: Answers, versions: list[int]) -> Repeats:
    """Those whose first answer counts."""
    again = again.subset(np.isin(again.version, versions))
    labels = np.flatnonzero(answers.purpose != figures.CHECK)
    size = int(max(answers.person.max(initial=0), again.person.max(initial=0))) + 1
    keys = answers.item[labels] * size + answers.person[labels]
    order = np.argsort(keys, kind="stable")
    at, used = places_of(again.item * size + again.person, keys[order])
    return Repeats(labels[order][at], again.subset(used))


def _as_of(connection: Connection, project: ProjectView, version: int | None) -> ProjectView:
    if version is None or version == project.settings_version:
        return project
    known = {row.number: row.settings for row in figures.versions(connection, project.id)}
    if version not in known:
        raise InvalidInput(NO_SUCH_SETTINGS, version=version, known=", ".join(map(str, known)))
    return replace(project, settings=known[version], settings_version=version)


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


def compatible(connection: Connection, project: ProjectView, scope: Scope) -> dict[int, Rubric]:
    """The settings versions whose answers mean what they mean now: back to the last that did not carry them over."""
    if scope.settings is not None:
        return {scope.settings: project.rubric}
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
    again = evidence.repeats.answers
    if target.scale == "text":
        nothing = (np.full(many, MISSING) for many in (len(evidence.answers), len(evidence.items), len(again)))
        code, gold_codes, code_again = nothing
        return Measured(target, code, gold_codes, (), code_again)
    asked = np.concatenate([evidence.answers.id, again.id])
    ids, found = figures.values(connection, evidence.scope.within(evidence.project.id), target.name, kind, asked)
    gold = [row.get(target.name, {}).get(kind) for row in true]
    places = [places_of(ids, known) for known in (evidence.answers.id, again.id)]
    column = found[places[0][1] | places[1][1]]
    names, code_of = _coding(target, kind, column, gold)
    codes, codes_again = (np.full(len(answers), MISSING) for answers in (evidence.answers, again))
    for answers, (at, used), into in zip((evidence.answers, again), places, (codes, codes_again), strict=True):
        into[at] = code_of(found[used])
        if kind == "code":
            as_now(into, target, answers.version, rubrics)
    gold_codes = np.array(
        [MISSING if one is None else code_of(np.array([one], column.dtype))[0] for one in gold] + [MISSING]
    )
    return Measured(target, codes, gold_codes[evidence.gold_at], names, codes_again)


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


def as_now(codes: Codes, target: Target, version: Small, rubrics: Mapping[int, Rubric]) -> None:
    """Codes of earlier settings become those of the names that they have now."""
    now = {name: code for code, name in enumerate(target.categories)}
    for number, rubric in rubrics.items():
        then = next((one.categories for one in rubric.targets() if one.name == target.name), ())
        if then != target.categories:
            moved = np.array([*(now.get(name, MISSING) for name in then), MISSING])
            rows = version == number
            codes[rows] = moved[codes[rows]]
