"""Exporting every current answer of every purpose, by the ids of the import."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from operator import attrgetter
from pathlib import Path
from random import Random
from typing import Any

import orjson
import pyarrow as pa

from core.interchange import outputs
from core.interchange.outputs import JSON, JsonlFiles, ParquetRows, Split
from core.services import import_probabilities as probabilities
from core.services.export_counts import Count
from core.services.export_job import Dataset, ExportJob
from core.services.pseudonyms import Naming, by_name, in_project
from core.store import bulk, verdicts as verdicts_store
from core.tasks.base import TaskType

ANSWER_FORMATS: Mapping[str, tuple[str, str]] = {
    "answers-jsonl": ("All answers, JSON Lines", "every current answer as it was given, one object per line"),
    "answers-csv": ("All answers, CSV", "every current answer, one row each, for spreadsheets"),
    "answers-parquet": ("All answers, Parquet", "every current answer, typed columns, for analysis"),
}
_REPORTED_EVERY = 1000
VERDICTS = "side/verdicts.jsonl"
_APART = ("pilot", "practice", "quiz", "review")
"""Purposes whose answers stand beside the work, not in it."""
_TWIN = "answers.parquet"
Row = dict[str, Any]


def write(job: ExportJob, folder: Path) -> Dataset:
    layout = _Layout.of(job)
    path = f"answers.{job.format.removeprefix('answers-')}"
    with ParquetRows(folder / _TWIN, layout.schema) as twin, _writer(folder / path, layout) as put:
        for row in _answers(job):
            put(row)
            twin.write(layout.typed(row))
    report = job.report({path: twin.rows}, _write_verdicts(job, folder)) | {"items": _items(job)}
    return Dataset(report, layout.schema, {"train": Split(_TWIN, twin.rows, twin.bytes)})


def _items(job: ExportJob) -> dict[str, Any]:
    """Those with an answer are in rows."""
    counted, answered = Count(), job.tally.languages.total()
    counted.add(answered, {"no_answer": bulk.count_items(job.connection, job.project.id) - answered})
    return counted.as_json()


# Rows -----------------------------------------------------------------------------------------------------------------


def _answers(job: ExportJob) -> Iterator[Row]:
    read = _Reader(job)
    connection, project_id = job.connection, job.project.id
    with (
        closing(bulk.all_answers(connection, project_id, with_payloads="texts" in job.options.additions)) as answers,
        closing(bulk.probabilities(connection, project_id)) as beliefs,
    ):
        believed = groupby(beliefs, attrgetter("answer_id"))
        waiting = next(believed, None)
        for n, answer in enumerate(answers):
            if n % _REPORTED_EVERY == 0:
                job.on_progress(n)
            mine: list[Any] = []
            if waiting is not None and waiting[0] == answer.id:
                mine = list(waiting[1])
                waiting = next(believed, None)
            yield read.row(answer, mine)


class _Reader:
    """Stored answers as rows of the export."""

    def __init__(self, job: ExportJob) -> None:
        self._tally, self._additions = job.tally, job.options.additions
        self._rubric: TaskType[Any, Any] = job.project.rubric
        self._named = _naming(job)
        self._item: int | None = None
        self._names: dict[str, str] = {}
        self._seen: set[int] = set()

    def row(self, answer: Any, beliefs: list[Any]) -> Row:
        if answer.item_id != self._item:
            self._item, self._names = answer.item_id, orjson.loads(answer.aliases or "{}")
            self._tally.languages[answer.lang] += 1
            self._seen.clear()
        self._tally.settings.add(answer.settings_version)
        self._tally.guidelines.add(answer.guideline_version)
        row = {
            "item": answer.key,
            "annotator": self._named(answer.person_id, answer.name, answer.kind),
            "purpose": answer.purpose,
            "outcome": answer.outcome,
            "answer": self._said(answer.body),
            "extras": orjson.loads(answer.extras or "null"),
            "order": self._shown(answer.shown),
            "gold": answer.purpose == "gold",
            "guideline_version": answer.guideline_version,
            "settings_version": answer.settings_version,
            "active_s": None if answer.active_ms is None else answer.active_ms / 1000,
            "at": answer.at.isoformat(),
            "revision": answer.revision,
            "repeat": self._is_repeat(answer),
            "kind": answer.kind,
            "probabilities": self._beliefs(beliefs),
        }
        return row | self._about_item(answer)

    def _is_repeat(self, answer: Any) -> bool:
        """Whether a row above has an answer of the same person to the same item."""
        if answer.outcome != "submitted" or answer.purpose in _APART:
            return False
        seen = answer.person_id in self._seen
        self._seen.add(answer.person_id)
        return seen

    def _said(self, body: str | None) -> Any:
        said = orjson.loads(body or "null")
        return self._rubric.rename(said, self._names) if said is not None and self._names else said

    def _shown(self, shown: str | None) -> list[str] | None:
        return [self._names.get(one, one) for one in orjson.loads(shown)] if shown else None

    def _beliefs(self, rows: list[Any]) -> Any:
        return probabilities.as_given(self._rubric, list(self._names.values()), rows) if rows else None

    def _about_item(self, answer: Any) -> Row:
        more: Row = {}
        if "texts" in self._additions:
            more["payload"] = renamed_payload(orjson.loads(answer.payload), self._names)
        if "lang" in self._additions:
            more["lang"] = answer.lang
        if "models" in self._additions:
            models = orjson.loads(answer.models or "{}")
            more["models"] = {self._names.get(made, made): model for made, model in models.items()} or None
        return more


def renamed_payload(payload: Row, names: Mapping[str, str]) -> Row:
    """With the responses under the import's own ids."""
    if not names:
        return payload
    responses = {names.get(made, made): response for made, response in payload["responses"].items()}
    return {**payload, "responses": responses}


