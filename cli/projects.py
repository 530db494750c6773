"""Commands on projects: making them, their states, their people."""

import secrets
from collections.abc import Mapping
from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer
import yaml

from cli import show
from cli.store import looking, now, writing
from core.errors import InvalidInput, NotFound
from core.permissions import SYSTEM
from core.services import (
    likeness,
    membership,
    pilot_answers as pilots,
    progress,
    project_changes,
    project_deletion,
    project_files,
    projects,
    summaries,
)
from core.services.pilot_answers import Outlook
from core.services.policies import ProjectFile
from core.services.projects import ProjectView

app = typer.Typer(
    no_args_is_help=True, help="Projects: create, show, export, pilot, open, pause, close, delete, add members."
)

Slug = Annotated[str, typer.Argument(help="The project's short name, such as zh-preferences.")]


class PilotChoice(StrEnum):
    KEEP = "keep"
    APART = "apart"


class MemberRole(StrEnum):
    ANNOTATOR = "annotator"
    REVIEWER = "reviewer"
    LEAD = "lead"
    VIEWER = "viewer"


@app.command()
def create(
    slug: Slug,
    *,
    template: Annotated[str | None, typer.Option(help="One of data/templates/, such as pairwise.")] = None,
    file: Annotated[Path | None, typer.Option(help="A project file (YAML).")] = None,
    task: Annotated[str | None, typer.Option(help="A task type, such as rating.")] = None,
    like: Annotated[Path | None, typer.Option(help="With --task: a file of labels to take the settings from.")] = None,
) -> None:
    """Create a project from a template, a project file, or a task type with settings read from a file of labels."""
    if sum(choice is not None for choice in (template, file, task)) != 1:
        raise typer.BadParameter("give one of --template, --file and --task")
    if like and not task:
        raise typer.BadParameter("--like goes with --task")
    if template is not None:
        source = _from_template(template)
    elif file is not None:
        source = _from_file(file)
    else:
        source = _from_task(task or "", slug, like)
    with writing() as session:
        view = project_changes.create(
            session, SYSTEM, now=now(), slug=slug, file=source, split_salt=secrets.token_hex(16)
        )
    show.say(f"Created {view.slug}: {show.localised(view.title)} ({view.task}, {view.state}).")


def _from_template(name: str) -> ProjectFile:
    found = project_files.templates()
    if name not in found:
        raise NotFound("There is no template {name}; there are {known}.", name=name, known=", ".join(found))
    return found[name]


def _from_file(path: Path) -> ProjectFile:
    try:
        with path.open(encoding="utf-8") as file:
            return project_files.read_file(file.read(project_files.LARGEST + 1), path.name)
    except OSError as error:
        raise InvalidInput("{file} cannot be read: {reason}", file=str(path), reason=error.strerror or error) from None
    except UnicodeDecodeError as error:
        raise InvalidInput("{file} is not UTF-8 (byte {at}).", file=str(path), at=error.start) from None


def _from_task(task: str, title: str, labels: Path | None) -> ProjectFile:
    if labels is not None:
        return likeness.from_labels(task, title, labels)
    return project_files.read_file(yaml.safe_dump({"title": title, "task": task}))


@app.command("list")
def list_(*, as_json: show.AsJson = False) -> None:
    """List all projects, newest first."""
    with looking() as session:
        found = projects.listed(session, SYSTEM)
        counts = summaries.item_states(session, [view.id for view in found])
    if as_json:
        show.document([{**_summary(view), "items": counts[view.id]} for view in found])
        return
    rows = [(v.slug, v.state, v.task, _to_answer(counts[v.id]), show.localised(v.title)) for v in found]
    show.table(("project", "state", "task", "items", "title"), rows, empty="No project yet: manage.py project create.")


def _to_answer(states: Mapping[str, int]) -> int:
    """As the pages count items: hidden checks, and what was set aside or withdrawn, are none."""
    return sum(states.get(state, 0) for state in progress.QUEUED)


