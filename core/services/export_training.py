"""Exporting verdicts as training rows; what the format has no row for goes to side files and is counted."""

import hashlib
from collections import Counter
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import fields
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
from core.records import PreferencePair, Tie
from core.services.export_answers import renamed_payload
from core.services.export_counts import Count, units_in
from core.services.export_job import Dataset, ExportJob
from core.services.export_sides import sides
from core.services.export_verdicts import Verdicts, Worth, named
from core.services.verdicts import Provenance, Vote, margin
from core.store import bulk

_REPORTED_EVERY = 1000
PROVENANCE = "side/provenance.jsonl"
"""Where each row came from, a line a row."""
_ORIGIN = tuple(one.name for one in fields(Provenance))
"""By name: `asdict` copies votes deeply, which took a fifth of an export."""
_ASIDE: Mapping[str, str] = {"tie": "ties", "both_bad": "both_bad", "unresolved": "unresolved"}
"""Reasons for which a side file keeps what was judged."""


def write(job: ExportJob, folder: Path) -> Dataset:
    with JsonlFiles(folder) as files, JsonlFiles(folder) as side:
        training = _Training(job, files, side)
        training.write_items()
    rows = dict(sorted(files.rows.items(), reverse=True))
    if not rows:
        (folder / "train.jsonl").touch()
        rows = {"train.jsonl": 0}
    shape = _settle_shape(folder, rows, training.shapes) if training.made.has_shapes else "conversational"
    if files.rows:
        _add_digests(folder, rows)
    report = job.report(rows, dict(side.rows)) | training.as_json() | {"shape": shape}
    report["warnings"] = [*_too_few(training.made, rows), *_together(report), *_moved(report)]
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


def _add_digests(folder: Path, paths: Iterable[str]) -> None:
    """For formats whose rows cannot name themselves: a digest that anybody can make of a row."""
    rows = {path: outputs.read_jsonl(folder / path) for path in paths}
    outputs.rewrite_jsonl(folder / PROVENANCE, lambda line: line | {"digest": row_digest(next(rows[line["file"]]))})


def row_digest(row: Mapping[str, Any]) -> str:
    """Of the row as JSON without `meta`, keys sorted, no spaces."""
    bare = {name: value for name, value in row.items() if name != "meta"}
    return hashlib.sha256(orjson.dumps(bare, option=orjson.OPT_SORT_KEYS)).hexdigest()[:24]


def _too_few(made: TrainingFormat, rows: Mapping[str, int]) -> list[dict[str, Any]]:
    few = {path: count for path, count in rows.items() if count < made.least}
    return [
        {"warning": "too_few_rows", "file": path, "rows": count, "least": made.least} for path, count in few.items()
    ]


def _together(report: Mapping[str, Any]) -> list[dict[str, Any]]:
    split = report["split"]
    if not split["same_prompt"] or not split["test_share"]:
        return []
    return [{"warning": "same_prompt", "items": split["same_prompt"], "largest": split["largest_group"]}]


def _moved(report: Mapping[str, Any]) -> list[dict[str, Any]]:
    moved = report["split"]["moved"]
    return [{"warning": "moved_sides", **moved}] if moved and moved["prompts"] and report["rows_total"] else []


