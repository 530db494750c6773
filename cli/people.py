"""Commands on people and their access tokens."""

import sys
from typing import Annotated

import typer

from cli import show
from cli.store import now, writing
from core.errors import InvalidInput
from core.permissions import SYSTEM, Role
from core.services import passwords, people, sessions

users = typer.Typer(no_args_is_help=True, help="People of the workspace.")
tokens = typer.Typer(no_args_is_help=True, help="Personal access tokens, for programs.")

Name = Annotated[str, typer.Argument(help="The person's name, as they sign in.")]


@users.command()
def add(
    name: Name,
    *,
    role: Annotated[Role, typer.Option(help="Role in the workspace.")],
    email: str | None = None,
    language: Annotated[str, typer.Option(help="Interface language: en or zh.")] = "en",
    password_stdin: Annotated[bool, typer.Option("--password-stdin", help="Read the password from stdin.")] = False,
) -> None:
    """Add a person. Without a password they can't sign in until an admin creates a link on the page People."""
    password = _read_password() if password_stdin else None
    with writing() as session:
        person = people.add(
            session, SYSTEM, now=now(), name=name, role=role.value, email=email, password=password, language=language
        )
    show.say(f"Added {person.name} as {person.role.value}.")


def _read_password() -> str:
    """The first line of stdin without its line end; spaces belong to it. No more is read than a password can have."""
    try:
        password = sys.stdin.readline(passwords.LONGEST_TYPED).rstrip("\r\n")
    except UnicodeDecodeError:
        raise InvalidInput("The password on stdin is not UTF-8.") from None
    if not password:
        raise InvalidInput("Expected the password on the first line of stdin; there was none.")
    return password


@tokens.command()
def create(name: Name, *, label: Annotated[str, typer.Option(help="Purpose of the token.")] = "") -> None:
    """Print a new token once, alone on the last line."""
    with writing() as session:
        person = people.get(session, SYSTEM, name)
        token = sessions.create_token(session, SYSTEM, now=now(), label=label, person_id=person.id)
    show.say(f"A token of {person.name}, shown only now:")
    show.line(token)


@tokens.callback()
def _tokens() -> None:
    """Keeps `create` a word of its own."""


@users.callback()
def _users() -> None:
    """Keeps `add` a word of its own."""
