"""Import and export speed and memory, in fresh processes: what to compare with is in docs/performance.md.

`python -m bench.import_export [ROWS]` imports ROWS pairs of 60 + 2 × 150 words (default 50,000) and, for the shape of the
memory curve, a tenth of them; then exports 10,000 and 100,000 items with three labels each, whose prompts hang together. A plain-driver lower bound is measured beside it.
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
from core.services.export_job import AS_USUAL, ExportOptions
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
EXPORTED, EXPORT_LABELS_EACH = (10_000, 100_000), 3
SHARING, GROUPED = 4, 10
"""Items in a row that share their prompt, and of how many one declares a group with its neighbours, where items hang together."""


def pairs(count: int, *, hanging_together: bool = False) -> Iterator[dict[str, Any]]:
    rng, asked = Random(1), ""
    for n in range(count):
        text = [" ".join(rng.choices(WORDS, k=k)) + "." for k in (60, 150, 150)]
        asked = asked if hanging_together and n % SHARING else text[0]
        responses = {"a": {"text": text[1], "model": "m1"}, "b": {"text": text[2], "model": "m2"}}
        group = {"group": f"g{n // (SHARING * GROUPED)}"} if hanging_together and n % GROUPED == 0 else {}
        yield {
            "id": f"i{n}",
            "payload": {"prompt": asked, "responses": responses},
            "lang": "en",
            "batch": "b1",
            **group,
        }


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


FORMATS = ("trl-preference", "trl-kto", "openai-dpo", "trl-prompt", "answers-jsonl", "answers-csv", "answers-parquet")


def timed_exports(folder: Path) -> dict[str, Any]:
    """Each format once, in turn, and preferences with similar prompts kept together."""
    plain = {name: timed_export(name, folder / name) for name in FORMATS}
    similar = timed_export("trl-preference", folder / "near", ExportOptions(near_duplicates=True))
    return {**plain, "trl-preference --near-duplicates": similar}


def timed_export(name: str, out: Path, options: ExportOptions = AS_USUAL) -> dict[str, float]:
    before, started, cpu = peak_mb(), time.perf_counter(), time.process_time()
    with reading() as session:
        exporting.export(session, SYSTEM, "bench", name, out, now=datetime.now(UTC), options=options)
    seconds = {"s": time.perf_counter() - started, "cpu_s": time.process_time() - cpu}
    return {**{key: round(value, 2) for key, value in seconds.items()}, "mb_before": before, "mb_peak": peak_mb()}


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
    path = write(folder / "items.jsonl", pairs(count, hanging_together=what == "export"))
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
    for count in EXPORTED:
        apart("export", count)


if __name__ == "__main__":
    main(sys.argv[1:])
