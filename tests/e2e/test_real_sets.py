"""Real annotation data through the whole product: imported by command, labelled through HTTP, exported, loaded.

The people's own labels are replayed: each person is kept from the items they did not label in fact, and answers the
others as they did.
"""

import json
import os
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
from sqlalchemy import select

from core.config import ROOT
from core.permissions import SYSTEM, Actor, Role
from core.services import audit, membership, people, routing, sessions
from core.store import work
from core.store.engine import reading, transaction
from tests.clock import NOW
from tests.e2e.conftest import Server, running

DATA = ROOT.parent / "shared" / "data"
pytestmark = pytest.mark.skipif(not DATA.exists(), reason="the real annotation data are not beside the project")


@dataclass(frozen=True)
class RealSet:
    name: str
    task: str
    items: int
    """The first so many, with all their labels."""
    overlap: int


SETS = (
    RealSet("pandalm-pairwise", "pairwise", 40, 3),
    RealSet("squality-rubric", "rating", 40, 3),
    RealSet("sp-amt-crowd", "classification", 6, 20),
)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, fresh_database: Path) -> Iterator[Server]:
    with running(tmp_path_factory.mktemp("real"), fresh_database, seeded=False) as server:
        yield server


def rows(real: RealSet, table: str) -> list[dict[str, Any]]:
    path = DATA / real.name / "rows" / f"{table}.jsonl"
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def chosen(real: RealSet) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Items and labels of the part that is replayed. The texts of sp-amt are not in the set: its tasks stand for them."""
    labels = rows(real, "labels")
    keys = list(dict.fromkeys(label["item"] for label in labels))[: real.items]
    labels = [label for label in labels if label["item"] in set(keys)]
    if (DATA / real.name / "rows" / "items.jsonl").exists():
        return [item for item in rows(real, "items") if item["id"] in set(keys)], labels
    return [{"id": key, "payload": {"text": f"Task {key}"}} for key in keys], labels


def manage(server: Server, *arguments: str) -> str:
    env = {**os.environ, "DATABASE_URL": server.database_url, "TOUCHSTONE_DATA_DIR": str(server.data_dir)}
    done = subprocess.run(
        [sys.executable, "manage.py", *arguments],
        check=False,
        cwd=ROOT,
        env=env,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def write(path: Path, table: list[dict[str, Any]]) -> Path:
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in table), encoding="utf-8")
    return path


def people_of(server: Server, slug: str, labels: list[dict[str, Any]]) -> dict[str, str]:
    """The set's annotators as people with a token each, kept from what they did not label."""
    given = defaultdict(set)
    for label in labels:
        given[label["annotator"]].add(label["item"])
    everything = {label["item"] for label in labels}
    tokens = {}
    with transaction(server.engine) as session:
        for name, done in given.items():
            person = people.add(session, SYSTEM, now=NOW, name=f"{slug}-{name}", role="annotator")
            membership.add_member(session, SYSTEM, slug, person.name, now=NOW, qualified=True)
            if missed := sorted(everything - done):
                routing.exclude(session, SYSTEM, slug, person.name, now=NOW, whole="item", names=missed)
            actor = Actor(person.id, person.name, Role.ANNOTATOR)
            tokens[name] = sessions.create_token(session, actor, now=NOW, label="replay")
    return tokens


def replay(server: Server, slug: str, token: str, answers: dict[str, Any]) -> int:
    """One person at work: their own label for whatever the queue hands out."""
    given = 0
    with httpx.Client(base_url=server.url, headers={"Authorization": f"Bearer {token}"}) as client:
        held = client.get(f"/api/work/{slug}/next").json()
        while held["assignment"] is not None:
            key, aliases = item_of(server, held["assignment"])
            body = {
                "key": str(uuid4()), "rev": held["rev"], "outcome": "submitted", "active_ms": 1000, "next": True,
                "answer": translated(answers[key], aliases),
            }  # fmt: skip
            reply = client.post(f"/api/work/assignments/{held['assignment']}/submit", json=body)
            assert reply.status_code == 200, reply.text
            given, held = given + 1, reply.json()["next"]
    return given


def item_of(server: Server, assignment: int) -> tuple[str, dict[str, str]]:
    """What only the file knows: an item's own id, and the file's ids of its responses by the random ones."""
    query = select(work.item.c.key, work.item.c.aliases).join(work.assignment).where(work.assignment.c.id == assignment)
    with reading(server.engine) as session:
        row = session.connection().execute(query).one()
    return row.key, {own: random for random, own in (row.aliases or {}).items()}


def translated(answer: Any, aliases: dict[str, str]) -> Any:
    if "preferred" in answer:
        return {**answer, "preferred": aliases.get(answer["preferred"], answer["preferred"])}
    return answer


@pytest.mark.parametrize("real", SETS, ids=lambda real: real.name)
def test_a_real_set_goes_the_whole_road(server: Server, tmp_path: Path, real: RealSet) -> None:
    items, labels = chosen(real)
    slug, labels_file = real.name, DATA / real.name / "rows" / "labels.jsonl"
    manage(server, "project", "create", slug, "--task", real.task, "--like", str(labels_file))
    table = [{**item, "overlap": real.overlap} for item in items]
    report = json.loads(manage(server, "import", "items", slug, str(write(tmp_path / "items.jsonl", table)), "--json"))
    assert report["rows"] == len(items)
    manage(server, "project", "open", slug)
    tokens = people_of(server, slug, labels)
    given = sum(
        replay(server, slug, token, {label["item"]: label["answer"] for label in labels if label["annotator"] == name})
        for name, token in tokens.items()
    )
    assert given == len(labels)

    out = tmp_path / "answers"
    manage(server, "export", slug, "--format", "answers-jsonl", "--names", "--out", str(out))
    exported = {(row["item"], row["annotator"]): row["answer"] for row in loaded(out / "answers.jsonl")}
    assert exported == {(label["item"], f"{slug}-{label['annotator']}"): label["answer"] for label in labels}
    with reading(server.engine) as session:
        assert audit.verify(session).broken_at is None
    if real.task == "pairwise":
        assert_loads_in_a_trainers_reader(server, tmp_path)


def assert_loads_in_a_trainers_reader(server: Server, tmp_path: Path) -> None:
    from datasets import load_dataset

    out = tmp_path / "preferences"
    report = json.loads(
        manage(server, "export", "pandalm-pairwise", "--format", "trl-preference", "--out", str(out), "--json")
    )
    files = {split: str(out / f"{split}.jsonl") for split in ("train", "test") if (out / f"{split}.jsonl").exists()}
    dataset = load_dataset("json", data_files=files, cache_dir=str(tmp_path / "cache"))
    assert {"prompt", "chosen", "rejected"} <= set(dataset["train"].column_names)
    rows_written = sum(part.num_rows for part in dataset.values())
    left_out = sum(report["left_out"].values())
    assert rows_written + left_out == SETS[0].items
    assert rows_written == report["rows_total"]


def loaded(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
