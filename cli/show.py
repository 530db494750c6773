"""What commands print: results on stdout, everything else on stderr; with --json one document and nothing else."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any

import orjson
import typer
from rich.console import Console
from rich.table import Table

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document on stdout and nothing else there.")]

_told = Console(stderr=True, highlight=False, soft_wrap=True)


def say(text: str) -> None:
    """A line of news; nothing a script would read."""
    _told.print(text, markup=False)


def line(text: str) -> None:
    typer.echo(text)


def moment(at: datetime) -> str:
    """For a column headed (UTC), in the form that --json has, too."""
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M}"


def counted(n: int, one: str, many: str) -> str:
    """1 item, 2,000 items."""
    return f"{n:,} {one if n == 1 else many}"


def document(value: Any) -> None:
    typer.echo(orjson.dumps(value, option=orjson.OPT_INDENT_2 | orjson.OPT_NON_STR_KEYS).decode())


def table(columns: Sequence[str], rows: Iterable[Sequence[object]], *, empty: str) -> None:
    drawn = Table(*columns, box=None, pad_edge=False, header_style="bold")
    for row in rows:
        drawn.add_row(*(str(cell) for cell in row))
    if drawn.row_count:
        Console(highlight=False, markup=False).print(drawn)
    else:
        say(empty)


def localised(text: str | Mapping[str, str]) -> str:
    """Text that a lead wrote, in English if there is any."""
    return text if isinstance(text, str) else text.get("en") or next(iter(text.values()), "")
