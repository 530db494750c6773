"""The review desk's routes: next, draft, settle, send back, reopen. Thin over core.services.

What is next is worked out in a reading before the writer is asked: nobody's answer waits for it.
"""

from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime
from random import SystemRandom
from typing import Any

from anyio.to_thread import run_sync
from fastapi import APIRouter, Request, Response
from sqlmodel import Session

from api import security
from api.bodies import (
    Number,
    Slug,
    desk_of,
    key_in,
    list_in,
    number_in,
    object_in,
    optional_text,
    parsed,
    read,
    text_in,
)
from api.jobs import answered, check_actor
from core import language
from core.permissions import Actor
from core.services.review import (
    reopen as review_reopen,
    returned as review_returned,
    reviewing,
    sending_back as review_return,
    settle as review_settle,
)
from core.services.review.reviewing import Filter, Next, Nothing, Ranking
from core.services.review.sending_back import Sending
from core.services.review.settle import Decision, Promotion
from core.store.engine import reading

router = APIRouter(prefix="/review")
_RANDOM = SystemRandom()
_FIELDS = ("why", "batch", "lang", "tag", "annotator", "item")
Body = dict[str, Any]
Use = Callable[[Session, Actor, Body, Ranking | None], Any]


@router.get("/{slug}/next")
async def next_item(request: Request, slug: Slug) -> Response:
    wanted = _filter(dict(request.query_params))
    ranking = await run_sync(_ranked, request, wanted, lambda *_: slug)

    def use(session: Session, actor: Actor) -> Any:
        return _next(actor, reviewing.next_item(session, actor, slug, ranking, now=_now(), desk=desk_of(request)))

    return await answered(request, use)


@router.put("/assignments/{assignment_id}/draft")
async def draft(request: Request, assignment_id: Number) -> Response:
    def use(session: Session, actor: Actor, body: Body, _: Ranking | None) -> Any:
        typed = {
            "answer": object_in(body, "answer"), "extras": object_in(body, "extras"), "comment": optional_text(body, "comment"),
            "reason": optional_text(body, "reason"),
        }  # fmt: skip
        rev = number_in(body, "rev")
        return {
            "rev": reviewing.save_draft(
                session, actor, assignment_id, now=_now(), rev=rev, draft=typed, desk=desk_of(request)
            )
        }

    return await _answered(request, use)


@router.post("/assignments/{assignment_id}/renew")
async def renew(request: Request, assignment_id: Number) -> Response:
    return await _answered(
        request, lambda session, actor, *_: {"lease_until": reviewing.renew(session, actor, assignment_id, now=_now())}
    )


@router.post("/assignments/{assignment_id}/settle")
async def settle(request: Request, assignment_id: Number) -> Response:
    def use(session: Session, actor: Actor, body: Body, ranking: Ranking | None) -> Any:
        done = review_settle.settle(
            session, actor, assignment_id, _decision(body), now=_now(), rng=_RANDOM, ranking=ranking, desk=desk_of(request)
        )  # fmt: skip
        return {"verdict": done.verdict, "next": _next(actor, done.next)}

    return await _answered(request, use, assignment_id)


@router.post("/assignments/{assignment_id}/return")
async def send_back(request: Request, assignment_id: Number) -> Response:
    def use(session: Session, actor: Actor, body: Body, ranking: Ranking | None) -> Any:
        key_in(body)
        sending = Sending(
            tuple(list_in(body, "answers")), text_in(body, "comment"), optional_text(body, "reason")
        )  # fmt: skip
        done = review_return.send_back(
            session, actor, assignment_id, sending, now=_now(), ranking=ranking, desk=desk_of(request)
        )
        return {"returned": done.returned, "next": _next(actor, done.next)}

    return await _answered(request, use, assignment_id)


