"""What an annotator can count at the desk, on the way there and in My work: nothing tells a hidden check or a repeat."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from sqlalchemy import Engine, select, update
from sqlmodel import col
from starlette.testclient import TestClient

from api import app, work as routes
from core.permissions import Actor
from core.services import choices, mywork, remainder, sessions
from core.store import work
from core.store.engine import reading, transaction
from core.store.tables import Item
from tests import factories
from tests.clock import right_now

SLUG = "pairs"


@dataclass(frozen=True)
class Counts:
    """Every number that moves while one works."""

    today: int
    left: int | None
    card: int
    my_today: int
    my_week: int
    my_answers: int

    def __sub__(self, other: "Counts") -> tuple[int | None, ...]:
        return tuple(
            None if mine is None or theirs is None else mine - theirs
            for mine, theirs in zip(vars(self).values(), vars(other).values(), strict=True)
        )


ANSWERED, SKIPPED, UNDONE = (1, -1, -1, 1, 1, 1), (0, -1, -1, 0, 0, 0), (-1, 1, 1, -1, -1, -1)


class Worker:
    """Somebody at the desk who writes down every number they can find."""

    def __init__(self, client: TestClient, actor: Actor) -> None:
        self.client, self.actor, self.last = client, actor, 0
        with transaction() as session:
            token = sessions.create_token(session, actor, now=right_now())
        self.headers = {"Authorization": f"Bearer {token}"}

    def next(self) -> dict[str, Any]:
        return self._checked(self.client.get(f"/work/{SLUG}/next", headers=self.headers))

    def card(self) -> int:
        """What the choice of projects says is left."""
        with reading() as session:
            return choices.choices(session, self.actor, now=right_now())[0].left

    def submit(self, held: dict[str, Any], outcome: str = "submitted", *, follow: bool = True) -> dict[str, Any]:
        """The reply's next screen."""
        answer = {"preferred": "tie"} if outcome == "submitted" else None
        body = {"key": str(uuid4()), "rev": held["rev"], "outcome": outcome, "answer": answer, "next": follow}
        url = f"/work/assignments/{held['assignment']}/submit"
        reply = self._checked(self.client.post(url, json=body, headers=self.headers))
        self.last = reply["answer"]
        following: dict[str, Any] = reply["next"]
        return following

    def undo(self) -> dict[str, Any]:
        return self._checked(self.client.post(f"/work/answers/{self.last}/undo", json={}, headers=self.headers))

    def revise(self, answer: int) -> None:
        body = {"key": str(uuid4()), "answer": {"preferred": "both_bad"}}
        self._checked(self.client.post(f"/work/answers/{answer}/revise", json=body, headers=self.headers))

    def counts(self, held: dict[str, Any]) -> Counts:
        progress = held["progress"]
        assert set(progress) == {"today", "left", "sent_back"}
        with reading() as session:
            own = mywork.progress(session, self.actor, now=right_now())
        (project,) = own.projects or (None,)
        answers = project.answers if project else 0
        assert project is None or project.today == own.today
        return Counts(progress["today"], progress["left"], self.card(), own.today, own.week, answers)

    @staticmethod
    def _checked(reply: Any) -> dict[str, Any]:
        assert reply.status_code == 200, reply.text
        body: dict[str, Any] = reply.json()
        return body


def purpose_of(held: dict[str, Any]) -> str:
    with reading() as session:
        query = select(work.assignment.c.purpose).where(work.assignment.c.id == held["assignment"])
        return str(session.connection().execute(query).scalar_one())


@pytest.fixture
def ann(sqlite_store: Engine, monkeypatch: pytest.MonkeyPatch) -> Worker:
    """In a project with many checks and repeats."""
    monkeypatch.setattr(routes, "_RANDOM", Random(3))
    with transaction() as session:
        policy = {"gold_rate": 0.3, "repeat_rate": 0.2}
        project = factories.a_project(session, SLUG, items=90, policy=policy)
        for _ in range(60):
            factories.a_gold(session, factories.an_item(session, project, state="gold"), {"preferred": "tie"})
        actor = factories.acting(factories.a_member(session, project))
    return Worker(TestClient(app.create(), raise_server_exceptions=False), actor)


@pytest.fixture
def later(ann: Worker, now: datetime) -> Iterator[None]:
    """An hour after the first answers, so that they may be repeated."""
    held = ann.next()
    for _ in range(15):
        held = ann.submit(held)
    with time_machine.travel(now + timedelta(hours=1), tick=False):
        yield


