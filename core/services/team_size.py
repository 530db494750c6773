"""Items that the team can't finish: nobody answers an item twice, so it takes as many people as it asks for answers."""

from dataclasses import dataclass

from sqlmodel import Session

from core.permissions import Actor
from core.services import labellers, projects
from core.store import overlaps


@dataclass(frozen=True)
class TooMany:
    """Open items that ask for more answers than people can label; `most` is the most that one of them asks for."""

    items: int
    most: int
    people: int


def too_many(session: Session, actor: Actor, slug: str) -> TooMany | None:
    """None where the team is large enough for every open item."""
    people = len(labellers.labellers(session, actor, slug))
    project = projects.get(session, actor, slug)
    queued = overlaps.states(session.connection(), project.id)
    above = {overlap: n for (state, overlap), n in queued.items() if state == "open" and overlap > people}
    return TooMany(sum(above.values()), max(above), people) if above else None