class _Training:
    """Walks the items and writes the rows of each one's verdict."""

    def __init__(self, job: ExportJob, files: JsonlFiles, side: JsonlFiles) -> None:
        self.job, self.files, self.side = job, files, side
        self.project, self.tally, self.made = job.project, job.tally, TRAINING_FORMATS[job.format]
        self.shapes: set[Shape] = set()
        self.verdicts = Verdicts(job, self.made)
        self.items, self.units = Count(), Count()
        self.sides = sides(
            job.connection, job.project.id, job.project.split_salt, job.test_share, near_too=job.options.near_duplicates
        )

    def as_json(self) -> dict[str, Any]:
        unit = self.verdicts.unit
        found = {
            "left_out": self.items.as_json()["left_out"], "items": self.items.as_json(),
            "verdict": self.job.judged.as_json(self.job.options.verdict), "cycles": self.tally.cycles,
            "split": self.sides.as_json(self.job.test_share),
        }  # fmt: skip
        return found | {unit: self.units.as_json()} if unit else found

    def write_items(self) -> None:
        with closing(self._walk()) as items:
            for item, rows in items:
                votes = [_voting(row) for row in rows]
                worth = self.verdicts.of(item, votes)
                if worth.parts:
                    self._note(item, rows)
                self._write(item, worth, votes)

    def _walk(self) -> Generator[tuple[Any, list[Any]]]:
        """Items with their votes, in step."""
        with (
            closing(bulk.items(self.job.connection, self.project.id)) as items,
            closing(bulk.votes(self.job.connection, self.project.id, self.verdicts.target.name)) as votes,
        ):
            for n, (item, mine) in enumerate(_in_step(items, votes)):
                if n % _REPORTED_EVERY == 0:
                    self.job.on_progress(n)
                yield item, mine

    def _note(self, item: Any, rows: list[Any]) -> None:
        self.tally.languages[item.lang] += 1
        for row in rows:
            self.tally.settings.add(row.settings_version)
            self.tally.guidelines.add(row.guideline_version)

    def _write(self, item: Any, worth: Worth, votes: Sequence[Vote]) -> None:
        written, missing = 0, Counter(worth.missing)
        for part in worth.parts:
            wanted = [record for record in part.records if isinstance(record, self.made.takes)]
            for row in map(self._shaped, self.made.rows(wanted)):
                if isinstance(row, LeftOut):
                    missing[row.reason] += 1
                else:
                    self._write_row(item, row, part.known)
                    written += 1
        if self.verdicts.unit == "responses" and worth.parts:
            rest = units_in(item, "responses", 0) - written - missing.total()
            missing.update({_undecided(worth): rest} if rest else {})
        reason = worth.reason or max((one for one in missing if one != "replaced"), key=missing.__getitem__, default="")
        self.items.add(1, {}) if written else self.items.add(0, {reason: 1})
        self.units.add(written, missing)
        self._write_aside(item, worth, votes, "" if written else reason)

    def _write_row(self, item: Any, row: Row, known: Provenance) -> None:
        split = self.sides.of(item.id)
        path = f"{split}.jsonl"
        place = f"{split}:{self.files.rows.get(path, 0)}"
        origin = {name: getattr(known, name) for name in _ORIGIN}
        meta = {"meta": _meta(item, place, origin)} if self.made.has_meta else {}
        self.files.write(path, row | meta)
        self.side.write(PROVENANCE, {"row": place, "file": path, "item": item.key, **origin, "split": split})

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

    # Side files -------------------------------------------------------------------------------------------------------

    def _write_aside(self, item: Any, worth: Worth, votes: Sequence[Vote], reason: str) -> None:
        """Pairs that nobody or nothing decided; of other tasks the whole item."""
        for why, pair in worth.aside:
            self.side.write(
                f"side/{_ASIDE[why]}.jsonl", self._side_row(item, named(pair, item), pair=_both(item, pair))
            )
        if reason in _ASIDE and not worth.aside:
            self.side.write(f"side/{_ASIDE[reason]}.jsonl", self._side_row(item, self.verdicts.counts(item, votes)))

    def _side_row(self, item: Any, counts: Mapping[str, int], **more: Any) -> dict[str, Any]:
        payload = renamed_payload(orjson.loads(item.payload), orjson.loads(item.aliases or "{}"))
        return {
            "item": item.key, **more, "payload": payload, "votes": counts, "answers": sum(counts.values()),
            "margin": margin(counts.values()),
        }  # fmt: skip


def _both(item: Any, pair: Any) -> list[str]:
    aliases = orjson.loads(item.aliases or "{}")
    return [aliases.get(name, name) for name in (pair.one, pair.other)]


def _undecided(worth: Worth) -> str:
    """Why a response of an item that has a verdict is neither good nor bad."""
    records = [record for part in worth.parts for record in part.records]
    if any(isinstance(record, PreferencePair) for record in records):
        return "balanced"
    return "tie" if any(isinstance(record, Tie) for record in records) else "unresolved"


def _meta(item: Any, place: str, origin: Mapping[str, Any]) -> dict[str, Any]:
    """The same kinds in every row, so that readers who guess types guess right."""
    names = ("method", "basis", "reason", "probability", "votes_for", "answers", "reviewers")
    return {"item": item.key, "row": place, "verdict": origin["source"], **{name: origin[name] for name in names}}


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
