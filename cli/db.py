"""Commands on the database's schema."""

import typer

from cli import show
from core.config import Settings
from core.store import schema
from core.store.engine import current_engine

app = typer.Typer(no_args_is_help=True, help="The database's schema.")


@app.command()
def upgrade() -> None:
    """Create the database, or upgrade its schema after a backup."""
    done = schema.upgrade(current_engine(), backup_to=Settings.from_env().data_dir / "backups")
    if done.backup:
        show.say(f"Backup before the upgrade: {done.backup}")
    if not done.changed:
        show.say(f"The schema is current ({done.after}).")
    elif done.before is None:
        show.say(f"Created the database (schema {done.after}).")
    else:
        show.say(f"Upgraded the schema from {done.before} to {done.after}.")


@app.command()
def check() -> None:
    """Check the schema: exit 0 if this version can use it, else 1."""
    schema.check(current_engine())
    show.say(f"The schema is current ({schema.expected()}).")
