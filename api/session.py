"""The session cookie: a sign-in ticket becomes one, signing out ends it."""

from typing import Any

from anyio.to_thread import run_sync
from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict
from starlette.responses import Response

from api import security
from api.bodies import read, shaped
from core.services import sessions
from core.store.engine import transaction

router = APIRouter(prefix="/session")

_LARGEST = 4000
"""Bytes: a ticket has forty."""


class SignInTicket(BaseModel):
    model_config = ConfigDict(extra="forbid")
    ticket: str


@router.get("")
def who(request: Request) -> dict[str, Any]:
    actor = security.actor(request)
    return {"person": actor.person_id, "name": actor.name, "role": actor.role.value, "language": actor.language}


@router.post("", status_code=204)
async def sign_in(request: Request) -> Response:
    security.refuse_cross_site(request)
    body = shaped(await read(request, _LARGEST), SignInTicket)
    return await run_sync(_signed_in, request, body)


def _signed_in(request: Request, body: SignInTicket) -> Response:
    device, previous = request.headers.get("user-agent", ""), security.session_token(request)
    with transaction() as session:
        token = sessions.redeem_ticket(
            session, now=security.now(), ticket=body.ticket, device=device, replacing=previous
        )
    response = Response(status_code=204, headers={"Cache-Control": "no-store"})
    security.set_session_cookie(response, token)
    return response


@router.delete("", status_code=204)
def sign_out(request: Request) -> Response:
    """Ends the session if there is one: whoever asks to be out, is."""
    security.refuse_cross_site(request)
    if token := security.session_token(request):
        with transaction() as session:
            sessions.sign_out(session, now=security.now(), token=token)
    response = Response(status_code=204, headers={"Cache-Control": "no-store"})
    security.clear_session_cookie(response)
    return response
