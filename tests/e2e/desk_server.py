"""A workspace with one project a task type, a server for it in a process of its own, and people with a cookie."""

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Engine
from sqlmodel import Session, select

from core.config import ROOT
from core.services import sessions
from core.store import schema
from core.store.engine import engine_for
from core.store.tables import Answer, Assignment, Item, Project, SettingsVersion
from tests import factories
from tests.clock import right_now

LABELS = [
    {"id": "card", "name": {"en": "Cards", "zh": "银行卡"}},
    {"id": "lost", "name": {"en": "Lost or stolen", "zh": "丢失或被盗"}, "parent": "card"},
    {"id": "limit", "name": {"en": "Limits", "zh": "限额"}, "parent": "card"},
    {"id": "account", "name": {"en": "Account", "zh": "账户"}},
    {"id": "other", "name": {"en": "Other", "zh": "其他"}},
]
RUBRIC = {
    "criteria": [
        {
            "id": name,
            "name": {"en": name.title(), "zh": zh},
            "min": 1,
            "max": 5,
            "anchors": {"1": {"en": "bad", "zh": "差"}, "5": {"en": "good", "zh": "好"}},
        }
        for name, zh in (("accuracy", "准确"), ("helpfulness", "有用"), ("clarity", "清楚"))
    ]
}
MANY = {
    "criteria": [
        {
            "id": f"c{n}",
            "name": {"en": f"Criterion {n}, named at some length", "zh": f"第 {n} 项标准，名称较长"},
            "min": 1,
            "max": 7,
        }
        for n in range(1, 9)
    ]
}
ALL_EXTRAS = {
    "rationale": {"required": False, "reasons": [{"id": f"r{n}", "name": f"Reason {n}"} for n in range(1, 6)]},
    "confidence": True,
    "safety_flag": True,
}
RATIONALE = {"required": True, "min_chars": 5, "reasons": [{"id": "facts", "name": "Wrong facts"}]}
CONFIDENT = {"confidence": True, "rationale": {**RATIONALE, "required": False}}
PROJECTS: dict[str, tuple[str, dict[str, Any], dict[str, Any]]] = {
    "pair": ("pairwise", {"strength_levels": 3}, {"confidence": True}),
    "plain": ("pairwise", {}, {}),
    "reasons": ("pairwise", {}, {"rationale": RATIONALE}),
    "noted": ("pairwise", {}, {"safety_flag": True, "rationale": {**RATIONALE, "required": False}}),
    "rank": ("ranking", {}, {}),
    "ranked": ("ranking", {}, {"confidence": True}),
    "rate": ("rating", RUBRIC, {}),
    "many": ("rating", MANY, ALL_EXTRAS),
    "full": ("pairwise", {"strength_levels": 3}, ALL_EXTRAS),
    "one": ("classification", {"labels": [{k: v for k, v in label.items() if k != "parent"} for label in LABELS]}, {}),
    "sure": (
        "classification",
        {"labels": [{k: v for k, v in label.items() if k != "parent"} for label in LABELS]},
        CONFIDENT,
    ),
    "tree": ("classification", {"labels": LABELS, "multiple": True}, {}),
    "write": ("demonstration", {"min_chars": 4, "checks": [{"id": "own", "name": "My own words"}]}, {}),
}
RESPONSES = {"r1": {"text": "First, in brief."}, "r2": {"text": "**Second**, at length. " * 40}}
PAYLOADS: dict[str, dict[str, Any]] = {
    "pairwise": {"prompt": "Which way to the harbour?", "responses": RESPONSES},
    "ranking": {"prompt": "A toast", "responses": {f"r{n}": {"text": f"Text {n}"} for n in range(1, 4)}},
    "rating": {"prompt": "What is 2 + 2?", "response": "4"},
    "classification": {"text": "我的卡不见了"},
    "demonstration": {"prompt": "请写一句问候。"},
}
ITEMS = 12
HOSTILE = {
    "prompt": "<script>window.pwned=1</script><img src=x onerror='window.pwned=1'> safe \u202eevil\u202c zero\u200bwidth",
    "responses": {
        "r1": {"text": "y" * 1_000_000},
        "r2": {"text": "**bold** <b onclick='window.pwned=1'>tag</b> [x](javascript:window.pwned=1)"},
    },
}


