"""Commands that keep a workspace safe: backup, restore, the log, doctor."""

from pathlib import Path
from typing import Annotated

import typer

from cli import show
from cli.store import looking
from core.config import Settings
from core.permissions import SYSTEM
from core.services import audit, backup as backups, doctor as doctors
from core.store import schema
from core.store.engine import current_engine

app = typer.Typer()
audit_app = typer.Typer(no_args_is_help=True, help="The log of every change.")


@app.command()
def backup(file: Annotated[Path, typer.Argument(help="The file to write, such as monday.touchstone.")]) -> None:
    """Write the whole database to one file, also while the server runs."""
    made = backups.make(current_engine(), SYSTEM, file)
    show.say(
        f"{made.path}: {show.counted(made.rows, 'row', 'rows')}, {made.size / 1e6:.1f} MB, schema {made.revision}."
    )


@app.command()
def restore(
    file: Annotated[Path, typer.Argument(help="A file that `backup` wrote.")],
    *,
    replace: Annotated[bool, typer.Option("--replace", help="Overwrite what is in the database.")] = False,
) -> None:
    """Restore a backup into an empty database. Stop the server first."""
    done = backups.restore(current_engine(), SYSTEM, file, replace=replace)
    older = f", upgraded from schema {done.upgraded_from}" if done.upgraded_from else ""
    rows, events = show.counted(done.rows, "row", "rows"), show.counted(done.events, "event", "events")
    show.say(f"Restored {rows}; the log of {events} is whole{older}.")


@audit_app.command()
def verify() -> None:
    """Verify the log's hash chain; exit 1 if it was altered."""
    with looking() as session:
        found = audit.verify(session)
    if found.broken_at is not None:
        show.say(f"The log does not follow from event {found.broken_at} on: it was altered.")
        raise typer.Exit(1)
    show.say(f"The log of {show.counted(found.events, 'event', 'events')} is whole.")


@app.command()
def doctor(*, as_json: show.AsJson = False) -> None:
    """Check the database, the log, disk space, storage and addresses. Exit 1 if anything is wrong."""
    engine = current_engine()
    schema.check(engine)
    findings = doctors.examine(engine, SYSTEM, Settings.from_env())
    if as_json:
        show.document([vars(finding) for finding in findings])
    else:
        marks = {"ok": "✓", "warning": "!", "wrong": "✗"}
        for finding in findings:
            show.line(f"{marks[finding.level]} {finding.name}: {finding.message}")
    if any(finding.level == "wrong" for finding in findings):
        raise typer.Exit(1)