@app.command("show")
def show_(slug: Slug, *, as_json: show.AsJson = False) -> None:
    """Show a project: settings, policy, members, items by state."""
    with looking() as session:
        view = projects.get(session, SYSTEM, slug)
        people = [asdict(member) for member in membership.members(session, SYSTEM, slug)]
        items = summaries.item_states(session, [view.id])[view.id]
    whole = {**_summary(view), **_detail(view), "items": items, "members": people}
    if as_json:
        show.document(whole)
    else:
        show.line(_as_yaml(whole))


def _summary(view: ProjectView) -> dict[str, Any]:
    names = ("slug", "title", "task", "state", "settings_version", "guideline_version", "simulated")
    return {name: getattr(view, name) for name in names} | {"created_at": view.created_at.isoformat()}


def _detail(view: ProjectView) -> dict[str, Any]:
    return {
        "settings": view.settings,
        "extras": view.extras.model_dump(mode="json"),
        "policy": view.policy.model_dump(mode="json"),
    }


@app.command()
def export(slug: Slug, *, as_json: show.AsJson = False) -> None:
    """Print the project file, for `create --file`."""
    with looking() as session:
        file = project_files.as_file(session, SYSTEM, slug).model_dump(mode="json", exclude_defaults=True)
    if as_json:
        show.document(file)
    else:
        show.line(_as_yaml(file))


class _InFull(yaml.SafeDumper):
    """Parts that are alike are written out: a project file refers to none of its parts by name."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _as_yaml(value: Any) -> str:
    return str(yaml.dump(value, Dumper=_InFull, allow_unicode=True, sort_keys=False, width=120)).rstrip()


@app.command()
def pilot(slug: Slug) -> None:
    """Start the pilot, or return to it from live while there are no live answers; settings can still change."""
    _move(slug, "pilot")


@app.command("open")
def open_(
    slug: Slug,
    *,
    pilot_answers: Annotated[
        PilotChoice,
        typer.Option(
            help="Count the pilot's answers as work, or set them apart and open the items to the same annotators."
        ),
    ] = PilotChoice.APART,
) -> None:
    """Go live."""
    with writing() as session:
        choice = pilots.choice(session, SYSTEM, slug)
        view = project_changes.set_state(session, SYSTEM, slug, "live", now=now(), answers=pilot_answers.value)
    show.say(f"{view.slug} is {view.state}.")
    if choice.answers:
        show.say(_in_words(choice.keep if pilot_answers is PilotChoice.KEEP else choice.apart))


def _in_words(outlook: Outlook) -> str:
    return (
        f"Pilot answers that count as work: {outlook.kept:,}; set apart: {outlook.set_apart:,}. "
        f"Items finished: {outlook.finished:,}; open: {outlook.open:,}, which need "
        f"{show.counted(outlook.answers_wanted, 'more answer', 'more answers')}."
    )


@app.command()
def pause(slug: Slug) -> None:
    """Pause the project: no items are assigned until it is opened again."""
    _move(slug, "paused")


@app.command()
def close(slug: Slug) -> None:
    """Close the project as done."""
    _move(slug, "done")


@app.command()
def delete(
    slug: Slug, *, yes: Annotated[bool, typer.Option("--yes", help="Required: deleting can't be undone.")] = False
) -> None:
    """Delete a draft without answers, with its items, versions and files."""
    if not yes:
        raise typer.BadParameter(f"add --yes to delete {slug} for good")
    with writing() as session:
        project_deletion.delete(session, SYSTEM, slug, now=now())
    show.say(f"{slug} is deleted.")


def _move(slug: str, state: str) -> None:
    with writing() as session:
        view = project_changes.set_state(session, SYSTEM, slug, state, now=now())
    show.say(f"{view.slug} is {view.state}.")


@app.command()
def add(
    slug: Slug,
    names: Annotated[list[str], typer.Argument(help="People of the workspace.")],
    *,
    role: Annotated[MemberRole, typer.Option(help="Role in this project.")] = MemberRole.ANNOTATOR,
    qualified: Annotated[
        bool, typer.Option("--qualified", help="Skip onboarding: already qualified, guidelines read.")
    ] = False,
) -> None:
    """Add members to a project: all of them or none."""
    with writing() as session:
        for name in names:
            membership.add_member(session, SYSTEM, slug, name, now=now(), role=role.value, qualified=qualified)
    show.say(f"{slug}: {', '.join(names)} ({role.value}{', qualified' if qualified else ''}).")
