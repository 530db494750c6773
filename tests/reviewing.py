"""A project under review, for tests: items that people have answered, and reviewers who settle them."""

from itertools import count
from random import Random
from typing import Any

from sqlmodel import Session, col, select

from core.permissions import Actor
from core.services import labelling, projects
from core.services.review import reviewing, settle as review_settle
from core.services.review.reviewing import NO_FILTER, Filter, Next, Served
from core.services.review.settle import Decision, Settled
from core.store import work
from core.store.tables import TargetValue
from tests import factories
from tests.clock import NOW

SLUG = "pairs"
PAYLOAD = {"prompt": "Which way?", "responses": {"r1": {"text": "Left."}, "r2": {"text": "Right."}}}
_numbers = count(1)


class UnderReview:
    """Annotators Ann, Ben and Cai, a lead, and reviewers Rita and Rob; `item` adds one that is answered as told."""

    def __init__(self, session: Session, task: str = "pairwise", settings: Any = None, **policy: Any) -> None:
        self.session = session
        policy = {"review": {"audit_share": 0.0, **policy.pop("review", {})}, **policy}
        self.project = factories.a_project(session, SLUG, task=task, settings=settings, overlap=3, policy=policy)
        self.ann, self.ben, self.cai = (self.joins(name) for name in ("Ann", "Ben", "Cai"))
        self.rita, self.rob = (self.joins(name, "reviewer") for name in ("Rita", "Rob"))
        self.lead = self.joins("Lena", "lead")

    def joins(self, name: str, role: str = "annotator", **fields: Any) -> Actor:
        person = factories.a_person(self.session, name, role=role, **fields)
        return factories.acting(factories.a_member(self.session, self.project, person, role=role))

    @staticmethod
    def actor_named(session: Session, name: str) -> Actor:
        query = select(factories.Person).where(col(factories.Person.name) == name)
        return factories.acting(session.scalars(query).one())

    def item(self, key: str, *said: Any, payload: Any = None, state: str = "done", **fields: Any) -> Any:
        """What Ann, Ben and Cai said, in that order: an id, a whole answer, or an outcome in a set."""
        made = factories.an_item(
            self.session, self.project, key, payload=payload or PAYLOAD, state=state, overlap=3, **fields
        )
        for slot, (person, what) in enumerate(zip((self.ann, self.ben, self.cai), said, strict=False), start=1):
            self.answers(made, person, what, slot)
        return made

    def answers(self, item: Any, person: Actor, what: Any, slot: int | None = None, **fields: Any) -> Any:
        who = self.session.get_one(factories.Person, person.person_id)
        outcome = next(iter(what)) if isinstance(what, set) else "submitted"
        body = None if isinstance(what, set) else {"preferred": what} if isinstance(what, str) else what
        held = factories.an_assignment(
            self.session, item, who, state="done", slot=None if isinstance(what, set) else slot
        )
        answer = factories.an_answer(self.session, item, who, body, assignment_id=held.id, outcome=outcome, **fields)
        rubric = projects.get(self.session, person, SLUG).rubric
        if body is not None:
            payload = rubric.parse_payload(item.payload)
            values = rubric.values(payload, rubric.parse_answer(payload, body))
            for row in labelling.target_rows(answer.id or 0, values, rubric):
                self.session.add(TargetValue(**row))
        self.session.flush()
        return answer

    def ranked(self, actor: Actor, wanted: Filter = NO_FILTER, now: Any = NOW) -> reviewing.Ranking:
        return reviewing.ranked(self.session, actor, SLUG, wanted, now=now)

    def order(self, wanted: Filter = NO_FILTER) -> list[str]:
        """Keys of items in the order in which Rita would get them."""
        by_id = {row.id: row.key for row in self.session.connection().execute(work.item.select())}
        return [by_id[one] for one in self.ranked(self.rita, wanted).items.tolist()]

    def next(self, actor: Actor, now: Any = NOW, **wanted: str) -> Next:
        asked = Filter(**wanted)
        return reviewing.next_item(self.session, actor, SLUG, self.ranked(actor, asked, now), now=now)

    def serve(self, actor: Actor, now: Any = NOW, **wanted: str) -> Served:
        found = self.next(actor, now, **wanted)
        assert isinstance(found, Served), found
        return found

    def why_nothing(self, actor: Actor, now: Any = NOW, **wanted: str) -> str:
        found = self.next(actor, now, **wanted)
        assert not isinstance(found, Served), found
        return found.why

    def settle(
        self, actor: Actor, served: Served, basis: str = "accepted", *, now: Any = NOW, **fields: Any
    ) -> Settled:
        """`key` and what the decision says; by default a fresh key."""
        key = fields.pop("key", None) or f"review-key-{next(_numbers)}"
        decision = Decision(key, basis, **fields)
        return review_settle.settle(self.session, actor, served.assignment, decision, now=now, rng=Random(1))

    def label(self, served: Served, name: str) -> int:
        """The id of somebody's answer."""
        return next(side.id for side in served.answers if side.name == name)
