"""A small workspace with one project in each state, made by the services' own ways in: quicker than the demo."""

from collections.abc import Mapping
from itertools import count
from random import Random
from typing import Any

from sqlmodel import Session

from core.permissions import Actor
from core.services import labelling, people, projects, queue
from core.services.labelling import Submission
from core.services.review import reviewing, sending_back, settle
from core.services.review.sending_back import Sending
from core.services.review.settle import Decision, Promotion
from core.store.tables import Answer, Assignment, Item, Person, Project
from tests import factories
from tests.clock import right_now

LIVE, PILOT, DRAFT, DONE = "answers-live", "answers-pilot", "answers-draft", "answers-done"
SLUGS = (LIVE, PILOT, DRAFT, DONE)
ROLES = {"Ada": "admin", "Mei Ling": "lead", "Rui": "reviewer", "Wei": "annotator", "Jia": "annotator", "Vik": "viewer"}
FILE = {"prompt": "Which way to the museum?", "responses": ["Over the bridge.", "Through the tunnel."]}
"""An item as people import it."""
_keys = count(1)


def furnish(session: Session, password_hash: str) -> None:
    """Everybody of ROLES; a live project with gold, a verdict and an answer sent back; a pilot, a draft, a finished one."""
    cast = {
        name: factories.a_person(session, name, role=role, password_hash=password_hash) for name, role in ROLES.items()
    }
    live = _project(session, cast, LIVE, overlap=2, policy={"review": {"audit_share": 1.0}})
    pilot = _project(
        session, cast, PILOT, task="rating", state="pilot", overlap=2, policy={"pilot": {"overlap": 2, "items": 2}}
    )
    _project(session, cast, DRAFT, task="rating", state="draft", items=3)
    done = _project(session, cast, DONE, overlap=2)
    for n in range(8):
        factories.an_item(session, live, f"live-{n}", payload=_pair(n), overlap=2)
    for n in range(3):
        factories.an_item(session, done, f"done-{n}", payload=_pair(n), overlap=2)
    gold = factories.an_item(session, live, "live-gold", payload=_pair(8), overlap=2)
    factories.a_gold(session, gold, {"preferred": "r1"}, explanation="Only the first one names the pier.")
    for n in range(4):
        factories.an_item(session, pilot, f"pilot-{n}", overlap=2)
    for name, many in (("Jia", 5), ("Wei", 5)):
        actor = factories.acting(cast[name])
        _answer(session, actor, LIVE, many)
        _answer(session, actor, DONE, many)
        _answer(session, actor, PILOT, 1)
    done.state = "done"
    _review(session, factories.acting(cast["Rui"]))
    people.invite(session, factories.acting(cast["Ada"]), now=right_now(), role="annotator", email="new@example.org")


def _project(session: Session, cast: Mapping[str, Person], slug: str, **fields: Any) -> Project:
    made = factories.a_project(session, slug, **fields)
    for name, role in ROLES.items():
        if role != "admin":
            factories.a_member(session, made, cast[name], role=role)
    return made


def _pair(n: int) -> dict[str, Any]:
    texts = (f"Take the ferry from pier {n + 2}.", f"Walk along the river for {n + 1} minutes, then turn left.")
    responses = {f"r{side}": {"text": text, "model": f"model-{side}"} for side, text in enumerate(texts, start=1)}
    return {"prompt": f"Which way to harbour {n}?", "responses": responses}


def _answer(session: Session, actor: Actor, slug: str, many: int) -> None:
    rubric = projects.get(session, actor, slug).rubric
    for n in range(many):
        held = queue.next_screen(session, actor, now=right_now(), rng=Random(n), slug=slug)
        if not isinstance(held, queue.Served):
            return
        payload = rubric.parse_payload(_item(session, held.assignment).payload)
        answer = rubric.sample_answer(payload, Random(f"{actor.name} {n}")).model_dump(mode="json")
        given = Submission(f"workspace-{next(_keys)}", held.rev, "submitted", answer)
        labelling.submit(session, actor, held.assignment, given, now=right_now(), rng=Random(n))


def _item(session: Session, assignment_id: int) -> Item:
    return session.get_one(Item, session.get_one(Assignment, assignment_id).item_id)


def _review(session: Session, reviewer: Actor) -> None:
    """A verdict that becomes gold, and an answer that goes back to its author."""
    first = _to_review(session, reviewer)
    gold = Promotion("reference", "The ferry is the only way.")
    decision = Decision(
        "workspace-verdict", "picked", answer_id=first.answers[0].id, gold=gold, example="A clear case."
    )
    settle.settle(session, reviewer, first.assignment, decision, now=right_now(), rng=Random(1))
    second = _to_review(session, reviewer)
    wei = next(side for side in second.answers if _author(session, side.id) == "Wei")
    sending = Sending((wei.id,), "Is there no bridge?", "annotator_error")
    sending_back.send_back(session, reviewer, second.assignment, sending, now=right_now())


def _to_review(session: Session, reviewer: Actor) -> reviewing.Served:
    ranking = reviewing.ranked(session, reviewer, LIVE, now=right_now())
    served = reviewing.next_item(session, reviewer, LIVE, ranking, now=right_now())
    assert isinstance(served, reviewing.Served), served
    return served


def _author(session: Session, answer_id: int) -> str:
    return session.get_one(Person, session.get_one(Answer, answer_id).person_id).name
