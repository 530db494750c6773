"""Builders of rows for tests, with defaults that fit: name only what the test is about."""

from datetime import datetime
from itertools import count
from random import Random
from typing import Any, TypeVar

from sqlmodel import Session

from core.interchange.sameness import prompt_key
from core.permissions import Actor, Role
from core.services.audit import digest_of
from core.store.tables import (
    Answer,
    Assignment,
    Batch,
    Gold,
    GuidelineVersion,
    Item,
    Lane,
    Membership,
    Person,
    Project,
    SettingsVersion,
    Verdict,
)
from core.tasks import load_task
from tests.clock import right_now

_numbers = count(1)
Row = TypeVar("Row")


def a_person(session: Session, name: str | None = None, *, role: str = "annotator", **fields: Any) -> Person:
    person = Person(name=name or f"person-{next(_numbers)}", role=role, **{"created_at": right_now(), **fields})
    return _kept(session, person)


def an_actor(session: Session, name: str | None = None, *, role: str = "annotator", **fields: Any) -> Actor:
    return acting(a_person(session, name, role=role, **fields))


def acting(person: Person) -> Actor:
    return Actor(person.id, person.name, Role(person.role), person.language)


def a_project(
    session: Session,
    slug: str | None = None,
    *,
    task: str = "pairwise",
    settings: dict[str, Any] | None = None,
    items: int = 0,
    overlap: int = 1,
    state: str = "live",
    policy: dict[str, Any] | None = None,
) -> Project:
    """A project with one settings and one guideline version, and made-up items."""
    slug = slug or f"project-{next(_numbers)}"
    project = _kept(
        session,
        Project(
            slug=slug,
            title=slug,
            task=task,
            state=state,
            policy={"overlap": overlap, **(policy or {})},
            split_salt="salt",
            created_at=right_now(),
            state_at=right_now(),
        ),
    )
    _kept(
        session,
        SettingsVersion(project_id=project.id, number=1, settings=settings or {}, extras={}, created_at=right_now()),
    )
    _kept(session, GuidelineVersion(project_id=project.id, number=1, text="Decide with care.", created_at=right_now()))
    for _ in range(items):
        an_item(session, project, settings=settings, overlap=overlap)
    return project


def a_member(session: Session, project: Project, person: Person | None = None, *, role: str = "annotator") -> Person:
    """A person past every gate of the project."""
    person = person or a_person(session)
    _kept(
        session,
        Membership(
            person_id=person.id,
            project_id=project.id,
            role=role,
            qualified=True,
            acknowledged_guideline=1,
            created_at=right_now(),
        ),
    )
    return person


def a_lane(session: Session, project: Project, *, batch: str | None = None, **fields: Any) -> Lane:
    made = _kept(session, Batch(project_id=project.id, name=batch or f"batch-{next(_numbers)}", created_at=right_now()))
    return _kept(session, Lane(project_id=project.id, batch_id=made.id, **fields))


def an_item(
    session: Session,
    project: Project,
    key: str | None = None,
    *,
    payload: Any = None,
    settings: dict[str, Any] | None = None,
    lane: Lane | None = None,
    **fields: Any,
) -> Item:
    """An item with a made-up payload of the project's task type, in a lane of its own unless told."""
    number = next(_numbers)
    if payload is None:
        task = load_task(project.task, settings or {})
        payload = task.sample_payload(Random(number)).model_dump(mode="json")
    item = Item(
        project_id=project.id,
        lane_id=(lane or a_lane(session, project)).id,
        key=key or f"item-{number}",
        payload=payload,
        digest=digest_of(payload),
        duplicate_key=digest_of(payload),
        prompt_key=prompt_key(payload) if isinstance(payload, dict) else None,
        **{"position": number, "created_at": right_now(), **fields},
    )
    return _kept(session, item)


def a_gold(session: Session, item: Item, answer: Any, *, use: str = "check", explanation: Any = None) -> Gold:
    return _kept(
        session,
        Gold(
            item_id=item.id,
            project_id=item.project_id,
            answer=answer,
            explanation=explanation,
            use=use,
            created_at=right_now(),
        ),
    )


def an_assignment(
    session: Session, item: Item, person: Person, *, now: datetime | None = None, **fields: Any
) -> Assignment:
    defaults = {
        "overlap": item.overlap,
        "claimed_at": now or right_now(),
        "lease_until": now or right_now(),
        "slot": 1 if fields.get("state", "held") in {"held", "done"} else None,
    }
    return _kept(
        session,
        Assignment(
            item_id=item.id,
            person_id=person.id,
            project_id=item.project_id,
            **{**defaults, **fields},
        ),
    )


def an_answer(
    session: Session, item: Item, person: Person, body: Any = None, *, at: datetime | None = None, **fields: Any
) -> Answer:
    """A submitted answer as a stored row; the services' own ways in are labelling.submit and importing."""
    key = f"key-{next(_numbers)}"
    return _kept(
        session,
        Answer(
            item_id=item.id,
            person_id=person.id,
            project_id=item.project_id,
            body=body,
            at=at or right_now(),
            **{
                "purpose": "work",
                "submit_key": key,
                "body_digest": key,
                "piloted": fields.get("purpose") == "pilot",
                **fields,
            },
        ),
    )


def a_check(
    session: Session, item: Item, person: Person, *, right: bool, at: datetime | None = None, **fields: Any
) -> Answer:
    """A hidden check of a comparison that somebody answered, and its gold."""
    if session.get(Gold, item.id) is None:
        a_gold(session, item, {"preferred": "tie"})
    body = {"preferred": "tie" if right else "both_bad"}
    return an_answer(session, item, person, body, at=at, **{"purpose": "gold", "passed": right, **fields})


def a_verdict(session: Session, item: Item, body: Any, *, at: datetime | None = None, **fields: Any) -> Verdict:
    """A settled item as a stored row; the service's own way in is the review."""
    key = f"key-{next(_numbers)}"
    made = {"basis": "edited", "submit_key": key, "body_digest": key, **fields}
    return _kept(session, Verdict(item_id=item.id, project_id=item.project_id, body=body, at=at or right_now(), **made))


def _kept(session: Session, row: Row) -> Row:
    session.add(row)
    session.flush()
    return row
