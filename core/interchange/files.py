"""What kind of file it is, by content first and name second, and its rows one after another in bounded memory."""

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Literal

from core.errors import InvalidInput, Problem
from core.interchange.jsontext import parse
from core.interchange.refusals import refused

Format = Literal["jsonl", "csv", "parquet"]
FORMATS: tuple[Format, ...] = ("jsonl", "csv", "parquet")
ROW_LIMIT = 8 * 1024 * 1024
"""Bytes of one row."""

Row = dict[str, Any]
Numbered = tuple[int, Row | Problem]
"""Row number as a person counts (a CSV's header is row 1), and the row or what is wrong with it."""

_BOM = codecs.BOM_UTF8
_SNIFFED = 64 * 1024
_MAGIC: tuple[tuple[bytes, str], ...] = (
    (b"PK\x03\x04", "a zip archive or an Excel workbook"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"BZh", "a bzip2 archive"),
    (b"\xfd7zXZ", "an xz archive"),
    (b"7z\xbc\xaf", "a 7-Zip archive"),
    (b"%PDF", "a PDF document"),
    (b"SQLite format 3", "a database"),
    (b"\xd0\xcf\x11\xe0", "an old Office document"),
)


@dataclass
class Source:
    """A file to import: where it is, what the person calls it, and what it turned out to be."""

    path: Path
    name: str
    format: Format
    share_read: float = 0.0

    @property
    def size(self) -> int:
        return self.path.stat().st_size

    @property
    def tabular(self) -> bool:
        return self.format != "jsonl"

    @property
    def untyped(self) -> bool:
        """Whether it holds nothing but texts."""
        return self.format == "csv"


def open_source(path: Path, name: str | None = None, wanted: str = "auto") -> Source:
    """Raises RefusedFile for what cannot be rows at all, InvalidInput for a file or a format that does not exist."""
    name = name or path.name
    if not path.is_file():
        raise InvalidInput("There is no file {file}.", file=name)
    with path.open("rb") as file:
        head = file.read(_SNIFFED)
    if wanted not in ("auto", *FORMATS):
        raise InvalidInput("The format is auto, jsonl, csv or parquet, not {format}.", format=wanted)
    found = _detect(head, name, "" if wanted == "auto" else wanted)
    return Source(path, name, found)


def _detect(head: bytes, name: str, wanted: str) -> Format:
    if head.startswith(b"PAR1"):
        return "parquet"
    _refuse_other_kinds(head, name)
    text = head.removeprefix(_BOM).lstrip()
    if not text:
        raise refused(name, Problem("The file is empty. Expected one row or more."))
    if wanted == "parquet":
        raise refused(name, Problem("This is not a Parquet file. Choose another format, or save it as Parquet."))
    if wanted == "jsonl" or (not wanted and text.startswith(b"{")):
        return "jsonl"
    if text.startswith(b"[") and wanted != "csv":
        raise refused(
            name, Problem("This is one JSON list. Save it as JSON Lines: one object per line, no brackets around them.")
        )
    if wanted == "csv" or name.lower().endswith((".csv", ".tsv", ".txt")) or _delimiter(text) is not None:
        return "csv"
    raise refused(name, Problem("This is neither JSON Lines, CSV nor Parquet. Save it as one of them, in UTF-8."))


def _refuse_other_kinds(head: bytes, name: str) -> None:
    for magic, kind in _MAGIC:
        if head.startswith(magic):
            raise refused(name, Problem("This is {kind}. Give a JSON Lines, CSV or Parquet file.", kind=kind))
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) or _every_second_is_nul(head):
        raise refused(name, Problem("The file is in UTF-16. Save it as UTF-8."))
    if _looks_binary(head):
        raise refused(name, Problem("This is a binary file. Give a JSON Lines, CSV or Parquet file."))


