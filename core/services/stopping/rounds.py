"""Adaptive overlap at work: rounds over all projects on a thread of their own, and one project's at a lead's word."""

import logging
import threading
from collections.abc import Callable
from datetime import datetime

from sqlmodel import Session

from core.permissions import SYSTEM, Actor
from core.services.quality import freshness
from core.services.quality.freshness import Mark
from core.services.stopping import asking
from core.services.stopping.asking import CHUNK, Asked, Look
from core.store import overlaps
from core.store.engine import reading, transaction

PAUSE = 60.0
"""Seconds between rounds."""
_log = logging.getLogger("touchstone")


def ask_now(actor: Actor, slug: str, *, now: datetime) -> Asked:
    """Look without holding anybody up, then ask in short transactions of their own."""
    with reading() as session:
        look = asking.look(session, actor, slug, now=now)
    return Asked(_raise(actor, slug, look, now), len(look.doubts))


def _raise(actor: Actor, slug: str, look: Look, now: datetime) -> int:
    asked = 0
    for start in range(0, len(look.doubts), CHUNK):
        with transaction() as session:
            chunk = look.doubts[start : start + CHUNK]
            asked += asking.raise_overlap(session, actor, slug, look, chunk, now=now)
    if asked:
        with transaction() as session:
            asking.arrange(session, actor, slug, look)
    return asked


class Rounds:
    """Asks again in every live project with the policy where something has happened since the last look."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._seen: dict[int, Mark] = {}
        self._stopped = threading.Event()

    def start(self) -> None:
        threading.Thread(target=self._run, name="stopping", daemon=True).start()

    def stop(self) -> None:
        self._stopped.set()

    def _run(self) -> None:
        while not self._stopped.wait(PAUSE):
            self.round()

    def round(self) -> int:
        """How many items are asked again."""
        try:
            with reading() as session:
                due = self._due(session)
            return sum(self._ask(project_id, slug) for project_id, slug in due)
        except Exception:  # noqa: BLE001 - the next round must come, whatever befell this one
            _log.exception("a round of adaptive overlap failed")
            return 0

    def _due(self, session: Session) -> list[tuple[int, str]]:
        rows = overlaps.live_projects(session.connection())
        return [(row.id, row.slug) for row in rows if row.policy.get("stopping") and self._moved(session, row.id)]

    def _moved(self, session: Session, project_id: int) -> bool:
        seen = self._seen.get(project_id)
        return seen is None or freshness.changes(session, project_id, seen) != 0

    def _ask(self, project_id: int, slug: str) -> int:
        """One project's trouble is not the others'."""
        try:
            with reading() as session:
                mark, look = (
                    freshness.mark(session, project_id),
                    asking.look(session, SYSTEM, slug, now=self._clock()),
                )
            asked = _raise(SYSTEM, slug, look, self._clock())
        except Exception:  # noqa: BLE001 - whatever it was, the log has it
            _log.exception("items of project %s could not be asked again", slug)
            return 0
        if look.fresh and mark is not None:
            self._seen[project_id] = mark
        return asked
