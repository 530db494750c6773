"""The desk's own routes: next, draft, submit and what comes after. Thin over core.services; one hop to a thread each."""

from collections.abc import Callable
from datetime import UTC, datetime
from random import SystemRandom
from typing import Any

from fastapi import APIRouter, Request, Response
from sqlmodel import Session

from api.bodies import Number, Slug, desk_of, key_in, number_in, object_in, parsed, read, text_in
from api.jobs import answered
from core import language
from core.errors import InvalidInput
from core.permissions import Actor
from core.services import labelling, leases, membership, projects, queue, seats
from core.services.labelling import Submission
from core.services.richtext import render

router = APIRouter(prefix="/work")
_RANDOM = SystemRandom()
Use = Callable[[Session, Actor, dict[str, Any]], Any]


@router.get("/{slug}/next")
async def next_item(request: Request, slug: Slug) -> Response:
    def use(session: Session, actor: Actor, _: dict[str, Any]) -> Any:
        found = queue.next_screen(session, actor, now=_now(), rng=_RANDOM, slug=slug, desk=desk_of(request))
        return _next(actor, found)

    return await _answered(request, use)


@router.get("/{slug}/guidelines")
async def guidelines(request: Request, slug: Slug) -> Response:
    def use(session: Session, actor: Actor, _: dict[str, Any]) -> Any:
        view = projects.get(session, actor, slug)
        texts = view.guidelines if isinstance(view.guidelines, dict) else {"en": view.guidelines}
        here = projects.standing(session, actor, view.id)
        return {
            "version": view.guideline_version,
            "acknowledged": (here.acknowledged_guideline or 0) >= view.guideline_version,
            "text": texts,
            "html": {language: render(text) for language, text in texts.items()},
        }

    return await _answered(request, use)


@router.post("/{slug}/acknowledge")
async def acknowledge(request: Request, slug: Slug) -> Response:
    def use(session: Session, actor: Actor, body: dict[str, Any]) -> Any:
        membership.acknowledge(session, actor, slug, number_in(body, "version"), now=_now())
        return {"acknowledged": body["version"]}

    return await _answered(request, use)


@router.post("/desk")
async def take_desk(request: Request) -> Response:
    def use(session: Session, actor: Actor, body: dict[str, Any]) -> Any:
        desk = desk_of(request)
        if desk is None or body.get("take_over") is not True:
            raise InvalidInput('Send {"take_over": true} and the desk\'s id in X-Touchstone-Desk.', where="take_over")
        seats.take_desk(session, actor, desk, now=_now())
        return {"desk": desk}

    return await _answered(request, use)


@router.delete("/desk")
async def leave_desk(request: Request) -> Response:
    def use(session: Session, actor: Actor, _: dict[str, Any]) -> Any:
        desk = desk_of(request)
        if desk is None:
            raise InvalidInput("Send the desk's id in X-Touchstone-Desk.", where="X-Touchstone-Desk")
        seats.leave_desk(session, actor, desk)
        return {"desk": None}

    return await _answered(request, use)


@router.put("/assignments/{assignment_id}/draft")
async def draft(request: Request, assignment_id: Number) -> Response:
    def use(session: Session, actor: Actor, body: dict[str, Any]) -> Any:
        rev = labelling.save_draft(
            session,
            actor,
            assignment_id,
            now=_now(),
            rev=number_in(body, "rev"),
            answer=object_in(body, "answer"),
            extras=object_in(body, "extras"),
            desk=desk_of(request),
        )
        return {"rev": rev}

    return await _answered(request, use)


@router.post("/assignments/{assignment_id}/renew")
async def renew(request: Request, assignment_id: Number) -> Response:
    return await _answered(
        request, lambda session, actor, _: {"lease_until": leases.renew(session, actor, assignment_id, now=_now())}
    )


@router.post("/assignments/{assignment_id}/submit")
async def submit(request: Request, assignment_id: Number) -> Response:
    def use(session: Session, actor: Actor, body: dict[str, Any]) -> Any:
        submission = _submission(body, _device(request))
        done = labelling.submit(
            session, actor, assignment_id, submission, now=_now(), rng=_RANDOM, desk=desk_of(request)
        )
        return {"answer": done.answer, "next": None if done.next is None else _next(actor, done.next)}

    return await _answered(request, use)


@router.get("/answers/{answer_id}")
async def own_answer(request: Request, answer_id: Number) -> Response:
    def use(session: Session, actor: Actor, _: dict[str, Any]) -> Any:
        found = labelling.own_answer(session, actor, answer_id)
        return {**vars(found), "answer": found.body, "id": found.answer}

    return await _answered(request, use)


@router.post("/answers/{answer_id}/revise")
async def revise(request: Request, answer_id: Number) -> Response:
    def use(session: Session, actor: Actor, body: dict[str, Any]) -> Any:
        extras = object_in(body, "extras")
        return {
            "answer": labelling.revise(
                session, actor, answer_id, now=_now(), key=key_in(body), answer=body.get("answer"), extras=extras
            )
        }

    return await _answered(request, use)


@router.post("/answers/{answer_id}/undo")
async def undo(request: Request, answer_id: Number) -> Response:
    def use(session: Session, actor: Actor, _: dict[str, Any]) -> Any:
        return _next(actor, labelling.undo(session, actor, answer_id, now=_now(), desk=desk_of(request)))

    return await _answered(request, use)


# Requests -------------------------------------------------------------------------------------------------------------


async def _answered(request: Request, use: Use) -> Response:
    body = parsed(await read(request)) if request.method != "GET" else {}
    return await answered(request, lambda session, actor: use(session, actor, body))


def _submission(body: dict[str, Any], device: str) -> Submission:
    return Submission(
        key_in(body),
        number_in(body, "rev", 0),
        text_in(body, "outcome"),
        body.get("answer"),
        object_in(body, "extras"),
        None if body.get("reason") is None else text_in(body, "reason"),
        number_in(body, "active_ms", 0),
        body.get("next") is True,
        device,
    )


def _device(request: Request) -> str:
    agent = request.headers.get("user-agent", "")
    if "iPad" in agent or ("Android" in agent and "Mobile" not in agent):
        return "tablet"
    if "Mobi" in agent:
        return "phone"
    return "desktop" if "Mozilla" in agent else "program"


# Replies --------------------------------------------------------------------------------------------------------------


def _next(actor: Actor, found: queue.Next) -> dict[str, Any]:
    common = {"progress": _progress(found), "undo": found.undo}
    if isinstance(found, queue.Served):
        return {
            "assignment": found.assignment, "rev": found.rev, "screen": found.screen, "draft": found.draft,
            "lease_until": found.lease_until, **common,
        }  # fmt: skip
    message = language.translate(found.message, actor.language).format(**found.params)
    return {
        "assignment": None, "why": found.why, "message": message, "back_at": found.back_at,
        "hours_left": found.hours_left, "next_due": found.next_due, **common,
    }  # fmt: skip


def _progress(found: queue.Next) -> dict[str, int | None]:
    counts = found.progress
    return {"today": counts.today, "left": counts.left, "sent_back": counts.sent_back}


def _now() -> datetime:
    return datetime.now(UTC)
