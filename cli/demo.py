"""The command that makes the demo workspace."""

from random import SystemRandom

import typer

from cli import show
from cli.store import now, writing
from core.permissions import SYSTEM
from core.services import demo as workspace
from core.services.demo import DemoReport
from core.services.demo_cast import CAST

app = typer.Typer()


@app.command()
def demo(*, as_json: show.AsJson = False) -> None:
    """Load the demo workspace: people, projects and three weeks of simulated history, all marked as simulated."""
    with writing() as session:
        report = workspace.load(session, SYSTEM, now=now(), rng=SystemRandom())
    if as_json:
        show.document(
            {"made": report.made, "projects": report.projects, "people": report.people, "items": report.items, "answers": report.answers, "passwords": dict(report.passwords)}
        )  # fmt: skip
    elif report.made:
        _tell(report)
    else:
        show.say("The demo workspace is here already; nothing was changed.")


def _tell(report: DemoReport) -> None:
    show.say(
        f"Created {show.counted(len(report.projects), 'project', 'projects')} with "
        f"{show.counted(report.items, 'item', 'items')} and "
        f"{show.counted(report.answers, 'simulated answer', 'simulated answers')} by "
        f"{show.counted(report.people, 'person', 'people')}."
    )
    show.say("Their passwords, shown only now. A link from the page People resets any of them:")
    show.table(
        ("Name", "Role", "Password"), [(who.name, who.role, report.passwords[who.name]) for who in CAST], empty=""
    )