def _every_second_is_nul(head: bytes) -> bool:
    start = head[:400]
    return len(start) >= 4 and (start[1::2].count(0) > len(start) * 0.4 or start[::2].count(0) > len(start) * 0.4)


def _looks_binary(head: bytes) -> bool:
    """Control characters that no text has; a stray NUL in text is told with its place later."""
    controls = len(head) - len(head.translate(None, bytes([*range(9), *range(14, 32)])))
    return controls > max(8, len(head) // 50)


def rows(source: Source) -> Iterator[Numbered]:
    if source.format == "parquet":
        from core.interchange import parquet

        return parquet.rows(source)
    if source.format == "csv":
        from core.interchange import delimited

        return delimited.rows(source, _delimiter_of(source))
    return _json_rows(source)


def count(source: Source) -> int:
    """Rows of the file, right or wrong, without reading what is in them; raises RefusedFile as `rows` does."""
    if source.format == "parquet":
        from core.interchange import parquet

        return parquet.count(source)
    if source.format == "csv":
        from core.interchange import delimited

        return sum(1 for _ in delimited.rows(source, _delimiter_of(source)))
    return sum(not line.isspace() for _, line in raw_lines(source))


def _json_rows(source: Source) -> Iterator[Numbered]:
    for number, line in raw_lines(source):
        if line.isspace():
            continue
        try:
            row = parse(line, number)
        except Problem as problem:
            refuse_wrong_encoding(line, source.name, number)
            yield number, problem
            continue
        if isinstance(row, dict):
            yield number, row
        else:
            yield number, Problem("Expected a JSON object such as {example}.", row=number, example='{"payload": {…}}')


def raw_lines(source: Source) -> Iterator[tuple[int, bytes]]:
    size = max(source.size, 1)
    with source.path.open("rb") as file:
        _skip_bom(file)
        number = 0
        while line := file.readline(ROW_LIMIT + 1):
            number += 1
            if len(line) > ROW_LIMIT:
                raise refused(source.name, _endless(number))
            if number % 500 == 0:
                source.share_read = file.tell() / size
            yield number, line


def _endless(row: int) -> Problem:
    return Problem("The row is longer than {limit} MB. Split it.", row=row, limit=ROW_LIMIT // 1024**2)


def _skip_bom(file: BinaryIO) -> None:
    if file.read(len(_BOM)) != _BOM:
        file.seek(0)


def refuse_wrong_encoding(line: bytes, name: str, row: int) -> None:
    try:
        line.decode()
    except UnicodeDecodeError as error:
        raise refused(name, _not_utf8(line, row, error.start + 1)) from None


def _not_utf8(line: bytes, row: int, byte: int) -> Problem:
    if line[byte - 1 : byte] == b"\xed":
        return Problem(
            "Byte {byte} of the row begins half a character (a lone surrogate). Remove it.", row=row, byte=byte
        )
    if _looks_chinese(line):
        return Problem(
            "Byte {byte} of the row is not UTF-8; it looks like GBK (GB 18030). Save the file as UTF-8.",
            row=row,
            byte=byte,
        )
    return Problem("Byte {byte} of the row is not UTF-8. Save the file as UTF-8.", row=row, byte=byte)


def _looks_chinese(line: bytes) -> bool:
    try:
        text = line.decode("gb18030")
    except UnicodeDecodeError:
        return False
    foreign = [c for c in text if ord(c) > 127]
    return sum("一" <= c <= "鿿" or "　" <= c <= "〿" or "＀" <= c <= "￯" for c in foreign) * 2 > len(foreign)


def _delimiter(text: bytes) -> str | None:
    header = re.sub(rb'"[^"]*"', b"", text.splitlines()[0])
    best = max((",", "\t", ";"), key=lambda mark: header.count(mark.encode()))
    return best if best.encode() in header else None


def _delimiter_of(source: Source) -> str:
    with source.path.open("rb") as file:
        return _delimiter(file.read(_SNIFFED).removeprefix(_BOM).lstrip()) or ","
