"""Every item is listed with its state, page after page, to leads alone; and no page reads through the project."""

from random import Random

import pytest
from sqlalchemy import event, select, text, update
from sqlmodel import Session

from core.errors import NotAllowed, NotFound
from core.permissions import SYSTEM
from core.services import item_list
from core.services.item_list import Leaf, Wanted
from core.store import dialect, work
from core.store.figure_items import STATES
from tests.core.test_queue import claim, give
from tests.factories import a_member, a_person, a_project, acting


def keys(found: Leaf) -> list[str]:
    return [row.key for row in found.rows]


def test_every_state_is_listed_and_counted(session: Session) -> None:
    project = a_project(session, items=len(STATES) + 1)
    ids = session.connection().execute(select(work.item.c.id).order_by(work.item.c.id)).scalars().all()
    for item, state in zip(ids, STATES, strict=False):
        session.connection().execute(update(work.item).where(work.item.c.id == item).values(state=state))
    found = item_list.leaf(session, SYSTEM, project.slug, Wanted())
    assert [row.state for row in found.rows] == [*STATES, "open"]
    assert found.counts == {**dict.fromkeys(STATES, 1), "open": 2}
    assert [row.wanted for row in found.rows][:4] == [1, 1, 1, None]
    for state in STATES:
        one = item_list.leaf(session, SYSTEM, project.slug, Wanted(state=state))
        assert {row.state for row in one.rows} == {state}
    assert keys(item_list.leaf(session, SYSTEM, project.slug, Wanted(key=found.rows[2].key))) == [found.rows[2].key]


def test_pages_turn_both_ways_and_miss_nothing(session: Session) -> None:
    project = a_project(session, items=7)
    a_project(session, items=3)
    first = item_list.leaf(session, SYSTEM, project.slug, Wanted(), size=3)
    second = item_list.leaf(session, SYSTEM, project.slug, Wanted(), start=first.rows[-1].item_id, size=3)
    third = item_list.leaf(session, SYSTEM, project.slug, Wanted(), start=second.rows[-1].item_id, size=3)
    assert [len(leaf.rows) for leaf in (first, second, third)] == [3, 3, 1]
    assert [(leaf.earlier, leaf.later) for leaf in (first, second, third)] == [
        (False, True),
        (True, True),
        (True, False),
    ]
    back = item_list.leaf(session, SYSTEM, project.slug, Wanted(), way="before", start=third.rows[0].item_id, size=3)
    assert (keys(back), back.earlier, back.later) == (keys(second), True, True)


def test_answers_and_people_at_work_are_counted(session: Session) -> None:
    project = a_project(session, items=2, overlap=2)
    ann, bo = (acting(a_member(session, project, a_person(session, name))) for name in ("Ann", "Bo"))
    give(session, ann, project, claim(session, ann, project))
    claim(session, bo, project)
    row = item_list.leaf(session, SYSTEM, project.slug, Wanted()).rows[0]
    assert (row.answers, row.wanted, row.in_progress, row.adjudicated) == (1, 2, 1, False)


@pytest.mark.parametrize("role", ["reviewer", "annotator", "viewer"])
def test_nobody_but_leads_sees_what_waits(session: Session, role: str) -> None:
    """Whoever also labels could tell hidden checks by it."""
    project = a_project(session, items=1)
    person = acting(a_member(session, project, a_person(session, role=role), role=role))
    with pytest.raises(NotAllowed):
        item_list.leaf(session, person, project.slug, Wanted())


def test_another_projects_import_is_not_shown(session: Session) -> None:
    project = a_project(session, items=1)
    with pytest.raises(NotFound):
        item_list.leaf(session, SYSTEM, project.slug, Wanted(import_id=99))


@pytest.mark.parametrize("wanted", [Wanted(), Wanted(state="withdrawn"), Wanted(state="adjudicated"), Wanted(key="x")])
def test_a_page_is_looked_up_whatever_the_size(session: Session, wanted: Wanted) -> None:
    """Statements that find a page's items walk an index from where the reader is; counts read an index alone."""
    project, connection = a_project(session, items=400), session.connection()
    connection.execute(text("ANALYZE"))
    if dialect.is_postgresql(connection):
        connection.execute(text("SET LOCAL enable_seqscan = off"))
    asked: list[tuple[str, object]] = []
    event.listen(connection, "before_cursor_execute", lambda _c, _k, sql, given, *_a: asked.append((sql, given)))
    item_list.leaf(session, SYSTEM, project.slug, wanted, start=Random(1).randrange(1, 300), size=25)
    looked = [(sql, given) for sql, given in asked if "LIMIT" in sql or 'item."key" =' in sql or "item.key =" in sql]
    assert looked
    explain = "EXPLAIN " if dialect.is_postgresql(connection) else "EXPLAIN QUERY PLAN "
    for sql, given in looked:
        plan = "\n".join(str(row) for row in connection.exec_driver_sql(explain + sql, given))  # type: ignore[arg-type]
        assert not any(
            bad in plan for bad in ("SCAN item", "SCAN verdict", "Seq Scan on item", "Seq Scan on verdict")
        ), plan
        assert any(good in plan for good in ("ix_item_listed", "ix_verdict_final", "key=?", "_key")), plan
        assert "pk_item" not in plan, plan
