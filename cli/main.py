"""The command line as a whole: its commands, and how a refusal is told. Exit codes: 0 done, 1 refused, 2 wrong usage."""

import sys

import typer
from sqlalchemy.exc import OperationalError

from cli import data, db, demo, items, keeping, people, projects, quality
from core.errors import RefusedFile, TouchstoneError

app = typer.Typer(
    no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help="Manage a Touchstone workspace."
)
app.add_typer(db.app, name="db")
app.add_typer(people.users, name="user")
app.add_typer(people.tokens, name="token")
app.add_typer(projects.app, name="project")
app.add_typer(items.app, name="items")
app.add_typer(keeping.audit_app, name="audit")
app.add_typer(keeping.app)
app.add_typer(data.app)
app.add_typer(quality.app)
app.add_typer(demo.app)


def run() -> None:
    try:
        app()
    except TouchstoneError as error:
        _refuse(_in_words(error))
    except OperationalError as error:
        _refuse(f"The database refused: {str(error.orig).strip().splitlines()[0]}")
    except BrokenPipeError:  # the reader of our output has seen enough
        sys.stderr.close()
        raise SystemExit(0) from None


def _in_words(error: TouchstoneError) -> str:
    """One line; of a file with many problems, the first and how many more."""
    if not isinstance(error, RefusedFile) or not error.problems or "problem" in error.params:
        return str(error)
    first, more = error.problems[0], len(error.problems) - 1
    place = [f"row {first.row}"] * bool(first.row) + [first.column] * bool(first.column)
    rest = f" (and {more} more)" if more else ""
    return f"{error} {', '.join(map(str, place))}{': ' if place else ''}{first}{rest}"


def _refuse(message: str) -> None:
    typer.echo(" ".join(message.split()), err=True)
    raise SystemExit(1)
