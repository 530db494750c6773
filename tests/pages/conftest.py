"""Pages as people see them: always through the frame, as somebody who is signed in, on a real store."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import Engine
from streamlit.testing.v1 import AppTest

from core.config import ROOT
from core.permissions import Actor
from core.services import sessions
from core.store.engine import transaction
from tests import factories
from tests.clock import right_now
from ui import auth

SignInAs = Callable[..., Actor]


@pytest.fixture
def sign_in_as(sqlite_store: Engine, monkeypatch: pytest.MonkeyPatch) -> SignInAs:
    """sign_in_as("lead") makes a lead; sign_in_as(actor=…) takes one that is there. AppTest has no cookies to set."""

    def sign_in(role: str = "annotator", *, actor: Actor | None = None, **person: Any) -> Actor:
        with transaction() as session:
            actor = actor or factories.an_actor(session, role=role, **person)
            token = sessions.open_session(session, actor, now=right_now())
        monkeypatch.setattr(auth, "session_token", lambda: token)
        return actor

    return sign_in


@pytest.fixture
def anonymous(sqlite_store: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(auth, "session_token", lambda: None)


def open_page(file: str | None = None, *, timeout: float = 30, **query: str) -> AppTest:
    """The frame, then a page of it by its file ("pages/manage/people.py"); raises if the role has no such page."""
    app = AppTest.from_file(str(ROOT / "frame.py"), default_timeout=timeout)
    for name, value in query.items():
        app.query_params[name] = value
    app.run()
    return app if file is None else app.switch_page(file).run()


def on(file: str, /, **query: str) -> AppTest:
    """A page with these parameters in its address; it must draw without an exception."""
    app = open_page(file)
    for name, value in query.items():
        app.query_params[name] = value
    app.run()
    assert not app.exception
    return app


def words(app: AppTest) -> str:
    """Everything readable on the page and beside it."""
    kinds = (
        "title",
        "header",
        "subheader",
        "markdown",
        "caption",
        "text",
        "error",
        "warning",
        "info",
        "success",
        "code",
    )
    return "\n".join(str(getattr(element, "value", "")) for kind in kinds for element in app.get(kind))
