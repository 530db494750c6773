"""Answers sent back to whoever gave them, with a comment: revised, kept with a reply, or withdrawn by a verdict."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection
from sqlmodel import Session

from core.errors import Conflict, InvalidInput, NotAllowed, NotFound
from core.permissions import Actor
from core.services import audit, projects
from core.store import returned as returned_store
from core.store.work import Found

LONGEST_REPLY = 5000


def keep(session: Session, actor: Actor, returned_id: int, *, reply: str, now: datetime) -> None:
    """The author stays with their answer, and says why; the item goes back to the reviewers."""
    connection = audit.in_turn(session)
    row = returned_store.returned_by(connection, returned_id)
    if row is None or row.person_id != actor.person_id:
        raise NotFound("This answer was not sent back to you.")
    if projects.standing(session, actor, row.project_id).role is None:
        raise NotAllowed("You are not a member of this project.")
    if not reply.strip() or len(reply) > LONGEST_REPLY:
        raise InvalidInput("Say in up to {most} characters why you keep it.", most=LONGEST_REPLY, where="reply")
    if row.settled == "kept" and row.reply == reply:
        return
    if row.settled is not None:
        raise Conflict("This has already been decided.", code="closed")
    returned_store.settle_returned(connection, "kept", now, returned_store.returned.c.id == returned_id, reply=reply)
    audit.record(session, actor, now, _fact("answer.kept", row.answer_id, row, audit.digest_of(reply)))


def settle_revised(connection: Connection, person_id: int, item_id: int, now: datetime) -> Sequence[int]:
    """The author has changed the answer: what was sent back is answered."""
    table = returned_store.returned
    return returned_store.settle_returned(
        connection, "revised", now, table.c.person_id == person_id, table.c.item_id == item_id
    )


def _fact(kind: str, answer_id: int, row: Found, digest: str) -> audit.Fact:
    return audit.Fact(kind, f"answer:{answer_id} item:{row.item_id}", row.project_id, digest)
