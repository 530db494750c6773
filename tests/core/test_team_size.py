"""Items that ask for more answers than there are people who may label: nobody answers an item twice."""

from sqlalchemy import select, update
from sqlmodel import Session

from core.permissions import SYSTEM
from core.services import membership
from core.services.team_size import TooMany, too_many
from core.store import work
from tests.clock import NOW
from tests.factories import a_member, a_person, a_project


def test_rows_that_ask_for_more_than_the_team_are_counted(session: Session) -> None:
    project = a_project(session, items=5, overlap=2, state="draft")
    for name in ("Ann", "Bo"):
        a_member(session, project, a_person(session, name))
    a_member(session, project, a_person(session, "Vi", role="viewer"), role="viewer")
    assert too_many(session, SYSTEM, project.slug) is None
    of_project = select(work.item.c.id).where(work.item.c.project_id == project.id).order_by(work.item.c.id)
    three, five = session.connection().execute(of_project.limit(2)).scalars()
    for item, overlap in ((three, 3), (five, 5)):
        session.connection().execute(update(work.item).where(work.item.c.id == item).values(overlap=overlap))
    assert too_many(session, SYSTEM, project.slug) == TooMany(items=2, most=5, people=2)
    membership.set_member(session, SYSTEM, project.slug, "Bo", now=NOW, state="paused")
    assert too_many(session, SYSTEM, project.slug) == TooMany(items=5, most=5, people=1)
    session.connection().execute(update(work.item).where(work.item.c.overlap > 1).values(state="withdrawn"))
    assert too_many(session, SYSTEM, project.slug) is None
