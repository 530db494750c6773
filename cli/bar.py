"""The progress bar of long commands, on stderr when somebody looks at it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

Tell = Callable[[str, float], None]
"""Takes a stage and the share of it that is done."""


@contextmanager
def bar() -> Iterator[Tell]:
    console = Console(stderr=True)
    with Progress(
        TextColumn("{task.description:<9}"),
        BarColumn(),
        TimeElapsedColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    ) as drawn:
        running: dict[str, Any] = {}

        def tell(stage: str, share: float) -> None:
            if stage not in running:
                running[stage] = drawn.add_task(stage, total=1.0)
            drawn.update(running[stage], completed=share)

        yield tell
