"""The API as a whole: its routers, and one shape for everything that goes wrong."""

import logging
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from sqlalchemy.exc import OperationalError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse

from api.bodies import misfit
from core import language
from core.errors import N_, InvalidAnswer, InvalidInput, NotFound, RefusedFile, StoreError, TouchstoneError

log = logging.getLogger("touchstone.api")

ROUTERS = ("session", "work", "review", "activity", "files")
_NOT_SAVED = N_("The server cannot save just now. What you typed is kept here and will be sent again.")
_FAILED = N_("Something went wrong on the server. It has been logged; try again in a moment.")


def create() -> FastAPI:
    app = FastAPI(title="Touchstone", openapi_url=None, docs_url=None, redoc_url=None, redirect_slashes=False)
    for name in ROUTERS:
        if find_spec(f"api.{name}"):
            app.include_router(import_module(f"api.{name}").router)
    app.add_exception_handler(TouchstoneError, _refused)
    app.add_exception_handler(RequestValidationError, _malformed)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(OperationalError, _store_failed)
    app.add_exception_handler(Exception, _failed)
    return app


def refusal(error: TouchstoneError, lang: str) -> dict[str, Any]:
    """An error as the API says it, in the caller's language."""
    body: dict[str, Any] = {"error": error.error_code, "message": language.message(error, lang)}
    if error.where:
        body["where"] = error.where
    if isinstance(error, InvalidAnswer):
        body["problems"] = [{"ask": p.ask, "message": language.message(p, lang)} for p in error.problems]
    if isinstance(error, RefusedFile):
        body["problems"] = [
            {"row": p.row, "column": p.column, "message": language.message(p, lang)} for p in error.problems
        ]
    return body


async def _refused(request: Request, error: Exception) -> JSONResponse:
    if not isinstance(error, TouchstoneError):
        raise error
    return JSONResponse(refusal(error, _language(request)), error.status)


async def _malformed(request: Request, error: Exception) -> JSONResponse:
    if not isinstance(error, RequestValidationError):
        raise error
    told = misfit(error.errors())
    return JSONResponse(refusal(told, _language(request)), told.status)


async def _http(request: Request, error: Exception) -> JSONResponse:
    status = error.status_code if isinstance(error, HTTPException) else 500
    if status == 404:
        return JSONResponse(refusal(NotFound("There is nothing at this address."), _language(request)), status)
    if status == 405:
        told: TouchstoneError = InvalidInput(
            "This address does not accept {method}.", code="method", method=request.method
        )
        return JSONResponse(refusal(told, _language(request)), status)
    return JSONResponse({"error": "malformed", "message": str(getattr(error, "detail", error))}, status)


async def _store_failed(request: Request, error: Exception) -> JSONResponse:
    log.error("the database refused", exc_info=error)
    told = StoreError(_NOT_SAVED)
    return JSONResponse(refusal(told, _language(request)), told.status)


async def _failed(request: Request, error: Exception) -> JSONResponse:
    log.error("unexpected", exc_info=error)
    return JSONResponse({"error": "internal", "message": language.translate(_FAILED, _language(request))}, 500)


def _language(request: Request) -> str:
    known = getattr(request.state, "language", None)
    return known or language.closest(request.headers.get("accept-language"))
