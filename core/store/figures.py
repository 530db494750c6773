"""SQL of quality figures: first submissions that were not taken back, counted by the database."""

from collections.abc import Generator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, Select, func, select

from core.store.tables import Answer, Gold, Item, Person, TargetValue, core

answer, gold, item, person, value = core(Answer), core(Gold), core(Item), core(Person), core(TargetValue)
COUNTED = ("work", "imported")
_AT_ONCE = 5000


@dataclass(frozen=True)
class Counts:
    items: int
    labels: int
    annotators: int
    gold_items: int


@dataclass(frozen=True)
class Agreeing:
    """Pairs of labels on one item, over items with two or more."""

    units: int
    pairs: int
    alike: int


def _first(project_id: int, purposes: tuple[str, ...] = COUNTED) -> Select[Any]:
    """Ids of what each person said first of each item."""
    ranked = (
        select(answer.c.id, func.row_number().over(partition_by=(answer.c.item_id, answer.c.person_id, answer.c.purpose), order_by=answer.c.revision).label("n"))
        .where(
            answer.c.project_id == project_id,
            answer.c.purpose.in_(purposes),
            answer.c.nth == 0,
            answer.c.outcome == "submitted",
            answer.c.undone_at.is_(None),
        )
        .subquery()
    )  # fmt: skip
    return select(ranked.c.id).where(ranked.c.n == 1)


def counts(connection: Connection, project_id: int) -> Counts:
    labelled = connection.execute(
        select(func.count(), func.count(answer.c.person_id.distinct())).where(answer.c.id.in_(_first(project_id)))
    ).one()
    items = connection.execute(select(func.count()).where(item.c.project_id == project_id)).scalar_one()
    golds = connection.execute(select(func.count()).where(gold.c.project_id == project_id)).scalar_one()
    return Counts(items, labelled[0], labelled[1], golds)


def agreeing_pairs(connection: Connection, project_id: int) -> dict[str, Agreeing]:
    """Target to the pairs of labels that are the same; "not applicable" is no label."""
    groups = (
        select(value.c.target, answer.c.item_id, func.count().label("n"))
        .join(answer, answer.c.id == value.c.answer_id)
        .where(answer.c.id.in_(_first(project_id)))
        .group_by(value.c.target, answer.c.item_id, value.c.code, value.c.number, value.c.symbol)
        .subquery()
    )
    n = groups.c.n
    items = (
        select(groups.c.target, func.sum(n).label("m"), func.sum(n * (n - 1) / 2).label("alike"))
        .group_by(groups.c.target, groups.c.item_id)
        .subquery()
    )
    m = items.c.m
    query = (
        select(items.c.target, func.count(), func.sum(m * (m - 1) / 2), func.sum(items.c.alike))
        .where(m > 1)
        .group_by(items.c.target)
    )
    return {
        target: Agreeing(units, int(pairs), int(alike)) for target, units, pairs, alike in connection.execute(query)
    }


def _streamed(connection: Connection, query: Select[Any]) -> Generator[Row[Any]]:
    with connection.execute(query, execution_options={"yield_per": _AT_ONCE}) as result:
        yield from result


def labels(connection: Connection, project_id: int) -> Generator[Row[Any]]:
    """Who gave each label, and in what time."""
    query: Select[Any] = (
        select(person.c.name, answer.c.active_ms)
        .join(person, person.c.id == answer.c.person_id)
        .where(answer.c.id.in_(_first(project_id)))
        .order_by(answer.c.id)
    )
    yield from _streamed(connection, query)


def answers_with_gold(connection: Connection, project_id: int) -> Generator[Row[Any]]:
    """First submissions on items whose answer is known, hidden checks among them."""
    query: Select[Any] = (
        select(person.c.name, answer.c.body, answer.c.passed, gold.c.answer.label("gold"))
        .join(person, person.c.id == answer.c.person_id)
        .join(gold, gold.c.item_id == answer.c.item_id)
        .where(answer.c.id.in_(_first(project_id, (*COUNTED, "gold"))))
        .order_by(answer.c.id)
    )
    yield from _streamed(connection, query)