def _naming(job: ExportJob) -> Naming:
    return by_name if job.options.names else in_project(job.project.split_salt, job.project.id)


# Columns --------------------------------------------------------------------------------------------------------------

_COLUMNS: Mapping[str, pa.DataType] = {
    "item": pa.string(),
    "annotator": pa.string(),
    "purpose": pa.string(),
    "outcome": pa.string(),
    "answer": JSON,
    "extras": JSON,
    "order": pa.list_(pa.string()),
    "gold": pa.bool_(),
    "guideline_version": pa.int64(),
    "settings_version": pa.int64(),
    "active_s": pa.float64(),
    "at": pa.timestamp("us", "UTC"),
    "revision": pa.int64(),
    "repeat": pa.bool_(),
    "kind": pa.string(),
    "probabilities": JSON,
}
_ADDED: Mapping[str, tuple[str, pa.DataType]] = {
    "texts": ("payload", JSON),
    "lang": ("lang", pa.string()),
    "models": ("models", JSON),
}


@dataclass(frozen=True)
class _Layout:
    """The columns of one export; tables also have one for each ask."""

    columns: Mapping[str, pa.DataType]
    flat: tuple[str, ...]

    @classmethod
    def of(cls, job: ExportJob) -> "_Layout":
        rubric = job.project.rubric
        flat: tuple[str, ...] = ()
        if job.format != "answers-jsonl":
            flat = tuple(ask.name for ask in rubric.screen(rubric.sample_payload(Random(0))).asks)  # noqa: S311
        added = dict(_ADDED[name] for name in _ADDED if name in job.options.additions)
        return cls({**_COLUMNS, **added, **{f"answer.{name}": _flat_type(name) for name in flat}}, flat)

    @property
    def schema(self) -> pa.Schema:
        return pa.schema(list(self.columns.items()))

    def flattened(self, row: Row) -> Row:
        return row | {f"answer.{name}": value_at(row["answer"], name) for name in self.flat}

    def typed(self, row: Row) -> Row:
        """What has no type of its own as JSON, times as times."""
        out = self.flattened(row)
        out["at"] = datetime.fromisoformat(row["at"])
        for name, kind in self.columns.items():
            value = out[name]
            if value is not None and (kind == JSON or (kind == pa.string() and not isinstance(value, str))):
                out[name] = orjson.dumps(value).decode()
        return out


def _flat_type(name: str) -> pa.DataType:
    return pa.float64() if name.startswith("scores.") or name.endswith("strength") else pa.string()


def value_at(value: Any, path: str) -> Any:
    """What stands in an answer under an ask's name: `scores.clarity`; None where nothing does."""
    for step in path.split("."):
        if isinstance(value, list):
            value = value[int(step)] if step.isdigit() and int(step) < len(value) else None
        else:
            value = value.get(step) if isinstance(value, dict) else None
    return value


# Writers --------------------------------------------------------------------------------------------------------------


def _writer(path: Path, layout: _Layout) -> AbstractContextManager[Callable[[Row], None]]:
    return {".jsonl": _jsonl, ".csv": _csv, ".parquet": _only_the_twin}[path.suffix](path, layout)


@contextmanager
def _jsonl(path: Path, layout: _Layout) -> Iterator[Callable[[Row], None]]:
    del layout
    path.touch()
    with JsonlFiles(path.parent) as files:
        yield lambda row: files.write(path.name, row)


@contextmanager
def _csv(path: Path, layout: _Layout) -> Iterator[Callable[[Row], None]]:
    with outputs.csv_rows(path, list(layout.columns)) as put:
        yield lambda row: put(layout.flattened(row))


@contextmanager
def _only_the_twin(path: Path, layout: _Layout) -> Iterator[Callable[[Row], None]]:
    del path, layout
    yield lambda _row: None


# Verdicts -------------------------------------------------------------------------------------------------------------


def _write_verdicts(job: ExportJob, folder: Path) -> dict[str, int]:
    """What reviewers settled; who they are stands here as annotators' names stand with their answers."""
    reviewers, named = verdicts_store.reviewers_of(job.connection, job.project.id), _naming(job)
    with JsonlFiles(folder) as side:
        for verdict in verdicts_store.final_verdicts(job.connection, job.project.id).values():
            job.tally.verdicts["adjudicated"] += 1
            job.tally.adjudicate(verdict)
            names = [named(one.id, one.name, one.kind) for one in reviewers.get(verdict.item_id, [])]
            side.write(VERDICTS, _verdict(job, verdict, names))
    return dict(side.rows)


def _verdict(job: ExportJob, row: Any, reviewers: list[str]) -> dict[str, Any]:
    aliases, body = orjson.loads(row.aliases or "{}"), orjson.loads(row.body)
    return {
        "item": row.key,
        "answer": job.project.rubric.rename(body, aliases) if aliases else body,
        "source": "adjudicated",
        "basis": row.basis,
        "reason": row.reason,
        "stages": row.stage,
        "reviewers": reviewers,
        "guideline_version": row.guideline_version,
        "settings_version": row.settings_version,
        "at": row.at.isoformat(),
    }
