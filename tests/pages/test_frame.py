"""The frame: who sees which pages, in which language."""

import pytest
from streamlit.testing.v1 import AppTest

from core.permissions import Role
from core.store.engine import transaction
from core.store.tables import Person
from tests import factories
from tests.pages.conftest import SignInAs, open_page, words
from ui.navigation import SECTIONS, PageEntry, entries

INSIGHT = {entry.path for entry in SECTIONS["Insight"]}
WORK = {entry.path for entry in SECTIONS["Work"]}
FILES = {entry.path: entry for entry in entries()}


def may_open(app: AppTest, entry: PageEntry) -> bool:
    try:
        app.switch_page(entry.file)
    except ValueError:
        return False
    return True


@pytest.mark.parametrize(
    ("role", "closed"),
    [
        ("admin", set()),
        ("lead", {"start"}),
        ("reviewer", {"start", "today", "projects", "import", "export"}),
        ("annotator", {"start", "review", "projects", "import", "export", "people", *INSIGHT}),
        ("viewer", {"start", *WORK, "review", "today", "annotators", "projects", "import", "export", "people"}),
    ],
)
def test_the_menu_shows_what_the_role_may_do(sign_in_as: SignInAs, role: str, closed: set[str]) -> None:
    sign_in_as(role)
    app = open_page()
    assert not app.exception
    assert {path for path, entry in FILES.items() if not may_open(app, entry)} == closed & set(FILES)


@pytest.mark.usefixtures("anonymous")
def test_the_anonymous_reach_no_page(sqlite_store: object) -> None:
    app = open_page()
    assert "Sign in" in words(app)
    assert not [path for path, entry in FILES.items() if may_open(app, entry)]


def test_a_role_in_one_project_opens_its_pages(sign_in_as: SignInAs) -> None:
    actor = sign_in_as("annotator")
    with transaction() as session:
        project = factories.a_project(session)
        person = session.get_one(Person, actor.person_id)
        factories.a_member(session, project, person, role="lead")
    assert may_open(open_page(), FILES["projects"])


def test_the_screens_speak_the_persons_language(sign_in_as: SignInAs) -> None:
    sign_in_as("lead", language="zh")
    app = open_page("pages/manage/people.py")
    assert "成员" in words(app)


def test_every_page_of_the_menu_has_its_own_one_word_address() -> None:
    paths = [entry.path for section in SECTIONS.values() for entry in section]
    assert len(paths) == len(set(paths))
    assert all(path.isalpha() for path in paths)


def test_every_role_has_somewhere_to_go(sign_in_as: SignInAs) -> None:
    for role in Role:
        sign_in_as(role.value)
        assert not open_page().exception


@pytest.mark.parametrize(
    ("role", "task", "title"),
    [
        ("lead", "rating", "Today"),
        ("viewer", "rating", "Progress"),
        ("annotator", "rating", "Label"),
        ("annotator", "pairwise", "Compare"),
    ],
)
def test_the_day_begins_where_the_role_needs_it(sign_in_as: SignInAs, role: str, task: str, title: str) -> None:
    actor = sign_in_as(role)
    with transaction() as session:
        for _ in range(2):
            project = factories.a_project(session, task=task, items=1)
            factories.a_member(session, project, session.get_one(Person, actor.person_id), role=role)
    app = open_page()
    assert not app.exception
    assert app.title[0].value == title
