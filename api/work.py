"""The desk's own routes: next, draft, submit and what comes after. Thin over core.services; one hop to a thread each."""

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from random import SystemRandom
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Path, Request, Response
from sqlalchemy import Engine
from sqlmodel import Session

from api.jobs import answered
from core import language
from core.errors import InvalidInput, TooLarge
from core.permissions import Actor
from core.services import labelling, projects, queue
from core.services.labelling import Submission
from core.services.richtext import render
from core.store.engine import reading

router = APIRouter(prefix="/work")
_RANDOM = SystemRandom()
_LARGEST = 4_000_000
Number = Annotated[int, Path(ge=1, lt=2**53)]
Slug = Annotated[str, Path(max_length=200, pattern=r"^[^\x00]+$")]
Use = Callable[[Session, Actor, dict[str, Any]], Any]


@router.get("/{slug}/next")
async def next_item(request: Request, slug: Slug) -> Response:
    def use(session: Session, actor: Actor, _: dict[str, Any]) -> Any:
        found = queue.next_screen(session, actor, now=_now(), rng=_RANDOM, slug=slug, desk=_desk(request))
        return _next(session, actor, found)

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
        projects.acknowledge(session, actor, slug, _number(body, "version"), now=_now())
        return {"acknowledged": body["version"]}

    return await _answered(request, use)


@router.post("/desk")
async def take_desk(request: Request) -> Response:
    def use(session: Session, actor: Actor, body: dict[str, Any]) -> Any:
        desk = _desk(request)
        if desk is None or body.get("take_over") is not True:
            raise InvalidInput('Send {"take_over": true} and the desk\'s id in X-Touchstone-Desk.', where="take_over")
        queue.take_desk(session, actor, desk, now=_now())
        return {"desk": desk}

    return await _answered(request, use)


@router.put("/assignments/{assignment_id}/draft")
async def draft(request: Request, assignment_id: Number) -> Response:
    def use(session: Session, actor: Actor, body: dict[str, Any]) -> Any:
        rev = labelling.save_draft(
            session,
            actor,
            assignment_id,
            now=_now(),
            rev=_number(body, "rev"),
            answer=_object(body, "answer"),
            extras=_object(body, "extras"),
            desk=_desk(request),
        )
        return {"rev": rev}

    return await _answered(request, use)


@router.post("/assignments/{assignment_id}/renew")
async def renew(request: Request, assignment_id: Number) -> Response:
    return await _answered(
        request, lambda session, actor, _: {"lease_until": queue.renew(session, actor, assignment_id, now=_now())}
    )


@router.post("/assignments/{assignment_id}/submit")
async def submit(request: Request, assignment_id: Number) -> Response:
    def use(session: Session, actor: Actor, body: dict[str, Any]) -> Any:
        submission = _submission(body, _device(request))
        done = labelling.submit(session, actor, assignment_id, submission, now=_now(), rng=_RANDOM, desk=_desk(request))
        return {"answer": done.answer, "next": None if done.next is None else _next(session, actor, done.next)}

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
        extras = _object(body, "extras")
        return {
            "answer": labelling.revise(
                session, actor, answer_id, now=_now(), key=_key(body), answer=body.get("answer"), extras=extras
            )
        }

    return await _answered(request, use)


@router.post("/answers/{answer_id}/undo")
async def undo(request: Request, answer_id: Number) -> Response:
    def use(session: Session, actor: Actor, _: dict[str, Any]) -> Any:
        return _next(session, actor, labelling.undo(session, actor, answer_id, now=_now(), desk=_desk(request)))

    return await _answered(request, use)


# Requests -------------------------------------------------------------------------------------------------------------


async def _answered(request: Request, use: Use) -> Response:
    body = _parsed(await _read(request)) if request.method != "GET" else {}
    return await answered(request, lambda session, actor: use(session, actor, body))


