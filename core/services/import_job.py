"""What the parts of an import share: the job in hand, its report, and its rows."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from random import Random
from typing import Any

from core.errors import Problem
from core.interchange.columns import Arranger, Kind, Shape
from core.interchange.files import Row, Source, rows
from core.interchange.refusals import Problems
from core.interchange.staging import Staging
from core.services.projects import ProjectView
from core.tasks.base import TaskType

Progress = Callable[[str, float], None]
"""Told the stage ("reading", "checking", "writing") and the share of it that is done."""


@dataclass(frozen=True)
class Duplicate:
    """A row whose content is, exactly or nearly, that of another."""

    row: int
    key: str
    other: str
    exact: bool


@dataclass(frozen=True)
class ImportReport:
    kind: Kind
    file: str
    format: str
    rows: int = 0
    new: int = 0
    unchanged: int = 0
    changed: int = 0
    duplicates_exact: int = 0
    duplicates_near: int = 0
    duplicates: tuple[Duplicate, ...] = ()
    same_prompt: int = 0
    """New items whose prompt another item has, too: they stay on one side of every split."""
    batches: Mapping[str, int] = field(default_factory=dict)
    languages: Mapping[str, int] = field(default_factory=dict)
    gold: int = 0
    stubs: int = 0
    annotators: int = 0
    checks_kept_in_work: int = 0
    """Items given as hidden checks that people have worked on already: they stay work."""
    left_out: Mapping[str, int] = field(default_factory=dict)
    """Rows of an export of ours that are no labels, by outcome or purpose."""
    mapping: Mapping[str, str] = field(default_factory=dict)
    dry_run: bool = False
    job: int | None = None

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True)
class Job:
    """Everything that checking one file needs."""

    kind: Kind
    project: ProjectView
    rubric: TaskType[Any, Any]
    source: Source
    arrange: Arranger
    staging: Staging
    problems: Problems
    rng: Random
    on_progress: Progress
    create_items: bool = False
    machine: bool = False

    def kind_of(self, annotator: str) -> str:
        """As an export of ours says; else as the importer does."""
        kinds = self.arrange.kinds
        if kinds is None:
            return "machine" if self.machine else "imported"
        return kinds.get(annotator, "imported")

    def is_machine(self, annotator: str) -> bool:
        return self.kind_of(annotator) == "machine"


def shape_of(rubric: TaskType[Any, Any]) -> Shape:
    asks = rubric.screen(rubric.sample_payload(Random(0))).asks  # noqa: S311 - a made-up item, to see its asks
    return Shape(
        frozenset(rubric.payload_model.model_fields),
        tuple(ask.name for ask in asks),
        frozenset(rubric.answer_model.model_fields),
    )


def checked_rows(job: Job) -> Iterator[tuple[int, Row]]:
    """Rows of the file by number, arranged; what is wrong with single rows goes to the job's problems."""
    for count, (number, raw) in enumerate(rows(job.source)):
        if count % 1000 == 0:
            job.on_progress("reading", job.source.share_read)
        if isinstance(raw, Problem):
            job.problems.add(raw)
            continue
        try:
            row = job.arrange(raw, number)
            if row is not None:
                yield number, row
        except Problem as problem:
            job.problems.add(problem)


def silent(stage: str, share: float) -> None:
    """For callers that show no progress."""
