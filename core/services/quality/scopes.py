"""Which of a project's answers a figure is about, and which choices there are."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row
from sqlmodel import Session

from core.permissions import Actor, Right
from core.services import projects
from core.services.kept import kept
from core.store import figure_items
from core.store.figures import Within


@dataclass(frozen=True)
class Scope:
    """Which answers count: of one batch, language, guideline version or settings version; None is all of them.

    `pilot`: those given in the pilot alone, whatever they count for since.
    """

    batch: str | None = None
    lang: str | None = None
    guidelines: int | None = None
    settings: int | None = None
    pilot: bool = False

    def within(self, project_id: int) -> Within:
        return Within(project_id, self.batch, self.lang, self.pilot)


EVERYTHING = Scope()


@dataclass(frozen=True)
class Scopes:
    """What can be asked for, with the number of answers to each, the most answered first; versions with the newest first.

    The batch "" holds items imported without one, the language "" items that name none.
    """

    batches: dict[str, int]
    langs: dict[str, int]
    guidelines: dict[int, int]
    settings: dict[int, int]


def scopes(session: Session, actor: Actor, slug: str, *, now: datetime) -> Scopes:
    project = projects.get(session, actor, slug)
    projects.require_in(session, actor, project.id, Right.SEE_PROGRESS)
    found = kept(session, "scopes", project.id, now, lambda: figure_items.scopes(session.connection(), project.id))
    rows = found.value
    batches, langs, guidelines, settings = (_counted(rows, at) for at in range(4))
    return Scopes(
        dict(batches.most_common()), dict(langs.most_common()), dict(sorted(guidelines.items(), reverse=True)),
        dict(sorted(settings.items(), reverse=True)),
    )  # fmt: skip


def _counted(rows: Sequence[Row[Any]], at: int) -> Counter[Any]:
    found: Counter[Any] = Counter()
    for row in rows:
        found[row[at]] += row.answers
    return found