async def _read(request: Request) -> bytes:
    """No more of a body than anybody may send: who is asking is not known yet."""
    raw = bytearray()
    async for piece in request.stream():
        raw += piece
        if len(raw) > _LARGEST:
            raise TooLarge("This request is too large: {most} bytes at most.", most=_LARGEST)
    return bytes(raw)


def _parsed(raw: bytes) -> dict[str, Any]:
    try:
        body = orjson.loads(raw) if raw else {}
    except orjson.JSONDecodeError as error:
        raise InvalidInput("The body is not JSON: {why}", why=str(error)) from None
    if not isinstance(body, dict):
        raise InvalidInput("The body must be a JSON object.")
    return body


def _submission(body: dict[str, Any], device: str) -> Submission:
    return Submission(
        _key(body),
        _number(body, "rev", 0),
        _text(body, "outcome"),
        body.get("answer"),
        _object(body, "extras"),
        None if body.get("reason") is None else _text(body, "reason"),
        _number(body, "active_ms", 0),
        body.get("next") is True,
        device,
    )


def _key(body: dict[str, Any]) -> str:
    key = body.get("key")
    if not isinstance(key, str) or not 8 <= len(key) <= 100 or "\0" in key:
        raise InvalidInput("key: expected a UUID, new for each answer.", where="key")
    return key


def _text(body: dict[str, Any], name: str) -> str:
    """Text that both databases can keep: PostgreSQL has no place for NUL."""
    value = body.get(name)
    if not isinstance(value, str) or "\0" in value:
        raise InvalidInput("{name}: expected text.", name=name, where=name)
    return value


def _number(body: dict[str, Any], name: str, default: int | None = None) -> int:
    value = body.get(name, default)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 2**53:
        raise InvalidInput("{name}: expected a whole number.", name=name, where=name)
    return value


def _object(body: dict[str, Any], name: str) -> dict[str, Any] | None:
    value = body.get(name)
    if value is not None and not isinstance(value, dict):
        raise InvalidInput("{name}: expected an object.", name=name, where=name)
    return value


def _desk(request: Request) -> str | None:
    desk = request.headers.get("x-touchstone-desk")
    return desk[:100] if desk else None


def _device(request: Request) -> str:
    agent = request.headers.get("user-agent", "")
    if "iPad" in agent or ("Android" in agent and "Mobile" not in agent):
        return "tablet"
    if "Mobi" in agent:
        return "phone"
    return "desktop" if "Mozilla" in agent else "program"


# Replies --------------------------------------------------------------------------------------------------------------


def _next(session: Session, actor: Actor, found: queue.Next) -> dict[str, Any]:
    common = {"progress": _progress(session, found), "undo": found.undo}
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


def _progress(session: Session, found: queue.Next) -> dict[str, int]:
    done, total = _TALLIES.of(session, found.project_id)
    return {"today": found.progress.today, "done": done, "total": total}


class _Tallies:
    """How many items a project has, and has done. Counting a million holds up every writer for longer than they bear,
    so it is done aside: half a minute old is told soon enough."""

    def __init__(self) -> None:
        self._kept: dict[tuple[Engine, int], tuple[float, tuple[int, int]]] = {}

    def of(self, session: Session, project_id: int) -> tuple[int, int]:
        key = (session.get_bind().engine, project_id)
        if key not in self._kept:
            self._kept[key] = (time.monotonic(), queue.tally(session, project_id))
        at, counts = self._kept[key]
        if time.monotonic() - at > 30:
            self._kept[key] = (time.monotonic(), counts)  # whoever asks meanwhile need not count as well
            threading.Thread(target=self._count, args=key, name="tally", daemon=True).start()
        return counts

    def _count(self, engine: Engine, project_id: int) -> None:
        with reading(engine) as session:
            counts = queue.tally(session, project_id)
        self._kept[engine, project_id] = (time.monotonic(), counts)


_TALLIES = _Tallies()


def _now() -> datetime:
    return datetime.now(UTC)
