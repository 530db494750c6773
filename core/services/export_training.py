"""Exporting verdicts as training rows; what the format has no row for goes to side files and is counted."""

from collections import Counter
from collections.abc import Generator, Iterable, Iterator, Mapping
from contextlib import closing
from itertools import groupby
from operator import attrgetter
from pathlib import Path
from typing import Any

import orjson

from core.interchange import outputs
from core.interchange.outputs import JsonlFiles
from core.interchange.training_rows import (
    TRAINING_FORMATS,
    LeftOut,
    Row,
    Shape,
    TrainingFormat,
    as_conversation,
    as_plain,
    shape_of,
)
from core.records import PreferencePair, Record, Tie, Unpaired
from core.services.export_answers import renamed_payload
from core.services.export_job import Dataset, ExportJob, Rubrics
from core.services.export_sides import sides
from core.services.verdicts import Decided, Provenance, Source, Vote, decide, main_target, margin
from core.store import bulk, verdicts as verdicts_store
from core.tasks.base import Target

APART = ("gold", "stub", "quarantined", "flagged", "withdrawn")
"""States of items that are never training data."""
_REPORTED_EVERY = 1000
_PROMPTS = "trl-prompt"
PROVENANCE = "side/provenance.jsonl"
"""Where each item's verdict came from, in the order of the rows."""


def write(job: ExportJob, folder: Path) -> Dataset:
    with JsonlFiles(folder) as files, JsonlFiles(folder) as side:
        training = _Training(job, files, side)
        training.write_items()
    rows = dict(sorted(files.rows.items(), reverse=True))
    if not rows:
        (folder / "train.jsonl").touch()
        rows = {"train.jsonl": 0}
    shape = _settle_shape(folder, rows, training.shapes) if training.made.has_shapes else "conversational"
    report = job.report(rows, dict(side.rows))
    report["split"] = training.sides.as_json(job.test_share)
    report["shape"] = shape
    report["warnings"] = _warnings(training.made, rows)
    schema = training.made.schema(shape)
    return Dataset(report, schema, {Path(path).stem: outputs.parquet_twin(folder, path, schema) for path in rows})


def _settle_shape(folder: Path, paths: Iterable[str], shapes: set[Shape]) -> Shape:
    """Conversational as soon as one row is: the others are put into that shape."""
    if "conversational" not in shapes:
        return "plain"
    if len(shapes) > 1:
        for path in paths:
            outputs.rewrite_jsonl(folder / path, as_conversation)
    return "conversational"


def _warnings(made: TrainingFormat, rows: Mapping[str, int]) -> list[dict[str, Any]]:
    few = {path: count for path, count in rows.items() if count < made.least}
    return [
        {"warning": "too_few_rows", "file": path, "rows": count, "least": made.least} for path, count in few.items()
    ]


