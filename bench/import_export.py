"""Import and export speed and memory, in fresh processes: what to compare with is in docs/performance.md.

`python -m bench.import_export [ROWS]` imports ROWS pairs of 60 + 2 × 150 words (default 50,000) and, for the shape of the
memory curve, a tenth of them; then exports 10,000 items with 30,000 labels. A plain-driver lower bound is measured beside it.
"""

import json
import os
import resource
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any

from core.permissions import SYSTEM
from core.services import exporting, importing, project_changes, project_files
from core.store import schema
from core.store.engine import current_engine, reading, transaction

WORDS = [
    "time",
    "person",
    "year",
    "way",
    "day",
    "thing",
    "man",
    "world",
    "life",
    "hand",
    "part",
    "child",
    "eye",
    "woman",
    "place",
    "work",
    "week",
    "case",
    "point",
    "government",
    "company",
    "number",
    "group",
    "problem",
    "fact",
    "be",
    "have",
    "do",
    "say",
    "get",
    "make",
    "go",
    "know",
    "take",
    "see",
    "come",
    "think",
    "look",
    "want",
    "give",
    "use",
    "find",
    "tell",
    "ask",
    "seem",
    "feel",
    "try",
    "leave",
    "call",
    "good",
    "new",
    "first",
    "last",
    "long",
    "great",
    "little",
    "own",
    "other",
    "old",
    "right",
    "big",
    "high",
    "different",
    "small",
    "large",
    "next",
    "early",
    "young",
    "important",
    "few",
]
EXPORT_ITEMS, EXPORT_LABELS_EACH = 10_000, 3


def pairs(count: int) -> Iterator[dict[str, Any]]:
    rng = Random(1)
    for n in range(count):
        text = [" ".join(rng.choices(WORDS, k=k)) + "." for k in (60, 150, 150)]
        responses = {"a": {"text": text[1], "model": "m1"}, "b": {"text": text[2], "model": "m2"}}
        yield {"id": f"i{n}", "payload": {"prompt": text[0], "responses": responses}, "lang": "en", "batch": "b1"}


def labels(count: int, each: int) -> Iterator[dict[str, Any]]:
    rng = Random(2)
    for n in range(count):
        for annotator in range(each):
            answer = {"preferred": rng.choices(["a", "b", "tie", "both_bad"], [45, 40, 10, 5])[0]}
            yield {"item": f"i{n}", "annotator": f"annotator-{annotator}", "answer": answer, "seconds": 30.0}


def write(path: Path, rows: Iterator[dict[str, Any]]) -> Path:
    with path.open("w", encoding="utf-8") as file:
        file.writelines(json.dumps(row) + "\n" for row in rows)
    return path


def timed_import(kind: Any, path: Path) -> dict[str, float]:
    """Check and take as the page and the command line do."""
    before, started, cpu = peak_mb(), time.perf_counter(), time.process_time()
    with reading() as session:
        checked = importing.check(session, SYSTEM, "bench", kind, path, rng=Random(3))
    middle = time.perf_counter()
    with checked, transaction() as session:
        report = importing.take(session, SYSTEM, checked, now=datetime.now(UTC))
    ended = time.perf_counter()
    return {
        "rows": report.rows, "rows_per_s": round(report.rows / (ended - started)),
        "rows_per_cpu_s": round(report.rows / (time.process_time() - cpu)), "check_s": round(middle - started, 2),
        "locked_s": round(ended - middle, 2), "mb_before": before, "mb_peak": peak_mb(),
    }  # fmt: skip


def timed_exports(folder: Path) -> dict[str, float]:
    found = {}
    for name in (
        "trl-preference",
        "trl-kto",
        "openai-dpo",
        "trl-prompt",
        "answers-jsonl",
        "answers-csv",
        "answers-parquet",
    ):
        started, cpu = time.perf_counter(), time.process_time()
        with reading() as session:
            exporting.export(session, SYSTEM, "bench", name, folder / name, now=datetime.now(UTC))
        found[f"{name}_s"] = round(time.perf_counter() - started, 2)
        found[f"{name}_cpu_s"] = round(time.process_time() - cpu, 2)
    return {**found, "mb_peak": peak_mb()}


def plain_insert(path: Path, folder: Path) -> float:
    """Rows a second when lines go into one table of a database unread and unchecked."""
    started = time.perf_counter()
    database = sqlite3.connect(folder / "plain.db")
    database.executescript(
        "PRAGMA journal_mode = wal; PRAGMA synchronous = full; CREATE TABLE item (id INTEGER PRIMARY KEY, row TEXT)"
    )
    with path.open(encoding="utf-8") as file:
        count = database.executemany("INSERT INTO item (row) VALUES (?)", ((line,) for line in file)).rowcount
    database.commit()
    database.close()
    return round(count / (time.perf_counter() - started))


def peak_mb() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def workspace() -> None:
    schema.upgrade(current_engine())
    with transaction() as session:
        file = project_files.read_file("title: Bench\ntask: pairwise\noverlap: 3")
        project_changes.create(session, SYSTEM, now=datetime.now(UTC), slug="bench", file=file, split_salt="salt")


def inside(what: str, count: int, folder: Path) -> dict[str, Any]:
    """One measurement in this process."""
    workspace()
    path = write(folder / "items.jsonl", pairs(count))
    found: dict[str, Any] = {"items": timed_import("items", path)}
    if what == "import":
        found["plain_insert_rows_per_s"] = plain_insert(path, folder)
        return found
    found["labels"] = timed_import("labels", write(folder / "labels.jsonl", labels(count, EXPORT_LABELS_EACH)))
    return {**found, "export": timed_exports(folder / "exports")}


def apart(what: str, count: int) -> None:
    """One measurement in a process, a folder and a database of its own."""
    with tempfile.TemporaryDirectory() as folder:
        env = {**os.environ, "TOUCHSTONE_DATA_DIR": folder, "DATABASE_URL": f"sqlite:///{folder}/bench.db"}
        command = [sys.executable, "-m", "bench.import_export", what, str(count), folder]
        done = subprocess.run(command, env=env, check=True, capture_output=True, text=True)
    print(what, f"{count:,}", done.stdout.strip())


def main(arguments: list[str]) -> None:
    if len(arguments) == 3:
        print(json.dumps(inside(arguments[0], int(arguments[1]), Path(arguments[2]))))
        return
    count = int(arguments[0]) if arguments else 50_000
    apart("import", count // 10)
    apart("import", count)
    apart("export", EXPORT_ITEMS)


if __name__ == "__main__":
    main(sys.argv[1:])
