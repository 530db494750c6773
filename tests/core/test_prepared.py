"""Prepared statements give what SQLAlchemy gives, on both databases, and fail as it fails."""

from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import BigInteger, Boolean, Column, Engine, MetaData, String, Table, bindparam, insert, select, update
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlmodel import Session

from core.store.prepared import Prepared
from core.store.types import Json, Utc
from tests.clock import NOW

THING = Table(
    "thing",
    MetaData(),
    Column("id", BigInteger, primary_key=True),
    Column("name", String, unique=True),
    Column("fits", Boolean),
    Column("body", Json),
    Column("at", Utc),
)
ADD = Prepared(insert(THING).returning(THING.c.id, THING.c.at), keys=THING.c.keys())
ROWS: list[dict[str, Any]] = [
    {"id": 1, "name": "一", "fits": True, "body": {"z": 1, "a": ["\u0000", "😀", None]}, "at": NOW},
    {"id": 2, "name": None, "fits": None, "body": None, "at": None},
    {"id": 2**40, "name": "%s {x} :y ?", "fits": False, "body": [1.5, "x"], "at": datetime(1999, 12, 31, 23, 59, tzinfo=UTC)},
]  # fmt: skip


@pytest.fixture
def filled(session: Session) -> Session:
    THING.create(session.connection())
    for row in ROWS:
        ADD.run(session.connection(), row)
    return session


def test_what_is_read_is_what_sqlalchemy_reads(filled: Session) -> None:
    query = select(THING).order_by(THING.c.id)
    expected = [tuple(row) for row in filled.connection().execute(query)]
    assert [tuple(row) for row in Prepared(query).all(filled.connection(), {})] == expected
    assert expected == [tuple(row.values()) for row in ROWS]


def test_order_of_keys_in_json_is_kept(filled: Session) -> None:
    row = Prepared(select(THING.c.body).where(THING.c.id == bindparam("id"))).first(filled.connection(), {"id": 1})
    assert list(row.body) == ["z", "a"]


def test_an_insert_returns_with_types(session: Session) -> None:
    THING.create(session.connection())
    [row] = ADD.all(session.connection(), {"id": 7, "at": NOW})
    assert (row.id, row.at) == (7, NOW)
    assert Prepared(select(THING.c.name, THING.c.body)).first(session.connection(), {}) == (None, None)


def test_first_and_scalar_of_nothing_are_none(filled: Session) -> None:
    nothing = Prepared(select(THING.c.id).where(THING.c.name == bindparam("name", type_=String)))
    assert nothing.first(filled.connection(), {"name": "nobody"}) is None
    assert nothing.scalar(filled.connection(), {"name": "nobody"}) is None
    assert nothing.all(filled.connection(), {"name": "nobody"}) == []


def test_values_given_in_the_statement_need_not_be_given_again(filled: Session) -> None:
    change = Prepared(update(THING).where(THING.c.id == bindparam("b_id")).values(fits=True))
    change.run(filled.connection(), {"b_id": 2})
    assert filled.connection().execute(select(THING.c.fits).where(THING.c.id == 2)).scalar() is True


def test_many_rows_go_in_one_call(session: Session) -> None:
    THING.create(session.connection())
    Prepared(insert(THING), keys=THING.c.keys()).run_many(session.connection(), ROWS)
    assert [tuple(row) for row in session.connection().execute(select(THING).order_by(THING.c.id))] == [
        tuple(row.values()) for row in ROWS
    ]


@pytest.mark.parametrize("call", ["run", "run_many"])
def test_what_the_database_refuses_is_sqlalchemys_error(filled: Session, call: str) -> None:
    twice = {**ROWS[0], "id": 99}
    add = Prepared(insert(THING), keys=THING.c.keys())
    with pytest.raises(IntegrityError) as refusal:
        getattr(add, call)(filled.connection(), [twice] if call == "run_many" else twice)
    assert refusal.value.orig is not None


@pytest.mark.postgres
@pytest.mark.parametrize("store_kind", ["postgres"], indirect=True)
def test_a_connection_that_is_gone_is_an_operational_error(store: Engine) -> None:
    connection = store.connect()
    connection.connection.driver_connection.close()  # type: ignore[union-attr]
    for _ in range(2):
        with pytest.raises(OperationalError):
            Prepared(select(bindparam("x", 1))).all(connection, {})
    connection.invalidate()
    connection.close()


def test_a_parameter_that_is_missing_is_a_mistake(filled: Session) -> None:
    with pytest.raises(KeyError):
        Prepared(select(THING.c.id).where(THING.c.id == bindparam("id"))).all(filled.connection(), {})
