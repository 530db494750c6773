"""A desk's request as one job of the writer: who is asking, whether the desk is theirs, what they ask for, one commit."""

import asyncio
from collections.abc import Callable
from typing import Any

import orjson
from fastapi import Request, Response
from sqlmodel import Session

from api.security import actor_in
from core.errors import Conflict
from core.permissions import Actor
from core.store.engine import current_engine
from core.store.writer import writer_for


async def answered(request: Request, use: Callable[[Session, Actor], Any]) -> Response:
    """What `use` returns, as JSON, once it is committed."""

    def job(session: Session) -> bytes:
        actor = actor_in(session, request)
        check_actor(request, actor)
        return orjson.dumps(use(session, actor))

    done = writer_for(current_engine()).submit(job)
    return Response(await asyncio.wrap_future(done), media_type="application/json")


def check_actor(request: Request, actor: Actor) -> None:
    """The desk was mounted for one person; another's cookie must not answer for them."""
    meant = request.headers.get("x-touchstone-actor")
    if meant is not None and meant != str(actor.person_id):
        raise Conflict(
            "You are signed in as {name} now, in another tab. Nothing was sent for the other person; reload this page.",
            name=actor.name,
            code="other_user",
        )
