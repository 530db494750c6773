"""Answers in bulk for `bench.quality`: made-up labels, and a real database of a project that holds them."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import orjson
from sqlalchemy import Engine, Table, insert, select
from sqlmodel import Session

from bench.world import CHUNK, add_items, texts
from core.permissions import SYSTEM
from core.services import audit, policies, project_changes
from core.stats.labels import Codes
from core.store import schema
from core.store.engine import engine_for, transaction
from core.store.prepared import Prepared
from core.store.tables import Answer, Gold, Item, Person, TargetValue, core

PEOPLE, CLASSES, MODELS = 500, 5, 12
GOLD = 500
SLUG = "bench"
START = datetime(2026, 3, 2, 9, tzinfo=UTC)
PAIR = (60, 150)
"""Words of a prompt and of a response."""


@dataclass(frozen=True)
class Said:
    """Who said what of which item, by people of known care."""

    item: Codes
    person: Codes
    code: Codes
    truth: Codes


def said(labels: int, overlap: int, classes: int = CLASSES, people: int = PEOPLE) -> Said:
    rng = np.random.default_rng(1)
    items = labels // overlap
    item = np.repeat(np.arange(items), overlap)
    person = (rng.integers(0, people, items)[:, None] + np.arange(overlap) * 7).ravel() % people
    truth, care = rng.integers(0, classes, items), rng.beta(8, 2, people)
    code = np.where(rng.random(labels) < care[person], truth[item], rng.integers(0, classes, labels))
    return Said(item, person, code, truth)


# The database ---------------------------------------------------------------------------------------------------------


def classification(folder: Path, labels: int) -> Engine:
    """Five labels an item, five classes."""
    file = policies.ProjectFile(
        title="Bench", task="classification", settings={"labels": [{"id": f"c{n}"} for n in range(CLASSES)]}
    )
    world = said(labels, 5)
    payloads = [{"text": texts(Random(n), 30)} for n in range(500)]
    bodies = [{"labels": [f"c{n}"]} for n in range(CLASSES)]
    return _store(folder / f"classes-{labels}.db", file, world, payloads, bodies)


def pairs(folder: Path, labels: int) -> Engine:
    """Five votes a pair of long responses, by models of two dozen."""
    file = policies.ProjectFile(title="Bench", task="pairwise")
    world = said(labels, 5, classes=2)
    payloads = [_pair(Random(n)) for n in range(500)]
    return _store(folder / f"pairs-{labels}.db", file, world, payloads, [{"preferred": name} for name in "xy"])


def _pair(rng: Random) -> dict[str, Any]:
    responses = {name: {"text": texts(rng, rng.randint(PAIR[1] // 2, PAIR[1] * 3 // 2))} for name in "xy"}
    return {"prompt": texts(rng, PAIR[0]), "responses": responses}


def _store(path: Path, file: policies.ProjectFile, world: Said, payloads: list[Any], bodies: list[Any]) -> Engine:
    engine = engine_for(f"sqlite:///{path}")
    schema.upgrade(engine)
    with transaction(engine) as session:
        view = project_changes.create(session, SYSTEM, now=START, slug=SLUG, file=file, split_salt="bench")
        project_changes.set_state(session, SYSTEM, SLUG, "live", now=START)
    add_items(engine, view.id, len(world.truth), 5, payloads)
    with transaction(engine) as session:
        _fill(session, view.id, world, bodies, models=file.task == "pairwise")
        audit.record(session, SYSTEM, START, audit.Fact("import.labels", f"project:{view.id}", view.id))
    engine.dispose()
    return engine


def _fill(session: Session, project_id: int, world: Said, bodies: list[Any], *, models: bool) -> None:
    people = _people(session)
    item = core(Item)
    ids = [row.id for row in session.connection().execute(select(item.c.id).order_by(item.c.id))]
    if models:
        _name_models(session, ids)
    _many(session, core(Answer), _answers(project_id, ids, people, world, bodies, shown=models))
    code = "preferred" if models else "labels"
    rows = ({"answer_id": n + 1, "target": code, "code": said_} for n, said_ in enumerate(world.code.tolist()))
    _many(session, core(TargetValue), rows)
    golds = np.linspace(0, len(ids) - 1, GOLD).astype(np.int64).tolist()
    _many(session, core(Gold), (_gold(project_id, ids[at], bodies[int(world.truth[at])]) for at in golds))


def _people(session: Session) -> list[int]:
    _many(
        session,
        core(Person),
        (
            {
                "name": f"p{n:03}",
                "role": "annotator",
                "kind": "imported",
                "active": True,
                "language": "en",
                "created_at": START,
            }
            for n in range(PEOPLE)
        ),
    )
    person = core(Person)
    query = select(person.c.id).where(person.c.name.like("p%")).order_by(person.c.id)
    return [row.id for row in session.connection().execute(query)]


def _name_models(session: Session, ids: list[int]) -> None:
    rng = Random(3)
    rows = [(orjson.dumps(dict(zip("xy", _two(rng), strict=True))).decode(), one) for one in ids]
    session.connection().exec_driver_sql("UPDATE item SET models = ? WHERE id = ?", rows)


def _two(rng: Random) -> list[str]:
    return [f"model-{n}" for n in rng.sample(range(MODELS), 2)]


def _answers(
    project_id: int, ids: list[int], people: list[int], world: Said, bodies: list[Any], *, shown: bool
) -> Iterator[Any]:
    columns = zip(world.item.tolist(), world.person.tolist(), world.code.tolist(), strict=True)
    for n, (item, person, code) in enumerate(columns):
        yield {
            "id": n + 1, "item_id": ids[item], "person_id": people[person], "project_id": project_id, "purpose": "imported", "nth": 0,
            "revision": 1, "current": True, "outcome": "submitted", "body": bodies[code],
            "shown": (["x", "y"] if n % 2 else ["y", "x"]) if shown else None, "guideline_version": 1, "settings_version": 1, "device": "",
            "active_ms": 5_000 + n % 60_000, "submit_key": f"k{n}", "body_digest": "", "at": START + timedelta(seconds=n),
        }  # fmt: skip


def _gold(project_id: int, item: int, answer: Any) -> dict[str, Any]:
    return {
        "item_id": item,
        "project_id": project_id,
        "answer": answer,
        "use": "reference",
        "draw": 0.5,
        "created_at": START,
    }


def _many(session: Session, table: Table, rows: Iterator[dict[str, Any]]) -> None:
    rows = iter(rows)
    first = next(rows)
    statement = Prepared(insert(table), keys=list(first))
    statement.run_many(session.connection(), [first])
    while chunk := list(islice(rows, CHUNK)):
        statement.run_many(session.connection(), chunk)
