"""The demo workspace: people, projects and three weeks of simulated history, made through the real services."""

import heapq
import secrets
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from random import Random
from uuid import UUID

from sqlalchemy import select, update
from sqlmodel import Session

from core.config import ROOT
from core.permissions import Actor, Right, Role, require
from core.services import (
    activity,
    demo_judge,
    importing,
    labelling,
    membership,
    people,
    project_changes,
    project_files,
    queue,
    simulation,
)
from core.services.activity import Measured
from core.services.demo_cast import CAST, LEAD, PLOTS, Character, Plot
from core.services.labelling import Submission
from core.services.policies import ProjectFile
from core.services.projects import ProjectView
from core.services.queue import Served
from core.services.simulation import SINGAPORE, Simulated, Truth
from core.services.stopping import asking
from core.store.tables import Assignment, Batch, Item, Person

SAMPLES = ROOT / "data" / "samples"
BEAT = timedelta(seconds=60)
AHEAD = 3
"""Answers by which a person may run ahead of the project's pace."""
SETTLED = timedelta(minutes=3)
"""Nothing simulated happens later than this before now: nobody is caught in the middle of a sentence."""


@dataclass(frozen=True)
class DemoReport:
    """What was made; nothing when the demo is there already. Passwords are told once and kept nowhere."""

    made: bool
    projects: tuple[str, ...]
    people: int = 0
    items: int = 0
    answers: int = 0
    passwords: Mapping[str, str] = field(default_factory=dict)


def loaded(session: Session) -> bool:
    found = session.connection().execute(select(_PERSON.c.id).where(_PERSON.c.name.in_([who.name for who in CAST])))
    return found.first() is not None


def load(session: Session, actor: Actor, *, now: datetime, rng: Random, samples: Path = SAMPLES) -> DemoReport:
    """Make the demo workspace, or leave the one there is as it is."""
    require(actor, Right.MANAGE_WORKSPACE)
    if loaded(session):
        return DemoReport(False, tuple(plot.slug for plot in PLOTS))
    stage = Stage(session, now, rng)
    passwords = stage.cast(actor)
    for plot in PLOTS:
        stage.open(plot, samples)
    stage.play()
    for plot in PLOTS:
        stage.judge(plot)
        stage.close(plot)
    return DemoReport(True, tuple(p.slug for p in PLOTS), len(CAST), stage.items, stage.answers, passwords)


@dataclass(frozen=True)
class Working:
    """A person in a sitting at a project, with so many answers to go."""

    who: Character
    plot: Plot
    left: int


