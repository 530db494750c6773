"""Examples that reviewers propose for the guidelines: taken into a new version of them, or declined."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session

from core.errors import N_, Conflict, NotFound
from core.language import translate
from core.permissions import Actor, Right
from core.services import audit, project_changes, projects
from core.services.excerpts import excerpt
from core.services.projects import ProjectView
from core.store import returned as returned_store
from core.store.work import Found

HEADING = N_("Examples")
LONGEST_EXCERPT = 400


@dataclass(frozen=True)
class Proposed:
    id: int
    item: str
    excerpt: str
    note: str
    by: str | None
    at: datetime


def pending(session: Session, actor: Actor, slug: str) -> tuple[Proposed, ...]:
    """The oldest first."""
    project = _managed(session, actor, slug)
    rows = returned_store.examples(session.connection(), project.id)
    return tuple(Proposed(r.id, r.key, _excerpt(r), r.note, r.name, r.at) for r in rows)


def take(session: Session, actor: Actor, slug: str, example_id: int, *, now: datetime) -> int:
    """Publish the guidelines anew with the example under a heading of its own; the new version."""
    audit.in_turn(session)
    project = _managed(session, actor, slug)
    row = _settle(session, project, example_id, "taken", now)
    changed = project_changes.change(
        session, actor, slug, now=now, guidelines=_appended(project.guidelines, row), note=f"+ {row.key}"
    )
    audit.record(session, actor, now, _fact(project, row, "example.taken"))
    return changed.guideline_version


def decline(session: Session, actor: Actor, slug: str, example_id: int, *, now: datetime) -> None:
    audit.in_turn(session)
    project = _managed(session, actor, slug)
    row = _settle(session, project, example_id, "declined", now)
    audit.record(session, actor, now, _fact(project, row, "example.declined"))


def _managed(session: Session, actor: Actor, slug: str) -> ProjectView:
    project = projects.get(session, actor, slug)
    projects.require_in(session, actor, project.id, Right.MANAGE_PROJECT)
    return project


def _settle(session: Session, project: ProjectView, example_id: int, settled: str, now: datetime) -> Found:
    connection = session.connection()
    row = next((row for row in returned_store.examples(connection, project.id) if row.id == example_id), None)
    if row is None:
        raise NotFound("There is no such proposal, or it has already been decided.")
    if not returned_store.settle_example(connection, example_id, settled, now):
        raise Conflict("Someone has already decided on this proposal.", code="decided")
    return row


def _appended(guidelines: Any, row: Found) -> Any:
    """In each language that the guidelines are written in."""
    if isinstance(guidelines, dict) and guidelines:
        return {lang: _with_example(text, lang, row) for lang, text in guidelines.items()}
    return _with_example(guidelines or "", "en", row)


def _with_example(text: str, lang: str, row: Found) -> str:
    """Below the heading, which is put in once; texts of items are quoted line by line, so that they are nothing but text."""
    heading = f"## {translate(HEADING, lang)}"
    start = text.rstrip() if heading in text.splitlines() else f"{text.rstrip()}\n\n{heading}"
    return f"{start.lstrip()}\n\n{_quoted(_excerpt(row))}\n\n{_quiet(row.note)}\n"


def _excerpt(row: Found) -> str:
    return "" if row.hidden else excerpt(row.payload, LONGEST_EXCERPT)


def _quoted(text: str) -> str:
    return "\n".join(f"> {_quiet(line)}" for line in text.splitlines() or [""])


def _quiet(text: str) -> str:
    """As plain text in Markdown."""
    return "".join(f"\\{c}" if c in _MARKS else c for c in text.strip())


_MARKS = frozenset("\\`*_{}[]()<>#+-!|~&$:")


def _fact(project: ProjectView, row: Found, kind: str) -> audit.Fact:
    return audit.Fact(kind, f"example:{row.id} item:{row.item_id}", project.id, audit.digest_of(row.note))
