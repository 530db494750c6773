"""Questions a doctor asks the store: where rows contradict each other, though every constraint holds."""

from sqlalchemy import ColumnElement, Connection, Select, and_, case, func, or_, select

from core.store.tables import Answer, Assignment, Item, TargetValue, core

_A, _I, _W, _T = core(Answer), core(Item), core(Assignment), core(TargetValue)

Query = Select[int]


def contradictions() -> dict[str, tuple[Query, str]]:
    """Name -> what finds the ids, and what an id is of."""
    return {
        "state of items": (_items_in_the_wrong_state(), "item"),
        "overlap": (_items_over_overlap(), "item"),
        "current answers": (_answers_without_a_current_one(), "item"),
        "finished assignments": (_done_without_an_answer(), "assignment"),
        "measured values": (_answers_without_values(), "answer"),
    }


def _slots() -> ColumnElement[int]:
    return func.count(_W.c.slot)


def _items_in_the_wrong_state() -> Query:
    """An item is open, taken or done by what its live work assignments are: nothing else may say so."""
    done = func.sum(case((and_(_W.c.state == "done", _W.c.slot.is_not(None)), 1), else_=0))
    should = case((done >= _I.c.overlap, "done"), (_slots() >= _I.c.overlap, "taken"), else_="open")
    return (
        select(_I.c.id)
        .outerjoin(_W, and_(_W.c.item_id == _I.c.id, _W.c.purpose == "work"))
        .where(_I.c.state.in_(("open", "taken", "done")))
        .group_by(_I.c.id)
        .having(_I.c.state != should)
    )


def _items_over_overlap() -> Query:
    return (
        select(_W.c.item_id)
        .where(_W.c.purpose == "work", _W.c.slot.is_not(None))
        .group_by(_W.c.item_id, _W.c.overlap)
        .having(_slots() > _W.c.overlap)
    )


def _answers_without_a_current_one() -> Query:
    place = (_A.c.item_id, _A.c.person_id, _A.c.purpose, _A.c.nth)
    standing = func.sum(case((or_(_A.c.current, _A.c.undone_at.is_not(None)), 1), else_=0))
    return select(_A.c.item_id).group_by(*place).having(standing == 0)


def _done_without_an_answer() -> Query:
    answered = select(_A.c.id).where(_A.c.assignment_id == _W.c.id, _A.c.current)
    return select(_W.c.id).where(_W.c.state == "done", ~answered.exists())


def _answers_without_values() -> Query:
    valued = select(_T.c.answer_id).where(_T.c.answer_id == _A.c.id)
    return select(_A.c.id).where(_A.c.current, _A.c.outcome == "submitted", ~valued.exists())


def first_of(connection: Connection, query: Query, many: int) -> list[int]:
    return [row[0] for row in connection.execute(query.limit(many))]
