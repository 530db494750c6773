"""What a page of Insight says of its figures' age while newer ones are worked out aside."""

from collections.abc import Callable, Iterator
from threading import Event
from typing import Any

import pytest
from sqlmodel import select
from streamlit.testing.v1 import AppTest

from core.permissions import SYSTEM
from core.services import audit, projects
from core.services.quality import assessments, reporting
from core.store.engine import transaction
from core.store.tables import Item
from tests.clock import NOW
from tests.core.test_quality import LABELS, said
from tests.factories import a_person, a_project, an_item
from tests.pages.conftest import SignInAs, open_page, words

PAGE = "pages/insight/agreement.py"


@pytest.fixture(autouse=True)
def aside(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Every project is one whose figures are worked out aside, and are not left to rest."""
    monkeypatch.setattr(assessments, "SMALL", -1)
    monkeypatch.setattr(assessments, "REST", 0)
    assessments.shelf.clear()
    yield
    assessments.shelf.clear()


def answer(name: str) -> None:
    with transaction() as session:
        project_id = projects.get(session, SYSTEM, "here").id
        for item in session.exec(select(Item)).all():
            said(session, item, a_person(session, f"{name}-{item.id}"), "a")
        audit.record(session, SYSTEM, NOW, audit.Fact("answer.submitted", "answer:1", project_id))


def until(shown: Callable[[str], bool], app: AppTest) -> str:
    for _ in range(100):
        app.run(timeout=30)
        assert not app.exception
        if shown(words(app)):
            return words(app)
    raise AssertionError(words(app))


def fresh(text: str) -> bool:
    return "Data as of" in text and "since then" not in text


def test_figures_say_how_old_they_are_and_newer_ones_wait_for_the_reader(
    sign_in_as: SignInAs, monkeypatch: pytest.MonkeyPatch
) -> None:
    with transaction() as session:
        project = a_project(session, "here", task="classification", settings=LABELS)
        for _ in range(2):
            an_item(session, project, settings=LABELS)
    answer("mei")
    sign_in_as("lead")
    app = open_page(PAGE)
    until(fresh, app)
    go_on, real = Event(), reporting.worked_out

    def slow(*args: Any, **named: Any) -> reporting.Assessment:
        assert go_on.wait(30)
        return real(*args, **named)

    monkeypatch.setattr(reporting, "worked_out", slow)
    answer("raj")
    text = until(lambda shown: "since then" in shown, app)
    assert "1 change since then." in text
    assert "Recalculating…" in text
    go_on.set()
    until(fresh, app)


def test_a_page_says_that_newer_figures_failed(sign_in_as: SignInAs, monkeypatch: pytest.MonkeyPatch) -> None:
    with transaction() as session:
        an_item(session, a_project(session, "here", task="classification", settings=LABELS), settings=LABELS)
    answer("mei")
    sign_in_as("lead")
    app = open_page(PAGE)
    until(fresh, app)

    def broken(*_: Any, **__: Any) -> reporting.Assessment:
        raise ZeroDivisionError

    monkeypatch.setattr(reporting, "worked_out", broken)
    answer("raj")
    text = until(lambda shown: "Update failed" in shown, app)
    assert "1 change since then." in text
