"""One thread that works dear things out aside from those who ask, each once however many ask, telling how far it is."""

import threading
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field

Tell = Callable[[float], None]
"""Takes the share done so far."""
Work = Callable[[Tell], None]


@dataclass(eq=False)
class Job:
    """`work` says itself what becomes of its result and its failures: it must not raise."""

    work: Work
    share: float = 0.0
    done: threading.Event = field(default_factory=threading.Event)

    def run(self) -> None:
        try:
            self.work(self._tell)
        finally:
            self.done.set()

    def _tell(self, share: float) -> None:
        self.share = share


class Aside:
    """Jobs in the order asked; the thread ends when there is none."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._guard = threading.Lock()
        self._jobs: dict[Hashable, Job] = {}
        self._working = False

    def ask(self, key: Hashable, work: Work) -> Job:
        """The job that is under way under this key, or a new one."""
        with self._guard:
            job = self._jobs.setdefault(key, Job(work))
            if not self._working:
                self._working = True
                threading.Thread(target=self._work, name=self._name, daemon=True).start()
            return job

    def under_way(self, key: Hashable) -> Job | None:
        with self._guard:
            return self._jobs.get(key)

    def _work(self) -> None:
        key: Hashable = None
        while (following := self._next(key)) is not None:
            key, job = following
            job.run()

    def _next(self, finished: Hashable) -> tuple[Hashable, Job] | None:
        with self._guard:
            self._jobs.pop(finished, None)
            following = next(iter(self._jobs.items()), None)
            self._working = following is not None
            return following
