"""Commands that move data: import, export, quality, hours."""

import typer

app = typer.Typer()
