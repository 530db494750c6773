"""What becomes of a pilot's answers when the project goes live, and how it goes back to the pilot."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import Connection
from sqlmodel import Session

from core.errors import Conflict, InvalidAnswer, InvalidPayload
from core.permissions import Actor, Right
from core.services import audit, leases, projects
from core.services.projects import ProjectView
from core.services.quality.data import compatible
from core.services.quality.scopes import EVERYTHING
from core.store import pilots, work
from core.store.pilots import Found
from core.tasks.base import TaskType

PilotAnswers = Literal["keep", "apart"]


@dataclass(frozen=True)
class Outlook:
    """What one of the two choices makes of the pilot's answers and of the items in the queue."""

    kept: int
    """Answers that count as work."""
    set_apart: int
    finished: int
    """Items that have all their answers at once."""
    open: int
    answers_wanted: int
    """Still to be given to the open items."""
    may_answer_again: tuple[str, ...]
    """Whoever gets items of the pilot once more."""


@dataclass(frozen=True)
class Choice:
    """What going live does to the answers of a pilot, either way."""

    answers: int
    keep: Outlook
    apart: Outlook


def choice(session: Session, actor: Actor, slug: str) -> Choice:
    """To be shown before the lead decides; of no answers where that was decided, and live work has begun."""
    project = projects.get(session, actor, slug)
    projects.require_in(session, actor, project.id, Right.MANAGE_PROJECT)
    connection = session.connection()
    rows = () if pilots.answered_live(connection, project.id) else pilots.given(connection, project.id)
    fit = _fit_to_count(session, project, rows)
    wanted = pilots.queued_items(connection, project.id)
    return Choice(len(rows), _outlook(rows, fit, wanted), _outlook(rows, [], wanted))


def _outlook(rows: Sequence[Found], kept: Sequence[Found], wanted: Mapping[int, int]) -> Outlook:
    have: dict[int, int] = defaultdict(int)
    for row in kept:
        have[row.item_id] += 1
    left = {item: overlap - have[item] for item, overlap in wanted.items() if overlap > have[item]}
    counted = {row.id for row in kept}
    again = sorted({row.name for row in rows if row.id not in counted and row.item_id in left})
    return Outlook(
        kept=len(kept),
        set_apart=len(rows) - len(kept),
        finished=len(wanted) - len(left),
        open=len(left),
        answers_wanted=sum(left.values()),
        may_answer_again=tuple(again),
    )


def _fit_to_count(session: Session, project: ProjectView, rows: Sequence[Found]) -> list[Found]:
    """Answers to items still in the queue that mean today what they meant when they were given."""
    versions = compatible(session.connection(), project, EVERYTHING)
    fit = (row.queued and row.assignment_id is not None and row.settings_version in versions for row in rows)
    return [row for row, might in zip(rows, fit, strict=True) if might and _parses(project.rubric, row)]


def _parses(rubric: TaskType[Any, Any], row: Found) -> bool:
    try:
        rubric.parse_answer(rubric.parse_payload(row.payload), row.body)
    except (InvalidAnswer, InvalidPayload):
        return False
    return True


# Going live -----------------------------------------------------------------------------------------------------------


def decide(session: Session, project: ProjectView, answers: PilotAnswers) -> list[audit.Fact]:
    """Count the pilot's answers as work, or set them apart; what people have in hand goes on as work either way."""
    connection = audit.in_turn(session)
    rows, unfinished = pilots.given(connection, project.id), pilots.unfinished(connection, project.id)
    if not (rows or unfinished) or pilots.answered_live(connection, project.id):
        return []
    kept = _fit_to_count(session, project, rows) if answers == "keep" else []
    places = _with_slots(kept)
    if places:
        pilots.count_as_work(connection, places)
    _hand_over(connection, unfinished)
    pilots.settle(connection, project.id)
    digest = audit.digest_of([row.id for row in kept])
    return [audit.Fact("pilot.kept" if kept else "pilot.set_apart", f"project:{project.id}", project.id, digest)]


def _with_slots(rows: Sequence[Found]) -> list[tuple[int, int]]:
    """Each assignment with the next slot of its item."""
    taken: dict[int, int] = defaultdict(int)
    places = []
    for row in rows:
        taken[row.item_id] += 1
        places.append((row.assignment_id, taken[row.item_id]))
    return places


def _hand_over(connection: Connection, rows: Sequence[Found]) -> None:
    for row in rows:
        if not row.begun:
            held = row.state == "held"
            slot = leases.free_slot(connection, row.item_id, "work", row.overlap) if held else None
            pilots.go_on_as_work(connection, row.id, slot)


# And back -------------------------------------------------------------------------------------------------------------


def may_return(session: Session, actor: Actor, slug: str) -> bool:
    """Whether the pilot can be taken up again: nothing live has been answered."""
    project = projects.get(session, actor, slug)
    projects.require_in(session, actor, project.id, Right.MANAGE_PROJECT)
    return project.state in ("live", "paused") and not pilots.answered_live(session.connection(), project.id)


def take_up_again(session: Session, project: ProjectView) -> list[audit.Fact]:
    """The pilot's answers count for the pilot alone again; what people hold waits for them with its draft."""
    connection = audit.in_turn(session)
    if pilots.answered_live(connection, project.id):
        raise Conflict(
            "Annotators or reviewers have worked on live items, so the project can't return to the "
            "pilot. Pause the project, or make a new version of the settings.",
            code="answered_live",
        )
    rows = pilots.counted(connection, project.id)
    pilots.let_go(connection, project.id)
    ids = pilots.count_as_pilot(connection, _with_pilot_slots(connection, rows)) if rows else []
    _want_as_before(connection, project, rows)
    pilots.settle(connection, project.id)
    return [audit.Fact("pilot.taken_up", f"project:{project.id}", project.id, audit.digest_of(ids))] if ids else []


def _with_pilot_slots(connection: Connection, rows: Sequence[Found]) -> list[tuple[int, int | None]]:
    taken: dict[int, set[int]] = {}
    places: list[tuple[int, int | None]] = []
    for row in rows:
        if row.state != "done":
            places.append((row.id, None))
            continue
        slots = taken.setdefault(row.item_id, work.taken_slots(connection, row.item_id, "pilot"))
        places.append((row.id, leases.lowest_free(slots)))
        slots.add(places[-1][1] or 0)
    return places


def _want_as_before(connection: Connection, project: ProjectView, rows: Sequence[Found]) -> None:
    """An item that took one more answer so that none of the pilot was lost asks for the project's number again."""
    wanted = project.policy.stopping.start if project.policy.stopping else project.policy.overlap
    have: dict[int, list[Found]] = defaultdict(list)
    for row in rows:
        have[row.item_id].append(row)
    raised = [item for item, found in have.items() if wanted < found[0].overlap == len(found)]
    pilots.want(connection, raised, wanted)
