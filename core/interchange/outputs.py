"""Files of an export: written aside, one stream a file, and put in place all together."""

import csv
import errno
import hashlib
import re
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp
from typing import IO, Any

import orjson
import pyarrow as pa
import pyarrow.parquet as pq

from core.errors import InvalidInput

REPORT = "report.json"
_AT_ONCE = 2000
_FULL = (errno.ENOSPC, errno.EDQUOT)


@contextmanager
def new_folder(out: Path) -> Iterator[Path]:
    """A folder to write into; it becomes `out` when the block ends well, and is gone when it does not."""
    with _in_words(out):
        out = out.resolve()
        _refuse_full(out)
        out.parent.mkdir(parents=True, exist_ok=True)
        made = Path(mkdtemp(dir=out.parent, prefix=".export-"))
    try:
        yield made
        with _in_words(out):
            made.chmod(0o755)
            _refuse_full(out)
            made.replace(out)
    finally:
        shutil.rmtree(made, ignore_errors=True)


@contextmanager
def _in_words(out: Path) -> Iterator[None]:
    """Names that no folder can have, places where nothing may be written, and another export that was faster."""
    try:
        yield
    except (OSError, RuntimeError) as error:  # RuntimeError: symbolic links that go round
        if getattr(error, "errno", None) in _FULL:
            raise
        reason = getattr(error, "strerror", None) or str(error)
        raise InvalidInput(
            "{folder} cannot be written ({reason}). Choose another folder.", folder=str(out), reason=reason
        ) from error


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


def read_jsonl(path: Path) -> Iterator[dict[str, Any]]:
    with path.open("rb") as file:
        for line in file:
            yield orjson.loads(line)


def rewrite_jsonl(path: Path, change: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
    """Row by row, in place."""
    made = path.with_name(f".{path.name}")
    with made.open("wb", buffering=1024 * 1024) as file:
        for row in read_jsonl(path):
            file.write(orjson.dumps(change(row), option=orjson.OPT_APPEND_NEWLINE))
    made.replace(path)


# CSV ------------------------------------------------------------------------------------------------------------------

_RISKY = re.compile(r"'*[=+\-@\t\r\n＝＋－＠]")
"""What a spreadsheet would run as a formula, in full width too where it is set to Chinese, and behind marks of ours."""
_GUARDED = re.compile(r"'+[=+\-@\t\r\n＝＋－＠]")
_MISSING = re.compile(
    r'("*)(?:#N/A|#N/A N/A|#NA|-1\.#IND|-1\.#QNAN|-NaN|-nan|1\.#IND|1\.#QNAN|<NA>|N/A|NA|NULL|NaN|None|n/a|nan|null)\1\Z'
)
"""What pandas, and so `datasets`, takes for no value, also between quotation marks of ours."""


@contextmanager
def csv_rows(path: Path, columns: Sequence[str]) -> Iterator[Callable[[dict[str, Any]], None]]:
    """UTF-8 with a byte order mark, so that spreadsheets show Chinese."""
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        yield lambda row: writer.writerow([_cell(row.get(column)) for column in columns])


def _cell(value: Any) -> Any:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict | list):
        return orjson.dumps(value).decode()
    return guarded(value) if isinstance(value, str) else value


def guarded(text: str) -> str:
    """A cell that spreadsheets do not run and readers do not take for missing; `unguarded` gives the text back."""
    if _MISSING.match(text):
        return f'"{text}"'
    return without_formula(text)


def without_formula(text: str) -> str:
    return f"'{text}" if _RISKY.match(text) else text


def unguarded(cell: str) -> str:
    if (found := _MISSING.match(cell)) and found[1]:
        return cell[1:-1]
    return cell[1:] if _GUARDED.match(cell) else cell


# Parquet --------------------------------------------------------------------------------------------------------------


JSON = pa.json_()
"""Declares a column whose texts are JSON; in the file they are texts."""


class ParquetRows:
    """Rows with the columns of a schema, written a few thousand at a time."""

    def __init__(self, path: Path, schema: pa.Schema) -> None:
        self._schema = pa.schema([(field.name, pa.string() if field.type == JSON else field.type) for field in schema])
        self._writer = pq.ParquetWriter(path, self._schema)
        self._waiting: list[dict[str, Any]] = []
        self.rows = self.bytes = 0

    def __enter__(self) -> "ParquetRows":
        return self

    def __exit__(self, kind: type[BaseException] | None, *exc: object) -> None:
        if kind is None:
            self._flush()
        self._writer.close()

    def write(self, row: dict[str, Any]) -> None:
        self._waiting.append(row)
        self.rows += 1
        if len(self._waiting) >= _AT_ONCE:
            self._flush()

    def _flush(self) -> None:
        table = pa.Table.from_pylist(self._waiting, schema=self._schema)
        self._writer.write_table(table)
        self.bytes += table.nbytes
        self._waiting = []


@dataclass(frozen=True)
class Split:
    """One split: its typed file, how many rows it has and how much memory they take."""

    parquet: str
    rows: int
    bytes: int


def parquet_twin(folder: Path, path: str, schema: pa.Schema) -> Split:
    """The same rows as a JSON Lines file, beside it."""
    twin = str(Path(path).with_suffix(".parquet"))
    with ParquetRows(folder / twin, schema) as out:
        for row in read_jsonl(folder / path):
            out.write(row)
    return Split(twin, out.rows, out.bytes)


def sizes(folder: Path, pattern: str = "*") -> dict[str, dict[str, Any]]:
    """Every file below a folder with its size and digest."""
    return {str(path.relative_to(folder)): _seal(path) for path in sorted(folder.rglob(pattern)) if path.is_file()}


def _seal(path: Path) -> dict[str, Any]:
    with path.open("rb") as file:
        return {"bytes": path.stat().st_size, "sha256": hashlib.file_digest(file, "sha256").hexdigest()}
