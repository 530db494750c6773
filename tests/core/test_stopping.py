"""Adaptive overlap: a project labelled until nobody doubts, the policy switched on and off, and asking while people work."""

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from random import Random
from time import monotonic, sleep
from typing import Any

import pytest
from sqlalchemy import Engine, func, select, update
from sqlmodel import Session

from core.errors import Conflict, NotAllowed
from core.permissions import SYSTEM, Actor
from core.services import audit, policies, project_changes, project_files, projects, queue
from core.services.policies import Stopping
from core.services.quality import assessments
from core.services.queue import Served
from core.services.stopping import asking, rounds as stopping_rounds
from core.services.stopping.confidence import sureness
from core.store import work
from core.store.engine import reading, transaction
from core.store.tables import Item, Project
from tests.clock import NOW
from tests.core.test_queue import claim, give
from tests.factories import a_gold, a_lane, a_member, a_project, a_verdict, acting, an_item

CLASSES = ("cat", "dog", "owl")
SETTINGS = {"labels": [{"id": name, "name": name} for name in CLASSES]}
POLICY = {"start": 2, "most": 5, "confidence": 0.9, "audit_share": 0.1}


def a_zoo(
    session: Session, items: int, people: int, *, policy: dict[str, Any] | None = None, **fields: Any
) -> tuple[Project, list[Actor]]:
    """Items "0", "1", … whose true class is their number's; with the policy, the first tenth on the audit track."""
    adaptive = POLICY if policy is None else policy
    project = a_project(session, task="classification", settings=SETTINGS, policy={"stopping": adaptive}, **fields)
    lane = a_lane(session, project)
    for n in range(items):
        audited = n < items * adaptive["audit_share"]
        overlap = adaptive["most"] if audited else adaptive["start"]
        an_item(
            session, project, str(n), lane=lane, payload={"text": f"Picture {n}"}, settings=SETTINGS, position=n + 1,
            overlap=overlap, audit=audited,
        )  # fmt: skip
    return project, [acting(a_member(session, project)) for _ in range(people)]


def answer(session: Session, project: Project, actor: Actor, rng: Random, skill: float) -> bool:
    """Take an item and say what it is, rightly as often as one's skill has it; False when there is none."""
    served = claim(session, actor, project)
    if not isinstance(served, Served):
        return False
    row = work.assigned(session.connection(), served.assignment)
    key = session.connection().execute(select(work.item.c.key).where(work.item.c.id == row.item_id)).scalar_one()
    true = CLASSES[int(key) % 3]
    said = true if rng.random() < skill else rng.choice([name for name in CLASSES if name != true])
    give(session, actor, project, served, answer={"labels": [said]}, active_ms=60_000)
    return True


def label_all(session: Session, project: Project, people: list[Actor], rng: Random) -> None:
    """Everybody in turn, until nobody finds anything."""
    found = True
    while found:
        found = False
        for n, who in enumerate(people):
            found |= answer(session, project, who, rng, 0.7 + 0.25 * n / len(people))


def found_items(session: Session, project: Project) -> list[Any]:
    """State, overlap, audit, and how many labels each has, in the order of their keys."""
    live = (
        select(work.answer.c.item_id, func.count().label("n"))
        .where(work.answer.c.current, work.answer.c.outcome == "submitted")
        .group_by(work.answer.c.item_id)
        .subquery()
    )
    query = (
        select(work.item, func.coalesce(live.c.n, 0).label("labels"))
        .outerjoin(live, live.c.item_id == work.item.c.id)
        .where(work.item.c.project_id == project.id)
        .order_by(work.item.c.id)
    )
    return list(session.connection().execute(query))


