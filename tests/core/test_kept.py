"""What is looked up once in a reading, and never kept where it could change."""

import pytest
from sqlalchemy import Engine
from sqlmodel import Session

from core.errors import NotFound
from core.permissions import Right
from core.services import kept, projects
from core.store.engine import reading, transaction
from tests import factories


def asked(session: Session, answers: list[int]) -> list[int]:
    return [kept.once(session, "question", answers.pop) for _ in range(2)]


def test_a_reading_asks_once(store: Engine) -> None:
    with reading(store) as session:
        assert asked(session, [1, 2]) == [2, 2]
    with reading(store) as session:
        assert asked(session, [3]) == [3, 3]


def test_a_transaction_asks_each_time(store: Engine) -> None:
    with transaction(store) as session:
        assert asked(session, [1, 2]) == [2, 1]


def test_what_one_may_see_is_not_kept_for_another(store: Engine) -> None:
    with transaction(store) as session:
        project = factories.a_project(session)
        lead, stranger = factories.an_actor(session, role="lead"), factories.an_actor(session, role="annotator")
    with reading(store) as session:
        assert projects.get(session, lead, project.slug).slug == project.slug
        assert [view.slug for view in projects.where(session, lead, Right.MANAGE_PROJECT)] == [project.slug]
        assert projects.where(session, stranger, Right.LABEL) == []
        with pytest.raises(NotFound):
            projects.get(session, stranger, project.slug)


def test_projects_are_those_where_the_role_has_the_right(store: Engine) -> None:
    with transaction(store) as session:
        project = factories.a_project(session)
        person = factories.a_member(session, project, role="annotator")
        actor = factories.acting(person)
    with reading(store) as session:
        assert [view.slug for view in projects.where(session, actor, Right.LABEL)] == [project.slug]
        assert projects.where(session, actor, Right.MANAGE_PROJECT) == []
