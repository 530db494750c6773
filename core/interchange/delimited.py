"""Rows of CSV and TSV files, every row as long as the header."""

import csv
from collections.abc import Iterator

from core.errors import Problem
from core.interchange.files import Numbered, Source, raw_lines, refuse_wrong_encoding
from core.interchange.jsontext import FIELD_LIMIT, refuse_unstorable, too_long
from core.interchange.refusals import refused


def rows(source: Source, delimiter: str) -> Iterator[Numbered]:
    name = source.name
    csv.field_size_limit(FIELD_LIMIT)
    reader = csv.reader(_text_lines(source), delimiter=delimiter, strict=True)
    records = _records(reader, name)
    _, header = next(records)
    _check_header(header, name)
    for number, cells in records:
        if len(cells) == len(header):
            yield number, dict(zip(header, cells, strict=True))
        elif cells:
            yield number, _ragged(number, len(cells), len(header))


def _text_lines(source: Source) -> Iterator[str]:
    name = source.name
    for number, line in raw_lines(source):
        try:
            text = line.decode()
        except UnicodeDecodeError:
            refuse_wrong_encoding(line, name, number)
            raise
        if "\0" in text:
            _refuse_nul(text, name, number)
        yield text


def _refuse_nul(text: str, name: str, number: int) -> None:
    try:
        refuse_unstorable(text, number)
    except Problem as problem:
        raise refused(name, problem) from None


def _records(reader: Iterator[list[str]], name: str) -> Iterator[tuple[int, list[str]]]:
    """Records counted from 1, the header."""
    number = 0
    while True:
        number += 1
        try:
            yield number, next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise refused(name, _csv_problem(error, number)) from None


def _csv_problem(error: csv.Error, number: int) -> Problem:
    if "field limit" in str(error):
        return too_long(number, None)
    if "unexpected end" in str(error):
        return Problem("A quotation mark is opened and never closed. Close it, or double it inside a cell.", row=number)
    return Problem(
        "This is not CSV ({reason}). Quote cells with line breaks, delimiters or quotation marks.",
        row=number,
        reason=str(error),
    )


def _check_header(header: list[str], name: str) -> None:
    for place, column in enumerate(header, start=1):
        if not column.strip():
            raise refused(
                name, Problem("Column {place} has no name in the header.", row=1, column=str(place), place=place)
            )
        if header.index(column) != place - 1:
            raise refused(name, Problem("The header has this column twice.", row=1, column=column))


def _ragged(number: int, cells: int, columns: int) -> Problem:
    return Problem(
        "Cells in this row: {cells}; in the header: {columns}. Quote cells that contain the delimiter or line breaks.",
        row=number, cells=cells, columns=columns,
    )  # fmt: skip