def test_a_project_is_labelled_until_nobody_doubts(session: Session) -> None:
    project, people = a_zoo(session, 70, 10)
    for item in session.scalars(select(Item).where(Item.project_id == project.id).limit(55)):
        a_gold(session, item, {"labels": [CLASSES[int(item.key) % 3]]}, use="reference")
    rng = Random(4)
    for _ in range(10):
        label_all(session, project, people, rng)
        if not asking.ask(session, SYSTEM, project.slug, now=NOW).asked:
            break
    rows = found_items(session, project)
    assert {row.state for row in rows} == {"done"}
    assert all(2 <= row.labels <= row.overlap <= 5 for row in rows)
    assert all(row.labels == 5 for row in rows if row.audit)
    assert sum(row.labels for row in rows) < 0.8 * 5 * len(rows)
    assert len({row.labels for row in rows}) > 2
    assert Counter(row.labels for row in rows)[2] > 10
    assessed = assessments.current(session, SYSTEM, project.slug, now=NOW).assessment
    found = sureness(assessed) if assessed else ""
    assert not isinstance(found, str)
    assert found.calibration.gold_items == 55
    assert ((found.confidence >= 0.9) | (found.labels.per_item == 5)).all()
    assert audit.verify(session).broken_at is None


def test_the_least_sure_come_first_and_are_named_in_the_log(session: Session) -> None:
    project, people = a_zoo(session, 30, 4, policy={**POLICY, "audit_share": 0.0})
    label_all(session, project, people, Random(1))
    look = asking.look(session, SYSTEM, project.slug, now=NOW)
    assert look.doubts
    sure = [doubt.confidence for doubt in look.doubts]
    assert sure == sorted(sure)
    asked = asking.ask(session, SYSTEM, project.slug, now=NOW)
    assert asked.asked == asked.doubted == len(look.doubts)
    opened = [row for row in found_items(session, project) if row.state == "open"]
    in_order = [row.id for row in sorted(opened, key=lambda row: row.position)]
    assert in_order == [doubt.item_id for doubt in look.doubts]
    events = audit.recent(session, project.id or 0, limit=asked.asked)
    assert {event.kind for event in events} == {"item.asked_again"}
    assert all(event.digest for event in events)


def test_asking_twice_asks_once(session: Session) -> None:
    project, people = a_zoo(session, 30, 4)
    label_all(session, project, people, Random(1))
    look = asking.look(session, SYSTEM, project.slug, now=NOW)
    first = asking.raise_overlap(session, SYSTEM, project.slug, look, look.doubts, now=NOW)
    assert first == len(look.doubts) > 0
    assert asking.raise_overlap(session, SYSTEM, project.slug, look, look.doubts, now=NOW) == 0
    assert asking.ask(session, SYSTEM, project.slug, now=NOW).asked == 0
    assert max(row.overlap for row in found_items(session, project) if not row.audit) == 3


def test_what_is_in_more_doubt_overtakes_what_waits_already(session: Session) -> None:
    project, people = a_zoo(session, 40, 4, policy={**POLICY, "audit_share": 0.0})
    rng = Random(1)
    for _ in range(3):
        for n in (0, 1):
            for _ in range(9):
                answer(session, project, people[n], rng, 0.6)
        asking.ask(session, SYSTEM, project.slug, now=NOW)
    look = asking.look(session, SYSTEM, project.slug, now=NOW)
    assert len(look.waiting) > 5
    asked_again = [row for row in found_items(session, project) if row.state == "open" and row.labels >= 2]
    rest = [row.position for row in found_items(session, project) if row.state == "open" and row.labels < 2]
    before = [row.id for row in sorted(asked_again, key=lambda row: row.position)]
    assert min(row.position for row in asked_again) > max(rest)
    known = dict.fromkeys(before, 0.5) | {before[-1]: 0.9}
    one = asking.Doubt(before[-1], 2, 0.1, 0.9)
    moved = asking.arrange(session, SYSTEM, project.slug, asking.Look((one,), look.seen, True, waiting=known))
    assert moved == len(before)
    rows = [row for row in found_items(session, project) if row.id in known]
    assert [row.id for row in sorted(rows, key=lambda row: row.position)] == [before[-1], *before[:-1]]
    assert asking.arrange(session, SYSTEM, project.slug, asking.Look((one,), look.seen, True, waiting=known)) == 0


