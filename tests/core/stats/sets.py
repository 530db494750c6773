"""The published sets of labels beside the project, as columns; tests that need one are skipped where it is absent."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.stats.labels import Codes, Labels, coded

DATA = Path(__file__).parents[3].parent / "shared" / "data"


def rows(name: str, table: str = "labels") -> list[dict[str, Any]]:
    return lines(f"{name}/rows/{table}.jsonl")


def lines(file: str) -> list[dict[str, Any]]:
    path = DATA / file
    if not path.exists():
        pytest.skip(f"the published set {file} is not beside this checkout")
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def columns(found: list[dict[str, Any]], value: Callable[[dict[str, Any]], Any]) -> tuple[Labels, tuple[Any, ...]]:
    item, _ = coded([row["item"] for row in found])
    annotator, _ = coded([row["annotator"] for row in found])
    code, names = coded([value(row["answer"]) for row in found])
    return Labels.of(item, annotator, code, classes=len(names)), names


def sp_amt() -> tuple[Labels, Codes]:
    """500 sentences, 143 people, 20 labels each, and the truth of every one."""
    found = rows("sp-amt-crowd")
    labels, _ = columns(found, lambda answer: answer["labels"][0])
    known = {row["item"]: int(row["answer"]["labels"][0]) for row in rows("sp-amt-crowd", "gold")}
    return labels, np.array([known[name] for name in sorted({row["item"] for row in found})])


def pandalm() -> Labels:
    return columns(rows("pandalm-pairwise"), lambda answer: answer["preferred"])[0]