def test_every_number_moves_by_one_whatever_the_purpose(ann: Worker, later: None) -> None:
    moved: dict[tuple[str, str], Counter[tuple[int | None, ...]]] = {}
    held = ann.next()
    for n in range(30):
        before, purpose = ann.counts(held), purpose_of(held)
        assert ann.counts(ann.next()) == before, "the page loaded again"
        skips = n % 3 == 2
        held = ann.submit(held, "skipped" if skips else "submitted")
        moved.setdefault((purpose, "skipped" if skips else "answered"), Counter())[ann.counts(held) - before] += 1
    assert {purpose for purpose, _ in moved} == {"work", "gold", "repeat"}
    for (_, outcome), seen in moved.items():
        assert set(seen) == {SKIPPED if outcome == "skipped" else ANSWERED}


def test_undo_gives_back_what_was_counted_whatever_the_purpose(ann: Worker, later: None) -> None:
    held, undone = ann.next(), set()
    for _ in range(25):
        before, purpose = ann.counts(held), purpose_of(held)
        after = ann.counts(ann.submit(held))
        held = ann.undo()
        assert ann.counts(held) - after == UNDONE
        assert ann.counts(held) == before
        held = ann.submit(held)
        assert ann.counts(held) == after
        undone.add(purpose)
    assert undone == {"work", "gold", "repeat"}


def test_a_revision_counts_nothing_anew(ann: Worker, now: datetime) -> None:
    held = ann.submit(ann.next())
    before, answer = ann.counts(held), ann.last
    ann.revise(answer)
    assert ann.counts(ann.next()) == before
    with time_machine.travel(now + timedelta(days=1), tick=False):
        with reading() as session:
            (newest,) = mywork.answers(session, ann.actor).rows
        ann.revise(newest.answer_id)
        assert ann.next()["progress"]["today"] == 0
        assert ann.counts(ann.next()).my_today == 0


def test_a_new_plan_comes_after_so_many_items_of_whatever_purpose(ann: Worker, later: None) -> None:
    held, jumps, purposes = ann.next(), [], []
    for n in range(16, 16 + 2 * remainder.RENEW_AFTER):
        purposes.append(purpose_of(held))
        left = held["progress"]["left"]
        held = ann.submit(held)
        if held["assignment"] is None:
            break
        if held["progress"]["left"] != left - 1:
            jumps.append(n)
    assert set(jumps) <= {remainder.RENEW_AFTER, 2 * remainder.RENEW_AFTER}
    assert len(purposes) > remainder.RENEW_AFTER


def test_when_nothing_is_left_no_check_comes_alone(ann: Worker, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever looks again before an empty queue must not be given what can only be a check."""
    monkeypatch.setattr(remainder, "RENEW_AFTER", 10_000)
    held, lowest = ann.next(), []
    while held["assignment"] is not None:
        lowest.append(held["progress"]["left"])
        held = ann.submit(held)
    assert min(lowest) >= 1
    assert held["progress"]["left"] == 0
    assert all(ann.next()["assignment"] is None for _ in range(40))
    with reading() as session:
        checks = select(work.assignment.c.id).where(work.assignment.c.purpose == "gold")
        assert 20 < len(session.connection().execute(checks).all()) < 60
        assert ann.card() == 0


@pytest.mark.parametrize("holds", [True, False], ids=["an item in hand", "nothing in hand"])
def test_after_a_rest_what_others_did_meanwhile_counts(ann: Worker, now: datetime, holds: bool) -> None:
    held = ann.next()
    for _ in range(8):
        held = ann.submit(held)
    if not holds:
        ann.submit(held, follow=False)
    others_leave(4)
    with time_machine.travel(now + remainder.REST - timedelta(minutes=1), tick=False):
        plan = ann.card()
        assert plan > 40, "within a shift the plan holds"
    with time_machine.travel(now + remainder.REST, tick=False):
        if holds:
            assert ann.card() == plan, "an item in hand counts down from the plan that it came with"
            held = ann.submit(ann.next())
        else:
            assert ann.card() < 10
            held = ann.next()
        assert 4 <= held["progress"]["left"] == ann.card() < 10


def others_leave(many: int) -> None:
    """All but so many open items are done by others."""
    with transaction() as session:
        ahead = session.scalars(select(Item.id).where(col(Item.state) == "open").order_by(col(Item.position))).all()
        session.execute(update(Item).where(col(Item.id).in_(ahead[:-many])).values(state="done"))