def test_what_was_answered_since_the_look_is_not_asked_for(session: Session) -> None:
    project, people = a_zoo(session, 20, 4, policy={**POLICY, "audit_share": 0.0})
    label_all(session, project, people, Random(1))
    look = asking.look(session, SYSTEM, project.slug, now=NOW)
    asking.raise_overlap(session, SYSTEM, project.slug, look, look.doubts, now=NOW)
    label_all(session, project, people, Random(2))
    assert asking.raise_overlap(session, SYSTEM, project.slug, look, look.doubts, now=NOW) == 0


def test_what_a_reviewer_settled_or_everybody_has_had_is_not_asked_for(session: Session) -> None:
    project, people = a_zoo(session, 12, 2, policy={**POLICY, "audit_share": 0.0, "confidence": 0.999})
    label_all(session, project, people, Random(1))
    assert asking.ask(session, SYSTEM, project.slug, now=NOW).asked == 0
    a_member(session, project)
    doubts = asking.look(session, SYSTEM, project.slug, now=NOW).doubts
    settled = session.get_one(Item, doubts[0].item_id)
    a_verdict(session, settled, {"labels": ["cat"]})
    assert asking.ask(session, SYSTEM, project.slug, now=NOW).asked == len(doubts) - 1


def test_nothing_is_taken_from_anybodys_hands(session: Session) -> None:
    """An item asked again is held by somebody when gold makes it sure."""
    project, people = a_zoo(session, 30, 4, policy={**POLICY, "audit_share": 0.0})
    label_all(session, project, people, Random(1))
    asking.ask(session, SYSTEM, project.slug, now=NOW)
    held = claim(session, people[0], project)
    assert isinstance(held, Served)
    row = work.assigned(session.connection(), held.assignment)
    item = session.get_one(Item, row.item_id)
    a_gold(session, item, {"labels": [CLASSES[int(item.key) % 3]]}, use="reference")
    asking.ask(session, SYSTEM, project.slug, now=NOW)
    again = claim(session, people[0], project)
    assert again.assignment == held.assignment
    assert give(session, people[0], project, held, answer={"labels": ["cat"]})


def test_a_label_that_costs_more_than_it_saves_is_not_asked_for(session: Session) -> None:
    project, people = a_zoo(session, 40, 6, policy={**POLICY, "audit_share": 0.0, "confidence": 0.99})
    label_all(session, project, people, Random(3))
    doubted = len(asking.look(session, SYSTEM, project.slug, now=NOW).doubts)
    view = projects.get(session, SYSTEM, project.slug)
    dear = view.policy.model_copy(
        update={
            "rates": policies.Rates(per_hour="12.00"),
            "stopping": Stopping(**{**POLICY, "audit_share": 0.0, "confidence": 0.99, "error_cost": 1.0}),
        }
    )
    project_changes.change(session, SYSTEM, project.slug, now=NOW, policy=dear)
    worth_it = len(asking.look(session, SYSTEM, project.slug, now=NOW).doubts)
    assert 0 < worth_it < doubted


def test_a_fixed_overlap_or_a_pause_is_not_asked_over(session: Session) -> None:
    project = a_project(session, items=1)
    with pytest.raises(Conflict):
        asking.ask(session, SYSTEM, project.slug, now=NOW)
    adaptive, people = a_zoo(session, 3, 2, state="paused")
    with pytest.raises(Conflict):
        asking.ask(session, SYSTEM, adaptive.slug, now=NOW)
    with pytest.raises(NotAllowed):
        asking.ask(session, people[0], adaptive.slug, now=NOW)


