"""Who has nothing to do, and which items nobody left may take; the same rules as the queue's."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import CompoundSelect, Select, bindparam, exists, func, select, union
from sqlmodel import Session

from core.permissions import Actor, Right
from core.services import projects
from core.services.fitness import fits, speaks_all
from core.services.labellers import Gate, Labeller, takers
from core.store import work

Why = Gate | Literal["languages", "content", "had_all"]


@dataclass(frozen=True)
class StarvedPerson:
    person: str
    why: Why


@dataclass(frozen=True)
class StuckItems:
    """Open items alike for routing: nobody is fit for them, or all who are fit have had them."""

    items: int
    why: Literal["nobody_fits", "all_had"]
    lang: str
    response_lang: str
    sensitive: str


@dataclass(frozen=True)
class Starved:
    people: tuple[StarvedPerson, ...]
    items: tuple[StuckItems, ...]


def starved(session: Session, actor: Actor, slug: str) -> Starved:
    """Nobody is starved of work that does not exist: with no item open, both lists are empty."""
    project = projects.get(session, actor, slug)
    projects.require_in(session, actor, project.id, Right.SEE_PROGRESS)
    lanes = _open_lanes(session, project.id) if project.state == "live" else ()
    if not lanes:
        return Starved((), ())
    members = takers(session, project)
    items = tuple(_stuck(session, project.id, members, lanes))
    if not projects.may(session, actor, project.id, Right.SEE_PEOPLE):
        return Starved((), items)
    return Starved(tuple(_people(session, project.id, members, lanes)), items)


def _open_lanes(session: Session, project_id: int) -> Sequence[Any]:
    lane = work.lane
    is_open = exists(select(work.item.c.id).where(work.item.c.lane_id == lane.c.id, work.OPEN))
    return session.connection().execute(select(lane).where(lane.c.project_id == project_id, is_open)).all()


# People ---------------------------------------------------------------------------------------------------------------


def _people(
    session: Session, project_id: int, members: Iterable[Labeller], lanes: Sequence[Any]
) -> Iterable[StarvedPerson]:
    busy = _holding(session, project_id)
    for member in members:
        if member.person_id not in busy:
            why = member.gate or _why_empty(session, project_id, member, lanes)
            if why is not None:
                yield StarvedPerson(member.name, why)


def _holding(session: Session, project_id: int) -> set[int]:
    query = select(work.assignment.c.person_id).where(work.assignment.c.project_id == project_id, work.HELD)
    return set(session.connection().execute(query.distinct()).scalars())


def _why_empty(session: Session, project_id: int, member: Labeller, lanes: Sequence[Any]) -> Why | None:
    if not any(speaks_all(lane, member.languages) for lane in lanes):
        return "languages"
    if not any(fits(lane, member.languages, member.avoids) for lane in lanes):
        return "content"
    ahead = work.open_lanes(session.connection(), member.person_id, project_id)
    return (
        None
        if any(_has_fresh(session, member, lane) for lane in ahead if fits(lane, member.languages, member.avoids))
        else "had_all"
    )


def _has_fresh(session: Session, member: Labeller, lane: Any) -> bool:
    """Whether the lane holds an open item that this person has not had, beyond what they have left behind."""
    return work.has_fresh(session.connection(), member.person_id, lane.id, lane.position)


# Items ----------------------------------------------------------------------------------------------------------------


def _stuck(
    session: Session, project_id: int, members: Sequence[Labeller], lanes: Sequence[Any]
) -> Iterable[StuckItems]:
    may = [member for member in members if member.gate is None]
    if members and not may:
        return  # what keeps everybody from labelling at all is said of the people
    totals: dict[tuple[str, str, str, str], int] = defaultdict(int)
    for fit, alike in _by_who_fits(may, lanes).items():
        counts = _had_by_all(session, project_id, fit, alike) if fit else _all_open(session, alike)
        for lane in alike:
            if n := counts.get(lane.id, 0):
                totals["all_had" if fit else "nobody_fits", lane.lang, lane.response_lang, lane.sensitive] += n
    for (why, lang, response_lang, sensitive), n in sorted(totals.items()):
        yield StuckItems(n, "all_had" if why == "all_had" else "nobody_fits", lang, response_lang, sensitive)


def _by_who_fits(members: Sequence[Labeller], lanes: Sequence[Any]) -> Mapping[frozenset[int], list[Any]]:
    found: dict[frozenset[int], list[Any]] = defaultdict(list)
    for lane in lanes:
        found[frozenset(member.person_id for member in members if fits(lane, member.languages, member.avoids))].append(
            lane
        )
    return found


def _all_open(session: Session, lanes: Sequence[Any]) -> dict[int, int]:
    item = work.item
    query = select(item.c.lane_id, func.count().label("n")).where(work.OPEN, item.c.lane_id.in_(_ids(lanes)))
    return {row.lane_id: row.n for row in session.connection().execute(query.group_by(item.c.lane_id))}


def _had_by_all(session: Session, project_id: int, people: frozenset[int], lanes: Sequence[Any]) -> dict[int, int]:
    """Open items that every one of these people has had or must not get, counted by lane.

    Looked for among those of whoever has had the fewest: in a team at work these are few, and mostly there are none.
    """
    given = {"project_id": project_id, "people": list(people), "lanes": _ids(lanes), "enough": len(people)}
    given["fewest"] = [_least_busy(session, project_id, people)]
    return {row.lane_id: row.n for row in session.connection().execute(_HAD_BY_ALL, given)}


def _touched(who: str, among: Any = None) -> CompoundSelect[Any]:
    """Items that each of these people has had or must not get, each pair once."""
    had, barred = work.assignment, work.exclusion
    people: Any = bindparam(who, expanding=True)
    found = [
        select(had.c.item_id, had.c.person_id).where(
            had.c.person_id.in_(people), had.c.project_id == bindparam("project_id"), work.NOT_PILOT
        ),
        select(barred.c.item_id, barred.c.person_id).where(barred.c.person_id.in_(people)),
    ]
    if among is not None:
        found = [query.where(query.selected_columns.item_id.in_(among)) for query in found]
    return union(*found)


def _had_by_all_of() -> Select[Any]:
    item = work.item
    fewest = _touched("fewest").subquery()
    pairs = _touched("people", select(fewest.c.item_id)).subquery()
    by_all = (
        select(item.c.lane_id)
        .join(pairs, pairs.c.item_id == item.c.id)
        .where(work.OPEN, item.c.lane_id.in_(bindparam("lanes", expanding=True)))
        .group_by(item.c.id, item.c.lane_id)
        .having(func.count() >= bindparam("enough"))
        .subquery()
    )
    return select(by_all.c.lane_id, func.count().label("n")).group_by(by_all.c.lane_id)


_HAD_BY_ALL = _had_by_all_of()
"""Made once: a statement takes longer to make than to run."""


def _least_busy(session: Session, project_id: int, people: frozenset[int]) -> int:
    """Of these people, one who has had the fewest items."""
    had = work.assignment
    query = select(had.c.person_id, func.count().label("n")).where(
        had.c.project_id == project_id, had.c.person_id.in_(people)
    )
    counts = {row.person_id: row.n for row in session.connection().execute(query.group_by(had.c.person_id))}
    return min(people, key=lambda person: (counts.get(person, 0), person))


def _ids(lanes: Sequence[Any]) -> list[int]:
    return [lane.id for lane in lanes]
