"""Of every task type and format, each item, pair, response and answer is in a row or a count."""

import shutil
from collections import Counter
from itertools import count
from math import comb
from pathlib import Path
from random import Random
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, given, settings, strategies as st
from sqlalchemy import Engine
from sqlmodel import Session

from core.permissions import SYSTEM
from core.services import exporting, importing
from core.services.export_job import ExportOptions
from core.services.export_quality import CHOICES
from core.services.export_training import PROVENANCE, row_digest
from core.tasks import TASK_TYPES, load_task
from core.tasks.comparing import Comparison
from tests.conftest import NOW
from tests.factories import a_project, a_verdict, an_item

STATES = ("done", "done", "done", "done", "gold", "flagged", "quarantined", "withdrawn", "stub")
CASES = [(task, offer.name) for task in TASK_TYPES for offer in exporting.offered(load_task(task, {}))]
_numbers = count(1)


def a_crowd(session: Session, folder: Path, slug: str, task: str, rng: Random) -> list[dict[str, Any]]:
    """Items in every state, with up to four answers and a reviewer's verdict on some; their payloads."""
    rubric, project = load_task(task, {}), a_project(session, slug, task=task)
    labels, payloads = [], []
    for n in range(rng.randint(0, 9)):
        payload = rubric.sample_payload(rng)
        payloads.append(payload.as_json())
        item = an_item(session, project, f"i{n}", payload=payload.as_json(), state="open")
        for who in range(rng.randint(0, 4)):
            answer = rubric.sample_answer(payload, rng).as_json()
            labels.append({"item": f"i{n}", "annotator": f"{slug}-{who}", "answer": answer})
        if rng.random() < 0.3:
            more = {"final": rng.random() < 0.7, "reason": rng.choice([None, "bad_item"])}
            a_verdict(session, item, rubric.sample_answer(payload, rng).as_json(), **more)
        item.state = rng.choice(STATES)
    session.flush()
    if labels:
        path = folder / "labels.jsonl"
        path.write_bytes(b"\n".join(map(orjson.dumps, labels)))
        importing.import_file(session, SYSTEM, slug, "labels", path, now=NOW, rng=rng)
    return payloads


@pytest.mark.parametrize(("task", "name"), CASES, ids=["-".join(case) for case in CASES])
@given(seed=st.integers(0, 10_000), verdict=st.sampled_from([None, *CHOICES]), shape=st.sampled_from([None, "plain"]))
@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_export_adds_up(
    task: str, name: str, sqlite_store: Engine, tmp_path: Path, seed: int, verdict: Any, shape: Any
) -> None:
    out, slug = tmp_path / "out", f"here-{next(_numbers)}"
    shutil.rmtree(out, ignore_errors=True)
    options = ExportOptions(shape=None if name.startswith(("openai", "answers")) else shape, verdict=verdict)
    with Session(sqlite_store) as session:
        payloads = a_crowd(session, tmp_path, slug, task, Random(seed))
        report = exporting.export(session, SYSTEM, slug, name, out, now=NOW, test_share=0.3, options=options)
        session.rollback()
    items = report["items"]
    assert items["total"] == len(payloads) == items["in_rows"] + sum(items["left_out"].values())
    assert all(items["left_out"].values())
    if name.startswith("answers-"):
        return
    assert report["left_out"] == items["left_out"]
    rows = {path: [orjson.loads(line) for line in (out / path).read_bytes().splitlines()] for path in report["rows"]}
    assert {path: len(found) for path, found in rows.items()} == report["rows"]
    _check_units(task, name, report, payloads)
    _check_origins(out, rows, items["in_rows"])


def _check_units(task: str, name: str, report: dict[str, Any], payloads: list[dict[str, Any]]) -> None:
    comparing = issubclass(TASK_TYPES[task].payload_model, Comparison)
    sizes = [len(payload["responses"]) for payload in payloads] if comparing else []
    wanted = {"trl-preference": ("pairs", 2), "openai-dpo": ("pairs", 2), "trl-kto": ("responses", 1)}
    if name in wanted:
        unit, many = wanted[name]
        assert report[unit]["total"] == sum(comb(size, many) for size in sizes)
    else:
        unit = "answers" if name in ("trl-sft", "openai-sft") else "items"
    found = report[unit]
    assert found["total"] == found["in_rows"] + sum(found["left_out"].values())
    assert found["in_rows"] == report["rows_total"]


def _check_origins(out: Path, rows: dict[str, list[Any]], items: int) -> None:
    """A line of provenance a row, joined by its place, and by a digest that anybody can make of the row."""
    path = out / PROVENANCE
    origins = [orjson.loads(line) for line in path.read_bytes().splitlines()] if path.exists() else []
    assert len(origins) == sum(map(len, rows.values()))
    assert len({origin["item"] for origin in origins}) == items
    places: Counter[str] = Counter()
    for origin in origins:
        row = rows[origin["file"]][places[origin["file"]]]
        assert origin["row"] == f"{origin['split']}:{places[origin['file']]}"
        assert origin["digest"] == row_digest(row)
        assert row.get("meta", {"row": origin["row"]})["row"] == origin["row"]
        assert sum(vote["count"] for vote in origin["votes"]) in (0, origin["answers"])
        places[origin["file"]] += 1
