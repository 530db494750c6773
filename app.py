"""Composition root: pages, API and health behind one ASGI app; `bin/start`, `streamlit run app.py` and `uvicorn app:app` serve it."""

import gc
import logging
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import streamlit as st
from anyio.to_thread import run_sync
from sqlalchemy import text
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route
from streamlit.runtime.pages_manager import PagesManager

import api.app
import ui.frame
from api import patience
from api.door import Door
from api.security import Headers, Identity
from core.config import Settings
from core.services import doctor, people
from core.services.housekeeping import Housekeeping
from core.services.stopping.rounds import Rounds
from core.store import schema
from core.store.engine import current_engine, reading, transaction

# Until the first st.navigation, Streamlit would run the page that the URL names from a folder pages/ beside the script,
# without the frame. Ours are nested, so it finds none; this closes the door itself.
PagesManager.uses_pages_directory = False

patience.install()

SWITCH_SECONDS = 0.0005
"""How long one thread may keep the interpreter while others wait. A desk call gives it up at each of its statements, so
with Python's own 5 ms a single page being drawn would hold the call up for a tenth of a second."""


@asynccontextmanager
async def lifespan(_: st.App) -> AsyncIterator[dict[str, Any]]:
    _quieten()
    _warn_of_interpreter()
    sys.setswitchinterval(SWITCH_SECONDS)
    await run_sync(_prepare_store)
    _preload()
    rounds, housekeeping = Rounds(_now), Housekeeping(_now)
    rounds.start()
    housekeeping.start()
    yield {}
    rounds.stop()
    housekeeping.stop()


def _warn_of_interpreter() -> None:
    found = doctor.interpreter()
    if found.level != "ok":
        logging.getLogger("touchstone").warning("Python %s", found.message)


def _now() -> datetime:
    return datetime.now(UTC)


def _prepare_store() -> None:
    settings = Settings.from_env()
    schema.upgrade(current_engine(), backup_to=settings.data_dir / "backups")
    with transaction() as session:
        secret = people.ensure_setup_ticket(session, now=datetime.now(UTC))
    if secret:
        link = f"{settings.address}/setup?token={secret}"
        print(f"\n  There is no admin account yet. Open this one-time link to create it:\n  {link}\n", flush=True)  # noqa: T201


def _preload() -> None:
    """Load what pages need now, and keep it out of every later collection: a full one takes 0.1 s with all of it."""
    import pandas  # noqa: F401, ICN001
    import plotly.graph_objects as go  # noqa: F401

    gc.collect()
    gc.freeze()


def _quieten() -> None:
    """Upload addresses hold session ids, and Streamlit switches the access log back on."""
    logging.getLogger("uvicorn.access").setLevel(logging.WARNING)


async def healthz(_: Request) -> Response:
    return JSONResponse({"status": "up"})


def readyz(_: Request) -> Response:
    try:
        schema.check(current_engine())
        with reading() as session:
            session.connection().execute(text("SELECT 1"))
    except Exception:  # whatever it is, we are not ready, and the log says why
        logging.getLogger("touchstone").exception("not ready")
        return JSONResponse({"status": "not ready"}, 503)
    return JSONResponse({"status": "ready"})


app = st.App(
    "frame.py",
    lifespan=lifespan,
    on_script_error=ui.frame.report,
    routes=[Route("/healthz", healthz), Route("/readyz", readyz), Mount("/api", app=api.app.create())],
    middleware=[Middleware(Headers), Middleware(Door), Middleware(Identity)],
)
