"""Exporting every current answer of every purpose, by the ids of the import."""

from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path
from random import Random
from typing import Any

import orjson
import pyarrow as pa

from core.interchange import outputs
from core.interchange.outputs import JsonlFiles
from core.services.export_job import Configs, ExportJob
from core.store import bulk, verdicts as verdicts_store
from core.tasks.base import TaskType

ANSWER_FORMATS: Mapping[str, tuple[str, str]] = {
    "answers-jsonl": ("All answers, JSON Lines", "every current answer as it was given, one object a line"),
    "answers-csv": ("All answers, CSV", "every current answer, one row each, for spreadsheets"),
    "answers-parquet": ("All answers, Parquet", "every current answer, typed columns, for analysis"),
}
_REPORTED_EVERY = 1000
VERDICTS = "side/verdicts.jsonl"


def write(job: ExportJob, folder: Path) -> tuple[dict[str, Any], Configs]:
    """The report, and the card's configs."""
    rubric = job.project.rubric
    flat = [ask.name for ask in rubric.screen(rubric.sample_payload(Random(0))).asks]  # noqa: S311 - its asks only
    path, count = _WRITERS[job.format](folder, _answers(job), flat)
    return job.report({path: count}, _write_verdicts(job, folder)), {"default": {"train": path}}


def _write_verdicts(job: ExportJob, folder: Path) -> dict[str, int]:
    """What reviewers settled; who they are stands here as annotators' names stand with their answers."""
    names = verdicts_store.reviewers_of(job.connection, job.project.id)
    with JsonlFiles(folder) as side:
        for verdict in verdicts_store.final_verdicts(job.connection, job.project.id).values():
            job.tally.verdicts["adjudicated"] += 1
            job.tally.adjudicate(verdict)
            side.write(VERDICTS, _verdict(job, verdict, names.get(verdict.item_id, [])))
    return dict(side.rows)


def _verdict(job: ExportJob, row: Any, reviewers: list[str]) -> dict[str, Any]:
    aliases, body = orjson.loads(row.aliases or "{}"), orjson.loads(row.body)
    return {
        "item": row.key, "answer": job.project.rubric.rename(body, aliases) if aliases else body, "source": "adjudicated", "basis": row.basis,
        "reason": row.reason, "stages": row.stage, "reviewers": reviewers, "guideline_version": row.guideline_version,
        "settings_version": row.settings_version, "at": row.at.isoformat(),
    }  # fmt: skip


def _answers(job: ExportJob) -> Iterator[dict[str, Any]]:
    last: int | None = None
    names: dict[str, str] = {}
    rubric = job.project.rubric
    with closing(bulk.all_answers(job.connection, job.project.id)) as answers:
        for n, answer in enumerate(answers):
            if answer.item_id != last:
                last, names = answer.item_id, orjson.loads(answer.aliases or "{}")
            if n % _REPORTED_EVERY == 0:
                job.on_progress(n)
            job.tally.settings.add(answer.settings_version)
            job.tally.guidelines.add(answer.guideline_version)
            yield _row(rubric, answer, names)


def _row(rubric: TaskType[Any, Any], answer: Any, names: dict[str, str]) -> dict[str, Any]:
    _, key, _, name, purpose, outcome, text, extras, shown, guideline, settings, active_ms, at, revision = answer
    body = orjson.loads(text) if text is not None else None
    return {
        "item": key, "annotator": name, "purpose": purpose, "outcome": outcome,
        "answer": rubric.rename(body, names) if body is not None and names else body,
        "extras": orjson.loads(extras) if extras else None,
        "order": [names.get(one, one) for one in orjson.loads(shown)] if shown else None,
        "gold": purpose == "gold", "guideline_version": guideline, "settings_version": settings,
        "active_s": None if active_ms is None else active_ms / 1000, "at": at.isoformat(), "revision": revision,
    }  # fmt: skip


# Writers of answers ---------------------------------------------------------------------------------------------------

_COLUMNS = (
    "item", "annotator", "purpose", "outcome", "answer", "extras", "order", "gold", "guideline_version", "settings_version", "active_s",
    "at", "revision",
)  # fmt: skip


def _answers_jsonl(folder: Path, rows: Iterator[dict[str, Any]], flat: list[str]) -> tuple[str, int]:
    del flat
    with JsonlFiles(folder) as files:
        for row in rows:
            files.write("answers.jsonl", row)
    if not files.rows:
        (folder / "answers.jsonl").touch()
    return "answers.jsonl", sum(files.rows.values())


def _answers_csv(folder: Path, rows: Iterator[dict[str, Any]], flat: list[str]) -> tuple[str, int]:
    columns = [*_COLUMNS, *(f"answer.{name}" for name in flat)]
    return "answers.csv", outputs.write_csv(folder / "answers.csv", columns, (_flattened(row, flat) for row in rows))


def _answers_parquet(folder: Path, rows: Iterator[dict[str, Any]], flat: list[str]) -> tuple[str, int]:
    types: dict[str, pa.DataType] = {
        "order": pa.list_(pa.string()), "gold": pa.bool_(), "guideline_version": pa.int64(), "settings_version": pa.int64(),
        "active_s": pa.float64(), "revision": pa.int64(),
    }  # fmt: skip
    whole = {
        **{name: types.get(name, pa.string()) for name in _COLUMNS},
        **{f"answer.{name}": _flat_type(name) for name in flat},
    }
    mixed = ["answer", "extras", *(name for name in whole if name.startswith("answer.") and whole[name] == pa.string())]
    ready = (_as_text(_flattened(row, flat), mixed) for row in rows)
    return "answers.parquet", outputs.write_parquet(folder / "answers.parquet", pa.schema(list(whole.items())), ready)


def _flat_type(name: str) -> pa.DataType:
    return pa.float64() if name.startswith("scores.") or name.endswith("strength") else pa.string()


def _as_text(row: dict[str, Any], mixed: list[str]) -> dict[str, Any]:
    """Whatever is no text in these columns as JSON; the others hold what their types say."""
    for name in mixed:
        value = row[name]
        if value is not None and not isinstance(value, str):
            row[name] = orjson.dumps(value).decode()
    return row


def _flattened(row: dict[str, Any], flat: list[str]) -> dict[str, Any]:
    """With a column for each ask; the row is not used again without them."""
    for name in flat:
        row[f"answer.{name}"] = value_at(row["answer"], name)
    return row


def value_at(value: Any, path: str) -> Any:
    """What stands in an answer under an ask's name: `scores.clarity`; None where nothing does."""
    for step in path.split("."):
        if isinstance(value, list):
            value = value[int(step)] if step.isdigit() and int(step) < len(value) else None
        else:
            value = value.get(step) if isinstance(value, dict) else None
    return value


_WRITERS = {"answers-jsonl": _answers_jsonl, "answers-csv": _answers_csv, "answers-parquet": _answers_parquet}
