"""What is cleared away by itself, on a thread of its own: uploads past their time, and files that no upload names."""

import logging
import threading
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from core.config import Settings
from core.services import uploads
from core.store.engine import reading, transaction

PAUSE = 3600.0
"""Seconds between rounds."""
_log = logging.getLogger("touchstone")


class Housekeeping:
    def __init__(self, clock: Callable[[], datetime], data_dir: Path | None = None) -> None:
        self._clock, self._folder = clock, data_dir or Settings.from_env().data_dir
        self._stopped = threading.Event()

    def start(self) -> None:
        threading.Thread(target=self._run, name="housekeeping", daemon=True).start()

    def stop(self) -> None:
        self._stopped.set()

    def _run(self) -> None:
        self.round()
        while not self._stopped.wait(PAUSE):
            self.round()

    def round(self) -> int:
        """How many files went."""
        try:
            with transaction() as session:
                gone = uploads.purge(session, now=self._clock())
            with reading() as session:
                strays = uploads.strays(session, self._folder, now=self._clock())
        except Exception:  # noqa: BLE001 - the next round must come, whatever befell this one
            _log.exception("clearing away failed")
            return 0
        for path in strays:
            path.unlink(missing_ok=True)
        return gone + len(strays)