class Stage:
    """The workspace while it is being made: one agenda for everybody, played in the order of time."""

    def __init__(self, session: Session, now: datetime, rng: Random) -> None:
        self.session, self.now, self.rng = session, now, rng
        self.items = self.answers = 0
        self._actors: dict[str, Actor] = {}
        self._projects: dict[str, ProjectView] = {}
        self._aside = {plot.slug: list(plot.aside) for plot in PLOTS}
        self._given: Counter[tuple[str, str]] = Counter()
        self._beats: Counter[str] = Counter()
        self._agenda: list[tuple[datetime, int, Working]] = []
        self._turn = count()

    # Before the first day

    def cast(self, actor: Actor) -> dict[str, str]:
        arrived = self.now - max(plot.starts for plot in PLOTS) - timedelta(days=1)
        return {who.name: self._hire(actor, who, arrived) for who in CAST}

    def _hire(self, actor: Actor, who: Character, at: datetime) -> str:
        password = secrets.token_urlsafe(12)
        email = who.name.lower().replace(" ", ".") + "@example.com"
        view = people.add(
            self.session, actor, now=at, name=who.name, role=who.role, email=email, password=password,
            kind="simulated", language=who.language,
        )  # fmt: skip
        self._actors[who.name] = Actor(view.id, view.name, Role(who.role), who.language)
        at_home = {"timezone": "Asia/Singapore"}
        self.session.connection().execute(
            update(_PERSON).where(_PERSON.c.id == view.id).values(preferences=at_home, languages=["en", "zh-Hans"])
        )
        return password

    def open(self, plot: Plot, samples: Path) -> None:
        at, lead = self.now - plot.starts, self._actors[LEAD]
        view = project_changes.create(
            self.session, lead, now=at, slug=plot.slug, file=project_file(plot), simulated=True,
            split_salt=f"{self.rng.getrandbits(64):016x}",
        )  # fmt: skip
        self._projects[plot.slug] = view
        report = importing.import_file(
            self.session, lead, plot.slug, "items", samples / f"{plot.sample}.jsonl", now=at, rng=self.rng
        )
        self.items += report.new
        self._set_due(plot, view.id)
        self._admit(plot, at)
        project_changes.set_state(self.session, lead, plot.slug, plot.first_state, now=at)
        self._plan(plot)

    def _set_due(self, plot: Plot, project_id: int) -> None:
        for name, away in plot.due.items():
            which = (_BATCH.c.project_id == project_id) & (_BATCH.c.name == name)
            self.session.connection().execute(update(_BATCH).where(which).values(due_at=self.now + away))

    def _admit(self, plot: Plot, at: datetime) -> None:
        lead = self._actors[LEAD]
        for who in CAST:
            if who.role == "reviewer" or who.name in plot.workers:
                membership.add_member(
                    self.session, lead, plot.slug, who.name, now=at, role=who.role, qualified=who.name in plot.workers
                )
        membership.acknowledge(self.session, lead, plot.slug, self._projects[plot.slug].guideline_version, now=at)

    def _plan(self, plot: Plot) -> None:
        """Put each worker's sittings on the agenda."""
        first = (self.now - plot.starts).astimezone(SINGAPORE).date()
        days = (plot.starts - plot.ends).days + 1
        until = self.now - max(plot.ends, SETTLED)
        for who in CAST:
            if who.name in plot.workers:
                for sitting in simulation.sittings(who.habits, first, days, self.rng):
                    if self.now - plot.starts < sitting.at < until:
                        self._expect(sitting.at, Working(who, plot, sitting.answers))

    def _expect(self, at: datetime, working: Working) -> None:
        heapq.heappush(self._agenda, (at, next(self._turn), working))

    # The three weeks

    def play(self) -> None:
        day = None
        while self._agenda:
            at, _, working = heapq.heappop(self._agenda)
            if day != (day := at.astimezone(SINGAPORE).date()):
                self._ask_again(at)
            finished = self._one_item(at, working)
            if finished is not None and finished < self.now - SETTLED and working.left > 1:
                self._expect(finished, Working(working.who, working.plot, working.left - 1))

    def _ask_again(self, at: datetime) -> None:
        """Each morning, where the project asks for more only in doubt."""
        for plot in PLOTS:
            if self._projects[plot.slug].policy.stopping is not None and at > self.now - plot.starts:
                asking.ask(self.session, self._actors[LEAD], plot.slug, now=at)

    def _one_item(self, at: datetime, working: Working) -> datetime | None:
        """Take an item up at a moment and return when it is done; None when there is nothing more to do."""
        plot, actor = working.plot, self._actors[working.who.name]
        if not self._free(working, at):
            return None
        served = queue.next_screen(self.session, actor, now=at, rng=self.rng, slug=plot.slug)
        if not isinstance(served, Served):
            return None
        done = self._answer(served, working)
        ended = at + timedelta(seconds=done.seconds)
        if ended >= self.now - SETTLED:
            self._leave_draft(served, actor, done, at)
            return None
        self._submit(served, actor, done, ended)
        self._measure(actor, served.assignment, at, ended)
        return ended + timedelta(seconds=self.rng.uniform(1, 6))

    def _free(self, working: Working, at: datetime) -> bool:
        """Whether this person's share of the project's work, by this moment, leaves room for another answer."""
        plot = working.plot
        passed = (at - (self.now - plot.starts)) / (plot.starts - plot.ends) if plot.paced else 1
        share = AHEAD + (plot.most / len(plot.workers) - AHEAD) * passed
        return self._taken(plot) < plot.most and self._given[plot.slug, working.who.name] < share

    def _taken(self, plot: Plot) -> int:
        return sum(n for (slug, _name), n in self._given.items() if slug == plot.slug)

    def _answer(self, served: Served, working: Working) -> Simulated:
        item = self._item(served.assignment)
        extras = self._projects[working.plot.slug].extras
        done = simulation.work_on(served.screen, extras, item.truth, working.who.habits, item.words, self.rng)
        self._given[working.plot.slug, working.who.name] += 1
        aside = self._aside[working.plot.slug]
        if aside and item.fresh and self._taken(working.plot) >= aside[0][0]:
            _, outcome, reason = aside.pop(0)
            return Simulated(outcome, reason, None, {}, done.seconds / 2)
        return done

    def _item(self, assignment: int) -> "_Hidden":
        query = (
            select(_ITEM.c.meta, _ITEM.c.aliases, _ITEM.c.words, _ASSIGNMENT.c.purpose)
            .join(_ASSIGNMENT, _ASSIGNMENT.c.item_id == _ITEM.c.id)
            .where(_ASSIGNMENT.c.id == assignment)
        )
        row = self.session.connection().execute(query).one()
        return _Hidden(simulation.truth_of(row.meta, row.aliases), row.words, row.purpose == "work")

    def _submit(self, served: Served, actor: Actor, done: Simulated, at: datetime) -> None:
        key = str(UUID(int=self.rng.getrandbits(128), version=4))
        submission = Submission(
            key, served.rev, done.outcome, done.answer, done.extras, done.reason, round(done.seconds * 1000), device="desktop"
        )  # fmt: skip
        labelling.submit(self.session, actor, served.assignment, submission, now=at, rng=self.rng)
        self.answers += 1

    def _measure(self, actor: Actor, assignment: int, start: datetime, end: datetime) -> None:
        """Beats as the person's desk would have sent them, all at once."""
        beats = [
            Measured(self._next_beat(actor), moment, round(length.total_seconds() * 1000), assignment_id=assignment)
            for moment, length in beats_between(start, end)
        ]
        activity.receive(self.session, actor, now=end, desk=f"demo-{actor.person_id}", beats=beats)

    def _next_beat(self, actor: Actor) -> int:
        self._beats[actor.name] += 1
        return self._beats[actor.name]

    # Today

    def _leave_draft(self, served: Served, actor: Actor, done: Simulated, at: datetime) -> None:
        """Whoever is at work now keeps the answer as a draft."""
        if done.answer is not None:
            labelling.save_draft(
                self.session, actor, served.assignment, now=at, rev=served.rev + 1, answer=done.answer, extras=done.extras
            )  # fmt: skip

    def close(self, plot: Plot) -> None:
        project_changes.set_state(
            self.session, self._actors[LEAD], plot.slug, plot.last_state, now=self.now - max(plot.ends, SETTLED)
        )
        if plot.last_state == "live":
            for name in plot.workers[:2]:
                self._begin(plot, name)

    def judge(self, plot: Plot) -> None:
        """A machine judged what people judged."""
        if plot.judged:
            demo_judge.judge(self.session, self._actors[LEAD], self._projects[plot.slug], now=self.now, rng=self.rng)

    def _begin(self, plot: Plot, name: str) -> None:
        """Somebody is half-way through an item at this moment."""
        who = next(character for character in CAST if character.name == name)
        at, actor = self.now - SETTLED, self._actors[name]
        served = queue.next_screen(self.session, actor, now=at, rng=self.rng, slug=plot.slug)
        if isinstance(served, Served) and served.draft is None:
            self._leave_draft(served, actor, self._answer(served, Working(who, plot, 1)), at)


@dataclass(frozen=True)
class _Hidden:
    """What the simulation knows of an item and the person does not."""

    truth: Truth
    words: int
    fresh: bool
    """Work, neither a hidden check nor a repeat."""


def beats_between(start: datetime, end: datetime) -> Iterator[tuple[datetime, timedelta]]:
    """Moments at which beats arrive, and the time that each stands for."""
    while start < end:
        until = min(start + BEAT, end)
        yield until, until - start
        start = until


def project_file(plot: Plot) -> ProjectFile:
    """The template as this project has changed it."""
    file = project_files.templates()[plot.template]
    return ProjectFile.model_validate({**file.model_dump(mode="json"), **plot.policy, "title": dict(plot.title)})


_PERSON = Person.__table__  # type: ignore[attr-defined]
_ITEM = Item.__table__  # type: ignore[attr-defined]
_ASSIGNMENT = Assignment.__table__  # type: ignore[attr-defined]
_BATCH = Batch.__table__  # type: ignore[attr-defined]
