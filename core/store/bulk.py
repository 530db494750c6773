"""SQL that reads a whole project: in the order of items, many rows at once, JSON left as the text it is stored as."""

from collections.abc import Collection, Generator, Sequence
from contextlib import closing
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Text, and_, func, select, type_coerce

from core.store.tables import (
    Answer,
    ExportJob,
    GuidelineVersion,
    Item,
    Person,
    Probability,
    Project,
    SettingsVersion,
    TargetValue,
    core,
)

item, answer, person, value = core(Item), core(Answer), core(Person), core(TargetValue)
probability = core(Probability)
project = core(Project)
job, guideline, setting = core(ExportJob), core(GuidelineVersion), core(SettingsVersion)

_AT_ONCE = 2000
VOTING = ("work", "imported")
"""Purposes whose answers decide what an item's value is."""


def _text(column: Any) -> Any:
    return type_coerce(column, Text).label(column.name)


def _streamed(connection: Connection, query: Any) -> Generator[Row[Any]]:
    with connection.execute(query, execution_options={"yield_per": _AT_ONCE}) as result:
        yield from result


def items(connection: Connection, project_id: int) -> Generator[Row[Any]]:
    columns = (
        item.c.id,
        item.c.key,
        item.c.state,
        _text(item.c.payload),
        _text(item.c.aliases),
        item.c.lang,
        item.c.group_key,
        item.c.overlap,
    )
    return _streamed(connection, select(*columns).where(item.c.project_id == project_id).order_by(item.c.id))


def count_items(connection: Connection, project_id: int) -> int:
    query = select(func.count()).select_from(item).where(item.c.project_id == project_id)
    return int(connection.execute(query).scalar_one())


def kinship(connection: Connection) -> Sequence[Any]:
    """Every item of the workspace but stubs, the oldest first, with what it may share with others."""
    query = select(item.c.id, item.c.project_id, item.c.prompt_key, item.c.group_key)
    return connection.execute(query.where(item.c.state != "stub").order_by(item.c.id)).all()


def newest_item(connection: Connection, at: datetime) -> int:
    """The last item of the workspace that was there at a time; 0 without any."""
    return int(connection.execute(select(func.max(item.c.id)).where(item.c.created_at <= at)).scalar() or 0)


def last_report(connection: Connection, project_id: int, formats: Collection[str]) -> Any:
    """When rows of the project were last exported in one of these formats, and what was reported of it; None before."""
    query = select(job.c.at, job.c.report).where(job.c.project_id == project_id, job.c.format.in_(formats))
    with closing(connection.execute(query.order_by(job.c.at.desc()).execution_options(yield_per=8))) as found:
        return next((row for row in found if (row.report or {}).get("rows_total")), None)


def workspace_salt(connection: Connection) -> str | None:
    """All projects have the same, so that a prompt falls on the same side in each; None before the first."""
    return connection.execute(select(project.c.split_salt).order_by(project.c.id).limit(1)).scalar()


def _votes(project_id: int) -> tuple[ColumnElement[bool], ...]:
    """Which answers decide what an item's value is: those of people, once an item, as they stand."""
    return (
        answer.c.project_id == project_id, answer.c.current, answer.c.outcome == "submitted", answer.c.purpose.in_(VOTING),
        answer.c.nth == 0, person.c.kind != "machine",
    )  # fmt: skip


def votes(connection: Connection, project_id: int, target: str) -> Generator[Row[Any]]:
    """Current submitted answers by people, with what they say about one target."""
    query = (
        select(answer.c.item_id, answer.c.id, answer.c.person_id, _text(answer.c.body), answer.c.settings_version, answer.c.guideline_version, value.c.code, value.c.symbol)
        .join(person, person.c.id == answer.c.person_id)
        .outerjoin(value, and_(value.c.answer_id == answer.c.id, value.c.target == target))
        .where(*_votes(project_id))
        .order_by(answer.c.item_id, answer.c.id)
    )  # fmt: skip
    return _streamed(connection, query)


def all_answers(connection: Connection, project_id: int, *, with_payloads: bool = False) -> Generator[Row[Any]]:
    """Every current answer of every purpose, by item and time of arrival."""
    columns = [
        answer.c.id, answer.c.item_id, item.c.key, _text(item.c.aliases), item.c.lang, _text(item.c.models), answer.c.person_id, person.c.name,
        person.c.kind, answer.c.purpose, answer.c.nth, answer.c.outcome, _text(answer.c.body), _text(answer.c.extras), _text(answer.c.shown),
        answer.c.guideline_version, answer.c.settings_version, answer.c.active_ms, answer.c.at, answer.c.revision,
    ]  # fmt: skip
    query = (
        select(*columns, *([_text(item.c.payload)] if with_payloads else []))
        .join(person, person.c.id == answer.c.person_id)
        .join(item, item.c.id == answer.c.item_id)
        .where(answer.c.project_id == project_id, answer.c.current)
        .order_by(answer.c.item_id, answer.c.id)
    )
    return _streamed(connection, query)


def probabilities(connection: Connection, project_id: int) -> Generator[Row[Any]]:
    """What machine judges held for probable, in the order of `all_answers`."""
    query = (
        select(probability.c.answer_id, probability.c.target, probability.c.code, probability.c.value)
        .join(answer, answer.c.id == probability.c.answer_id)
        .where(answer.c.project_id == project_id, answer.c.current)
        .order_by(answer.c.item_id, answer.c.id, probability.c.target, probability.c.code)
    )
    return _streamed(connection, query)


def people_by_kind(connection: Connection, project_id: int) -> dict[str, int]:
    """How many people of each kind have given the project's current answers."""
    given = select(answer.c.person_id).where(answer.c.project_id == project_id, answer.c.current).distinct().subquery()
    query = select(person.c.kind, func.count()).join(given, given.c.person_id == person.c.id).group_by(person.c.kind)
    return {kind: count for kind, count in connection.execute(query)}  # noqa: C416 - rows are not pairs to mypy


def answered(connection: Connection, project_id: int) -> tuple[int, int]:
    """Items with an answer that votes, and how many such answers there are."""
    counts = select(func.count(answer.c.item_id.distinct()), func.count()).select_from(answer)
    query = counts.join(person, person.c.id == answer.c.person_id).where(*_votes(project_id))
    items_answered, answers = connection.execute(query).one()
    return items_answered, answers