def test_scores_on_a_long_scale_say_why_they_cannot_be_asked_for(session: Session) -> None:
    settings = {"criteria": [{"id": "worth", "name": "Worth", "min": 0, "max": 100}]}
    project = a_project(
        session, task="rating", settings=settings, items=2, overlap=2, policy={"stopping": POLICY}
    )  # fmt: skip
    people = [acting(a_member(session, project)) for _ in range(3)]
    for who in people[:2]:
        while isinstance(served := claim(session, who, project), Served):
            give(session, who, project, served, answer={"scores": {"worth": 50}})
    look = asking.look(session, SYSTEM, project.slug, now=NOW)
    assert look.doubts == ()
    assert look.why is not None


# On and off -----------------------------------------------------------------------------------------------------------


def test_switching_on_and_off_keeps_every_slot(session: Session) -> None:
    project, people = a_zoo(session, 40, 6, policy={**POLICY, "audit_share": 0.0})
    plain = projects.get(session, SYSTEM, project.slug).policy.model_copy(update={"stopping": None, "overlap": 3})
    project_changes.change(session, SYSTEM, project.slug, now=NOW, policy=plain)
    asking.set_policy(session, SYSTEM, project.slug, None, now=NOW, rng=Random(1))
    assert {row.overlap for row in found_items(session, project)} == {3}
    rng = Random(2)
    for n, who in enumerate(people):
        for _ in range(8 + 2 * n):
            answer(session, project, who, rng, 0.8)
    held = [served.assignment for who in people if isinstance(served := claim(session, who, project), Served)]
    before = {row.id: row.labels for row in found_items(session, project)}
    on = asking.set_policy(
        session, SYSTEM, project.slug, Stopping(start=1, most=5, audit_share=0.2), now=NOW, rng=Random(5)
    )
    rows = found_items(session, project)
    assert on.audit == 8 == sum(row.audit for row in rows)
    assert {row.id: row.labels for row in rows} == before
    assert all(row.overlap == 5 for row in rows if row.audit)
    assert all(row.overlap >= max(row.labels, 1) for row in rows)
    assert {row.state for row in rows if row.labels == 0} <= {"open", "taken"}
    assert all(row.state == "done" for row in rows if row.labels == row.overlap)
    assert all(work.assigned(session.connection(), one).state == "held" for one in held)
    off = asking.set_policy(session, SYSTEM, project.slug, None, now=NOW, rng=Random(5))
    rows = found_items(session, project)
    assert all(row.overlap >= max(3, row.labels) for row in rows)
    assert off.opened > 0
    assert projects.get(session, SYSTEM, project.slug).policy.stopping is None
    label_all(session, project, people, rng)
    assert all(row.labels == row.overlap for row in found_items(session, project))


def test_the_audit_track_grows_and_shrinks_by_chance_alone(session: Session) -> None:
    project, _ = a_zoo(session, 50, 1, policy={**POLICY, "audit_share": 0.1})
    drawn = []
    for share in (0.1, 0.4, 0.2, 0.2, 0.0):
        asking.set_policy(session, SYSTEM, project.slug, Stopping(audit_share=share), now=NOW, rng=Random(len(drawn)))
        drawn.append({row.id for row in found_items(session, project) if row.audit})
    assert [len(one) for one in drawn] == [5, 20, 10, 10, 0]
    assert drawn[0] < drawn[1] > drawn[2] == drawn[3]


def test_the_same_policy_again_changes_nothing(session: Session) -> None:
    project, people = a_zoo(session, 30, 4)
    label_all(session, project, people, Random(1))
    asking.set_policy(session, SYSTEM, project.slug, Stopping(**POLICY), now=NOW, rng=Random(1))
    before = found_items(session, project)
    asking.set_policy(session, SYSTEM, project.slug, Stopping(**POLICY), now=NOW, rng=Random(2))
    assert found_items(session, project) == before


def test_the_project_file_keeps_the_policy(session: Session) -> None:
    project, _ = a_zoo(session, 1, 1)
    file = project_files.as_file(session, SYSTEM, project.slug)
    assert file.stopping == Stopping(**POLICY)
    assert project_files.read_file(file.model_dump_json(exclude_defaults=True)).stopping == file.stopping


