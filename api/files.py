"""Files over HTTP: uploads stream to the disk, exports stream from it; neither is ever held in memory."""

from collections.abc import AsyncIterator
from typing import Annotated, Any

from anyio.to_thread import run_sync
from fastapi import APIRouter, Query, Request
from starlette.responses import FileResponse

from api import security
from core.errors import InvalidInput, NotAllowed, NotSignedIn, TooLarge
from core.permissions import Actor
from core.services import export_files, sessions, uploads
from core.services.uploads import Receiving, UploadView
from core.store.engine import reading, transaction

router = APIRouter()

_BLOCK = 1024 * 1024


@router.put("/uploads/{slug}")
async def upload(
    request: Request, slug: str, name: Annotated[str, Query(min_length=1, max_length=500)]
) -> dict[str, Any]:
    """The body is the file. 413 beyond the limit, and before it where the length is announced."""
    actor = await run_sync(_may_upload, request, slug)
    _refuse_announced(request)
    with uploads.receiving(name) as file:
        async for block in _blocks(request):
            await run_sync(file.add, block)
        if not file.size:
            raise InvalidInput("The file is empty.")
        kept = await run_sync(_keep, file, actor, slug)
    return {"upload": kept.id, "name": kept.name, "size": kept.size, "sha256": kept.sha256}


def _may_upload(request: Request, slug: str) -> Actor:
    actor = security.actor(request)
    with reading() as session:
        uploads.may_upload(session, actor, slug)
    return actor


def _refuse_announced(request: Request) -> None:
    announced = request.headers.get("content-length", "")
    if announced.isdigit() and int(announced) > uploads.LIMIT:
        raise TooLarge(
            "A file may have up to {limit} MB. Split it, or use manage.py import on the server.",
            limit=uploads.LIMIT // 1024**2,
        )


async def _blocks(request: Request) -> AsyncIterator[bytes]:
    """The body in pieces large enough to be worth a write."""
    waiting = bytearray()
    async for piece in request.stream():
        waiting += piece
        if len(waiting) >= _BLOCK:
            yield bytes(waiting)
            waiting.clear()
    if waiting:
        yield bytes(waiting)


def _keep(file: Receiving, actor: Actor, slug: str) -> UploadView:
    with transaction() as session:
        return file.keep(session, actor, slug, now=security.now())


@router.get("/exports/{export_id}/{path:path}")
def download(request: Request, export_id: str, path: str) -> FileResponse:
    """One file of an export, or all.zip."""
    actor = _downloader(request)
    with reading() as session:
        found = export_files.file_of(session, actor, export_id, path)
    return FileResponse(found.path, filename=found.name, headers={"Cache-Control": "private, no-store"})


def _downloader(request: Request) -> Actor:
    """As security.actor, but a plain link works too: browsers send no header of ours with it, and no other site can read it."""
    if "authorization" in request.headers or "x-touchstone" in request.headers:
        return security.actor(request)
    if request.headers.get("sec-fetch-site") == "cross-site":
        raise NotAllowed("This request comes from another site.", code="cross_site")
    with reading() as session:
        actor = sessions.actor_of_session(session, now=security.now(), token=security.session_token(request) or "")
    if actor is None:
        raise NotSignedIn(security.SIGNED_OUT)
    request.state.language = actor.language
    return actor