class _Training:
    """Walks the items and writes the rows of each one's verdict."""

    def __init__(self, job: ExportJob, files: JsonlFiles, side: JsonlFiles) -> None:
        self.job, self.files, self.side = job, files, side
        self.project, self.tally, self.made = job.project, job.tally, TRAINING_FORMATS[job.format]
        self.shapes: set[Shape] = set()
        self.rubrics = Rubrics(job.connection, job.project)
        self.target = main_target(job.project.rubric)
        self.adjudicated = verdicts_store.final_verdicts(job.connection, job.project.id)
        self.unsettled = verdicts_store.unsettled(job.connection, job.project.id)
        self.sides = sides(job.connection, job.project.id, job.project.split_salt, job.test_share)

    def write_items(self) -> None:
        with closing(self._items()) as items:
            for item, votes in items:
                self._write_item(item, votes)

    def _items(self) -> Generator[tuple[Any, list[Any]]]:
        """Items with their votes, in step."""
        with (
            closing(bulk.items(self.job.connection, self.project.id)) as items,
            closing(bulk.votes(self.job.connection, self.project.id, self.target.name)) as votes,
        ):
            for n, (item, mine) in enumerate(_in_step(items, votes)):
                if n % _REPORTED_EVERY == 0:
                    self.job.on_progress(n)
                yield item, mine

    def _write_item(self, item: Any, rows: list[Any]) -> None:
        adjudicated = self.adjudicated.get(item.id)
        reason = self._apart(item, rows, adjudicated)
        if reason is not None:
            self.tally.left_out[reason] += 1
            return
        self._note(item, rows)
        split = self.sides.of(item.id)
        for records, provenance in self._records(item, rows, adjudicated):
            self._write_rows(item, records, split, provenance)

    def _apart(self, item: Any, rows: list[Any], adjudicated: Any) -> str | None:
        """Why the item has no row, if so."""
        if item.state in APART:
            return str(item.state)
        if item.id in self.unsettled:
            return "in_review"
        if adjudicated is not None and adjudicated.reason == "bad_item":
            return "bad_item"
        return "no_answer" if not rows and adjudicated is None else None

    def _note(self, item: Any, rows: list[Any]) -> None:
        self.tally.languages[item.lang] += 1
        for row in rows:
            self.tally.settings.add(row.settings_version)
            self.tally.guidelines.add(row.guideline_version)

    def _records(
        self, item: Any, rows: list[Any], adjudicated: Any
    ) -> Iterator[tuple[list[Record], Provenance | None]]:
        """The records of the item's verdict; of every answer, where answers cannot contradict each other."""
        votes = [Vote(row.body, row.says, row.settings_version) for row in map(_voting, rows)]
        if adjudicated is not None:
            yield self._adjudicated(item, adjudicated, votes)
        elif not self.project.rubric.checkable:
            known = self._from("single", votes)
            for n, vote in enumerate(votes):
                records = self._worth(item, vote.body, vote.settings_version)
                yield [r for r in records if n == 0 or self.made.name != _PROMPTS], known
        else:
            self.tally.compare(votes)
            yield from self._resolved(item, votes)

    def _adjudicated(self, item: Any, verdict: Any, votes: list[Vote]) -> tuple[list[Record], Provenance]:
        self.tally.adjudicate(verdict)
        stages = {"stages": verdict.stage, "reviewers": verdict.stage}
        known = self._from("adjudicated", votes, basis=verdict.basis, reason=verdict.reason or "", **stages)
        records = self._worth(item, verdict.body, verdict.settings_version)
        self._set_aside(item, records, votes)
        return records, known

    def _from(self, source: Source, votes: list[Vote], **more: Any) -> Provenance:
        self.tally.verdicts[source] += 1
        return Provenance(source, len(votes), **more)

    def _resolved(self, item: Any, votes: list[Vote]) -> Iterator[tuple[list[Record], Provenance | None]]:
        verdict = decide(self.project.rubric, votes)
        if isinstance(verdict, Decided):
            known = self._from(verdict.source, votes)
            records = self._worth(item, verdict.body, verdict.settings_version)
            self._set_aside(item, records, votes)
            yield records, known
        elif self.made.name == _PROMPTS:
            yield self._worth(item, votes[0].body, votes[0].settings_version), None
        else:
            self.tally.left_out["unresolved"] += 1
            self.side.write("side/unresolved.jsonl", self._side_row(item, verdict.counts))

    def _worth(self, item: Any, body: str, settings_version: int) -> list[Record]:
        """Stored content was checked when it was stored: only its shape is read again."""
        rubric = self.rubrics.at(settings_version)
        payload = rubric.payload_model.model_validate_json(item.payload)
        return list(rubric.records(payload, rubric.answer_model.model_validate_json(body)))

    def _set_aside(self, item: Any, records: list[Record], votes: list[Vote]) -> None:
        """Verdicts that the format has no row for."""
        if PreferencePair not in self.made.takes:
            return
        if any(isinstance(record, Tie) for record in records) and not any(
            isinstance(record, PreferencePair) for record in records
        ):
            reason = "tie"
        elif Unpaired not in self.made.takes and any(
            isinstance(record, Unpaired) and not record.label for record in records
        ):
            reason = "both_bad"
        else:
            return
        self.tally.left_out[reason] += 1
        name = "ties" if reason == "tie" else reason
        self.side.write(f"side/{name}.jsonl", self._side_row(item, Counter(vote.says for vote in votes)))

    def _side_row(self, item: Any, counts: Mapping[Any, int]) -> dict[str, Any]:
        aliases = orjson.loads(item.aliases or "{}")
        payload = renamed_payload(orjson.loads(item.payload), aliases)
        said = {_says(self.target, value, list(aliases.values())): count for value, count in counts.items()}
        return {
            "item": item.key,
            "payload": payload,
            "votes": said,
            "answers": sum(counts.values()),
            "margin": margin(counts.values()),
        }

    def _write_rows(self, item: Any, records: list[Record], split: str, known: Provenance | None) -> None:
        wanted = [record for record in records if isinstance(record, self.made.takes)]
        refused = written = 0
        for row in map(self._shaped, self.made.rows(wanted)):
            if isinstance(row, LeftOut):
                self.tally.left_out[row.reason] += 1
                refused += 1
            else:
                meta = {"meta": _meta(item, known)} if self.made.has_meta and known is not None else {}
                self.files.write(f"{split}.jsonl", row | meta)
                written += 1
        if wanted and not written + refused:
            self.tally.left_out["balanced"] += 1
        if written and known is not None:
            origin = {"item": item.key, **known.as_json(), "split": split, "rows": written}
            self.side.write(PROVENANCE, origin)

    def _shaped(self, row: Row | LeftOut) -> Row | LeftOut:
        """In the shape asked for; else as it came, and its shape is noted."""
        if not self.made.has_shapes or isinstance(row, LeftOut):
            return row
        shaped: Row | LeftOut = row
        if self.job.options.shape is not None:
            shaped = as_plain(row) if self.job.options.shape == "plain" else as_conversation(row)
        if not isinstance(shaped, LeftOut):
            self.shapes.add(shape_of(shaped))
        return shaped


def _meta(item: Any, known: Provenance) -> dict[str, Any]:
    """The same kinds in every row, so that readers who guess types guess right."""
    told = known.as_json()
    return {
        "item": item.key,
        "verdict": told["source"],
        **{name: told[name] for name in ("basis", "reason", "reviewers")},
    }


def _in_step(items: Iterator[Any], votes: Iterator[Any]) -> Iterator[tuple[Any, list[Any]]]:
    """Each item with its votes; both come in the order of items."""
    by_item = groupby(votes, attrgetter("item_id"))
    waiting = next(by_item, None)
    for item in items:
        mine: list[Any] = []
        if waiting is not None and waiting[0] == item.id:
            mine = list(waiting[1])
            waiting = next(by_item, None)
        yield item, mine


def _voting(row: Any) -> Vote:
    return Vote(row.body, row.code if row.code is not None else row.symbol, row.settings_version)


def _says(target: Target, value: Any, responses: list[str]) -> str:
    """A vote as the side file shows it: sides by the import's own ids."""
    if not isinstance(value, int):
        return str(value)
    name = target.categories[value]
    sides = dict(zip(("first", "second"), responses, strict=False))
    return sides.get(name, name)