@dataclass(frozen=True)
class Worker:
    """Somebody signed in."""

    id: int
    cookie: str


class Workspace:
    def __init__(self, engine: Engine, address: str) -> None:
        self.engine, self.address = engine, address

    def worker(self) -> Worker:
        """A new person, member of every project."""
        with Session(self.engine) as session:
            person = factories.a_person(session)
            for project in session.exec(select(Project)):
                factories.a_member(session, project, person)
            cookie = sessions.open_session(session, factories.acting(person), now=right_now())
            session.commit()
            assert person.id is not None
            return Worker(person.id, cookie)

    def lose(self, assignment_id: int) -> None:
        """The lease is over and the item is no longer to be had."""
        with Session(self.engine) as session:
            assignment = session.get_one(Assignment, assignment_id)
            assignment.state, assignment.slot = "expired", None
            session.get_one(Item, assignment.item_id).state = "flagged"
            session.commit()

    def answers(self, worker: Worker) -> list[Answer]:
        """Current answers of a person, oldest first."""
        with Session(self.engine) as session:
            mine = select(Answer).where(Answer.person_id == worker.id, Answer.current).order_by(Answer.id)  # type: ignore[arg-type]
            return list(session.exec(mine))


def fill(engine: Engine) -> None:
    with Session(engine) as session:
        for slug, (task, settings, extras) in PROJECTS.items():
            project = add_project(session, slug, task, settings, extras)
            lane = factories.a_lane(session, project)
            for n in range(ITEMS):
                payload = {
                    **PAYLOADS[task],
                    **({"prompt": f"{n}: {PAYLOADS[task]['prompt']}"} if "prompt" in PAYLOADS[task] else {}),
                }
                factories.an_item(session, project, payload=payload, lane=lane, overlap=50, settings=settings)
        add_project(session, "empty", "pairwise", {}, {})
        hostile = add_project(session, "hostile", "pairwise", {}, {})
        factories.an_item(session, hostile, payload=HOSTILE, overlap=50)
        factories.a_person(session, "admin", role="admin")
        session.commit()


def add_project(session: Session, slug: str, task: str, settings: dict[str, Any], extras: dict[str, Any]) -> Project:
    project = factories.a_project(session, slug, task=task, settings=settings, overlap=50)
    version = session.exec(select(SettingsVersion).where(SettingsVersion.project_id == project.id)).one()
    version.extras = extras
    return project


@contextmanager
def serving(folder: Path) -> Iterator[Workspace]:
    """A server on a free port, stopped by its process."""
    url = f"sqlite:///{folder / 'touchstone.db'}"
    engine = engine_for(url)
    schema.upgrade(engine)
    fill(engine)
    port = _free_port()
    environment = {**os.environ, "DATABASE_URL": url, "TOUCHSTONE_DATA_DIR": str(folder), "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "uvicorn", "tests.e2e.desk_app:app", "--port", str(port), "--log-level", "warning"]
    process = subprocess.Popen(command, cwd=ROOT, env=environment)
    try:
        _wait_for(f"http://localhost:{port}/_stcore/health", process)
        yield Workspace(engine, f"http://localhost:{port}")
    finally:
        process.terminate()
        process.wait(10)
        engine.dispose()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for(address: str, process: "subprocess.Popen[bytes]", seconds: float = 60) -> None:
    for _ in range(int(seconds / 0.2)):
        if process.poll() is not None:
            raise RuntimeError(f"the server ended with {process.returncode}")
        try:
            urllib.request.urlopen(address, timeout=1).close()
            return
        except OSError:
            time.sleep(0.2)
    raise TimeoutError(address)
