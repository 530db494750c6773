"""What the parts of an export share: the project as it is read, what is counted meanwhile, and the report."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any, Literal

import pyarrow as pa
from sqlalchemy import Connection
from sqlmodel import Session

from core.interchange.outputs import Split
from core.interchange.training_rows import Shape
from core.services import projects
from core.services.export_quality import Choice, Judged, judged
from core.services.projects import ProjectView
from core.store import bulk, verdicts as verdicts_store
from core.tasks.base import TaskType

Progress = Callable[[int], None]
"""Told how many items or answers have been read."""
Addition = Literal["texts", "lang", "models"]
ADDITIONS: tuple[Addition, ...] = ("texts", "lang", "models")
"""What exports of all answers can have beside each answer, about its item."""
Labour = Literal["expert-generated", "crowdsourced"]
LABOUR: tuple[Labour, ...] = ("expert-generated", "crowdsourced")
"""What only the exporter can say of the people who answered."""


@dataclass(frozen=True)
class ExportOptions:
    """What can be chosen beside the format."""

    shape: Shape | None = None
    """None: conversational as soon as one row is."""
    names: bool = False
    """People by name; else by pseudonyms."""
    additions: frozenset[Addition] = frozenset()
    license: str | None = None
    """None: the project's."""
    annotators: Labour | None = None
    verdict: Choice | None = None
    """None: as the quality report recommends once gold speaks for it, else what most say."""
    near_duplicates: bool = False
    """Prompts that are nearly the same stay on one side, too."""


AS_USUAL = ExportOptions()


@dataclass(frozen=True)
class Dataset:
    """What was written: the report, and for the card the columns and the size of each split."""

    report: dict[str, Any]
    schema: pa.Schema
    splits: Mapping[str, Split]


def silent(read: int) -> None:
    """For callers that show no progress."""


@dataclass
class Tally:
    """What an export counts while it is written."""

    left_out: Counter[str] = field(default_factory=Counter)
    verdicts: Counter[str] = field(default_factory=Counter)
    languages: Counter[str] = field(default_factory=Counter)
    settings: set[int] = field(default_factory=set)
    guidelines: set[int] = field(default_factory=set)
    bases: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    stages: Counter[str] = field(default_factory=Counter)
    cycles: int = 0
    """Rankings whose majorities go round."""

    def adjudicate(self, verdict: Any) -> None:
        self.bases[verdict.basis] += 1
        self.reasons[verdict.reason or "none"] += 1
        self.stages[str(verdict.stage)] += 1

    def adjudicated(self) -> dict[str, dict[str, int]] | None:
        """Final verdicts by how they were reached, why, and after how many stages."""
        told = {"basis": self.bases, "reason": self.reasons, "stages": self.stages}
        return {name: dict(sorted(counts.items())) for name, counts in told.items()} if self.bases else None


@dataclass
class ExportJob:
    """One export while it is written."""

    connection: Connection
    project: ProjectView
    format: str
    now: datetime
    test_share: float
    on_progress: Progress = silent
    options: ExportOptions = AS_USUAL
    tally: Tally = field(default_factory=Tally)

    def report(self, rows: dict[str, int], side: dict[str, int]) -> dict[str, Any]:
        tally, project = self.tally, self.project
        return {
            "project": project.slug, "task": project.task, "format": self.format, "at": self.now.isoformat(), "simulated": project.simulated,
            "rows": rows, "rows_total": sum(rows.values()), "left_out": dict(sorted(tally.left_out.items())), "side_files": side,
            "verdicts": dict(sorted(tally.verdicts.items())), "adjudicated": self._adjudicated(), "languages": dict(tally.languages),
            "agreement": self.judged.agreement,
            "people": bulk.people_by_kind(self.connection, project.id), "guideline_versions": sorted(tally.guidelines),
            "settings_versions": sorted(tally.settings), "split": None, "license": self.license,
        }  # fmt: skip

    @property
    def license(self) -> str:
        """Empty: not stated."""
        return self.project.policy.license if self.options.license is None else self.options.license

    @cached_property
    def judged(self) -> Judged:
        return judged(Session(self.connection), self.project)

    def _adjudicated(self) -> dict[str, Any] | None:
        told = self.tally.adjudicated()
        return told and {**told, "reviewers": verdicts_store.reviewers(self.connection, self.project.id)}


class Rubrics:
    """The task type under each settings version that answers were given under."""

    def __init__(self, connection: Connection, project: ProjectView) -> None:
        self._session, self._project = Session(connection), project
        self._known = {project.settings_version: project.rubric}

    def at(self, version: int) -> TaskType[Any, Any]:
        if version not in self._known:
            self._known[version] = projects.rubric_at(self._session, self._project.id, self._project.task, version)
        return self._known[version]