# Rounds ---------------------------------------------------------------------------------------------------------------


def test_a_round_asks_where_something_has_happened(store: Engine) -> None:
    with transaction(store) as session:
        project, people = a_zoo(session, 40, 6)
        a_project(session, items=1)
        slug = project.slug
        label_all(session, project, people, Random(1))
    rounds = stopping_rounds.Rounds(lambda: NOW)
    asked = rounds.round()
    assert asked > 0
    assert rounds.round() == 0
    with transaction(store) as session:
        label_all(session, project, people, Random(2))
    assert 0 < rounds.round() < asked
    with transaction(store) as session:
        project_changes.set_state(session, SYSTEM, slug, "paused", now=NOW)
    assert rounds.round() == 0


def test_rounds_come_by_themselves_until_they_are_stopped(store: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stopping_rounds, "PAUSE", 0.05)
    with transaction(store) as session:
        project, people = a_zoo(session, 20, 6)
        label_all(session, project, people, Random(1))
    rounds = stopping_rounds.Rounds(lambda: NOW)
    rounds.start()
    until = monotonic() + 30
    while monotonic() < until:
        with reading(store) as session:
            asked = sum(row.overlap == 3 for row in found_items(session, project))
        if asked:
            break
        sleep(0.05)
    rounds.stop()
    assert asked > 0


def test_one_project_in_trouble_leaves_the_others_alone(store: Engine, caplog: pytest.LogCaptureFixture) -> None:
    with transaction(store) as session:
        broken, team = a_zoo(session, 10, 3)
        label_all(session, broken, team, Random(1))
        session.connection().execute(
            update(work.settings).where(work.settings.c.project_id == broken.id).values(settings={"labels": 7})
        )
        project, people = a_zoo(session, 40, 6)
        label_all(session, project, people, Random(1))
    assert stopping_rounds.Rounds(lambda: NOW).round() > 0
    assert broken.slug in caplog.text


def test_asking_while_people_submit_never_gives_one_answer_too_many(store: Engine) -> None:
    with transaction(store) as session:
        project, people = a_zoo(session, 40, 8)
    done = threading.Event()

    def working(n: int) -> None:
        rng = Random(n)
        while not done.is_set():
            with suppress(Conflict), transaction(store) as session:
                answer(session, project, people[n], rng, 0.6 + 0.04 * n)

    def asking(_: int) -> int:
        asked, until = 0, monotonic() + 20
        while asked < 12 and monotonic() < until:
            asked += stopping_rounds.ask_now(SYSTEM, project.slug, now=NOW).asked
        return asked

    with ThreadPoolExecutor(10) as pool:
        workers = [pool.submit(working, n) for n in range(8)]
        asked = sum(pool.map(asking, range(2)))
        done.set()
        for worker in workers:
            worker.result(60)
    with reading(store) as session:
        rows = found_items(session, project)
        assert asked > 0
        assert all(row.labels <= row.overlap <= 5 for row in rows)
        assert audit.verify(session).broken_at is None
        again = [event for event in audit.recent(session, project.id or 0, 10_000) if event.kind == "item.asked_again"]
        assert len(again) == asked == sum(row.overlap - 2 for row in rows if not row.audit)


def test_claims_cost_the_same_with_and_without_the_policy(session: Session) -> None:
    """The queue knows nothing of the policy: what was asked again is found as anything else is."""
    project, people = a_zoo(session, 4, 3, policy={**POLICY, "audit_share": 0.0, "confidence": 0.999})
    label_all(session, project, people, Random(1))
    assert isinstance(queue.next_screen(session, people[0], now=NOW, rng=Random(1), slug=project.slug), queue.Nothing)
    assert asking.ask(session, SYSTEM, project.slug, now=NOW).asked == 4
    label_all(session, project, people, Random(1))
    assert {row.labels for row in found_items(session, project)} == {3}
