"""Files of an export: written aside, one stream a file, and put in place all together."""

import csv
import hashlib
import shutil
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import mkdtemp
from typing import IO, Any

import orjson
import pyarrow as pa
import pyarrow.parquet as pq

from core.errors import InvalidInput

REPORT = "report.json"
_AT_ONCE = 5000


@contextmanager
def new_folder(out: Path) -> Iterator[Path]:
    """A folder to write into; it becomes `out` when the block ends well, and is gone when it does not."""
    _refuse_full(out)
    out.parent.mkdir(parents=True, exist_ok=True)
    made = Path(mkdtemp(dir=out.parent, prefix=".export-"))
    try:
        yield made
        made.chmod(0o755)
        _refuse_full(out)
        made.replace(out)
    finally:
        shutil.rmtree(made, ignore_errors=True)


def _refuse_full(out: Path) -> None:
    """Exports never change: what was handed over under a name stays what it was."""
    if (out / REPORT).is_file():
        raise InvalidInput(
            "{folder} holds an earlier export, and exports never change. Choose a new or an empty folder.",
            folder=str(out),
        )
    if out.exists() and not (out.is_dir() and not any(out.iterdir())):
        raise InvalidInput("{folder} is not empty. Choose a new or an empty folder.", folder=str(out))


class JsonlFiles:
    """JSON Lines under relative paths, opened when the first row comes."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._stack = folder, ExitStack()
        self._open: dict[str, IO[bytes]] = {}
        self.rows: dict[str, int] = {}

    def __enter__(self) -> "JsonlFiles":
        return self

    def __exit__(self, *exc: object) -> None:
        self._stack.close()

    def write(self, path: str, row: Any) -> None:
        file = self._open.get(path) or self._make(path)
        file.write(orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE))
        self.rows[path] += 1

    def _make(self, path: str) -> IO[bytes]:
        whole = self._folder / path
        whole.parent.mkdir(parents=True, exist_ok=True)
        self._open[path] = self._stack.enter_context(whole.open("wb", buffering=1024 * 1024))
        self.rows[path] = 0
        return self._open[path]


def write_csv(path: Path, columns: Sequence[str], rows: Iterator[dict[str, Any]]) -> int:
    """UTF-8 with a byte order mark, so that spreadsheets show Chinese; cells that they would run as formulas begin with '."""
    count = 0
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        for row in rows:
            writer.writerow([_cell(row.get(column)) for column in columns])
            count += 1
    return count


def _cell(value: Any) -> Any:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict | list):
        return orjson.dumps(value).decode()
    if isinstance(value, str):
        return "'" + value if value[:1] in _RISKY else value
    return value


_RISKY = frozenset("=+-@\t\r")


def write_parquet(path: Path, schema: pa.Schema, rows: Iterator[dict[str, Any]]) -> int:
    count = 0
    waiting: list[dict[str, Any]] = []
    with pq.ParquetWriter(path, schema) as writer:
        for row in rows:
            waiting.append(row)
            if len(waiting) >= _AT_ONCE:
                writer.write_table(pa.Table.from_pylist(waiting, schema=schema))
                count, waiting = count + len(waiting), []
        writer.write_table(pa.Table.from_pylist(waiting, schema=schema))
    return count + len(waiting)


def sizes(folder: Path) -> dict[str, dict[str, Any]]:
    """Every file below a folder with its size and digest."""
    return {str(path.relative_to(folder)): _seal(path) for path in sorted(folder.rglob("*")) if path.is_file()}


def _seal(path: Path) -> dict[str, Any]:
    with path.open("rb") as file:
        return {"bytes": path.stat().st_size, "sha256": hashlib.file_digest(file, "sha256").hexdigest()}