@router.post("/assignments/{assignment_id}/pass")
async def pass_on(request: Request, assignment_id: Number) -> Response:
    def use(session: Session, actor: Actor, _: Body, ranking: Ranking | None) -> Any:
        found = reviewing.pass_on(session, actor, assignment_id, now=_now(), ranking=ranking, desk=desk_of(request))
        return {"next": _next(actor, found)}

    return await _answered(request, use, assignment_id)


@router.post("/assignments/{assignment_id}/flag")
async def decide_flag(request: Request, assignment_id: Number) -> Response:
    def use(session: Session, actor: Actor, body: Body, ranking: Ranking | None) -> Any:
        found = reviewing.decide_flag(
            session, actor, assignment_id, text_in(body, "decision"), now=_now(), ranking=ranking, desk=desk_of(request)
        )
        return {"next": _next(actor, found)}

    return await _answered(request, use, assignment_id)


@router.post("/verdicts/{verdict_id}/reopen")
async def reopen(request: Request, verdict_id: Number) -> Response:
    def use(session: Session, actor: Actor, body: Body, _: Ranking | None) -> Any:
        comment = text_in(body, "comment")
        found = review_reopen.reopen(session, actor, verdict_id, comment=comment, now=_now(), desk=desk_of(request))
        return {"next": _next(actor, found)}

    return await _answered(request, use)


@router.post("/returned/{returned_id}/keep")
async def keep(request: Request, returned_id: Number) -> Response:
    def use(session: Session, actor: Actor, body: Body, _: Ranking | None) -> Any:
        review_returned.keep(session, actor, returned_id, reply=text_in(body, "reply"), now=_now())
        return {}

    return await _answered(request, use)


# Requests -------------------------------------------------------------------------------------------------------------


async def _answered(request: Request, use: Use, assignment_id: int | None = None) -> Response:
    """Where the next item is asked for as well, of the assignment's project."""
    body = parsed(await read(request))
    ranking: Ranking | None = None
    if assignment_id is not None and body.get("next") is True:
        wanted = _filter(object_in(body, "filter") or {})
        ranking = await run_sync(
            _ranked, request, wanted, lambda session, actor: reviewing.slug_of(session, actor, assignment_id)
        )
    return await answered(request, lambda session, actor: use(session, actor, body, ranking))


def _ranked(request: Request, wanted: Filter, slug: Callable[[Session, Actor], str]) -> Ranking:
    actor = security.actor(request)
    check_actor(request, actor)
    with reading() as session:
        return reviewing.ranked(session, actor, slug(session, actor), wanted, now=_now())


def _filter(raw: dict[str, Any]) -> Filter:
    """An empty field asks nothing."""
    return Filter(**{name: optional_text(raw, name) or None for name in _FIELDS})


def _decision(body: Body) -> Decision:
    gold = object_in(body, "gold")
    answer_id = None if body.get("answer_id") is None else number_in(body, "answer_id")
    return Decision(
        key_in(body), text_in(body, "basis"), object_in(body, "answer"), answer_id, object_in(body, "extras"), optional_text(body, "reason"),
        optional_text(body, "comment"), number_in(body, "active_ms", 0), None if gold is None else _promotion(gold), optional_text(body, "example"),
    )  # fmt: skip


def _promotion(raw: dict[str, Any]) -> Promotion:
    return Promotion(text_in(raw, "use"), text_in(raw, "explanation"))


# Replies --------------------------------------------------------------------------------------------------------------


def _next(actor: Actor, found: Next | None) -> Any:
    if found is None:
        return None
    if not isinstance(found, Nothing):
        told = asdict(found)
        told["suggested"] = _suggested(found.suggested)
        return told
    message = language.translate(reviewing.MESSAGES[found.why], actor.language)
    return {"assignment": None, "message": message, **asdict(found)}


def _suggested(kept: dict[str, Any] | None) -> dict[str, Any] | None:
    return None if kept is None else {**kept, "from": kept["label"]}


def _now() -> datetime:
    return datetime.now(UTC)
