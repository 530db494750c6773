"""What a person takes: the languages they work in, and sensitive content they would rather not see."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlmodel import Session, col

from core.errors import InvalidInput, NotFound
from core.permissions import Act, Actor, Right, require
from core.services import audit, people
from core.store import work
from core.store.tables import Membership, Person

MOST = 50


@dataclass(frozen=True)
class Taking:
    languages: tuple[str, ...]
    """BCP-47 tags; none means that no wish was stated, and every language is served."""
    avoids: tuple[str, ...]
    known_languages: tuple[str, ...]
    known_content: tuple[str, ...]
    """What the items of this person's projects name: the choices that mean something."""


def of(session: Session, actor: Actor, person_id: int) -> Taking:
    person = _person(session, actor, person_id)
    members = session.scalars(select(Membership).where(col(Membership.person_id) == person_id)).all()
    avoids = sorted({name for member in members for name in member.avoids or ()})
    lanes = session.connection().execute(
        select(work.lane.c.lang, work.lane.c.response_lang, work.lane.c.sensitive)
        .where(work.lane.c.project_id.in_([member.project_id for member in members]))
        .distinct()
    ).all()  # fmt: skip
    spoken = {tag for lane in lanes for tag in (lane.lang, lane.response_lang) if tag and tag != "mul"}
    content = {name for lane in lanes for name in lane.sensitive.split(",") if name}
    chosen = tuple(person.languages or ())
    return Taking(chosen, tuple(avoids), _sorted(spoken.union(chosen)), _sorted(content.union(avoids)))


def change(
    session: Session, actor: Actor, person_id: int, *, now: datetime, languages: Iterable[str], avoids: Iterable[str]
) -> None:
    """One's own, or by whoever may manage that person; holds from the next item on, in every project of the person."""
    own = actor.person_id == person_id
    person = _person(session, actor, person_id) if own else people.managed(session, actor, person_id, Act.SET_TAKING)
    person.languages, kept = list(_checked(languages)), list(_checked(avoids))
    for member in session.scalars(select(Membership).where(col(Membership.person_id) == person_id)):
        member.avoids = kept
    session.flush()
    digest = audit.digest_of([person.languages, kept])
    audit.record(session, actor, now, audit.Fact("person.taking_changed", f"person:{person_id}", digest=digest))


def _person(session: Session, actor: Actor, person_id: int) -> Person:
    if actor.person_id != person_id:
        require(actor, Right.MANAGE_PEOPLE)
    person = session.get(Person, person_id)
    if person is None:
        raise NotFound("No person has this number.")
    return person


def _checked(names: Iterable[str]) -> tuple[str, ...]:
    cleaned = _sorted({name.strip() for name in names if name.strip()})
    if len(cleaned) > MOST or any(len(name) > 100 or "," in name for name in cleaned):
        raise InvalidInput("Name up to {most}, each without a comma.", most=MOST)
    return cleaned


def _sorted(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(names, key=str.lower))
