"""Cells of CSV: no spreadsheet runs them, and every reader gives the very same text back."""

import csv
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import datasets
import orjson
import pandas as pd
import pytest
from hypothesis import given, strategies as st
from sqlmodel import Session

from core.interchange import delimited, outputs
from core.interchange.files import Source
from core.permissions import SYSTEM
from core.services import exporting, importing
from core.services.export_job import ExportOptions
from tests.clock import NOW
from tests.exporting import World, lines, loaded
from tests.factories import a_project

FORMULAS = tuple("=+-@\t\r\n＝＋－＠")
TEXTS = [
    *("=1+1", "'=1+1", "''=x", "+1", "-1", "@sum(A1)", "'-", "＝1＋1", "'＠a", "=cmd|' /C calc'!A0"),
    *("\tafter a tab", "'\tafter a tab", "\rafter a return", "\nafter a line", "\r\n=1"),
    *("NA", '"NA"', '""NA""', "'NA", '"\'NA\'"', "None", "null", "nan", "-nan", "NULL", "N/A", "#N/A", "<NA>"),
    *("true", "007", "1e5", "2026-01-31", "[1]", '{"a": 1}'),
    *("one\ntwo", "one\r\ntwo", "one\rtwo", 'say "so"', '"quoted"', "'quoted'", "'", '"', '""', "a,b;c\td", "\\n", "\\"),
    *(" before", "after ", "\ufeffmarked", "one\u2028two", "中文，“引号”", "مرحبا", "\u202eturned"),
]  # fmt: skip
SIGNS = st.sampled_from([*"=+-@'\"＝－\t\r\n ,;\\", "NA", "None", "null", "nan", "a", "中", "1"])


def odd_texts(session: Session, folder: Path) -> World:
    made = World(session, folder, "demonstration")
    made.items(*[{"id": f"d{n}", "payload": {"prompt": f"Prompt {n}"}} for n in range(len(TEXTS))])
    made.labels(**{f"d{n}": {"mei": {"text": text}} for n, text in enumerate(TEXTS)})
    return made


def test_odd_texts_are_loaded_as_they_were_written(session: Session, tmp_path: Path) -> None:
    out, _ = odd_texts(session, tmp_path).export("answers-csv")
    rows = list(loaded(out, tmp_path / "cache"))
    assert [row["answer.text"] for row in rows] == TEXTS
    assert [row["answer"]["text"] for row in rows] == TEXTS
    bare = datasets.load_dataset(
        "csv", data_files=str(out / "answers.csv"), split="train", cache_dir=str(tmp_path / "bare")
    )
    assert [outputs.unguarded(cell) for cell in bare["answer.text"]] == TEXTS
    assert [orjson.loads(cell)["text"] for cell in bare["answer"]] == TEXTS
    assert not [cell for cell in cells_of(out / "answers.csv") if cell.startswith(FORMULAS)]


@pytest.mark.parametrize("name", ["answers-csv", "answers-jsonl", "answers-parquet"])
def test_odd_texts_and_names_come_back_by_import(name: str, session: Session, tmp_path: Path) -> None:
    made = odd_texts(session, tmp_path)
    names = ["=1+1", "'=1+1", '"NA"', "NA", "None", "null", "nan", "-mei", "＝x", 'say "so"', "007"]
    made.labels(d0={who: {"text": "So."} for who in names})
    named = ExportOptions(names=True)
    out, _ = made.export(name, options=named)
    a_project(session, "copy", task="demonstration")
    for kind, path in (("items", tmp_path / "items.jsonl"), ("labels", out / f"answers.{name.split('-')[1]}")):
        importing.import_file(session, SYSTEM, "copy", kind, path, now=NOW, rng=Random(9))  # type: ignore[arg-type]
    exporting.export(session, SYSTEM, "copy", "answers-jsonl", tmp_path / "again", now=NOW, options=named)
    assert said(tmp_path / "again" / "answers.jsonl") == {
        *((f"d{n}", "mei", text) for n, text in enumerate(TEXTS)), *(("d0", who, "So.") for who in names)
    }  # fmt: skip


def said(path: Path) -> set[tuple[str, str, str]]:
    return {(row["item"], row["annotator"], row["answer"]["text"]) for row in lines(path)}


def by_pandas(path: Path) -> list[Any]:
    return list(pd.read_csv(path, encoding="utf-8-sig", dtype=str)["cell"])


def by_import(path: Path) -> list[Any]:
    return [row["cell"] for _, row in delimited.rows(Source(path, path.name, "csv"), ",")]


@pytest.mark.parametrize("read", [by_pandas, by_import])
@given(texts=st.lists(st.lists(SIGNS, min_size=1, max_size=6).map("".join), min_size=1, max_size=8))
def test_any_text_is_given_back_and_none_is_run(
    read: Callable[[Path], list[Any]], texts: list[str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.getbasetemp() / "cells.csv"
    with outputs.csv_rows(path, ["cell", "more"]) as put:
        for text in texts:
            put({"cell": text, "more": 1})
    assert [outputs.unguarded(cell) for cell in read(path)] == texts
    assert not [cell for cell in cells_of(path) if cell.startswith(FORMULAS)]


def cells_of(path: Path) -> list[str]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return [cell for row in csv.reader(file) for cell in row]
